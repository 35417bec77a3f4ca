//! Which recurrences are linear in their states, unit by unit: `h = a * h[t-1] + b` with `a` and `b` that no state is
//! needed for.
//!
//! Such a recurrence needs no product in its steps, and its derivative is another.

use crate::system::{Binary, Op, System, Unary, Value};

/// Whether every value of a recurrence is a sum of states, each times something outside of it, element by element.
/// `cycle` is in increasing order of id.
pub(super) fn is_linear(system: &System, cycle: &[Value]) -> bool {
    let within = |v: Value| cycle.binary_search(&v).is_ok();
    let shape = |v: Value| &system.ty(v).shape;
    cycle.iter().all(|&v| {
        let op = system.op(v);
        let states = op.args().into_iter().filter(|a| within(*a));
        states.clone().all(|a| shape(a) == shape(v)) && keeps_sums(op, states.count(), within)
    })
}

/// Whether an operation of which so many arguments are sums of states gives one again.
fn keeps_sums(op: &Op, states: usize, within: impl Fn(Value) -> bool) -> bool {
    match op {
        Op::Unary(Unary::Neg, _) | Op::Stop(_) | Op::Equal(_) | Op::Spread(_) => true,
        Op::Binary(Binary::Add | Binary::Sub, ..) => true,
        Op::Binary(Binary::Mul, ..) => states == 1,
        Op::Binary(Binary::Div, _, by) => !within(*by),
        Op::Select { cond, .. } => !within(*cond),
        Op::Shift { init, .. } => !init.is_some_and(within),
        Op::Unary(..)
        | Op::Binary(..)
        | Op::Data(_)
        | Op::Param(_)
        | Op::Const(_)
        | Op::Count(_)
        | Op::Length(_)
        | Op::Position(_)
        | Op::Draw { .. }
        | Op::Training
        | Op::Concat(_)
        | Op::Slice { .. }
        | Op::Pad { .. }
        | Op::Reshape(_)
        | Op::Transpose(_)
        | Op::Fold { .. }
        | Op::ArgMax(_)
        | Op::OneHot(_)
        | Op::Reduce { .. }
        | Op::Edge { .. }
        | Op::Reverse { .. }
        | Op::Rename { .. }
        | Op::Contract { .. }
        | Op::Gather { .. }
        | Op::Scatter { .. }
        | Op::Pick { .. }
        | Op::Place { .. } => false,
    }
}
