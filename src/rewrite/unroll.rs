//! An axis of fixed steps written out: each value that runs over it becomes one value a step.

use crate::system::graph::live;
use crate::system::{
    AxisId, AxisKind, AxisSet, Binary, Elem, Fold, Metric, Node, Op, Origin, RootKind, System, Type, Value,
};

/// Writes out every axis of fixed steps. Inputs and outputs that run over one keep it as their first dimension. Only
/// what the outputs need stays. A system in which classes run over such an axis is left as it is.
pub fn unroll(system: System) -> System {
    let mut s = system;
    s.roots.retain(|r| r.kind == RootKind::Output);
    write_out(s, |_, _| true)
}

/// Writes out those axes of fixed steps that a value runs over beside a sequence: rounds within each step. What any
/// root needs stays.
pub fn unroll_within_sequences(system: System) -> System {
    write_out(system, |s, steps| {
        live(s).iter().any(|v| {
            let axes = s.ty(*v).axes;
            axes.contains(steps) && axes.iter().any(|a| s.axis_info(a).kind == AxisKind::Sequence)
        })
    })
}

fn write_out(mut s: System, wanted: impl Fn(&System, AxisId) -> bool) -> System {
    while let Some((place, steps)) = (0..s.axes.len()).rev().find_map(|i| match s.axes[i].kind {
        AxisKind::Steps(n) if wanted(&s, AxisId(i as u8)) => Some((AxisId(i as u8), n)),
        AxisKind::Steps(_) | AxisKind::Batch | AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph => None,
    }) {
        let over = |v: &Value| s.ty(*v).axes.contains(place);
        let classes = live(&s)
            .iter()
            .any(|v| over(v) && matches!(s.ty(*v).elem, Elem::Index(_)));
        if classes || steps == 0 {
            return s;
        }
        s = Unrolled::new(&s, place, steps).system();
    }
    s
}

struct Unrolled<'a> {
    source: &'a System,
    axis: AxisId,
    steps: usize,
    out: System,
    /// The values of each source value: one a step, or one.
    copies: Vec<Vec<Value>>,
}

