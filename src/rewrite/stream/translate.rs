//! Each live operation at one step, in one combined system; shifts and folds along the sequence become registers.

use super::{Class, Past};
use crate::system::{
    AxisId, AxisSet, Binary, Data, DataId, DataRole, Elem, Fold, Node, Op, Origin, System, Type, Value,
};
use std::collections::BTreeMap;

/// The combined system with nothing yet said about when its parts run.
pub(super) struct Steps {
    /// Without roots. No node reads a later one, but for shifts along inner axes.
    pub(super) system: System,
    /// For each node, when it is known.
    pub(super) class: Vec<Class>,
    pub(super) outputs: Vec<(String, Value)>,
    /// Registers and what they start as.
    pub(super) start: Vec<(DataId, Value)>,
    /// Registers and their next values.
    pub(super) next: Vec<(DataId, Value)>,
}

pub(super) fn translate(source: &System, live: &[Value], axis: Option<AxisId>, class: &[Class], past: &Past) -> Steps {
    let mut t = Translation {
        source,
        axis,
        past,
        system: System {
            name: source.name.clone(),
            doc: source.doc.clone(),
            axes: without_axis(source, axis),
            params: source.params.clone(),
            ..System::default()
        },
        class: Vec::new(),
        map: vec![None; source.nodes.len()],
        start: Vec::new(),
        next: Vec::new(),
        number: None,
        owed: Vec::new(),
    };
    for (_, d) in source.data.iter() {
        let ty = t.one_step(&d.ty);
        t.system.data.push(Data { ty, ..d.clone() });
    }
    let chains = t.chains(live);
    for &v in live {
        let new = t.node(v, &chains, class[v.index()]);
        t.map[v.index()] = Some(new);
    }
    t.tie_inner_shifts(live);
    for (&(x, init), chain) in &chains {
        t.advance(x, init, chain);
    }
    for (x, to, d) in std::mem::take(&mut t.owed) {
        t.entered(x, to, d);
    }
    let outputs = super::outputs(source)
        .map(|(name, v)| (name.to_string(), t.of(v)))
        .collect();
    Steps {
        system: t.system,
        class: t.class,
        outputs,
        start: t.start,
        next: t.next,
    }
}

fn without_axis(s: &System, axis: Option<AxisId>) -> Vec<crate::system::Axis> {
    let all = (0..s.axes.len()).map(|a| AxisId(a as u8));
    let kept: Vec<AxisId> = all.filter(|a| Some(*a) != axis).collect();
    let place = |a: AxisId| kept.iter().position(|k| *k == a).map(|i| AxisId(i as u8));
    // The first of the names that are left stands for them all.
    let root = |a: AxisId| kept.iter().find(|k| s.steps_of(**k) == s.steps_of(a)).copied();
    let axis = |a: &AxisId| crate::system::Axis {
        like: root(*a).filter(|r| r != a).and_then(place),
        ..s.axis_info(*a).clone()
    };
    kept.iter().map(axis).collect()
}

/// What is shifted and from what init, to the registers that hold it one, two, ... steps back.
type Chains = BTreeMap<(Value, Option<Value>), Vec<DataId>>;

struct Translation<'a> {
    source: &'a System,
    axis: Option<AxisId>,
    past: &'a Past,
    system: System,
    class: Vec<Class>,
    map: Vec<Option<Value>>,
    start: Vec<(DataId, Value)>,
    next: Vec<(DataId, Value)>,
    /// The number of the step, once something needs it.
    number: Option<Value>,
    /// What is kept of every step, under which name and where, and is known once the targets are.
    owed: Vec<(Value, AxisId, DataId)>,
}

