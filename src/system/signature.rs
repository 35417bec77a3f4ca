//! The type of every operation, in one place: what it takes and what it gives.

use super::{AxisSet, Binary, Elem, Op, System, Type, Unary, Value};

/// The type an operation gives, or why its arguments do not fit.
///
/// `Spread`, `Reshape`, `Draw` and `Equal` do not determine their type and must be built with `push_typed`.
pub fn infer(s: &System, op: &Op) -> Result<Type, String> {
    let ty = |v: Value| s.ty(v).clone();
    Ok(match op {
        Op::Data(d) => s.data[*d].ty.clone(),
        Op::Param(p) => Type::real(&s.params[*p].shape, AxisSet::EMPTY),
        Op::Const(_) | Op::Count(_) => Type::real(&[], AxisSet::EMPTY),
        Op::Length(_) => Type::real(&[], AxisSet::BATCH),
        Op::Position(a) => Type::real(&[], AxisSet::BATCH.with(*a)),
        Op::Training => Type {
            elem: Elem::Bit,
            shape: vec![],
            axes: AxisSet::EMPTY,
        },
        Op::Draw { .. } | Op::Reshape(_) | Op::Spread(_) | Op::Equal(_) => {
            return Err("its type does not follow from its arguments".into());
        }
        Op::Unary(Unary::Not, x) => Type {
            elem: Elem::Bit,
            ..numeric(&ty(*x))?
        },
        Op::Unary(_, x) => Type {
            elem: Elem::Real,
            ..numeric(&ty(*x))?
        },
        Op::Binary(f, a, b) => {
            let (a, b) = (ty(*a), ty(*b));
            let comparison = matches!(f, Binary::Eq | Binary::Ne);
            let (shape, axes) = broadcast(&[&a, &b])?;
            if !(comparison && matches!((a.elem, b.elem), (Elem::Index(_), _) | (_, Elem::Index(_)))) {
                numeric(&a)?;
                numeric(&b)?;
            }
            let elem = match f {
                Binary::Lt | Binary::Le | Binary::Eq | Binary::Ne | Binary::And | Binary::Or => Elem::Bit,
                Binary::Add | Binary::Sub | Binary::Mul | Binary::Div | Binary::Max | Binary::Min | Binary::Pow => {
                    Elem::Real
                }
            };
            Type { elem, shape, axes }
        }
        Op::Select { cond, yes, no } => {
            let (c, y, n) = (ty(*cond), ty(*yes), ty(*no));
            if c.elem != Elem::Bit {
                return Err("the condition is not a bit".into());
            }
            let elem = match (y.elem, n.elem) {
                (a, b) if a == b => a,
                (Elem::Index(_), _) | (_, Elem::Index(_)) => return Err("an index beside a real".into()),
                _ => Elem::Real,
            };
            let (shape, axes) = broadcast(&[&c, &y, &n])?;
            Type { elem, shape, axes }
        }
        Op::Concat(parts) => {
            let first = ty(parts[0]);
            let mut out = Type {
                elem: Elem::Real,
                ..first.clone()
            };
            if first.shape.is_empty() {
                return Err("a scalar has no features to concatenate".into());
            }
            for p in &parts[1..] {
                let p = ty(*p);
                if p.shape.len() != first.shape.len() || p.shape[1..] != first.shape[1..] {
                    return Err(format!("{:?} beside {:?}", first.shape, p.shape));
                }
                out.shape[0] += p.shape[0];
                out.axes = out.axes.union(p.axes);
            }
            out
        }
        Op::Slice { x, start, len } => {
            let mut x = ty(*x);
            if x.shape.is_empty() || start + len > x.shape[0] {
                return Err(format!("{start}..{} of {:?}", start + len, x.shape));
            }
            x.shape[0] = *len;
            x
        }
        Op::Pad { x, start, len } => {
            let mut x = ty(*x);
            if x.shape.is_empty() || start + x.shape[0] > *len {
                return Err(format!("{:?} at {start} of {len}", x.shape));
            }
            x.shape[0] = *len;
            x
        }
        Op::Transpose(x) => {
            let mut x = ty(*x);
            if x.shape.len() != 2 {
                return Err(format!("{:?} is not a matrix", x.shape));
            }
            x.shape.reverse();
            x
        }
        Op::Fold { x, .. } => Type {
            elem: Elem::Real,
            shape: vec![],
            ..numeric(&ty(*x))?
        },
        Op::ArgMax(x) => {
            let x = numeric(&ty(*x))?;
            let [n] = x.shape[..] else {
                return Err(format!("{:?} is not a vector", x.shape));
            };
            Type {
                elem: Elem::Index(n),
                shape: vec![],
                axes: x.axes,
            }
        }
        Op::OneHot(x) => {
            let x = ty(*x);
            Type::real(&[classes(&x)?], x.axes)
        }
        Op::Reduce { x, axes, .. } => {
            let x = numeric(&ty(*x))?;
            if !axes.is_subset(x.axes) {
                return Err("an axis that the value does not run over".into());
            }
            Type {
                elem: Elem::Real,
                axes: x.axes.minus(*axes),
                ..x
            }
        }
        Op::Shift { x, axis, by, init } => {
            let x = ty(*x);
            let mut out = Type {
                axes: x.axes.with(*axis).with(super::AxisId::BATCH),
                ..x.clone()
            };
            if *by == 0 {
                return Err("a shift by nothing".into());
            }
            if let Some(i) = init {
                let i = ty(*i);
                if i.shape != x.shape || matches!(i.elem, Elem::Index(_)) != matches!(x.elem, Elem::Index(_)) {
                    return Err(format!("an init of {i:?} for {x:?}"));
                }
                if i.axes.contains(*axis) {
                    return Err("an init that runs over the shifted axis".into());
                }
                out.axes = out.axes.union(i.axes);
            }
            out
        }
        Op::Edge { x, axis, by } => {
            let x = ty(*x);
            if !x.axes.contains(*axis) || *by == 0 {
                return Err("an edge of an axis that the value does not run over".into());
            }
            if matches!(x.elem, Elem::Index(_)) && by.abs() != 1 {
                return Err("indices cannot be summed".into());
            }
            Type {
                axes: x.axes.without(*axis),
                ..x
            }
        }
        Op::Reverse { x, axis } => {
            let x = ty(*x);
            if !x.axes.contains(*axis) {
                return Err("an axis that the value does not run over".into());
            }
            x
        }
        Op::Rename { x, from, to } => {
            let x = ty(*x);
            if !x.axes.contains(*from) || x.axes.contains(*to) {
                return Err("an axis that cannot take the other's name".into());
            }
            if !s.alike(*from, *to) {
                return Err("axes of different lengths".into());
            }
            Type {
                axes: x.axes.without(*from).with(*to),
                ..x
            }
        }
        Op::Contract { a, b, spec, over } => {
            let (a, b) = (numeric(&ty(*a))?, numeric(&ty(*b))?);
            if spec.a.len() != a.shape.len() || spec.b.len() != b.shape.len() {
                return Err(format!("{spec:?} of {:?} and {:?}", a.shape, b.shape));
            }
            let mut shape = Vec::new();
            for l in &spec.out {
                let d = find(&spec.a, *l)
                    .map(|i| a.shape[i])
                    .or(find(&spec.b, *l).map(|i| b.shape[i]));
                shape.push(d.ok_or("a label of the result that no argument has")?);
            }
            for (i, l) in spec.a.iter().enumerate() {
                if let Some(j) = find(&spec.b, *l)
                    && a.shape[i] != b.shape[j]
                {
                    return Err(format!("{spec:?} of {:?} and {:?}", a.shape, b.shape));
                }
            }
            let axes = a.axes.union(b.axes);
            if !over.is_subset(axes) {
                return Err("an axis that neither argument runs over".into());
            }
            Type::real(&shape, axes.minus(*over))
        }
        Op::Gather { table, index } => {
            let (t, i) = (ty(*table), ty(*index));
            let [n, d] = t.shape[..] else {
                return Err(format!("{:?} is not a matrix", t.shape));
            };
            if classes(&i)? != n || !t.axes.is_empty() {
                return Err(format!("{n} rows for {} classes", classes(&i)?));
            }
            Type::real(&[d], i.axes)
        }
        Op::Scatter { x, index, rows } => {
            let (x, i) = (numeric(&ty(*x))?, ty(*index));
            let [d] = x.shape[..] else {
                return Err(format!("{:?} is not a vector", x.shape));
            };
            if classes(&i)? != *rows {
                return Err(format!("{rows} rows for {} classes", classes(&i)?));
            }
            Type::real(&[*rows, d], AxisSet::EMPTY)
        }
        Op::Pick { x, index } => {
            let (x, i) = (numeric(&ty(*x))?, ty(*index));
            if x.shape != [classes(&i)?] {
                return Err(format!("{:?} picked by one of {} classes", x.shape, classes(&i)?));
            }
            Type::real(&[], x.axes.union(i.axes))
        }
        Op::Place { x, index, len } => {
            let (x, i) = (numeric(&ty(*x))?, ty(*index));
            if !x.shape.is_empty() || classes(&i)? != *len {
                return Err("a place that does not fit".into());
            }
            Type::real(&[*len], x.axes.union(i.axes))
        }
        Op::Stop(x) => ty(*x),
    })
}

/// The shape and the axes of an elementwise result: shapes agree, or are scalar; axes are united.
pub fn broadcast(types: &[&Type]) -> Result<(Vec<usize>, AxisSet), String> {
    let (mut shape, mut axes): (Vec<usize>, AxisSet) = (vec![], AxisSet::EMPTY);
    for t in types {
        axes = axes.union(t.axes);
        if shape.is_empty() {
            shape = t.shape.clone();
        } else if !t.shape.is_empty() && t.shape != shape {
            return Err(format!("{:?} beside {:?}", shape, t.shape));
        }
    }
    Ok((shape, axes))
}

fn numeric(t: &Type) -> Result<Type, String> {
    match t.elem {
        Elem::Index(_) => Err("an index where a number is needed".into()),
        Elem::Real | Elem::Bit => Ok(t.clone()),
    }
}

fn classes(t: &Type) -> Result<usize, String> {
    match t.elem {
        Elem::Index(n) => Ok(n),
        Elem::Real | Elem::Bit => Err("a number where an index is needed".into()),
    }
}

fn find(labels: &[u8], l: u8) -> Option<usize> {
    labels.iter().position(|x| *x == l)
}
