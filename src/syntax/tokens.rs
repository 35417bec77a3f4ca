//! The lexis, as the grammar's `tokens` rule has it: what the parser cuts statements by.

use pest::Parser;

use super::grammar::{Grammar, Rule};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A name or a keyword.
    Word,
    Number,
    Str,
    /// A `///` comment, its mark included.
    Doc,
    Punct,
    /// `2x2`, `128d`: one token in Rust, none here.
    BadNumber,
    /// A string that its line does not close.
    BadString,
    /// `/* ... */`
    BadBlock,
    BadChar,
    /// The end of the text, once, of no width.
    End,
}

/// One token: bytes `start..end` of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub start: usize,
    pub end: usize,
}

/// Every token of a text, white space and plain comments left out; the last is [`TokenKind::End`].
pub fn tokens(text: &str) -> Vec<Token> {
    let pairs = Grammar::parse(Rule::tokens, text).unwrap_or_else(|e| panic!("internal error: lexis is total: {e}"));
    let all = pairs.flatten().filter_map(|pair| {
        let kind = match pair.as_rule() {
            Rule::word => TokenKind::Word,
            Rule::number | Rule::amount => TokenKind::Number,
            Rule::string => TokenKind::Str,
            Rule::doc => TokenKind::Doc,
            Rule::punct => TokenKind::Punct,
            Rule::bad_number => TokenKind::BadNumber,
            Rule::bad_string => TokenKind::BadString,
            Rule::bad_block => TokenKind::BadBlock,
            Rule::bad_char => TokenKind::BadChar,
            Rule::EOI => TokenKind::End,
            _ => return None,
        };
        let span = pair.as_span();
        Some(Token {
            kind,
            start: span.start(),
            end: span.end(),
        })
    });
    all.collect()
}
