//! What one function does, in order: elementwise operations of one length share a loop, products against weights add
//! into one buffer.

use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::rewrite::Streaming;
use crate::source::Span;
use crate::system::{AxisId, AxisKind, Binary, Elem, Op, System, Value};
use std::collections::BTreeMap;

pub(super) enum Step {
    /// One loop over `0..len`; the values in dependency order. `sums` are those that nothing else reads: they are computed
    /// with it, some units at a time.
    Loop {
        len: usize,
        values: Vec<Value>,
        sums: Vec<Sum>,
    },
    /// `out = sum of inits + sum of weights times vectors`.
    Affine { out: Value, sum: Affine },
    /// Any other operation, by itself.
    One(Value),
}

/// A sum of several parts as long as the loop that reads it.
pub(super) struct Sum {
    pub(super) out: Value,
    pub(super) affine: Affine,
    /// What is known from the parameters and the loop adds to a part before all else, and the value that is the result.
    pub(super) biases: BTreeMap<usize, Bias>,
}

#[derive(Clone, Copy)]
pub(super) struct Bias {
    pub(super) result: Value,
    pub(super) bias: Value,
}

#[derive(Clone, Default)]
pub(super) struct Affine {
    pub(super) inits: Vec<Value>,
    pub(super) products: Vec<Value>,
}

pub(super) struct Plan<'a> {
    pub(super) system: &'a System,
    pub(super) steps: Vec<Step>,
    /// Known from the parameters alone.
    pub(super) fixed: Vec<bool>,
    /// The step that computes a value.
    home: Vec<Option<usize>>,
    /// Read outside of its loop, so it needs an array.
    stored: Vec<bool>,
    /// How often a value is read, roots included.
    uses: Vec<usize>,
    /// The last operation that reads a value.
    reader: Vec<Option<Value>>,
}

/// A value as a part of another: the same elements from `offset` on, in row-major order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct View {
    pub(super) base: Value,
    pub(super) offset: usize,
}

/// Plans the operations of a system without axes but the batch, given in dependency order.
pub(super) fn plan<'a>(system: &'a System, order: &[Value]) -> Plan<'a> {
    let count = system.nodes.len();
    let mut plan = Plan {
        system,
        steps: Vec::new(),
        fixed: vec![false; count],
        home: vec![None; count],
        stored: vec![false; count],
        uses: vec![0; count],
        reader: vec![None; count],
    };
    for &v in order {
        plan.fixed[v.index()] = is_fixed(system, v, &plan.fixed);
    }
    let live: Vec<Value> = order.iter().copied().filter(|v| !plan.fixed[v.index()]).collect();
    plan.count_uses(&live);
    let sums = plan.sums(&live);
    let inside: Vec<Value> = sums.values().flat_map(|(_, inside)| inside.iter().copied()).collect();
    for &v in live.iter().filter(|v| !inside.contains(v)) {
        if plan.view(v).base == v {
            plan.place(v, &sums);
        }
    }
    plan.fuse(&live);
    plan.mark_stored();
    plan
}

fn is_fixed(s: &System, v: Value, fixed: &[bool]) -> bool {
    let leaf = matches!(
        s.op(v),
        Op::Data(_) | Op::Count(_) | Op::Length(_) | Op::Position(_) | Op::Draw { .. }
    );
    !leaf && s.op(v).args().iter().all(|a| fixed[a.index()])
}

/// A sum and the values that it swallows.
type Sums = BTreeMap<Value, (Affine, Vec<Value>)>;

