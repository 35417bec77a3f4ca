//! Recurrent networks written as equations: the one crate a Rust user adds. It holds the runtime that generated code
//! links to, and the macro that generates it.

#[doc(inline)]
pub use rnn_macros::rnn;
#[doc(inline)]
pub use rnn_runtime::*;
