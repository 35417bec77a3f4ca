//! Partial derivatives of elementwise operations. They are diagonal, so the same product serves the tangent and the
//! adjoint.

use super::builder::Builder;
use crate::system::{Binary, Op, Unary, Value};

/// `d` times the derivative of `y = f(x)`, by `y` where that is cheaper.
pub(super) fn unary(b: &mut Builder<'_>, f: Unary, x: Value, y: Value, d: Value) -> Value {
    match f {
        Unary::Neg => b.neg(d),
        Unary::Exp => b.mul(d, y),
        Unary::Log => b.div(d, x),
        // 1 / (2 y)
        Unary::Sqrt => {
            let half = b.constant(0.5);
            let part = b.mul(d, half);
            b.div(part, y)
        }
        Unary::Abs => {
            let sign = b.unary(Unary::Sign, x);
            b.mul(d, sign)
        }
        Unary::Sin => {
            let cos = b.unary(Unary::Cos, x);
            b.mul(d, cos)
        }
        Unary::Cos => {
            let sin = b.unary(Unary::Sin, x);
            let part = b.mul(d, sin);
            b.neg(part)
        }
        // 1 - y^2
        Unary::Tanh => {
            let square = b.mul(y, y);
            let slope = b.one_minus(square);
            b.mul(d, slope)
        }
        // y (1 - y)
        Unary::Sigmoid => {
            let rest = b.one_minus(y);
            let slope = b.mul(y, rest);
            b.mul(d, slope)
        }
        Unary::Softplus => {
            let slope = b.unary(Unary::Sigmoid, x);
            b.mul(d, slope)
        }
        // 0 at 0
        Unary::Relu => {
            let zero = b.constant(0.0);
            let positive = b.push(Op::Binary(Binary::Lt, zero, x));
            b.where_else_zero(positive, d)
        }
        Unary::Sign | Unary::Floor | Unary::Not => panic!("internal error: {f:?} has no derivative"),
    }
}

/// Which argument of a binary operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    First,
    Second,
}

/// `d` times the derivative of `y = f(p, q)` by one of the two. At a tie the first is the maximum, or minimum.
pub(super) fn binary(b: &mut Builder<'_>, f: Binary, [p, q, y]: [Value; 3], by: By, d: Value) -> Value {
    match (f, by) {
        (Binary::Add, _) | (Binary::Sub, By::First) => d,
        (Binary::Sub, By::Second) => b.neg(d),
        (Binary::Mul, By::First) => b.mul(d, q),
        (Binary::Mul, By::Second) => b.mul(d, p),
        (Binary::Div, By::First) => b.div(d, q),
        // -y / q
        (Binary::Div, By::Second) => {
            let over = b.div(d, q);
            let part = b.mul(over, y);
            b.neg(part)
        }
        (Binary::Max, _) => {
            let first = b.push(Op::Binary(Binary::Le, q, p));
            chosen(b, first, by, d)
        }
        (Binary::Min, _) => {
            let first = b.push(Op::Binary(Binary::Le, p, q));
            chosen(b, first, by, d)
        }
        // q p^(q - 1)
        (Binary::Pow, By::First) => {
            let one = b.constant(1.0);
            let less = b.push(Op::Binary(Binary::Sub, q, one));
            let power = b.push(Op::Binary(Binary::Pow, p, less));
            let slope = b.mul(q, power);
            b.mul(d, slope)
        }
        // y log p, and 0 where the base is 0
        (Binary::Pow, By::Second) => {
            let zero = b.constant(0.0);
            let none = b.push(Op::Binary(Binary::Eq, p, zero));
            let log = b.unary(Unary::Log, p);
            let slope = b.mul(y, log);
            let part = b.mul(d, slope);
            b.zero_where(none, part)
        }
        (Binary::Lt | Binary::Le | Binary::Eq | Binary::Ne | Binary::And | Binary::Or, _) => {
            panic!("internal error: {f:?} has no derivative")
        }
    }
}

fn chosen(b: &mut Builder<'_>, first: Value, by: By, d: Value) -> Value {
    match by {
        By::First => b.where_else_zero(first, d),
        By::Second => b.zero_where(first, d),
    }
}
