//! From equations over a sequence axis to equations of one step, with registers that carry what later steps read.
//!
//! `x` shifted `k` steps back becomes a chain of `k` registers. A value folded over the sequence becomes a running
//! value: what it would be if the sequence ended at this step. What is the same at every step is held in a register
//! from the start. What a step reads of the steps before it under a second name of the axis is kept in a register that
//! gets an entry a step. What looks ahead cannot be streamed.

mod lift;
mod past;
mod registers;
mod translate;

pub use rnn_runtime::decode::DistKind;

use crate::diagnostics::{Code, Diagnostic, Diagnostics, codes};
use crate::system::{AxisId, AxisKind, DataId, DataRole, Dist, Fold, Op, RootKind, System, Value};
use past::Past;

/// A model for one step at a time. The three systems share their data and parameters (their ids agree), run over no
/// sequence axis but second names of the one that is streamed, and take their registers as data of role
/// [`DataRole::State`]. At each step such an axis is as long as there were steps, this one among them, and the registers
/// over it have a further entry, zeros or *nothing*.
#[derive(Clone, Debug)]
pub struct Streaming {
    /// Roots `State(d)`: registers before the first step. A register without a root here starts as zeros, or, of an
    /// index, as *nothing*.
    pub start: System,
    /// Roots `Output`, and `State(d)` for each register whose next value does not need this step's targets.
    pub step: System,
    /// Given this step's targets: the remaining registers. None where no later step reads a target.
    pub absorb: Option<System>,
    /// The targets that a free-running model draws itself, in the order of the observations.
    pub samplers: Vec<Sampler>,
}

/// How one target is drawn in free running.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampler {
    pub target: DataId,
    pub dist: DistKind,
    /// Places among the step's roots of the distribution's parameters, in the order of [`Dist::values`].
    pub params: Vec<usize>,
    /// The symbol that ends a sequence.
    pub until: Option<usize>,
}

impl Streaming {
    /// The registers, in order.
    pub fn registers(&self) -> impl Iterator<Item = DataId> {
        let data = &self.step.data;
        data.ids().filter(|&d| data[d].role == DataRole::State)
    }
}

/// Rewrites an evaluation system (frozen, simplified) for one step at a time. Only its `Output` roots count, and of its
/// observations those whose parameters are among them.
///
/// # Errors
/// `E0406` for each equation that needs steps to come or the whole batch.
pub fn stream(system: &System) -> Result<Streaming, Diagnostics> {
    stream_along(system, sequence_axis(system)?, false)
}

/// [`stream`] along this axis; the steps of all others are known before the first step, and if `given` those of its second
/// names as well.
///
/// # Errors
/// As [`stream`].
pub fn stream_along(system: &System, axis: Option<AxisId>, given: bool) -> Result<Streaming, Diagnostics> {
    let system = &match (axis, past::names(system, axis)) {
        (Some(t), names) if !names.is_empty() => lift::lift(system, t, names),
        _ => system.clone(),
    };
    let live = live(system);
    let past = Past::new(system, &live, axis, !given);
    let class = classify(system, &live, axis, &past);
    check(system, &live, axis, &class, &past)?;
    let steps = translate::translate(system, &live, axis, &class, &past);
    registers::split(system, steps)
}

/// The most steps that a value is kept: each takes a register.
const FURTHEST: i32 = 1024;

/// When a value is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// From the parameters alone.
    Fixed,
    /// Once per example, before the first step.
    Example,
    /// At each step.
    Step,
    /// Folded over the sequence: a running value.
    After,
}

/// The nodes that `Output` roots need, dependencies first; a shift counts as a leaf, but what it reads is live.
fn live(s: &System) -> Vec<Value> {
    let mut state = vec![0u8; s.nodes.len()];
    let mut order = Vec::new();
    let mut pending: Vec<Value> = outputs(s).map(|(_, v)| v).rev().collect();
    let mut later = Vec::new();
    while let Some(v) = pending.pop().or_else(|| later.pop()) {
        match state[v.index()] {
            0 => {
                state[v.index()] = 1;
                pending.push(v);
                let args = s.op(v).args();
                if matches!(s.op(v), Op::Shift { .. }) {
                    later.extend(args);
                } else {
                    pending.extend(args.into_iter().rev().filter(|a| state[a.index()] == 0));
                }
            }
            1 => {
                state[v.index()] = 2;
                order.push(v);
            }
            _ => {}
        }
    }
    order
}

