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

    #[error("cannot start {threads} threads: {why}")]
    Threads { threads: usize, why: String },

    #[error("cannot draw the loss curve: {0}")]
    Plot(String),

    /// Wrong arguments of a training program.
    #[error("{0}")]
    Usage(String),
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
