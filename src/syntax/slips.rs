//! Slips that come from other languages, and how each is mended.

use super::expect::{Chunk, Wanted};
use super::explain::error;
use super::grammar::Rule;
use super::parse::Parser;
use crate::diagnostics::Diagnostic;
use crate::source::Span;

/// The slip a chunk failed by, if it is a familiar one.
pub(super) fn slip(parser: &Parser, rule: Rule, chunk: &Chunk, wanted: &Wanted) -> Option<Diagnostic> {
    if wanted.at >= chunk.end {
        return foreign_keyword(parser, rule, chunk, wanted);
    }
    two_signs(parser, wanted)
        .or_else(|| equals(parser, rule, chunk, wanted))
        .or_else(|| foreign_keyword(parser, rule, chunk, wanted))
}

/// Two signs side by side that are one operator elsewhere.
fn two_signs(parser: &Parser, wanted: &Wanted) -> Option<Diagnostic> {
    let at = wanted.at;
    for first in [at.saturating_sub(1), at] {
        let signs = (parser.word(first), parser.word(first + 1));
        let both = parser.span(first).to(parser.span(first + 1));
        if parser.span(first).end != parser.span(first + 1).start {
            continue;
        }
        let not_one =
            |d: &str| error(format!("`{}{}` is not an operator", signs.0, signs.1)).label(both, d.to_string());
        return Some(match signs {
            (":", "=") => not_one("an equation has `=`").fix("write `=`", both, "="),
            ("<", "-") => not_one("an equation has `=`, an observation `~`").fix("write `=`", both, "="),
            ("+", "=") | ("-", "=") | ("*", "=") | ("/", "=") => {
                not_one("an equation is not an assignment").help("the value one step back is `h[t-1]`")
            }
            ("*", "*") => not_one("there is no power operator").help("a power is written `pow(x, k)`"),
            ("..", "=") => not_one("`1..k` holds both its ends").fix("write `..`", both, ".."),
            (".", "*") | (".", "/") | (".", "+") => {
                let mended = signs.1;
                not_one("operators are elementwise as they are").fix(format!("write `{mended}`"), both, mended)
            }
            _ => continue,
        });
    }
    None
}

/// `=`, `==` and `:` for each other.
fn equals(parser: &Parser, rule: Rule, chunk: &Chunk, wanted: &Wanted) -> Option<Diagnostic> {
    let at = wanted.at;
    let wants = |t: &str| wanted.tokens.iter().any(|w| w == t);
    let here = parser.span(at);
    // The sign with the white space around it.
    let around = Span {
        start: parser.span(at.saturating_sub(1)).end,
        end: parser.span(at + 1).start,
        ..here
    };
    match parser.word(at) {
        "==" if !wanted.expr && !wanted.complete => Some(
            error("expected `=`, found `==`")
                .label(here, "`==` compares two values")
                .fix("an equation has one `=`", here, "="),
        ),
        "=" if rule == Rule::one_setting && at == chunk.first + 1 => Some(
            error("expected a value, found `=`")
                .label(here, "a setting has no `=`")
                .fix("write the value behind the name", around, " "),
        ),
        "=" if wants(")") => Some(
            error("expected `,` or `)`, found `=`")
                .label(here, "not between an argument's name and its value")
                .fix("named arguments are written with `:`", around, ": "),
        ),
        "=" if wants(":") => Some(
            error("expected `:`, found `=`")
                .label(here, "a declaration gives a type, not a value")
                .fix("write `:`", around, ": "),
        ),
        "=" if wanted.complete => Some(
            error("expected an operator or `;`, found `=`")
                .label(here, "a second `=` in one statement")
                .fix("`==` compares two values", here, "=="),
        ),
        "..." if wanted.tokens.is_empty() && !wanted.complete => Some(
            error("expected `..`, found `...`")
                .label(here, "`...` is for inputs")
                .fix("write `..`", here, ".."),
        ),
        "..." if wanted.complete => Some(
            error("`...` outside a call")
                .label(here, "spreads an input among arguments")
                .help("`f(xs...)` takes all of `xs`; `for x in xs { ... }` takes one after the other"),
        ),
        "(" if rule == Rule::one_stmt && at == chunk.first + 1 && !wanted.expr => Some(
            error("a call that gives nothing a name")
                .label(parser.span(chunk.first).to(here), "expected an equation")
                .help("name its value: `y = f(x);`"),
        ),
        _ => None,
    }
}

/// A word that leads a statement or an expression elsewhere.
fn foreign_keyword(parser: &Parser, rule: Rule, chunk: &Chunk, wanted: &Wanted) -> Option<Diagnostic> {
    if rule != Rule::one_stmt {
        return None;
    }
    let at = wanted.at.checked_sub(1).filter(|at| *at >= chunk.first)?;
    let word = parser.word(at);
    let here = parser.span(at);
    let with_space = Span {
        end: parser.span(at + 1).start,
        ..here
    };
    let d = error(format!("there is no `{word}` in this language"));
    match word {
        "let" | "var" | "def" | "auto" if at == chunk.first => Some(d.label(here, "not needed").fix(
            "an equation begins with its name",
            with_space,
            "",
        )),
        "return" if at == chunk.first => Some(
            d.label(here, "not a statement")
                .help("the head names the outputs: `-> y`; an equation `y = ...;` defines them"),
        ),
        "if" => Some(
            d.label(here, "unknown")
                .help("`where(c, a, b)` chooses, `... when c` holds a value where `c` fails"),
        ),
        "while" if at == chunk.first => Some(
            d.label(here, "unknown")
                .help("time needs no loop: `h[t-1]` is the value one step back"),
        ),
        _ => None,
    }
}
