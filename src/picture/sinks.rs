//! What is wanted of a model: the nodes that nothing reads.

use super::graph::NodeKind;
use super::words::{axes, ty};
use crate::system::{AxisSet, Binary, Op, RootKind, System, Value};

/// What is wanted of a model.
pub(super) struct Sink {
    pub kind: NodeKind,
    pub name: String,
    pub ty: String,
    pub axes: Vec<String>,
    pub values: Vec<Value>,
}

/// Observations, terms of the loss that are not observations', and outputs.
pub(super) fn sinks(system: &System) -> Vec<Sink> {
    let mut sinks = Vec::new();
    for o in &system.observations {
        let values: Vec<Value> = o.dist.values().into_iter().map(|(_, v)| v).collect();
        let data = &system.data[o.target];
        sinks.push(Sink {
            kind: NodeKind::Observation,
            name: format!("{} ~ {}", data.name, o.dist.name()),
            ty: ty(system, &data.ty),
            axes: axes(system, &data.ty),
            values,
        });
    }
    let observed: Vec<Value> = system.observations.iter().map(|o| o.nll).collect();
    for term in terms(system).into_iter().filter(|t| !observed.contains(t)) {
        sinks.push(Sink {
            kind: NodeKind::Loss,
            name: "loss".into(),
            ty: ty(system, system.ty(term)),
            axes: axes(system, system.ty(term)),
            values: vec![term],
        });
    }
    let own = |r: &&crate::system::Root| r.kind == RootKind::Output && !r.name.contains('.');
    for root in system.roots.iter().filter(own) {
        sinks.push(Sink {
            kind: NodeKind::Output,
            name: root.name.clone(),
            ty: ty(system, system.ty(root.value)),
            axes: axes(system, system.ty(root.value)),
            values: vec![root.value],
        });
    }
    sinks
}

/// The terms of the loss: what is averaged over all positions.
fn terms(s: &System) -> Vec<Value> {
    let mut out = Vec::new();
    let mut todo: Vec<Value> = s.root(RootKind::Loss).into_iter().collect();
    while let Some(v) = todo.pop() {
        if s.ty(v).axes != AxisSet::EMPTY {
            out.push(v);
        } else if let Op::Binary(Binary::Add, a, b) = s.op(v) {
            todo.extend([*b, *a]);
        } else {
            todo.extend(s.op(v).args().first());
        }
    }
    out
}
