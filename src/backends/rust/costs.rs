//! What a plan decided for each region and what it is expected to cost: what the plan holds is told, nothing is decided
//! here. Numbers are counted in f32.

use super::group;
use super::memory::Rows;
use super::memory_plan::MemoryPlan;
use super::plan::{Kernel, Plan, Storage};
use super::product::Product;
use super::region::panels_name;
use super::space::Space;
use crate::schedule::{Direction, Work};
use crate::system::{AxisId, Op, Value};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a core of the machine that the marks are set for does in a nanosecond: operations of fused multiply-adds, entries
/// of elementwise operations, bytes to and from the second cache; and how long an exponential takes.
pub const PRODUCTS: f64 = 114.0;
pub const ELEMENTS: f64 = 57.0;
pub const BYTES: f64 = 100.0;
pub const FUNCTION: f64 = 0.3;

#[derive(Clone, Debug, Serialize)]
pub struct Costs {
    /// Whether these are of a step of training, or of evaluation.
    pub trains: bool,
    pub regions: Vec<RegionCosts>,
    pub memory: MemoryPlan,
}

/// One function of the generated module.
#[derive(Clone, Debug, Serialize)]
pub struct RegionCosts {
    pub name: String,
    /// The axis whose steps it runs one after the other.
    pub scan: Option<Scan>,
    pub why: String,
    pub work: Vec<Amount>,
    /// Bytes of weights that products read: at every step of a scan, else once a batch.
    pub weights: usize,
    pub bound: Bound,
    /// In the order in which they run.
    pub kernels: Vec<KernelCosts>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Scan {
    pub axis: String,
    pub forward: bool,
}

/// Arithmetic, and bytes to and from memory, for each row of something.
#[derive(Clone, Debug, Serialize)]
pub struct Amount {
    pub each: String,
    #[serde(flatten)]
    pub work: Work,
    pub read: usize,
    pub written: usize,
}

/// What a region waits for, and how long it takes at least.
#[derive(Clone, Debug, Serialize)]
pub struct Bound {
    pub by: Limit,
    /// Rows of a step from which arithmetic takes longer than reading weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compute_from: Option<usize>,
    /// A row of what it runs over, where there are many.
    pub nanoseconds_a_row: f64,
    /// A step of a scan, however few rows it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nanoseconds_a_step: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    Compute,
    Bandwidth,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum KernelCosts {
    Product {
        gives: String,
        form: Form,
        /// Rows, columns and depth; rows of the batch are none.
        rows: Option<usize>,
        columns: usize,
        depth: Option<usize>,
        /// How many products of the equations are one here.
        merged: usize,
        /// The panels that hold its weights, and the region that packs them.
        #[serde(skip_serializing_if = "Option::is_none")]
        panels: Option<(String, usize)>,
        /// The scans that it is taken out of: for all their steps at once.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        hoisted_from: Vec<usize>,
        /// The sums that are found together with this one, their left rows packed once.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        together_with: Vec<String>,
    },
    /// Row operations in one loop over rows.
    Rows {
        each: String,
        equations: Vec<String>,
        operations: usize,
        /// Loops over the entries of a row: operations of as many entries share one.
        loops: usize,
        /// What is computed here, where it is read, rather than stored by an earlier region.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        recomputed: Vec<String>,
        stores: Vec<String>,
    },
    Fold {
        gives: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Rows by the same weights.
    Weights,
    /// The sum over all rows of outer products.
    SumOverRows,
    /// Of two matrices.
    Once,
    /// For each example its rows along one axis by those along another.
    Pairs,
}

impl Costs {
    pub(super) fn of(plan: &Plan, prefix: &str, trains: bool) -> Costs {
        Costs {
            trains,
            regions: (0..plan.stages.len()).map(|i| region(plan, prefix, i)).collect(),
            memory: MemoryPlan::of(plan, prefix),
        }
    }
}

#[derive(Default)]
struct Sum {
    work: Work,
    read: usize,
    written: usize,
}

fn region(plan: &Plan, prefix: &str, index: usize) -> RegionCosts {
    let stage = &plan.stages[index];
    let mut sums: BTreeMap<Rows, Sum> = BTreeMap::new();
    let mut weights = 0;
    for kernel in &stage.kernels {
        for v in kernel.values() {
            let space = rows_worked_on(plan, v);
            sums.entry(rows(space)).or_default().work += Work::of(&plan.system, v);
        }
        let (read, written) = moved(plan, kernel);
        for (x, to_read) in read
            .into_iter()
            .map(|v| (v, true))
            .chain(written.into_iter().map(|v| (v, false)))
        {
            let sum = sums.entry(rows(plan.space(x))).or_default();
            let bytes = 4 * plan.size(x);
            *(if to_read { &mut sum.read } else { &mut sum.written }) += bytes;
        }
        if let Kernel::Product {
            form: Product::Weights { depth, columns, .. },
            ..
        } = kernel
        {
            weights += 4 * depth * columns;
        }
    }
    RegionCosts {
        name: plan.stage_name(prefix, index),
        scan: stage.scan.map(|(axis, direction)| Scan {
            axis: plan.system.axis_info(axis).name.clone(),
            forward: direction == Direction::Forward,
        }),
        why: stage.why.clone(),
        bound: bound(&sums, stage.scan.map(|(axis, _)| axis), weights),
        work: sums
            .into_iter()
            .map(|(rows, sum)| Amount {
                each: rows.words(&plan.system, plan.cut),
                work: sum.work,
                read: sum.read,
                written: sum.written,
            })
            .collect(),
        weights,
        kernels: (0..stage.kernels.len()).map(|k| kernel_costs(plan, index, k)).collect(),
    }
}

fn rows(space: Space) -> Rows {
    Rows::of(space, Storage::Whole)
}

/// The rows that are visited to compute a value.
fn rows_worked_on(plan: &Plan, v: Value) -> Space {
    let args = || plan.system.op(v).args().into_iter();
    match plan.kernel_of(v) {
        None => plan.loop_space(v),
        // The rows of an operand that has more of them than the result.
        Some(_) => args().map(|x| plan.space(x)).fold(plan.space(v), Space::max),
    }
}

/// The values whose rows a kernel reads from memory, and those whose rows it writes.
fn moved(plan: &Plan, kernel: &Kernel) -> (Vec<Value>, Vec<Value>) {
    match kernel {
        Kernel::Rows { ops, .. } => {
            let group = group::lower(plan, ops);
            let read = group.inputs.iter().filter_map(|i| match *i {
                group::Input::Row(v) => Some(v),
                group::Input::Table(_) | group::Input::Draw(_) | group::Input::Edge(_) => None,
            });
            (read.collect(), group.outputs)
        }
        Kernel::Product { value, form, .. } => {
            let read = match *form {
                Product::Weights { x, .. } => vec![x],
                Product::Rows { a, b, .. } => vec![a, b],
                Product::Once { a, b, .. } => vec![a.value, b.value],
                Product::Scores { outer, inner, .. } => vec![outer, inner],
                Product::Weighed { weights, rows, .. } => vec![weights, rows],
            };
            (read, vec![*value])
        }
        Kernel::Fold { value } => (plan.system.op(*value).args(), vec![*value]),
    }
}

/// The longer of arithmetic and memory, for the rows of the widest kind.
fn bound(sums: &BTreeMap<Rows, Sum>, scan: Option<AxisId>, weights: usize) -> Bound {
    let widest = sums.iter().next_back().map(|(_, sum)| sum);
    let compute = widest.map_or(0.0, |s| {
        let plain = s.work.elements - s.work.functions;
        s.work.products as f64 / PRODUCTS + plain as f64 / ELEMENTS + s.work.functions as f64 * FUNCTION
    });
    let memory = widest.map_or(0.0, |s| (s.read + s.written) as f64 / BYTES);
    let step = weights as f64 / BYTES;
    let in_scan = scan.is_some() && weights > 0;
    Bound {
        by: if compute >= memory {
            Limit::Compute
        } else {
            Limit::Bandwidth
        },
        compute_from: (in_scan && compute > memory).then(|| (step / (compute - memory)).ceil().max(1.0) as usize),
        nanoseconds_a_row: compute.max(memory),
        nanoseconds_a_step: in_scan.then_some(step),
    }
}

fn kernel_costs(plan: &Plan, index: usize, at: usize) -> KernelCosts {
    let name = |v: &Value| plan.names[v].clone();
    match &plan.stages[index].kernels[at] {
        Kernel::Product { value, form, panels } => {
            let (form, rows, columns, depth, of) = match *form {
                Product::Weights {
                    weights,
                    columns,
                    depth,
                    x,
                } => (Form::Weights, None, columns, Some(depth), vec![weights.value, x]),
                Product::Rows { a, b, left, right } => (Form::SumOverRows, Some(left), right, None, vec![a, b]),
                Product::Once {
                    a,
                    b,
                    rows,
                    columns,
                    depth,
                } => (Form::Once, Some(rows), columns, Some(depth), vec![a.value, b.value]),
                Product::Scores {
                    depth, outer, inner, ..
                } => (Form::Pairs, None, 1, Some(depth), vec![outer, inner]),
                Product::Weighed {
                    weights, rows, width, ..
                } => (Form::Pairs, None, width, None, vec![weights, rows]),
            };
            KernelCosts::Product {
                gives: name(value),
                form,
                rows,
                columns,
                depth,
                merged: of.into_iter().map(|v| stacked(plan, v)).max().unwrap_or(1),
                panels: panels.map(|p| (panels_name(plan, p).to_string(), plan.packed[p].stage)),
                hoisted_from: hoisted_from(plan, index, *value),
                together_with: plan
                    .side_by_side(index, at)
                    .iter()
                    .filter(|v| *v != value)
                    .map(name)
                    .collect(),
            }
        }
        Kernel::Rows { space, ops } => {
            let group = group::lower(plan, ops);
            let mut equations: Vec<String> = Vec::new();
            for equation in ops.iter().filter_map(|v| plan.system.nodes[*v].origin.name.clone()) {
                if !equations.contains(&equation) {
                    equations.push(equation);
                }
            }
            let again = |v: &&Value| plan.recomputed.contains(v) || plan.sunk.contains(v);
            KernelCosts::Rows {
                each: rows(*space).words(&plan.system, plan.cut),
                equations,
                operations: ops.len(),
                loops: group.loops,
                recomputed: ops.iter().filter(again).map(name).collect(),
                stores: group.outputs.iter().map(name).collect(),
            }
        }
        Kernel::Fold { value } => KernelCosts::Fold { gives: name(value) },
    }
}

/// How many matrices or rows an operand is made of.
fn stacked(plan: &Plan, v: Value) -> usize {
    let Op::Concat(parts) = plan.system.op(plan.access(v).base) else {
        return 1;
    };
    parts.len()
}

/// The scans that read a product, at each of their steps, that stands outside of them.
fn hoisted_from(plan: &Plan, index: usize, v: Value) -> Vec<usize> {
    let reads = |s: usize| {
        let stage = &plan.stages[s];
        let along = stage
            .scan
            .is_some_and(|(axis, _)| plan.system.ty(v).axes.contains(axis));
        let mut values = stage.kernels.iter().flat_map(|k| k.values());
        along && values.any(|u| plan.reads(u).iter().any(|(x, _)| *x == v))
    };
    match plan.stages[index].scan {
        Some(_) => Vec::new(),
        None => (index + 1..plan.stages.len()).filter(|s| reads(*s)).collect(),
    }
}
