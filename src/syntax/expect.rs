//! Where a chunk failed, and what the grammar wanted there.

use std::collections::BTreeSet;

use pest::Parser as _;
use pest::error::InputLocation;

use super::grammar::{Grammar, Rule};
use super::parse::Parser;
use super::tokens::TokenKind;

/// Tokens `first..end`: one item's head, one statement or one setting, its `;` or `{` left out.
pub(super) struct Chunk {
    pub first: usize,
    pub end: usize,
}

/// What would have let the parser go on.
#[derive(Debug)]
pub(super) struct Wanted {
    /// The token it stopped at; `chunk.end` where the chunk was too short.
    pub at: usize,
    /// Whether an expression could follow.
    pub expr: bool,
    /// Whether a name could follow.
    pub name: bool,
    /// The tokens that could follow, operators and such left out where they can follow anything.
    pub tokens: Vec<String>,
    /// Whether the chunk could have ended before the token.
    pub complete: bool,
}

/// What may follow any expression or name, and so says little.
const EVERYWHERE: [&str; 18] = [
    "|>", "<=", ">=", "==", "!=", "<", ">", "++", "+", "-", "@", "*", "/", "%", "(", "[", ".", "...",
];

/// Parses a chunk that fails once more, for the farthest position and all that was tried there.
pub(super) fn wanted(parser: &Parser, rule: Rule, chunk: &Chunk) -> Wanted {
    // Never switched off again: another thread may be between switching it on and reading the attempts.
    pest::set_error_detail(true);
    let base = parser.tokens[chunk.first].start;
    let text = &parser.text[base..parser.tokens[chunk.end - 1].end];
    let Err(error) = Grammar::parse(rule, text) else {
        panic!("internal error: a chunk failed only once")
    };
    let mut position = match error.location {
        InputLocation::Pos(p) | InputLocation::Span((p, _)) => p,
    };
    let mut tried = BTreeSet::new();
    if let Some(attempts) = error.parse_attempts() {
        position = position.max(attempts.max_position);
        tried = attempts.expected_tokens().iter().map(|t| t.to_string()).collect();
    }
    let at = parser
        .tokens
        .partition_point(|t| t.end <= base + position)
        .max(chunk.first);
    // Directly behind a word, one more letter is always possible; that is no wish for a name.
    let in_word = at > chunk.first && {
        let before = parser.tokens[at - 1];
        before.end == base + position && matches!(before.kind, TokenKind::Word | TokenKind::Number)
    };
    let expr = tried.contains("\"") && tried.contains("(");
    let sayable = |t: &&String| {
        let range = t.len() == 4 && t.contains("..");
        !(t.trim().is_empty() || range || matches!(t.as_str(), "//" | "\u{FEFF}" | "_" | "E"))
    };
    let said: Vec<String> = tried.iter().filter(sayable).cloned().collect();
    // A keyword was taken for a name where not even white space could follow.
    let name = !expr && tried.contains("a..z") && (!in_word || said.is_empty() && tried.contains(" "));
    let telling: Vec<String> = said
        .iter()
        .filter(|t| !EVERYWHERE.contains(&t.as_str()))
        .cloned()
        .collect();
    let closes = telling.iter().any(|t| t == ")");
    Wanted {
        at,
        expr,
        name,
        tokens: if telling.is_empty() {
            said
        } else {
            telling.into_iter().filter(|t| t != ":" || !closes).collect()
        },
        complete: at > chunk.first && {
            let before = &parser.text[base..parser.tokens[at - 1].end];
            Grammar::parse(rule, before).is_ok()
        },
    }
}
