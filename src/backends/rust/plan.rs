//! From a program to kernels in order: matrix products, folds along axes, and groups of row operations that become one
//! loop each; and which values need memory.

use super::access::{Access, access};
use super::class::{Class, class};
use super::memory::{Home, find_homes, share_buffers};
use super::names::names;
use super::pairs::{find_pairs, form};
use super::prepare::prepare;
use super::product::{Operand, Product, classify};
use super::recompute::recompute;
use super::reductions::{gather, is_accumulated};
use super::sink::{Flat, settle, sink};
use super::space::{Space, Spaces, Unsupported};
use crate::schedule::{Direction, Program, Region};
use crate::system::{AxisId, Op, System, Value};
use std::collections::{BTreeMap, BTreeSet};

pub struct Plan {
    pub system: System,
    pub spaces: Spaces,
    /// Every pair of axes that a loop runs over: the outer one, the inner one.
    pub grids: Vec<(AxisId, AxisId)>,
    pub stages: Vec<Stage>,
    /// Products of each example's rows along two axes.
    pub pairs: BTreeSet<Value>,
    /// Views, shifts and constants that are computed as values of their own.
    pub copied: BTreeSet<Value>,
    /// Copies of what an earlier region computes too.
    pub recomputed: BTreeSet<Value>,
    /// What a later region computes, where it is read, rather than the one that could.
    pub sunk: BTreeSet<Value>,
    pub storage: BTreeMap<Value, Storage>,
    /// Names of everything that is stored, computed or read.
    pub names: BTreeMap<Value, String>,
    /// Values that lie within another.
    pub homes: BTreeMap<Value, Home>,
    /// Values held in the buffer of one that lives at another time.
    pub shared: BTreeMap<Value, Value>,
    /// Weights of products, each packed once a call.
    pub packed: Vec<Packed>,
    /// The axis that is run segment by segment.
    pub cut: Option<AxisId>,
    sums: Sums,
}

/// In what order the steps of a sequence are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sums {
    /// From the first to the last.
    Forward,
    /// From the last to the first.
    Backward,
    /// Forward where a value at each step needs the sum, else backward: so derivatives are added up in the order in which
    /// they are found, and a run in segments gives the same sums.
    AsNeeded,
}

/// One region.
pub struct Stage {
    /// Where it is a recurrence: its axis and direction.
    pub scan: Option<(AxisId, Direction)>,
    pub kernels: Vec<Kernel>,
    pub why: String,
}

#[derive(Clone, Debug)]
pub enum Kernel {
    /// Operations on rows of one space, in one loop.
    Rows { space: Space, ops: Vec<Value> },
    /// A matrix product; by weights with the index of its panels.
    Product {
        value: Value,
        form: Product,
        panels: Option<usize>,
    },
    /// `Reduce`, `Edge`, `Reverse` or `Scatter` of rows along one axis; of a grid they are row operations.
    Fold { value: Value },
}

/// How long a stored value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Storage {
    /// While a row is worked on: what is too long for the stack.
    Row,
    /// The rows of the current step of a scan.
    Step,
    /// All rows of its space.
    Whole,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packed {
    pub weights: Operand,
    pub depth: usize,
    pub columns: usize,
    /// Packed before this stage.
    pub stage: usize,
}

/// Rows longer than this are not held on the stack.
pub const LONGEST_LOCAL: usize = 2048;

impl Plan {
    pub fn new(program: Program, sums: Sums) -> Result<Plan, Unsupported> {
        Plan::in_segments(program, sums, None)
    }

    /// The plan of a program that runs once for each segment along an axis.
    pub fn in_segments(mut program: Program, sums: Sums, cut: Option<AxisId>) -> Result<Plan, Unsupported> {
        let spaces = Spaces::new(&program)?;
        let pairs = find_pairs(&mut program, &spaces);
        let Program { system, regions } = prepare(program, &spaces, &pairs)?;
        let mut plan = Plan {
            system,
            spaces,
            grids: Vec::new(),
            pairs,
            stages: Vec::new(),
            copied: BTreeSet::new(),
            recomputed: BTreeSet::new(),
            sunk: BTreeSet::new(),
            storage: BTreeMap::new(),
            names: BTreeMap::new(),
            homes: BTreeMap::new(),
            shared: BTreeMap::new(),
            packed: Vec::new(),
            cut,
            sums,
        };
        let mut regions = regions.iter().map(flatten).collect::<Result<Vec<_>, _>>()?;
        let live: Vec<Value> = regions.iter().flat_map(|r| r.1.iter().copied()).collect();
        plan.find_copies(&live);
        plan.find_grids(&live);
        gather(&plan, &mut regions);
        recompute(&mut plan, &mut regions);
        plan.sunk = sink(&plan, &mut regions);
        let live: Vec<Value> = regions.iter().flat_map(|r| r.1.iter().copied()).collect();
        let outside = plan.read_outside(&regions);
        for ((scan, ops, why), outside) in regions.into_iter().zip(outside) {
            let kernels = plan.kernels(scan, &ops, &outside);
            if !kernels.is_empty() {
                plan.stages.push(Stage { scan, kernels, why });
            }
        }
        plan.find_storage(&live);
        find_homes(&mut plan);
        share_buffers(&mut plan);
        plan.find_packed();
        plan.names = names(&plan.system, plan.system.nodes.ids().filter(|v| live.contains(v)))
            .into_iter()
            .collect();
        Ok(plan)
    }

