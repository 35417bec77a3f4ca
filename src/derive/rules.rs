//! The calculus: for every operation, what its adjoint `g` gives to each of its arguments.

use super::adjoint::Builder;
use crate::system::{AxisSet, Binary, Contraction, Fold, Op, Type, Unary, Value};

/// Takes an argument and how to build what it receives; builds it only where the argument is active. A contribution
/// may be over more axes than its argument, or shaped where that is a scalar: it is summed to fit.
pub(super) type Give<'g> = dyn FnMut(&mut Builder<'_>, Value, &mut dyn FnMut(&mut Builder<'_>) -> Value) + 'g;

/// Gives the arguments of `y` their part of its adjoint `g`.
pub(super) fn pull(b: &mut Builder<'_>, y: Value, g: Value, give: &mut Give<'_>) {
    match b.s.op(y).clone() {
        // Constants, and what is piecewise constant.
        Op::Data(_)
        | Op::Param(_)
        | Op::Const(_)
        | Op::Count(_)
        | Op::Length(_)
        | Op::Draw { .. }
        | Op::Training
        | Op::ArgMax(_)
        | Op::OneHot(_)
        | Op::Stop(_) => {}

        // Elementwise
        Op::Unary(f, x) => unary(b, f, x, y, g, give),
        Op::Binary(f, p, q) => binary(b, f, [p, q, y], g, give),
        Op::Select { cond, yes, no } => {
            give(b, yes, &mut |b| where_else_zero(b, cond, g));
            give(b, no, &mut |b| zero_where(b, cond, g));
        }

        // Features
        Op::Concat(parts) => {
            let mut start = 0;
            for x in parts {
                let len = b.s.ty(x).shape[0];
                give(b, x, &mut |b| b.push(Op::Slice { x: g, start, len }));
                start += len;
            }
        }
        Op::Slice { x, start, .. } => give(b, x, &mut |b| {
            let len = b.s.ty(x).shape[0];
            b.push(Op::Pad { x: g, start, len })
        }),
        Op::Pad { x, start, .. } => give(b, x, &mut |b| {
            let len = b.s.ty(x).shape[0];
            b.push(Op::Slice { x: g, start, len })
        }),
        Op::Reshape(x) => give(b, x, &mut |b| {
            let ty = Type::real(&b.s.ty(x).shape, b.s.ty(g).axes);
            b.typed(Op::Reshape(g), ty)
        }),
        Op::Transpose(x) => give(b, x, &mut |b| b.push(Op::Transpose(g))),
        Op::Fold { fold: Fold::Sum, x } => give(b, x, &mut |b| b.spread(g, x)),
        Op::Fold {
            fold: fold @ Fold::Max,
            x,
        } => give(b, x, &mut |b| {
            shared_by_maxima(
                b,
                x,
                y,
                g,
                |count| Op::Fold {
                    fold: Fold::Sum,
                    x: count,
                },
                fold,
            )
        }),
        Op::Spread(x) | Op::Equal(x) => give(b, x, &mut |_| g),

        // Axes
        Op::Reduce { fold: Fold::Sum, x, .. } => give(b, x, &mut |b| b.spread(g, x)),
        Op::Reduce {
            fold: fold @ Fold::Max,
            x,
            axes,
        } => give(b, x, &mut |b| {
            shared_by_maxima(
                b,
                x,
                y,
                g,
                |count| Op::Reduce {
                    fold: Fold::Sum,
                    x: count,
                    axes,
                },
                fold,
            )
        }),
        // The one rule that makes backpropagation through time.
        Op::Shift { x, axis, by, init } => {
            give(b, x, &mut |b| {
                b.push(Op::Shift {
                    x: g,
                    axis,
                    by: -by,
                    init: None,
                })
            });
            if let Some(init) = init {
                give(b, init, &mut |b| b.push(Op::Edge { x: g, axis, by }));
            }
        }
        Op::Edge { x, axis, by } => give(b, x, &mut |b| {
            let zeros = zeros(b, g);
            b.push(Op::Shift {
                x: zeros,
                axis,
                by,
                init: Some(g),
            })
        }),
        Op::Reverse { x, axis } => give(b, x, &mut |b| b.push(Op::Reverse { x: g, axis })),

        // Products and look-ups
        Op::Contract { a: p, b: q, spec, .. } => {
            give(b, p, &mut |b| product(b, g, &spec.out, (q, &spec.b), (p, &spec.a)));
            give(b, q, &mut |b| product(b, g, &spec.out, (p, &spec.a), (q, &spec.b)));
        }
        Op::Gather { table, index } => give(b, table, &mut |b| {
            let rows = b.s.ty(table).shape[0];
            b.push(Op::Scatter { x: g, index, rows })
        }),
        Op::Scatter { x, index, .. } => give(b, x, &mut |b| b.push(Op::Gather { table: g, index })),
        Op::Pick { x, index } => give(b, x, &mut |b| {
            let len = b.s.ty(x).shape[0];
            b.push(Op::Place { x: g, index, len })
        }),
        Op::Place { x, index, .. } => give(b, x, &mut |b| b.push(Op::Pick { x: g, index })),
    }
}

/// dy/dx of `y = f(x)`, by `y` where that is cheaper.
fn unary(b: &mut Builder<'_>, f: Unary, x: Value, y: Value, g: Value, give: &mut Give<'_>) {
    give(b, x, &mut |b| match f {
        Unary::Neg => neg(b, g),
        Unary::Exp => mul(b, g, y),
        Unary::Log => div(b, g, x),
        Unary::Sqrt => {
            let half = scaled(b, g, 0.5);
            div(b, half, y)
        }
        Unary::Abs => {
            let sign = b.push(Op::Unary(Unary::Sign, x));
            mul(b, g, sign)
        }
        Unary::Sin => {
            let cos = b.push(Op::Unary(Unary::Cos, x));
            mul(b, g, cos)
        }
        Unary::Cos => {
            let sin = b.push(Op::Unary(Unary::Sin, x));
            let part = mul(b, g, sin);
            neg(b, part)
        }
        // 1 - y^2
        Unary::Tanh => {
            let square = mul(b, y, y);
            let slope = one_minus(b, square);
            mul(b, g, slope)
        }
        // y (1 - y)
        Unary::Sigmoid => {
            let rest = one_minus(b, y);
            let slope = mul(b, y, rest);
            mul(b, g, slope)
        }
        Unary::Softplus => {
            let slope = b.push(Op::Unary(Unary::Sigmoid, x));
            mul(b, g, slope)
        }
        // 0 at 0
        Unary::Relu => {
            let zero = b.push(Op::Const(0.0));
            let positive = b.push(Op::Binary(Binary::Lt, zero, x));
            where_else_zero(b, positive, g)
        }
        Unary::Sign | Unary::Floor | Unary::Not => panic!("internal error: {f:?} has no derivative"),
    });
}

/// The two partial derivatives of `y = f(p, q)`. At a tie a maximum or minimum passes its adjoint to the first.
fn binary(b: &mut Builder<'_>, f: Binary, [p, q, y]: [Value; 3], g: Value, give: &mut Give<'_>) {
    match f {
        Binary::Add => {
            give(b, p, &mut |_| g);
            give(b, q, &mut |_| g);
        }
        Binary::Sub => {
            give(b, p, &mut |_| g);
            give(b, q, &mut |b| neg(b, g));
        }
        Binary::Mul => {
            give(b, p, &mut |b| mul(b, g, q));
            give(b, q, &mut |b| mul(b, g, p));
        }
        Binary::Div => {
            give(b, p, &mut |b| div(b, g, q));
            // -g y / q
            give(b, q, &mut |b| {
                let over = div(b, g, q);
                let part = mul(b, over, y);
                neg(b, part)
            });
        }
        Binary::Max | Binary::Min => {
            let (low, high) = if f == Binary::Max { (q, p) } else { (p, q) };
            let first = b.push(Op::Binary(Binary::Le, low, high));
            give(b, p, &mut |b| where_else_zero(b, first, g));
            give(b, q, &mut |b| zero_where(b, first, g));
        }
        Binary::Pow => {
            // q p^(q - 1)
            give(b, p, &mut |b| {
                let one = b.push(Op::Const(1.0));
                let less = b.push(Op::Binary(Binary::Sub, q, one));
                let power = b.push(Op::Binary(Binary::Pow, p, less));
                let slope = mul(b, q, power);
                mul(b, g, slope)
            });
            // y log p, and 0 where the base is 0
            give(b, q, &mut |b| {
                let zero = b.push(Op::Const(0.0));
                let none = b.push(Op::Binary(Binary::Eq, p, zero));
                let log = b.push(Op::Unary(Unary::Log, p));
                let slope = mul(b, y, log);
                let part = mul(b, g, slope);
                zero_where(b, none, part)
            });
        }
        Binary::Lt | Binary::Le | Binary::Eq | Binary::Ne | Binary::And | Binary::Or => {}
    }
}

/// The adjoint of one factor: the product of `g` and the other factor, summed over what this factor lacks, axes
/// included. For a weight that is one large product over all examples and steps.
fn product(
    b: &mut Builder<'_>,
    g: Value,
    out: &[u8],
    (other, other_labels): (Value, &[u8]),
    (of, labels): (Value, &[u8]),
) -> Value {
    let over = b.s.ty(g).axes.union(b.s.ty(other).axes).minus(b.s.ty(of).axes);
    b.push(Op::Contract {
        a: g,
        b: other,
        spec: Contraction::new(out, other_labels, labels),
        over,
    })
}

/// The maxima share `g` equally, as in PyTorch's `amax`; `total` counts them. What is chosen is not multiplied by a
/// mask, so that what is not chosen may be anything.
fn shared_by_maxima(
    b: &mut Builder<'_>,
    x: Value,
    y: Value,
    g: Value,
    total: impl Fn(Value) -> Op,
    fold: Fold,
) -> Value {
    debug_assert_eq!(fold, Fold::Max);
    let chosen = b.push(Op::Binary(Binary::Eq, x, y));
    let count = b.push(total(chosen));
    let share = div(b, g, count);
    where_else_zero(b, chosen, share)
}

fn where_else_zero(b: &mut Builder<'_>, cond: Value, yes: Value) -> Value {
    let no = b.push(Op::Const(0.0));
    b.push(Op::Select { cond, yes, no })
}

fn zero_where(b: &mut Builder<'_>, cond: Value, no: Value) -> Value {
    let yes = b.push(Op::Const(0.0));
    b.push(Op::Select { cond, yes, no })
}

fn zeros(b: &mut Builder<'_>, like: Value) -> Value {
    let ty = Type::real(&b.s.ty(like).shape, AxisSet::EMPTY);
    let zero = b.push(Op::Const(0.0));
    b.typed(Op::Spread(zero), ty)
}

fn mul(b: &mut Builder<'_>, x: Value, y: Value) -> Value {
    b.push(Op::Binary(Binary::Mul, x, y))
}

fn div(b: &mut Builder<'_>, x: Value, y: Value) -> Value {
    b.push(Op::Binary(Binary::Div, x, y))
}

fn neg(b: &mut Builder<'_>, x: Value) -> Value {
    b.push(Op::Unary(Unary::Neg, x))
}

fn scaled(b: &mut Builder<'_>, x: Value, by: f64) -> Value {
    let by = b.push(Op::Const(by));
    mul(b, x, by)
}

fn one_minus(b: &mut Builder<'_>, x: Value) -> Value {
    let one = b.push(Op::Const(1.0));
    b.push(Op::Binary(Binary::Sub, one, x))
}
