//! The one crate a Rust user adds: the runtime that generated code links to, and the macros that generate it.
pub use rnn_runtime::*;
