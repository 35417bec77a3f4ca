//! From the inferred draft to the system.

use super::draft::{Axis, D, DraftParam, Drafts, Kind};
use super::elaborator::Observed;
use super::infer::{Inferred, resolve, same_steps};
use super::metrics::Reported;
use super::shapes::Shapes;
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::source::Span;
use crate::system::{
    Arena, AxisId, AxisKind, AxisSet, Binary, Call, Contraction, Data, Dist, Elem, Fold, Observation, Op, Origin,
    Param, Root, RootKind, System, Type, Value,
};

pub(crate) struct Draughted<'d> {
    pub drafts: &'d Drafts,
    pub inferred: &'d Inferred,
    pub shapes: &'d Shapes,
    pub name: String,
    pub doc: Vec<String>,
    pub axes: Vec<crate::system::Axis>,
    pub data: Arena<Data>,
    pub observed: &'d [Observed],
    pub terms: &'d [(String, D)],
    pub metrics: &'d [Reported],
    pub outputs: &'d [(String, D)],
}

pub(crate) fn lower(input: Draughted, out: &mut Diagnostics) -> System {
    let mut system = System::new(input.name.clone());
    system.doc = input.doc.clone();
    system.axes = input.axes.clone();
    system.data = input.data.clone();
    for call in &input.drafts.called {
        system.calls.push(Call {
            item: call.item.clone(),
            kind: call.kind,
            path: input.drafts.path(&call.path),
            output: call.output.clone(),
            within: call.within,
        });
    }
    let mut names: std::collections::BTreeMap<String, usize> = Default::default();
    for (p, shape) in input.drafts.params.iter().zip(&input.shapes.params) {
        let name = unique(&mut names, input.drafts, p);
        let param = Param {
            name,
            shape: shape.clone(),
            init: p.init.clone(),
            trained: p.trained,
            span: Some(p.span),
        };
        system.params.push(param);
    }
    let mut l = Lower {
        s: system,
        values: vec![None; input.drafts.nodes.len()],
        beginning: Vec::new(),
        input: &input,
        out,
    };
    for (d, node) in input.drafts.nodes.iter() {
        if let Kind::Equal(_) = node.kind {
            let ty = l.ty(d);
            let origin = l.origin(d);
            let v = l.s.push_typed(Op::Const(0.0), ty, origin);
            l.s.nodes[v].op = Op::Equal(v);
            l.values[d.index()] = Some(v);
        }
    }
    for (d, node) in input.drafts.nodes.iter() {
        let v = l.value(d);
        if let Kind::Equal(Some(x)) = node.kind {
            let x = l.value(x);
            let ty = l.s.ty(v).clone();
            let x = l.spread_to(x, &ty);
            l.s.nodes[v].op = Op::Equal(x);
        }
    }
    l.roots();
    l.s
}

fn unique(names: &mut std::collections::BTreeMap<String, usize>, drafts: &Drafts, p: &DraftParam) -> String {
    let name = drafts.path(&p.path);
    let n = names.entry(name.clone()).or_insert(0);
    *n += 1;
    if *n == 1 { name } else { format!("{name}_{n}") }
}

pub(super) struct Lower<'l> {
    pub(super) s: System,
    values: Vec<Option<Value>>,
    /// The shifts whose base cases are being lowered.
    beginning: Vec<D>,
    pub(super) input: &'l Draughted<'l>,
    pub(super) out: &'l mut Diagnostics,
}

