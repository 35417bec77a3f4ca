//! Saved weights, and what they say about the model they belong to.

use super::failure::Failure;
use super::models::Sizes;
use crate::rewrite::Scale;
use rnn_runtime::ModelSpec;
use rnn_runtime::weights::{self, Weights};
use std::path::{Path, PathBuf};

/// The metadata's key for a size of the model: `size.n`.
const SIZE: &str = "size.";

pub struct Trained {
    pub path: PathBuf,
    pub weights: Weights,
}

impl Trained {
    /// # Errors
    /// A file that cannot be read, or holds no weights.
    pub fn open(path: &Path) -> Result<Trained, Failure> {
        let folder = path.is_dir().then(|| path.join("weights.safetensors"));
        let path = folder.unwrap_or_else(|| path.to_path_buf());
        if let Err(e) = std::fs::metadata(&path) {
            return Err(Failure::io("read", &path, &e).help("`rnnc train` writes weights to its run's folder"));
        }
        let weights = weights::load(&path)?;
        Ok(Trained { path, weights })
    }

    /// The sizes that the model was trained with: those of the data, and those that were given.
    pub fn sizes(&self) -> Sizes {
        let meta = &self.weights.meta;
        let given = meta.more.iter().filter_map(|(key, value)| {
            let name = key.strip_prefix(SIZE)?;
            Some((name.to_string(), value.parse().ok()?))
        });
        given.collect()
    }

    /// What the data were standardised by.
    pub fn scales(&self) -> Vec<Scale> {
        let scales = self.weights.meta.encoding.scales.iter();
        let scale = |(input, s): (&String, &rnn_runtime::data::Scale)| Scale {
            input: input.clone(),
            mean: s.mean.clone(),
            std: s.std.clone(),
        };
        scales.map(scale).collect()
    }

    /// The parameters in the order of a model.
    ///
    /// # Errors
    /// Weights of another model; says what differs.
    pub fn arena(&self, spec: &ModelSpec) -> Result<Vec<f64>, Failure> {
        self.weights.arena(spec).map_err(|why| {
            Failure::message(format!(
                "`{}` does not fit the model `{}`: {why}",
                self.path.display(),
                spec.name
            ))
            .help("sizes that were given with `-D` in training must be given again")
        })
    }
}

/// What to save with weights so that [`Trained::sizes`] finds it again.
pub fn notes(sizes: &Sizes) -> Vec<(String, String)> {
    sizes
        .iter()
        .map(|(name, value)| (format!("{SIZE}{name}"), value.to_string()))
        .collect()
}
