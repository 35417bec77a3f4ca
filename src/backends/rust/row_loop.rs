//! A group of row operations in its region: the function of one row, and the loop that calls it with the right rows.

use super::element::number;
use super::group::{self, Input, element_type};
use super::plan::Storage;
use super::prepare::fixed_count;
use super::reductions::is_accumulated;
use super::region::{Writer, mentioned, mentions};
use super::space::Space;
use crate::schedule::Direction;
use crate::system::{AxisId, Elem, Op, Value};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::collections::BTreeSet;

impl Writer<'_> {
    /// A group of row operations: the function of one row, and the loop that calls it.
    pub(super) fn group(&mut self, index: usize, space: Space, ops: &[Value]) -> TokenStream {
        let group = group::lower(self.plan, ops);
        let function = format_ident!("{}_row_{}", self.name, index);
        let (parameters, body) = (&group.parameters, &group.body);
        let names: Vec<String> = ops
            .iter()
            .filter_map(|v| self.plan.system.nodes[*v].origin.name.clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let doc = match names.len() {
            0 => " One row.".to_string(),
            _ => format!(" One row of `{}`.", names.join("`, `")),
        };
        // A row of indices may do without numbers.
        let (generic, chosen) = match (mentions(parameters, "R"), mentions(body, "R")) {
            (true, _) => (quote!(<R: Real>), quote!()),
            (false, true) => (quote!(<R: Real>), quote!(::<R>)),
            (false, false) => (quote!(), quote!()),
        };
        self.rows.extend(quote! {
            #[doc = #doc]
            #[inline]
            #[allow(clippy::too_many_arguments, clippy::needless_range_loop, clippy::manual_memcpy, clippy::approx_constant)]
            fn #function #generic(#parameters) {
                #body
            }
        });
        let written: BTreeSet<Value> = group.outputs.iter().copied().collect();
        let mut arguments = Vec::new();
        // Rows of earlier steps of what this loop writes.
        let mut split: BTreeSet<Value> = BTreeSet::new();
        let mut draws = false;
        for input in &group.inputs {
            arguments.push(match *input {
                Input::Row(v) => self.row(v, space, &written, &mut split),
                Input::Table(v) => {
                    let a = self.plan.access(v);
                    let (slice, start) = self.slice(a.base);
                    let (start, len) = (start + a.offset, self.plan.size(v));
                    quote!(&#slice[#start..][..#len])
                }
                Input::Draw(v) => {
                    draws = true;
                    let Op::Draw { stream } = self.op(v) else {
                        panic!("internal error: a draw that is none");
                    };
                    quote!(Uniform::new(call.draws, #stream))
                }
                Input::Edge(v) => self.at_edge(v, space),
            });
        }
        if draws {
            arguments.push(quote!(call.batch.ids[e]));
            arguments.push(match space {
                Space::Steps(_) => {
                    quote!((steps.start + t) as u64)
                }
                // Row-major over the axes in the model's order.
                Space::Grid(outer, inner) => match outer < inner {
                    true => quote!((t * inner.lengths[e] + s) as u64),
                    false => quote!((s * steps.lengths[e] + t) as u64),
                },
                Space::Once | Space::Examples => quote!(0),
            });
        }
        for &v in &group.outputs {
            let (name, n) = (self.buffer(v), self.plan.size(v));
            let place = self.place(v, space);
            arguments.push(if split.contains(&v) {
                let now = format_ident!("{name}_now");
                let forward = matches!(self.stage.scan, Some((_, Direction::Forward)));
                let place = match self.plan.space(v) {
                    _ if !forward => place,
                    Space::Grid(..) => {
                        quote!(c)
                    }
                    Space::Once | Space::Examples | Space::Steps(_) => {
                        quote!(j)
                    }
                };
                self.element_or_row_mut(&quote!(#now), &place, n)
            } else {
                self.element_or_row_mut(&quote!(#name), &place, n)
            });
        }
        let call = quote!(#function #chosen(#(#arguments),*););
        let accumulated = group.outputs.iter().filter(|v| is_accumulated(self.plan, **v));
        let cleared: TokenStream = accumulated
            .copied()
            .collect::<Vec<_>>()
            .into_iter()
            .map(|v| self.clear(v))
            .collect();
        let splits: TokenStream = split.iter().map(|v| self.split(*v)).collect();
        self.row_loop(space, quote!(#cleared #splits), call)
    }

    /// Whether a shift along an axis leaves its example at the place the loop is at, or the opposite.
    pub(super) fn within(&self, axis: AxisId, by: i32, at: Space) -> (TokenStream, TokenStream) {
        let lag = by.unsigned_abs() as usize;
        match (is_inner(axis, at), by > 0) {
            (false, true) => (quote!(t >= #lag), quote!(t < #lag)),
            (false, false) => (quote!(j < steps.active(t + #lag)), quote!(j >= steps.active(t + #lag))),
            (true, true) => (quote!(s >= #lag), quote!(s < #lag)),
            (true, false) => (
                quote!(s + #lag < inner.lengths[e]),
                quote!(s + #lag >= inner.lengths[e]),
            ),
        }
    }

    /// Parts a buffer between the rows of this step, which are written, and those of the steps before it.
    fn split(&self, v: Value) -> TokenStream {
        let (name, n) = (self.buffer(v), self.plan.size(v));
        let (past, now) = (format_ident!("{name}_past"), format_ident!("{name}_now"));
        let range = match self.plan.space(v) {
            Space::Grid(..) => quote!(cells),
            Space::Once | Space::Examples | Space::Steps(_) => quote!(rows),
        };
        let elements = |rows: TokenStream| if n == 1 { rows } else { quote!(#rows * #n) };
        match self.stage.scan {
            Some((_, Direction::Forward)) => {
                let at = elements(quote!(#range.start));
                quote!(let (#past, #now) = #name.split_at_mut(#at);)
            }
            _ => {
                let at = elements(quote!(#range.end));
                quote!(let (#now, #past) = #name.split_at_mut(#at);)
            }
        }
    }

    /// The `n` elements from `start` on of the row at `place`, of rows of `stride`.
    pub(super) fn element_or_row(
        &self,
        slice: &TokenStream,
        place: &TokenStream,
        n: usize,
        stride: usize,
        start: usize,
    ) -> TokenStream {
        let simple = place.clone().into_iter().count() == 1;
        let product = match stride {
            _ if place.to_string() == "0" && n == 1 => return quote!(#slice[#start]),
            _ if place.to_string() == "0" => return quote!(slot(#slice, #start)),
            1 => place.clone(),
            _ if simple => quote!(#place * #stride),
            _ => quote!((#place) * #stride),
        };
        match (n, stride, start) {
            (1, 1, 0) => quote!(#slice[#place]),
            (1, _, 0) => quote!(#slice[#product]),
            (1, ..) => quote!(#slice[#product + #start]),
            (_, _, 0) if n == stride => quote!(row(#slice, #place)),
            (_, _, 0) => quote!(slot(#slice, #product)),
            _ => quote!(slot(#slice, #product + #start)),
        }
    }

    fn element_or_row_mut(&self, slice: &TokenStream, place: &TokenStream, n: usize) -> TokenStream {
        match n {
            1 => quote!(&mut #slice[#place]),
            _ => quote!(row_mut(#slice, #place)),
        }
    }

    /// The row of a value that belongs to the row the loop is at.
    fn place(&self, base: Value, at: Space) -> TokenStream {
        // The copy under a second name: its rows are packed alike.
        let is_second_name = |a, at| matches!(at, Space::Steps(b) if self.plan.system.alike(a, b));
        match (self.plan.space(base), at) {
            (Space::Once, _) => quote!(0),
            _ if self.kept(base) == Storage::Row => quote!(0),
            (Space::Examples, _) => {
                quote!(e)
            }
            (Space::Steps(a), Space::Steps(b) | Space::Grid(b, _)) if a == b || is_second_name(a, at) => {
                if self.kept(base) == Storage::Step {
                    quote!(j)
                } else {
                    quote!(r)
                }
            }
            (Space::Steps(a), Space::Grid(_, b)) if a == b => {
                quote!(u)
            }
            (Space::Grid(..), Space::Grid(..)) if self.kept(base) == Storage::Step => {
                quote!(c)
            }
            (Space::Grid(..), Space::Grid(..)) => {
                quote!(g)
            }
            (Space::Steps(_) | Space::Grid(..), _) => panic!("internal error: rows of one axis in a loop over another"),
        }
    }

    /// The argument for the row of `v`.
    fn row(&mut self, v: Value, at: Space, written: &BTreeSet<Value>, split: &mut BTreeSet<Value>) -> TokenStream {
        if self.plan.is_stored(v) && !written.contains(&v) {
            let (slice, start) = self.slice(v);
            let place = self.place(v, at);
            return self.element_or_row(&slice, &place, self.plan.size(v), self.plan.home(v).stride, start);
        }
        if let Op::Shift { x, axis, by, init } = *self.op(v) {
            self.shifted(v, (x, axis, by, init), at, written, split)
        } else if let Op::Reverse { x, axis } = *self.op(v) {
            self.turned(v, x, axis, at)
        } else {
            self.leaf(v, at)
        }
    }

    fn leaf(&mut self, v: Value, at: Space) -> TokenStream {
        let n = self.plan.size(v);
        match self.op(v) {
            Op::Param(_) => {
                let (slice, start) = self.slice(v);
                match n {
                    1 => quote!(#slice[#start]),
                    _ => quote!(slot(#slice, #start)),
                }
            }
            Op::Data(_) => {
                let (slice, _) = self.slice(v);
                let name = self.buffer(v);
                self.constants
                    .entry(name.to_string())
                    .or_insert_with(|| (name.clone(), quote!(let #name = #slice;)));
                let place = self.place(v, at);
                self.element_or_row(&quote!(#name), &place, n, n, 0)
            }
            Op::Count(axes) if !axes.contains(AxisId::BATCH) => {
                number(fixed_count(&self.plan.system, *axes).expect("internal error: a count was not checked") as f64)
            }
            Op::Count(axes) => {
                let axes: Vec<usize> = axes.without(AxisId::BATCH).iter().map(|a| a.0 as usize).collect();
                let name = self.buffer(v);
                let code = quote!(let #name = R::of(call.batch.count(&[#(#axes),*]) as f64););
                self.constants
                    .entry(name.to_string())
                    .or_insert_with(|| (name.clone(), code));
                quote!(#name)
            }
            Op::Position(a) if is_inner(*a, at) => {
                quote!(R::of((s + 1) as f64))
            }
            Op::Position(_) => {
                quote!(R::of((steps.start + t + 1) as f64))
            }
            Op::Length(a) => {
                let a = a.0 as usize;
                quote!(R::of(call.batch.axes[#a].lengths[e] as f64))
            }
            op => panic!("internal error: {op:?} is not in memory"),
        }
    }

    /// The row that a shift points to, or its init.
    fn shifted(
        &mut self,
        v: Value,
        (x, axis, by, init): (Value, AxisId, i32, Option<Value>),
        at: Space,
        written: &BTreeSet<Value>,
        split: &mut BTreeSet<Value>,
    ) -> TokenStream {
        let lag = by.unsigned_abs() as usize;
        let n = self.plan.size(v);
        let (inside, _) = self.within(axis, by, at);
        let a = self.plan.access(x);
        let space = self.plan.space(a.base);
        let from = if space.axes().contains(axis) {
            let (slice, start) = self.shifted_slice(a.base, written, split);
            let backward = matches!(self.stage.scan, Some((_, Direction::Backward)));
            let past = split.contains(&self.plan.home(a.base).owner) && backward;
            let sign = if by > 0 { quote!(-) } else { quote!(+) };
            let row = match (space, is_inner(axis, at)) {
                (Space::Grid(..), true) => {
                    quote!(g #sign #lag)
                }
                (_, true) => {
                    quote!(inner.offsets[s #sign #lag] + lane)
                }
                (Space::Grid(..), false) => {
                    let row = quote!(grid.offsets[steps.offsets[t #sign #lag] + j] + s);
                    if past { quote!(#row - cells.end) } else { row }
                }
                (_, false) => {
                    let row = quote!(steps.offsets[t #sign #lag] + j);
                    if past { quote!(#row - rows.end) } else { row }
                }
            };
            let stride = self.plan.home(a.base).stride;
            self.element_or_row(&slice, &row, n, stride, start + a.offset)
        } else {
            self.pointed(x, at)
        };
        let otherwise = match init {
            Some(init) => self.pointed(init, at),
            None => match self.plan.system.ty(v).elem {
                Elem::Index(_) => quote!(NOTHING),
                Elem::Real | Elem::Bit => self.constant(0.0, n, element_type(self.plan, v)),
            },
        };
        quote!(if #inside { #from } else { #otherwise })
    }

    fn shifted_slice(
        &mut self,
        base: Value,
        written: &BTreeSet<Value>,
        split: &mut BTreeSet<Value>,
    ) -> (TokenStream, usize) {
        let home = self.plan.home(base);
        if written.contains(&home.owner) {
            split.insert(home.owner);
            let past = format_ident!("{}_past", self.plan.names[&home.owner]);
            return (quote!(#past), home.offset);
        }
        if let (Op::Data(_), false) = (self.op(base), self.plan.is_stored(base)) {
            let (slice, _) = self.slice(base);
            let name = self.buffer(base);
            self.constants
                .entry(name.to_string())
                .or_insert_with(|| (name.clone(), quote!(let #name = #slice;)));
            return (quote!(#name), 0);
        }
        self.slice(base)
    }

    /// The row of an init, or of what a shift of a value without its axis reads: a number, or rows with fewer axes.
    fn pointed(&mut self, x: Value, at: Space) -> TokenStream {
        let n = self.plan.size(x);
        let a = self.plan.access(x);
        if let (Op::Const(c), false) = (self.op(a.base).clone(), self.plan.is_stored(a.base)) {
            return match self.plan.system.ty(x).elem {
                Elem::Index(_) => {
                    let c = c as u32;
                    quote!(#c)
                }
                Elem::Real | Elem::Bit => self.constant(c, n, quote!(R)),
            };
        }
        let (slice, start) = self.slice(a.base);
        let (stride, start) = (self.plan.home(a.base).stride, start + a.offset);
        let place = self.place(a.base, at);
        self.element_or_row(&slice, &place, n, stride, start)
    }

    /// A row of one number, made before the loop.
    fn constant(&mut self, c: f64, n: usize, ty: TokenStream) -> TokenStream {
        let value = number(c);
        if n == 1 {
            return value;
        }
        let count = self.constants.len();
        let (name, _) = self.constants.entry(format!("{c} {n}")).or_insert_with(|| {
            let name = format_ident!("constant_row_{}", count);
            (name.clone(), quote!(let #name: [#ty; #n] = [#value; #n];))
        });
        quote!(&#name)
    }

    /// The loop over the rows of a space. Of the place it is at it names what the call mentions: the step `t`, the row `j`
    /// within the step, the row `r` and the example `e`. In a grid these are of the outer axis; of the inner one there are
    /// the step `s`, the row `u` and the example's row `lane` in each step; `g` is the row of the grid, and `c` the same
    /// counted from the first of the outer step.
    fn row_loop(&self, space: Space, splits: TokenStream, call: TokenStream) -> TokenStream {
        let axis = match space {
            Space::Once => return quote!({ #splits #call }),
            Space::Examples => return quote!({ #splits for e in 0..call.batch.examples() { #call } }),
            Space::Steps(a) => a,
            Space::Grid(outer, inner) => return self.grid_loop((outer, inner), splits, call),
        };
        let used = mentioned(&call, &["t", "j", "r", "e"]);
        let [t, j, r, e] = ["t", "j", "r", "e"].map(|name| used.contains(&name));
        let example = if e { quote!(let e = steps.order[j];) } else { quote!() };
        let j = j || e;
        if self.stage.scan.is_some_and(|(a, _)| a == axis) {
            let over = match (j, r) {
                (true, true) => quote!(for (j, r) in rows.clone().enumerate()),
                (true, false) => quote!(for j in 0..rows.len()),
                (false, true) => quote!(for r in rows.clone()),
                (false, false) => quote!(for _ in rows.clone()),
            };
            return quote!({ #splits #over { #example #call } });
        }
        let axis = axis.0 as usize;
        let body = match (j, t) {
            (false, false) => quote!(for r in 0..steps.total() { #call }),
            _ => {
                let over = match (j, r) {
                    (true, true) => quote!(for (j, r) in steps.rows(t).enumerate()),
                    (true, false) => quote!(for j in 0..steps.active(t)),
                    (false, _) => quote!(for r in steps.rows(t)),
                };
                quote!(for t in 0..steps.steps() { #over { #example #call } })
            }
        };
        quote!({ let steps = &call.batch.axes[#axis]; #body })
    }
}

/// Whether an axis is the inner one of a grid.
pub(super) fn is_inner(axis: AxisId, at: Space) -> bool {
    matches!(at, Space::Grid(_, inner) if inner == axis)
}
