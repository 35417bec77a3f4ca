//! What is wrong with a chunk before any grammar is asked: tokens that are none, and brackets too deep to recurse into.

use super::expect::Chunk;
use super::parse::{MAX_NESTING, Parser};
use super::tokens::TokenKind;
use crate::diagnostics::{Diagnostic, codes};

/// The first thing that keeps a chunk from the grammar.
pub(super) fn check(parser: &Parser, chunk: &Chunk) -> Option<Diagnostic> {
    let mut open = Vec::new();
    for at in chunk.first..chunk.end {
        if let Some(d) = bad_token(parser, at) {
            return Some(d);
        }
        match parser.word(at) {
            "(" | "[" => open.push(at),
            ")" | "]" => {
                open.pop();
            }
            _ => {}
        }
        if open.len() > MAX_NESTING {
            return Some(
                Diagnostic::error(
                    codes::NESTING,
                    format!("more than {MAX_NESTING} brackets within each other"),
                )
                .label(parser.span(at), "this one is too deep")
                .label(parser.span(open[0]), "the outermost")
                .help("give the inner parts names of their own, in equations before this one"),
            );
        }
    }
    None
}

/// What is wrong with a token by itself.
pub(super) fn bad_token(parser: &Parser, at: usize) -> Option<Diagnostic> {
    let span = parser.span(at);
    let text = parser.word(at);
    let error = |message: String| Diagnostic::error(codes::SYNTAX, message);
    match parser.kind(at) {
        TokenKind::Word | TokenKind::Number | TokenKind::Str | TokenKind::Punct | TokenKind::End => None,
        TokenKind::Doc => Some(
            error("a doc comment within a statement".to_string())
                .label(span, "documents nothing here")
                .help("write `//`, or put it before the statement"),
        ),
        TokenKind::BadNumber => Some(
            error(format!("`{text}` is neither a number nor a name"))
                .label(span, "one token")
                .help("a name begins with a letter; between a number and a name stands an operator"),
        ),
        TokenKind::BadString => Some(
            error("a string that is not closed".to_string())
                .label(span, "its line ends before the closing `\"`")
                .help("close it with `\"`; a line break within a string is written `\\n`"),
        ),
        TokenKind::BadBlock => Some(
            error("a comment in `/* */`".to_string())
                .label(span, "not a comment of this language")
                .help("begin each line of it with `//`"),
        ),
        TokenKind::BadChar => Some(bad_char(parser, at)),
    }
}

/// A character that no token begins with.
fn bad_char(parser: &Parser, at: usize) -> Diagnostic {
    let span = parser.span(at);
    let c = parser.word(at).chars().next().unwrap_or_default();
    let shown = if c.is_control() {
        c.escape_default().to_string()
    } else {
        c.to_string()
    };
    let d = Diagnostic::error(codes::SYNTAX, format!("an unknown character `{shown}`"))
        .label(span, "not part of the language");
    let before = at.checked_sub(1).map(|i| (parser.kind(i), parser.span(i)));
    if let ('\'', Some((TokenKind::Word, name))) = (c, before)
        && name.end == span.start
    {
        let better = format!("{}_next", parser.word(at - 1));
        return d.fix("a name has letters, digits and `_`", name.to(span), better);
    }
    if let Some(instead) = ascii(c) {
        return d.fix(format!("write `{instead}`"), span, instead);
    }
    match c {
        '\'' => d.help("text is written in `\"`"),
        '^' => d.help("a power is written `pow(x, k)`"),
        '#' => d.help("comments begin with `//`"),
        '|' => d.help("application from the left is `|>`, the absolute value `abs(x)`"),
        '&' | '!' | '?' => d.help("a condition is one comparison; choose by `where(c, a, b)`"),
        c if c.is_alphabetic() => d.help("names have the letters a to z, digits and `_`"),
        _ => d,
    }
}

/// The spelling of a sign from papers, or of one that an editor put in.
fn ascii(c: char) -> Option<&'static str> {
    Some(match c {
        '⊙' | '∘' | '×' | '·' | '⋅' | '∗' => "*",
        '⊕' => "+",
        '−' | '–' | '—' => "-",
        '÷' => "/",
        '←' => "=",
        '→' => "->",
        '≤' => "<=",
        '≥' => ">=",
        '≠' => "!=",
        '“' | '”' => "\"",
        '…' => "...",
        '\u{A0}' | '\u{2009}' | '\u{200B}' => " ",
        'α' => "alpha",
        'β' => "beta",
        'γ' => "gamma",
        'δ' => "delta",
        'ε' => "epsilon",
        'η' => "eta",
        'θ' => "theta",
        'λ' => "lambda",
        'μ' => "mu",
        'π' => "pi",
        'ρ' => "rho",
        'σ' => "sigma",
        'τ' => "tau",
        'φ' => "phi",
        'ψ' => "psi",
        'ω' => "omega",
        '₀' => "0",
        '₁' => "1",
        '₂' => "2",
        '₃' => "3",
        _ => return None,
    })
}
