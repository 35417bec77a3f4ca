//! Loops over grids: the places that they visit, and what they add up.

use super::plan::Storage;
use super::region::{Writer, mentioned, mentions};
use super::row_loop::is_inner;
use super::space::Space;
use crate::system::{AxisId, Elem, Fold, Op, Value};
use proc_macro2::TokenStream;
use quote::quote;

impl Writer<'_> {
    pub(super) fn grid_loop(
        &self,
        (outer, inner): (AxisId, AxisId),
        splits: TokenStream,
        call: TokenStream,
    ) -> TokenStream {
        let index = self.plan.grid(outer, inner);
        let scan = self.stage.scan.is_some();
        let lets = |pairs: &[(bool, TokenStream)]| -> TokenStream {
            pairs.iter().filter(|p| p.0).map(|p| p.1.clone()).collect()
        };
        let names = ["u", "c", "g", "s", "lane", "e", "j", "r", "t"];
        let used = mentioned(&call, &names);
        let [u, c, g, s, lane, e, j, r, t] = names.map(|name| used.contains(&name));
        let (g, s, lane) = (g || c, s || u, lane || u);
        let e = e || lane;
        let j = j || e;
        let at_cell = lets(&[
            (u, quote!(let u = inner.offsets[s] + lane;)),
            (c, quote!(let c = g - cells.start;)),
        ]);
        let body = if j || r || s || t && !scan {
            let across = match (s, g) {
                (true, true) => quote!(for (s, g) in (grid.offsets[r]..grid.offsets[r + 1]).enumerate()),
                (true, false) => quote!(for s in 0..grid.offsets[r + 1] - grid.offsets[r]),
                (false, true) => quote!(for g in grid.offsets[r]..grid.offsets[r + 1]),
                (false, false) => quote!(for _ in grid.offsets[r]..grid.offsets[r + 1]),
            };
            let at_row = lets(&[
                (e, quote!(let e = steps.order[j];)),
                (lane, quote!(let lane = grid.slots[e];)),
            ]);
            let rows = match scan {
                true => quote!(rows.clone()),
                false => quote!(steps.rows(t)),
            };
            let over = match j {
                true => quote!(for (j, r) in #rows.enumerate()),
                false => quote!(for r in #rows),
            };
            let body = quote!(#over { #at_row #across { #at_cell #call } });
            match scan {
                true => body,
                false => quote!(for t in 0..steps.steps() { #body }),
            }
        } else {
            let cell = if g { quote!(g) } else { quote!(_) };
            match scan {
                true => quote!(for #cell in cells.clone() { #at_cell #call }),
                false => quote!(for #cell in 0..grid.total() { #at_cell #call }),
            }
        };
        let code = quote!(#splits #body);
        let (outer, inner) = (outer.0 as usize, inner.0 as usize);
        let head = lets(&[
            (true, quote!(let grid = &grids[#index];)),
            (mentions(&code, "cells"), quote!(let cells = grid.cells(&rows);)),
            (
                !scan && mentions(&code, "steps"),
                quote!(let steps = &call.batch.axes[#outer];),
            ),
            (mentions(&code, "inner"), quote!(let inner = &call.batch.axes[#inner];)),
        ]);
        quote!({ #head #code })
    }

    /// Makes the rows of a reduction those of one over nothing: all of them, or those of this step.
    pub(super) fn clear(&mut self, v: Value) -> TokenStream {
        let (name, n) = (self.buffer(v), self.plan.size(v));
        let empty = if let Elem::Index(_) = self.plan.system.ty(v).elem {
            quote!(NOTHING)
        } else if let Op::Reduce { fold: Fold::Max, .. } = self.op(v) {
            quote!(R::NEG_INFINITY)
        } else {
            quote!(R::ZERO)
        };
        let elements = |rows: TokenStream| if n == 1 { rows } else { quote!(#rows * #n) };
        let space = self.plan.space(v);
        let whole = self.kept(v) == Storage::Whole;
        match self.stage.scan {
            Some((axis, _)) if space.is_packed_by(axis) && whole => {
                let (start, end) = (elements(quote!(rows.start)), elements(quote!(rows.end)));
                quote!(#name[#start..#end].fill(#empty);)
            }
            Some((axis, _)) if space.is_packed_by(axis) => {
                let end = elements(quote!(rows.len()));
                quote!(#name[..#end].fill(#empty);)
            }
            // Over the steps of the scan.
            Some(_) => {
                let end = elements(self.row_count(space));
                self.head.extend(quote!(#name[..#end].fill(#empty);));
                quote!()
            }
            None => {
                let end = elements(self.row_count(space));
                quote!(#name[..#end].fill(#empty);)
            }
        }
    }

    /// Whether a row is one that its edge adds up.
    pub(super) fn at_edge(&self, v: Value, at: Space) -> TokenStream {
        let Op::Edge { axis, by, .. } = *self.op(v) else {
            panic!("internal error: an edge that is none");
        };
        self.within(axis, by, at).1
    }

    /// The row of a grid at the mirrored step.
    pub(super) fn turned(&mut self, v: Value, x: Value, axis: AxisId, at: Space) -> TokenStream {
        let a = self.plan.access(x);
        let (slice, start) = self.slice(a.base);
        let row = if is_inner(axis, at) {
            quote!(grid.offsets[r] + inner.lengths[e] - 1 - s)
        } else {
            quote!(grid.offsets[steps.offsets[steps.lengths[e] - 1 - t] + j] + s)
        };
        let stride = self.plan.home(a.base).stride;
        self.element_or_row(&slice, &row, self.plan.size(v), stride, start + a.offset)
    }
}
