//! Diagnostics of the grammar, in the reader's words.

use super::cursor::{ITEMS, is_keyword};
use super::expect::{Chunk, Wanted};
use super::grammar::Rule;
use super::parse::Parser;
use super::slips;
use super::tokens::TokenKind;
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Span;

pub(super) fn error(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(codes::SYNTAX, message)
}

/// A token, as messages call it.
pub(super) fn found(parser: &Parser, at: usize) -> String {
    let text = parser.word(at);
    match parser.kind(at) {
        TokenKind::End => "the end of the text".to_string(),
        TokenKind::Doc => "a doc comment".to_string(),
        TokenKind::Str if text.len() > 24 => "a string".to_string(),
        TokenKind::Word if is_keyword(text) => format!("the keyword `{text}`"),
        _ => format!("`{text}`"),
    }
}

/// The place directly behind the token before `at`.
pub(super) fn after(parser: &Parser, at: usize) -> Span {
    let before = parser.span(at.saturating_sub(1));
    Span {
        start: before.end,
        ..before
    }
}

/// What a chunk is, as messages call it.
pub(super) fn what(parser: &Parser, rule: Rule, chunk: &Chunk) -> String {
    let word = parser.word(chunk.first);
    let second = parser.word(chunk.first + 1);
    match word {
        _ if rule == Rule::one_setting => format!("the setting `{word}`"),
        "fn" | "layer" | "cell" | "model" | "train" if rule == Rule::one_item => format!("the head of this `{word}`"),
        _ if is_keyword(word) || rule == Rule::one_item => format!("this `{word}`"),
        _ if second == "~" => "the observation".to_string(),
        _ => "the equation".to_string(),
    }
}

/// What must follow a chunk.
fn terminator(parser: &Parser, rule: Rule, chunk: &Chunk) -> &'static str {
    match parser.word(chunk.first) {
        "fn" | "layer" | "cell" | "model" | "train" if rule == Rule::one_item => "{",
        "for" if rule == Rule::one_stmt => "{",
        _ => ";",
    }
}

/// A complete chunk with no `;` behind it.
pub(super) fn missing_semicolon(parser: &Parser, rule: Rule, chunk: &Chunk, at: usize) -> Diagnostic {
    let what = what(parser, rule, chunk);
    let after = after(parser, at);
    error(format!("expected `;` after {what}, found {}", found(parser, at)))
        .label(after, "expected `;` here")
        .fix("end it with `;`", after, ";")
}

/// Why a chunk does not parse.
pub(super) fn explain(parser: &Parser, rule: Rule, chunk: &Chunk, wanted: &Wanted) -> Diagnostic {
    let at = wanted.at;
    let same_line = at < chunk.end || parser.kind(at) != TokenKind::End && !parser.starts_line(at);
    let here = if same_line { parser.span(at) } else { after(parser, at) };
    slips::slip(parser, rule, chunk, wanted)
        .or_else(|| keyword_as_name(parser, rule, chunk, wanted))
        .unwrap_or_else(|| general(parser, rule, chunk, wanted, here))
}

/// A keyword where a name should stand.
fn keyword_as_name(parser: &Parser, rule: Rule, chunk: &Chunk, wanted: &Wanted) -> Option<Diagnostic> {
    let at = wanted.at;
    let is_word = |i: usize| parser.kind(i) == TokenKind::Word && is_keyword(parser.word(i));
    let nothing = !wanted.expr && !wanted.name && wanted.tokens.is_empty() && !wanted.complete;
    let keyword = if nothing && at > chunk.first && is_word(at - 1) {
        at - 1
    } else if (wanted.expr || wanted.name) && is_word(at) && at < chunk.end {
        at
    } else if rule == Rule::one_stmt
        && at == chunk.first + 1
        && is_word(chunk.first)
        && matches!(parser.word(at), "=" | ":" | "~" | "[" | ".")
    {
        chunk.first
    } else {
        return None;
    };
    let word = parser.word(keyword);
    let here = parser.span(keyword);
    Some(
        error(format!("the keyword `{word}` cannot be a name"))
            .label(here, "a keyword")
            .fix("another name, for instance", here, format!("{word}_")),
    )
}

