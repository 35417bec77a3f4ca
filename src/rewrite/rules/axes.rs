//! Rules of operations along axes, of products and of look-ups.

use crate::rewrite::rebuild::Rebuild;
use crate::system::{AxisId, AxisSet, Contraction, Fold, Op, Origin, Type, Value};

pub(super) fn reduce(
    b: &mut Rebuild,
    fold: Fold,
    x: Value,
    axes: AxisSet,
    ty: &Type,
    origin: &Origin,
) -> Option<Value> {
    if axes.is_empty() {
        return Some(b.spread(x, ty, origin));
    }
    if let Op::Reduce {
        fold: inner,
        x,
        axes: before,
    } = *b.new.op(x)
        && inner == fold
    {
        let axes = axes.union(before);
        return Some(b.make(Op::Reduce { fold, x, axes }, ty, origin));
    }
    if fold == Fold::Sum {
        linear(b, x, ty, origin)
    } else {
        None
    }
}

/// Zeros shifted in from zeros are zeros.
pub(super) fn shift(b: &mut Rebuild, x: Value, init: Option<Value>, ty: &Type, origin: &Origin) -> Option<Value> {
    let zeros = b.constant(x) == Some(0.0) && init.is_none_or(|i| b.constant(i) == Some(0.0));
    zeros.then(|| b.splat(0.0, ty, origin))
}

/// Linear in `x`, so zeros where it is zero.
pub(super) fn linear(b: &mut Rebuild, x: Value, ty: &Type, origin: &Origin) -> Option<Value> {
    (b.constant(x) == Some(0.0)).then(|| b.splat(0.0, ty, origin))
}

/// The index may have the axes that the scalar was spread over.
pub(super) fn place(b: &mut Rebuild, x: Value, index: Value, len: usize, ty: &Type, origin: &Origin) -> Option<Value> {
    let Op::Spread(y) = *b.new.op(x) else {
        return linear(b, x, ty, origin);
    };
    let v = b.infer(Op::Place { x: y, index, len }, origin);
    Some(b.spread(v, ty, origin))
}

pub(super) fn reverse(b: &mut Rebuild, x: Value, axis: AxisId, ty: &Type, origin: &Origin) -> Option<Value> {
    if let Op::Reverse { x: y, axis: other } = *b.new.op(x)
        && axis == other
    {
        return Some(b.spread(y, ty, origin));
    }
    b.constant(x).map(|_| x)
}

/// Two names one after the other are one; the number of a step has no name of its own.
pub(super) fn rename(
    b: &mut Rebuild,
    x: Value,
    (from, to): (AxisId, AxisId),
    ty: &Type,
    origin: &Origin,
) -> Option<Value> {
    let op = b.new.op(x).clone();
    if let Op::Rename { x: y, from: first, .. } = op {
        let once = Op::Rename { x: y, from: first, to };
        return Some(if first == to {
            b.spread(y, ty, origin)
        } else {
            b.make(once, ty, origin)
        });
    }
    if let Op::Position(_) = op {
        return Some(b.make(Op::Position(to), ty, origin));
    }
    // What is the same at every step is so under any name.
    let Op::Spread(y) = op else { return None };
    (!b.new.ty(y).axes.contains(from)).then(|| b.make(op, ty, origin))
}

pub(super) fn contract(
    b: &mut Rebuild,
    x: Value,
    y: Value,
    spec: &Contraction,
    over: AxisSet,
    ty: &Type,
    origin: &Origin,
) -> Option<Value> {
    if b.constant(x) == Some(0.0) || b.constant(y) == Some(0.0) {
        return Some(b.splat(0.0, ty, origin));
    }
    let (mut p, mut q, mut new) = (x, y, spec.clone());
    for (arg, labels) in [(&mut p, &mut new.a), (&mut q, &mut new.b)] {
        if let Op::Transpose(z) = *b.new.op(*arg) {
            *arg = z;
            labels.reverse();
        }
    }
    // An argument that was only spread over more axes broadcasts by itself, unless those axes are summed away here.
    let unspread = |b: &Rebuild, v: Value, other: Value| {
        let Op::Spread(z) = *b.new.op(v) else {
            return v;
        };
        let (from, to) = (b.new.ty(z), b.new.ty(v));
        let same = from.shape == to.shape && from.elem == to.elem;
        if same && over.is_subset(from.axes.union(b.new.ty(other).axes)) {
            z
        } else {
            v
        }
    };
    p = unspread(b, p, q);
    q = unspread(b, q, p);
    let spec_now = canonical(&new);
    if (p, q) == (x, y) && spec_now == *spec {
        return None;
    }
    let v = b.infer(
        Op::Contract {
            a: p,
            b: q,
            spec: spec_now,
            over,
        },
        origin,
    );
    Some(b.spread(v, ty, origin))
}

/// Labels numbered in order of appearance, so that the same product has one spelling.
fn canonical(spec: &Contraction) -> Contraction {
    let mut order: Vec<u8> = Vec::new();
    let mut rename = |labels: &[u8]| -> Vec<u8> {
        labels
            .iter()
            .map(|l| {
                order.iter().position(|o| o == l).unwrap_or_else(|| {
                    order.push(*l);
                    order.len() - 1
                }) as u8
            })
            .collect()
    };
    Contraction {
        a: rename(&spec.a),
        b: rename(&spec.b),
        out: rename(&spec.out),
    }
}
