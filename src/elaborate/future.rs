//! What predicts a target must not see it: it may be read at earlier steps, and where it is scored.

use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::system::bound::{ANY, Bounds, hold, later};
use crate::system::graph::Graph;
use crate::system::lag::lags;
use crate::system::{AxisId, DataId, DataRole, Observation, Op, System, Value};

pub(crate) fn future_targets(s: &System, out: &mut Diagnostics) {
    for o in s
        .observations
        .iter()
        .filter(|o| s.data[o.target].role == DataRole::Target)
    {
        if sees_itself(s, o) {
            out.push(refusal(s, o));
        }
    }
}

fn sees_itself(s: &System, o: &Observation) -> bool {
    let axes = s.data[o.target].ty.axes;
    // Reading ahead around a cycle has no end; beyond what all looks back could make up for, it is any step.
    let back = s.nodes.iter().filter_map(|(_, n)| {
        let Op::Shift { by, .. } = n.op else { return None };
        Some(i64::from(by.max(0)))
    });
    let most: i64 = back.sum();
    let start: Bounds = (0..s.axes.len())
        .map(|a| if axes.contains(AxisId(a as u8)) { 0 } else { ANY })
        .collect();
    let mut seen: Vec<Option<Bounds>> = vec![None; s.nodes.len()];
    let values = o.dist.values().into_iter().map(|(_, v)| v);
    let mut todo: Vec<(Value, Bounds)> = values.map(|v| (v, start.clone())).collect();
    while let Some((v, mut bounds)) = todo.pop() {
        bounds.iter_mut().filter(|b| **b > most).for_each(|b| *b = ANY);
        if let Some(before) = &seen[v.index()] {
            let joined: Bounds = before.iter().zip(&bounds).map(|(a, b)| *a.max(b)).collect();
            if joined == *before {
                continue;
            }
            bounds = joined;
        }
        seen[v.index()] = Some(bounds.clone());
        if reads(s, v, o.target) && axes.iter().all(|a| bounds[a.0 as usize] >= 0 || a == AxisId::BATCH) {
            return true;
        }
        todo.extend(arguments(s, v, &bounds));
    }
    false
}

fn reads(s: &System, v: Value, target: DataId) -> bool {
    matches!(s.op(v), Op::Data(d) if *d == target)
}

/// What `v` reads, and from where.
fn arguments(s: &System, v: Value, bounds: &Bounds) -> Vec<(Value, Bounds)> {
    let at = |a: AxisId| a.0 as usize;
    let mut there = bounds.clone();
    match s.op(v) {
        Op::Shift { x, axis, by, init } => {
            there[at(*axis)] = later(bounds[at(*axis)], -i64::from(*by));
            let init = init.map(|i| (i, bounds.clone()));
            return [(*x, there)].into_iter().chain(init).collect();
        }
        Op::Reduce { axes, .. } | Op::Contract { over: axes, .. } => axes.iter().for_each(|a| there[at(a)] = ANY),
        Op::Edge { axis, .. } | Op::Reverse { axis, .. } => there[at(*axis)] = ANY,
        Op::Scatter { .. } => there.fill(ANY),
        Op::Rename { from, to, .. } => there[at(*from)] = bounds[at(*to)],
        Op::Select { cond, yes, no } => {
            hold(s, *cond, &mut there);
            return vec![(*cond, bounds.clone()), (*yes, there), (*no, bounds.clone())];
        }
        Op::Data(_)
        | Op::Param(_)
        | Op::Const(_)
        | Op::Count(_)
        | Op::Length(_)
        | Op::Position(_)
        | Op::Draw { .. }
        | Op::Training
        | Op::Equal(_)
        | Op::Unary(..)
        | Op::Binary(..)
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
        | Op::Stop(_) => {}
    }
    s.op(v).args().into_iter().map(|a| (a, there.clone())).collect()
}

fn refusal(s: &System, o: &Observation) -> Diagnostic {
    let data = &s.data[o.target];
    let at = o.dist.values()[0].1;
    let message = format!("`{}` is predicted from itself", data.name);
    let mut d = Diagnostic::error(codes::FUTURE_TARGET, message);
    if let Some(span) = s.nodes[at].origin.span {
        d = d.label(span, "this reads the very value that it predicts");
    }
    if let Some(span) = data.span {
        d = d.label(span, "the target");
    }
    match runs_back(s, o) {
        Some(axis) => d.help(format!(
            "a chain that runs backwards along `{axis}` has seen this step of `{}` too: predict from one that runs forwards",
            data.name
        )),
        None if s.nodes.iter().any(|(_, n)| matches!(n.op, Op::Rename { .. })) => d.help(
            "let a reduction admit only what is known by then: `over: s <= t` of what was read a step before, else `over: s < t`",
        ),
        None => d.help(format!("read the step before: `{}[t-1]`", data.name)),
    }
}

/// The axis along which the prediction reads its target through a chain that runs backwards.
fn runs_back<'s>(s: &'s System, o: &Observation) -> Option<&'s str> {
    let graph = Graph::new(s);
    let values: Vec<Value> = o.dist.values().into_iter().map(|(_, v)| v).collect();
    let target = s.nodes.ids().find(|v| reads(s, *v, o.target))?;
    let axis = s.data[o.target].ty.axes.without(AxisId::BATCH).iter().find(|axis| {
        let found = lags(s, &graph, &values, *axis);
        let back = |v: Value| found.runs_back(v) || matches!(s.op(v), Op::Reverse { .. });
        found.of(target).is_some() && found.path(target).into_iter().any(back)
    })?;
    Some(&s.axis_info(axis).name)
}
