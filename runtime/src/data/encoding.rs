//! What is learnt from the training data about how to read data; saved with the weights, and kept to ever after.

use super::vocabulary::{Tokens, Vocabulary};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// By the names of the model's inputs and targets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Encoding {
    /// Of those whose classes stand for symbols.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub vocabularies: BTreeMap<String, Vocabulary>,
    /// Of those that are standardised.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub scales: BTreeMap<String, Scale>,
}

/// The mean and the standard deviation of each feature over the training part: the model sees `(x - mean) / std`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    pub mean: Vec<f64>,
    /// 1 for a feature that never changes.
    pub std: Vec<f64>,
}

/// Of data that need none.
pub static PLAIN: Encoding = Encoding {
    vocabularies: BTreeMap::new(),
    scales: BTreeMap::new(),
};

impl Encoding {
    /// Of one text.
    pub fn of_text(name: &str, vocabulary: Vocabulary) -> Encoding {
        Encoding {
            vocabularies: [(name.to_owned(), vocabulary)].into(),
            ..Encoding::default()
        }
    }

    /// The vocabulary of the one text that the data are, if they are one.
    pub fn text(&self) -> Option<&Vocabulary> {
        let mut all = self.vocabularies.values();
        let only = all.next().filter(|v| v.tokens != Tokens::Values)?;
        all.next().is_none().then_some(only)
    }
}