    /// The name of a stage's function.
    pub fn stage_name(&self, prefix: &str, index: usize) -> String {
        let kind = match self.stages[index].scan {
            Some(_) => "scan",
            None => "map",
        };
        format!("{prefix}_{}_{kind}", index + 1)
    }

    pub fn access(&self, v: Value) -> Access {
        access(&self.system, &self.copied, v)
    }

    pub fn size(&self, v: Value) -> usize {
        self.system.ty(v).size()
    }

    pub fn space(&self, v: Value) -> Space {
        let space = self.spaces.of(self.system.ty(v));
        space.expect("internal error: a value in no space")
    }

    /// The rows that are visited to compute `v`: those of what is reduced, where it is reduced as they are computed.
    pub fn loop_space(&self, v: Value) -> Space {
        if let Op::Reduce { x, .. } | Op::Edge { x, .. } = self.system.op(v)
            && is_accumulated(self, v)
        {
            return self.space(*x);
        }
        self.space(v)
    }

    pub fn grid(&self, outer: AxisId, inner: AxisId) -> usize {
        let at = self.grids.iter().position(|g| *g == (outer, inner));
        at.expect("internal error: a grid that was not found")
    }

    fn find_grids(&mut self, live: &[Value]) {
        for &v in live {
            let axes = match self.kernel_of(v) {
                Some(Kernel::Product {
                    form: Product::Scores { axes, .. } | Product::Weighed { axes, .. },
                    ..
                }) => Some(axes),
                _ => match self.loop_space(v) {
                    Space::Grid(outer, inner) => Some((outer, inner)),
                    Space::Once | Space::Examples | Space::Steps(_) => None,
                },
            };
            self.grids.extend(axes.filter(|axes| !self.grids.contains(axes)));
        }
    }

    /// Whether a sum over an axis adds up its first step first.
    pub fn sums_forward(&self, v: Value, axis: AxisId) -> bool {
        match self.sums {
            Sums::Forward => true,
            Sums::Backward => false,
            Sums::AsNeeded => feeds(&self.system, v, axis),
        }
    }

    /// A shift that is read where it points to.
    pub fn is_virtual_shift(&self, v: Value) -> bool {
        matches!(self.system.op(v), Op::Shift { .. }) && !self.copied.contains(&v)
    }

    pub fn kernel_of(&self, v: Value) -> Option<Kernel> {
        match class(self.system.op(v)) {
            Class::Contraction => {
                let form = match self.pairs.contains(&v) {
                    true => form(&self.system, &self.spaces, self.system.op(v)),
                    false => classify(&self.system, &self.spaces, v),
                };
                form.map(|form| Kernel::Product {
                    value: v,
                    form,
                    panels: None,
                })
            }
            Class::Fold if self.is_row_operation(v) => None,
            Class::Fold => Some(Kernel::Fold { value: v }),
            Class::Leaf
            | Class::View
            | Class::Shift
            | Class::Elementwise
            | Class::Number
            | Class::Lookup
            | Class::Array
            | Class::Pieces => None,
        }
    }

    /// A reduction of a grid goes with the loop over its rows; a reversal is a copy from other rows.
    fn is_row_operation(&self, v: Value) -> bool {
        if let Op::Reverse { .. } = self.system.op(v) {
            return matches!(self.space(v), Space::Grid(..));
        }
        is_accumulated(self, v)
    }

