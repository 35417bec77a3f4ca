//! Connectivity: what is read at other steps than its own, and by what.

use super::{Direction, called};
use crate::system::causality::recurrence;
use crate::system::graph::{Graph, live};
use crate::system::{AxisId, AxisSet, DataRole, Elem, Op, RootKind, System, Value};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

pub(super) struct Connections {
    pub states: Vec<State>,
    pub taps: Vec<Tap>,
    pub directions: Vec<Direction>,
    pub depth: usize,
}

/// A value that depends on itself at other steps.
#[derive(Clone, Debug, Serialize)]
pub struct State {
    #[serde(skip)]
    pub value: Value,
    #[serde(skip)]
    pub over: AxisId,
    pub name: String,
    pub shape: Vec<usize>,
    pub axis: String,
    /// How many steps back it is read; ahead where negative.
    pub lags: Vec<i32>,
    pub class: Class,
    pub start: Start,
}

impl State {
    /// Whether its chain runs from the first step to the last, or back; none where it is read on both sides.
    pub fn forward(&self) -> Option<bool> {
        match (self.lags.iter().all(|k| *k > 0), self.lags.iter().all(|k| *k < 0)) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            (false, false) => None,
        }
    }
}

/// A value that is read at other steps, and does not depend on its reader.
#[derive(Clone, Debug, Serialize)]
pub struct Tap {
    pub name: String,
    pub axis: String,
    pub lags: Vec<i32>,
    pub class: Class,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A hidden value of another step (Elman 1990).
    HiddenHidden,
    /// A prediction of another step, read by what it is computed from (Jordan 1986).
    OutputHidden,
    /// The truth of another step.
    Context,
    /// Inputs of other steps.
    InputWindow,
    /// Computed values of other steps, without a cycle.
    HiddenWindow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    Zeros,
    /// No class at all: looked up, it gives zeros.
    Nothing,
    /// A trained parameter, or computed from such.
    Learned,
    Constant,
    /// From the example.
    Computed,
}

impl Class {
    pub fn name(self) -> &'static str {
        match self {
            Class::HiddenHidden => "hidden-hidden",
            Class::OutputHidden => "output-hidden",
            Class::Context => "context",
            Class::InputWindow => "input window",
            Class::HiddenWindow => "window of hidden values",
        }
    }
}

impl Connections {
    pub(super) fn classes(&self) -> Vec<String> {
        let found = self
            .states
            .iter()
            .map(|s| s.class)
            .chain(self.taps.iter().map(|t| t.class));
        let found: std::collections::BTreeSet<Class> = found.collect();
        let feed_forward = self.states.is_empty().then(|| "feed-forward".to_string());
        feed_forward
            .into_iter()
            .chain(found.into_iter().map(|c| c.name().into()))
            .collect()
    }
}

/// By how many steps, the shift, and what it reads where there is no such step.
type Shifted = (i32, Value, Option<Value>);

pub(super) fn connections(s: &System, graph: &Graph) -> Connections {
    let components = graph.components(&live(s), &|_, _| true);
    let mut of = vec![usize::MAX; s.nodes.len()];
    for (i, c) in components.iter().enumerate() {
        c.members.iter().for_each(|v| of[v.index()] = i);
    }
    let predicted = predicted(s, graph);
    let mut lags: BTreeMap<(Value, u8), Vec<Shifted>> = BTreeMap::new();
    for v in live(s) {
        if let Op::Shift { x, axis, by, init } = *s.op(v) {
            lags.entry((x, axis.0)).or_default().push((by, v, init));
        }
    }
    let (mut states, mut taps) = (Vec::new(), Vec::new());
    for ((x, axis), shifts) in lags {
        let over = AxisId(axis);
        let axis = s.axes[axis as usize].name.clone();
        let mut by: Vec<i32> = shifts.iter().map(|(by, ..)| *by).collect();
        by.sort_by_key(|by| -by);
        by.dedup();
        let name = called(s, graph, x);
        let members = &components[of[x.index()]].members;
        let around = shifts.iter().filter(|(_, v, _)| of[v.index()] == of[x.index()]);
        let products = around.filter_map(|(_, v, _)| products(s, graph, members, x, *v)).min();
        let Some(products) = products else {
            let class = source(s, graph, x);
            taps.push(Tap {
                name,
                axis,
                lags: by,
                class,
            });
            continue;
        };
        let output = predicted[x.index()] && products >= 2;
        states.push(State {
            value: x,
            over,
            name,
            shape: s.ty(x).shape.clone(),
            axis,
            lags: by,
            class: if output {
                Class::OutputHidden
            } else {
                Class::HiddenHidden
            },
            start: shifts
                .iter()
                .map(|(_, _, init)| start(s, graph, x, *init))
                .max()
                .unwrap_or(Start::Zeros),
        });
    }
    let mut directions = Vec::new();
    let mut level = vec![0; components.len()];
    for (i, c) in components.iter().enumerate() {
        let below = c.members.iter().flat_map(|v| graph.args(*v)).map(|a| of[a.index()]);
        level[i] = below.filter(|b| *b != i).map(|b| level[b]).max().unwrap_or(0);
        if c.cyclic
            && let Ok(found) = recurrence(s, graph, &c.members, AxisSet::EMPTY)
        {
            level[i] += 1;
            let axis = s.axis_info(found.axis).name.clone();
            let direction = Direction {
                axis,
                forward: found.forward,
            };
            if !directions.contains(&direction) {
                directions.push(direction);
            }
        }
    }
    Connections {
        states,
        taps,
        directions,
        depth: level.into_iter().max().unwrap_or(0),
    }
}

