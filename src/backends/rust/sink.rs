//! Moves cheap operations from a region to the one later region that reads them: what is recomputed there need not be
//! stored. The derivatives of gates, which no recurrence needs to wait for, would otherwise be computed for all steps
//! ahead of the scan that multiplies by them.

use super::class::{Class, class};
use super::plan::Plan;
use super::space::Space;
use crate::schedule::Direction;
use crate::system::{AxisId, Binary, Op, Unary, Value};
use std::collections::{BTreeMap, BTreeSet};

/// One region: its scan, its operations in order, and why it is.
pub type Flat = (Option<(AxisId, Direction)>, Vec<Value>, String);

/// Gives what it has moved.
pub fn sink(plan: &Plan, regions: &mut [Flat]) -> BTreeSet<Value> {
    let mut sunk = BTreeSet::new();
    let mut place: BTreeMap<Value, usize> = BTreeMap::new();
    for (r, (_, ops, _)) in regions.iter().enumerate() {
        place.extend(ops.iter().map(|v| (*v, r)));
    }
    // Who reads a value at its own row, and which values are read in some other way.
    let mut readers: BTreeMap<Value, BTreeSet<Value>> = BTreeMap::new();
    let mut pinned: BTreeSet<Value> = plan.system.roots.iter().map(|r| plan.access(r.value).base).collect();
    for &v in place.keys().filter(|v| plan.is_computed(**v)) {
        for (x, same_row) in plan.reads(v) {
            if same_row && plan.kernel_of(v).is_none() && plan.space(x) == plan.loop_space(v) {
                readers.entry(x).or_default().insert(v);
            } else {
                pinned.insert(x);
            }
        }
    }
    for r in (0..regions.len()).rev() {
        if regions[r].0.is_some() {
            continue;
        }
        for v in regions[r].1.clone().into_iter().rev() {
            if pinned.contains(&v) || !is_cheap(plan, v) {
                continue;
            }
            let to: BTreeSet<usize> = readers.get(&v).into_iter().flatten().map(|u| place[u]).collect();
            let Some(&to) = to.first().filter(|&&to| to_one(&readers, &place, v, to) && to > r) else {
                continue;
            };
            // What it reads must be kept instead: at most one value that was not kept anyway.
            let kept = |x: &Value| {
                place[x] != r
                    || plan.kernel_of(*x).is_some()
                    || pinned.contains(x)
                    || readers.get(x).into_iter().flatten().any(|u| place[u] != r)
            };
            let computed = plan.reads(v).into_iter().map(|(x, _)| x);
            let more: BTreeSet<Value> = computed.filter(|x| !kept(x) && !sinks(plan, &pinned, *x)).collect();
            let size: usize = more.iter().map(|x| plan.size(*x)).sum();
            if size > plan.size(v) {
                continue;
            }
            let first = regions[to].1.iter().position(|u| readers[&v].contains(u));
            let at = first.expect("internal error: a reader that is not in its region");
            regions[r].1.retain(|u| *u != v);
            regions[to].1.insert(at, v);
            place.insert(v, to);
            sunk.insert(v);
        }
    }
    sunk
}

/// The same within a region: a cheap operation joins the first loop that reads it. `outside` is what other regions and
/// the roots read.
pub fn settle(plan: &Plan, ops: &[Value], outside: &BTreeSet<Value>, level: &mut BTreeMap<Value, usize>) {
    let mut readers: BTreeMap<Value, BTreeSet<Value>> = BTreeMap::new();
    let mut pinned = outside.clone();
    for &v in level.keys() {
        for (x, same_row) in plan.reads(v) {
            if same_row && plan.kernel_of(v).is_none() && plan.space(x) == plan.loop_space(v) {
                readers.entry(x).or_default().insert(v);
            } else {
                pinned.insert(x);
            }
        }
    }
    for v in ops.iter().rev() {
        let Some(&own) = level.get(v) else {
            continue;
        };
        let first = readers.get(v).into_iter().flatten().map(|u| level[u]).min();
        let Some(first) = first.filter(|&l| l > own && is_cheap(plan, *v) && !pinned.contains(v)) else {
            continue;
        };
        let kept = |x: &Value| {
            level.get(x).is_none_or(|&l| l != own)
                || plan.kernel_of(*x).is_some()
                || pinned.contains(x)
                || readers.get(x).into_iter().flatten().any(|u| level[u] != own)
        };
        let computed = plan.reads(*v).into_iter().map(|(x, _)| x);
        let more: BTreeSet<Value> = computed.filter(|x| !kept(x) && !sinks(plan, &pinned, *x)).collect();
        if more.iter().map(|x| plan.size(*x)).sum::<usize>() <= plan.size(*v) {
            level.insert(*v, first);
        }
    }
}

fn to_one(readers: &BTreeMap<Value, BTreeSet<Value>>, place: &BTreeMap<Value, usize>, v: Value, to: usize) -> bool {
    readers[&v].iter().all(|u| place[u] == to)
}

/// Whether an operand would follow.
fn sinks(plan: &Plan, pinned: &BTreeSet<Value>, x: Value) -> bool {
    is_cheap(plan, x) && !pinned.contains(&x)
}

/// Arithmetic on rows, without anything that takes many instructions.
fn is_cheap(plan: &Plan, v: Value) -> bool {
    if !plan.is_computed(v) || matches!(plan.space(v), Space::Once | Space::Examples) {
        return false;
    }
    if plan.recomputed.contains(&v) {
        return true;
    }
    match plan.system.op(v) {
        Op::Unary(f, _) => match f {
            Unary::Neg | Unary::Abs | Unary::Sign | Unary::Relu | Unary::Floor | Unary::Not => true,
            Unary::Exp
            | Unary::Log
            | Unary::Sqrt
            | Unary::Sin
            | Unary::Cos
            | Unary::Tanh
            | Unary::Sigmoid
            | Unary::Softplus => false,
        },
        Op::Binary(f, ..) => *f != Binary::Pow,
        op => class(op) == Class::Elementwise && !matches!(op, Op::Draw { .. }),
    }
}