impl Unrolled<'_> {
    fn new(source: &System, axis: AxisId, steps: usize) -> Unrolled<'_> {
        let mut axes = source.axes.clone();
        axes.remove(axis.0 as usize);
        for a in &mut axes {
            a.like = a
                .like
                .filter(|l| *l != axis)
                .map(|l| if l > axis { AxisId(l.0 - 1) } else { l });
        }
        let out = System {
            name: source.name.clone(),
            doc: source.doc.clone(),
            axes,
            data: source.data.clone(),
            params: source.params.clone(),
            ..System::default()
        };
        Unrolled {
            source,
            axis,
            steps,
            out,
            copies: vec![Vec::new(); source.nodes.len()],
        }
    }

    fn system(mut self) -> System {
        for d in self.source.data.ids() {
            let ty = &self.source.data[d].ty;
            let mut new = self.ty(ty);
            if ty.axes.contains(self.axis) {
                new.shape.insert(0, self.steps);
            }
            self.out.data[d].ty = new;
        }
        let live = live(self.source);
        // A place for everything first: what is read may come later.
        for &v in &live {
            let Node { ty, origin, .. } = self.source.nodes[v].clone();
            let count = if self.runs(v) { self.steps } else { 1 };
            let ty = self.ty(&ty);
            let place = |_| self.out.push_typed(Op::Const(0.0), ty.clone(), origin.clone());
            self.copies[v.index()] = (0..count).map(place).collect();
        }
        for &v in &live {
            for i in 0..self.copies[v.index()].len() {
                let op = self.op(v, i);
                let place = self.copies[v.index()][i];
                self.out.nodes[place].op = op;
            }
        }
        self.roots();
        let metrics = self.source.metrics.iter().map(|m| Metric {
            name: m.name.clone(),
            formula: m.formula.clone().over(&|axes| self.axes(axes)),
        });
        self.out.metrics = metrics.collect();
        self.out
    }

    fn runs(&self, v: Value) -> bool {
        self.source.ty(v).axes.contains(self.axis)
    }

    fn ty(&self, ty: &Type) -> Type {
        Type {
            axes: self.axes(ty.axes),
            ..ty.clone()
        }
    }

    fn axes(&self, axes: AxisSet) -> AxisSet {
        let kept: Vec<AxisId> = axes.without(self.axis).iter().map(|a| self.kept(a)).collect();
        AxisSet::of(&kept)
    }

    fn kept(&self, a: AxisId) -> AxisId {
        if a > self.axis { AxisId(a.0 - 1) } else { a }
    }

    /// A source value at step `i`.
    fn at(&self, v: Value, i: usize) -> Value {
        let copies = &self.copies[v.index()];
        if self.runs(v) { copies[i] } else { copies[0] }
    }

    fn op(&mut self, v: Value, i: usize) -> Op {
        let (axis, steps) = (self.axis, self.steps);
        match self.source.op(v).clone() {
            Op::Data(d) if self.runs(v) => {
                let ty = self.out.data[d].ty.clone();
                let all = self.out.push_typed(Op::Data(d), ty, Origin::default());
                let one = Op::Slice {
                    x: all,
                    start: i,
                    len: 1,
                };
                Op::Reshape(self.out.push(one, Origin::default()))
            }
            Op::Shift { x, axis: a, by, init } if a == axis => {
                let from = i as i64 - i64::from(by);
                match (usize::try_from(from).ok().filter(|&j| j < steps), init) {
                    (Some(j), _) => Op::Equal(self.at(x, j)),
                    (None, Some(init)) => Op::Equal(self.at(init, i)),
                    (None, None) => Op::Spread(self.out.push(Op::Const(0.0), Origin::default())),
                }
            }
            Op::Edge { x, axis: a, by } if a == axis => {
                let outside = (0..steps).filter(|&j| {
                    let from = j as i64 - i64::from(by);
                    from < 0 || from >= steps as i64
                });
                let parts = outside.map(|j| self.at(x, j)).collect();
                self.fold(Fold::Sum, parts)
            }
            Op::Reverse { x, axis: a } if a == axis => Op::Equal(self.at(x, steps - 1 - i)),
            Op::Reduce { fold, x, axes } if axes.contains(axis) => {
                let rest = self.axes(axes);
                let mut parts: Vec<Value> = (0..steps).map(|j| self.at(x, j)).collect();
                if !rest.is_empty() {
                    let reduce = |x| Op::Reduce { fold, x, axes: rest };
                    parts = parts
                        .into_iter()
                        .map(|x| self.out.push(reduce(x), Origin::default()))
                        .collect();
                }
                self.fold(fold, parts)
            }
            Op::Contract { a, b, spec, over } if over.contains(axis) => {
                let over = self.axes(over);
                let part = |j: usize| Op::Contract {
                    a: self.at(a, j),
                    b: self.at(b, j),
                    spec: spec.clone(),
                    over,
                };
                let parts: Vec<Op> = (0..steps).map(part).collect();
                let parts = parts
                    .into_iter()
                    .map(|op| self.out.push(op, Origin::default()))
                    .collect();
                self.fold(Fold::Sum, parts)
            }
            Op::Length(a) if a == axis => Op::Spread(self.out.push(Op::Const(steps as f64), Origin::default())),
            Op::Position(a) if a == axis => Op::Spread(self.out.push(Op::Const((i + 1) as f64), Origin::default())),
            // One of the steps of an axis that stays, or the copies one at each step of it.
            Op::Rename { x, from, to } if to == axis => {
                let (x, from) = (self.at(x, i), self.kept(from));
                let chosen = self.only_at(x, from, i);
                let sum = Op::Reduce {
                    fold: Fold::Sum,
                    x: chosen,
                    axes: AxisSet::of(&[from]),
                };
                if self.out.ty(x).elem != Elem::Bit {
                    return sum;
                }
                let sum = self.out.push(sum, Origin::default());
                let zero = self.out.push(Op::Const(0.0), Origin::default());
                Op::Binary(Binary::Ne, sum, zero)
            }
            Op::Rename { x, from, to } if from == axis => {
                let to = self.kept(to);
                let parts = (0..steps).map(|j| self.only_at(self.at(x, j), to, j)).collect();
                let or = self.source.ty(x).elem == Elem::Bit;
                self.joined(if or { Binary::Or } else { Binary::Add }, parts)
            }
            Op::Rename { x, from, to } => Op::Rename {
                x: self.at(x, i),
                from: self.kept(from),
                to: self.kept(to),
            },
            Op::Position(a) => Op::Position(self.kept(a)),
            Op::Count(axes) if axes.contains(axis) => {
                let rest = self.out.push(Op::Count(self.axes(axes)), Origin::default());
                let n = self.out.push(Op::Const(steps as f64), Origin::default());
                Op::Binary(Binary::Mul, rest, n)
            }
            Op::Data(_)
            | Op::Param(_)
            | Op::Const(_)
            | Op::Count(_)
            | Op::Length(_)
            | Op::Draw { .. }
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
            | Op::Reduce { .. }
            | Op::Shift { .. }
            | Op::Edge { .. }
            | Op::Reverse { .. }
            | Op::Contract { .. }
            | Op::Gather { .. }
            | Op::Scatter { .. }
            | Op::Pick { .. }
            | Op::Place { .. }
            | Op::Stop(_) => {
                let mut op = self.source.op(v).clone();
                op.for_each_arg(|a| *a = self.at(*a, i));
                if let Op::Reduce { axes, .. } | Op::Contract { over: axes, .. } | Op::Count(axes) = &mut op {
                    *axes = self.axes(*axes);
                }
                if let Op::Shift { axis, .. } | Op::Edge { axis, .. } | Op::Reverse { axis, .. } | Op::Length(axis) =
                    &mut op
                {
                    *axis = self.kept(*axis);
                }
                if let Op::Draw { stream } = &mut op
                    && self.runs(v)
                {
                    // Each step draws for itself.
                    *stream += (i as u32) << 16;
                }
                op
            }
        }
    }

    /// `x` at step `i` of an axis, zero or false at the others.
    fn only_at(&mut self, x: Value, axis: AxisId, i: usize) -> Value {
        let position = self.out.push(Op::Position(axis), Origin::default());
        let number = self.out.push(Op::Const((i + 1) as f64), Origin::default());
        let cond = self
            .out
            .push(Op::Binary(Binary::Eq, position, number), Origin::default());
        if self.out.ty(x).elem == Elem::Bit {
            return self.out.push(Op::Binary(Binary::And, cond, x), Origin::default());
        }
        let no = self.out.push(Op::Const(0.0), Origin::default());
        self.out.push(Op::Select { cond, yes: x, no }, Origin::default())
    }

    fn fold(&mut self, fold: Fold, parts: Vec<Value>) -> Op {
        match fold {
            Fold::Sum => self.joined(Binary::Add, parts),
            Fold::Max => self.joined(Binary::Max, parts),
        }
    }

    fn joined(&mut self, f: Binary, parts: Vec<Value>) -> Op {
        let mut parts = parts.into_iter();
        let Some(first) = parts.next() else {
            return Op::Spread(self.out.push(Op::Const(0.0), Origin::default()));
        };
        Op::Equal(parts.fold(first, |a, b| self.out.push(Op::Binary(f, a, b), Origin::default())))
    }

    fn roots(&mut self) {
        for root in &self.source.roots {
            let mut copies = self.copies[root.value.index()].clone();
            if self.runs(root.value) {
                let one_step = self.out.ty(copies[0]).clone();
                let row = Type {
                    shape: [&[1], &one_step.shape[..]].concat(),
                    ..one_step
                };
                for x in &mut copies {
                    *x = self.out.push_typed(Op::Reshape(*x), row.clone(), Origin::default());
                }
                copies = vec![self.out.push(Op::Concat(copies), Origin::default())];
            }
            self.out.roots.push(crate::system::Root {
                value: copies[0],
                ..root.clone()
            });
        }
        for o in &self.source.observations {
            let mut o = o.clone();
            // Streaming asks for no more than which outputs are the parameters of which target.
            let values = o.dist.values_mut().into_iter().chain([&mut o.nll]);
            for v in values {
                *v = self.copies[v.index()].first().copied().unwrap_or(Value::new(0));
            }
            self.out.observations.push(o);
        }
    }
}
