//! How the parts of a decoder fit together, as data.

use super::DistKind;
use crate::model::ModelSpec;
use serde::{Deserialize, Serialize};

/// A model whose targets are drawn step by step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The whole model: what its examples are made of.
    pub model: ModelSpec,
    /// The axis that is drawn along; none where the targets are once per example.
    pub axis: Option<usize>,
    /// Whether the data say how many steps there are.
    pub given: bool,
    pub draws: Vec<Drawn>,
}

/// A target and what it is drawn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    pub target: String,
    /// The number of classes of an index.
    pub classes: Option<usize>,
    /// The number of its features.
    pub size: usize,
    pub dist: DistKind,
    /// Outputs of the step, in the order of the distribution's definition.
    pub params: Vec<String>,
    /// The symbol that ends a sequence.
    pub until: Option<usize>,
}

impl Plan {
    /// The number of classes, where one symbol a step is drawn and nothing else.
    pub fn classes(&self) -> Option<usize> {
        match self.draws.as_slice() {
            [one] if one.dist == DistKind::Categorical => one.classes,
            _ => None,
        }
    }

    /// The model as its examples look that have no targets yet.
    pub fn without_targets(&self) -> ModelSpec {
        let mut model = self.model.clone();
        model
            .data
            .retain(|d| !self.draws.iter().any(|drawn| drawn.target == d.name));
        model
    }
}
