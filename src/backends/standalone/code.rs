//! A planned system as the statements of one function.

use super::Precision;
use super::constants::Constants;
use super::expression::{Code, Level};
use super::names::Names;
use super::plan::{Affine, Plan, Step};
use super::units::Block;
use super::weights::{Weights, pack};
use crate::system::{Binary, DataId, DataRole, Elem, Fold, Op, RootKind, Unary, Value};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote};
use std::collections::{BTreeMap, BTreeSet};

/// Where a function finds its data and leaves its roots.
pub(super) struct Places {
    /// How to read an input or a register: an array, or a scalar.
    pub(super) data: BTreeMap<DataId, TokenStream>,
    /// Those of the data that are references to arrays.
    pub(super) references: BTreeSet<DataId>,
    /// Where an output goes, by its name.
    pub(super) outputs: BTreeMap<String, TokenStream>,
}

pub(super) struct Writer<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) constants: &'a Constants,
    pub(super) weights: &'a mut Weights,
    pub(super) places: &'a Places,
    pub(super) precision: Precision,
    pub(super) names: Names,
    /// The local variable of a value.
    locals: BTreeMap<Value, Ident>,
    /// Scalars that stand where they are read.
    scalars: BTreeMap<Value, Code>,
    /// Within a loop: the element of a value that it computes itself.
    pub(super) elements: BTreeMap<Value, Code>,
    pub(super) element_names: BTreeMap<Value, Ident>,
    /// Within a loop: sums of which some units are at hand, and values that they hold already.
    pub(super) blocks: BTreeMap<Value, Block>,
    pub(super) given: BTreeMap<Value, Code>,
    /// Whether loops over blocks may turn around every second step, and whether one does.
    pub(super) turns: bool,
    pub(super) turned: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        plan: &'a Plan<'a>,
        constants: &'a Constants,
        weights: &'a mut Weights,
        places: &'a Places,
        precision: Precision,
        names: Names,
    ) -> Writer<'a> {
        Writer {
            plan,
            constants,
            weights,
            places,
            precision,
            names,
            locals: BTreeMap::new(),
            scalars: BTreeMap::new(),
            elements: BTreeMap::new(),
            element_names: BTreeMap::new(),
            blocks: BTreeMap::new(),
            given: BTreeMap::new(),
            turns: false,
            turned: false,
        }
    }

    /// The statements: every step of the plan, then the roots to their places.
    pub(super) fn statements(&mut self) -> TokenStream {
        let plan = self.plan;
        let mut out = TokenStream::new();
        for step in &plan.steps {
            out.extend(match step {
                Step::Loop { len, values, sums } => self.units(*len, values, sums),
                Step::Affine { out, sum } => self.affine(*out, sum),
                Step::One(v) => self.one(*v),
            });
        }
        out.extend(self.roots());
        out
    }

    pub(super) fn local(&mut self, v: Value) -> Ident {
        if let Some(known) = self.locals.get(&v) {
            return known.clone();
        }
        let name = self.name_of(v);
        let ident = Ident::new(&self.names.value(&name), Span::call_site());
        self.locals.insert(v, ident.clone());
        ident
    }

    /// The equation's name; of a product that several equations share, its weights' common path.
    fn name_of(&self, v: Value) -> String {
        if let Some(name) = &self.plan.system.nodes[v].origin.name {
            return name.clone();
        }
        let mut product = v;
        while let Op::Binary(_, a, _) = *self.plan.system.op(product) {
            product = a;
        }
        match self.plan.weights_by_vector(product) {
            Some((w, _)) => {
                let path = self.constants.name(w);
                let parts: Vec<&str> = path.split('.').collect();
                let kept = parts.len().saturating_sub(3);
                format!("{}.sums", parts[..kept].join("."))
            }
            None => "value".into(),
        }
    }

    /// An array of a value's elements, filled with zeros.
    pub(super) fn zeros(&mut self, v: Value) -> (Ident, TokenStream) {
        let ident = self.local(v);
        let ty = self.plan.system.ty(v);
        let (zero, len) = (zero(ty.elem), ty.size());
        (ident.clone(), quote!(let mut #ident = [#zero; #len];))
    }

    fn affine(&mut self, out: Value, sum: &Affine) -> TokenStream {
        let len = self.plan.system.ty(out).size();
        let mut tokens = TokenStream::new();
        let i = quote!(i);
        let terms = sum
            .inits
            .iter()
            .map(|&v| self.real(v, &i))
            .collect::<Vec<_>>()
            .into_iter();
        let terms = terms
            .filter(|t| !t.is_zero())
            .reduce(|a, b| Code::binary(a, quote!(+), b, Level::Sum));
        let (ident, declared) = self.zeros(out);
        tokens.extend(declared);
        if let Some(Code { tokens: start, .. }) = terms {
            tokens.extend(quote!(for i in 0..#len { #ident[i] = #start; }));
        }
        for &product in &sum.products {
            let Some((w, x)) = self.plan.weights_by_vector(product) else {
                panic!("internal error: {product:?} is not a product of a weight by a vector")
            };
            let weight = self.packed(product, w, x, None);
            let x = self.slice(x);
            tokens.extend(x.prepared);
            let x = x.tokens;
            tokens.extend(quote!(vector::product(#weight, #x, &mut #ident);));
        }
        tokens
    }

    /// The weight of a product, in the order in which it is read: all rows in panels, or these rows in blocks of so many.
    pub(super) fn packed(&mut self, product: Value, w: Value, x: Value, blocks: Option<(&[usize], usize)>) -> Ident {
        let s = self.plan.system;
        let Op::Contract { a, ref spec, .. } = *s.op(product) else {
            panic!("internal error: {product:?} is no product")
        };
        let (w_labels, x_labels) = if a == w { (&spec.a, &spec.b) } else { (&spec.b, &spec.a) };
        let (w_shape, x_shape) = (&s.ty(w).shape, &s.ty(x).shape);
        let numbers = self.constants.numbers(w);
        let at = |row: usize, column: usize| {
            let out = unravel(row, &s.ty(product).shape);
            let inner = unravel(column, x_shape);
            let place = |l: &u8| {
                let in_out = spec.out.iter().position(|o| o == l).map(|p| out[p]);
                in_out
                    .or_else(|| x_labels.iter().position(|o| o == l).map(|p| inner[p]))
                    .unwrap_or(0)
            };
            let places: Vec<usize> = w_labels.iter().map(place).collect();
            numbers[ravel(&places, w_shape)]
        };
        let (n, k) = (s.ty(product).size(), s.ty(x).size());
        let described = self.constants.described(w);
        let (doc, packed) = match blocks {
            None => (format!("{described}: {n} by {k}, in panels"), pack(n, k, at)),
            Some((rows, width)) => {
                let blocks = rows.chunks(width);
                let columns = blocks.flat_map(|rows| (0..k).flat_map(|c| rows.iter().map(move |r| (*r, c))));
                let doc = format!("{described}: {} of {n} rows by {k}, in blocks of {width}", rows.len());
                (doc, columns.map(|(r, c)| at(r, c)).collect())
            }
        };
        self.weights.add(&self.constants.name(w), &doc, &packed)
    }

    fn one(&mut self, v: Value) -> TokenStream {
        let s = self.plan.system;
        let zero_index = quote!(0);
        match s.op(v).clone() {
            Op::Concat(parts) => {
                let (out, mut tokens) = self.zeros(v);
                let mut offset = 0;
                for p in parts {
                    let len = s.ty(p).size();
                    let i = quote!(i);
                    let element = self.as_elem(p, &i, s.ty(v).elem).tokens;
                    let to = plus(quote!(i), offset);
                    tokens.extend(quote!(for i in 0..#len { #out[#to] = #element; }));
                    offset += len;
                }
                tokens
            }
            Op::Pad { x, start, .. } => {
                let (out, tokens) = self.zeros(v);
                let inner: usize = s.ty(x).shape[1..].iter().product();
                let (len, to) = (s.ty(x).size(), plus(quote!(i), start * inner));
                let element = self.as_elem(x, &quote!(i), s.ty(v).elem).tokens;
                quote!(#tokens for i in 0..#len { #out[#to] = #element; })
            }
            Op::Transpose(x) => {
                let (out, tokens) = self.zeros(v);
                let (rows, columns) = (s.ty(v).shape[0], s.ty(v).shape[1]);
                let element = self.as_elem(x, &quote!(j * #rows + i), s.ty(v).elem).tokens;
                quote! { #tokens
                    for i in 0..#rows { for j in 0..#columns { #out[i * #columns + j] = #element; } }
                }
            }
            Op::Fold { fold, x } => {
                let x = self.slice(x);
                let out = self.local(v);
                let (prepared, x) = (x.prepared, x.tokens);
                match fold {
                    Fold::Sum => quote!(#prepared let #out = vector::sum(#x);),
                    Fold::Max => quote!(#prepared let #out = vector::max(#x);),
                }
            }
            Op::ArgMax(x) => {
                let x = self.slice(x);
                let out = self.local(v);
                let (prepared, x) = (x.prepared, x.tokens);
                quote!(#prepared let #out = vector::argmax(#x);)
            }
            Op::Gather { table, index } => self.gather(v, table, index),
            Op::Pick { x, index } => {
                let index = self.read(index, &zero_index).tokens;
                let x = self.slice(x);
                let out = self.local(v);
                let (prepared, x) = (x.prepared, x.tokens);
                quote!(#prepared let #out = #x.get(#index).copied().unwrap_or(0.0);)
            }
            Op::Contract { .. } => self.contract(v),
            Op::Unary(..) | Op::Binary(..) | Op::Select { .. } | Op::Spread(_) | Op::OneHot(_) | Op::Place { .. } => {
                self.elements.clear();
                let code = self.expression(v, &zero_index);
                if self.plan.inlined(v) && code.depth < 6 {
                    self.scalars.insert(v, code);
                    return quote!();
                }
                let (out, code) = (self.local(v), code.tokens);
                quote!(let #out = #code;)
            }
            Op::Data(_)
            | Op::Param(_)
            | Op::Const(_)
            | Op::Count(_)
            | Op::Length(_)
            | Op::Position(_)
            | Op::Draw { .. }
            | Op::Training
            | Op::Equal(_)
            | Op::Slice { .. }
            | Op::Reshape(_)
            | Op::Reduce { .. }
            | Op::Shift { .. }
            | Op::Edge { .. }
            | Op::Reverse { .. }
            | Op::Rename { .. }
            | Op::Scatter { .. }
            | Op::Stop(_) => panic!("internal error: {v:?} has no statement of its own"),
        }
    }

    fn gather(&mut self, v: Value, table: Value, index: Value) -> TokenStream {
        let width = self.plan.system.ty(v).size();
        let index = self.read(index, &quote!(0)).tokens;
        let (out, declared) = self.zeros(v);
        if !self.plan.fixed[table.index()] {
            let table = self.slice(table);
            let (prepared, table) = (table.prepared, table.tokens);
            return quote! { #prepared #declared
                if let Some(row) = #table.as_chunks::<#width>().0.get(#index) { #out = *row; }
            };
        }
        let table = self.constant(table);
        let real = self.precision.ident();
        quote! { #declared
            if let Some(row) = #table.as_chunks::<#width>().0.get(#index) {
                for i in 0..#width { #out[i] = #real::from_le_bytes(row[i]); }
            }
        }
    }

    /// Any contraction, as loops over its labels.
    fn contract(&mut self, v: Value) -> TokenStream {
        let s = self.plan.system;
        let Op::Contract { a, b, ref spec, .. } = *s.op(v) else {
            panic!("internal error: {v:?} is no product")
        };
        let variable = |l: &u8| Ident::new(&format!("l{l}"), Span::call_site());
        let place = |labels: &[u8], shape: &[usize]| {
            let mut place = quote!(0);
            for (n, (l, d)) in labels.iter().zip(shape).enumerate() {
                let l = variable(l);
                place = match n {
                    0 => quote!(#l),
                    1 => quote!(#place * #d + #l),
                    _ => quote!((#place) * #d + #l),
                };
            }
            place
        };
        let (a_shape, b_shape) = (&s.ty(a).shape, &s.ty(b).shape);
        let a_place = place(&spec.a, a_shape);
        let b_place = place(&spec.b, b_shape);
        let product = Code::binary(
            self.real(a, &a_place),
            quote!(*),
            self.real(b, &b_place),
            Level::Product,
        )
        .tokens;
        let mut extents: BTreeMap<u8, usize> = spec.a.iter().copied().zip(a_shape.iter().copied()).collect();
        extents.extend(spec.b.iter().copied().zip(b_shape.iter().copied()));
        let summed = extents.keys().filter(|l| !spec.out.contains(l));
        let mut inner = quote!(total += #product;);
        for l in summed.rev() {
            let (l, d) = (variable(l), extents[l]);
            inner = quote!(for #l in 0..#d { #inner });
        }
        let zero = zero(Elem::Real);
        if spec.out.is_empty() {
            let out = self.local(v);
            return quote!(let #out = { let mut total = #zero; #inner total };);
        }
        let (out, declared) = self.zeros(v);
        let to = place(&spec.out, &s.ty(v).shape);
        let mut body = match extents.keys().all(|l| spec.out.contains(l)) {
            true => quote!(#out[#to] = #product;),
            false => quote!(let mut total = #zero; #inner #out[#to] = total;),
        };
        for l in spec.out.iter().rev() {
            let (l, d) = (variable(l), extents[l]);
            body = quote!(for #l in 0..#d { #body });
        }
        quote!(#declared #body)
    }

    /// Outputs and registers. What another register held is copied before anything is overwritten.
    fn roots(&mut self) -> TokenStream {
        let s = self.plan.system;
        let (mut saved, mut written) = (TokenStream::new(), TokenStream::new());
        for (n, root) in s.roots.iter().enumerate() {
            let place = match root.kind {
                RootKind::Output => self.places.outputs.get(&root.name),
                RootKind::State(d) => self.places.data.get(&d),
                RootKind::Loss | RootKind::Metric | RootKind::Gradient(_) => None,
            };
            let Some(place) = place.cloned() else { continue };
            let ty = s.ty(root.value);
            let base = self.plan.view(root.value).base;
            let mut read = None;
            if let Op::Data(from) = *s.op(base)
                && s.data[from].role == DataRole::State
            {
                if root.kind == RootKind::State(from) {
                    continue;
                }
                let copy = Ident::new(&format!("old_{n}"), Span::call_site());
                let from = self.places_of(base);
                saved.extend(quote!(let #copy = #from;));
                read = Some(copy.to_token_stream());
            }
            if ty.is_scalar() {
                let offset = Literal::usize_unsuffixed(self.plan.view(root.value).offset);
                let value = match read {
                    Some(copy) if s.ty(base).is_scalar() => copy,
                    Some(copy) => quote!(#copy[#offset]),
                    None => self.as_elem(root.value, &quote!(0), ty.elem).tokens,
                };
                written.extend(quote!(#place = #value;));
                continue;
            }
            let offset = self.plan.view(root.value).offset;
            let len = ty.size();
            let whole = offset == 0 && s.ty(base).size() == len && s.ty(base).elem == ty.elem;
            written.extend(match (read, self.locals.get(&base)) {
                (Some(copy), _) if whole => quote!(#place = #copy;),
                (Some(copy), _) => {
                    let from = plus(quote!(i), offset);
                    quote!(for i in 0..#len { #place[i] = #copy[#from]; })
                }
                (None, Some(local)) if whole => quote!(#place = #local;),
                (None, _) => {
                    let element = self.as_elem(root.value, &quote!(i), ty.elem).tokens;
                    quote!(for i in 0..#len { #place[i] = #element; })
                }
            });
        }
        quote!(#saved #written)
    }

    /// A contiguous vector of reals: `&[Real]`, or a reference to an array.
    pub(super) fn slice(&mut self, v: Value) -> Prepared {
        let s = self.plan.system;
        let (ty, view) = (s.ty(v), self.plan.view(v));
        let contiguous = !self.plan.fixed[v.index()] && ty.elem == Elem::Real && !s.ty(view.base).is_scalar();
        if !contiguous {
            let copy = Ident::new(&self.names.value("vector"), Span::call_site());
            let (len, element) = (ty.size(), self.real(v, &quote!(i)).tokens);
            return Prepared {
                prepared: quote! { let mut #copy = [0.0; #len]; for i in 0..#len { #copy[i] = #element; } },
                tokens: quote!(&#copy),
            };
        }
        let base = self.places_of(view.base);
        let (from, to) = (view.offset, view.offset + ty.size());
        let whole = from == 0 && to == s.ty(view.base).size();
        Prepared {
            prepared: quote!(),
            tokens: match whole {
                true if self.is_reference(view.base) => base,
                true => quote!(&#base),
                false => quote!(&#base[#from..#to]),
            },
        }
    }

    fn is_reference(&self, base: Value) -> bool {
        matches!(self.plan.system.op(base), Op::Data(d) if self.places.references.contains(d))
    }

    fn places_of(&self, base: Value) -> TokenStream {
        if let Op::Data(d) = self.plan.system.op(base) {
            let place = self.places.data.get(d).cloned();
            return place.unwrap_or_else(|| panic!("internal error: {d:?} is not at hand here"));
        }
        match self.locals.get(&base) {
            Some(local) => quote!(#local),
            None => panic!("internal error: {base:?} is read before it is computed"),
        }
    }

    pub(super) fn constant(&mut self, v: Value) -> Ident {
        let name = self.constants.name(v);
        let doc = format!("{}: {:?}", self.constants.described(v), self.plan.system.ty(v).shape);
        let numbers = self.constants.numbers(v);
        self.weights.add(&name, &doc, numbers)
    }

    /// Element `i` of a value, as its own element type.
    pub(super) fn read(&mut self, v: Value, i: &TokenStream) -> Code {
        let s = self.plan.system;
        if self.plan.fixed[v.index()] {
            return self.read_fixed(v, i);
        }
        let view = self.plan.view(v);
        if let Some(block) = self.blocks.get(&view.base) {
            return block.element(view.offset);
        }
        if let Some(code) = self.elements.get(&view.base).filter(|_| view.offset == 0) {
            return code.clone();
        }
        if let Some(code) = self.scalars.get(&view.base) {
            return code.clone();
        }
        let base = self.places_of(view.base);
        if s.ty(view.base).is_scalar() {
            return Code::atom(base);
        }
        if s.ty(v).is_scalar() {
            let place = Literal::usize_unsuffixed(view.offset);
            return Code::atom(quote!(#base[#place]));
        }
        let place = plus(i.clone(), view.offset);
        Code::atom(quote!(#base[#place]))
    }

    fn read_fixed(&mut self, v: Value, i: &TokenStream) -> Code {
        let ty = self.plan.system.ty(v);
        let numbers = self.constants.numbers(v);
        let same = numbers.iter().all(|x| x.to_bits() == numbers[0].to_bits());
        if ty.is_scalar() || same {
            let x = numbers.first().copied().unwrap_or(0.0);
            return match ty.elem {
                Elem::Real => self.precision.literal(x),
                Elem::Bit if x != 0.0 => Code::atom(quote!(true)),
                Elem::Bit => Code::atom(quote!(false)),
                Elem::Index(_) if x < 0.0 => Code::atom(quote!(NOTHING)),
                Elem::Index(_) => Code::atom(Literal::usize_unsuffixed(x as usize).to_token_stream()),
            };
        }
        let (constant, real) = (self.constant(v), self.precision.ident());
        let number = quote!(#real::from_le_bytes(#constant[#i]));
        match ty.elem {
            Elem::Real => Code::atom(number),
            Elem::Bit => Code::comparison(quote!(#number != 0.0)),
            Elem::Index(_) => panic!("internal error: an array of indices"),
        }
    }

    /// Element `i` of a value as a number.
    pub(super) fn real(&mut self, v: Value, i: &TokenStream) -> Code {
        self.as_elem(v, i, Elem::Real)
    }

    pub(super) fn as_elem(&mut self, v: Value, i: &TokenStream, to: Elem) -> Code {
        let code = self.read(v, i);
        match (self.plan.system.ty(v).elem, to) {
            (Elem::Bit, Elem::Real) => {
                let (bit, real) = (code.tokens, self.precision.ident());
                Code::atom(quote!(#real::from(#bit)))
            }
            (Elem::Real, Elem::Bit) => Code::comparison({
                let x = code.at_least(Level::Sum);
                quote!(#x != 0.0)
            }),
            _ => code,
        }
    }
}

pub(super) struct Prepared {
    /// Statements that must come first.
    pub(super) prepared: TokenStream,
    pub(super) tokens: TokenStream,
}

pub(super) fn zero(elem: Elem) -> TokenStream {
    match elem {
        Elem::Real => quote!(0.0),
        Elem::Bit => quote!(false),
        Elem::Index(_) => quote!(NOTHING),
    }
}

pub(super) fn plus(i: TokenStream, offset: usize) -> TokenStream {
    match offset {
        0 => i,
        _ => {
            let offset = Literal::usize_unsuffixed(offset);
            quote!(#i + #offset)
        }
    }
}

/// Whether an operation is worth whole vectors.
pub(super) fn elementary(op: &Op) -> bool {
    let exp = |f: &Unary| match f {
        Unary::Exp | Unary::Log | Unary::Sin | Unary::Cos | Unary::Tanh | Unary::Sigmoid | Unary::Softplus => true,
        Unary::Neg | Unary::Sqrt | Unary::Abs | Unary::Sign | Unary::Relu | Unary::Floor | Unary::Not => false,
    };
    matches!(op, Op::Unary(f, _) if exp(f)) || matches!(op, Op::Binary(Binary::Pow, ..))
}

fn unravel(mut place: usize, shape: &[usize]) -> Vec<usize> {
    let mut out = vec![0; shape.len()];
    for (o, &d) in out.iter_mut().zip(shape).rev() {
        *o = place % d;
        place /= d;
    }
    out
}

fn ravel(places: &[usize], shape: &[usize]) -> usize {
    places.iter().zip(shape).fold(0, |n, (p, d)| n * d + p)
}
