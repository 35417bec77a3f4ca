//! Appends the operations that derivatives are made of.

use crate::system::{AxisSet, Binary, Elem, Fold, Op, Origin, System, Type, Unary, Value};

/// Appends operations that all come from one place.
pub(super) struct Builder<'a> {
    pub(super) s: &'a mut System,
    pub(super) origin: Origin,
}

impl Builder<'_> {
    pub(super) fn push(&mut self, op: Op) -> Value {
        self.s.push(op, self.origin.clone())
    }

    pub(super) fn typed(&mut self, op: Op, ty: Type) -> Value {
        self.s.push_typed(op, ty, self.origin.clone())
    }

    pub(super) fn constant(&mut self, c: f64) -> Value {
        self.push(Op::Const(c))
    }

    pub(super) fn zeros(&mut self, ty: &Type) -> Value {
        let zero = self.constant(0.0);
        self.spread(zero, ty)
    }

    /// `x` copied to `ty`, which may have more axes or give a scalar a shape.
    pub(super) fn spread(&mut self, x: Value, ty: &Type) -> Value {
        if self.s.ty(x) == ty {
            return x;
        }
        self.typed(Op::Spread(x), ty.clone())
    }

    /// Brings a contribution to `ty`: sums over what that lacks, since it was broadcast there, and copies over what
    /// the contribution lacks.
    pub(super) fn fit(&mut self, contribution: Value, ty: &Type) -> Value {
        let mut c = contribution;
        let extra = self.s.ty(c).axes.minus(ty.axes);
        if !extra.is_empty() {
            c = self.push(Op::Reduce {
                fold: Fold::Sum,
                x: c,
                axes: extra,
            });
        }
        if ty.is_scalar() && !self.s.ty(c).is_scalar() {
            c = self.push(Op::Fold { fold: Fold::Sum, x: c });
        }
        self.spread(c, ty)
    }

    /// The sum of the parts, or zeros; of type `ty` as each of them.
    pub(super) fn sum(&mut self, parts: Vec<Value>, ty: &Type) -> Value {
        match parts.into_iter().reduce(|a, b| self.add(a, b)) {
            Some(sum) => sum,
            None => self.zeros(ty),
        }
    }

    pub(super) fn add(&mut self, x: Value, y: Value) -> Value {
        self.push(Op::Binary(Binary::Add, x, y))
    }

    pub(super) fn mul(&mut self, x: Value, y: Value) -> Value {
        self.push(Op::Binary(Binary::Mul, x, y))
    }

    pub(super) fn div(&mut self, x: Value, y: Value) -> Value {
        self.push(Op::Binary(Binary::Div, x, y))
    }

    pub(super) fn neg(&mut self, x: Value) -> Value {
        self.push(Op::Unary(Unary::Neg, x))
    }

    pub(super) fn unary(&mut self, f: Unary, x: Value) -> Value {
        self.push(Op::Unary(f, x))
    }

    pub(super) fn one_minus(&mut self, x: Value) -> Value {
        let one = self.constant(1.0);
        self.push(Op::Binary(Binary::Sub, one, x))
    }

    // A choice, never a product with a mask: what is not chosen may be infinite, and 0 times that is not 0.

    pub(super) fn where_else_zero(&mut self, cond: Value, yes: Value) -> Value {
        let no = self.constant(0.0);
        self.push(Op::Select { cond, yes, no })
    }

    pub(super) fn zero_where(&mut self, cond: Value, no: Value) -> Value {
        let yes = self.constant(0.0);
        self.push(Op::Select { cond, yes, no })
    }
}

/// The type of a derivative of, or by, a value of type `ty`: real, and over `more` axes.
pub(super) fn real(ty: &Type, more: AxisSet) -> Type {
    Type {
        elem: Elem::Real,
        shape: ty.shape.clone(),
        axes: ty.axes.union(more),
    }
}
