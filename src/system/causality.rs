//! Whether a system can be computed: every cycle must pass through shifts that point one way along one axis, and then,
//! within a step of that axis, the same must hold of what cycles remain.
//!
//! [`recurrence`] finds that axis for one component and is what the scheduler runs on; [`check`] turns its failures into
//! diagnostics. So a system without errors can be scheduled.

use super::graph::{Component, Graph, is_delay};
use super::{AxisId, AxisSet, Op, System, Value};
use crate::diagnostics::{Diagnostic, Diagnostics, codes};

/// How a cyclic component is computed: step by step along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recurrence {
    pub axis: AxisId,
    /// From the first step to the last: the shifts look back.
    pub forward: bool,
}

/// Why a cyclic component cannot be computed. A cycle starts and ends with the same value; each value reads the next.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// A cycle without a shift.
    NoDelay { cycle: Vec<Value> },
    /// Shifts both ways on one axis.
    BothWays { axis: AxisId, back: Value, ahead: Value },
    /// A step needs all steps of its own axis, through this operation.
    Whole {
        axis: AxisId,
        through: Value,
        cycle: Vec<Value>,
    },
}

/// The axis along which a cyclic component is computed, where the shifts along `cut` axes, on which an enclosing
/// recurrence runs, no longer count. Of several possible axes the first that leaves no recurrence within a step, else the
/// first.
pub fn recurrence(system: &System, graph: &Graph, members: &[Value], cut: AxisSet) -> Result<Recurrence, Fault> {
    let uncut = |reader: Value, arg: Value| !cut.iter().any(|a| is_delay(system, reader, arg, Some(a)));
    let (mut inner, mut nested) = (None, None);
    for axis in shifted_axes(system, members, cut) {
        if opposite_shifts(system, members, axis).is_some() || whole_reader(system, graph, members, axis).is_some() {
            continue;
        }
        let kept = |reader: Value, arg: Value| uncut(reader, arg) && !is_delay(system, reader, arg, Some(axis));
        let parts = graph.components(members, &kept);
        let mut cycles = parts.iter().filter(|c| c.cyclic).peekable();
        let forward = shifts(system, members, axis).all(|(_, by)| by > 0);
        if cycles.peek().is_none() {
            return Ok(Recurrence { axis, forward });
        }
        let mut faults = cycles.map(|c| recurrence(system, graph, &c.members, cut.with(axis)));
        match faults.find_map(Result::err) {
            None => nested = nested.or(Some(Recurrence { axis, forward })),
            Some(fault) => inner = inner.or(Some(fault)),
        }
    }
    if let Some(recurrence) = nested {
        return Ok(recurrence);
    }
    Err(inner.unwrap_or_else(|| fault(system, graph, members, cut)))
}

/// Every cycle that cannot be computed (E0301, E0302). For elaborated systems, `Equal` included.
pub fn check(system: &System) -> Diagnostics {
    let graph = Graph::new(system);
    let all: Vec<Value> = system.nodes.ids().collect();
    let mut out = Diagnostics::default();
    for component in graph.components(&all, &|_, _| true).iter().filter(|c| c.cyclic) {
        let found = match recurrence(system, &graph, &component.members, AxisSet::EMPTY) {
            Ok(_) => Vec::new(),
            Err(Fault::NoDelay { .. }) => {
                // One message for each cycle, not only for the first of a component.
                let undelayed = graph.components(&component.members, &|r, a| !is_delay(system, r, a, None));
                let cycles = undelayed
                    .iter()
                    .filter(|c| c.cyclic)
                    .map(|c| shortest_cycle(system, &graph, c));
                cycles.map(|cycle| no_delay(system, &cycle)).collect()
            }
            Err(Fault::BothWays { axis, back, ahead }) => {
                vec![both_ways(system, &graph, &component.members, axis, back, ahead)]
            }
            Err(Fault::Whole { axis, through, cycle }) => vec![whole(system, axis, through, &cycle)],
        };
        for d in found {
            // A layer that is used several times is wrong once.
            let spans = |d: &Diagnostic| d.labels.iter().map(|l| l.span).collect::<Vec<_>>();
            if d.labels.is_empty() || out.list.iter().all(|other| spans(other) != spans(&d)) {
                out.push(d);
            }
        }
    }
    out
}

/// The shifts of members along an axis that read members, with their amounts.
fn shifts(system: &System, members: &[Value], axis: AxisId) -> impl Iterator<Item = (Value, i32)> {
    members.iter().filter_map(move |&v| {
        let Op::Shift { x, axis: a, by, .. } = *system.op(v) else {
            return None;
        };
        (a == axis && members.binary_search(&x).is_ok()).then_some((v, by))
    })
}

fn shifted_axes(system: &System, members: &[Value], cut: AxisSet) -> Vec<AxisId> {
    let axes = (1..system.axes.len())
        .map(|a| AxisId(a as u8))
        .filter(|a| !cut.contains(*a));
    axes.filter(|&a| shifts(system, members, a).next().is_some()).collect()
}

