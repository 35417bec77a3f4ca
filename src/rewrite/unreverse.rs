//! Runs a chain backwards instead of reversing what it reads and what it gives.

use std::collections::BTreeMap;

use super::simplify::resolve;
use crate::system::graph::live;
use crate::system::{AxisId, Op, System, Type, Value};

/// Takes `reverse` out wherever what it reverses can itself be computed in opposite order, down to values that stand
/// under a `reverse` already or do not run over the axis. Shifts change their sign on the way: `reverse(m(reverse(x)))`
/// becomes `m(x)` run backwards. What reads data in both orders keeps its `reverse`.
pub fn unreverse(system: System) -> System {
    let mut s = system;
    resolve(&mut s);
    // Readers before what they read, so that an outer reverse meets the inner one.
    for v in live(&s).into_iter().rev() {
        match s.op(v).clone() {
            Op::Reverse { x, axis } => {
                if let Some(turned) = turn(&mut s, &[x], axis) {
                    s.nodes[v].op = Op::Equal(turned[0]);
                }
            }
            // Nothing is left of the order once the axis is folded away.
            Op::Reduce { axes, .. } | Op::Contract { over: axes, .. } => {
                axes.iter().for_each(|axis| read_in_order(&mut s, v, axis));
            }
            Op::Scatter { x, index, .. } => {
                let axes = s.ty(x).axes.union(s.ty(index).axes);
                axes.iter().for_each(|axis| read_in_order(&mut s, v, axis));
            }
            Op::Edge { x, axis, .. } if reversed(&s, x, axis) => {
                read_in_order(&mut s, v, axis);
                if let Op::Edge { x: now, by, .. } = &mut s.nodes[v].op
                    && *now != x
                {
                    *by = -*by;
                }
            }
            Op::Data(_)
            | Op::Param(_)
            | Op::Const(_)
            | Op::Count(_)
            | Op::Length(_)
            | Op::Position(_)
            | Op::Draw { .. }
            | Op::Training
            | Op::Equal(_)
            | Op::Unary(..)
            | Op::Binary(..)
            | Op::Select { .. }
            | Op::Concat(_)
            | Op::Slice { .. }
            | Op::Pad { .. }
            | Op::Reshape(_)
            | Op::Transpose(_)
            | Op::Fold { .. }
            | Op::ArgMax(_)
            | Op::OneHot(_)
            | Op::Spread(_)
            | Op::Shift { .. }
            | Op::Edge { .. }
            | Op::Rename { .. }
            | Op::Gather { .. }
            | Op::Pick { .. }
            | Op::Place { .. }
            | Op::Stop(_) => {}
        }
    }
    s
}

fn reversed(s: &System, v: Value, along: AxisId) -> bool {
    matches!(*s.op(v), Op::Reverse { axis, .. } if axis == along)
}

/// Makes `reader`, which folds the axis away, read all its arguments in opposite order, if one is reversed and the
/// others can be.
fn read_in_order(s: &mut System, reader: Value, axis: AxisId) {
    let args = s.op(reader).args();
    if args.iter().any(|a| reversed(s, *a, axis))
        && let Some(turned) = turn(s, &args, axis)
    {
        let mut turned = turned.into_iter();
        s.nodes[reader]
            .op
            .for_each_arg(|a| *a = turned.next().expect("internal error: one for each argument"));
    }
}

/// Values that are the given ones in opposite order, without a `reverse`; none where that cannot be.
fn turn(s: &mut System, values: &[Value], axis: AxisId) -> Option<Vec<Value>> {
    let members = upstream(s, values, axis)?;
    // Places first, since members of a cycle refer to each other.
    let mut place: BTreeMap<Value, Value> = BTreeMap::new();
    for &v in &members {
        let node = s.nodes[v].clone();
        let ty: Type = node.ty;
        place.insert(v, s.push_typed(Op::Equal(v), ty, node.origin));
    }
    let turned = |s: &System, v: Value| {
        if let Op::Reverse { x, axis: a } = *s.op(v)
            && a == axis
        {
            return x;
        }
        place.get(&v).copied().unwrap_or(v)
    };
    for &v in &members {
        let mut op = s.op(v).clone();
        op.for_each_arg(|a| *a = turned(s, *a));
        if let Op::Shift { axis: a, by, .. } = &mut op
            && *a == axis
        {
            *by = -*by;
        }
        s.nodes[place[&v]].op = op;
    }
    Some(values.iter().map(|v| turned(s, *v)).collect())
}

/// Everything over the axis that the values need, up to what is reversed already; none where among it is
/// what has an order of its own: data, the number of a step, what stands under another name.
fn upstream(s: &System, values: &[Value], axis: AxisId) -> Option<Vec<Value>> {
    let mut seen = vec![false; s.nodes.len()];
    let (mut todo, mut out) = (values.to_vec(), Vec::new());
    while let Some(v) = todo.pop() {
        if !s.ty(v).axes.contains(axis) || reversed(s, v, axis) || std::mem::replace(&mut seen[v.index()], true) {
            continue;
        }
        let renamed = matches!(*s.op(v), Op::Rename { to, .. } if to == axis);
        if renamed || matches!(s.op(v), Op::Data(_) | Op::Position(_)) {
            return None;
        }
        out.push(v);
        todo.extend(s.op(v).args());
    }
    out.sort();
    Some(out)
}
