//! Arithmetic and memory traffic, by how often they are due.
//!
//! A multiplication and the addition after it are two operations; each entry of an elementwise operation or of a
//! reduction is one. Of memory count the values that one region of the schedule writes and another reads, once for the
//! write and once for each region that reads: what stays within a region stays near the processor.

use super::names;
use crate::driver::compile;
use crate::schedule::{Program, Region, Work, schedule};
use crate::system::{AxisSet, Op, RootKind, System, Value};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default, Serialize)]
pub struct Costs {
    /// Those due most often last.
    pub rows: Vec<Row>,
    /// The entries of parameters that scans read at each of their steps, once for all examples of a batch.
    pub scanned_parameters: usize,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Row {
    /// The axes for each of whose steps this is due.
    pub over: Vec<String>,
    /// Whether it is due for each example, or once a batch.
    pub each_example: bool,
    pub forward: Amount,
    /// Of the derivative, beyond the forward part; nothing where nothing is trained.
    pub backward: Amount,
}

/// Arithmetic operations, and numbers written and read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    pub flops: usize,
    pub numbers: usize,
}

pub(super) fn costs(system: &System) -> Costs {
    let trains = system.root(RootKind::Loss).is_some();
    let forward = match trains {
        true => schedule(compile::primal(system)),
        false => compile::evaluation(system),
    };
    let part = amounts(&forward);
    let all = match trains {
        true => amounts(&compile::training(system)),
        false => part.clone(),
    };
    let keys: BTreeSet<AxisSet> = part.keys().chain(all.keys()).copied().collect();
    let rows = keys.into_iter().map(|key| {
        let forward_part = part.get(&key).copied().unwrap_or_default();
        let all = all.get(&key).copied().unwrap_or_default();
        Row {
            over: names(&forward.system, key),
            each_example: !key.is_empty(),
            forward: forward_part,
            backward: Amount {
                flops: all.flops.saturating_sub(forward_part.flops),
                numbers: all.numbers.saturating_sub(forward_part.numbers),
            },
        }
    });
    let mut rows: Vec<Row> = rows
        .filter(|r| r.forward != Amount::default() || r.backward != Amount::default())
        .collect();
    rows.sort_by_key(|r| (r.over.len(), r.each_example));
    Costs {
        rows,
        scanned_parameters: scanned(&forward),
    }
}

/// By the axes over which something is due.
fn amounts(program: &Program) -> BTreeMap<AxisSet, Amount> {
    let s = &program.system;
    let mut out: BTreeMap<AxisSet, Amount> = BTreeMap::new();
    let regions: Vec<Vec<Value>> = program.regions.iter().map(operations).collect();
    let mut of = vec![usize::MAX; s.nodes.len()];
    for (i, region) in regions.iter().enumerate() {
        region.iter().for_each(|v| of[v.index()] = i);
    }
    let mut readers: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); s.nodes.len()];
    for (i, &v) in regions
        .iter()
        .enumerate()
        .flat_map(|(i, r)| r.iter().map(move |v| (i, v)))
    {
        let elsewhere = s.op(v).args().into_iter().filter(|a| of[a.index()] != i);
        for a in elsewhere {
            readers[a.index()].insert(i);
        }
        let axes = s
            .op(v)
            .args()
            .iter()
            .fold(s.ty(v).axes, |all, a| all.union(s.ty(*a).axes));
        out.entry(axes).or_default().flops += Work::of(s, v).flops();
    }
    for &v in regions.iter().flatten() {
        let traffic = match readers[v.index()].len() {
            0 => 0,
            n => (n + 1) * s.ty(v).size(),
        };
        if !matches!(s.op(v), Op::Param(_) | Op::Const(_)) {
            out.entry(s.ty(v).axes).or_default().numbers += traffic;
        }
    }
    out
}

pub(super) fn operations(region: &Region) -> Vec<Value> {
    match region {
        Region::Block { ops, .. } => ops.clone(),
        Region::Scan { body, .. } => body.iter().flat_map(operations).collect(),
    }
}

/// The entries of the parameters, or of what is computed from them alone, that are read within scans.
fn scanned(program: &Program) -> usize {
    let s = &program.system;
    let scans = program.regions.iter().filter(|r| matches!(r, Region::Scan { .. }));
    let read: BTreeSet<Value> = scans.flat_map(operations).flat_map(|v| s.op(v).args()).collect();
    let fixed = read.into_iter().filter(|v| s.ty(*v).axes.is_empty());
    fixed.map(|v| s.ty(v).size()).sum()
}
