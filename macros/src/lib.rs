//! `rnn! { ... }` and `include_rnn!("model.rnn")`: recurrent networks in Rust.
//!
//! The tokens are written out as text with a table from text to tokens ([`replay`]), compiled like a file
//! ([`expand`]), and what is wrong is reported at the token it is about ([`report`]).

mod dress;
mod expand;
mod include;
mod replay;
mod report;

use proc_macro::TokenStream;

/// Compiles every model of the text to a type.
///
/// The text is that of a `.rnn` file; before `model`, Rust's attributes and visibility may stand. A model called `char_lm`
/// becomes
///
/// - `CharLm<R = f32>`, in either precision: `new(seed)`, `train_step`, `evaluate`, `forward`, `fit`, `save`, `load`, ...;
/// - `CharLmExample`, a view of an array for each input and target, and `CharLmInputs` where `forward` needs no targets;
/// - `CharLmMetrics`, the loss and the metrics, and `CharLmOutputs`, the outputs and the parameters of the observations
///   (`y_logits` of `y ~ categorical(...)`).
///
/// Sizes come from their defaults. A `train` block says how the type trains, and need not name data.
#[proc_macro]
pub fn rnn(input: TokenStream) -> TokenStream {
    let (tokens, dresses) = dress::undress(input.into());
    let text = replay::replay(tokens);
    let folder = include::folder();
    expand::expand(&folder, &text, &dresses).into()
}

/// Compiles the models of a file, whose path is relative to the source file that names it: `include_rnn!("model.rnn");`.
///
/// See [`rnn!`] for the types; attributes and visibility may stand before the path, for all models:
/// `include_rnn!(pub "model.rnn");`.
#[proc_macro]
pub fn include_rnn(input: TokenStream) -> TokenStream {
    include::include(input.into()).into()
}
