//! A group of row operations as one function of one row.
//!
//! Elementwise operations on as many features share a loop; what a loop or a fold needs whole comes in the phase
//! before it. Arguments are arrays of fixed length behind references that do not alias, so the loops vectorise.

use super::access::Access;
use super::class::{Class, class};
use super::element::{self, Expr, Kind};
use super::plan::Plan;
use super::reductions::is_accumulated;
use crate::system::{Elem, Fold, Op, Value};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::{BTreeMap, BTreeSet};

/// What the function of a row takes, besides its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// The row of a value; of a shift, the row that it points to.
    Row(Value),
    /// All rows of a table.
    Table(Value),
    /// A generator of draws, and with it the example and the position.
    Draw(Value),
    /// Whether this row is one of those that an edge adds up.
    Edge(Value),
}

pub struct Group {
    pub inputs: Vec<Input>,
    pub outputs: Vec<Value>,
    pub parameters: TokenStream,
    pub body: TokenStream,
    /// How many loops over the entries of a row there are.
    #[cfg(feature = "cli")]
    pub loops: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A number, or an array that is written by one statement.
    Line,
    /// Element by element in a loop.
    Loop,
    /// An array that is written part by part.
    Pieces,
}

pub(super) struct Lowering<'a> {
    pub(super) plan: &'a Plan,
    pub(super) here: BTreeSet<Value>,
    pub(super) phase: BTreeMap<Value, usize>,
    /// Values of loops that are needed as arrays.
    pub(super) arrays: BTreeSet<Value>,
    /// Intermediate values with one reader: they stand within its expression.
    pub(super) inlined: BTreeMap<Value, Option<Expr>>,
    pub(super) inputs: BTreeSet<Input>,
    pub(super) lines: BTreeMap<usize, Vec<TokenStream>>,
    pub(super) loops: BTreeMap<(usize, usize), Vec<TokenStream>>,
    pub(super) head: Vec<TokenStream>,
}

pub fn lower(plan: &Plan, ops: &[Value]) -> Group {
    let mut l = Lowering {
        plan,
        here: ops.iter().copied().collect(),
        phase: BTreeMap::new(),
        arrays: BTreeSet::new(),
        inlined: BTreeMap::new(),
        inputs: BTreeSet::new(),
        lines: BTreeMap::new(),
        loops: BTreeMap::new(),
        head: Vec::new(),
    };
    for &v in ops {
        let p = l.phase_of(v);
        l.phase.insert(v, p);
    }
    for &v in ops {
        l.note_arrays(v);
    }
    for &v in ops {
        l.declare(v);
    }
    l.find_inlined(ops);
    for &v in ops {
        l.statement(v);
    }
    let outputs: Vec<Value> = ops.iter().copied().filter(|v| plan.storage.contains_key(v)).collect();
    let parameters = l.parameters(&outputs);
    let body = l.body();
    Group {
        #[cfg(feature = "cli")]
        loops: l.loops.len(),
        inputs: l.inputs.into_iter().collect(),
        outputs,
        parameters,
        body,
    }
}

