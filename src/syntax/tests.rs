//! The parts of the parser that the outside cannot see agree with each other.

use pest::Parser as _;

use super::cursor::is_keyword;
use super::grammar::{Grammar, Rule};
use super::parse;
use crate::source::Sources;

const SPEC: &str = include_str!("../../tests/specs/every_construct.rnn");
const GRAMMAR: &str = include_str!("../../grammar/rnn.pest");

/// Whether a text follows the grammar; what is said of strings' escapes lies beyond it.
fn parses(text: &str) -> bool {
    let mut sources = Sources::default();
    let file = sources.add("spec.rnn", text);
    let found = parse(&sources, file).1;
    found.list.iter().all(|d| d.message.contains("escape"))
}

/// The rule `file` is the language; the parser, which never uses it, must accept the same texts.
#[test]
fn the_parser_accepts_what_the_grammar_accepts() {
    assert!(Grammar::parse(Rule::file, SPEC).is_ok_and(|_| parses(SPEC)));
    let mut accepted = 0;
    for (at, c) in SPEC.char_indices().filter(|(_, c)| !c.is_alphanumeric()).step_by(11) {
        let without = format!("{}{}", &SPEC[..at], &SPEC[at + c.len_utf8()..]);
        let grammar = Grammar::parse(Rule::file, &without).is_ok();
        assert_eq!(parses(&without), grammar, "with the {c:?} at byte {at} removed");
        accepted += usize::from(grammar);
    }
    assert!(accepted > 30);
}

#[test]
fn keywords_are_those_of_the_grammar() {
    let rule = GRAMMAR
        .split("keyword = @{")
        .nth(1)
        .and_then(|s| s.split("~").next())
        .unwrap();
    let listed: Vec<&str> = rule.split('"').skip(1).step_by(2).collect();
    assert_eq!(listed.len(), 22);
    assert!(listed.iter().all(|w| is_keyword(w)));
    for word in SPEC
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|w| is_keyword(w))
    {
        assert!(listed.contains(&word), "{word}");
    }
}