impl Lower<'_> {
    fn ty(&self, d: D) -> Type {
        let i = self.input;
        let elem = match i.inferred.elem(d) {
            Elem::Index(_) => Elem::Index(i.shapes.classes[d.index()]),
            other => other,
        };
        let shape = if let Elem::Index(_) = elem {
            vec![]
        } else {
            i.shapes.nodes[d.index()].clone()
        };
        Type {
            elem,
            shape,
            axes: i.inferred.axes(d),
        }
    }

    fn origin(&self, d: D) -> Origin {
        let node = &self.input.drafts.nodes[d];
        let name = node
            .name
            .as_ref()
            .map(|p| self.input.drafts.path(p))
            .filter(|n| !n.is_empty());
        Origin {
            name,
            span: Some(node.span),
            call: Some(node.within),
        }
    }

    fn axis(&self, axis: &Axis) -> AxisId {
        resolve(axis, &self.input.inferred.axes, &self.input.axes).unwrap_or(AxisId::BATCH)
    }

    /// The value as a type with the same element but perhaps fewer features and axes.
    fn spread_to(&mut self, x: Value, ty: &Type) -> Value {
        let own = self.s.ty(x).clone();
        if own.shape == ty.shape && own.axes == ty.axes {
            return x;
        }
        let origin = self.s.nodes[x].origin.clone();
        let elem = match own.elem {
            Elem::Real | Elem::Bit if own.elem != ty.elem => Elem::Real,
            same => same,
        };
        self.s.push_typed(Op::Spread(x), Type { elem, ..ty.clone() }, origin)
    }

    fn constant(&mut self, x: f64) -> Value {
        self.s.push(Op::Const(x), Origin::default())
    }

    /// A scalar as a vector of one feature.
    fn vector(&mut self, x: Value) -> Value {
        let ty = self.s.ty(x).clone();
        if !ty.shape.is_empty() {
            return x;
        }
        let origin = self.s.nodes[x].origin.clone();
        let op = match ty.elem {
            Elem::Bit => Op::Spread(x),
            Elem::Real | Elem::Index(_) => Op::Reshape(x),
        };
        self.s.push_typed(op, Type::real(&[1], ty.axes), origin)
    }

    /// Row `index` of a matrix; of one that has axes by a product, since there are as many matrices as positions.
    fn row(&mut self, table: Value, index: Value) -> Op {
        if self.s.ty(table).axes.is_empty() {
            return Op::Gather { table, index };
        }
        let one = self.s.push(Op::OneHot(index), Origin::default());
        Op::Contract {
            a: table,
            b: one,
            spec: Contraction::new(&[0, 1], &[0], &[1]),
            over: AxisSet::EMPTY,
        }
    }

    pub(super) fn value(&mut self, d: D) -> Value {
        if let Some(v) = self.values[d.index()] {
            return v;
        }
        let origin = self.origin(d);
        let ty = self.ty(d);
        let kind = self.input.drafts.nodes[d].kind.clone();
        let op = match kind {
            Kind::Equal(_) => unreachable!("internal error: equations are reserved first"),
            Kind::Data(id) => Op::Data(id),
            Kind::Param(p) => Op::Param(crate::system::ParamId::new(p)),
            Kind::Const(x) => Op::Const(x),
            Kind::Training => Op::Training,
            Kind::Draw { stream, .. } => {
                let v = self
                    .s
                    .push_typed(Op::Draw { stream }, Type { elem: Elem::Real, ..ty }, origin);
                self.values[d.index()] = Some(v);
                return v;
            }
            Kind::Unary(f, x) => Op::Unary(f, self.value(x)),
            Kind::Binary(f, a, b) => {
                let [x, y] = [a, b].map(|d| self.value(d));
                let classes = |v: Value| match self.s.ty(v).elem {
                    Elem::Index(n) => Some(n),
                    Elem::Real | Elem::Bit => None,
                };
                let (p, q) = (classes(x), classes(y));
                let spans = (self.input.drafts.nodes[a].span, self.input.drafts.nodes[b].span);
                match (p, q) {
                    (Some(n), None) => Op::Binary(f, x, self.class(y, n, (spans.0, spans.1))),
                    (None, Some(n)) => Op::Binary(f, self.class(x, n, (spans.1, spans.0)), y),
                    (Some(_), Some(_)) | (None, None) => Op::Binary(f, x, y),
                }
            }
            Kind::Select { cond, yes, no } => Op::Select {
                cond: self.value(cond),
                yes: self.value(yes),
                no: self.value(no),
            },
            Kind::MatMul(a, b) => {
                let (a, b) = (self.value(a), self.value(b));
                if let Elem::Index(_) = self.s.ty(b).elem {
                    let table = self.s.push(Op::Transpose(a), origin.clone());
                    self.row(table, b)
                } else {
                    let b = if self.s.ty(a).shape.len() == 2 {
                        self.vector(b)
                    } else {
                        b
                    };
                    let spec = match (self.s.ty(a).shape.len(), self.s.ty(b).shape.len()) {
                        (2, 1) => Contraction::mat_vec(),
                        (2, 2) => Contraction::new(&[0, 1], &[1, 2], &[0, 2]),
                        _ => Contraction::new(&[0], &[0, 1], &[1]),
                    };
                    Op::Contract {
                        a,
                        b,
                        spec,
                        over: AxisSet::EMPTY,
                    }
                }
            }
            Kind::LookUp { table, index } => {
                let (table, index) = (self.value(table), self.value(index));
                match self.s.ty(table).shape.len() {
                    2 => self.row(table, index),
                    _ => Op::Pick { x: table, index },
                }
            }
            Kind::Concat(a, b) => {
                let (a, b) = (self.value(a), self.value(b));
                let (a, b) = (self.vector(a), self.vector(b));
                let mut parts = vec![];
                for x in [a, b] {
                    if let Op::Concat(inner) = self.s.op(x) {
                        parts.extend(inner.clone());
                    } else {
                        parts.push(x);
                    }
                }
                Op::Concat(parts)
            }
            Kind::Slice { x, start, len } => Op::Slice {
                x: self.value(x),
                start: self.input.shapes.number(&start, self.input.inferred),
                len: self.input.shapes.number(&len, self.input.inferred),
            },
            Kind::Fold { fold, x } => Op::Fold { fold, x: self.value(x) },
            Kind::Mean(x) => {
                let x = self.value(x);
                let n = self.s.ty(x).size() as f64;
                let sum = self.s.push(Op::Fold { fold: Fold::Sum, x }, origin.clone());
                let n = self.constant(n);
                Op::Binary(Binary::Div, sum, n)
            }
            Kind::ArgMax(x) => Op::ArgMax(self.value(x)),
            Kind::OneHot(x) => Op::OneHot(self.value(x)),
            Kind::Dot(a, b) => {
                let (a, b) = (self.value(a), self.value(b));
                let labels: Vec<u8> = (0..self.s.ty(a).shape.len() as u8).collect();
                Op::Contract {
                    a,
                    b,
                    spec: Contraction::new(&labels, &labels, &[]),
                    over: AxisSet::EMPTY,
                }
            }
            Kind::Outer(a, b) => {
                let (a, b) = (self.value(a), self.value(b));
                Op::Contract {
                    a,
                    b,
                    spec: Contraction::new(&[0], &[1], &[0, 1]),
                    over: AxisSet::EMPTY,
                }
            }
            Kind::Transpose(x) => Op::Transpose(self.value(x)),
            Kind::Reshape { x, .. } => {
                let x = self.value(x);
                let ty = Type {
                    axes: self.s.ty(x).axes,
                    ..ty
                };
                let v = self.s.push_typed(Op::Reshape(x), ty, origin);
                self.values[d.index()] = Some(v);
                return v;
            }
            Kind::Reduce { fold, x, axis } => {
                let axis = self.axis(&axis);
                Op::Reduce {
                    fold,
                    x: self.value(x),
                    axes: AxisSet::of(&[axis]),
                }
            }
            Kind::MeanOver { x, axis } => {
                let axis = self.axis(&axis);
                let x = self.value(x);
                let sum = self.s.push(
                    Op::Reduce {
                        fold: Fold::Sum,
                        x,
                        axes: AxisSet::of(&[axis]),
                    },
                    origin.clone(),
                );
                let length = match self.s.axis_info(axis).kind {
                    AxisKind::Steps(n) => self.constant(n as f64),
                    AxisKind::Batch | AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph => {
                        let n = self.s.push(Op::Length(axis), Origin::default());
                        let one = self.constant(1.0);
                        self.s.push(Op::Binary(Binary::Max, n, one), Origin::default())
                    }
                };
                Op::Binary(Binary::Div, sum, length)
            }
            Kind::Shift { x, axis, by, var } => {
                let axis = self.axis(&axis);
                let init = self.input.drafts.init(&var, by).map(|i| self.init(d, x, i, axis));
                Op::Shift {
                    x: self.value(x),
                    axis,
                    by,
                    init,
                }
            }
            Kind::Edge { x, axis, by } => {
                let axis = self.axis(&axis);
                Op::Edge {
                    x: self.value(x),
                    axis,
                    by,
                }
            }
            Kind::Reverse { x, axis } => {
                let axis = self.axis(&axis);
                Op::Reverse { x: self.value(x), axis }
            }
            Kind::Position(axis) => Op::Position(self.axis(&axis)),
            Kind::Under { x, axis } => {
                let to = self.axis(&axis);
                let x = self.value(x);
                match same_steps(self.s.ty(x).axes, to, &self.s.axes)[..] {
                    [from] if !self.s.ty(x).axes.contains(to) => Op::Rename { x, from, to },
                    _ => Op::Equal(x),
                }
            }
            Kind::Stop(x) => Op::Stop(self.value(x)),
            Kind::Average(x) => {
                let (sum, axes) = self.total(x, &origin);
                let count = self.s.push(Op::Count(axes), Origin::default());
                let one = self.constant(1.0);
                let count = self.s.push(Op::Binary(Binary::Max, count, one), Origin::default());
                Op::Binary(Binary::Div, sum, count)
            }
            Kind::Total(x) => Op::Equal(self.total(x, &origin).0),
        };
        let v = match op {
            Op::Equal(x) => x,
            op => self.s.push(op, origin),
        };
        self.values[d.index()] = Some(v);
        v
    }

    /// The sum over all positions of all examples, and their axes. What is the same for all examples counts once for each.
    fn total(&mut self, x: D, origin: &Origin) -> (Value, AxisSet) {
        let x = self.value(x);
        let ty = self.s.ty(x).clone();
        let axes = ty.axes.union(AxisSet::BATCH);
        let x = self.spread_to(x, &Type { axes, ..ty });
        let fold = Fold::Sum;
        (self.s.push(Op::Reduce { fold, x, axes }, origin.clone()), axes)
    }

    /// The class of a number: `text[0] = 3;`, `tag == 3`. It is the place of the one in its one-hot vector.
    fn class(&mut self, v: Value, classes: usize, (indices, number): (Span, Span)) -> Value {
        let class = if let Op::Const(c) = *self.s.op(v)
            && c >= 0.0
            && c.fract() == 0.0
            && c < classes as f64
        {
            c as usize
        } else {
            let d = Diagnostic::error(codes::INITIAL, "a number that is none of the classes")
                .label(
                    number,
                    format!("a number from 0 to {} is needed", classes.saturating_sub(1)),
                )
                .label(indices, "the classes are those of this");
            self.out.push(d);
            0
        };
        let one = self.constant(1.0);
        let one = self.vector(one);
        let len = classes.max(1);
        let x = self.s.push(
            Op::Pad {
                x: one,
                start: class,
                len,
            },
            Origin::default(),
        );
        self.s.push(Op::ArgMax(x), Origin::default())
    }

    fn init(&mut self, shift: D, x: D, init: D, axis: AxisId) -> Value {
        let ty = self.ty(x);
        let spans = (self.input.drafts.nodes[shift].span, self.input.drafts.nodes[init].span);
        let wrong = if self.ty(init).axes.contains(axis) {
            let d = Diagnostic::error(codes::INITIAL, "a base case that itself has steps")
                .label(spans.1, format!("this runs over `{}`", self.s.axis_info(axis).name))
                .label(spans.0, "the state it is for");
            Some(d.help("`first(x)` or `last(x)` takes one step"))
        } else if self.beginning.contains(&shift) {
            let d = Diagnostic::error(codes::INITIAL, "a base case that needs what it begins")
                .label(spans.1, "this reads the state")
                .label(spans.0, "which starts from this");
            Some(d.help("a state starts from parameters, or from values that do not depend on it"))
        } else {
            None
        };
        if let Some(d) = wrong {
            self.out.push(d);
            let zero = self.constant(0.0);
            return self.spread_to(zero, &Type::real(&ty.shape, AxisSet::EMPTY));
        }
        self.beginning.push(shift);
        let v = self.value(init);
        self.beginning.pop();
        let own = self.s.ty(v).clone();
        if let (Elem::Index(classes), false) = (ty.elem, matches!(own.elem, Elem::Index(_))) {
            return self.class(v, classes, spans);
        }
        if own.shape != ty.shape && own.shape.is_empty() {
            return self.s.push_typed(
                Op::Spread(v),
                Type {
                    elem: Elem::Real,
                    shape: ty.shape,
                    axes: own.axes,
                },
                Origin::default(),
            );
        }
        v
    }

    fn roots(&mut self) {
        let input = self.input;
        let mut loss: Option<Value> = None;
        for (_, term) in input.terms {
            let v = self.value(*term);
            loss = Some(match loss {
                None => v,
                Some(sum) => self.s.push(Op::Binary(Binary::Add, sum, v), Origin::default()),
            });
        }
        if let Some(value) = loss {
            self.s.nodes[value].origin.name = Some("loss".into());
            self.s.roots.push(Root {
                kind: RootKind::Loss,
                name: "loss".into(),
                value,
            });
        }
        self.metrics();
        for (name, d) in input.outputs {
            let value = self.value(*d);
            self.s.roots.push(Root {
                kind: RootKind::Output,
                name: name.clone(),
                value,
            });
        }
        for o in input.observed {
            let v: Vec<Value> = o.values.iter().map(|d| self.value(*d)).collect();
            let dist = match (o.name, &v[..]) {
                ("categorical", [logits]) => Dist::Categorical { logits: *logits },
                ("bernoulli", [logits]) => Dist::Bernoulli { logits: *logits },
                ("normal", [mean, std]) => Dist::Normal { mean: *mean, std: *std },
                ("laplace", [mean, scale]) => Dist::Laplace {
                    mean: *mean,
                    scale: *scale,
                },
                ("mixture", [logits, mean, std]) => Dist::Mixture {
                    logits: *logits,
                    mean: *mean,
                    std: *std,
                },
                ("ctc", [logits]) => Dist::Ctc { logits: *logits },
                (name, _) => panic!("internal error: the distribution `{name}` is not lowered"),
            };
            let nll = self.value(o.nll);
            self.s.observations.push(Observation {
                target: o.target,
                dist,
                until: o.until,
                nll,
            });
        }
    }
}
