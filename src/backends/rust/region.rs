//! One region as a function: its kernels in order, within a loop over steps where it is a recurrence.

use super::plan::{Kernel, Plan, Stage, Storage};
use super::product::{Operand, Product};
use super::space::Space;
use crate::schedule::Direction;
use crate::system::{AxisId, Elem, Fold, Op, Value};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};
use std::collections::{BTreeMap, BTreeSet};

/// The functions of one region.
pub struct RegionCode {
    pub name: Ident,
    pub functions: TokenStream,
}

pub(super) struct Writer<'a> {
    pub(super) plan: &'a Plan,
    pub(super) stage: &'a Stage,
    pub(super) name: String,
    /// Before the loop over steps.
    pub(super) head: TokenStream,
    pub(super) rows: TokenStream,
    /// Constant rows that shifts point to.
    pub(super) constants: BTreeMap<String, (Ident, TokenStream)>,
}

pub fn region(plan: &Plan, index: usize, name: &str, workspace: &Ident) -> RegionCode {
    let stage = &plan.stages[index];
    let mut w = Writer {
        plan,
        stage,
        name: name.into(),
        head: TokenStream::new(),
        rows: TokenStream::new(),
        constants: BTreeMap::new(),
    };
    let mut body = TokenStream::new();
    for (k, kernel) in stage.kernels.iter().enumerate() {
        let code = match kernel {
            Kernel::Rows { space, ops } => w.group(k, *space, ops),
            Kernel::Product { value, form, panels } => w.product(index, k, *value, *form, *panels),
            Kernel::Fold { value } => w.fold(*value),
        };
        body.extend(code);
    }
    let head = std::mem::take(&mut w.head);
    let constants: TokenStream = w.constants.values().map(|c| c.1.clone()).collect();
    let steps = match stage.scan {
        None => quote!(#head #constants #body),
        Some((axis, direction)) => {
            let axis = axis.0 as usize;
            let range = match direction {
                Direction::Forward => quote!(0..steps.steps()),
                Direction::Backward => quote!((0..steps.steps()).rev()),
            };
            quote! {
                let steps = &call.batch.axes[#axis];
                #head
                #constants
                for t in #range {
                    let rows = steps.rows(t);
                    #body
                }
            }
        }
    };
    let fields = w.fields(&steps);
    let call = if mentions(&steps, "call") {
        quote!(call)
    } else {
        quote!(_)
    };
    let function = format_ident!("{name}");
    let unpack = if fields.is_empty() {
        quote!()
    } else {
        quote!(let #workspace { #(#fields,)* .. } = w;)
    };
    let workspace_name = if fields.is_empty() { quote!(_) } else { quote!(w) };
    let why = format!(" {}", stage.why);
    let rows = &w.rows;
    let functions = quote! {
        #rows
        #[doc = #why]
        #[allow(clippy::needless_range_loop)]
        fn #function<R: Real>(#call: Call<'_, R>, #workspace_name: &mut #workspace<R>) {
            #unpack
            #steps
        }
    };
    RegionCode {
        name: function,
        functions,
    }
}

/// Whether a name stands anywhere in the code, but for methods and fields.
pub fn mentions(code: &TokenStream, name: &str) -> bool {
    identifiers(code).contains(name)
}

/// Those of the names that stand anywhere in the code: reads it once.
pub fn mentioned<'n>(code: &TokenStream, names: &[&'n str]) -> Vec<&'n str> {
    let used = identifiers(code);
    names.iter().copied().filter(|n| used.contains(*n)).collect()
}

fn identifiers(code: &TokenStream) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let mut stack = vec![code.clone()];
    while let Some(code) = stack.pop() {
        // One dot comes before a method or a field, two before the end of a range.
        let mut dots = 0;
        for tree in code {
            let dot = matches!(&tree, TokenTree::Punct(p) if p.as_char() == '.');
            match tree {
                TokenTree::Ident(i) if dots != 1 => {
                    out.insert(i.to_string());
                }
                TokenTree::Group(g) => stack.push(g.stream()),
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            dots = if dot { dots + 1 } else { 0 };
        }
    }
    out
}

