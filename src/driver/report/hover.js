"use strict";
// The values under the pointer.
(() => {
  const tip = document.getElementById("tip");
  const short = (x) => Number(x.toPrecision(4)).toString();
  const chart = (d, x, y) => {
    const [left, top, right, bottom] = d.box;
    if (x < left || x > right || y < top || y > bottom) return null;
    const at = d.x[0] + ((x - left) / (right - left)) * (d.x[1] - d.x[0]);
    const lines = [];
    let place = null;
    for (const s of d.series) {
      let best = -1;
      s.x.forEach((v, i) => { if (best < 0 || Math.abs(v - at) < Math.abs(s.x[best] - at)) best = i; });
      if (best < 0) continue;
      if (place === null) { place = s.x[best]; lines.push(`${d.names[0]} ${short(place)}`); }
      lines.push(`${s.name} ${short(d.log ? 10 ** s.y[best] : s.y[best])}`);
    }
    return lines.join("\n");
  };
  const heat = (d, x, y) => {
    const [left, across, down] = d.at;
    const column = Math.floor((x - left) / across), row = Math.floor(y / down);
    if (column < 0 || column >= d.columns || row < 0 || row >= d.rows) return null;
    const name = (k, i) => `${d.along[k]} ${d.names[k].length ? JSON.stringify(d.names[k][i] ?? "") + (k ? ` (${i + 1})` : "") : i + 1}`;
    const value = d.values[row * d.columns + column];
    return `${name(0, row)}\n${name(1, column)}\n${value < -999 ? "not a number" : short(value * d.scale)}`;
  };
  for (const figure of document.querySelectorAll("figure[data-hover]")) {
    const data = JSON.parse(figure.dataset.hover);
    const svg = figure.querySelector("svg");
    const of = figure.dataset.kind === "heat" ? heat : chart;
    svg.addEventListener("mousemove", (event) => {
      const bounds = svg.getBoundingClientRect();
      const zoom = svg.viewBox.baseVal.width / bounds.width;
      const said = of(data, (event.clientX - bounds.left) * zoom, (event.clientY - bounds.top) * zoom);
      tip.hidden = said === null;
      tip.textContent = said ?? "";
      tip.style.left = `${Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 4)}px`;
      tip.style.top = `${Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 4)}px`;
    });
    svg.addEventListener("mouseleave", () => { tip.hidden = true; });
  }
  document.documentElement.dataset.ready = "yes";
})();