/// What the predictions are, before the last product with a parameter.
fn predicted(s: &System, graph: &Graph) -> Vec<bool> {
    let observed = s.observations.iter().flat_map(|o| o.dist.values()).map(|(_, v)| v);
    let mut todo: Vec<Value> = observed.collect();
    if todo.is_empty() {
        todo.extend(s.roots.iter().filter(|r| r.kind == RootKind::Output).map(|r| r.value));
    }
    let mut out = vec![false; s.nodes.len()];
    while let Some(v) = todo.pop() {
        let stop = is_product(s, v) || matches!(s.op(v), Op::Shift { .. });
        if !std::mem::replace(&mut out[v.index()], true) && !stop {
            todo.extend(graph.args(v));
        }
    }
    out
}

/// Whether it multiplies by parameters, or looks something up in them.
fn is_product(s: &System, v: Value) -> bool {
    let parameter = |x: Value| s.ty(x).axes.is_empty() && !s.ty(x).is_scalar();
    if let Op::Contract { a, b, .. } = *s.op(v) {
        return parameter(a) || parameter(b);
    }
    matches!(*s.op(v), Op::Gather { table, .. } if parameter(table))
}

/// The fewest products with parameters between a value and the shift of it that it depends on.
fn products(s: &System, graph: &Graph, members: &[Value], x: Value, shift: Value) -> Option<usize> {
    let mut best: Vec<Option<usize>> = vec![None; s.nodes.len()];
    let mut queue = VecDeque::from([(x, 0)]);
    while let Some((v, so_far)) = queue.pop_front() {
        let so_far = so_far + usize::from(is_product(s, v));
        if best[v.index()].is_some_and(|known| known <= so_far) {
            continue;
        }
        best[v.index()] = Some(so_far);
        let inside = graph.args(v).iter().filter(|a| members.binary_search(a).is_ok());
        queue.extend(inside.map(|a| (*a, so_far)));
    }
    best[shift.index()]
}

/// What a value without a cycle comes from.
fn source(s: &System, graph: &Graph, x: Value) -> Class {
    let below = graph.reachable([x]);
    let role = |role: DataRole| {
        below
            .iter()
            .any(|v| matches!(s.op(*v), Op::Data(d) if s.data[*d].role == role))
    };
    let plain = below
        .iter()
        .all(|v| !is_product(s, *v) || matches!(s.op(*v), Op::Gather { .. }));
    match (role(DataRole::Target), role(DataRole::Input)) {
        (true, false) if plain => Class::Context,
        (false, true) if plain => Class::InputWindow,
        _ => Class::HiddenWindow,
    }
}

fn start(s: &System, graph: &Graph, x: Value, init: Option<Value>) -> Start {
    let Some(init) = init else {
        return match s.ty(x).elem {
            Elem::Index(_) => Start::Nothing,
            Elem::Real | Elem::Bit => Start::Zeros,
        };
    };
    let below = graph.reachable([init]);
    if below.iter().any(|v| matches!(s.op(*v), Op::Data(_) | Op::Length(_))) {
        return Start::Computed;
    }
    let learned = |v: &Value| matches!(s.op(*v), Op::Param(p) if s.params[*p].trained);
    match below.iter().any(learned) {
        true => Start::Learned,
        false => Start::Constant,
    }
}
