//! How the parts of a decoder fit together, as data.

use super::DistKind;
use crate::data::{Example, Values};
use crate::model::{AxisSpec, DataSpec, ModelSpec};
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
    /// Whether all that is said is labels that frames spell.
    pub fn spells(&self) -> bool {
        matches!(self.draws.as_slice(), [one] if one.dist == DistKind::Ctc)
    }

    /// Whether an axis is another name of the one that is drawn along, with as many steps as were drawn so far.
    pub fn grows(&self, axis: usize) -> bool {
        let like = |t: usize| axis != t && self.model.steps_of(axis) == self.model.steps_of(t);
        !self.given && self.axis.is_some_and(like)
    }

    /// The number of classes, where one symbol a step is drawn and nothing else.
    pub fn classes(&self) -> Option<usize> {
        match self.draws.as_slice() {
            [one] if one.dist == DistKind::Categorical => one.classes,
            _ => None,
        }
    }

    /// The model as data see it: with or without the targets that are drawn, and the axes that only these run over. Beside
    /// it, for each axis and datum of the model, its place there.
    #[allow(clippy::type_complexity)]
    pub fn reading(&self, targets: bool) -> (ModelSpec, Vec<Option<usize>>, Vec<Option<usize>>) {
        let model = &self.model;
        let wanted = |name: &str| targets || !self.draws.iter().any(|d| d.target == name);
        let read: Vec<&DataSpec> = model.data.iter().filter(|d| wanted(&d.name)).collect();
        let runs = |a: usize| {
            let data = |d: &&DataSpec| d.axes.iter().any(|&b| model.steps_of(b) == model.steps_of(a));
            a == 0 || model.axes[a].steps.is_some() || read.iter().any(data)
        };
        let places = |kept: Vec<bool>| {
            let mut next = 0..;
            let place = |k: bool| if k { next.next() } else { None };
            kept.into_iter().map(place).collect::<Vec<Option<usize>>>()
        };
        let axes = places((0..model.axes.len()).map(runs).collect());
        let columns = places(model.data.iter().map(|d| wanted(&d.name)).collect());
        let mut spec = model.clone();
        spec.data.retain(|d| wanted(&d.name));
        for data in &mut spec.data {
            data.axes = data.axes.iter().filter_map(|a| axes[*a]).collect();
        }
        spec.axes = model
            .axes
            .iter()
            .zip(&axes)
            .filter(|(_, a)| a.is_some())
            .map(|(axis, _)| AxisSpec {
                like: axis.like.and_then(|other| axes[other]),
                ..axis.clone()
            })
            .collect();
        (spec, axes, columns)
    }

    /// The number of steps that an example's targets have.
    pub fn steps(&self, example: &Example) -> usize {
        match (self.draws[0].dist, self.target(0)) {
            (DistKind::Ctc, Some(d)) => self.positions(example, d),
            _ => self.axis.map_or(1, |t| example.lengths[t]),
        }
    }

    /// What an example's targets are at a step.
    pub fn step(&self, example: &Example, t: usize) -> Vec<Vec<f64>> {
        let value = |(k, drawn): (usize, &Drawn)| {
            let d = self.target(k).expect("internal error: a target that the model lacks");
            match &example.columns[d] {
                Values::Index(x) => vec![f64::from(x[t])],
                Values::Real(x) => x[t * drawn.size..(t + 1) * drawn.size].to_vec(),
            }
        };
        self.draws.iter().enumerate().map(value).collect()
    }

    fn target(&self, k: usize) -> Option<usize> {
        self.model.data.iter().position(|d| d.name == self.draws[k].target)
    }

    fn positions(&self, example: &Example, d: usize) -> usize {
        self.model.data[d].axes.iter().map(|a| example.lengths[*a]).product()
    }
}
