//! How far back or ahead values are read: which steps of one value another needs, along an axis.

use super::causality::reads_whole;
use super::graph::Graph;
use super::{AxisId, Op, System, Value};
use std::collections::VecDeque;

/// The latest step of a value that is needed, seen from the step that needs it. Ordered: what needs later steps is less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lag {
    /// Steps without bound, up to the last of the sequence.
    Whole,
    /// So many steps back; a negative number is steps ahead.
    Steps(i64),
}

/// What some values need of all others.
pub struct Lags {
    lag: Vec<Option<Lag>>,
    /// Through which reader the latest step is needed.
    through: Vec<Option<Value>>,
    /// The members of chains that look ahead.
    ahead: Vec<bool>,
}

impl Lags {
    /// The latest step of `v` that is needed; none where it is not needed at all.
    pub fn of(&self, v: Value) -> Option<Lag> {
        self.lag[v.index()]
    }

    /// Whether it is of a chain that runs backwards: it needs itself at later steps.
    pub fn runs_back(&self, v: Value) -> bool {
        self.ahead[v.index()]
    }

    /// The values on the way to `v`, from one that was asked about on.
    pub fn path(&self, v: Value) -> Vec<Value> {
        let mut path = vec![v];
        while let Some(reader) = self.through[path[path.len() - 1].index()].filter(|r| !path.contains(r)) {
            path.push(reader);
        }
        path.reverse();
        path
    }
}

/// The steps along `axis` that `from` need of everything, each at its own step.
pub fn lags(system: &System, graph: &Graph, from: &[Value], axis: AxisId) -> Lags {
    let ahead = ahead(system, graph, axis);
    let mut out = Lags {
        lag: vec![None; system.nodes.len()],
        through: vec![None; system.nodes.len()],
        ahead,
    };
    let mut queue: VecDeque<Value> = from.iter().copied().collect();
    for &v in from {
        // Going round a chain that looks ahead once more needs a later step still.
        out.lag[v.index()] = Some(if out.ahead[v.index()] {
            Lag::Whole
        } else {
            Lag::Steps(0)
        });
    }
    while let Some(v) = queue.pop_front() {
        let Some(lag) = out.lag[v.index()] else { continue };
        for &arg in graph.args(v) {
            let lag = if out.ahead[arg.index()] || reads_whole(system, v, arg, axis) {
                Lag::Whole
            } else if let (Lag::Steps(k), Op::Shift { x, axis: a, by, .. }) = (lag, system.op(v))
                && *x == arg
                && *a == axis
            {
                Lag::Steps(k + i64::from(*by))
            } else {
                lag
            };
            if out.lag[arg.index()].is_none_or(|known| lag < known) {
                out.lag[arg.index()] = Some(lag);
                out.through[arg.index()] = Some(v);
                queue.push_back(arg);
            }
        }
    }
    out
}

/// The members of chains that look ahead along an axis.
fn ahead(system: &System, graph: &Graph, axis: AxisId) -> Vec<bool> {
    let mut out = vec![false; system.nodes.len()];
    let all: Vec<Value> = system.nodes.ids().collect();
    for component in graph.components(&all, &|_, _| true).iter().filter(|c| c.cyclic) {
        let inside = |x: &Value| component.members.binary_search(x).is_ok();
        let looks =
            |v: &Value| matches!(system.op(*v), Op::Shift { x, axis: a, by, .. } if *a == axis && *by < 0 && inside(x));
        if component.members.iter().any(looks) {
            component.members.iter().for_each(|v| out[v.index()] = true);
        }
    }
    out
}
