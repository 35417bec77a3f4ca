//! Where every value lives that a compiled program stores: how long, with whom it shares a buffer, and how much it takes
//! as a function of the batch. Numbers are counted in f32.

use super::memory::Rows;
use super::plan::{Kernel, Plan, Storage};
use super::region::panels_name;
use crate::system::{Op, RootKind, Value};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Where the values of one way of running a model live.
#[derive(Clone, Debug, Serialize)]
pub struct MemoryPlan {
    /// The functions of the generated module, in the order in which they run. Lives are counted in these.
    pub regions: Vec<String>,
    /// The buffers of the workspace, in the order in which they are first written.
    pub buffers: Vec<Buffer>,
    /// The weights of products, rearranged.
    pub packed: Vec<PackedWeights>,
    /// All of them together, by what there is a row for each of.
    pub total: Vec<Amount>,
    /// What is live at once at most, so counted: no plan takes less.
    pub live: Vec<Amount>,
}

/// Memory that is allocated once and grows with the largest batch.
#[derive(Clone, Debug, Serialize)]
pub struct Buffer {
    /// The widest of what it holds names it in the generated code.
    pub name: String,
    /// What it holds, one after the other.
    pub holds: Vec<Held>,
    pub each: String,
    /// Bytes of a row.
    pub bytes: usize,
    #[serde(skip)]
    pub rows: Rows,
}

/// A stored value.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    /// In the generated code.
    pub name: String,
    /// In the specification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equation: Option<String>,
    #[serde(skip)]
    pub value: Value,
    pub shape: Vec<usize>,
    pub place: Place,
    /// The values that lie within it, side by side.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
    /// The region that writes it, by its place in [`MemoryPlan::regions`].
    pub written: usize,
    /// The last region that reads it; none of what is kept for the caller: gradients, metrics, outputs.
    pub read: Option<usize>,
}

/// What a value is stored for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Crosses into the derivative: kept for all steps.
    Tape,
    /// Handed from one region to another, or read at other steps of the same one.
    Handed,
    /// One step of a scan only: written anew in each.
    Step,
    /// One row only: what is too long for the stack.
    Row,
    /// A sum over examples or steps.
    Sum,
}

/// Weights as products read them, packed once a batch.
#[derive(Clone, Debug, Serialize)]
pub struct PackedWeights {
    pub name: String,
    pub depth: usize,
    pub columns: usize,
    pub bytes: usize,
    /// The region that packs them.
    pub packed: usize,
    /// The regions that multiply by them.
    pub read: Vec<usize>,
}

/// Bytes for each of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Amount {
    pub each: String,
    pub bytes: usize,
    #[serde(skip)]
    pub rows: Rows,
}

/// How large a batch is in which all examples have as many steps.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    pub examples: usize,
    pub steps: usize,
    /// Steps of an inner axis.
    pub inner: usize,
}

impl MemoryPlan {
    /// `prefix` is what the names of the regions start with.
    pub(super) fn of(plan: &Plan, prefix: &str) -> MemoryPlan {
        let (lives, places) = (plan.lives(), places(plan));
        let mut buffers: Vec<Buffer> = Vec::new();
        let held = |v: Value| held(plan, v, lives[&v], places[&v]);
        let mut order: Vec<Value> = lives.keys().copied().collect();
        order.sort_by_key(|v| (lives[v].0, *v));
        let mut at: BTreeMap<Value, usize> = BTreeMap::new();
        for v in order {
            let owner = plan.buffer_of(v);
            let rows = Rows::of(plan.space(v), plan.storage[&v]);
            match at.get(&owner) {
                Some(&i) => buffers[i].holds.push(held(v)),
                None => {
                    at.insert(owner, buffers.len());
                    buffers.push(Buffer {
                        name: plan.names[&owner].clone(),
                        holds: vec![held(v)],
                        each: rows.words(&plan.system, plan.cut),
                        bytes: 4 * plan.size(owner),
                        rows,
                    });
                }
            }
        }
        let packed: Vec<PackedWeights> = (0..plan.packed.len()).map(|i| packed(plan, i)).collect();
        let weights: usize = packed.iter().map(|p| p.bytes).sum();
        let mut total = Sums::default();
        buffers.iter().for_each(|b| total.add(b.rows, b.bytes));
        total.add(Rows::Once, weights);
        let mut live = Sums::default();
        for r in 0..plan.stages.len() {
            let mut now = Sums::default();
            for v in lives
                .iter()
                .filter(|(_, life)| life.0 <= r && r <= life.1)
                .map(|(v, _)| v)
            {
                now.add(Rows::of(plan.space(*v), plan.storage[v]), 4 * plan.size(*v));
            }
            now.add(Rows::Once, weights);
            live.at_least(&now);
        }
        MemoryPlan {
            regions: (0..plan.stages.len()).map(|i| plan.stage_name(prefix, i)).collect(),
            buffers,
            packed,
            total: total.amounts(plan),
            live: live.amounts(plan),
        }
    }

