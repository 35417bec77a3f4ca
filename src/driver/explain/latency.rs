//! How long an output has to wait: the steps of look-ahead.

use super::{names, own_outputs};
use crate::system::graph::Graph;
use crate::system::lag::{Lag, Lags, lags};
use crate::system::{AxisId, AxisKind, AxisSet, Op, System, Value};
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct Latency {
    pub output: String,
    /// The axis along which it is computed; none of what comes once per example.
    pub axis: Option<String>,
    /// The steps beyond its own that it needs; none where it needs the whole sequence.
    pub ahead: Option<i64>,
    pub why: String,
}

pub(super) fn latency(s: &System, graph: &Graph) -> Vec<Latency> {
    let observed = s.observations.iter().map(|o| {
        let values: Vec<Value> = o.dist.values().into_iter().map(|(_, v)| v).collect();
        // Not the target's: frames are known before the labels that they give.
        let axes = values.iter().fold(AxisSet::EMPTY, |all, v| all.union(s.ty(*v).axes));
        (s.data[o.target].name.clone(), axes, values)
    });
    let outputs = own_outputs(s).map(|(name, v)| (name.to_string(), s.ty(v).axes, vec![v]));
    let mut out = Vec::new();
    for (output, axes, values) in observed.chain(outputs) {
        let along: Vec<AxisId> = axes
            .iter()
            .filter(|a| s.axis_info(*a).kind == AxisKind::Sequence)
            .collect();
        out.extend(along.iter().map(|&axis| along_axis(s, graph, &output, &values, axis)));
        if along.is_empty() {
            out.push(once(s, graph, output, &values));
        }
    }
    out
}

fn along_axis(s: &System, graph: &Graph, output: &str, values: &[Value], axis: AxisId) -> Latency {
    let found = lags(s, graph, values, axis);
    let data = s
        .nodes
        .ids()
        .filter(|v| matches!(s.op(*v), Op::Data(d) if s.data[*d].ty.axes.contains(axis)));
    let least = data.filter_map(|v| Some((found.of(v)?, v))).min();
    let name = &s.axis_info(axis).name;
    let (ahead, why) = match least {
        None => (Some(0), "reads no data of other steps".to_string()),
        Some((Lag::Whole, v)) => (None, whole(s, &found, v, name)),
        Some((Lag::Steps(k), v)) if k < 0 => {
            let steps = if k == -1 {
                "one step".into()
            } else {
                format!("{} steps", -k)
            };
            (Some(-k), format!("`{}` is read {steps} ahead", datum(s, v)))
        }
        Some((Lag::Steps(_), _)) => (Some(0), "known as soon as its step is there".to_string()),
    };
    let why = match others(s, graph, values, axis) {
        others if others.is_empty() => why,
        others => format!("{why}, after all of {}", others.join(" and ")),
    };
    Latency {
        output: output.into(),
        axis: Some(name.clone()),
        ahead,
        why,
    }
}

/// The other sequences that are read to their ends.
fn others(s: &System, graph: &Graph, values: &[Value], axis: AxisId) -> Vec<String> {
    let own = values
        .iter()
        .fold(AxisSet::EMPTY, |all, v| all.union(s.ty(*v).axes))
        .with(axis);
    let read = graph.reachable(values.iter().copied()).into_iter();
    let data = read.filter(|v| matches!(s.op(*v), Op::Data(_)));
    let axes = data.fold(AxisSet::EMPTY, |all, v| all.union(s.ty(v).axes)).minus(own);
    names(s, axes)
}

fn whole(s: &System, found: &Lags, data: Value, axis: &str) -> String {
    match found.path(data).into_iter().find(|v| found.runs_back(*v)) {
        Some(v) => match &s.nodes[v].origin.name {
            Some(name) => format!("`{name}` runs backwards along {axis}, from the last step"),
            None => format!("a chain runs backwards along {axis}, from the last step"),
        },
        None => format!("`{}` is read at all steps of {axis}", datum(s, data)),
    }
}

fn once(s: &System, graph: &Graph, output: String, values: &[Value]) -> Latency {
    let read = graph.reachable(values.iter().copied());
    let data = read.into_iter().find(|v| {
        matches!(s.op(*v), Op::Data(d) if s.data[*d].ty.axes.iter().any(|a| s.axis_info(a).kind == AxisKind::Sequence))
    });
    let (ahead, why) = match data {
        Some(v) => (
            None,
            format!("comes after the last step of {}", names(s, s.ty(v).axes).join(" and ")),
        ),
        None => (Some(0), "reads no sequence".into()),
    };
    Latency {
        output,
        axis: None,
        ahead,
        why,
    }
}

fn datum(s: &System, v: Value) -> &str {
    let Op::Data(d) = s.op(v) else { return "" };
    &s.data[*d].name
}
