//! The calculus of reverse mode: for every operation, what its adjoint `g` gives to each of its arguments.

use super::builder::{Builder, real};
use super::partial::{self, By};
use crate::system::{AxisSet, Binary, Contraction, Fold, Op, Type, Value};

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
        | Op::Position(_)
        | Op::Draw { .. }
        | Op::Training
        | Op::ArgMax(_)
        | Op::OneHot(_)
        | Op::Stop(_) => {}

        // Elementwise
        Op::Unary(f, x) => give(b, x, &mut |b| partial::unary(b, f, x, y, g)),
        Op::Binary(f, p, q) => {
            give(b, p, &mut |b| partial::binary(b, f, [p, q, y], By::First, g));
            give(b, q, &mut |b| partial::binary(b, f, [p, q, y], By::Second, g));
        }
        Op::Select { cond, yes, no } => {
            give(b, yes, &mut |b| b.where_else_zero(cond, g));
            give(b, no, &mut |b| b.zero_where(cond, g));
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
        Op::Fold { fold: Fold::Sum, x } | Op::Reduce { fold: Fold::Sum, x, .. } => {
            give(b, x, &mut |b| copied(b, g, x));
        }
        Op::Fold { fold: Fold::Max, x } => {
            give(b, x, &mut |b| {
                shared_by_maxima(b, x, y, g, |x| Op::Fold { fold: Fold::Sum, x })
            });
        }
        Op::Spread(x) | Op::Equal(x) => give(b, x, &mut |_| g),

        // Axes
        Op::Reduce {
            fold: Fold::Max,
            x,
            axes,
        } => {
            give(b, x, &mut |b| {
                shared_by_maxima(b, x, y, g, |x| Op::Reduce {
                    fold: Fold::Sum,
                    x,
                    axes,
                })
            });
        }
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
            let zeros = b.zeros(&Type::real(&b.s.ty(g).shape.clone(), AxisSet::EMPTY));
            b.push(Op::Shift {
                x: zeros,
                axis,
                by,
                init: Some(g),
            })
        }),
        Op::Reverse { x, axis } => give(b, x, &mut |b| b.push(Op::Reverse { x: g, axis })),
        Op::Rename { x, from, to } => give(b, x, &mut |b| {
            b.push(Op::Rename {
                x: g,
                from: to,
                to: from,
            })
        }),

        // Products and look-ups
        Op::Contract { a: p, b: q, spec, .. } => {
            give(b, p, &mut |b| product(b, (g, &spec.out), (q, &spec.b), (p, &spec.a)));
            give(b, q, &mut |b| product(b, (g, &spec.out), (p, &spec.a), (q, &spec.b)));
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

/// The adjoint of a sum: every term receives all of it.
fn copied(b: &mut Builder<'_>, g: Value, term: Value) -> Value {
    let ty = real(b.s.ty(term), AxisSet::EMPTY);
    b.spread(g, &ty)
}

/// The adjoint of one factor: the product of `g` and the other factor, summed over what this factor lacks, axes
/// included. For a weight that is one large product over all examples and steps.
fn product(
    b: &mut Builder<'_>,
    (g, out): (Value, &[u8]),
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

/// The maxima share `g` equally, as in PyTorch's `amax`; `total` sums what the maximum was taken over.
fn shared_by_maxima(b: &mut Builder<'_>, x: Value, y: Value, g: Value, total: impl Fn(Value) -> Op) -> Value {
    let chosen = b.push(Op::Binary(Binary::Eq, x, y));
    let count = b.push(total(chosen));
    let share = b.div(g, count);
    b.where_else_zero(chosen, share)
}
