//! Named values over a sample sequence: states, what they are made of, and weights over pairs of steps.

use super::figure::Figure;
use super::heat::{self, Heat};
use super::subject::{Ready, is_number, numbers};
use crate::driver::explain;
use crate::system::graph::Graph;
use crate::system::{AxisId, Op, RootKind, System, Value};
use rnn_runtime::data::Example;
use std::collections::{BTreeMap, BTreeSet};

/// Pictures of either kind, and rows of a picture.
const PICTURES: usize = 24;
const UNITS: usize = 40;

#[derive(Clone)]
struct Named {
    name: String,
    value: Value,
    state: bool,
    /// An equation of the model or of a state: not a step on the way to one.
    plain: bool,
}

pub(super) struct Watched {
    pub states: Result<Vec<Figure>, String>,
    pub pairs: Result<Vec<Figure>, String>,
    /// How many of each there would be.
    pub left_out: usize,
}

pub(super) fn watch(ready: &Ready, example: &Example) -> Watched {
    let named = named(ready.system());
    let over = |n: usize| {
        let of = named.iter().filter(move |v| ready.axes(v.value).len() == n);
        of.cloned().collect::<Vec<Named>>()
    };
    let (mut single, pairs) = (over(1), over(2));
    single.retain(|v| v.plain);
    let wanted = single.len();
    // States first, where not all have room; shown in the order of the equations.
    single.sort_by_key(|v| !v.state);
    single.truncate(PICTURES);
    single.sort_by_key(|v| v.value);
    let kept: Vec<Value> = single.iter().chain(&pairs).map(|v| v.value).collect();
    let (mut states, mut maps) = (inputs(ready, example), Vec::new());
    ready.run(std::slice::from_ref(example), &kept, |values| {
        for v in &single {
            let axis = ready.axes(v.value)[0];
            let rows = ready.rows(values, v.value, 0, Some(axis), 0);
            let what = if v.state { "state" } else { "value" };
            states.extend(over_steps(ready, example, &v.name, what, axis, &rows));
        }
        for v in pairs.iter().filter(|v| ready.system().ty(v.value).size() == 1) {
            let flat: Vec<f64> = values.example(v.value, 0).iter().copied().collect();
            maps.extend(over_pairs(ready, example, v, &flat));
        }
    });
    maps.sort_by_key(|(weights, _): &(bool, Figure)| !weights);
    let mut maps: Vec<Figure> = maps.into_iter().map(|(_, map)| map).collect();
    maps.truncate(PICTURES);
    Watched {
        states: match states.is_empty() {
            true => Err("no equation runs over one axis of steps".into()),
            false => Ok(states),
        },
        pairs: match (maps.is_empty(), pairs.is_empty()) {
            (false, _) => Ok(maps),
            (true, true) => Err("no value runs over pairs of steps: the model has no attention".into()),
            (true, false) => Err("no value over pairs of steps has a weight for each".into()),
        },
        left_out: wanted - single.len(),
    }
}

/// The values with names that predictions depend on.
fn named(s: &System) -> Vec<Named> {
    let graph = Graph::new(s);
    let wanted = |kind: RootKind| match s.observations.is_empty() {
        true => true,
        false => kind == RootKind::Output,
    };
    let live = graph.reachable(s.roots.iter().filter(|r| wanted(r.kind)).map(|r| r.value));
    let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for &v in &live {
        if let Some(name) = &s.nodes[v].origin.name
            && !matches!(s.op(v), Op::Data(_) | Op::Param(_))
        {
            groups.entry(name).or_default().push(v);
        }
    }
    let states: BTreeSet<String> = explain::states(s).into_iter().map(|state| state.name).collect();
    // Shown as probabilities and as curves.
    let predicted = s.observations.iter().flat_map(|o| o.dist.values());
    let predicted: BTreeSet<Value> = predicted.map(|(_, v)| v).collect();
    let observed: BTreeSet<&str> = s.observations.iter().map(|o| s.data[o.target].name.as_str()).collect();
    let mut out = Vec::new();
    for (name, group) in &groups {
        // What an equation gives is what none of its other operations reads.
        let read = |v: &Value| group.iter().any(|u| u != v && graph.args(*u).contains(v));
        let Some(&value) = group.iter().rev().find(|v| !read(v)) else {
            continue;
        };
        if !is_number(s.ty(value).elem)
            || !s.ty(value).axes.contains(AxisId::BATCH)
            || predicted.contains(&value)
            || observed.contains(name)
        {
            continue;
        }
        let mut prefixes = name
            .match_indices('.')
            .rev()
            .map(|(at, _)| (&name[..at], &name[at + 1..]));
        let within = prefixes.find(|(p, _)| groups.contains_key(p));
        let of_state = |(state, rest): (&str, &str)| {
            // Turns of a loop are numbers.
            let words = rest.split('.').filter(|part| part.parse::<usize>().is_err());
            states.contains(state) && words.count() == 1
        };
        out.push(Named {
            name: name.to_string(),
            value,
            state: states.contains(*name),
            plain: states.contains(*name) || within.is_none_or(of_state),
        });
    }
    out.sort_by_key(|n| n.value);
    out
}

