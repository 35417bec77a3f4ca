//! The parser survives any text: specs with bytes removed, repeated, exchanged and replaced by tokens of the language.

use proptest::prelude::*;
use rnnc::diagnostics::render;
use rnnc::source::{Sources, Span};
use rnnc::syntax;

const SPEC: &str = include_str!("specs/every_construct.rnn");

const TOKENS: [&str; 40] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ";",
    ":",
    ",",
    ".",
    "..",
    "...",
    "=",
    "==",
    "~",
    "+",
    "++",
    "-",
    "->",
    "|>",
    "@",
    "<-",
    "model ",
    "train ",
    "for ",
    "in ",
    "when ",
    "\n",
    "\n}\n",
    "///",
    "//",
    "/*",
    "\"",
    "\\",
    "'",
    "é",
    "\u{0}",
    "2x",
    "1e999",
    "edition 2027;",
];

#[derive(Clone, Debug)]
enum Mutation {
    Delete(usize, usize),
    Repeat(usize, usize),
    Swap(usize, usize, usize),
    Insert(usize, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = 0..SPEC.len();
    prop_oneof![
        (at.clone(), 1..40usize).prop_map(|(a, n)| Mutation::Delete(a, n)),
        (at.clone(), 1..200usize).prop_map(|(a, n)| Mutation::Repeat(a, n)),
        (at.clone(), at.clone(), 1..20usize).prop_map(|(a, b, n)| Mutation::Swap(a, b, n)),
        (at, 0..TOKENS.len()).prop_map(|(a, t)| Mutation::Insert(a, t)),
    ]
}

fn mutate(text: &mut Vec<u8>, mutation: &Mutation) {
    let len = text.len().max(1);
    let range = |a: usize, n: usize, text: &Vec<u8>| {
        let start = (a % len).min(text.len());
        start..(start + n).min(text.len())
    };
    match *mutation {
        Mutation::Delete(a, n) => {
            let gone = range(a, n, text);
            text.drain(gone);
        }
        Mutation::Repeat(a, n) => {
            let part = range(a, n, text);
            let copy = text[part.clone()].to_vec();
            text.splice(part.end..part.end, copy);
        }
        Mutation::Swap(a, b, n) => {
            for i in 0..n {
                if a % len + i < text.len() && b % len + i < text.len() {
                    text.swap(a % len + i, b % len + i);
                }
            }
        }
        Mutation::Insert(a, token) => {
            let at = range(a, 0, text).start;
            text.splice(at..at, TOKENS[token].bytes());
        }
    }
}

/// Parses, renders and dumps; every span must lie on character boundaries of its file.
fn survive(text: &str) -> Result<(), TestCaseError> {
    let mut sources = Sources::default();
    let file = sources.add("mutated.rnn", text);
    let (tree, found) = syntax::parse(&sources, file);
    let inside = |s: &Span| text.get(s.start as usize..s.end as usize).is_some();
    for d in &found.list {
        prop_assert!(
            !d.labels.is_empty() && d.labels.iter().all(|l| inside(&l.span)),
            "{d:?}"
        );
        prop_assert!(
            d.helps
                .iter()
                .filter_map(|h| h.patch.as_ref())
                .all(|(span, _)| inside(span)),
            "{d:?}"
        );
    }
    render(&found, &sources, false);
    syntax::dump(&tree);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_specs(mutations in prop::collection::vec(mutation(), 1..12)) {
        let mut text = SPEC.as_bytes().to_vec();
        for m in &mutations {
            mutate(&mut text, m);
        }
        survive(&String::from_utf8_lossy(&text))?;
    }

    #[test]
    fn tokens_in_any_order(picks in prop::collection::vec(0..TOKENS.len(), 0..60)) {
        let text: Vec<&str> = picks.iter().map(|i| TOKENS[*i]).collect();
        survive(&text.concat())?;
        survive(&format!("model m {{ h = {}; }}", text.join(" a ")))?;
    }

    #[test]
    fn any_text(text in "\\PC{0,80}") {
        survive(&text)?;
    }
}
