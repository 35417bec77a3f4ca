//! Systems built by hand, for tests of the passes on them.
#![allow(dead_code)]

pub mod cases;
pub mod random;

use rnnc::system::{
    AxisId, AxisKind, AxisSet, Binary, Contraction, Data, DataRole, Elem, Fold, Init, Op, Origin, Param, Root,
    RootKind, System, Type, Unary, Value,
};

pub const B: AxisId = AxisId::BATCH;

/// A system with the batch and one sequence axis `t`.
pub struct Build {
    pub s: System,
    pub t: AxisId,
}

impl Build {
    pub fn new(name: &str) -> Build {
        let mut s = System::new(name);
        let t = s.axis("t", AxisKind::Sequence);
        Build { s, t }
    }

    pub fn over_t(&self) -> AxisSet {
        AxisSet::of(&[B, self.t])
    }

    pub fn push(&mut self, op: Op) -> Value {
        self.s.push(op, Origin::default())
    }

    pub fn named(&mut self, name: &str, v: Value) -> Value {
        self.s.nodes[v].origin.name = Some(name.into());
        v
    }

    pub fn data(&mut self, name: &str, ty: Type) -> Value {
        let d = Data {
            name: name.into(),
            role: DataRole::Input,
            ty,
            doc: vec![],
            span: None,
        };
        let id = self.s.data.push(d);
        self.push(Op::Data(id))
    }

    /// A real input over `t`.
    pub fn input(&mut self, name: &str, shape: &[usize]) -> Value {
        let ty = Type::real(shape, self.over_t());
        self.data(name, ty)
    }

    /// A class over `t`.
    pub fn symbol(&mut self, name: &str, classes: usize) -> Value {
        let ty = Type {
            elem: Elem::Index(classes),
            shape: vec![],
            axes: self.over_t(),
        };
        self.data(name, ty)
    }

    pub fn param(&mut self, name: &str, shape: &[usize]) -> Value {
        let p = Param {
            name: name.into(),
            shape: shape.to_vec(),
            init: Init::Glorot,
            trained: true,
            span: None,
        };
        let id = self.s.params.push(p);
        self.push(Op::Param(id))
    }

    /// A name for an equation that is written further down.
    pub fn later(&mut self, shape: &[usize]) -> Value {
        let ty = Type::real(shape, self.over_t());
        self.s
            .push_typed(Op::Equal(Value::new(usize::MAX >> 33)), ty, Origin::default())
    }

    pub fn define(&mut self, later: Value, v: Value) {
        self.s.nodes[later].op = Op::Equal(v);
    }

    pub fn unary(&mut self, f: Unary, x: Value) -> Value {
        self.push(Op::Unary(f, x))
    }

    pub fn binary(&mut self, f: Binary, a: Value, b: Value) -> Value {
        self.push(Op::Binary(f, a, b))
    }

    pub fn add(&mut self, a: Value, b: Value) -> Value {
        self.binary(Binary::Add, a, b)
    }

    pub fn mul(&mut self, a: Value, b: Value) -> Value {
        self.binary(Binary::Mul, a, b)
    }

    pub fn constant(&mut self, c: f64) -> Value {
        self.push(Op::Const(c))
    }

    pub fn mat_vec(&mut self, w: Value, x: Value) -> Value {
        self.push(Op::Contract {
            a: w,
            b: x,
            spec: Contraction::mat_vec(),
            over: AxisSet::EMPTY,
        })
    }

    pub fn shift(&mut self, x: Value, by: i32, init: Option<Value>) -> Value {
        let axis = self.t;
        self.push(Op::Shift { x, axis, by, init })
    }

    pub fn sum_features(&mut self, x: Value) -> Value {
        self.push(Op::Fold { fold: Fold::Sum, x })
    }

    pub fn sum_over(&mut self, x: Value, axes: AxisSet) -> Value {
        self.push(Op::Reduce {
            fold: Fold::Sum,
            x,
            axes,
        })
    }

    /// Names `v`, a scalar over any axes, the loss: its mean over all positions.
    pub fn mean_loss(&mut self, v: Value) {
        let axes = self.s.ty(v).axes;
        let sum = self.sum_over(v, axes);
        let count = self.push(Op::Count(axes));
        let value = self.binary(Binary::Div, sum, count);
        self.root(RootKind::Loss, "loss", value);
    }

    pub fn square_loss(&mut self, v: Value) {
        let square = self.mul(v, v);
        let sum = self.sum_features(square);
        self.mean_loss(sum);
    }

    pub fn root(&mut self, kind: RootKind, name: &str, value: Value) {
        self.s.roots.push(Root {
            kind,
            name: name.into(),
            value,
        });
    }

    /// `W x + U h + b`, with parameters named after `path`.
    pub fn affine(&mut self, path: &str, n: usize, args: &[Value]) -> Value {
        let mut sum = None;
        for (k, &x) in args.iter().enumerate() {
            let m = self.s.ty(x).shape[0];
            let w = self.param(&format!("{path}.{k}.weight"), &[n, m]);
            let product = self.mat_vec(w, x);
            sum = Some(sum.map_or(product, |s| self.add(s, product)));
        }
        let bias = self.param(&format!("{path}.bias"), &[n]);
        self.add(sum.expect("an argument"), bias)
    }

    /// An LSTM of `n` units on `x`; `by` is 1, or -1 for a chain that runs backwards.
    pub fn lstm(&mut self, path: &str, x: Value, n: usize, by: i32) -> Value {
        let (h, c) = (self.later(&[n]), self.later(&[n]));
        let gate = |b: &mut Build, name: &str, f: Unary| {
            let past = b.shift(h, by, None);
            let a = b.affine(&format!("{path}.{name}"), n, &[x, past]);
            let v = b.unary(f, a);
            b.named(&format!("{path}.{name}"), v)
        };
        let i = gate(self, "i", Unary::Sigmoid);
        let f = gate(self, "f", Unary::Sigmoid);
        let o = gate(self, "o", Unary::Sigmoid);
        let g = gate(self, "g", Unary::Tanh);
        let past = self.shift(c, by, None);
        let kept = self.mul(f, past);
        let new = self.mul(i, g);
        let cell = self.add(kept, new);
        self.named(&format!("{path}.c"), cell);
        self.define(c, cell);
        let squashed = self.unary(Unary::Tanh, cell);
        let out = self.mul(o, squashed);
        self.named(&format!("{path}.h"), out);
        self.define(h, out);
        out
    }
}

/// How many live operations `which` holds for.
pub fn count(s: &System, which: impl Fn(&Op) -> bool) -> usize {
    s.nodes.iter().filter(|(_, n)| which(&n.op)).count()
}