/// Inputs of numbers.
fn inputs(ready: &Ready, example: &Example) -> Vec<Figure> {
    let mut out = Vec::new();
    for (slot, column) in ready.spec.data.iter().zip(&example.columns) {
        if let ([axis], false, None) = (&slot.axes[..], slot.target, slot.classes) {
            let size = slot.shape.iter().product::<usize>().max(1);
            let rows: Vec<Vec<f64>> = numbers(column).chunks(size).map(<[f64]>::to_vec).collect();
            out.extend(over_steps(
                ready,
                example,
                &slot.name,
                "input",
                AxisId(*axis as u8),
                &rows,
            ));
        }
    }
    out
}

/// One row a unit, one column a step.
fn over_steps(
    ready: &Ready,
    example: &Example,
    name: &str,
    what: &str,
    axis: AxisId,
    rows: &[Vec<f64>],
) -> Option<Figure> {
    let units = rows.first()?.len();
    let shown = units.min(UNITS);
    let note = match (units, shown == units) {
        (1, _) => format!("{what} over {}", ready.name(axis)),
        (_, true) => format!("{what} of {units} units over {}", ready.name(axis)),
        (_, false) => format!("{what} over {}, the first {shown} of {units} units", ready.name(axis)),
    };
    heat::draw(&Heat {
        title: name.into(),
        note,
        values: (0..shown).map(|u| rows.iter().map(|row| row[u]).collect()).collect(),
        rows: Vec::new(),
        columns: ready.labels(example, axis),
        along: ["unit".into(), ready.name(axis)],
    })
}

/// A value over pairs of steps, and whether it is weights: what sums to 1 over the steps of one axis is laid out with them side by side.
fn over_pairs(ready: &Ready, example: &Example, v: &Named, flat: &[f64]) -> Option<(bool, Figure)> {
    let axes = ready.axes(v.value);
    let [outer, inner] = axes[..] else { return None };
    let steps = |a: AxisId| example.lengths[ready.spec.steps_of(a.0 as usize)];
    let (n, m) = (steps(outer), steps(inner));
    let at = |i: usize, j: usize| flat[i * m + j];
    if n == 0 || m == 0 || flat.len() != n * m {
        return None;
    }
    let one = |sum: f64| sum.abs() < 1e-9 || (sum - 1.0).abs() < 1e-6;
    let positive = flat.iter().all(|x| (-1e-12..=1.0 + 1e-9).contains(x)) && flat.iter().any(|x| *x > 0.0);
    let over_inner = positive && (0..n).all(|i| one((0..m).map(|j| at(i, j)).sum()));
    let over_outer = positive && (0..m).all(|j| one((0..n).map(|i| at(i, j)).sum()));
    let weights = over_inner || over_outer;
    if !weights && !v.plain {
        return None;
    }
    let turned = over_outer && !over_inner;
    let (down, across) = if turned { (inner, outer) } else { (outer, inner) };
    let values = match turned {
        true => (0..m).map(|j| (0..n).map(|i| at(i, j)).collect()).collect(),
        false => (0..n).map(|i| (0..m).map(|j| at(i, j)).collect()).collect(),
    };
    let labels = |axis: AxisId| {
        let labels = ready.labels(example, axis);
        match labels.is_empty() {
            true => (1..=steps(axis)).map(|t| t.to_string()).collect(),
            false => labels,
        }
    };
    let map = heat::draw(&Heat {
        title: v.name.clone(),
        note: match weights {
            true => format!(
                "weights of the steps of {} at each of {}",
                ready.name(across),
                ready.name(down)
            ),
            false => format!("over {} across and {} down", ready.name(across), ready.name(down)),
        },
        values,
        rows: labels(down),
        columns: labels(across),
        along: [ready.name(down), ready.name(across)],
    })?;
    Some((weights, map))
}