impl Plan<'_> {
    fn count_uses(&mut self, live: &[Value]) {
        for &v in live {
            for a in self.system.op(v).args() {
                self.uses[a.index()] += 1;
                self.reader[a.index()] = Some(v);
            }
        }
        for r in &self.system.roots {
            self.uses[r.value.index()] += 1;
        }
    }

    pub(super) fn uses(&self, v: Value) -> usize {
        self.uses[v.index()]
    }

    /// Whether a scalar is read once only, by another scalar's expression: it can stand there in its place.
    pub(super) fn inlined(&self, v: Value) -> bool {
        let scalar = |v: Value| self.system.ty(v).is_scalar() && elementwise(self.system.op(v));
        self.uses(v) == 1 && scalar(v) && self.reader[v.index()].is_some_and(scalar)
    }

    pub(super) fn stored(&self, v: Value) -> bool {
        self.stored[v.index()]
    }

    /// Whether `v` is computed by the loop that is step `step`.
    pub(super) fn in_loop(&self, v: Value, step: usize) -> bool {
        self.home[v.index()] == Some(step)
    }

    pub(super) fn view(&self, v: Value) -> View {
        let (mut base, mut offset) = (v, 0);
        while !self.fixed[base.index()] {
            if let Op::Slice { x, start, .. } = *self.system.op(base) {
                offset += start * self.system.ty(x).shape[1..].iter().product::<usize>();
                base = x;
            } else if let Op::Reshape(x) | Op::Stop(x) | Op::Equal(x) | Op::Spread(x) = *self.system.op(base)
                && self.system.ty(x).size() == self.system.ty(base).size()
                && (!matches!(self.system.op(base), Op::Spread(_))
                    || self.system.ty(x).shape == self.system.ty(base).shape)
            {
                base = x;
            } else {
                break;
            }
        }
        View { base, offset }
    }

    /// The weight and the vector of a product of a fixed array by a vector, all of whose features are summed over.
    pub(super) fn weights_by_vector(&self, v: Value) -> Option<(Value, Value)> {
        let Op::Contract { a, b, ref spec, over } = *self.system.op(v) else {
            return None;
        };
        let (w, x, x_labels) = match (self.fixed[a.index()], self.fixed[b.index()]) {
            (true, false) => (a, b, &spec.b),
            (false, true) => (b, a, &spec.a),
            _ => return None,
        };
        let whole = over.is_empty() && x_labels.iter().all(|l| !spec.out.contains(l));
        (whole && !x_labels.is_empty() && !spec.out.is_empty()).then_some((w, x))
    }

    fn sums(&self, live: &[Value]) -> Sums {
        let mut sums = Sums::new();
        for &v in live {
            if self.weights_by_vector(v).is_some() {
                let sum = Affine {
                    inits: vec![],
                    products: vec![v],
                };
                sums.insert(v, (sum, vec![]));
            }
            let Op::Binary(Binary::Add, a, b) = *self.system.op(v) else {
                continue;
            };
            let shape = &self.system.ty(v).shape;
            let fits = [a, b]
                .map(|x| sums.contains_key(&x) && self.uses(x) == 1 && self.system.ty(x).shape == *shape && a != b);
            if fits == [false, false] {
                continue;
            }
            let (mut sum, mut inside) = (Affine::default(), vec![]);
            for (x, fits) in [a, b].into_iter().zip(fits) {
                match sums.remove(&x) {
                    Some((s, more)) if fits => {
                        sum.inits.extend(s.inits);
                        sum.products.extend(s.products);
                        inside.extend(more);
                        inside.push(x);
                    }
                    other => {
                        sum.inits.push(x);
                        other.map(|s| sums.insert(x, s));
                    }
                }
            }
            sums.insert(v, (sum, inside));
        }
        sums
    }

    fn place(&mut self, v: Value, sums: &Sums) {
        if matches!(self.system.op(v), Op::Data(_)) {
            return;
        }
        if let Some((sum, _)) = sums.get(&v) {
            return self.append(
                v,
                Step::Affine {
                    out: v,
                    sum: sum.clone(),
                },
            );
        }
        let ty = self.system.ty(v);
        if !elementwise(self.system.op(v)) || ty.is_scalar() {
            return self.append(v, Step::One(v));
        }
        let len = ty.size();
        let mut earliest = 0;
        for a in self.system.op(v).args() {
            let view = self.view(a);
            if let Some(home) = self.home[view.base.index()] {
                earliest = earliest.max(if self.aligned(view, len) { home } else { home + 1 });
            }
        }
        let joins = |step: &Step| matches!(step, Step::Loop { len: l, .. } if *l == len);
        match (earliest..self.steps.len()).find(|&p| joins(&self.steps[p])) {
            Some(p) => {
                if let Step::Loop { values, .. } = &mut self.steps[p] {
                    values.push(v);
                }
                self.home[v.index()] = Some(p);
            }
            None => {
                let (values, sums) = (vec![v], vec![]);
                self.append(v, Step::Loop { len, values, sums });
            }
        }
    }

    /// Whether a loop of this length may read the view at its own index while it computes it.
    fn aligned(&self, view: View, len: usize) -> bool {
        let home = self.home[view.base.index()];
        let in_loop = home.is_some_and(|h| matches!(self.steps[h], Step::Loop { .. }));
        in_loop && view.offset == 0 && self.system.ty(view.base).size() == len
    }

    /// The step that computes a value.
    pub(super) fn home_of(&self, v: Value) -> Option<usize> {
        self.home[v.index()]
    }

    /// Appends a step that had another place before.
    pub(super) fn rehome(&mut self, step: Step) {
        let values = match &step {
            Step::Loop { values, sums, .. } => values.iter().copied().chain(sums.iter().map(|s| s.out)).collect(),
            Step::Affine { out, .. } => vec![*out],
            Step::One(v) => vec![*v],
        };
        for v in values {
            self.home[v.index()] = Some(self.steps.len());
        }
        self.steps.push(step);
    }

    fn append(&mut self, v: Value, step: Step) {
        self.home[v.index()] = Some(self.steps.len());
        self.steps.push(step);
    }

    fn mark_stored(&mut self) {
        let mut stored = vec![false; self.stored.len()];
        let roots = self.system.roots.iter().map(|r| r.value);
        for v in roots {
            stored[self.view(v).base.index()] = true;
        }
        let affine_reads = |sum: &Affine, stored: &mut [bool]| {
            for v in &sum.inits {
                stored[self.view(*v).base.index()] = true;
            }
            for a in sum.products.iter().flat_map(|p| self.system.op(*p).args()) {
                stored[self.view(a).base.index()] = true;
            }
        };
        for (p, step) in self.steps.iter().enumerate() {
            let readers = match step {
                Step::Loop { values, sums, .. } => {
                    sums.iter().for_each(|s| affine_reads(&s.affine, &mut stored));
                    values.clone()
                }
                Step::Affine { out, sum } => {
                    stored[out.index()] = true;
                    affine_reads(sum, &mut stored);
                    vec![]
                }
                Step::One(v) => {
                    stored[v.index()] = true;
                    vec![*v]
                }
            };
            for v in readers {
                for a in self.system.op(v).args() {
                    let view = self.view(a);
                    let same = self.in_loop(view.base, p) && matches!(step, Step::Loop { .. });
                    if !(same && self.aligned(view, self.system.ty(v).size())) {
                        stored[view.base.index()] = true;
                    }
                }
            }
        }
        self.stored = stored;
    }
}