fn outputs(s: &System) -> impl DoubleEndedIterator<Item = (&str, Value)> {
    let wanted = s.roots.iter().filter(|r| r.kind == RootKind::Output);
    wanted.map(|r| (r.name.as_str(), r.value))
}

/// The one sequence that the outputs run along.
///
/// # Errors
/// `E0406` where there are several.
pub(super) fn sequence_axis(s: &System) -> Result<Option<AxisId>, Diagnostics> {
    let axes = live(s)
        .iter()
        .fold(Default::default(), |all: crate::system::AxisSet, &v| {
            all.union(s.ty(v).axes)
        });
    let mut found = None;
    let axes = axes
        .iter()
        .fold(crate::system::AxisSet::EMPTY, |all, a| all.with(s.steps_of(a)));
    for a in axes.iter() {
        let info = s.axis_info(a);
        let why = match (info.kind, found) {
            (AxisKind::Batch | AxisKind::Steps(_), _) => continue,
            (AxisKind::Sequence, None) => {
                found = Some(a);
                continue;
            }
            (AxisKind::Sequence, Some(first)) => {
                let first = &s.axis_info(first).name;
                format!("`{}` runs over two sequences, `{first}` and `{}`", s.name, info.name)
            }
            (AxisKind::Tree, _) => format!("`{}` runs over the nodes of a tree, `{}`", s.name, info.name),
            (AxisKind::Graph, _) => format!("`{}` runs over the vertices of a graph, `{}`", s.name, info.name),
        };
        let note = "one step at a time means along one sequence; the rest must be known before it starts";
        return Err(one(Diagnostic::error(codes::NOT_STREAMABLE, why).note(note)));
    }
    Ok(found)
}

fn classify(s: &System, live: &[Value], axis: Option<AxisId>, past: &Past) -> Vec<Class> {
    let over = |v: Value| past.grown(v) || axis.is_none_or(|t| s.ty(v).axes.contains(t));
    let mut class = vec![Class::Fixed; s.nodes.len()];
    // Shifts along an inner axis may come before what they read: classes only rise, so this ends.
    loop {
        let mut changed = false;
        for &v in live {
            let op = s.op(v);
            let from_args = op.args().iter().map(|a| class[a.index()]).max().unwrap_or(Class::Fixed);
            let new = if over(v) && !s.ty(v).axes.is_empty() {
                Class::Step
            } else if matches!(op, Op::Length(a) if past.open(*a)) || from_args == Class::Step {
                Class::After
            } else if matches!(op, Op::Data(_) | Op::Length(_) | Op::Position(_) | Op::Draw { .. }) {
                Class::Example
            } else {
                from_args
            };
            changed |= new != class[v.index()];
            class[v.index()] = new;
        }
        if !changed {
            return class;
        }
    }
}

