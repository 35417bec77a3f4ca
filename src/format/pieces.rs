//! A text as tokens and comments, each with how many line breaks stand before it.

use crate::syntax::{TokenKind, tokens};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `// ...`, which the syntax leaves out.
    Comment,
    Token(TokenKind),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub kind: Kind,
    /// Without white space at its end.
    pub text: &'a str,
    /// Line breaks since the piece before.
    pub breaks: usize,
}

impl Piece<'_> {
    pub fn is_comment(&self) -> bool {
        self.kind == Kind::Comment
    }

    pub fn is_doc(&self) -> bool {
        self.kind == Kind::Token(TokenKind::Doc)
    }

    /// A comment behind something on its line.
    pub fn trails(&self) -> bool {
        self.is_comment() && self.breaks == 0
    }
}

/// Every token and comment of a text, in order; the last is its end.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut end = 0;
    for token in tokens(text) {
        let mut between = &text[end..token.start];
        let mut breaks = usize::from(end == 0);
        while let Some(at) = between.find("//") {
            breaks += breaks_in(&between[..at]);
            let from = &between[at..];
            let length = from.find(['\n', '\r']).unwrap_or(from.len());
            out.push(Piece {
                kind: Kind::Comment,
                text: from[..length].trim_end(),
                breaks,
            });
            breaks = 0;
            between = &from[length..];
        }
        out.push(Piece {
            kind: Kind::Token(token.kind),
            text: text[token.start..token.end].trim_end(),
            breaks: breaks + breaks_in(between),
        });
        end = token.end;
    }
    out
}

/// `\n`, `\r\n` and `\r` each break a line.
fn breaks_in(text: &str) -> usize {
    let lone = |(at, _): &(usize, &str)| text.as_bytes().get(at + 1) != Some(&b'\n');
    text.matches('\n').count() + text.match_indices('\r').filter(lone).count()
}