    /// Which operands must exist as rows in memory, or as an array within a row operation.
    fn find_copies(&mut self, live: &[Value]) {
        // Under a second name, rows stand where the loops over that name look for them.
        let renamed = |v: &&Value| matches!(self.system.op(**v), Op::Rename { .. });
        let renamed: Vec<Value> = live.iter().filter(renamed).copied().collect();
        self.copied.extend(renamed);
        loop {
            let before = self.copied.len();
            for &v in live {
                let op = self.system.op(v).clone();
                let args = op.args();
                match class(&op) {
                    Class::Shift => args.into_iter().for_each(|x| self.need_pointer(x)),
                    Class::Fold if is_accumulated(self, v) => {}
                    Class::Contraction if self.kernel_of(v).is_none() => {
                        args.into_iter().for_each(|x| self.need_array(x));
                    }
                    Class::Contraction | Class::Fold => args.into_iter().for_each(|x| self.need_rows(x)),
                    // The first argument; the other is an index.
                    Class::Number | Class::Array => self.need_array(args[0]),
                    Class::Lookup => self.need_rows(args[0]),
                    Class::Leaf | Class::View | Class::Elementwise | Class::Pieces => {}
                }
            }
            for i in 0..self.system.roots.len() {
                let root = self.system.roots[i].value;
                self.need_rows(root);
                // What is given is in no buffer.
                if class(self.system.op(self.access(root).base)) == Class::Leaf {
                    self.copy(root);
                }
            }
            if self.copied.len() == before {
                return;
            }
        }
    }

    /// Rows in memory with a fixed stride.
    fn need_rows(&mut self, x: Value) {
        let a = self.access(x);
        let op = self.system.op(a.base);
        let number = matches!(op, Op::Const(_) | Op::Count(_) | Op::Length(_) | Op::Position(_));
        if let Op::Shift { .. } = op {
            self.copied.extend([a.base]);
        } else if number || a.broadcast || self.space(a.base) != self.space(x) {
            self.copy(x);
        }
    }

    /// What a shift points to: rows in memory, or a number.
    fn need_pointer(&mut self, x: Value) {
        let a = self.access(x);
        let op = self.system.op(a.base);
        let number = matches!(op, Op::Count(_) | Op::Length(_) | Op::Position(_));
        if let Op::Shift { .. } = op {
            self.copied.extend([a.base]);
        } else if number || a.broadcast && !matches!(op, Op::Const(_)) {
            self.copy(x);
        }
    }

    /// An array while a row is worked on.
    fn need_array(&mut self, x: Value) {
        let a = self.access(x);
        if self.size(x) > 1 && (a.broadcast || matches!(self.system.op(a.base), Op::Const(_))) {
            self.copy(x);
        }
    }

    /// Makes a view or a number a value of its own. Leaves have been wrapped in views by `prepare` where that matters.
    fn copy(&mut self, x: Value) {
        self.copied.insert(x);
    }

    /// Whether a value is computed by a kernel (rather than read where it is).
    pub fn is_computed(&self, v: Value) -> bool {
        self.copied.contains(&v) || !matches!(class(self.system.op(v)), Class::View | Class::Leaf | Class::Shift)
    }

    /// The values that `v` reads, through views and shifts: each with whether it is read at the row of `v` itself.
    pub fn reads(&self, v: Value) -> Vec<(Value, bool)> {
        let mut out = Vec::new();
        let args = match self.system.op(v) {
            Op::Shift { x, init, .. } => {
                // A copied shift reads other rows.
                out.extend(std::iter::once(x).chain(init).map(|x| (self.access(*x).base, false)));
                vec![]
            }
            // So does a reversal that is a row operation.
            Op::Reverse { x, .. } => {
                out.push((self.access(*x).base, false));
                vec![]
            }
            op => op.args(),
        };
        for x in args {
            let base = self.access(x).base;
            if let (true, Op::Shift { x, init, .. }) = (self.is_virtual_shift(base), self.system.op(base)) {
                out.extend(std::iter::once(x).chain(init).map(|x| (self.access(*x).base, false)));
            } else {
                out.push((base, true));
            }
        }
        out.retain(|(x, _)| class(self.system.op(*x)) != Class::Leaf || self.copied.contains(x));
        out
    }

