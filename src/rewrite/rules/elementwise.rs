//! Algebra of elementwise operations.

use crate::rewrite::fold;
use crate::rewrite::rebuild::Rebuild;
use crate::system::{Binary, Elem, Op, Origin, Type, Unary, Value, signature};

pub(super) fn unary(b: &mut Rebuild, f: Unary, x: Value, ty: &Type, origin: &Origin) -> Option<Value> {
    if let Some(c) = b.constant(x) {
        return Some(b.splat(fold::unary(f, c), ty, origin));
    }
    if let Op::Unary(g, y) = *b.new.op(x)
        && f == g
        && (f == Unary::Neg || f == Unary::Not && b.new.ty(y).elem == Elem::Bit)
    {
        return Some(b.spread(y, ty, origin));
    }
    if let Op::Binary(Binary::Sub, p, q) = *b.new.op(x)
        && f == Unary::Neg
    {
        return Some(b.make(Op::Binary(Binary::Sub, q, p), ty, origin));
    }
    inside(b, Op::Unary(f, x), ty, origin)
}

pub(super) fn binary(b: &mut Rebuild, f: Binary, x: Value, y: Value, ty: &Type, origin: &Origin) -> Option<Value> {
    let (cx, cy) = (b.constant(x), b.constant(y));
    if let (Some(p), Some(q)) = (cx, cy) {
        return Some(b.splat(fold::binary(f, p, q), ty, origin));
    }
    if let Some(v) = identity(b, f, (x, cx), (y, cy), ty, origin) {
        return Some(v);
    }
    if let Some(v) = signs(b, f, x, y, ty, origin) {
        return Some(v);
    }
    inside(b, Op::Binary(f, x, y), ty, origin)
}

/// One argument is a constant, or the two are the same.
fn identity(
    b: &mut Rebuild,
    f: Binary,
    (x, cx): (Value, Option<f64>),
    (y, cy): (Value, Option<f64>),
    ty: &Type,
    origin: &Origin,
) -> Option<Value> {
    let (zero, one) = (Some(0.0), Some(1.0));
    match f {
        Binary::Add if cx == zero => Some(b.spread(y, ty, origin)),
        Binary::Add | Binary::Sub if cy == zero => Some(b.spread(x, ty, origin)),
        Binary::Sub if cx == zero => negated(b, y, ty, origin),
        Binary::Mul if cx == zero || cy == zero => Some(b.splat(0.0, ty, origin)),
        Binary::Mul if cx == one => Some(b.spread(y, ty, origin)),
        Binary::Mul | Binary::Div | Binary::Pow if cy == one => Some(b.spread(x, ty, origin)),
        Binary::Mul if cx == Some(-1.0) => negated(b, y, ty, origin),
        Binary::Mul | Binary::Div if cy == Some(-1.0) => negated(b, x, ty, origin),
        Binary::Mul if cx.is_some() => Some(b.make(Op::Binary(Binary::Mul, y, x), ty, origin)),
        Binary::Mul => {
            // (x * c) * d = x * (c d)
            let (d, Op::Binary(Binary::Mul, p, q)) = (cy?, b.new.op(x).clone()) else {
                return None;
            };
            let c = b.constant(q)?;
            let scalar = Type::real(&[], Default::default());
            let cd = b.splat(c * d, &scalar, origin);
            Some(b.infer(Op::Binary(Binary::Mul, p, cd), origin)).map(|v| b.spread(v, ty, origin))
        }
        Binary::Div if cx == zero => Some(b.splat(0.0, ty, origin)),
        Binary::Pow if cy == zero => Some(b.splat(1.0, ty, origin)),
        Binary::Pow if cy == Some(2.0) => Some(b.make(Op::Binary(Binary::Mul, x, x), ty, origin)),
        Binary::Pow if cy == Some(-1.0) => {
            let one = b.splat(1.0, &Type::real(&[], Default::default()), origin);
            Some(b.make(Op::Binary(Binary::Div, one, x), ty, origin))
        }
        Binary::Pow if cy == Some(0.5) => Some(b.make(Op::Unary(Unary::Sqrt, x), ty, origin)),
        Binary::And if cx == zero || cy == zero => Some(b.splat(0.0, ty, origin)),
        Binary::Or if cx == one || cy == one => Some(b.splat(1.0, ty, origin)),
        Binary::And if cx == one => Some(b.spread(y, ty, origin)),
        Binary::And if cy == one => Some(b.spread(x, ty, origin)),
        Binary::Or if cx == zero => Some(b.spread(y, ty, origin)),
        Binary::Or if cy == zero => Some(b.spread(x, ty, origin)),
        Binary::Max | Binary::Min | Binary::And | Binary::Or if x == y => Some(b.spread(x, ty, origin)),
        Binary::Add
        | Binary::Sub
        | Binary::Div
        | Binary::Max
        | Binary::Min
        | Binary::Pow
        | Binary::Lt
        | Binary::Le
        | Binary::Eq
        | Binary::Ne
        | Binary::And
        | Binary::Or => None,
    }
}

