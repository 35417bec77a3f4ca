//! The data that a regime names.

use super::failure::Failure;
use super::load::Loaded;
use super::models::Sizes;
use super::regime::Chosen;
use crate::backends::spec::model_spec;
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::system::System;
use rnn_runtime::data::{self, Dataset, Vocabulary};
use rnn_runtime::error::Error;

/// Opens the data; with the vocabulary of saved weights, they must not hold other symbols.
///
/// # Errors
/// E0405 where they cannot be read, at the setting that names them.
pub fn open(chosen: &Chosen, loaded: &Loaded, vocabulary: Option<&Vocabulary>) -> Result<Box<dyn Dataset>, Failure> {
    data::open(&chosen.regime.data, &loaded.folder, vocabulary).map_err(|e| {
        let help = "a path in `data` is relative to the specification";
        unfit(chosen, &e, chosen.data.map(|_| help))
    })
}

/// Whether the data have what a model asks for: found out before anything is built.
///
/// # Errors
/// E0405 where they have not.
pub fn fit(dataset: &mut dyn Dataset, chosen: &Chosen, system: &System) -> Result<(), Failure> {
    dataset.bind(&model_spec(system)).map_err(|e| unfit(chosen, &e, None))
}

/// Whether the model has the metric that training stops by.
///
/// # Errors
/// E0403 where it has not.
pub fn stops(chosen: &Chosen, system: &System) -> Result<(), Failure> {
    let Some(stop) = &chosen.regime.stop else {
        return Ok(());
    };
    stop.metric(&model_spec(system).metrics).map(drop).map_err(|why| {
        let mut unknown = Diagnostic::error(codes::SETTING, why);
        if let Some(span) = chosen.stop {
            unknown = unknown.label(span, "waited for here");
        }
        Failure::Diagnostics(Diagnostics { list: vec![unknown] })
    })
}

fn unfit(chosen: &Chosen, error: &Error, note: Option<&str>) -> Failure {
    let mut unfit = Diagnostic::error(codes::DATA, error.to_string());
    if let Some(span) = chosen.data {
        unfit = unfit.label(span, "the data are named here");
    }
    if let Some(note) = note {
        unfit = unfit.note(note);
    }
    Failure::Diagnostics(Diagnostics { list: vec![unfit] })
}

/// The sizes of models that the data bind.
pub fn sizes(dataset: &dyn Dataset) -> Sizes {
    dataset
        .sizes()
        .into_iter()
        .map(|(name, size)| (name.to_string(), size as f64))
        .collect()
}
