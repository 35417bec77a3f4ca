//! The manual pages of diagnostics, embedded.

use crate::diagnostics::codes;

macro_rules! embedded {
    ($($code:literal),* $(,)?) => {
        &[$(($code, include_str!(concat!("../../docs/errors/", $code, ".md")))),*]
    };
}

/// Code and page, sorted by code.
const PAGES: &[(&str, &str)] = embedded![
    "E0001", "E0002", "E0003", "E0004", "E0005", "E0101", "E0102", "E0103", "E0104", "E0105", "E0106", "E0201",
    "E0202", "E0203", "E0204", "E0205", "E0206", "E0207", "E0301", "E0302", "E0303", "E0304", "E0305", "E0401",
    "E0402", "E0403", "E0404", "E0405", "E0406", "E0499", "E0901", "W0101", "W0102", "W0103", "W0104", "W0105"
];

/// The page of a code; a code without one has at least its title. None for no code at all.
pub fn page(code: &str) -> Option<String> {
    let (code, title) = codes::find(code)?;
    match PAGES.iter().find(|(c, _)| *c == code.0) {
        Some((_, page)) => Some((*page).to_string()),
        None => Some(format!("# {code}: {title}\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_embedded_and_has_its_title() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errors");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        there.sort();
        let listed: Vec<String> = PAGES.iter().map(|(code, _)| format!("{code}.md")).collect();
        assert_eq!(listed, there, "list every page of docs/errors in PAGES");
        for (code, page) in PAGES {
            assert!(page.starts_with(&format!("# {code}: ")), "{code}");
        }
    }
}