fn general(parser: &Parser, rule: Rule, chunk: &Chunk, wanted: &Wanted, here: Span) -> Diagnostic {
    let at = wanted.at;
    let found = found(parser, at);
    if at == chunk.first {
        let (kind, how) = match rule {
            Rule::one_setting => ("a setting", "a setting begins with its name: `batch 32;`"),
            _ => (
                "a statement",
                "a statement begins with a name or a keyword: `h = ...;`, `output ...;`",
            ),
        };
        return error(format!("expected {kind}, found {found}"))
            .label(here, format!("not the beginning of {kind}"))
            .note(how);
    }
    let open = open_bracket(parser, chunk.first, at);
    if wanted.complete && open.is_none() {
        let end = terminator(parser, rule, chunk);
        let what = what(parser, rule, chunk);
        if matches!(parser.word(at), ")" | "]") {
            return error(format!("unexpected closing {found}")).label(here, "nothing is open here");
        }
        if end == ";" && (at >= chunk.end || parser.starts_line(at)) {
            return missing_semicolon(parser, rule, chunk, at);
        }
        return error(format!("expected `{end}` after {what}, found {found}")).label(here, "not expected here");
    }
    if wanted.expr {
        return error(format!("expected an expression, found {found}")).label(here, "expected an expression here");
    }
    let choices = choices(wanted);
    let (last, others) = match choices.split_last() {
        None => return error(format!("unexpected {found}")).label(here, "not expected here"),
        Some(split) => split,
    };
    let list = if others.is_empty() {
        last.clone()
    } else {
        format!("{} or {last}", others.join(", "))
    };
    let d = error(format!("expected {list}, found {found}")).label(here, format!("expected {list} here"));
    match open {
        Some(open) if at >= chunk.end => {
            d.label(parser.span(open), format!("this `{}` is not closed", parser.word(open)))
        }
        _ => d,
    }
}

/// What could follow, in words.
fn choices(wanted: &Wanted) -> Vec<String> {
    let wants = |t: &str| wanted.tokens.iter().any(|w| w == t);
    if wants("index") {
        return vec!["a type: `real`, `[n]`, `index[n]`".to_string(), "`bit[n]`".to_string()];
    }
    if wants("real") {
        return vec!["a shape in brackets".to_string()];
    }
    if wants("\"") {
        return vec!["a string".to_string()];
    }
    let tokens = wanted.tokens.iter().map(|t| format!("`{t}`"));
    wanted
        .name
        .then(|| "a name".to_string())
        .into_iter()
        .chain(tokens)
        .collect()
}

/// The innermost bracket that tokens `first..at` leave open.
fn open_bracket(parser: &Parser, first: usize, at: usize) -> Option<usize> {
    let mut open = Vec::new();
    for i in first..at {
        match parser.word(i) {
            "(" | "[" => open.push(i),
            ")" | "]" => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop()
}

/// Something at the top of a file that begins no item.
pub(super) fn not_an_item(parser: &Parser, at: usize) -> Diagnostic {
    let here = parser.span(at);
    let word = parser.word(at);
    let d = error(format!("expected an item, found {}", found(parser, at)));
    if word == "}" {
        return d.label(here, "closes nothing");
    }
    let near = ITEMS.iter().find(|item| close(word, item));
    let d = d.label(here, "not the beginning of an item");
    match near {
        Some(item) => d.fix(format!("there is `{item}`"), here, *item),
        None if matches!(parser.word(at + 1), "=" | "~" | "[" | ":") || is_keyword(word) => {
            d.help("statements stand within a `model`, a `cell`, a `layer` or a `fn`")
        }
        None => d.note("items begin with `use`, `const`, `fn`, `layer`, `cell`, `model` or `train`"),
    }
}

/// One letter apart, or two neighbours exchanged.
fn close(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[start..], &b[start..]);
    match (a, b) {
        ([_, ra @ ..], [_, rb @ ..]) if ra == rb => b.len() + start > 2,
        ([_, ra @ ..], _) if ra == b => true,
        (_, [_, rb @ ..]) if rb == a => a.len() + start > 1,
        ([x, y, ra @ ..], [p, q, rb @ ..]) => x == q && y == p && ra == rb,
        _ => false,
    }
}