/// Operations whose element `i` needs element `i` of each argument, or its only one.
fn elementwise(op: &Op) -> bool {
    match op {
        Op::Unary(..) | Op::Binary(..) | Op::Select { .. } | Op::Spread(_) | Op::OneHot(_) | Op::Place { .. } => true,
        Op::Data(_)
        | Op::Param(_)
        | Op::Const(_)
        | Op::Count(_)
        | Op::Length(_)
        | Op::Position(_)
        | Op::Draw { .. }
        | Op::Training
        | Op::Equal(_)
        | Op::Concat(_)
        | Op::Slice { .. }
        | Op::Pad { .. }
        | Op::Reshape(_)
        | Op::Transpose(_)
        | Op::Fold { .. }
        | Op::ArgMax(_)
        | Op::Reduce { .. }
        | Op::Shift { .. }
        | Op::Edge { .. }
        | Op::Reverse { .. }
        | Op::Rename { .. }
        | Op::Contract { .. }
        | Op::Gather { .. }
        | Op::Scatter { .. }
        | Op::Pick { .. }
        | Op::Stop(_) => false,
    }
}

/// The operations that a standalone step cannot compute, and why.
fn unsupported(s: &System, v: Value) -> Option<&'static str> {
    if s.ty(v).axes.len() > 1 {
        return Some("runs over an axis of its own inside of a step");
    }
    match s.op(v) {
        Op::Draw { .. } => Some("draws random numbers"),
        Op::Count(_) | Op::Length(_) => Some("needs a length"),
        Op::Scatter { .. }
        | Op::Position(_)
        | Op::Reduce { .. }
        | Op::Shift { .. }
        | Op::Edge { .. }
        | Op::Reverse { .. }
        | Op::Rename { .. } => Some("runs over an axis of its own inside of a step"),
        Op::Concat(parts) if parts.iter().any(|p| matches!(s.ty(*p).elem, Elem::Index(_))) => Some("joins indices"),
        Op::Data(_)
        | Op::Param(_)
        | Op::Const(_)
        | Op::Training
        | Op::Equal(_)
        | Op::Unary(..)
        | Op::Binary(..)
        | Op::Select { .. }
        | Op::Concat(_)
        | Op::Slice { .. }
        | Op::Pad { .. }
        | Op::Reshape(_)
        | Op::Transpose(_)
        | Op::Fold { .. }
        | Op::ArgMax(_)
        | Op::OneHot(_)
        | Op::Spread(_)
        | Op::Contract { .. }
        | Op::Gather { .. }
        | Op::Pick { .. }
        | Op::Place { .. }
        | Op::Stop(_) => None,
    }
}