fn check(s: &System, live: &[Value], axis: Option<AxisId>, class: &[Class], past: &Past) -> Result<(), Diagnostics> {
    let mut found = Diagnostics::default();
    for &v in live {
        let reads_whole = || s.op(v).args().iter().any(|a| class[a.index()] == Class::After);
        let at_each_step = class[v.index()] == Class::Step && axis.is_some();
        if let Some(reason) = unknowable(s, v, axis, past) {
            found.push(refusal(s, v, reason));
        } else if at_each_step && reads_whole() {
            found.push(refusal(s, v, "reads a value of the whole sequence at each step"));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// What an operation needs that no step knows.
fn unknowable(s: &System, v: Value, axis: Option<AxisId>, past: &Past) -> Option<&'static str> {
    const KEPT: &str = "keeps something for each of the steps so far, which grow in number";
    const LATER: &str = "reads steps to come: a condition like `over: s <= t` would leave them out";
    let along = |a: AxisId| Some(a) == axis;
    let ahead = |a: AxisId, x: Value| past.names(a) && past.grown(x);
    if past.crossed(s, v) {
        return Some("compares the steps so far with each other or with another sequence");
    }
    let folded = |axes: crate::system::AxisSet, fold: Fold, factors: &[Value]| match axes {
        _ if axes.contains(AxisId::BATCH) => Some("adds over all examples"),
        _ if axes.iter().any(along) && factors.iter().any(|x| past.grown(*x)) => Some(KEPT),
        _ => (!past.admits(fold, factors, axes)).then_some(LATER),
    };
    match *s.op(v) {
        Op::Shift { x, axis: a, .. } | Op::Edge { x, axis: a, .. } if along(a) && past.grown(x) => Some(KEPT),
        Op::Shift { x, axis: a, by, .. } if ahead(a, x) => (by < 0).then_some("reads a step to come"),
        Op::Shift { axis: a, by, .. } if along(a) && by < 0 => Some("reads a step to come"),
        Op::Shift { axis: a, by, .. } => (along(a) && by > FURTHEST).then_some("reads a step further back than 1024"),
        Op::Reverse { x, axis: a } => (along(a) || ahead(a, x)).then_some("runs through the sequence from its end"),
        Op::Edge { x, axis: a, by } if ahead(a, x) => (!past.has_edge(x, by)).then_some("reads the last step"),
        Op::Edge { axis: a, by, .. } => (along(a) && by > 1).then_some("adds several of the first steps"),
        Op::Draw { .. } => Some("draws random numbers"),
        Op::Count(_) => Some("counts the steps of the whole batch"),
        Op::Scatter { .. } => Some("adds over all examples"),
        Op::Reduce { fold, x, axes } => folded(axes, fold, &[x]),
        Op::Contract { a, b, over, .. } => folded(over, Fold::Sum, &[a, b]),
        Op::Rename { x, from, .. } if along(from) => (s.ty(x).axes.without(AxisId::BATCH).len() > 1).then_some(KEPT),
        Op::Rename { x, to, .. } => (along(to) && past.grown(x)).then_some("reads the steps so far as if each was now"),
        Op::Data(_) => (past.growing() && past.grown(v)).then_some("reads steps to come"),
        Op::Param(_)
        | Op::Const(_)
        | Op::Length(_)
        | Op::Position(_)
        | Op::Training
        | Op::Equal(_)
        | Op::Unary(..)
        | Op::Binary(..)
        | Op::Select { .. }
        | Op::Concat(_)
        | Op::Slice { .. }
        | Op::Pad { .. }
        | Op::Reshape(_)
        | Op::Transpose(_)
        | Op::Fold { .. }
        | Op::ArgMax(_)
        | Op::OneHot(_)
        | Op::Spread(_)
        | Op::Gather { .. }
        | Op::Pick { .. }
        | Op::Place { .. }
        | Op::Stop(_) => None,
    }
}

/// Why `v` cannot be streamed, at the equation it comes from.
fn refusal(s: &System, v: Value, reason: &str) -> Diagnostic {
    let origin = &s.nodes[v].origin;
    let what = origin
        .name
        .as_ref()
        .map_or_else(|| "an equation".to_string(), |n| format!("`{n}`"));
    let code: Code = codes::NOT_STREAMABLE;
    let mut d = Diagnostic::error(
        code,
        format!("`{}` cannot run one step at a time: {what} {reason}", s.name),
    );
    if let Some(span) = origin.span {
        d = d.label(span, reason);
    }
    d.note("a streaming step knows the steps so far, and nothing of those to come")
        .help("a build may ask only for outputs that do not need this equation, with `rnnc build --output NAME`")
}

fn one(d: Diagnostic) -> Diagnostics {
    Diagnostics { list: vec![d] }
}

impl From<&Dist> for DistKind {
    fn from(dist: &Dist) -> DistKind {
        match dist {
            Dist::Categorical { .. } => DistKind::Categorical,
            Dist::Bernoulli { .. } => DistKind::Bernoulli,
            Dist::Normal { .. } => DistKind::Normal,
            Dist::Laplace { .. } => DistKind::Laplace,
            Dist::Mixture { .. } => DistKind::Mixture,
            Dist::Ctc { .. } => DistKind::Ctc,
        }
    }
}
