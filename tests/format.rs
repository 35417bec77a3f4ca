//! `rnnc fmt`: the tree and the comments stay, formatting twice is formatting once, and the repository keeps to it.

use proptest::prelude::*;
use rnnc::format::format;
use rnnc::source::Sources;
use rnnc::syntax::{self, TokenKind, tokens};
use std::fs;
use std::path::Path;

fn specs(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<_> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    paths.retain(|p| p.extension().is_some_and(|e| e == "rnn"));
    let text = |p: &std::path::PathBuf| Some((p.display().to_string(), fs::read_to_string(p).ok()?));
    paths.iter().filter_map(text).collect()
}

/// Every text of the repository that parses.
fn corpus() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for folder in ["std", "examples", "tests/specs", "tests/diagnostics", "tests/explain"] {
        all.extend(specs(folder));
    }
    for (i, block) in include_str!("../docs/language.md")
        .split("```")
        .skip(1)
        .step_by(2)
        .enumerate()
    {
        let text = block.split_once('\n').map_or("", |(_, text)| text);
        all.push((format!("block {i} of language.md"), text.to_string()));
    }
    all.retain(|(_, text)| formatted(text).is_some());
    assert!(all.len() > 200, "{}", all.len());
    all
}

fn formatted(text: &str) -> Option<String> {
    let mut sources = Sources::default();
    let file = sources.add("spec.rnn", text);
    format(&sources, file).ok()
}

fn tree(text: &str) -> String {
    let mut sources = Sources::default();
    let file = sources.add("spec.rnn", text);
    syntax::dump(&syntax::parse(&sources, file).0)
}

/// The comments of a text in order.
fn comments(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut end = 0;
    for token in tokens(text) {
        let lines = text[end..token.start].split(['\n', '\r']);
        out.extend(lines.filter_map(|l| Some(l[l.find("//")?..].trim_end().to_string())));
        end = token.end;
    }
    out
}

#[track_caller]
fn holds(name: &str, text: &str) -> String {
    let once = formatted(text).unwrap();
    assert_eq!(tree(&once), tree(text), "{name}:\n{once}");
    assert_eq!(comments(&once), comments(text), "{name}:\n{once}");
    assert_eq!(
        formatted(&once).as_deref(),
        Some(once.as_str()),
        "{name}: twice is not once"
    );
    assert!(once.lines().all(|l| l == l.trim_end()), "{name}:\n{once}");
    assert!(!once.contains("\n\n\n") && !once.starts_with('\n'), "{name}:\n{once}");
    once
}

#[test]
fn the_tree_and_the_comments_stay() {
    for (name, text) in corpus() {
        holds(&name, &text);
    }
}

#[test]
fn the_repository_is_formatted() {
    for (name, text) in ["std", "examples"].into_iter().flat_map(specs) {
        assert_eq!(formatted(&text).as_deref(), Some(text.as_str()), "`rnnc fmt {name}`");
    }
}

/// Every construct in its layout; `BLESS=1` writes it anew.
#[test]
fn the_layout() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs/layout.formatted");
    let got = formatted(include_str!("specs/layout.rnn")).unwrap();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&golden, &got).unwrap();
    }
    assert_eq!(got, fs::read_to_string(golden).unwrap());
}

const GAPS: [&str; 9] = [
    " ",
    "\n",
    "   ",
    "\n\n\n",
    " // behind\n",
    "\n// alone\n",
    "\r\n",
    "\t",
    "\n\n// one\n\n// two\n\n",
];

/// The text with other white space, and with comments, between some of its tokens.
fn spaced(text: &str, picks: &[(usize, usize)]) -> String {
    let all = tokens(text);
    let mut gaps: Vec<String> = Vec::new();
    let mut end = 0;
    for token in &all {
        gaps.push(text[end..token.start].to_string());
        end = token.end;
    }
    for (at, gap) in picks {
        let at = at % all.len();
        let after_doc = at > 0 && all[at - 1].kind == TokenKind::Doc;
        if !gaps[at].contains("//") {
            gaps[at] = if after_doc {
                format!("\n{}", GAPS[*gap])
            } else {
                GAPS[*gap].to_string()
            };
        }
    }
    let parts = gaps
        .iter()
        .zip(&all)
        .map(|(gap, t)| format!("{gap}{}", &text[t.start..t.end]));
    parts.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_layout(which in 0..1000usize, picks in prop::collection::vec((0..10_000usize, 0..GAPS.len()), 1..30)) {
        let corpus = texts();
        let (name, text) = &corpus[which % corpus.len()];
        let other = spaced(text, &picks);
        // A new line may begin what cannot stand there.
        if formatted(&other).is_some() {
            let once = holds(name, &other);
            prop_assert_eq!(tree(&once), tree(text));
        }
    }
}

fn texts() -> &'static [(String, String)] {
    static TEXTS: std::sync::OnceLock<Vec<(String, String)>> = std::sync::OnceLock::new();
    TEXTS.get_or_init(corpus)
}
