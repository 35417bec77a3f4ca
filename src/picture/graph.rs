//! A model as a graph to draw: nodes, edges, and boxes around nodes.

use super::words::sign;
use std::fmt;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    pub title: String,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    /// A box comes after the one around it.
    pub boxes: Vec<Group>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub kind: NodeKind,
    /// As the item calls it in whose body it stands: `f`.
    pub name: String,
    /// What is done to compute it: `affine, sigmoid`.
    pub does: String,
    /// Shape and axes as written in the language.
    pub ty: String,
    /// Parameters that it reads, with their shapes.
    pub params: Vec<String>,
    /// What it is called as a whole, and anything else worth telling where there is room.
    pub tale: String,
    pub within: Option<usize>,
    /// The sequences that it runs over, and the axes of fixed steps where there are none.
    pub axes: Vec<String>,
    /// Whether it is what it reads, in opposite order.
    pub mirrors: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    Input,
    Target,
    Value,
    /// A value that depends on itself at other steps, and is read there.
    State,
    /// What a variable is before its first step.
    Start,
    Observation,
    Output,
    Loss,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    pub kind: EdgeKind,
    /// The step that is read, where it is not the reader's own: `t-1`, `last t`.
    pub label: String,
    /// The same as data: of what is read, outermost first.
    pub steps: Vec<Step>,
}

/// How another step is named.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// So many steps back, ahead where negative.
    Lag(String, i32),
    First(String),
    Last(String),
    Reverse(String),
    /// By another name of the axis.
    Under(String),
}

impl Step {
    /// The steps back along an axis.
    pub(super) fn lag(&self, axis: Option<&str>) -> Option<i32> {
        match self {
            Step::Lag(a, by) if Some(a.as_str()) == axis => Some(*by),
            Step::Lag(..) | Step::First(_) | Step::Last(_) | Step::Reverse(_) | Step::Under(_) => None,
        }
    }

    /// Whether it is the last step of an axis, or the first.
    pub(super) fn end(&self, axis: Option<&str>) -> Option<bool> {
        match self {
            Step::First(a) if Some(a.as_str()) == axis => Some(false),
            Step::Last(a) if Some(a.as_str()) == axis => Some(true),
            Step::Lag(..) | Step::First(_) | Step::Last(_) | Step::Reverse(_) | Step::Under(_) => None,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Lag(axis, by) => write!(f, "{axis}{}", sign(*by)),
            Step::First(axis) => write!(f, "first {axis}"),
            Step::Last(axis) => write!(f, "last {axis}"),
            Step::Reverse(axis) => write!(f, "reverse {axis}"),
            Step::Under(axis) => write!(f, "as {axis}"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    Flow,
    /// From another step; `back` where the reader is needed for what it reads.
    Delay {
        back: bool,
    },
    /// From a base case to its variable.
    Start,
}

/// A box: a call of a cell or a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What it is called within the box around it; empty of one that gives that box its value.
    pub name: String,
    /// What was called: `lstm`.
    pub item: String,
    pub within: Option<usize>,
}

impl Graph {
    /// Adds an edge once.
    pub(super) fn connect(&mut self, edge: Edge) {
        if !self.edges.contains(&edge) {
            self.edges.push(edge);
        }
    }

    /// Says of each delay whether it closes a cycle, and of each node whether it is a state.
    pub(super) fn close_cycles(&mut self) {
        let forward: Vec<bool> = self
            .edges
            .iter()
            .map(|e| !matches!(e.kind, EdgeKind::Delay { .. }))
            .collect();
        let mut drawn: Vec<(usize, usize)> = Vec::new();
        drawn.extend(
            self.edges
                .iter()
                .zip(&forward)
                .filter(|(_, f)| **f)
                .map(|(e, _)| (e.from, e.to)),
        );
        let all: Vec<(usize, usize)> = self.edges.iter().map(|e| (e.from, e.to)).collect();
        for at in 0..self.edges.len() {
            let Edge {
                from,
                to,
                kind: EdgeKind::Delay { .. },
                ..
            } = self.edges[at]
            else {
                continue;
            };
            if reaches(&all, to, from) && self.nodes[from].kind == NodeKind::Value {
                self.nodes[from].kind = NodeKind::State;
            }
            let back = reaches(&drawn, to, from);
            drawn.push(if back { (to, from) } else { (from, to) });
            self.edges[at].kind = EdgeKind::Delay { back };
        }
    }
}

/// Whether a path leads from one node to another; a node reaches itself.
fn reaches(edges: &[(usize, usize)], from: usize, to: usize) -> bool {
    let (mut seen, mut todo) = (vec![from], vec![from]);
    while let Some(at) = todo.pop() {
        if at == to {
            return true;
        }
        for &(_, next) in edges.iter().filter(|(a, _)| *a == at) {
            if !seen.contains(&next) {
                seen.push(next);
                todo.push(next);
            }
        }
    }
    false
}
