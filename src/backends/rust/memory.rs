//! Where stored values lie: parts of a concatenation within it, and values that are never needed at the same time in
//! one buffer.

use super::access::Access;
use super::plan::{Kernel, Plan, Storage};
use super::space::Space;
use crate::system::{AxisId, Elem, Op, System, Value};
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::BTreeMap;

/// The memory of a value: from `offset` on in each row, of `stride` elements, of what `owner` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    pub owner: Value,
    pub stride: usize,
    pub offset: usize,
}

/// Gives parts of a stored concatenation no memory of their own, where both are computed in the same loop.
pub fn find_homes(plan: &mut Plan) {
    let mut homes = BTreeMap::new();
    for kernel in plan.stages.iter().flat_map(|s| &s.kernels) {
        let Kernel::Rows { ops, .. } = kernel else {
            continue;
        };
        for &c in ops {
            let (Op::Concat(parts), Some(_)) = (plan.system.op(c), plan.storage.get(&c)) else {
                continue;
            };
            let mut offset = 0;
            for &p in parts {
                let n = plan.size(p);
                let at = plan.access(p);
                let whole =
                    at == Access {
                        base: at.base,
                        offset: 0,
                        broadcast: false,
                    } && n == plan.size(at.base);
                if whole
                    && n > 1
                    && ops.contains(&at.base)
                    && plan.storage.contains_key(&at.base)
                    && is_loop(plan, at.base)
                {
                    let home = Home {
                        owner: c,
                        stride: plan.size(c),
                        offset,
                    };
                    homes.entry(at.base).or_insert(home);
                }
                offset += n;
            }
        }
    }
    for (part, home) in &homes {
        if let (Some(part), Some(whole)) = (plan.storage.remove(part), plan.storage.get_mut(&home.owner)) {
            *whole = part.max(*whole);
        }
    }
    plan.homes = homes;
}

/// A part that is itself a concatenation would need its own array.
fn is_loop(plan: &Plan, v: Value) -> bool {
    matches!(
        plan.system.op(v),
        Op::Unary(..) | Op::Binary(..) | Op::Select { .. } | Op::Place { .. } | Op::OneHot(_)
    )
}

/// Lets values share a buffer whose lives, counted in regions, do not touch: the widest first, each in the narrowest buffer
/// for rows of its kind that is free while it lives. A narrower value has its rows in the buffer's first part.
pub fn share_buffers(plan: &mut Plan) {
    let lives = plan.lives();
    let mut widest_first: Vec<Value> = lives.keys().copied().collect();
    widest_first.sort_by_key(|v| (std::cmp::Reverse(plan.size(*v)), lives[v].0, *v));
    // The buffers of one kind, each by what it holds, the widest first.
    let mut all: BTreeMap<(Space, bool), Vec<Vec<Value>>> = BTreeMap::new();
    for v in widest_first {
        let (start, end) = lives[&v];
        let index = matches!(plan.system.ty(v).elem, Elem::Index(_));
        // The rows of a step are few: sharing them is not worth a name. Sums go on from segment to segment.
        if plan.storage[&v] != Storage::Whole || plan.cut.is_some() && end == usize::MAX {
            continue;
        }
        let buffers = all.entry((plan.space(v), index)).or_default();
        let apart = |u: &Value| lives[u].1 < start || end < lives[u].0;
        match buffers.iter_mut().rev().find(|held| held.iter().all(apart)) {
            Some(held) => {
                plan.shared.insert(v, held[0]);
                held.push(v);
            }
            None => buffers.push(vec![v]),
        }
    }
}

impl Plan {
    /// For each stored value the stage that first writes it and the last that reads it; `usize::MAX` of a result.
    pub fn lives(&self) -> BTreeMap<Value, (usize, usize)> {
        let mut lives: BTreeMap<Value, (usize, usize)> = BTreeMap::new();
        for (s, stage) in self.stages.iter().enumerate() {
            for v in stage.kernels.iter().flat_map(|k| k.values()) {
                if self.storage.contains_key(&v) {
                    lives.entry(v).or_insert((s, s));
                }
                for (x, _) in self.reads(v) {
                    if let Some(life) = lives.get_mut(&self.home(x).owner) {
                        life.1 = life.1.max(s);
                    }
                }
            }
        }
        for root in &self.system.roots {
            if let Some(life) = lives.get_mut(&self.home(self.access(root.value).base).owner) {
                life.1 = usize::MAX;
            }
        }
        lives
    }

    /// Whether a value has memory: its own, or within a concatenation.
    pub fn is_stored(&self, v: Value) -> bool {
        self.storage.contains_key(&v) || self.homes.contains_key(&v)
    }

    pub fn home(&self, v: Value) -> Home {
        let own = Home {
            owner: v,
            stride: self.size(v),
            offset: 0,
        };
        self.homes.get(&v).copied().unwrap_or(own)
    }

    /// The value whose buffer this one is held in.
    pub fn buffer_of(&self, v: Value) -> Value {
        self.shared.get(&v).copied().unwrap_or(v)
    }

    /// Every buffer, by the widest value that it holds.
    pub fn buffers(&self) -> impl Iterator<Item = (Value, Storage)> {
        let own = self.storage.iter().filter(|(v, _)| !self.shared.contains_key(v));
        own.map(|(v, s)| (*v, *s))
    }
}