    /// The bytes of a batch in which all examples are equally long.
    pub fn bytes(&self, extent: Extent) -> usize {
        bytes(&self.total, extent)
    }
}

/// The bytes of amounts for a batch in which all examples are equally long.
pub fn bytes(amounts: &[Amount], extent: Extent) -> usize {
    amounts.iter().map(|a| a.rows.count(extent) * a.bytes).sum()
}

impl Rows {
    /// How many there are.
    pub fn count(self, extent: Extent) -> usize {
        let Extent { examples, steps, inner } = extent;
        match self {
            Rows::Once => 1,
            Rows::Examples | Rows::Step(_) | Rows::States => examples,
            Rows::Steps(_) => examples * steps,
            Rows::Cells(..) => examples * steps * inner,
        }
    }
}

#[derive(Default)]
struct Sums(BTreeMap<Rows, usize>);

impl Sums {
    fn add(&mut self, rows: Rows, bytes: usize) {
        *self.0.entry(rows).or_default() += bytes;
    }

    fn at_least(&mut self, other: &Sums) {
        for (rows, bytes) in &other.0 {
            let most = self.0.entry(*rows).or_default();
            *most = (*bytes).max(*most);
        }
    }

    fn amounts(self, plan: &Plan) -> Vec<Amount> {
        let amounts = self.0.into_iter().filter(|(_, bytes)| *bytes > 0);
        amounts
            .map(|(rows, bytes)| Amount {
                each: rows.words(&plan.system, plan.cut),
                bytes,
                rows,
            })
            .collect()
    }
}

fn held(plan: &Plan, v: Value, (written, read): (usize, usize), place: Place) -> Held {
    let parts = plan.homes.iter().filter(|(_, home)| home.owner == v);
    let mut parts: Vec<(usize, &Value)> = parts.map(|(part, home)| (home.offset, part)).collect();
    parts.sort();
    Held {
        name: plan.names[&v].clone(),
        equation: plan.system.nodes[v].origin.name.clone(),
        value: v,
        shape: plan.system.ty(v).shape.clone(),
        place,
        parts: parts.iter().map(|(_, part)| plan.names[part].clone()).collect(),
        written,
        read: (read != usize::MAX).then_some(read),
    }
}

fn packed(plan: &Plan, index: usize) -> PackedWeights {
    let p = plan.packed[index];
    let reads = |k: &Kernel| matches!(k, Kernel::Product { panels, .. } if *panels == Some(index));
    let stages = plan.stages.iter().enumerate();
    PackedWeights {
        name: panels_name(plan, index).to_string(),
        depth: p.depth,
        columns: p.columns,
        bytes: 4 * p.numbers(),
        packed: p.stage,
        read: stages
            .filter(|(_, s)| s.kernels.iter().any(reads))
            .map(|(i, _)| i)
            .collect(),
    }
}

/// What each stored value is stored for. What the loss needs is not of the derivative; what the derivative alone needs is.
fn places(plan: &Plan) -> BTreeMap<Value, Place> {
    let primal = primal(plan);
    let mut crosses: BTreeSet<Value> = BTreeSet::new();
    for stage in &plan.stages {
        for v in stage.kernels.iter().flat_map(|k| k.values()) {
            let of_derivative = !primal.contains(&v);
            crosses.extend(
                plan.reads(v)
                    .into_iter()
                    .map(|(x, _)| plan.home(x).owner)
                    .filter(|x| of_derivative && primal.contains(x)),
            );
        }
    }
    let place = |v: Value, storage: Storage| match storage {
        Storage::Row => Place::Row,
        Storage::Step => Place::Step,
        Storage::Whole if plan.sums_rows(v) => Place::Sum,
        Storage::Whole if crosses.contains(&v) && !plan.system.ty(v).axes.is_empty() => Place::Tape,
        Storage::Whole => Place::Handed,
    };
    plan.storage.iter().map(|(v, s)| (*v, place(*v, *s))).collect()
}

/// The values that the loss and the metrics need.
pub(super) fn primal(plan: &Plan) -> BTreeSet<Value> {
    let s = &plan.system;
    let wanted = s.roots.iter().filter(|r| !matches!(r.kind, RootKind::Gradient(_)));
    let mut stack: Vec<Value> = wanted.map(|r| r.value).collect();
    let mut found = BTreeSet::new();
    while let Some(v) = stack.pop() {
        if found.insert(v) {
            stack.extend(s.op(v).args());
        }
    }
    found
}

impl Plan {
    /// Whether a value is a sum (or the largest) over examples or steps.
    pub fn sums_rows(&self, v: Value) -> bool {
        let op = self.system.op(v);
        matches!(op, Op::Reduce { .. } | Op::Edge { .. } | Op::Scatter { .. })
            || matches!(op, Op::Contract { over, .. } if !over.is_empty())
    }
}
