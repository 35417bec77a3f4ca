//! `rnn! { ... }`: a recurrent network written inline in Rust.
//!
//! The tokens are written out as text with a table from text to tokens ([`replay`]), compiled like a file
//! ([`expand`]), and what is wrong is reported at the token it is about.

mod expand;
mod replay;

use proc_macro::TokenStream;

/// Compiles every model of the text to a struct that implements `rnn::Model<f32>` and `rnn::Model<f64>`.
///
/// The text is that of a `.rnn` file. A model called `char_lm` becomes the struct `CharLm` with `CharLm::new()`; sizes come
/// from their defaults. `train` blocks are checked and otherwise left to the caller, who passes a `rnn::regime::Regime`.
#[proc_macro]
pub fn rnn(input: TokenStream) -> TokenStream {
    let text = replay::replay(input.into());
    expand::expand("<inline>", text).into()
}