fn negated(b: &mut Rebuild, x: Value, ty: &Type, origin: &Origin) -> Option<Value> {
    let neg = b.infer(Op::Unary(Unary::Neg, x), origin);
    Some(b.spread(neg, ty, origin))
}

/// Moves signs outwards, where sums absorb them.
fn signs(b: &mut Rebuild, f: Binary, x: Value, y: Value, ty: &Type, origin: &Origin) -> Option<Value> {
    let negative = |b: &Rebuild, v: Value| {
        if let Op::Unary(Unary::Neg, z) = *b.new.op(v) {
            Some(z)
        } else {
            None
        }
    };
    let (nx, ny) = (negative(b, x), negative(b, y));
    let as_is = |f, p, q| Op::Binary(f, p, q);
    match (f, nx, ny) {
        (Binary::Mul | Binary::Div, Some(p), Some(q)) => Some(b.make(as_is(f, p, q), ty, origin)),
        (Binary::Mul | Binary::Div, Some(p), None) => {
            let v = b.make(as_is(f, p, y), ty, origin);
            Some(b.make(Op::Unary(Unary::Neg, v), ty, origin))
        }
        (Binary::Mul | Binary::Div, None, Some(q)) => {
            let v = b.make(as_is(f, x, q), ty, origin);
            Some(b.make(Op::Unary(Unary::Neg, v), ty, origin))
        }
        (Binary::Add, _, Some(q)) => Some(b.make(as_is(Binary::Sub, x, q), ty, origin)),
        (Binary::Add, Some(p), None) => Some(b.make(as_is(Binary::Sub, y, p), ty, origin)),
        (Binary::Sub, _, Some(q)) => Some(b.make(as_is(Binary::Add, x, q), ty, origin)),
        _ => None,
    }
}

pub(super) fn select(b: &mut Rebuild, args: [Value; 3], ty: &Type, origin: &Origin) -> Option<Value> {
    let [cond, yes, no] = args;
    if let Some(c) = b.constant(cond) {
        return Some(b.spread(if c != 0.0 { yes } else { no }, ty, origin));
    }
    if yes == no || b.constant(yes).is_some_and(|c| b.constant(no) == Some(c)) {
        return Some(b.spread(yes, ty, origin));
    }
    let select = |cond, yes, no| Op::Select { cond, yes, no };
    if let Op::Unary(Unary::Not, c) = *b.new.op(cond)
        && b.new.ty(c).elem == Elem::Bit
    {
        return Some(b.make(select(c, no, yes), ty, origin));
    }
    // The same condition inside is already decided.
    let decided = |b: &Rebuild, v: Value| {
        if let Op::Select { cond: c, yes, no } = *b.new.op(v) {
            (c == cond).then_some((yes, no))
        } else {
            None
        }
    };
    let full = |b: &Rebuild, op: &Op| signature::infer(&b.new, op).is_ok_and(|t| t == *ty);
    for op in [
        decided(b, yes).map(|(y, _)| select(cond, y, no)),
        decided(b, no).map(|(_, n)| select(cond, yes, n)),
    ]
    .into_iter()
    .flatten()
    {
        if full(b, &op) {
            return Some(b.make(op, ty, origin));
        }
    }
    inside(b, select(cond, yes, no), ty, origin)
}

pub(super) fn spread(b: &mut Rebuild, x: Value, ty: &Type, origin: &Origin) -> Option<Value> {
    if b.new.ty(x) == ty {
        return Some(x);
    }
    if let Op::Spread(y) = *b.new.op(x)
        && b.new.ty(y).elem == b.new.ty(x).elem
    {
        return Some(b.make(Op::Spread(y), ty, origin));
    }
    None
}

pub(super) fn stop(b: &mut Rebuild, x: Value, ty: &Type, origin: &Origin) -> Option<Value> {
    if let Op::Spread(y) = *b.new.op(x) {
        let inner = b.infer(Op::Stop(y), origin);
        return Some(b.spread(inner, ty, origin));
    }
    let constant = matches!(
        b.new.op(x),
        Op::Stop(_) | Op::Const(_) | Op::Data(_) | Op::Draw { .. } | Op::Count(_) | Op::Length(_) | Op::Position(_)
    );
    constant.then_some(x)
}

/// An elementwise operation on spread arguments is done before they are spread.
fn inside(b: &mut Rebuild, mut op: Op, ty: &Type, origin: &Origin) -> Option<Value> {
    let mut stripped = false;
    op.for_each_arg(|a| {
        if let Op::Spread(inner) = *b.new.op(*a)
            && b.new.ty(inner).elem == b.new.ty(*a).elem
        {
            *a = inner;
            stripped = true;
        }
    });
    if !stripped {
        return None;
    }
    let v = b.infer(op, origin);
    Some(b.spread(v, ty, origin))
}
