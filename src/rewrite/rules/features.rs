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
        match b.new.op(p).clone() {
            Op::Concat(inner) => flat.extend(inner),
            _ if b.new.ty(p).shape[0] == 0 => {}
            _ => flat.push(p),
        }
    }
    let mut joined: Vec<Value> = Vec::new();
    for p in flat {
        let last = joined.last().copied();
        match (last.map(|l| b.new.op(l).clone()), b.new.op(p).clone()) {
            (
                Some(Op::Slice { x, start, len }),
                Op::Slice {
                    x: y,
                    start: next,
                    len: more,
                },
            ) if x == y && start + len == next => {
                let both = Op::Slice {
                    x,
                    start,
                    len: len + more,
                };
                *joined.last_mut().expect("internal error: it was there") = b.infer(both, origin);
            }
            _ => joined.push(p),
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

pub(super) fn slice(b: &mut Rebuild, x: Value, start: usize, len: usize, ty: &Type, origin: &Origin) -> Option<Value> {
    if b.new.ty(x) == ty {
        return Some(x);
    }
    let end = start + len;
    match b.new.op(x).clone() {
        Op::Slice { x, start: s, .. } => Some(b.make(
            Op::Slice {
                x,
                start: s + start,
                len,
            },
            ty,
            origin,
        )),
        Op::Concat(parts) => {
            let (mut at, mut kept) = (0, Vec::new());
            for p in parts {
                let n = b.new.ty(p).shape[0];
                let (from, to) = (start.max(at), end.min(at + n));
                if from < to {
                    kept.push(b.infer(
                        Op::Slice {
                            x: p,
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
            Some(b.spread(v, ty, origin))
        }
        Op::Pad { x: inner, start: s, .. } => {
            let e = s + b.new.ty(inner).shape[0];
            if end <= s || e <= start {
                Some(b.splat(0.0, ty, origin))
            } else if s <= start && end <= e {
                Some(b.make(
                    Op::Slice {
                        x: inner,
                        start: start - s,
                        len,
                    },
                    ty,
                    origin,
                ))
            } else {
                None
            }
        }
        Op::Spread(y) if b.new.ty(y).is_scalar() => Some(b.spread(y, ty, origin)),
        Op::Spread(y) => {
            let v = b.infer(Op::Slice { x: y, start, len }, origin);
            Some(b.spread(v, ty, origin))
        }
        _ => None,
    }
}

pub(super) fn pad(b: &mut Rebuild, x: Value, start: usize, len: usize, ty: &Type, origin: &Origin) -> Option<Value> {
    if b.new.ty(x) == ty {
        return Some(x);
    }
    match *b.new.op(x) {
        _ if b.constant(x) == Some(0.0) => Some(b.splat(0.0, ty, origin)),
        Op::Pad { x: y, start: s, .. } => Some(b.make(
            Op::Pad {
                x: y,
                start: start + s,
                len,
            },
            ty,
            origin,
        )),
        _ => None,
    }
}

pub(super) fn reshape(b: &mut Rebuild, x: Value, ty: &Type, origin: &Origin) -> Option<Value> {
    if b.new.ty(x) == ty {
        return Some(x);
    }
    match *b.new.op(x) {
        Op::Reshape(y) => Some(b.make(Op::Reshape(y), ty, origin)),
        Op::Spread(y) if b.new.ty(y).is_scalar() => Some(b.spread(y, ty, origin)),
        _ => None,
    }
}

pub(super) fn transpose(b: &mut Rebuild, x: Value, ty: &Type, origin: &Origin) -> Option<Value> {
    match *b.new.op(x) {
        Op::Transpose(y) => Some(y),
        Op::Spread(y) if b.new.ty(y).is_scalar() => Some(b.spread(y, ty, origin)),
        _ => None,
    }
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
