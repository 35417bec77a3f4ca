//! Text from a trained model.

use super::compile;
use super::failure::Failure;
use super::generate;
use super::trained::Trained;
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
    let mut text = String::new();
    characters(system, trained, sampling, "", length, |piece| text.push_str(piece))?;
    Ok(text)
}

/// The text after `prime`, each symbol as soon as it is drawn.
///
/// # Errors
/// Where the model does not draw the symbols of a text, or has never seen one of those of `prime`.
pub fn characters(
    system: &System,
    trained: &Trained,
    sampling: Sampling,
    prime: &str,
    length: usize,
    mut each: impl FnMut(&str),
) -> Result<(), Failure> {
    let Some(vocabulary) = trained.weights.meta.encoding.text() else {
        return Err(Failure::message(format!(
            "the model `{}` was not trained on text",
            system.name
        )));
    };
    let prime: Vec<usize> = encode(vocabulary, prime)?;
    let params = trained.arena(&model_spec(&compile::inference(system)))?;
    let mut writer = Writer::after(vocabulary, &prime);
    generate::symbols(system, &params, sampling, &prime, length, |symbol| {
        each(&writer.write(symbol as u32))
    })
}

fn encode(vocabulary: &Vocabulary, prime: &str) -> Result<Vec<usize>, Failure> {
    let symbols = vocabulary.encode(prime).map_err(|(_, symbol)| {
        let what = match vocabulary.tokens {
            Tokens::Characters | Tokens::Bytes => "character",
            Tokens::Words | Tokens::Values => "word",
        };
        Failure::message(format!("the model has never seen the {what} {symbol:?}"))
            .help(format!("start from a text of {what}s that stand in its training text"))
    })?;
    Ok(symbols.into_iter().map(|s| s as usize).collect())
}

/// Symbols as the text that they are, one by one.
struct Writer<'a> {
    vocabulary: &'a Vocabulary,
    /// At the start of a line.
    first: bool,
    /// Bytes that do not make a character yet.
    pending: Vec<u8>,
}

impl Writer<'_> {
    fn after<'a>(vocabulary: &'a Vocabulary, prime: &[usize]) -> Writer<'a> {
        let last = prime.last().map(|&s| s as u32);
        Writer {
            vocabulary,
            first: last.is_none() || last == vocabulary.line_end,
            pending: Vec::new(),
        }
    }

    fn write(&mut self, symbol: u32) -> String {
        match self.vocabulary.tokens {
            Tokens::Bytes => {
                self.pending.extend(u8::try_from(symbol));
                match str::from_utf8(&self.pending) {
                    Err(e) if e.error_len().is_none() => return String::new(),
                    Ok(_) | Err(_) => {}
                }
                String::from_utf8_lossy(&std::mem::take(&mut self.pending)).into_owned()
            }
            Tokens::Characters | Tokens::Words | Tokens::Values => {
                let piece = self.vocabulary.piece(symbol, self.first);
                self.first = piece == "\n";
                piece
            }
        }
    }
}
