//! A group of row operations in its region: the function of one row, and the loop that calls it with the right rows.

use super::element::number;
use super::group::{self, Input, element_type};
use super::plan::Storage;
use super::prepare::fixed_count;
use super::region::Writer;
use super::space::Space;
use crate::schedule::Direction;
use crate::system::{AxisId, Elem, Op, Value};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// What a loop over rows needs to know of the place it is at.
#[derive(Default)]
struct Uses {
    t: bool,
    j: bool,
    r: bool,
    e: bool,
}

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
        self.rows.extend(quote! {
            #[doc = #doc]
            #[inline]
            #[allow(clippy::too_many_arguments, clippy::needless_range_loop, clippy::manual_memcpy, clippy::approx_constant)]
            fn #function<R: Real>(#parameters) {
                #body
            }
        });
        let written: BTreeSet<Value> = group.outputs.iter().copied().collect();
        let mut uses = Uses::default();
        let mut arguments = Vec::new();
        // Rows of earlier steps of what this loop writes.
        let mut split: BTreeSet<Value> = BTreeSet::new();
        let mut draws = false;
        for input in &group.inputs {
            arguments.push(match *input {
                Input::Row(v) => self.row(v, space, &written, &mut uses, &mut split),
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
            });
        }
        if draws {
            uses.e = true;
            arguments.push(quote!(call.batch.ids[e]));
            arguments.push(match space {
                Space::Steps(_) => {
                    uses.t = true;
                    quote!(t as u64)
                }
                Space::Once | Space::Examples => quote!(0),
            });
        }
        for &v in &group.outputs {
            let (name, n) = (self.buffer(v), self.plan.size(v));
            let place = self.place(v, space, &mut uses);
            arguments.push(if split.contains(&v) {
                let now = format_ident!("{name}_now");
                let forward = matches!(self.stage.scan, Some((_, Direction::Forward)));
                let place = if forward {
                    uses.j = true;
                    quote!(j)
                } else {
                    place
                };
                self.element_or_row_mut(&quote!(#now), &place, n)
            } else {
                self.element_or_row_mut(&quote!(#name), &place, n)
            });
        }
        let call = quote!(#function(#(#arguments),*););
        let splits: TokenStream = split.iter().map(|v| self.split(*v)).collect();
        self.row_loop(space, uses, splits, call)
    }

    /// Parts a buffer between the rows of this step, which are written, and those of the steps before it.
    fn split(&self, v: Value) -> TokenStream {
        let (name, n) = (self.buffer(v), self.plan.size(v));
        let (past, now) = (format_ident!("{name}_past"), format_ident!("{name}_now"));
        match self.stage.scan {
            Some((_, Direction::Forward)) if n == 1 => quote!(let (#past, #now) = #name.split_at_mut(rows.start);),
            Some((_, Direction::Forward)) => quote!(let (#past, #now) = #name.split_at_mut(rows.start * #n);),
            _ if n == 1 => quote!(let (#now, #past) = #name.split_at_mut(rows.end);),
            _ => quote!(let (#now, #past) = #name.split_at_mut(rows.end * #n);),
        }
    }

    /// The `n` elements from `start` on of the row at `place`, of rows of `stride`.
    fn element_or_row(
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
    fn place(&self, base: Value, at: Space, uses: &mut Uses) -> TokenStream {
        match (self.plan.space(base), at) {
            (Space::Once, _) => quote!(0),
            _ if self.kept(base) == Storage::Row => quote!(0),
            (Space::Examples, _) => {
                uses.e = true;
                quote!(e)
            }
            (Space::Steps(a), Space::Steps(b)) if a == b => {
                if self.kept(base) == Storage::Step {
                    uses.j = true;
                    quote!(j)
                } else {
                    uses.r = true;
                    quote!(r)
                }
            }
            (Space::Steps(_), _) => panic!("internal error: rows of one axis in a loop over another"),
        }
    }

    /// The argument for the row of `v`.
    fn row(
        &mut self,
        v: Value,
        at: Space,
        written: &BTreeSet<Value>,
        uses: &mut Uses,
        split: &mut BTreeSet<Value>,
    ) -> TokenStream {
        if self.plan.is_stored(v) && !written.contains(&v) {
            let (slice, start) = self.slice(v);
            let place = self.place(v, at, uses);
            return self.element_or_row(&slice, &place, self.plan.size(v), self.plan.home(v).stride, start);
        }
        if let Op::Shift { x, axis, by, init } = *self.op(v) {
            self.shifted(v, (x, axis, by, init), at, written, uses, split)
        } else {
            self.leaf(v, at, uses)
        }
    }

    fn leaf(&mut self, v: Value, at: Space, uses: &mut Uses) -> TokenStream {
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
                let place = self.place(v, at, uses);
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
            Op::Length(a) => {
                uses.e = true;
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
        uses: &mut Uses,
        split: &mut BTreeSet<Value>,
    ) -> TokenStream {
        let lag = by.unsigned_abs() as usize;
        let n = self.plan.size(v);
        let (inside, row) = if by > 0 {
            uses.t = true;
            (quote!(t >= #lag), quote!(steps.offsets[t - #lag] + j))
        } else {
            uses.t = true;
            uses.j = true;
            (quote!(j < steps.active(t + #lag)), quote!(steps.offsets[t + #lag] + j))
        };
        let a = self.plan.access(x);
        let from = if self.plan.space(a.base) == Space::Steps(axis) {
            uses.j = true;
            let (slice, start) = self.shifted_slice(a.base, written, split);
            let backward = matches!(self.stage.scan, Some((_, Direction::Backward)));
            let row = match split.contains(&self.plan.home(a.base).owner) && backward {
                true => quote!(#row - rows.end),
                false => row,
            };
            let stride = self.plan.home(a.base).stride;
            self.element_or_row(&slice, &row, n, stride, start + a.offset)
        } else {
            self.pointed(x, at, uses)
        };
        let otherwise = match init {
            Some(init) => self.pointed(init, at, uses),
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
    fn pointed(&mut self, x: Value, at: Space, uses: &mut Uses) -> TokenStream {
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
        let place = self.place(a.base, at, uses);
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

    fn row_loop(&self, space: Space, uses: Uses, splits: TokenStream, call: TokenStream) -> TokenStream {
        let axis = match space {
            Space::Once => return quote!({ #splits #call }),
            Space::Examples => return quote!(for e in 0..call.batch.examples() { #call }),
            Space::Steps(a) => a,
        };
        let example = if uses.e {
            quote!(let e = steps.order[j];)
        } else {
            quote!()
        };
        let j = uses.j || uses.e;
        if self.stage.scan.is_some_and(|(a, _)| a == axis) {
            let over = match (j, uses.r) {
                (true, true) => quote!(for (j, r) in rows.clone().enumerate()),
                (true, false) => quote!(for j in 0..rows.len()),
                (false, true) => quote!(for r in rows.clone()),
                (false, false) => quote!(for _ in rows.clone()),
            };
            return quote!({ #splits #over { #example #call } });
        }
        let axis = axis.0 as usize;
        let body = match (j, uses.t) {
            (false, false) => quote!(for r in 0..steps.total() { #call }),
            _ => {
                let over = match (j, uses.r) {
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
