//! Which values a derivative has to pass through.

use crate::system::{Binary, Op, System, Unary, Value};

/// For every node, whether a derivative of `of` by `wrt` passes through it: some of `of` depends on it, and it on
/// some of `wrt`, both by differentiable arguments. Cycles need no special care.
pub(super) fn active(s: &System, of: &[Value], wrt: &[Value]) -> Vec<bool> {
    let mut users: Vec<Vec<Value>> = vec![Vec::new(); s.nodes.len()];
    for v in s.nodes.ids() {
        for a in differentiable_args(s.op(v)) {
            users[a.index()].push(v);
        }
    }
    let reaches = flood(s.nodes.len(), of.to_vec(), |v| differentiable_args(s.op(v)));
    let depends = flood(s.nodes.len(), wrt.to_vec(), |v| users[v.index()].clone());
    reaches.into_iter().zip(depends).map(|(r, d)| r && d).collect()
}

fn flood(len: usize, mut todo: Vec<Value>, next: impl Fn(Value) -> Vec<Value>) -> Vec<bool> {
    let mut seen = vec![false; len];
    while let Some(v) = todo.pop() {
        if !std::mem::replace(&mut seen[v.index()], true) {
            todo.extend(next(v));
        }
    }
    seen
}

/// The arguments by which an operation has a derivative that is not zero everywhere.
pub(super) fn differentiable_args(op: &Op) -> Vec<Value> {
    match op {
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
        | Op::Stop(_) => vec![],
        Op::Unary(f, x) => match f {
            Unary::Sign | Unary::Floor | Unary::Not => vec![],
            Unary::Neg
            | Unary::Exp
            | Unary::Log
            | Unary::Sqrt
            | Unary::Abs
            | Unary::Sin
            | Unary::Cos
            | Unary::Tanh
            | Unary::Sigmoid
            | Unary::Softplus
            | Unary::Relu => vec![*x],
        },
        Op::Binary(f, a, b) => match f {
            Binary::Lt | Binary::Le | Binary::Eq | Binary::Ne | Binary::And | Binary::Or => vec![],
            Binary::Add | Binary::Sub | Binary::Mul | Binary::Div | Binary::Max | Binary::Min | Binary::Pow => {
                vec![*a, *b]
            }
        },
        Op::Select { yes, no, .. } => vec![*yes, *no],
        Op::Gather { table, .. } => vec![*table],
        Op::Scatter { x, .. } | Op::Pick { x, .. } | Op::Place { x, .. } => vec![*x],
        Op::Equal(_)
        | Op::Concat(_)
        | Op::Slice { .. }
        | Op::Pad { .. }
        | Op::Reshape(_)
        | Op::Transpose(_)
        | Op::Fold { .. }
        | Op::Spread(_)
        | Op::Reduce { .. }
        | Op::Shift { .. }
        | Op::Edge { .. }
        | Op::Reverse { .. }
        | Op::Rename { .. }
        | Op::Contract { .. } => op.args(),
    }
}
