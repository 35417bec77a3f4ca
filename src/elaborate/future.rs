//! What predicts a target must not see it: it may be read at earlier steps, and where it is scored.

use crate::diagnostics::near::listed;
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::system::bound::{ANY, Bounds, hold, later};
use crate::system::graph::Graph;
use crate::system::lag::lags;
use crate::system::{AxisId, DataRole, Observation, Op, System, Value};

pub(crate) fn future_targets(s: &System, out: &mut Diagnostics) {
    let observed: Vec<&Observation> = (s.observations.iter())
        .filter(|o| s.data[o.target].role == DataRole::Target)
        .collect();
    let reads: Vec<Vec<Option<i64>>> = observed.iter().map(|o| latest(s, o)).collect();
    let of = |i: usize, j: usize| reads[i][observed[j].target.index()];
    let itself = |i: &usize| of(*i, *i).is_some_and(|b| b >= 0);
    let wrong: Vec<usize> = (0..observed.len()).filter(itself).collect();
    wrong.iter().for_each(|i| out.push(refusal(s, observed[*i])));
    if wrong.is_empty()
        && let Some(cycle) = cycle(observed.len(), &of)
    {
        let cycle: Vec<&Observation> = cycle.into_iter().map(|i| observed[i]).collect();
        out.push(each_other(s, &cycle));
    }
}

/// By data: the latest step, counted from the predicted one, at which a prediction reads them; none where it does not. Of
/// several axes the one along which that is earliest.
fn latest(s: &System, o: &Observation) -> Vec<Option<i64>> {
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
    let mut out = vec![None; s.data.len()];
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
        if let Op::Data(d) = s.op(v) {
            let own = s.data[*d].ty.axes.without(AxisId::BATCH).iter();
            let step = own.map(|a| bounds[a.0 as usize]).min().unwrap_or(0);
            out[d.index()] = out[d.index()].max(Some(step));
        }
        todo.extend(arguments(s, v, &bounds));
    }
    out
}

/// The latest step read on a way from one prediction to another's target, and the predictions on the way.
type Way = (i64, Vec<usize>);

/// Predictions of which each reads the next one's target, and the last the first's, none before it is known: the latest
/// steps around such a cycle do not lead back in time (Floyd 1962, Warshall 1962).
fn cycle(count: usize, reads: &dyn Fn(usize, usize) -> Option<i64>) -> Option<Vec<usize>> {
    let direct = |i: usize, j: usize| reads(i, j).filter(|_| i != j).map(|b| (b, vec![i]));
    let mut path: Vec<Vec<Option<Way>>> = (0..count).map(|i| (0..count).map(|j| direct(i, j)).collect()).collect();
    for k in 0..count {
        for i in 0..count {
            for j in 0..count {
                let (Some((a, first)), Some((b, second))) = (&path[i][k], &path[k][j]) else {
                    continue;
                };
                let sum = if *a == ANY || *b == ANY { ANY } else { a + b };
                let through = [&first[..], second].concat();
                if i == j && sum >= 0 {
                    return Some(through);
                }
                if path[i][j].as_ref().is_none_or(|(known, _)| sum > *known) {
                    path[i][j] = Some((sum, through));
                }
            }
        }
    }
    None
}

fn each_other(s: &System, cycle: &[&Observation]) -> Diagnostic {
    let name = |o: &Observation| s.data[o.target].name.as_str();
    let next = |i: usize| name(cycle[(i + 1) % cycle.len()]);
    let names: Vec<String> = cycle.iter().map(|o| format!("`{}`", name(o))).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut d = Diagnostic::error(
        codes::FUTURE_TARGET,
        format!("{} are predicted from each other", listed(&names)),
    );
    for (i, o) in cycle.iter().enumerate() {
        if let Some(span) = s.nodes[o.dist.values()[0].1].origin.span {
            d = d.label(span, format!("`{}` is predicted from `{}`", name(o), next(i)));
        }
    }
    d.note("none of them could be drawn first").help(format!(
        "let one come first, and predict it without the others of that step: `{}[t-1]` for instance",
        next(0)
    ))
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
    let target = s
        .nodes
        .ids()
        .find(|v| matches!(s.op(*v), Op::Data(d) if *d == o.target))?;
    let axis = s.data[o.target].ty.axes.without(AxisId::BATCH).iter().find(|axis| {
        let found = lags(s, &graph, &values, *axis);
        let back = |v: Value| found.runs_back(v) || matches!(s.op(v), Op::Reverse { .. });
        found.of(target).is_some() && found.path(target).into_iter().any(back)
    })?;
    Some(&s.axis_info(axis).name)
}
