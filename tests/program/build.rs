//! Systems built by hand, in few words.

use rnnc::source::{FileId, Span};
use rnnc::system::{
    AxisId, AxisKind, AxisSet, Binary, Contraction, Data, DataRole, Fold, Init, Op, Origin, Param, Root, RootKind,
    System, Type, Unary, Value,
};

/// A system in the making; `name` and a made-up span go into the origin of what is pushed.
pub struct Build {
    pub s: System,
    pub t: AxisId,
    name: String,
}

impl Build {
    /// With one sequence axis `t`.
    pub fn new() -> Build {
        let mut s = System::new("test");
        let t = s.axis("t", AxisKind::Sequence);
        Build {
            s,
            t,
            name: String::new(),
        }
    }

    /// What is pushed from here on belongs to this equation.
    pub fn equation(&mut self, name: &str) -> &mut Build {
        self.name = name.into();
        self
    }

    fn origin(&self) -> Origin {
        let at = self.s.nodes.len();
        Origin {
            name: Some(self.name.clone()),
            span: Some(Span::new(FileId(0), at, at + 1)),
            call: None,
        }
    }

    pub fn push(&mut self, op: Op) -> Value {
        let origin = self.origin();
        self.s.push(op, origin)
    }

    pub fn typed(&mut self, op: Op, shape: &[usize], axes: &[AxisId]) -> Value {
        let origin = self.origin();
        self.s.push_typed(op, Type::real(shape, AxisSet::of(axes)), origin)
    }

    pub fn over_t(&self) -> [AxisId; 2] {
        [AxisId::BATCH, self.t]
    }

    /// A value to be defined later by [`Build::define`].
    pub fn later(&mut self, shape: &[usize], axes: &[AxisId]) -> Value {
        self.typed(Op::Const(f64::NAN), shape, axes)
    }

    pub fn define(&mut self, later: Value, value: Value) {
        assert_eq!(self.s.ty(later).shape, self.s.ty(value).shape);
        self.s.nodes[later].op = Op::Equal(value);
    }

    pub fn data(&mut self, name: &str, ty: Type) -> Value {
        let d = self.s.data.push(Data {
            name: name.into(),
            role: DataRole::Input,
            ty,
            doc: vec![],
            span: None,
        });
        self.push(Op::Data(d))
    }

    pub fn real(&mut self, name: &str, shape: &[usize], axes: &[AxisId]) -> Value {
        self.data(name, Type::real(shape, AxisSet::of(axes)))
    }

    pub fn param(&mut self, name: &str, shape: &[usize]) -> Value {
        let p = self.s.params.push(Param {
            name: name.into(),
            shape: shape.to_vec(),
            init: Init::Glorot,
            trained: true,
            span: None,
        });
        self.push(Op::Param(p))
    }

    pub fn shift(&mut self, x: Value, by: i32, init: Option<Value>) -> Value {
        let axis = self.t;
        self.push(Op::Shift { x, axis, by, init })
    }

    pub fn matvec(&mut self, a: Value, b: Value) -> Value {
        let spec = Contraction::mat_vec();
        let over = AxisSet::EMPTY;
        self.push(Op::Contract { a, b, spec, over })
    }

    pub fn add(&mut self, a: Value, b: Value) -> Value {
        self.push(Op::Binary(Binary::Add, a, b))
    }

    pub fn unary(&mut self, f: Unary, x: Value) -> Value {
        self.push(Op::Unary(f, x))
    }

    pub fn sum(&mut self, x: Value, axes: &[AxisId]) -> Value {
        let axes = AxisSet::of(axes);
        self.push(Op::Reduce {
            fold: Fold::Sum,
            x,
            axes,
        })
    }

    pub fn root(&mut self, name: &str, value: Value) {
        self.s.roots.push(Root {
            kind: RootKind::Output,
            name: name.into(),
            value,
        });
    }

    /// `h = tanh(W x + U h[t-by] + b)`; the parameters are named after `name`.
    pub fn tanh_rnn(&mut self, name: &str, x: Value, n: usize, by: i32, init: Option<Value>) -> Value {
        let m = self.s.ty(x).shape[0];
        let axes = self.over_t();
        self.equation(name);
        let w = self.param(&format!("{name}.w"), &[n, m]);
        let u = self.param(&format!("{name}.u"), &[n, n]);
        let b = self.param(&format!("{name}.b"), &[n]);
        let h = self.later(&[n], &axes);
        let before = self.shift(h, by, init);
        let wx = self.matvec(w, x);
        let uh = self.matvec(u, before);
        let sum = self.add(wx, uh);
        let sum = self.add(sum, b);
        let out = self.unary(Unary::Tanh, sum);
        self.define(h, out);
        out
    }
}