    /// The operations of one region as kernels. Level by level: an operation joins the loop of what it reads at its own
    /// row, and comes after everything else that it reads.
    fn kernels(&self, scan: Option<(AxisId, Direction)>, ops: &[Value], outside: &BTreeSet<Value>) -> Vec<Kernel> {
        let here: BTreeSet<Value> = ops.iter().copied().collect();
        let mut level: BTreeMap<Value, usize> = BTreeMap::new();
        let mut rows: BTreeMap<(usize, Space), Vec<Value>> = BTreeMap::new();
        let mut others: BTreeMap<usize, Vec<Kernel>> = BTreeMap::new();
        for &v in ops {
            if !self.is_computed(v) {
                continue;
            }
            let kernel = self.kernel_of(v);
            let mut l = 0;
            for (x, same_row) in self.reads(v) {
                if !here.contains(&x) {
                    continue;
                }
                // In a scan a shift along its axis reads an earlier step, so `x` may come later in the order.
                let Some(&lx) = level.get(&x) else {
                    assert!(
                        scan.is_some() && !same_row,
                        "internal error: {v:?} reads {x:?} before it is computed"
                    );
                    continue;
                };
                if !same_row && scan.is_some() && self.shifts_along(v, x, scan) {
                    continue;
                }
                let joins = same_row
                    && kernel.is_none()
                    && self.kernel_of(x).is_none()
                    && !is_accumulated(self, x)
                    && self.space(x) == self.loop_space(v)
                    && !matches!(self.system.op(v), Op::Gather { table, .. } if self.access(*table).base == x);
                l = l.max(lx + usize::from(!joins));
            }
            level.insert(v, l);
        }
        settle(self, ops, outside, &mut level);
        for v in ops.iter().filter(|v| level.contains_key(v)) {
            match self.kernel_of(*v) {
                Some(k) => others.entry(level[v]).or_default().push(k),
                None => rows.entry((level[v], self.loop_space(*v))).or_default().push(*v),
            }
        }
        let levels: BTreeSet<usize> = level.values().copied().collect();
        let mut out = Vec::new();
        for l in levels {
            out.extend(others.remove(&l).unwrap_or_default());
            for ((_, space), ops) in rows.range((l, Space::Once)..(l + 1, Space::Once)) {
                out.push(Kernel::Rows {
                    space: *space,
                    ops: ops.clone(),
                });
            }
        }
        out
    }

    /// For each region the values that other regions or the roots read.
    fn read_outside(&self, regions: &[Flat]) -> Vec<BTreeSet<Value>> {
        let mut outside: Vec<BTreeSet<Value>> = Vec::new();
        let mut place: BTreeMap<Value, usize> = BTreeMap::new();
        for (r, (_, ops, _)) in regions.iter().enumerate() {
            outside.push(BTreeSet::new());
            place.extend(ops.iter().map(|v| (*v, r)));
        }
        for (v, r) in &place {
            for (x, _) in self.reads(*v).into_iter().filter(|(x, _)| place[x] != *r) {
                outside[place[&x]].insert(x);
            }
        }
        for root in &self.system.roots {
            let base = self.access(root.value).base;
            if let Some(r) = place.get(&base) {
                outside[*r].insert(base);
            }
        }
        outside
    }

    /// Whether `v` reads `x` through a shift along the axis of the scan only.
    fn shifts_along(&self, v: Value, x: Value, scan: Option<(AxisId, Direction)>) -> bool {
        let args = self.system.op(v).args();
        let shifts = std::iter::once(v).chain(args.into_iter().map(|a| self.access(a).base));
        shifts
            .filter_map(|s| {
                let Op::Shift { x, axis, init, .. } = *self.system.op(s) else {
                    return None;
                };
                Some((x, axis, init))
            })
            .all(|(from, axis, init)| {
                (self.access(from).base != x || scan.is_some_and(|(a, _)| a == axis))
                    && init.is_none_or(|i| self.access(i).base != x)
            })
    }

    fn find_storage(&mut self, live: &[Value]) {
        let mut place: BTreeMap<Value, (usize, usize)> = BTreeMap::new();
        for (s, stage) in self.stages.iter().enumerate() {
            for (k, kernel) in stage.kernels.iter().enumerate() {
                for v in kernel.values() {
                    place.insert(v, (s, k));
                }
            }
        }
        let mut storage: BTreeMap<Value, Storage> = BTreeMap::new();
        let mut store = |v: Value, how: Storage| {
            let s = storage.entry(v).or_insert(how);
            *s = how.max(*s);
        };
        let scratch = |v: Value| match self.stages[place[&v].0].scan {
            Some((axis, _)) if self.space(v).is_packed_by(axis) => Storage::Step,
            _ => Storage::Whole,
        };
        for &v in live.iter().filter(|v| self.is_computed(**v)) {
            let kernel = self.kernel_of(v).is_some();
            let looked_up = |table: Value| matches!(self.system.op(v), Op::Gather { table: t, .. } if self.access(*t).base == table);
            if kernel || is_accumulated(self, v) {
                store(v, scratch(v));
            } else if self.size(v) > LONGEST_LOCAL {
                store(v, Storage::Row);
            }
            for (x, same_row) in self.reads(v) {
                if !same_row || place[&x].0 != place[&v].0 {
                    store(x, Storage::Whole);
                } else if place[&x] != place[&v] || kernel || looked_up(x) {
                    store(x, scratch(x));
                }
            }
        }
        for root in &self.system.roots {
            let base = self.access(root.value).base;
            if self.is_computed(base) {
                store(base, Storage::Whole);
            }
        }
        self.storage = storage;
    }

