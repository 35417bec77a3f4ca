//! What can go wrong while training, in words for the person who trains.

use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },

    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: std::io::Error },

    #[error("{} is not UTF-8 text: the byte at offset {offset} cannot be part of a character", path.display())]
    NotText { path: PathBuf, offset: usize },

    /// Anything else about the data: no files, no text, an unknown symbol, a model of another kind.
    #[error("{0}")]
    Data(String),

    #[error("setting `{path}`: {why}")]
    Setting { path: String, why: String },

    #[error("{}: {why}", path.display())]
    Weights { path: PathBuf, why: String },

    #[error("{}: {why}", path.display())]
    Checkpoint { path: PathBuf, why: String },

    #[error(
        "the {what} is {value} at step {step} (epoch {epoch}, learning rate {lr}): training has diverged. Try a smaller \
         learning rate, clipping (`clip norm(1.0);`), or `precision f64;`"
    )]
    Diverged {
        what: &'static str,
        value: f64,
        step: u64,
        epoch: usize,
        lr: f64,
    },

    /// Of an example by itself, and not of all those beside it.
    #[error(
        "the loss of example {number} of the part `{part}` is {value} at step {step} (epoch {epoch}), that of others is not: \
         the model gives its targets no chance, as `ctc` does where labels need more frames than there are, or its data are \
         nothing that the equations can take, as a logarithm of 0"
    )]
    Example {
        /// From 1 on.
        number: usize,
        part: &'static str,
        value: f64,
        step: u64,
        epoch: usize,
    },

    #[error(
        "the values of a step take {} at least, and `memory` grants {}: use smaller batches, or shorter sequences",
        amount(*.least), amount(*.granted)
    )]
    Memory { least: usize, granted: usize },

    #[error("cannot start {threads} threads: {why}")]
    Threads { threads: usize, why: String },

    #[error("cannot draw the loss curve: {0}")]
    Plot(String),

    /// Wrong arguments of a training program.
    #[error("{0}")]
    Usage(String),
}

/// Bytes, as people write them.
pub fn amount(bytes: usize) -> String {
    match bytes as f64 {
        b if b >= 9.995e9 => format!("{:.1} GB", b / 1e9),
        b if b >= 9.995e8 => format!("{:.2} GB", b / 1e9),
        b if b >= 9.95e6 => format!("{:.0} MB", b / 1e6),
        b if b >= 1e6 => format!("{:.1} MB", b / 1e6),
        b if b >= 1e3 => format!("{:.0} kB", b / 1e3),
        b => format!("{b} bytes"),
    }
}

impl Error {
    pub(crate) fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
        |source| Error::Read {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
        |source| Error::Write {
            path: path.to_owned(),
            source,
        }
    }
}