/// How much memory a plan takes: numbers and indices by the rows there are one for each of.
#[derive(Clone, Debug, Default)]
pub struct Footprint {
    rows: BTreeMap<Rows, (usize, usize)>,
}

/// What there is a row for each of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rows {
    Once,
    Examples,
    /// Of all steps along an axis, or of the first.
    Steps(AxisId),
    Step(AxisId),
    Cells(AxisId, AxisId),
    /// The states between segments: of each example.
    States,
}

impl Rows {
    pub fn of(space: Space, storage: Storage) -> Rows {
        match (space, storage) {
            (Space::Once, _) | (_, Storage::Row) => Rows::Once,
            (Space::Examples, _) => Rows::Examples,
            (Space::Steps(a), Storage::Whole) => Rows::Steps(a),
            (Space::Steps(a), Storage::Step) => Rows::Step(a),
            // Of one step of the outer axis there is a row for each step of the inner one.
            (Space::Grid(_, inner), Storage::Step) => Rows::Steps(inner),
            (Space::Grid(outer, inner), Storage::Whole) => Rows::Cells(outer, inner),
        }
    }

    /// In words. A part that is cut has `cut` steps in a segment.
    pub fn words(self, system: &System, cut: Option<AxisId>) -> String {
        let name = |a: AxisId| &system.axis_info(a).name;
        match self {
            Rows::Once => "once".into(),
            Rows::Examples => "each example".into(),
            Rows::Steps(a) if cut == Some(a) => format!("each step of {} in a segment", name(a)),
            Rows::Steps(a) => format!("each step of {}", name(a)),
            Rows::Step(a) => format!("each example that has steps of {}", name(a)),
            Rows::Cells(a, b) => format!("each step of {} and {}", name(a), name(b)),
            Rows::States => "each segment of an example".into(),
        }
    }
}

impl Footprint {
    pub fn of(plan: &Plan) -> Footprint {
        let mut all = Footprint::default();
        for (v, storage) in plan.buffers() {
            all.at(Rows::of(plan.space(v), storage), plan.size(v), plan.system.ty(v).elem);
        }
        for p in &plan.packed {
            all.at(Rows::Once, p.numbers(), Elem::Real);
        }
        all
    }

    /// A value's rows.
    pub fn count(&mut self, space: Space, size: usize, elem: Elem) {
        let rows = match space {
            Space::Once => Rows::Once,
            Space::Examples => Rows::Examples,
            Space::Steps(a) => Rows::Steps(a),
            Space::Grid(outer, inner) => Rows::Cells(outer, inner),
        };
        self.at(rows, size, elem);
    }

    /// A value that is kept for every segment.
    pub fn states(&mut self, size: usize, elem: Elem) {
        self.at(Rows::States, size, elem);
    }

    fn at(&mut self, rows: Rows, size: usize, elem: Elem) {
        let (numbers, indices) = self.rows.entry(rows).or_default();
        match elem {
            Elem::Index(_) => *indices += size,
            Elem::Real | Elem::Bit => *numbers += size,
        }
    }

    pub fn add(&mut self, other: &Footprint) {
        for (rows, (numbers, indices)) in &other.rows {
            let sum = self.rows.entry(*rows).or_default();
            *sum = (sum.0 + numbers, sum.1 + indices);
        }
    }

    /// In words: bytes in f32, and what there are so many for each of. A part that is cut has `cut` steps in a segment.
    pub fn terms(&self, system: &System, cut: Option<AxisId>) -> Vec<(String, usize)> {
        let terms = self.rows.iter();
        terms
            .map(|(rows, (numbers, indices))| (rows.words(system, cut), 4 * (numbers + indices)))
            .collect()
    }

    /// The bytes for `batch`, as an expression; along an axis that is cut, of
    /// `rows` in a segment, of which there are `count`.
    pub fn code(&self, cut: Option<AxisId>) -> TokenStream {
        let terms = self.rows.iter().map(|(rows, (numbers, indices))| {
            let times = match *rows {
                Rows::Once => quote!(1),
                Rows::Examples => quote!(batch.examples()),
                Rows::Steps(a) if cut == Some(a) => quote!(rows),
                Rows::Steps(a) => {
                    let a = a.0 as usize;
                    quote!(batch.axes[#a].total())
                }
                Rows::Step(a) => {
                    let a = a.0 as usize;
                    quote!(batch.axes[#a].active(0))
                }
                Rows::Cells(outer, inner) => {
                    let (outer, inner) = (outer.0 as usize, inner.0 as usize);
                    quote!(batch.cells(#outer, #inner))
                }
                Rows::States => quote!(count * batch.examples()),
            };
            match (numbers, indices) {
                (n, 0) => quote!(#times * #n * real_bytes),
                (0, i) => quote!(#times * #i * index_bytes),
                (n, i) => quote!(#times * (#n * real_bytes + #i * index_bytes)),
            }
        });
        let terms: Vec<TokenStream> = terms.collect();
        match terms.is_empty() {
            true => quote!(0),
            false => quote!(#(#terms)+*),
        }
    }
}