impl Lowering<'_> {
    pub(super) fn op(&self, v: Value) -> &Op {
        self.plan.system.op(v)
    }

    pub(super) fn size(&self, v: Value) -> usize {
        self.plan.size(v)
    }

    fn form(&self, v: Value) -> Form {
        if self.size(v) == 1 {
            return Form::Line;
        }
        match class(self.op(v)) {
            Class::Leaf | Class::View | Class::Shift | Class::Elementwise => Form::Loop,
            Class::Pieces => Form::Pieces,
            Class::Lookup | Class::Array | Class::Contraction => Form::Line,
            Class::Fold => Form::Loop,
            Class::Number => panic!("internal error: {:?} of an array", self.op(v)),
        }
    }

    /// The values that the statement of `v` reads at this row.
    fn operands(&self, v: Value) -> Vec<Value> {
        match self.op(v) {
            Op::Shift { .. } | Op::Reverse { .. } => vec![],
            Op::Gather { index, .. } => vec![*index],
            op => op.args(),
        }
    }

    /// Whether `v` takes `x` element by element from within the same loop.
    fn same_loop(&self, v: Value, x: Value, a: Access) -> bool {
        let whole = a.offset == 0 && !a.broadcast && self.size(x) == self.size(a.base);
        self.form(a.base) == Form::Loop
            && whole
            && match self.form(v) {
                Form::Loop => self.size(v) == self.size(x),
                Form::Pieces => true,
                Form::Line => false,
            }
    }

    fn phase_of(&self, v: Value) -> usize {
        let mut phase = 0;
        for x in self.operands(v) {
            phase = phase.max(self.phase_for(v, x));
        }
        phase
    }

    /// The first phase in which `v` can read `x`.
    pub(super) fn phase_for(&self, v: Value, x: Value) -> usize {
        let a = self.plan.access(x);
        if !self.here.contains(&a.base) {
            return 0;
        }
        let p = self.phase[&a.base];
        if self.form(a.base) == Form::Line || self.same_loop(v, x, a) {
            p
        } else {
            p + 1
        }
    }

    /// Whether the loop of `v` (or of its piece `x`) is the one that computes `x`.
    fn in_loop(&self, v: Value, x: Value, a: Access) -> bool {
        if !self.here.contains(&a.base) || !self.same_loop(v, x, a) {
            return false;
        }
        match self.form(v) {
            Form::Pieces => true,
            Form::Loop | Form::Line => self.phase[&v] == self.phase[&a.base],
        }
    }

    fn note_arrays(&mut self, v: Value) {
        for x in self.operands(v) {
            let a = self.plan.access(x);
            if self.here.contains(&a.base) && self.form(a.base) == Form::Loop && !self.in_loop(v, x, a) {
                self.arrays.insert(a.base);
            }
        }
        if self.form(v) == Form::Loop && self.plan.storage.contains_key(&v) {
            self.arrays.insert(v);
        }
    }

    /// The array of a value that has no memory of its own.
    fn declare(&mut self, v: Value) {
        let array = match self.form(v) {
            Form::Line => self.size(v) > 1,
            Form::Loop => self.arrays.contains(&v),
            Form::Pieces => true,
        };
        if array && !self.plan.storage.contains_key(&v) {
            let (name, n) = (self.name(v), self.size(v));
            self.head.push(quote!(let mut #name = [R::ZERO; #n];));
        }
    }

    /// A step of an equation on the way to its value: with one reader, in the same loop or on a line of its own, and of
    /// the same name or of none.
    fn find_inlined(&mut self, ops: &[Value]) {
        let mut readers: BTreeMap<Value, Vec<(Value, Value)>> = BTreeMap::new();
        for &v in ops {
            for x in self.operands(v) {
                readers.entry(self.plan.access(x).base).or_default().push((v, x));
            }
        }
        let name = |v: Value| self.plan.system.nodes[v].origin.name.as_ref();
        for (&v, readers) in &readers {
            let ([(reader, x)], true) = (&readers[..], self.here.contains(&v)) else {
                continue;
            };
            let (reader, x) = (*reader, *x);
            let together = match self.form(v) {
                _ if self.plan.is_stored(v) || self.arrays.contains(&v) => false,
                Form::Loop => self.form(reader) == Form::Loop && self.in_loop(reader, x, self.plan.access(x)),
                Form::Line => self.size(v) == 1 && self.form(reader) == Form::Line && self.size(reader) == 1,
                Form::Pieces => false,
            };
            let arithmetic = |v: Value| matches!(self.op(v), Op::Unary(..) | Op::Binary(..) | Op::Select { .. });
            if together && arithmetic(v) && arithmetic(reader) && (name(v).is_none() || name(v) == name(reader)) {
                self.inlined.insert(v, None);
            }
        }
    }

    pub(super) fn name(&self, v: Value) -> Ident {
        format_ident!("{}", self.plan.names[&v])
    }

    fn element(&self, v: Value) -> Ident {
        format_ident!("{}_at", self.plan.names[&v])
    }

    /// The name under which a row from outside is taken.
    fn input(&mut self, v: Value) -> Ident {
        self.inputs.insert(Input::Row(v));
        input_name(self.plan, &self.here, v)
    }

    /// Element `i` of the operand `x` of `v`; the first where it has only one.
    pub(super) fn read(&mut self, v: Value, x: Value) -> Expr {
        self.read_from(v, x, 0)
    }

    /// The same, counted from an element of `x` on.
    fn read_from(&mut self, v: Value, x: Value, start: usize) -> Expr {
        let a = self.plan.access(x);
        let kind = Kind::stored(self.plan.system.ty(a.base).elem);
        if let (Op::Const(c), false) = (self.op(a.base), self.here.contains(&a.base)) {
            return match kind {
                Kind::Index => {
                    let c = *c as u32;
                    Expr::new(quote!(#c), kind)
                }
                _ => Expr::new(element::number(*c), kind),
            };
        }
        if let Some(Some(e)) = self.inlined.get(&a.base) {
            return e.clone();
        }
        let inside = self.here.contains(&a.base);
        if self.size(a.base) == 1 {
            let name = if inside { self.name(a.base) } else { self.input(a.base) };
            let kind = if inside { self.scalar_kind(a.base) } else { kind };
            return Expr::new(quote!(#name), kind);
        }
        if inside && self.in_loop(v, x, a) {
            let name = self.element(a.base);
            return Expr::new(quote!(#name), self.scalar_kind(a.base));
        }
        let name = if inside { self.name(a.base) } else { self.input(a.base) };
        let one = a.broadcast || self.size(x) == 1 || self.size(v) == 1;
        let offset = if a.broadcast { a.offset } else { a.offset + start };
        let code = match (one, offset) {
            (true, _) => quote!(#name[#offset]),
            (false, 0) => quote!(#name[i]),
            (false, _) => quote!(#name[#offset + i]),
        };
        Expr::new(code, kind)
    }

    /// The type that the variable of a number (or of a loop's element) has in the function.
    fn scalar_kind(&self, v: Value) -> Kind {
        match (self.op(v), self.plan.system.ty(v).elem) {
            (_, Elem::Index(_)) => Kind::Index,
            (_, Elem::Real) => Kind::Real,
            (_, Elem::Bit) => Kind::Truth,
        }
    }

    /// The operand as an array.
    pub(super) fn array(&mut self, x: Value) -> TokenStream {
        let a = self.plan.access(x);
        let (n, offset) = (self.size(x), a.offset);
        let inside = self.here.contains(&a.base);
        let name = if inside { self.name(a.base) } else { self.input(a.base) };
        let scalar = self.size(a.base) == 1;
        let owned = inside && !scalar && !self.plan.storage.contains_key(&a.base);
        match (scalar, offset == 0 && n == self.size(a.base)) {
            (true, _) if inside && self.scalar_kind(a.base) == Kind::Truth => quote!(&[bit::<R>(#name)]),
            (true, _) => quote!(&[#name]),
            (false, true) if owned => quote!(&#name),
            (false, true) if inside => quote!(&#name[..]),
            (false, true) => quote!(#name),
            (false, false) => {
                let end = offset + n;
                quote!(&#name[#offset..#end])
            }
        }
    }

    /// A mutable reference to the array of `v`.
    pub(super) fn target(&self, v: Value) -> TokenStream {
        let name = self.name(v);
        if self.plan.storage.contains_key(&v) {
            quote!(#name)
        } else {
            quote!(&mut #name)
        }
    }

    /// Adds this row of what `v` reduces.
    fn accumulate(&mut self, v: Value) {
        let (x, fold, edge) = match *self.op(v) {
            Op::Reduce { fold, x, .. } => (x, fold, false),
            Op::Edge { x, .. } => (x, Fold::Sum, true),
            ref op => panic!("internal error: {op:?} is not accumulated"),
        };
        let x = self.read(v, x);
        let one = self.size(v) == 1;
        let to = match (self.name(v), format_ident!("{}_out", self.plan.names[&v])) {
            (_, out) if one => quote!(*#out),
            (array, _) => quote!(#array[i]),
        };
        let value = x.stored();
        let mut code = match (fold, x.kind) {
            (_, Kind::Index) => quote!(#to = #value;),
            (Fold::Sum, _) => quote!(#to += #value;),
            (Fold::Max, _) if one => quote!(#to = (#to).maximum(#value);),
            (Fold::Max, _) => quote!(#to = #to.maximum(#value);),
        };
        if edge {
            self.inputs.insert(Input::Edge(v));
            let at_edge = edge_name(self.plan, v);
            code = quote!(if #at_edge { #code });
        }
        match one {
            true => self.push_line(self.phase[&v], code),
            false => self.push_loop(self.phase[&v], self.size(v), code),
        }
    }

    fn statement(&mut self, v: Value) {
        if is_accumulated(self.plan, v) {
            return self.accumulate(v);
        }
        if self.inlined.contains_key(&v) {
            let e = self.expression(v).typed(self.scalar_kind(v));
            self.inlined.insert(v, Some(e));
            return;
        }
        match self.form(v) {
            Form::Loop => {
                let e = self.expression(v);
                let (name, array) = (self.element(v), self.name(v));
                let value = e.typed(self.scalar_kind(v));
                let code = match (self.arrays.contains(&v), self.is_read_in_loop(v)) {
                    (true, false) => {
                        let stored = value.stored();
                        quote!(#array[i] = #stored;)
                    }
                    (true, true) => {
                        let stored = Expr::new(quote!(#name), value.kind).stored();
                        let value = value.code;
                        quote!(let #name = #value; #array[i] = #stored;)
                    }
                    (false, _) => {
                        let value = value.code;
                        quote!(let #name = #value;)
                    }
                };
                self.push_loop(self.phase[&v], self.size(v), code);
            }
            Form::Pieces => self.pieces(v),
            Form::Line if self.size(v) == 1 => {
                let e = self.expression(v);
                let name = self.name(v);
                let value = e.typed(self.scalar_kind(v)).code;
                let mut code = quote!(let #name = #value;);
                if self.plan.storage.contains_key(&v) {
                    let out = format_ident!("{}_out", self.plan.names[&v]);
                    let stored = Expr::new(quote!(#name), self.scalar_kind(v)).stored();
                    code = quote!(#code *#out = #stored;);
                }
                self.push_line(self.phase[&v], code);
            }
            Form::Line => {
                let code = self.array_statement(v);
                self.push_line(self.phase[&v], code);
            }
        }
    }

    /// Whether anything takes the element of `v` within its loop.
    fn is_read_in_loop(&self, v: Value) -> bool {
        self.here.iter().any(|&u| {
            self.operands(u).into_iter().any(|x| {
                let a = self.plan.access(x);
                a.base == v && self.in_loop(u, x, a)
            })
        })
    }

    pub(super) fn push_line(&mut self, phase: usize, code: TokenStream) {
        self.lines.entry(phase).or_default().push(code);
    }

    pub(super) fn push_loop(&mut self, phase: usize, size: usize, code: TokenStream) {
        self.loops.entry((phase, size)).or_default().push(code);
    }

    /// A number, or one element of an elementwise operation.
    fn expression(&mut self, v: Value) -> Expr {
        let real = |code| Expr::new(code, Kind::Real);
        match self.op(v).clone() {
            Op::Slice { x, start, .. } => {
                let rows: usize = self.plan.system.ty(x).shape[1..].iter().product();
                self.read_from(v, x, start * rows)
            }
            Op::Reshape(x) | Op::Equal(x) | Op::Stop(x) | Op::Spread(x) | Op::Rename { x, .. } => self.read(v, x),
            Op::Const(c) => match self.plan.system.ty(v).elem {
                Elem::Index(_) => {
                    let c = c as u32;
                    Expr::new(quote!(#c), Kind::Index)
                }
                Elem::Real | Elem::Bit => Expr::new(element::number(c), Kind::stored(self.plan.system.ty(v).elem)),
            },
            Op::Unary(f, x) => element::unary(f, &self.read(v, x)),
            Op::Binary(f, a, b) => element::binary(f, &self.read(v, a), &self.read(v, b)),
            Op::Select { cond, yes, no } => element::select(&self.read(v, cond), &self.read(v, yes), &self.read(v, no)),
            Op::Draw { .. } => {
                self.inputs.insert(Input::Draw(v));
                let draw = format_ident!("{}_draw", self.plan.names[&v]);
                let i = if self.size(v) == 1 { quote!(0) } else { quote!(i as u32) };
                real(quote!(R::of(#draw.at(id, position, #i))))
            }
            Op::OneHot(index) => {
                let index = self.read(v, index);
                let i = if self.size(v) == 1 { quote!(0) } else { quote!(i as u32) };
                element::at_class(&index, i, quote!(R::ONE))
            }
            Op::Place { x, index, .. } => {
                let (x, index) = (self.read(v, x).real(), self.read(v, index));
                let i = if self.size(v) == 1 { quote!(0) } else { quote!(i as u32) };
                element::at_class(&index, i, x)
            }
            Op::Shift { .. } | Op::Reverse { .. } => {
                let from = self.input(v);
                let kind = Kind::stored(self.plan.system.ty(v).elem);
                match self.size(v) {
                    1 => Expr::new(quote!(#from), kind),
                    _ => Expr::new(quote!(#from[i]), kind),
                }
            }
            Op::Fold { fold, x } => {
                let x = self.array(x);
                real(match fold {
                    Fold::Sum => quote!(sum(#x)),
                    Fold::Max => quote!(max(#x)),
                })
            }
            Op::ArgMax(x) => {
                let x = self.array(x);
                Expr::new(quote!(argmax(#x)), Kind::Index)
            }
            Op::Pick { x, index } => {
                let (x, index) = (self.array(x), self.read(v, index).code);
                real(quote!(pick(#x, #index)))
            }
            Op::Gather { table, index } => {
                let (table, index) = (self.table(table), self.read(v, index).code);
                real(quote!(pick(#table, #index)))
            }
            Op::Concat(parts) => {
                let part = parts.into_iter().find(|p| self.size(*p) == 1);
                let part = part.expect("internal error: an empty concatenation");
                self.read(v, part)
            }
            Op::Pad { x, .. } | Op::Transpose(x) => self.read(v, x),
            Op::Contract { a, b, .. } => {
                // To a number: all labels are summed, in the order of `a`, or there is one element of each.
                match self.plain_dot(v) {
                    true => {
                        let (a, b) = (self.array(a), self.array(b));
                        real(quote!(dot(#a, #b)))
                    }
                    false => {
                        let loops = self.contraction(v, &quote!(contracted));
                        real(quote!({ let mut contracted = [R::ZERO]; #loops contracted[0] }))
                    }
                }
            }
            op @ (Op::Data(_) | Op::Param(_) | Op::Count(_) | Op::Length(_) | Op::Position(_) | Op::Training) => {
                panic!("internal error: {op:?} was not wrapped")
            }
            op @ (Op::Reduce { .. } | Op::Edge { .. } | Op::Scatter { .. }) => {
                panic!("internal error: {op:?} in a loop over rows")
            }
        }
    }

    /// Whether a contraction to a number takes the elements of both arguments in their order.
    fn plain_dot(&self, v: Value) -> bool {
        let Op::Contract { a, b, spec, .. } = self.op(v) else {
            return false;
        };
        let long = |x: Value, labels: &[u8]| -> Vec<u8> {
            let dims = labels.iter().zip(&self.plan.system.ty(x).shape);
            dims.filter(|(_, n)| **n > 1).map(|(l, _)| *l).collect()
        };
        long(*a, &spec.a) == long(*b, &spec.b)
    }

    pub(super) fn table(&mut self, table: Value) -> Ident {
        self.inputs.insert(Input::Table(table));
        table_name(self.plan, table)
    }

    fn parameters(&mut self, outputs: &[Value]) -> TokenStream {
        let mut out = Vec::new();
        let mut draws = false;
        for input in &self.inputs {
            out.push(match *input {
                Input::Row(v) => {
                    let name = input_name(self.plan, &self.here, v);
                    let ty = element_type(self.plan, v);
                    match self.size(v) {
                        1 => quote!(#name: #ty),
                        n => quote!(#name: &[#ty; #n]),
                    }
                }
                Input::Table(v) => {
                    let name = table_name(self.plan, v);
                    quote!(#name: &[R])
                }
                Input::Draw(v) => {
                    draws = true;
                    let name = format_ident!("{}_draw", self.plan.names[&v]);
                    quote!(#name: Uniform)
                }
                Input::Edge(v) => {
                    let name = edge_name(self.plan, v);
                    quote!(#name: bool)
                }
            });
        }
        if draws {
            out.push(quote!(id: u64, position: u64));
        }
        for &v in outputs {
            let ty = element_type(self.plan, v);
            out.push(match self.size(v) {
                1 => {
                    let name = format_ident!("{}_out", self.plan.names[&v]);
                    quote!(#name: &mut #ty)
                }
                n => {
                    let name = self.name(v);
                    quote!(#name: &mut [#ty; #n])
                }
            });
        }
        quote!(#(#out),*)
    }

    fn body(&mut self) -> TokenStream {
        let head = &self.head;
        let phases: BTreeSet<usize> = self
            .lines
            .keys()
            .copied()
            .chain(self.loops.keys().map(|k| k.0))
            .collect();
        let mut code = quote!(#(#head)*);
        for p in phases {
            for line in self.lines.get(&p).into_iter().flatten() {
                code.extend(line.clone());
            }
            for ((_, n), body) in self.loops.range((p, 0)..(p + 1, 0)) {
                code.extend(quote!(for i in 0..#n { #(#body)* }));
            }
        }
        code
    }
}

pub fn element_type(plan: &Plan, v: Value) -> TokenStream {
    match plan.system.ty(v).elem {
        Elem::Index(_) => quote!(u32),
        Elem::Real | Elem::Bit => quote!(R),
    }
}

/// A copied shift is computed here under its own name; the row it points to has another.
fn input_name(plan: &Plan, here: &BTreeSet<Value>, v: Value) -> Ident {
    if here.contains(&v) {
        format_ident!("{}_from", plan.names[&v])
    } else {
        format_ident!("{}", plan.names[&v])
    }
}

fn edge_name(plan: &Plan, v: Value) -> Ident {
    format_ident!("{}_here", plan.names[&v])
}

fn table_name(plan: &Plan, v: Value) -> Ident {
    format_ident!("{}_table", plan.names[&v])
}
