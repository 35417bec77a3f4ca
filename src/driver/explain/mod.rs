//! What a model is, told from its equations: `rnnc check --explain`.
//!
//! Everything is read off the evaluation system, in which cells and layers are gone, and off the schedules; no name of a
//! cell plays a part.

mod connect;
mod costs;
mod latency;
mod memory;
mod plan;
mod text;

pub use connect::State;
pub use text::text;
pub(super) use text::{scaled, table};

use super::compile;
use crate::system::graph::Graph;
use crate::system::{Axis, AxisKind, AxisSet, RootKind, System, Value};
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    pub model: String,
    /// The regime whose teacher forcing has changed the equations, if one has.
    pub regime: Option<String>,
    /// The classes of the literature that are there, in a fixed order.
    pub connectivity: Vec<String>,
    /// The recurrences that stand upon each other, at most.
    pub depth: usize,
    /// Each way along each axis that a recurrence runs.
    pub directions: Vec<Direction>,
    pub axes: Vec<AxisNote>,
    pub predicts: Vec<Prediction>,
    pub states: Vec<connect::State>,
    /// Values of other steps that are read without a recurrence: context, windows.
    pub taps: Vec<connect::Tap>,
    pub latency: Vec<latency::Latency>,
    pub parameters: Vec<Parameter>,
    pub trained: usize,
    pub fixed: usize,
    pub costs: costs::Costs,
    pub memory: Option<memory::Memory>,
    /// Of one step of training, or of evaluation where nothing is trained.
    pub schedule: plan::Plan,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Direction {
    pub axis: String,
    pub forward: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct AxisNote {
    pub name: String,
    pub steps: Option<usize>,
    /// The data that run over it.
    pub data: Vec<String>,
}

/// What the model says of a target, or computes.
#[derive(Clone, Debug, Serialize)]
pub struct Prediction {
    pub name: String,
    /// None of an `output`.
    pub distribution: Option<String>,
    pub over: Vec<String>,
    /// Whether it runs along an axis that no input runs over.
    pub own_axis: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct Parameter {
    pub name: String,
    pub shape: Vec<usize>,
    pub entries: usize,
    pub trained: bool,
}

/// Explains an elaborated system.
pub fn explain(system: &System) -> Explanation {
    let primal = compile::inference(system);
    let graph = Graph::new(&primal);
    let connections = connect::connections(&predicting(&primal), &graph);
    let parameters: Vec<Parameter> = primal.params.iter().map(|(_, p)| parameter(p)).collect();
    let entries = |trained: bool| {
        let those = parameters.iter().filter(|p| p.trained == trained);
        those.map(|p| p.entries).sum()
    };
    Explanation {
        model: primal.name.clone(),
        regime: None,
        connectivity: connections.classes(),
        depth: connections.depth,
        axes: primal
            .axes
            .iter()
            .enumerate()
            .skip(1)
            .map(|(i, a)| axis(&primal, i, a))
            .collect(),
        predicts: predictions(&primal),
        latency: latency::latency(&primal, &graph),
        trained: entries(true),
        fixed: entries(false),
        parameters,
        costs: costs::costs(system),
        memory: memory::memory(system),
        schedule: plan::plan(system),
        directions: connections.directions,
        states: connections.states,
        taps: connections.taps,
    }
}

/// The states of an evaluation system.
pub fn states(primal: &System) -> Vec<State> {
    connect::connections(&predicting(primal), &Graph::new(primal)).states
}

/// Without what only scores the predictions, where there are any: a distribution may be a recurrence of its own.
fn predicting(s: &System) -> System {
    let mut s = s.clone();
    if !s.observations.is_empty() {
        s.roots.retain(|r| r.kind == RootKind::Output);
    }
    s
}

fn parameter(p: &crate::system::Param) -> Parameter {
    Parameter {
        name: p.name.clone(),
        shape: p.shape.clone(),
        entries: p.shape.iter().product(),
        trained: p.trained,
    }
}

fn axis(s: &System, index: usize, axis: &Axis) -> AxisNote {
    let over = s
        .data
        .iter()
        .filter(|(_, d)| d.ty.axes.iter().any(|a| a.0 as usize == index));
    AxisNote {
        name: axis.name.clone(),
        steps: match axis.kind {
            AxisKind::Steps(n) => Some(n),
            AxisKind::Batch | AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph => None,
        },
        data: over.map(|(_, d)| d.name.clone()).collect(),
    }
}

fn predictions(s: &System) -> Vec<Prediction> {
    let inputs = s.data.iter().filter(|(_, d)| d.role == crate::system::DataRole::Input);
    let given = inputs.fold(AxisSet::EMPTY, |all, (_, d)| all.union(d.ty.axes));
    let prediction = |name: &str, distribution: Option<&str>, axes: AxisSet| Prediction {
        name: name.into(),
        distribution: distribution.map(Into::into),
        over: names(s, axes),
        own_axis: !given.is_empty() && !steps(axes).is_subset(given),
    };
    let observed = s.observations.iter().map(|o| {
        let target = &s.data[o.target];
        prediction(&target.name, Some(o.dist.name()), target.ty.axes)
    });
    let outputs = own_outputs(s).map(|(name, v)| prediction(name, None, s.ty(v).axes));
    observed.chain(outputs).collect()
}

/// The `output`s of the text, without the parameters of observations.
fn own_outputs(s: &System) -> impl Iterator<Item = (&str, Value)> {
    let observed = |name: &str| {
        let target = name.rsplit_once('.').map(|(target, _)| target);
        s.observations
            .iter()
            .any(|o| Some(s.data[o.target].name.as_str()) == target)
    };
    let outputs = s.roots.iter().filter(|r| r.kind == RootKind::Output);
    outputs
        .filter(move |r| !observed(&r.name))
        .map(|r| (r.name.as_str(), r.value))
}

/// All axes but the batch.
fn steps(axes: AxisSet) -> AxisSet {
    axes.without(crate::system::AxisId::BATCH)
}

fn names(s: &System, axes: AxisSet) -> Vec<String> {
    steps(axes).iter().map(|a| s.axis_info(a).name.clone()).collect()
}

/// What an equation is called; of a nameless one, the nearest that it is computed from.
fn called(s: &System, graph: &Graph, v: Value) -> String {
    let mut queue = std::collections::VecDeque::from([v]);
    let mut seen = vec![false; s.nodes.len()];
    while let Some(v) = queue.pop_front() {
        if let Some(name) = &s.nodes[v].origin.name {
            return name.clone();
        }
        if !std::mem::replace(&mut seen[v.index()], true) {
            queue.extend(graph.args(v));
        }
    }
    format!("{v:?}")
}
