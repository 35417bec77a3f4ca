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

/// Moves each to the region that computes what it reads: a block, or a scan along either axis.
pub fn gather(plan: &Plan, regions: &mut [Flat]) {
    let mut place: BTreeMap<Value, usize> = BTreeMap::new();
    for (r, (_, ops, _)) in regions.iter().enumerate() {
        place.extend(ops.iter().map(|v| (*v, r)));
    }
    for r in 0..regions.len() {
        for v in regions[r].1.clone() {
            if !is_accumulated(plan, v) {
                continue;
            }
            if let [(x, true)] = plan.reads(v)[..]
                && place[&x] < r
            {
                regions[r].1.retain(|u| *u != v);
                regions[place[&x]].1.push(v);
                place.insert(v, place[&x]);
            }
        }
    }
}