fn opposite_shifts(system: &System, members: &[Value], axis: AxisId) -> Option<(Value, Value)> {
    let back = shifts(system, members, axis).find(|(_, by)| *by > 0)?;
    let ahead = shifts(system, members, axis).find(|(_, by)| *by < 0)?;
    Some((back.0, ahead.0))
}

/// A member that reads another at all steps of an axis at once.
fn whole_reader(system: &System, graph: &Graph, members: &[Value], axis: AxisId) -> Option<(Value, Value)> {
    let reads = |v: Value| graph.args(v).iter().map(move |&a| (v, a));
    let mut edges = members
        .iter()
        .flat_map(|&v| reads(v))
        .filter(|(_, a)| members.binary_search(a).is_ok());
    edges.find(|&(reader, arg)| reads_whole(system, reader, arg, axis))
}

/// Whether `reader` reads `arg` at all steps of an axis, or at another than its own without a shift.
pub fn reads_whole(system: &System, reader: Value, arg: Value, axis: AxisId) -> bool {
    system.ty(arg).axes.contains(axis)
        && match system.op(reader) {
            Op::Reduce { axes, .. } => axes.contains(axis),
            Op::Contract { over, .. } => over.contains(axis),
            Op::Edge { axis: a, .. } | Op::Reverse { axis: a, .. } | Op::Rename { from: a, .. } => *a == axis,
            Op::Scatter { .. } => true,
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
            | Op::Shift { .. }
            | Op::Gather { .. }
            | Op::Pick { .. }
            | Op::Place { .. }
            | Op::Stop(_) => false,
        }
}

/// What is wrong with a component that has no axis to run along.
fn fault(system: &System, graph: &Graph, members: &[Value], cut: AxisSet) -> Fault {
    let undelayed = graph.components(members, &|r, a| !is_delay(system, r, a, None));
    if let Some(c) = undelayed.iter().find(|c| c.cyclic) {
        return Fault::NoDelay {
            cycle: shortest_cycle(system, graph, c),
        };
    }
    let axes = shifted_axes(system, members, cut);
    for &axis in &axes {
        if let Some((back, ahead)) = opposite_shifts(system, members, axis) {
            return Fault::BothWays { axis, back, ahead };
        }
    }
    for &axis in &axes {
        if let Some((through, arg)) = whole_reader(system, graph, members, axis) {
            let mut cycle = vec![through];
            cycle.extend(graph.path(arg, through, members, &|_, _| true).unwrap_or_default());
            return Fault::Whole { axis, through, cycle };
        }
    }
    panic!("internal error: a component with delays along {axes:?} that nothing keeps from running");
}

/// The shortest of the cycles without a delay through any member; of several the first.
fn shortest_cycle(system: &System, graph: &Graph, component: &Component) -> Vec<Value> {
    let undelayed = |r: Value, a: Value| !is_delay(system, r, a, None);
    let cycles = component
        .members
        .iter()
        .filter_map(|&v| graph.path(v, v, &component.members, &undelayed));
    cycles.min_by_key(Vec::len).expect("a cyclic component has a cycle")
}

/// A cycle through a value read under another name of its axis: a state that looks at several of its own steps.
fn renamed(system: &System, cycle: &[Value]) -> Option<Diagnostic> {
    let (through, from, to) = cycle.iter().find_map(|&v| {
        let Op::Rename { from, to, .. } = *system.op(v) else {
            return None;
        };
        Some((v, from, to))
    })?;
    let names = equations(system, cycle);
    let (from, to) = (&system.axis_info(from).name, &system.axis_info(to).name);
    let message = format!(
        "`{}` needs many steps of itself, read under the name `{to}`",
        names[0].0
    );
    let mut d = Diagnostic::error(codes::CYCLE, message);
    if let Some(span) = system.nodes[through].origin.span {
        d = d.label(
            span,
            format!("all steps of `{from}` at once, those of this cycle among them"),
        );
    }
    let help = format!(
        "a state may read fixed steps of its past, `[{from}-1]`, but not reduce over all of it, whatever the condition: reduce over what no step of this cycle changes"
    );
    Some(d.note(path_of(&names)).help(help))
}

fn no_delay(system: &System, cycle: &[Value]) -> Diagnostic {
    if let Some(d) = renamed(system, cycle) {
        return d;
    }
    let whole_reads = cycle.windows(2).find_map(|pair| {
        let axes = system.ty(pair[1]).axes.without(AxisId::BATCH);
        let axis = axes.iter().find(|a| reads_whole(system, pair[0], pair[1], *a))?;
        Some((axis, pair[0]))
    });
    if let Some((axis, through)) = whole_reads {
        return whole(system, axis, through, cycle);
    }
    let names = equations(system, cycle);
    let message = format!("`{}` depends on itself at the same step", names[0].0);
    let d = along(system, Diagnostic::error(codes::CYCLE, message), &names);
    let axes = cycle
        .iter()
        .map(|&v| system.ty(v).axes)
        .reduce(AxisSet::intersect)
        .unwrap_or_default();
    let read = &names[1 % names.len()].0;
    match axes.iter().find(|a| *a != AxisId::BATCH) {
        Some(axis) => {
            let axis = &system.axis_info(axis).name;
            d.help(format!(
                "let one of the equations look back, for instance `{read}[{axis}-1]`"
            ))
        }
        None => d.help("no axis gives these equations an order: take one of the dependencies away"),
    }
}

