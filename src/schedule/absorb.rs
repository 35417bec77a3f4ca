//! What is ordered at one level: recurrences, and single operations.
//!
//! A cheap operation that only one recurrence reads, at the same step, is computed inside of it: it costs the same
//! there, and need not be stored for all steps. What costs more than its storage stays outside, for all steps at once.

use crate::system::causality::{Recurrence, reads_whole, recurrence};
use crate::system::graph::{Graph, is_delay};
use crate::system::{AxisSet, Op, System, Value};

/// A recurrence with what it absorbs, or one operation.
pub(super) struct Item {
    /// In increasing order of id.
    pub members: Vec<Value>,
    /// The members that depend on each other; empty where there is no recurrence.
    pub cycle: Vec<Value>,
    pub recurrence: Option<Recurrence>,
}

/// The items among `members`, where enclosing scans run along `cut`. An item comes after those that it needs.
pub(super) fn items(system: &System, graph: &Graph, members: &[Value], cut: AxisSet) -> Vec<Item> {
    let components = graph.components(members, &|r, a| {
        !cut.iter().any(|axis| is_delay(system, r, a, Some(axis)))
    });
    let mut items: Vec<Item> = Vec::new();
    for component in components {
        let found = component.cyclic.then(|| {
            recurrence(system, graph, &component.members, cut)
                .unwrap_or_else(|fault| panic!("internal error: a system that is not causal was scheduled: {fault:?}"))
        });
        items.push(Item {
            cycle: if component.cyclic {
                component.members.clone()
            } else {
                Vec::new()
            },
            members: component.members,
            recurrence: found,
        });
    }
    absorb(system, graph, members, &mut items);
    items.retain(|item| !item.members.is_empty());
    items
}

fn absorb(system: &System, graph: &Graph, members: &[Value], items: &mut [Item]) {
    let mut of = vec![usize::MAX; system.nodes.len()];
    for (i, item) in items.iter().enumerate() {
        item.members.iter().for_each(|v| of[v.index()] = i);
    }
    let mut readers = vec![Vec::new(); system.nodes.len()];
    for &v in members {
        graph.args(v).iter().for_each(|a| readers[a.index()].push(v));
    }
    // What is read outside of these members must be there for all steps.
    let mut wanted = vec![false; system.nodes.len()];
    system.roots.iter().for_each(|r| wanted[r.value.index()] = true);
    let mut inside = vec![false; system.nodes.len()];
    members.iter().for_each(|v| inside[v.index()] = true);
    for v in system.nodes.ids().filter(|v| !inside[v.index()]) {
        graph.args(v).iter().for_each(|a| wanted[a.index()] = true);
    }
    // Readers before what they read, so that chains are absorbed whole.
    for i in (0..items.len()).rev() {
        let v = items[i].members[0];
        let Some(&reader) = readers[v.index()].first() else {
            continue;
        };
        let into = of[reader.index()];
        let Some(recurrence) = items[into].recurrence else {
            continue;
        };
        let at_its_step = |&r: &Value| {
            let a = recurrence.axis;
            of[r.index()] == into && !reads_whole(system, r, v, a) && !is_delay(system, r, v, Some(a))
        };
        if items[i].recurrence.is_none()
            && !wanted[v.index()]
            && is_cheap(system.op(v))
            && system.ty(v).axes.contains(recurrence.axis)
            && readers[v.index()].iter().all(at_its_step)
        {
            of[v.index()] = into;
            items[i].members.clear();
            items[into].members.push(v);
        }
    }
    items.iter_mut().for_each(|item| item.members.sort());
}

/// Whether computing it is no more work than reading it back.
fn is_cheap(op: &Op) -> bool {
    match op {
        Op::Equal(_)
        | Op::Unary(..)
        | Op::Binary(..)
        | Op::Select { .. }
        | Op::Slice { .. }
        | Op::Pad { .. }
        | Op::Reshape(_)
        | Op::Spread(_)
        | Op::Stop(_) => true,
        Op::Data(_)
        | Op::Param(_)
        | Op::Const(_)
        | Op::Count(_)
        | Op::Length(_)
        | Op::Position(_)
        | Op::Draw { .. }
        | Op::Training
        | Op::Concat(_)
        | Op::Transpose(_)
        | Op::Fold { .. }
        | Op::ArgMax(_)
        | Op::OneHot(_)
        | Op::Reduce { .. }
        | Op::Shift { .. }
        | Op::Edge { .. }
        | Op::Reverse { .. }
        | Op::Rename { .. }
        | Op::Contract { .. }
        | Op::Gather { .. }
        | Op::Scatter { .. }
        | Op::Pick { .. }
        | Op::Place { .. } => false,
    }
}