/// What a step keeps of every step before it: one message for each place in the spec.
fn growing(s: &System) -> Diagnostics {
    let sequence = |a: AxisId| s.axis_info(a).kind == AxisKind::Sequence;
    let why = "needs all steps so far, and a crate that allocates nothing cannot keep them";
    let mut found = Diagnostics::default();
    let mut spans: Vec<Option<Span>> = Vec::new();
    for (_, node) in s.nodes.iter() {
        let kept = matches!(node.op, Op::Data(_)) && node.ty.axes.iter().any(sequence);
        if !kept || spans.contains(&node.origin.span) {
            continue;
        }
        spans.push(node.origin.span);
        let name = node.origin.name.as_deref().unwrap_or("an equation");
        let message = format!(
            "`{}` cannot become a standalone crate: what reads `{name}` {why}",
            s.name
        );
        let mut d = Diagnostic::error(codes::NOT_STREAMABLE, message);
        if let Some(span) = node.origin.span {
            d = d.label(span, "this is read at every later step");
        }
        found.push(d.help("`rnnc generate` can draw from it: its decoder keeps what it needs"));
    }
    found
}

/// Refuses what no standalone crate can compute.
pub(super) fn check(streaming: &Streaming) -> Result<(), Diagnostics> {
    let mut found = growing(&streaming.step);
    if !found.is_empty() {
        return Err(found);
    }
    for s in [&streaming.start, &streaming.step].into_iter().chain(&streaming.absorb) {
        for (v, node) in s.nodes.iter() {
            if let Some(why) = unsupported(s, v) {
                let name = node.origin.name.as_deref().unwrap_or("an equation");
                let message = format!("`{}` cannot become a standalone crate: `{name}` {why}", s.name);
                let mut d = Diagnostic::error(codes::NOT_STREAMABLE, message);
                if let Some(span) = node.origin.span {
                    d = d.label(span, why);
                }
                found.push(d);
            }
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}
