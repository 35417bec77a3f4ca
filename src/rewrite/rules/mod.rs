//! Local rules: an operation on simplified arguments, and what it may be replaced by. A rule keeps the type.

mod axes;
mod elementwise;
mod features;

use super::rebuild::Rebuild;
use crate::system::{Op, Origin, Type, Value};

/// What `op` simplifies to, if a rule applies.
pub(super) fn apply(b: &mut Rebuild, op: &Op, ty: &Type, origin: &Origin) -> Option<Value> {
    match op {
        Op::Data(_)
        | Op::Param(_)
        | Op::Const(_)
        | Op::Count(_)
        | Op::Length(_)
        | Op::Position(_)
        | Op::Draw { .. }
        | Op::Training => None,
        Op::Equal(_) => panic!("internal error: a name that was not resolved"),

        Op::Unary(f, x) => elementwise::unary(b, *f, *x, ty, origin),
        Op::Binary(f, x, y) => elementwise::binary(b, *f, *x, *y, ty, origin),
        Op::Select { cond, yes, no } => elementwise::select(b, [*cond, *yes, *no], ty, origin),
        Op::Spread(x) => elementwise::spread(b, *x, ty, origin),
        Op::Stop(x) => elementwise::stop(b, *x, ty, origin),

        Op::Concat(parts) => features::concat(b, parts, ty, origin),
        Op::Slice { x, start, len } => features::slice(b, *x, *start, *len, ty, origin),
        Op::Pad { x, start, len } => features::pad(b, *x, *start, *len, ty, origin),
        Op::Reshape(x) => features::reshape(b, *x, ty, origin),
        Op::Transpose(x) => features::transpose(b, *x, ty, origin),
        Op::Fold { fold, x } => features::fold(b, *fold, *x, ty, origin),
        Op::ArgMax(_) | Op::OneHot(_) => None,

        Op::Reduce { fold, x, axes } => axes::reduce(b, *fold, *x, *axes, ty, origin),
        Op::Shift { x, init, .. } => axes::shift(b, *x, *init, ty, origin),
        Op::Edge { x, .. } => axes::linear(b, *x, ty, origin),
        Op::Reverse { x, axis } => axes::reverse(b, *x, *axis, ty, origin),
        Op::Rename { x, from, to } => axes::rename(b, *x, (*from, *to), ty, origin),
        Op::Contract { a, b: y, spec, over } => axes::contract(b, *a, *y, spec, *over, ty, origin),

        Op::Gather { table, .. } => axes::linear(b, *table, ty, origin),
        Op::Scatter { x, .. } | Op::Pick { x, .. } => axes::linear(b, *x, ty, origin),
        Op::Place { x, index, len } => axes::place(b, *x, *index, *len, ty, origin),
    }
}