impl Translation<'_> {
    /// Where a source value stands now.
    fn of(&self, v: Value) -> Value {
        match self.map[v.index()] {
            Some(new) => new,
            None => panic!("internal error: {v:?} is read before it is translated"),
        }
    }

    fn axes(&self, axes: AxisSet) -> AxisSet {
        let Some(t) = self.axis else { return axes };
        let kept = axes.without(t).iter().map(|a| self.inner(a)).collect::<Vec<_>>();
        AxisSet::of(&kept)
    }

    /// The new id of an axis that stays.
    fn inner(&self, a: AxisId) -> AxisId {
        match self.axis {
            Some(t) if a > t => AxisId(a.0 - 1),
            _ => a,
        }
    }

    fn one_step(&self, ty: &Type) -> Type {
        Type {
            axes: self.axes(ty.axes),
            ..ty.clone()
        }
    }

    fn push(&mut self, op: Op, ty: Type, origin: Origin, class: Class) -> Value {
        self.class.push(class);
        self.system.push_typed(op, ty, origin)
    }

    fn infer(&mut self, op: Op, origin: Origin, class: Class) -> Value {
        self.class.push(class);
        self.system.push(op, origin)
    }

    fn register(&mut self, name: String, ty: Type) -> DataId {
        self.system.data.push(Data {
            name,
            role: DataRole::State,
            ty,
            doc: Vec::new(),
            span: None,
        })
    }

    fn chains(&mut self, live: &[Value]) -> Chains {
        let mut chains = Chains::new();
        for &v in live {
            let Op::Shift { x, axis, by, init } = *self.source.op(v) else {
                continue;
            };
            if Some(axis) != self.axis {
                continue;
            }
            let ty = self.one_step(self.source.ty(v));
            let name = self
                .name_of(x)
                .or_else(|| self.name_of(v))
                .unwrap_or_else(|| "state".into());
            let t = &self.source.axis_info(axis).name;
            let chain = chains.entry((x, init)).or_default();
            while chain.len() < by as usize {
                let name = format!("{name}[{t}-{}]", chain.len() + 1);
                chain.push(self.register(name, ty.clone()));
            }
        }
        chains
    }

    fn name_of(&self, v: Value) -> Option<String> {
        if let Op::Data(d) = *self.source.op(v) {
            return Some(self.source.data[d].name.clone());
        }
        self.source.nodes[v].origin.name.clone()
    }

    /// Start and next values of a chain of registers.
    fn advance(&mut self, x: Value, init: Option<Value>, chain: &[DataId]) {
        let mut value = self.of(x);
        for &d in chain {
            let ty = self.system.data[d].ty.clone();
            if let Some(i) = init {
                let i = self.of(i);
                let spread = self.spread(i, &ty);
                self.start.push((d, spread));
            }
            let next = self.spread(value, &ty);
            self.next.push((d, next));
            value = self.push(Op::Data(d), ty, Origin::default(), Class::Step);
        }
    }

    fn spread(&mut self, v: Value, ty: &Type) -> Value {
        let Node { ty: from, origin, .. } = self.system.nodes[v].clone();
        if from.axes == ty.axes && from.shape == ty.shape {
            return v;
        }
        let ty = Type {
            elem: from.elem,
            ..ty.clone()
        };
        let class = self.class[v.index()];
        self.push(Op::Spread(v), ty, origin, class)
    }

    fn node(&mut self, v: Value, chains: &Chains, class: Class) -> Value {
        let Node { op, ty, origin } = self.source.nodes[v].clone();
        let ty = self.one_step(&ty);
        let along = |a: AxisId| Some(a) == self.axis;
        let folded = |axes: AxisSet| self.axis.is_some_and(|t| axes.contains(t));
        match op {
            Op::Shift { x, axis, by, init } if along(axis) => {
                let d = chains[&(x, init)][by as usize - 1];
                self.push(Op::Data(d), ty, origin, class)
            }
            // What it reads may come later: tied when everything has a place.
            Op::Shift { .. } => self.push(Op::Const(0.0), ty, origin, class),
            Op::Edge { x, axis, by } if along(axis) => self.edge(self.of(x), by, &ty, origin),
            Op::Reduce { fold, x, axes } if folded(axes) => {
                let inner = self.axes(axes);
                let mut x = self.of(x);
                if !inner.is_empty() {
                    let op = Op::Reduce { fold, x, axes: inner };
                    x = self.infer(op, origin.clone(), Class::Step);
                }
                self.running(fold, x, &ty, origin)
            }
            Op::Contract { a, b, spec, over } if folded(over) => {
                let (a, b, over) = (self.of(a), self.of(b), self.axes(over));
                let x = self.infer(Op::Contract { a, b, spec, over }, origin.clone(), Class::Step);
                self.running(Fold::Sum, x, &ty, origin)
            }
            Op::Length(a) if along(a) => {
                let one = self.infer(Op::Const(1.0), Origin::default(), Class::Fixed);
                let one = self.spread(one, &ty);
                self.running(Fold::Sum, one, &ty, origin)
            }
            Op::Position(a) if along(a) => self.number(a),
            Op::Position(a) => {
                let op = Op::Position(self.inner(a));
                self.push(op, ty, origin, class)
            }
            Op::Rename { x, from, to } if along(from) => self.remembered(x, to, &ty, origin),
            Op::Rename { x, from, to } => {
                let op = Op::Rename {
                    x: self.of(x),
                    from: self.inner(from),
                    to: self.inner(to),
                };
                self.push(op, ty, origin, class)
            }
            Op::Length(a) => {
                let op = Op::Length(self.inner(a));
                self.push(op, ty, origin, class)
            }
            op @ (Op::Data(_)
            | Op::Param(_)
            | Op::Const(_)
            | Op::Count(_)
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
            | Op::Edge { .. }
            | Op::Reverse { .. }
            | Op::Contract { .. }
            | Op::Gather { .. }
            | Op::Scatter { .. }
            | Op::Pick { .. }
            | Op::Place { .. }
            | Op::Stop(_)) => {
                let mut op = op;
                op.for_each_arg(|a| *a = self.of(*a));
                if let Op::Reduce { axes, .. } | Op::Contract { over: axes, .. } = &mut op {
                    *axes = self.axes(*axes);
                }
                if let Op::Edge { axis, .. } | Op::Reverse { axis, .. } = &mut op {
                    *axis = self.inner(*axis);
                }
                self.push(op, ty, origin, class)
            }
        }
    }

    /// The number of the step along the streamed axis.
    fn number(&mut self, axis: AxisId) -> Value {
        if let Some(number) = self.number {
            return number;
        }
        let ty = Type::real(&[], AxisSet::BATCH);
        let one = self.infer(Op::Const(1.0), Origin::default(), Class::Fixed);
        let one = self.spread(one, &ty);
        let d = self.register(format!("{}[so far]", self.source.axis_info(axis).name), ty.clone());
        let before = self.push(Op::Data(d), ty, Origin::default(), Class::Step);
        let now = self.infer(Op::Binary(Binary::Add, before, one), Origin::default(), Class::Step);
        self.next.push((d, now));
        self.number = Some(now);
        now
    }

    /// What `x` was at every step so far, this one among them unless its targets must be known for it.
    fn remembered(&mut self, x: Value, to: AxisId, ty: &Type, origin: Origin) -> Value {
        let name = self
            .name_of(x)
            .or(origin.name.clone())
            .unwrap_or_else(|| "value".into());
        let ty = Type {
            axes: ty.axes.with(AxisId::BATCH),
            ..ty.clone()
        };
        let d = self.register(format!("{name}[past]"), ty.clone());
        if !self.past.late(x) {
            return self.entered(x, to, d);
        }
        self.owed.push((x, to, d));
        self.push(Op::Data(d), ty, origin, Class::Step)
    }

    /// The register `d` of all steps so far with this step's entry.
    fn entered(&mut self, x: Value, to: AxisId, d: DataId) -> Value {
        let ty = self.system.data[d].ty.clone();
        let origin = self.source.nodes[x].origin.clone();
        let axis = self.axis.expect("internal error: a past without an axis");
        let now = self.number(axis);
        let name = self.inner(to);
        let scalar = Type::real(&[], AxisSet::BATCH.with(name));
        let step = self.push(Op::Position(name), scalar, Origin::default(), Class::Step);
        let cond = self.infer(Op::Binary(Binary::Lt, step, now), Origin::default(), Class::Step);
        let yes = self.push(Op::Data(d), ty.clone(), origin.clone(), Class::Step);
        let no = self.of(x);
        let no = self.spread(no, &ty);
        let all = self.push(Op::Select { cond, yes, no }, ty, origin, Class::Step);
        self.next.push((d, all));
        all
    }

    /// The fold of `x` over the steps so far.
    fn running(&mut self, fold: Fold, x: Value, ty: &Type, origin: Origin) -> Value {
        let name = origin.name.clone().unwrap_or_else(|| "folded".into());
        let d = self.register(format!("{name}[so far]"), ty.clone());
        let before = self.push(Op::Data(d), ty.clone(), origin.clone(), Class::Step);
        let combine = match fold {
            Fold::Sum => Binary::Add,
            Fold::Max => {
                let least = self.infer(Op::Const(f64::NEG_INFINITY), Origin::default(), Class::Fixed);
                let least = self.spread(least, ty);
                self.start.push((d, least));
                Binary::Max
            }
        };
        let now = self.infer(Op::Binary(combine, before, x), origin, Class::After);
        self.next.push((d, now));
        now
    }

    /// The last `-by` steps' sum, or (`by` 1) the first step's value.
    fn edge(&mut self, x: Value, by: i32, ty: &Type, origin: Origin) -> Value {
        let mut back = x;
        let mut sum = x;
        for k in 1..-by {
            let name = origin.name.clone().unwrap_or_else(|| "edge".into());
            let d = self.register(format!("{name}[{k} back]"), ty.clone());
            self.next.push((d, back));
            back = self.push(Op::Data(d), ty.clone(), Origin::default(), Class::Step);
            sum = self.infer(Op::Binary(Binary::Add, sum, back), origin.clone(), Class::After);
        }
        if by < 0 {
            return sum;
        }
        self.first(x, ty, origin)
    }

    fn first(&mut self, x: Value, ty: &Type, origin: Origin) -> Value {
        let name = origin.name.clone().unwrap_or_else(|| "first".into());
        let bit = Type {
            elem: Elem::Bit,
            shape: vec![],
            axes: AxisSet::BATCH,
        };
        let started = self.register(format!("{name}[started]"), bit.clone());
        let kept = self.register(format!("{name}[first]"), ty.clone());
        let one = self.infer(Op::Const(1.0), Origin::default(), Class::Fixed);
        let zero = self.infer(Op::Const(0.0), Origin::default(), Class::Fixed);
        let yes = self.infer(Op::Binary(Binary::Ne, one, zero), Origin::default(), Class::Fixed);
        let yes = self.spread(yes, &bit);
        self.next.push((started, yes));
        let cond = self.push(Op::Data(started), bit, Origin::default(), Class::Step);
        let before = self.push(Op::Data(kept), ty.clone(), Origin::default(), Class::Step);
        let now = self.infer(
            Op::Select {
                cond,
                yes: before,
                no: x,
            },
            origin,
            Class::After,
        );
        self.next.push((kept, now));
        now
    }

    /// Shifts along axes that stay, now that what they read has a place.
    fn tie_inner_shifts(&mut self, live: &[Value]) {
        for &v in live {
            let Op::Shift { x, axis, by, init } = *self.source.op(v) else {
                continue;
            };
            if Some(axis) == self.axis {
                continue;
            }
            let (x, init, axis) = (self.of(x), init.map(|i| self.of(i)), self.inner(axis));
            let new = self.of(v);
            self.system.nodes[new].op = Op::Shift { x, axis, by, init };
        }
    }
}
