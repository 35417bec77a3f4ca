//! The manual pages of diagnostics: their layout, and that their examples do what they say as far as syntax goes.

use rnnc::diagnostics::{Diagnostics, codes, render};
use rnnc::source::Sources;
use rnnc::syntax;

/// Name without `.md`, and text, of every page there is.
fn pages() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors");
    let read = |entry: std::fs::DirEntry| {
        let path = entry.path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(&path).unwrap())
    };
    let mut pages: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| read(e.unwrap())).collect();
    pages.sort();
    pages
}

/// The blocks of a page that open with exactly this line.
fn blocks(page: &str, open: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|l| *l != "```").collect();
            if line == open {
                found.push(block.join("\n") + "\n");
            }
        }
    }
    found
}

fn parse(text: &str) -> (Sources, Diagnostics) {
    let mut sources = Sources::default();
    let file = sources.add("page.rnn", text);
    let found = syntax::parse(&sources, file).1;
    (sources, found)
}

#[test]
fn pages_are_laid_out_alike() {
    for (name, page) in pages() {
        let (_, title) = codes::find(&name).unwrap_or_else(|| panic!("{name}.md is the page of no code"));
        assert!(
            page.starts_with(&format!("# {name}: {title}\n\n")),
            "{name}.md begins with its code and title"
        );
        let (fails, mended) = (page.find("\nFails:"), page.find("\nMended:"));
        assert!(
            fails.is_some() && fails < mended,
            "{name}.md shows what fails, then what mends it"
        );
    }
}

#[test]
fn mended_examples_parse() {
    for (name, page) in pages() {
        for block in blocks(&page, "```rnn") {
            let (sources, found) = parse(&block);
            assert!(found.is_empty(), "{name}: {}", render(&found, &sources, false));
        }
    }
}

#[test]
fn failing_examples_fail_by_their_code() {
    let mut shown = 0;
    for (name, page) in pages() {
        let syntax = name.starts_with("E00");
        for block in blocks(&page, "```rnn fail") {
            let (sources, found) = parse(&block);
            let codes: Vec<&str> = found.list.iter().map(|d| d.code.0).collect();
            let expected = if syntax { vec![name.as_str()] } else { vec![] };
            assert_eq!(codes, expected, "{name}: {}", render(&found, &sources, false));
            shown += usize::from(syntax);
        }
    }
    assert!(shown >= 4);
}
