//! Rules of operations that rearrange features.

use crate::rewrite::rebuild::Rebuild;
use crate::system::{Elem, Fold, Op, Origin, Type, Value};

pub(super) fn concat(b: &mut Rebuild, parts: &[Value], ty: &Type, origin: &Origin) -> Option<Value> {
    if let Some(c) = b.constant(parts[0])
        && parts.iter().all(|p| b.constant(*p) == Some(c))
    {
        return Some(b.splat(c, ty, origin));
    }
    let mut flat: Vec<Value> = Vec::new();
    for &p in parts {
        if let Op::Concat(inner) = b.new.op(p) {
            flat.extend(inner);
        } else if b.new.ty(p).shape[0] > 0 {
            flat.push(p);
        }
    }
    let mut joined: Vec<Value> = Vec::new();
    for p in flat {
        match joined.last().and_then(|l| adjacent(b, *l, p)) {
            Some(both) => {
                joined.pop();
                joined.push(b.infer(both, origin));
            }
            None => joined.push(p),
        }
    }
    match joined[..] {
        [] => Some(b.splat(0.0, ty, origin)),
        [one] => Some(b.spread(one, ty, origin)),
        _ if joined != parts => {
            let v = b.infer(Op::Concat(joined), origin);
            Some(b.spread(v, ty, origin))
        }
        _ => None,
    }
}

/// Two slices of one value, the second where the first ends, as one.
fn adjacent(b: &Rebuild, p: Value, q: Value) -> Option<Op> {
    let Op::Slice { x, start, len } = *b.new.op(p) else {
        return None;
    };
    let Op::Slice {
        x: same,
        start: next,
        len: more,
    } = *b.new.op(q)
    else {
        return None;
    };
    (x == same && start + len == next).then_some(Op::Slice {
        x,
        start,
        len: len + more,
    })
}

pub(super) fn slice(b: &mut Rebuild, x: Value, start: usize, len: usize, ty: &Type, origin: &Origin) -> Option<Value> {
    if b.new.ty(x) == ty {
        return Some(x);
    }
    let end = start + len;
    if let Op::Slice { x, start: before, .. } = *b.new.op(x) {
        return Some(b.make(
            Op::Slice {
                x,
                start: before + start,
                len,
            },
            ty,
            origin,
        ));
    }
    if let Op::Concat(parts) = b.new.op(x) {
        let (mut at, mut kept) = (0, Vec::new());
        for x in parts.clone() {
            let n = b.new.ty(x).shape[0];
            let (from, to) = (start.max(at), end.min(at + n));
            if from < to {
                kept.push(b.infer(
                    Op::Slice {
                        x,
                        start: from - at,
                        len: to - from,
                    },
                    origin,
                ));
            }
            at += n;
        }
        if kept.is_empty() {
            return Some(b.splat(0.0, ty, origin));
        }
        let v = b.infer(Op::Concat(kept), origin);
        return Some(b.spread(v, ty, origin));
    }
    if let Op::Pad { x, start: first, .. } = *b.new.op(x) {
        let last = first + b.new.ty(x).shape[0];
        if end <= first || last <= start {
            return Some(b.splat(0.0, ty, origin));
        }
        if first <= start && end <= last {
            return Some(b.make(
                Op::Slice {
                    x,
                    start: start - first,
                    len,
                },
                ty,
                origin,
            ));
        }
    }
    if let Op::Spread(x) = *b.new.op(x)
        && !b.new.ty(x).is_scalar()
    {
        let v = b.infer(Op::Slice { x, start, len }, origin);
        return Some(b.spread(v, ty, origin));
    }
    of_scalar(b, x, ty, origin)
}

pub(super) fn pad(b: &mut Rebuild, x: Value, start: usize, len: usize, ty: &Type, origin: &Origin) -> Option<Value> {
    if b.new.ty(x) == ty {
        return Some(x);
    }
    if b.constant(x) == Some(0.0) {
        return Some(b.splat(0.0, ty, origin));
    }
    if let Op::Pad { x, start: before, .. } = *b.new.op(x) {
        return Some(b.make(
            Op::Pad {
                x,
                start: before + start,
                len,
            },
            ty,
            origin,
        ));
    }
    None
}

pub(super) fn reshape(b: &mut Rebuild, x: Value, ty: &Type, origin: &Origin) -> Option<Value> {
    if b.new.ty(x) == ty {
        return Some(x);
    }
    if let Op::Reshape(y) = *b.new.op(x) {
        return Some(b.make(Op::Reshape(y), ty, origin));
    }
    of_scalar(b, x, ty, origin)
}

pub(super) fn transpose(b: &mut Rebuild, x: Value, ty: &Type, origin: &Origin) -> Option<Value> {
    if let Op::Transpose(y) = *b.new.op(x) {
        return Some(y);
    }
    of_scalar(b, x, ty, origin)
}

/// A scalar that was copied to every feature is copied to every feature of the result.
fn of_scalar(b: &mut Rebuild, x: Value, ty: &Type, origin: &Origin) -> Option<Value> {
    if let Op::Spread(y) = *b.new.op(x)
        && b.new.ty(y).is_scalar()
    {
        return Some(b.spread(y, ty, origin));
    }
    None
}

pub(super) fn fold(b: &mut Rebuild, fold: Fold, x: Value, ty: &Type, origin: &Origin) -> Option<Value> {
    let of = b.new.ty(x).clone();
    if of.is_scalar() {
        return Some(b.spread(x, ty, origin));
    }
    let Op::Spread(y) = *b.new.op(x) else {
        return None;
    };
    let inner = b.new.ty(y).clone();
    if inner.elem != Elem::Real || of.size() == 0 {
        return None;
    }
    // A scalar spread over n features sums to n times itself; an array spread over axes is folded before.
    let v = match fold {
        _ if !inner.is_scalar() => b.infer(Op::Fold { fold, x: y }, origin),
        Fold::Max => y,
        Fold::Sum => {
            let n = b.splat(of.size() as f64, &Type::real(&[], Default::default()), origin);
            b.infer(Op::Binary(crate::system::Binary::Mul, y, n), origin)
        }
    };
    Some(b.spread(v, ty, origin))
}