    /// The sums of outer products of a stage that have the rows of their left side in common with this one, this one among
    /// them: what is packed of that side is packed once.
    pub fn side_by_side(&self, stage: usize, kernel: usize) -> Vec<Value> {
        let kernels = &self.stages[stage].kernels;
        let left = |k: &Kernel| match *k {
            Kernel::Product {
                value,
                form: Product::Rows { a, b, .. },
                ..
            } => Some((value, self.access(a), self.space(a), b)),
            Kernel::Product { .. } | Kernel::Rows { .. } | Kernel::Fold { .. } => None,
        };
        let here = |x: Value| kernels.iter().any(|k| k.values().contains(&self.access(x).base));
        match left(&kernels[kernel]) {
            None => Vec::new(),
            // It waits for what this stage computes.
            Some((value, .., b)) if here(b) => vec![value],
            Some((value, a, space, _)) => {
                let alike = kernels.iter().filter_map(left).filter(|(v, other, of, b)| {
                    (*other, *of) == (a, space) && self.sums_alike(*v, value, space) && !here(*b)
                });
                alike.map(|(v, ..)| v).collect()
            }
        }
    }

    /// Whether two sums over the rows of a space add them up in the same order.
    fn sums_alike(&self, v: Value, other: Value, space: Space) -> bool {
        match space {
            Space::Steps(a) => self.sums_forward(v, a) == self.sums_forward(other, a),
            Space::Once | Space::Examples | Space::Grid(..) => false,
        }
    }

    fn find_packed(&mut self) {
        for s in 0..self.stages.len() {
            for k in 0..self.stages[s].kernels.len() {
                let Kernel::Product {
                    form:
                        Product::Weights {
                            weights,
                            depth,
                            columns,
                            ..
                        },
                    ..
                } = self.stages[s].kernels[k]
                else {
                    continue;
                };
                let at = self.access(weights.value);
                let same = |p: &Packed| {
                    self.access(p.weights.value) == at
                        && p.weights.strides == weights.strides
                        && (p.depth, p.columns) == (depth, columns)
                };
                let index = self.packed.iter().position(same).unwrap_or_else(|| {
                    self.packed.push(Packed {
                        weights,
                        depth,
                        columns,
                        stage: s,
                    });
                    self.packed.len() - 1
                });
                if let Kernel::Product { panels, .. } = &mut self.stages[s].kernels[k] {
                    *panels = Some(index);
                }
            }
        }
    }
}

impl Packed {
    /// What it takes, whole vectors across.
    pub fn numbers(&self) -> usize {
        self.depth * self.columns.next_multiple_of(16)
    }
}

impl Kernel {
    pub fn values(&self) -> Vec<Value> {
        match self {
            Kernel::Rows { ops, .. } => ops.clone(),
            Kernel::Product { value, .. } | Kernel::Fold { value } => vec![*value],
        }
    }
}

/// Whether a value at each step of an axis needs `v`.
fn feeds(system: &System, v: Value, axis: AxisId) -> bool {
    let mut fed = vec![false; system.nodes.len()];
    fed[v.index()] = true;
    loop {
        let mut changed = false;
        for u in system.nodes.ids().filter(|u| !fed[u.index()]).collect::<Vec<_>>() {
            if system.op(u).args().iter().any(|a| fed[a.index()]) {
                if system.ty(u).axes.contains(axis) {
                    return true;
                }
                fed[u.index()] = true;
                changed = true;
            }
        }
        if !changed {
            return false;
        }
    }
}

/// The operations of a region in order.
fn flatten(region: &Region) -> Result<Flat, Unsupported> {
    match region {
        Region::Block { ops, why } => Ok((None, ops.clone(), why.clone())),
        Region::Scan {
            axis,
            direction,
            body,
            linear: _,
            why,
        } => {
            let mut ops = Vec::new();
            for inner in body {
                let (scan, inner, _) = flatten(inner)?;
                if scan.is_some() {
                    return Err(Unsupported {
                        what: "a recurrence within a recurrence".into(),
                        value: inner.first().copied(),
                    });
                }
                ops.extend(inner);
            }
            Ok((Some((*axis, *direction)), ops, why.clone()))
        }
    }
}