fn both_ways(system: &System, graph: &Graph, members: &[Value], axis: AxisId, back: Value, ahead: Value) -> Diagnostic {
    let mut cycle = graph.path(back, ahead, members, &|_, _| true).unwrap_or_default();
    cycle.extend(
        graph
            .path(ahead, back, members, &|_, _| true)
            .unwrap_or_default()
            .iter()
            .skip(1),
    );
    let names = equations(system, &cycle);
    let axis = &system.axis_info(axis).name;
    let message = format!(
        "`{}` depends on itself both before and after, along `{axis}`",
        names[0].0
    );
    let mut d = Diagnostic::error(codes::DIRECTIONS, message);
    for (v, text) in [
        (back, "an earlier step is read here"),
        (ahead, "a later step is read here"),
    ] {
        if let Some(span) = system.nodes[v].origin.span {
            d = d.label(span, text);
        }
    }
    d.note(path_of(&names)).help(
        "give each direction a state of its own that reads only that side, and join the two, as `bidirectional` does",
    )
}

fn whole(system: &System, axis: AxisId, through: Value, cycle: &[Value]) -> Diagnostic {
    if let Some(d) = renamed(system, cycle) {
        return d;
    }
    let names = equations(system, cycle);
    let axis = &system.axis_info(axis).name;
    // What is not named itself belongs to the equation that reads it, the last one on the way back.
    let of = system.nodes[through]
        .origin
        .name
        .as_ref()
        .unwrap_or(&names[names.len() - 1].0);
    let message = format!("`{of}` needs every step of `{axis}`, and those steps need it");
    along(system, Diagnostic::error(codes::CYCLE, message), &names).help(format!(
        "what a step reads must be known before it: an earlier step (`[{axis}-1]`), or a value that no step of this cycle changes"
    ))
}

/// A cycle, equation by equation: the name of each, and the node of it that reads the next one. Equations within a
/// library's layer, which stand at its call, are part of the equation that calls it.
fn equations(system: &System, cycle: &[Value]) -> Vec<(String, Value)> {
    let mut out: Vec<(String, Value)> = Vec::new();
    let named = cycle.iter().any(|&v| system.nodes[v].origin.name.is_some());
    let closed = cycle.len() > 1 && cycle.first() == cycle.last();
    for &v in &cycle[..cycle.len() - usize::from(closed)] {
        if named && system.nodes[v].origin.name.is_none() {
            if let Some(last) = out.last_mut() {
                last.1 = v;
            }
            continue;
        }
        let name = name(system, v);
        match out.last_mut() {
            Some(last) if last.0 == name || is_within(system, (&name, v), (&last.0, last.1)) => last.1 = v,
            _ => out.push((name, v)),
        }
    }
    // The cycle's end is its beginning, or that which its beginning is within.
    if out.len() > 1 {
        let (first, last) = (&out[0], &out[out.len() - 1]);
        if first.0 == last.0 {
            out.pop();
        } else if is_within(system, (&first.0, first.1), (&last.0, last.1)) {
            let reader = first.1;
            out.remove(0);
            let end = out.len() - 1;
            out[end].1 = reader;
        }
    }
    out
}

/// Whether one equation is named as a part of another and stands at the same place.
fn is_within(system: &System, part: (&str, Value), whole: (&str, Value)) -> bool {
    let span = |v: Value| system.nodes[v].origin.span;
    let named = part.0.strip_prefix(whole.0).is_some_and(|rest| rest.starts_with('.'));
    named && span(part.1).is_some() && span(part.1) == span(whole.1)
}

fn along(system: &System, mut d: Diagnostic, names: &[(String, Value)]) -> Diagnostic {
    for (i, (name, reader)) in names.iter().enumerate() {
        let next = &names[(i + 1) % names.len()].0;
        if let Some(span) = system.nodes[*reader].origin.span {
            d = d.label(span, format!("`{name}` needs `{next}`"));
        }
    }
    d.note(path_of(names))
}

fn path_of(names: &[(String, Value)]) -> String {
    let mut path: Vec<String> = names.iter().map(|(n, _)| format!("`{n}`")).collect();
    path.push(format!("`{}`", names[0].0));
    format!("the cycle is {}", path.join(" → "))
}

fn name(system: &System, v: Value) -> String {
    system.nodes[v].origin.name.clone().unwrap_or_else(|| format!("{v:?}"))
}
