//! Text from a trained model.

use super::compile;
use super::failure::Failure;
use super::generate;
use super::trained::Trained;
use crate::backends::spec::model_spec;
use crate::system::System;
use rnn_runtime::data::Vocabulary;
use rnn_runtime::decode::Sampling;

/// A text of some characters, drawn somewhat more safely than the model would.
///
/// # Errors
/// Where the model does not draw characters.
pub fn text(system: &System, trained: &Trained, length: usize, seed: u64) -> Result<String, Failure> {
    let sampling = Sampling {
        temperature: 0.8,
        seed,
        ..Sampling::default()
    };
    let mut text = String::new();
    characters(system, trained, sampling, "", length, |c| text.push(c))?;
    Ok(text)
}

/// The characters after those of `prime`, each as soon as it is drawn.
///
/// # Errors
/// Where the model does not draw characters, or has never seen one of those of `prime`.
pub fn characters(
    system: &System,
    trained: &Trained,
    sampling: Sampling,
    prime: &str,
    length: usize,
    mut each: impl FnMut(char),
) -> Result<(), Failure> {
    let Some(vocabulary) = &trained.weights.meta.vocabulary else {
        return Err(Failure::message(format!(
            "the model `{}` was not trained on text",
            system.name
        )));
    };
    let prime = encode(vocabulary, prime)?;
    let params = trained.arena(&model_spec(&compile::inference(system)))?;
    generate::symbols(system, &params, sampling, &prime, length, |symbol| {
        each(vocabulary.symbols[symbol])
    })
}

fn encode(vocabulary: &Vocabulary, prime: &str) -> Result<Vec<usize>, Failure> {
    let symbols = vocabulary.encode(prime).map_err(|at| {
        let c = prime.chars().nth(at).unwrap_or_default();
        Failure::message(format!("the model has never seen the character {c:?}"))
            .help("start from a text of characters that stand in its training text")
    })?;
    Ok(symbols.into_iter().map(|s| s as usize).collect())
}
