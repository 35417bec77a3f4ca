//! Questions about the token at a place.

use super::parse::Parser;
use super::tokens::TokenKind;
use crate::source::Span;

/// Words that begin an item.
pub(super) const ITEMS: [&str; 8] = ["edition", "use", "const", "fn", "layer", "cell", "model", "train"];
/// Words that begin a statement.
const STATEMENTS: [&str; 11] = [
    "input", "target", "axis", "param", "fixed", "module", "loss", "metric", "output", "assert", "for",
];

/// Whether a word cannot be a name; the grammar's `keyword`. `const(v)` is an initial value as well as an item.
pub fn is_keyword(word: &str) -> bool {
    word != "const" && ITEMS.contains(&word)
        || STATEMENTS.contains(&word)
        || matches!(word, "in" | "when" | "until" | "as")
}

impl Parser<'_> {
    /// What a token reads; empty at the end of the text.
    pub fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |t| &self.text[t.start..t.end])
    }

    pub fn span(&self, at: usize) -> Span {
        let t = self.tokens[at.min(self.tokens.len() - 1)];
        Span::new(self.file, t.start, t.end)
    }

    /// The span of tokens `first..end`.
    pub fn span_of(&self, first: usize, end: usize) -> Span {
        self.span(first).to(self.span(end.max(first + 1) - 1))
    }

    pub fn kind(&self, at: usize) -> TokenKind {
        self.tokens.get(at).map_or(TokenKind::End, |t| t.kind)
    }

    /// Whether a token is the first of its line.
    pub fn starts_line(&self, at: usize) -> bool {
        at == 0 || self.text[self.tokens[at - 1].end..self.tokens[at].start].contains('\n')
    }

    pub fn starts_item(&self, at: usize) -> bool {
        self.kind(at) == TokenKind::Word && ITEMS.contains(&self.word(at)) && self.kind(at + 1) != TokenKind::Punct
    }

    pub fn starts_stmt(&self, at: usize) -> bool {
        self.kind(at) == TokenKind::Word
            && (ITEMS.contains(&self.word(at)) || STATEMENTS.contains(&self.word(at)))
            && !matches!(self.word(at + 1), ":" | "=" | "." | "," | ")" | ";")
    }

    pub fn ends_chunk(&self, at: usize) -> bool {
        matches!(self.word(at), ";" | "{" | "}" | "")
            || self.kind(at) == TokenKind::Doc && self.starts_line(at)
            || self.starts_line(at) && self.starts_stmt(at)
    }

    /// `name =` or `name ~` at the beginning of a line, which no statement has inside.
    pub fn starts_equation(&self, at: usize) -> bool {
        self.kind(at) == TokenKind::Word && matches!(self.word(at + 1), "=" | "~") && self.starts_line(at)
    }
}
