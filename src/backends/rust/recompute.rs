//! What is computed again where a later region reads it. Features of grids: stored, they would take as much memory as all
//! pairs of steps times the features, which for attention is more than all else together. And arithmetic on what that
//! region reads anyway, such as `1 - z` beside `z`: it costs less than to be written and read back.

use super::class::{Class, class};
use super::plan::Plan;
use super::reductions::is_accumulated;
use super::sink::Flat;
use super::space::Space;
use crate::system::{Binary, Op, Unary, Value};
use std::collections::{BTreeMap, BTreeSet};

pub fn recompute(plan: &mut Plan, regions: &mut [Flat]) {
    let mut place: BTreeMap<Value, usize> = BTreeMap::new();
    for (r, (_, ops, _)) in regions.iter().enumerate() {
        place.extend(ops.iter().map(|v| (*v, r)));
    }
    let stored = stored_anyway(plan, place.keys().copied());
    for (r, (_, ops, _)) in regions.iter_mut().enumerate() {
        let mut again = Again {
            read: ops.iter().flat_map(|v| plan.reads(*v)).map(|(x, _)| x).collect(),
            copies: BTreeMap::new(),
            new: Vec::new(),
        };
        for v in std::mem::take(ops) {
            for (x, _) in plan.reads(v) {
                if place[&x] < r {
                    again.copy(plan, &stored, x);
                }
            }
            again.rename_arguments(plan, v);
            again.new.push(v);
        }
        *ops = again.new;
    }
    drop_unread(plan, regions);
}

/// What only later regions read is computed there alone.
fn drop_unread(plan: &Plan, regions: &mut [Flat]) {
    let roots = plan.system.roots.iter().map(|r| plan.access(r.value).base);
    let roots: BTreeSet<Value> = roots.collect();
    loop {
        let computed = regions.iter().flat_map(|r| &r.1).filter(|v| plan.is_computed(**v));
        let mut read = roots.clone();
        read.extend(computed.flat_map(|v| plan.reads(*v)).map(|(x, _)| x));
        let before: usize = regions.iter().map(|r| r.1.len()).sum();
        for (_, ops, _) in regions.iter_mut() {
            ops.retain(|v| !plan.is_computed(*v) || read.contains(v));
        }
        if regions.iter().map(|r| r.1.len()).sum::<usize>() == before {
            return;
        }
    }
}

/// A sum, difference or product over the steps of a sequence.
fn is_arithmetic(plan: &Plan, x: Value) -> bool {
    let few = matches!(
        plan.system.op(x),
        Op::Unary(Unary::Neg, _) | Op::Binary(Binary::Add | Binary::Sub | Binary::Mul, ..)
    );
    few && matches!(plan.space(x), Space::Steps(_)) && !plan.copied.contains(&x)
}

/// What must be in memory for another reason: read at other rows, by a product or a fold, or as a result.
fn stored_anyway(plan: &Plan, computed: impl Iterator<Item = Value>) -> BTreeSet<Value> {
    let mut out: BTreeSet<Value> = plan.system.roots.iter().map(|r| plan.access(r.value).base).collect();
    for v in computed.filter(|v| plan.is_computed(*v)) {
        let by_rows = plan.kernel_of(v).is_none();
        out.extend(
            plan.reads(v)
                .into_iter()
                .filter(|(_, same_row)| !same_row || !by_rows)
                .map(|(x, _)| x),
        );
    }
    out
}

/// The copies of one region.
struct Again {
    /// What its operations read.
    read: BTreeSet<Value>,
    copies: BTreeMap<Value, Value>,
    /// The operations of the region in order.
    new: Vec<Value>,
}

impl Again {
    /// Copies `x`, and the features of the grid that it is made of.
    fn copy(&mut self, plan: &mut Plan, stored: &BTreeSet<Value>, x: Value) {
        let reads = plan.reads(x);
        let wide = matches!(plan.space(x), Space::Grid(..)) && plan.size(x) > 1;
        let by_rows = plan.is_computed(x) && plan.kernel_of(x).is_none() && !is_accumulated(plan, x);
        let here = reads.iter().all(|(_, same_row)| *same_row);
        let read_anyway = is_arithmetic(plan, x) && reads.iter().all(|(y, _)| self.read.contains(y));
        if self.copies.contains_key(&x) || stored.contains(&x) || !((wide || read_anyway) && by_rows && here) {
            return;
        }
        for (y, _) in reads {
            self.copy(plan, stored, y);
        }
        let copy = plan.system.nodes.push(plan.system.nodes[x].clone());
        if plan.copied.contains(&x) {
            plan.copied.insert(copy);
        }
        plan.recomputed.insert(copy);
        self.rename_arguments(plan, copy);
        self.copies.insert(x, copy);
        self.new.push(copy);
    }

    fn rename_arguments(&mut self, plan: &mut Plan, v: Value) {
        let mut op = plan.system.op(v).clone();
        op.for_each_arg(|x| *x = self.renamed(plan, *x));
        plan.system.nodes[v].op = op;
    }

    /// The copy of an argument, or a view of it.
    fn renamed(&mut self, plan: &mut Plan, x: Value) -> Value {
        if let Some(copy) = self.copies.get(&x) {
            return *copy;
        }
        let view = !plan.copied.contains(&x) && class(plan.system.op(x)) == Class::View;
        if !view || !self.copies.contains_key(&plan.access(x).base) {
            return x;
        }
        let copy = plan.system.nodes.push(plan.system.nodes[x].clone());
        self.rename_arguments(plan, copy);
        self.copies.insert(x, copy);
        copy
    }
}
