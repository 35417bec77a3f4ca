//! From text to a typed syntax tree with spans.

pub mod ast;
