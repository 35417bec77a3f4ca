//! The papers that a doc comment names: authors and a year.

/// `Cho et al. 2014`, `Gers, Schmidhuber & Cummins 2000`, in the order of the text, each once.
pub fn papers(doc: &str) -> Vec<String> {
    let words: Vec<&str> = doc.split_whitespace().collect();
    let mut found: Vec<String> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let Some(year) = year(word) else { continue };
        let mut from = at;
        while from > 0 && !word_ends(words[from - 1]) && names(words[from - 1]) {
            from -= 1;
            if words[from].starts_with('(') {
                break;
            }
        }
        let authors = words[from..at].join(" ");
        let authors = authors.trim_start_matches('(').trim_end_matches(',');
        let starts = authors.starts_with(|c: char| c.is_uppercase()) || authors.starts_with("van ");
        let paper = format!("{authors} {year}");
        if starts && !found.contains(&paper) {
            found.push(paper);
        }
    }
    found
}

/// The year that a word gives: `2014)`, `(2014)`, `1990;`
fn year(word: &str) -> Option<&str> {
    let digits = word.trim_matches(|c: char| !c.is_alphanumeric());
    let four = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit());
    (four && (digits.starts_with("19") || digits.starts_with("20"))).then_some(digits)
}

/// Another reference ends here.
fn word_ends(word: &str) -> bool {
    word.ends_with([';', ')', ':']) || word.ends_with('.') && word != "al."
}

/// Whether a word can stand among authors.
fn names(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    let particle = matches!(bare, "et" | "al" | "van" | "der" | "de" | "von");
    particle
        || word == "&"
        || bare.starts_with(|c: char| c.is_uppercase()) && !bare.contains(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::papers;

    #[test]
    fn authors_and_years() {
        let of = |doc: &str| papers(doc).join("; ");
        assert_eq!(of("Simple (Elman 1990)."), "Elman 1990");
        assert_eq!(
            of("Memory (Hochreiter & Schmidhuber 1997) with a gate (Gers, Schmidhuber & Cummins 2000) whose bias"),
            "Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000"
        );
        assert_eq!(
            of("(Cho et al. 2014, equations 5 to 8). Chung et al. (2014) write 1 - z"),
            "Cho et al. 2014; Chung et al. 2014"
        );
        assert_eq!(
            of("weights (Gers & Schmidhuber 2000; equations 7 to 11 of Graves\n2013)."),
            "Gers & Schmidhuber 2000; Graves 2013"
        );
        assert_eq!(
            of("(van der Westhuizen & Lasenby 2018, equation 8)"),
            "van der Westhuizen & Lasenby 2018"
        );
        assert_eq!(of("waves up to 2000 steps, from 10000 on"), "");
    }
}
