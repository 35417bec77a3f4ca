//! One region as a function: its kernels in order, within a loop over steps where it is a recurrence.

use super::element::number;
use super::group::{self, Input, element_type, table_name};
use super::plan::{Kernel, Plan, Stage, Storage};
use super::prepare::fixed_count;
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

struct Writer<'a> {
    plan: &'a Plan,
    stage: &'a Stage,
    name: String,
    /// Before the loop over steps.
    head: TokenStream,
    rows: TokenStream,
    /// Constant rows that shifts point to.
    constants: BTreeMap<String, (Ident, TokenStream)>,
}

/// What a loop over rows needs to know of the place it is at.
#[derive(Default)]
struct Uses {
    t: bool,
    j: bool,
    r: bool,
    e: bool,
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

/// Whether an identifier stands anywhere in the code.
pub fn mentions(code: &TokenStream, name: &str) -> bool {
    identifiers(code).contains(name)
}

fn identifiers(code: &TokenStream) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let mut stack = vec![code.clone()];
    while let Some(code) = stack.pop() {
        for tree in code {
            match tree {
                TokenTree::Ident(i) => {
                    out.insert(i.to_string());
                }
                TokenTree::Group(g) => stack.push(g.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
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
        let others = panels.chain([format_ident!("scratch")]);
        out.extend(others.filter(|f| used.contains(&f.to_string())).map(|f| quote!(#f)));
        out
    }

    fn buffer(&self, v: Value) -> Ident {
        format_ident!("{}", self.plan.names[&v])
    }

    fn op(&self, v: Value) -> &Op {
        self.plan.system.op(v)
    }

    /// Where the rows of a stored value or of a leaf are, as a slice, with the element that row 0 starts at.
    fn slice(&self, base: Value) -> (TokenStream, usize) {
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
        let here = self.plan.space(base) == Space::Steps(axis);
        let whole = self.kept(base) == Storage::Whole;
        (here && whole).then(|| quote!(rows.start))
    }

    /// How long a value is kept; an input always.
    fn kept(&self, base: Value) -> Storage {
        let storage = self.plan.storage.get(&self.plan.home(base).owner);
        storage.copied().unwrap_or(Storage::Whole)
    }

    /// How many rows there are to work on.
    fn row_count(&self, space: Space) -> TokenStream {
        match space {
            Space::Once => quote!(1),
            Space::Examples => quote!(call.batch.examples()),
            Space::Steps(a) if self.stage.scan.is_some_and(|(s, _)| s == a) => quote!(rows.len()),
            Space::Steps(a) => {
                let a = a.0 as usize;
                quote!(call.batch.axes[#a].total())
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
                let count = self.row_count(self.plan.space(a));
                let (a, b) = (self.rows_of(a), self.rows_of(b));
                quote!(product(scratch, (#left, #right, #count), #a.transposed(), #b, #out, false);)
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
        }
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
                match (space, axes == space.axes()) {
                    (_, true) => {
                        let f = match fold {
                            Fold::Sum => quote!(sum_rows),
                            Fold::Max => quote!(max_rows),
                        };
                        let count = self.row_count(space);
                        quote!(#f(#count, #rows, &mut #out[..#width]);)
                    }
                    (Space::Steps(a), false) => {
                        let f = match fold {
                            Fold::Sum => quote!(sum_steps),
                            Fold::Max => quote!(max_steps),
                        };
                        let steps = axis(a);
                        quote!(#f(#steps, #rows, #width, #out);)
                    }
                    (Space::Once | Space::Examples, false) => panic!("internal error: a reduction over nothing"),
                }
            }
            Op::Edge { x, axis: a, by } => {
                let steps = axis(a);
                let by = by as isize;
                match self.plan.system.ty(v).elem {
                    Elem::Index(_) => {
                        let (x, _) = self.slice(self.plan.access(x).base);
                        quote!(edge_index(#steps, #by, #x, #out);)
                    }
                    Elem::Real | Elem::Bit => {
                        let x = self.rows_of(x);
                        quote!(edge(#steps, #by, #x, #width, #out);)
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
                let count = self.row_count(self.plan.space(x));
                let rows = self.rows_of(x);
                let (index, _) = self.slice(self.plan.access(index).base);
                quote! {
                    #out[..#width].fill(R::ZERO);
                    scatter(#rows, &#index[..#count], #d, &mut #out[..#width]);
                }
            }
            op => panic!("internal error: {op:?} is no fold"),
        }
    }

    /// A group of row operations: the function of one row, and the loop that calls it.
    fn group(&mut self, index: usize, space: Space, ops: &[Value]) -> TokenStream {
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
                    let _ = table_name(self.plan, v);
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

/// Where a parameter lies in the flat arena.
pub fn offset_of(plan: &Plan, param: usize) -> usize {
    plan.system
        .params
        .iter()
        .take(param)
        .map(|(_, p)| p.shape.iter().product::<usize>())
        .sum()
}
