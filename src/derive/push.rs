//! The calculus of forward mode: for every operation, its tangent by the tangents of its arguments.

use super::builder::{Builder, real};
use super::partial::{self, By};
use crate::system::{AxisSet, Binary, Contraction, Fold, Op, Type, Value};

/// The tangent of `y`, which may lack some of the axes that tangents run over. `tangent` gives that of an argument,
/// none where it is zero; at least one argument by which `y` is differentiable has one. Tangents run over `more` axes
/// than their values.
pub(super) fn push(b: &mut Builder<'_>, y: Value, more: AxisSet, tangent: &dyn Fn(Value) -> Option<Value>) -> Value {
    let have = |x: Value| tangent(x).expect("internal error: an active value without a tangent");
    let ty = real(b.s.ty(y), more);
    match b.s.op(y).clone() {
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
        | Op::Stop(_) => panic!("internal error: a constant on the way of a derivative"),

        // Elementwise
        Op::Unary(f, x) => partial::unary(b, f, x, y, have(x)),
        Op::Binary(f, p, q) => {
            let first = tangent(p).map(|d| partial::binary(b, f, [p, q, y], By::First, d));
            let second = tangent(q).map(|d| partial::binary(b, f, [p, q, y], By::Second, d));
            total(b, first, second)
        }
        Op::Select { cond, yes, no } => {
            let zero = b.constant(0.0);
            b.push(Op::Select {
                cond,
                yes: tangent(yes).unwrap_or(zero),
                no: tangent(no).unwrap_or(zero),
            })
        }

        // Features
        Op::Concat(parts) => {
            let parts = parts.into_iter().map(|x| or_zeros(b, x, tangent)).collect();
            b.push(Op::Concat(parts))
        }
        Op::Slice { x, start, len } => b.push(Op::Slice { x: have(x), start, len }),
        Op::Pad { x, start, len } => b.push(Op::Pad { x: have(x), start, len }),
        Op::Reshape(x) => b.typed(Op::Reshape(have(x)), ty),
        Op::Transpose(x) => b.push(Op::Transpose(have(x))),
        Op::Fold {
            fold: fold @ Fold::Sum,
            x,
        } => b.push(Op::Fold { fold, x: have(x) }),
        Op::Fold { fold: Fold::Max, x } => shared_by_maxima(b, x, y, have(x), |x| Op::Fold { fold: Fold::Sum, x }),
        Op::Spread(x) | Op::Equal(x) => b.spread(have(x), &ty),

        // Axes
        Op::Reduce {
            fold: fold @ Fold::Sum,
            x,
            axes,
        } => b.push(Op::Reduce { fold, x: have(x), axes }),
        Op::Reduce {
            fold: Fold::Max,
            x,
            axes,
        } => shared_by_maxima(b, x, y, have(x), |x| Op::Reduce {
            fold: Fold::Sum,
            x,
            axes,
        }),
        // The one rule that makes real-time recurrent learning.
        Op::Shift { x, axis, by, init } => {
            let init = init.and_then(tangent);
            let x = or_zeros(b, x, tangent);
            b.push(Op::Shift { x, axis, by, init })
        }
        Op::Edge { x, axis, by } => b.push(Op::Edge { x: have(x), axis, by }),
        Op::Reverse { x, axis } => b.push(Op::Reverse { x: have(x), axis }),
        Op::Rename { x, from, to } => b.push(Op::Rename { x: have(x), from, to }),

        // Products and look-ups
        Op::Contract { a: p, b: q, spec, over } => {
            let first = tangent(p).map(|a| {
                b.push(Op::Contract {
                    a,
                    b: q,
                    spec: spec.clone(),
                    over,
                })
            });
            let second = tangent(q).map(|d| b.push(Op::Contract { a: p, b: d, spec, over }));
            total(b, first, second)
        }
        // A table with axes has no rows to look up: its rows are summed, all but one of them times zero.
        Op::Gather { table, index } => {
            let one = b.push(Op::OneHot(index));
            let spec = Contraction::new(&[0, 1], &[0], &[1]);
            b.push(Op::Contract {
                a: have(table),
                b: one,
                spec,
                over: AxisSet::EMPTY,
            })
        }
        Op::Scatter { x, index, .. } => {
            let one = b.push(Op::OneHot(index));
            let spec = Contraction::new(&[0], &[1], &[0, 1]);
            let over = b.s.ty(x).axes.union(b.s.ty(index).axes);
            b.push(Op::Contract {
                a: one,
                b: have(x),
                spec,
                over,
            })
        }
        Op::Pick { x, index } => b.push(Op::Pick { x: have(x), index }),
        Op::Place { x, index, len } => b.push(Op::Place { x: have(x), index, len }),
    }
}

fn total(b: &mut Builder<'_>, first: Option<Value>, second: Option<Value>) -> Value {
    match (first, second) {
        (Some(p), Some(q)) => b.add(p, q),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => panic!("internal error: an active value without a tangent"),
    }
}

fn or_zeros(b: &mut Builder<'_>, x: Value, tangent: &dyn Fn(Value) -> Option<Value>) -> Value {
    tangent(x).unwrap_or_else(|| {
        let ty = Type::real(&b.s.ty(x).shape.clone(), AxisSet::EMPTY);
        b.zeros(&ty)
    })
}

/// The mean of the tangents of the maxima, the transpose of how they share an adjoint.
fn shared_by_maxima(b: &mut Builder<'_>, x: Value, y: Value, d: Value, total: impl Fn(Value) -> Op) -> Value {
    let chosen = b.push(Op::Binary(Binary::Eq, x, y));
    let count = b.push(total(chosen));
    let kept = b.where_else_zero(chosen, d);
    let sum = b.push(total(kept));
    b.div(sum, count)
}
