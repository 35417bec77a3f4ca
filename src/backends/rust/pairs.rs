//! Products of values over two different axes that are matrix products of each example: scores of all pairs of steps, and
//! sums of rows weighed by a grid. Outside of recurrences; within one, a step has a single row of the outer axis.

use super::product::Product;
use super::space::{Space, Spaces};
use crate::schedule::{Program, Region};
use crate::system::{AxisId, AxisSet, Binary, Contraction, Fold, Op, System, Value};
use std::collections::BTreeSet;

/// Rows shorter than this are not worth the copies that a matrix product needs.
const WORTH: usize = 8;

/// Finds them, and makes each a contraction, however it was written.
pub fn find_pairs(program: &mut Program, spaces: &Spaces) -> BTreeSet<Value> {
    let mut found = BTreeSet::new();
    for region in &program.regions {
        let Region::Block { ops, .. } = region else {
            continue;
        };
        for &v in ops {
            if let Some(op) = as_contraction(&program.system, v)
                && form(&program.system, spaces, &op).is_some()
            {
                program.system.nodes[v].op = op;
                found.insert(v);
            }
        }
    }
    found
}

/// A contraction, or the sum of an elementwise product as one.
fn as_contraction(system: &System, v: Value) -> Option<Op> {
    let op = system.op(v);
    if let Op::Contract { .. } = op {
        return Some(op.clone());
    }
    let (x, over) = summed(op)?;
    let Op::Binary(Binary::Mul, a, b) = *system.op(x) else {
        return None;
    };
    let (a, b) = (unspread(system, a), unspread(system, b));
    let labels = |x: Value| -> Vec<u8> { (0..system.ty(x).shape.len() as u8).collect() };
    let spec = Contraction {
        a: labels(a),
        b: labels(b),
        out: labels(v),
    };
    Some(Op::Contract { a, b, spec, over })
}

/// What a sum is of, and over which axes.
fn summed(op: &Op) -> Option<(Value, AxisSet)> {
    if let Op::Reduce {
        fold: Fold::Sum,
        x,
        axes,
    } = *op
    {
        return Some((x, axes));
    }
    let Op::Fold { fold: Fold::Sum, x } = *op else {
        return None;
    };
    Some((x, AxisSet::EMPTY))
}

/// What was only spread over more axes.
fn unspread(system: &System, mut x: Value) -> Value {
    while let Op::Spread(y) = *system.op(x)
        && system.ty(y).shape == system.ty(x).shape
    {
        x = y;
    }
    x
}

/// The form of a contraction, if it is one of these.
pub fn form(system: &System, spaces: &Spaces, op: &Op) -> Option<Product> {
    let Op::Contract { a, b, ref spec, over } = *op else {
        return None;
    };
    let (sa, sb) = (spaces.of(system.ty(a)).ok()?, spaces.of(system.ty(b)).ok()?);
    let grid = spaces.of_axes(sa.axes().union(sb.axes())).ok()?;
    let Space::Grid(outer_axis, inner_axis) = grid else {
        return None;
    };
    if let (Space::Steps(p), Space::Steps(_)) = (sa, sb) {
        let depth = system.ty(a).size();
        let (outer, inner) = if p == outer_axis { (a, b) } else { (b, a) };
        let dot = over.is_empty() && spec.out.is_empty() && spec.a == spec.b;
        return (dot && depth >= WORTH).then_some(Product::Scores {
            outer,
            inner,
            depth,
            axes: (outer_axis, inner_axis),
        });
    }
    let (weights, rows, labels) = match (sa, sb) {
        (Space::Grid(..), Space::Steps(_)) if spec.a.is_empty() => (a, b, &spec.b),
        (Space::Steps(_), Space::Grid(..)) if spec.b.is_empty() => (b, a, &spec.a),
        _ => return None,
    };
    let width = system.ty(rows).size();
    let along = spaces.of(system.ty(rows)).ok()?.axes().without(AxisId::BATCH);
    (over == along && spec.out == *labels && width >= WORTH).then_some(Product::Weighed {
        weights,
        rows,
        width,
        axes: (outer_axis, inner_axis),
        over_inner: over.contains(inner_axis),
    })
}
