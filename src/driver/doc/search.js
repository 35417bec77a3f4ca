const field = document.getElementById("search");
document.getElementById("field").hidden = false;
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const section of document.querySelectorAll("section")) {
    let left = false;
    for (const row of section.querySelectorAll("tr")) {
      const text = row.textContent.toLowerCase();
      row.hidden = words.some((word) => text.indexOf(word) === -1);
      left = left || row.hidden === false;
    }
    section.hidden = left === false;
  }
});
