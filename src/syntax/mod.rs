//! From text to a typed syntax tree with spans.

pub mod ast;
mod build;
mod cursor;
mod dump;
mod expect;
mod explain;
#[allow(clippy::all, dead_code)]
#[rustfmt::skip]
mod grammar;
mod items;
mod lexical;
mod literal;
mod parse;
mod slips;
#[cfg(test)]
mod tests;
mod tokens;

pub use cursor::is_keyword;
pub use dump::dump;
pub use literal::{amount, decode};
pub use parse::{MAX_BLOCKS, MAX_DEPTH, MAX_NESTING, parse};
pub use tokens::{Token, TokenKind, tokens};
