//! Reductions of values over two axes: the loop that computes the rows adds them up, so that they need not be stored.

use super::plan::Plan;
use super::sink::Flat;
use super::space::Space;
use crate::system::{Op, Value};
use std::collections::BTreeMap;

/// Whether `v` is added to row by row: a reduction, or an edge, of a grid along one of its axes.
pub fn is_accumulated(plan: &Plan, v: Value) -> bool {
    let (Op::Reduce { x, .. } | Op::Edge { x, .. }) = plan.system.op(v) else {
        return false;
    };
    matches!(plan.space(*x), Space::Grid(..))
}

/// Moves each to the region that computes what it reads: a block, or a scan along either axis. What is computed for a
/// reduction alone goes with it.
pub fn gather(plan: &Plan, regions: &mut [Flat]) {
    let mut place: BTreeMap<Value, usize> = BTreeMap::new();
    for (r, (_, ops, _)) in regions.iter().enumerate() {
        place.extend(ops.iter().map(|v| (*v, r)));
    }
    let mut readers: BTreeMap<Value, Vec<Value>> = BTreeMap::new();
    for v in place.keys().filter(|v| plan.is_computed(**v)) {
        plan.reads(*v)
            .iter()
            .for_each(|(x, _)| readers.entry(*x).or_default().push(*v));
    }
    for r in 0..regions.len() {
        for v in regions[r].1.clone() {
            if !is_accumulated(plan, v) {
                continue;
            }
            let mut with = vec![v];
            let to = earliest(plan, &place, r, v, &mut with);
            let alone = |x: &Value| *x == v || readers[x].iter().all(|u| with.contains(u));
            let Some(to) = to.filter(|to| *to < r && with.iter().all(alone)) else {
                continue;
            };
            let scan = regions[to].0;
            if scan.is_some_and(|(axis, _)| !plan.loop_space(v).is_packed_by(axis)) {
                continue;
            }
            // In the order in which they stood.
            let moved: Vec<Value> = regions[r].1.iter().copied().filter(|u| with.contains(u)).collect();
            regions[r].1.retain(|u| !with.contains(u));
            regions[to].1.extend(&moved);
            place.extend(moved.into_iter().map(|u| (u, to)));
        }
    }
}

/// The first region in which `v` of region `r` can be computed, if the row operations that it reads there go `with` it.
fn earliest(plan: &Plan, place: &BTreeMap<Value, usize>, r: usize, v: Value, with: &mut Vec<Value>) -> Option<usize> {
    let mut first = None;
    for (x, same_row) in plan.reads(v) {
        let at = if place[&x] < r {
            place[&x]
        } else if with.contains(&x) {
            continue;
        } else {
            let by_rows = plan.kernel_of(x).is_none() && !is_accumulated(plan, x);
            if !by_rows || plan.space(x) != plan.loop_space(v) {
                return None;
            }
            with.push(x);
            earliest(plan, place, r, x, with)?
        };
        if !same_row {
            return None;
        }
        first = first.max(Some(at));
    }
    first
}
