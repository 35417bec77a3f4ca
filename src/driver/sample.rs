//! Text from a trained model.

use super::failure::Failure;
use super::trained::Trained;
use super::{compile, decode::symbols};
use crate::backends::spec::model_spec;
use crate::system::System;
use rnn_runtime::data::{Tokens, Vocabulary};
use rnn_runtime::decode::Sampling;

/// A text of some symbols, drawn somewhat more safely than the model would.
///
/// # Errors
/// Where the model does not draw the symbols of a text.
pub fn text(system: &System, trained: &Trained, length: usize, seed: u64) -> Result<String, Failure> {
    let sampling = Sampling {
        temperature: 0.8,
        seed,
        ..Sampling::default()
    };
    let vocabulary = vocabulary(system, trained)?;
    let params = trained.arena(&model_spec(&compile::inference(system)))?;
    let mut said = Vec::new();
    symbols(system, &params, sampling, &[], length, |symbol| said.push(symbol))?;
    Ok(vocabulary.decode(&said))
}

/// What the symbols of the model's text are.
///
/// # Errors
/// Where it was not trained on text.
pub fn vocabulary<'a>(system: &System, trained: &'a Trained) -> Result<&'a Vocabulary, Failure> {
    let text = trained.weights.meta.encoding.text();
    text.ok_or_else(|| Failure::message(format!("the model `{}` was not trained on text", system.name)))
}

/// The symbols of a text that a model is to go on from.
///
/// # Errors
/// One that the model has never seen.
pub fn encode(vocabulary: &Vocabulary, prime: &str) -> Result<Vec<u32>, Failure> {
    vocabulary.encode(prime).map_err(|(_, symbol)| {
        let what = match vocabulary.tokens {
            Tokens::Characters | Tokens::Bytes => "character",
            Tokens::Words | Tokens::Values => "word",
        };
        Failure::message(format!("the model has never seen the {what} {symbol:?}"))
            .help(format!("start from a text of {what}s that stand in its training text"))
    })
}
