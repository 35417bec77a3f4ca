//! The data that a regime names.

use super::failure::Failure;
use super::load::Loaded;
use super::models::Sizes;
use super::regime::Chosen;
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use rnn_runtime::data::{self, Dataset, Vocabulary};

/// Opens the data; with the vocabulary of saved weights, they must not hold other symbols.
///
/// # Errors
/// E0405 where they cannot be read, at the setting that names them.
pub fn open(chosen: &Chosen, loaded: &Loaded, vocabulary: Option<&Vocabulary>) -> Result<Box<dyn Dataset>, Failure> {
    data::open(&chosen.regime.data, &loaded.folder, vocabulary).map_err(|e| {
        let unreadable = Diagnostic::error(codes::DATA, e.to_string());
        Failure::Diagnostics(Diagnostics {
            list: vec![match chosen.data {
                Some(span) => unreadable
                    .label(span, "the data are named here")
                    .note("a path in `data` is relative to the specification"),
                None => unreadable,
            }],
        })
    })
}

/// The sizes of models that the data bind.
pub fn sizes(dataset: &dyn Dataset) -> Sizes {
    dataset
        .sizes()
        .into_iter()
        .map(|(name, size)| (name.to_string(), size as f64))
        .collect()
}