pub fn panels_name(plan: &Plan, index: usize) -> Ident {
    let base = plan.access(plan.packed[index].weights.value).base;
    format_ident!("{}_panels_{}", plan.names[&base], index)
}

impl Writer<'_> {
    /// The buffers of the workspace that the code reads or writes, each under the name of the value it holds here.
    fn fields(&self, code: &TokenStream) -> Vec<TokenStream> {
        let used = identifiers(code);
        let mut out = Vec::new();
        for v in self.plan.storage.keys() {
            let (name, field) = (self.buffer(*v), self.buffer(self.plan.buffer_of(*v)));
            if used.contains(&name.to_string()) {
                out.push(if name == field {
                    quote!(#name)
                } else {
                    quote!(#field: #name)
                });
            }
        }
        let panels = (0..self.plan.packed.len()).map(|i| panels_name(self.plan, i));
        let others = panels.chain([
            format_ident!("scratch"),
            format_ident!("pair_scratch"),
            format_ident!("grids"),
        ]);
        out.extend(others.filter(|f| used.contains(&f.to_string())).map(|f| quote!(#f)));
        out
    }

    pub(super) fn buffer(&self, v: Value) -> Ident {
        format_ident!("{}", self.plan.names[&v])
    }

    pub(super) fn op(&self, v: Value) -> &Op {
        self.plan.system.op(v)
    }

    /// Where the rows of a stored value or of a leaf are, as a slice, with the element that row 0 starts at.
    pub(super) fn slice(&self, base: Value) -> (TokenStream, usize) {
        match self.op(base) {
            _ if self.plan.is_stored(base) => {
                let home = self.plan.home(base);
                let name = self.buffer(home.owner);
                (quote!(#name), home.offset)
            }
            Op::Param(p) => (quote!(call.params), offset_of(self.plan, p.index())),
            Op::Data(d) => {
                let i = d.index();
                match self.plan.system.ty(base).elem {
                    Elem::Index(_) => (quote!(index_column(&call.batch.columns[#i])), 0),
                    Elem::Real | Elem::Bit => (quote!(column(&call.batch.columns[#i])), 0),
                }
            }
            op => panic!("internal error: {op:?} has no rows in memory"),
        }
    }

    /// A matrix of rows: those of the current step, or all.
    fn rows_of(&self, x: Value) -> TokenStream {
        let a = self.plan.access(x);
        let (slice, start) = self.slice(a.base);
        let stride = self.plan.home(a.base).stride;
        let start = start + a.offset;
        let view = quote!(View::new(#slice, #stride, 1));
        let row = match self.row_start(a.base) {
            None if start == 0 => return view,
            None => quote!(0),
            Some(row) => row,
        };
        quote!(#view.at(#row, #start))
    }

    /// The first row of the current step in a value's memory.
    fn row_start(&self, base: Value) -> Option<TokenStream> {
        let (axis, _) = self.stage.scan?;
        if self.kept(base) != Storage::Whole {
            return None;
        }
        match self.plan.space(base) {
            Space::Steps(a) if a == axis => Some(quote!(rows.start)),
            Space::Grid(outer, inner) if outer == axis => {
                let index = self.plan.grid(outer, inner);
                Some(quote!(grids[#index].offsets[rows.start]))
            }
            Space::Once | Space::Examples | Space::Steps(_) | Space::Grid(..) => None,
        }
    }

    /// How long a value is kept; an input always.
    pub(super) fn kept(&self, base: Value) -> Storage {
        let storage = self.plan.storage.get(&self.plan.home(base).owner);
        storage.copied().unwrap_or(Storage::Whole)
    }

    /// How many rows there are to work on.
    pub(super) fn row_count(&self, space: Space) -> TokenStream {
        match space {
            Space::Once => quote!(1),
            Space::Examples => quote!(call.batch.examples()),
            Space::Steps(a) if self.stage.scan.is_some_and(|(s, _)| s == a) => quote!(rows.len()),
            Space::Steps(a) => {
                let a = a.0 as usize;
                quote!(call.batch.axes[#a].total())
            }
            Space::Grid(outer, inner) => {
                let index = self.plan.grid(outer, inner);
                match self.stage.scan {
                    Some((axis, _)) if axis == outer => quote!(grids[#index].cells(&rows).len()),
                    _ => quote!(grids[#index].total()),
                }
            }
        }
    }

    fn operand(&self, o: Operand) -> TokenStream {
        let a = self.plan.access(o.value);
        let (slice, start) = self.slice(a.base);
        let start = start + a.offset;
        let (i, j) = o.strides;
        if start == 0 {
            quote!(View::new(#slice, #i, #j))
        } else {
            quote!(View::new(&#slice[#start..], #i, #j))
        }
    }

    fn product(&mut self, stage: usize, kernel: usize, v: Value, form: Product, panels: Option<usize>) -> TokenStream {
        let out = self.buffer(v);
        match form {
            Product::Weights { x, columns, .. } => {
                let index = panels.expect("internal error: weights that are not packed");
                let packed = self.plan.packed[index];
                let name = panels_name(self.plan, index);
                let mut code = TokenStream::new();
                let first = |k: &Kernel| matches!(k, Kernel::Product { panels, .. } if *panels == Some(index));
                if packed.stage == stage && self.stage.kernels.iter().position(first) == Some(kernel) {
                    let weights = self.operand(packed.weights);
                    let (depth, columns) = (packed.depth, packed.columns);
                    let pack = quote!(#name.pack(#weights, #depth, #columns););
                    match self.stage.scan {
                        Some(_) => self.head.extend(pack),
                        None => code.extend(pack),
                    }
                }
                let count = self.row_count(self.plan.space(v));
                let x = self.rows_of(x);
                let to = match self.row_start(v) {
                    Some(row) if columns == 1 => quote!(&mut #out[#row..]),
                    Some(row) => quote!(&mut #out[#row * #columns..]),
                    None => quote!(#out),
                };
                quote!(#code #name.product(#count, #x, #to, #columns, false);)
            }
            Product::Rows { a, b, left, right } => {
                let space = self.plan.space(a);
                let Some((steps, way, add)) = self.all_steps(v, space) else {
                    let count = self.row_count(space);
                    let (a, b) = (self.rows_of(a), self.rows_of(b));
                    return quote!(product(scratch, (#left, #right, #count), #a.transposed(), #b, #out, false););
                };
                let together = self.plan.side_by_side(stage, kernel);
                if together[0] != v {
                    return quote!();
                }
                let a = self.rows_of(a);
                let outers = together.iter().map(|v| {
                    let Some(Kernel::Product {
                        form: Product::Rows { b, right, .. },
                        ..
                    }) = self.plan.kernel_of(*v)
                    else {
                        panic!("internal error: a product of another form");
                    };
                    let (b, out) = (self.rows_of(b), self.buffer(*v));
                    quote!(Outer::new(#b, #right, #out))
                });
                quote!(outer_products(scratch, (#steps, #way), #left, #a, &mut [#(#outers),*], #add);)
            }
            Product::Once {
                a,
                b,
                rows,
                columns,
                depth,
            } => {
                let (a, b) = (self.operand(a), self.operand(b));
                quote!(product(scratch, (#rows, #columns, #depth), #a, #b, #out, false);)
            }
            Product::Scores {
                outer,
                inner,
                depth,
                axes,
            } => {
                let (pairs, outer, inner) = (self.pairs(axes), self.rows_of(outer), self.rows_of(inner));
                quote!(#pairs.scores(pair_scratch, #depth, #outer, #inner, #out);)
            }
            Product::Weighed {
                weights,
                rows,
                width,
                axes,
                over_inner,
            } => {
                let (pairs, weights, rows) = (self.pairs(axes), self.rows_of(weights), self.rows_of(rows));
                match over_inner {
                    true => quote!(#pairs.over_inner(pair_scratch, #width, #weights, #rows, #out);),
                    false => quote!(#pairs.over_outer(pair_scratch, #width, #weights, #rows, #out);),
                }
            }
        }
    }

    /// Of a sum over all steps of a sequence: these, in what order they are added up, and whether on top of what was
    /// added before.
    fn all_steps(&self, v: Value, space: Space) -> Option<(TokenStream, TokenStream, TokenStream)> {
        let Space::Steps(a) = space else {
            return None;
        };
        let axis = a.0 as usize;
        let way = match self.plan.sums_forward(v, a) {
            true => quote!(Way::Forward),
            false => quote!(Way::Backward),
        };
        Some((quote!(&call.batch.axes[#axis]), way, self.add(a)))
    }

    /// Whether a sum along an axis goes on from the segment before.
    fn add(&self, axis: AxisId) -> TokenStream {
        match self.plan.cut == Some(axis) {
            true => quote!(call.add),
            false => quote!(false),
        }
    }

    fn pairs(&self, (outer, inner): (AxisId, AxisId)) -> TokenStream {
        let grid = self.plan.grid(outer, inner);
        let (outer, inner) = (outer.0 as usize, inner.0 as usize);
        quote!(Pairs { outer: &call.batch.axes[#outer], inner: &call.batch.axes[#inner], grid: &grids[#grid] })
    }

    fn fold(&mut self, v: Value) -> TokenStream {
        let out = self.buffer(v);
        let width = self.plan.size(v);
        let axis = |a: AxisId| {
            let a = a.0 as usize;
            quote!(&call.batch.axes[#a])
        };
        match self.op(v).clone() {
            Op::Reduce { fold, x, axes } => {
                let space = self.plan.space(x);
                let rows = self.rows_of(x);
                match (self.all_steps(v, space), axes == space.axes(), fold) {
                    (Some((steps, way, add)), true, Fold::Sum) => {
                        quote!(sum_all(#steps, #way, #rows, &mut #out[..#width], #add);)
                    }
                    (Some((steps, _, add)), true, Fold::Max) => {
                        quote!(max_all(#steps, #rows, &mut #out[..#width], #add);)
                    }
                    (Some((steps, way, add)), false, Fold::Sum) => {
                        quote!(sum_steps(#steps, #way, #rows, #width, #out, #add);)
                    }
                    (Some((steps, _, add)), false, Fold::Max) => {
                        quote!(max_steps(#steps, #rows, #width, #out, #add);)
                    }
                    (None, true, _) => {
                        let f = match fold {
                            Fold::Sum => quote!(sum_rows),
                            Fold::Max => quote!(max_rows),
                        };
                        let count = self.row_count(space);
                        quote!(#f(#count, #rows, &mut #out[..#width]);)
                    }
                    (None, false, _) => panic!("internal error: a reduction over nothing, or of a grid by itself"),
                }
            }
            Op::Edge { x, axis: a, by } => {
                let steps = axis(a);
                let by = by as isize;
                let add = self.add(a);
                match self.plan.system.ty(v).elem {
                    Elem::Index(_) => {
                        let (x, _) = self.slice(self.plan.access(x).base);
                        quote!(edge_index(#steps, #by, #x, #out, #add);)
                    }
                    Elem::Real | Elem::Bit => {
                        let x = self.rows_of(x);
                        quote!(edge(#steps, #by, #x, #width, #out, #add);)
                    }
                }
            }
            Op::Reverse { x, axis: a } => {
                let steps = axis(a);
                match self.plan.system.ty(v).elem {
                    Elem::Index(_) => {
                        let (x, _) = self.slice(self.plan.access(x).base);
                        quote!(reverse_index(#steps, #x, #out);)
                    }
                    Elem::Real | Elem::Bit => {
                        let x = self.rows_of(x);
                        quote!(reverse(#steps, #x, #width, #out);)
                    }
                }
            }
            Op::Scatter { x, index, .. } => {
                let d = self.plan.size(x);
                let space = self.plan.space(x);
                let rows = self.rows_of(x);
                let (index, _) = self.slice(self.plan.access(index).base);
                match self.all_steps(v, space) {
                    Some((steps, way, add)) => {
                        quote!(scatter_all((#steps, #way), #rows, #index, #d, &mut #out[..#width], #add);)
                    }
                    None => {
                        let count = self.row_count(space);
                        quote!(scatter(#rows, &#index[..#count], #d, &mut #out[..#width]);)
                    }
                }
            }
            op => panic!("internal error: {op:?} is no fold"),
        }
    }
}

/// Where a parameter lies in the flat arena.
pub fn offset_of(plan: &Plan, param: usize) -> usize {
    plan.system
        .params
        .iter()
        .take(param)
        .map(|(_, p)| p.shape.iter().product::<usize>())
        .sum()
}
