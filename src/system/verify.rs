//! What must hold of every system. A pass that breaks it is at fault; no text of a user's can.

use super::{AxisSet, Contraction, Elem, Op, RootKind, System, Type, Value, signature};

/// Whether every node's type is its operation's, every id is in range, and every root has the type of its kind.
pub fn verify(s: &System) -> Result<(), String> {
    for (v, node) in s.nodes.iter() {
        in_range(s, &node.op).map_err(|why| format!("{v:?} {:?}: {why}", node.op))?;
    }
    for (v, node) in s.nodes.iter() {
        typed(s, &node.op, &node.ty).map_err(|why| format!("{v:?} {:?} of type {:?}: {why}", node.op, node.ty))?;
    }
    for r in &s.roots {
        root(s, r.kind, r.value).map_err(|why| format!("root {} {:?}: {why}", r.name, r.value))?;
    }
    for o in &s.observations {
        let values = o.dist.values().into_iter().map(|(_, v)| v).chain([o.nll]);
        if o.target.index() >= s.data.len() || values.into_iter().any(|v| v.index() >= s.nodes.len()) {
            return Err("an observation of what is not there".into());
        }
    }
    Ok(())
}

/// [`verify`], and no `Equal` is left and every cycle passes through a shift.
pub fn simplified(s: &System) -> Result<(), String> {
    verify(s)?;
    if let Some((v, _)) = s.nodes.iter().find(|(_, n)| matches!(n.op, Op::Equal(_))) {
        return Err(format!("{v:?} is still another name"));
    }
    acyclic_but_for_shifts(s)
}

fn in_range(s: &System, op: &Op) -> Result<(), String> {
    let in_range = match op {
        Op::Data(d) => d.index() < s.data.len(),
        Op::Param(p) => p.index() < s.params.len(),
        Op::Shift { axis, .. }
        | Op::Edge { axis, .. }
        | Op::Reverse { axis, .. }
        | Op::Length(axis)
        | Op::Position(axis) => (axis.0 as usize) < s.axes.len(),
        Op::Rename { from, to, .. } => [from, to].iter().all(|a| (a.0 as usize) < s.axes.len()),
        Op::Reduce { axes, .. } | Op::Contract { over: axes, .. } | Op::Count(axes) => {
            axes.iter().all(|a| (a.0 as usize) < s.axes.len())
        }
        Op::Const(_)
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
        | Op::Gather { .. }
        | Op::Scatter { .. }
        | Op::Pick { .. }
        | Op::Place { .. }
        | Op::Stop(_) => true,
    };
    if !in_range || op.args().iter().any(|a| a.index() >= s.nodes.len()) {
        return Err("an id out of range".into());
    }
    Ok(())
}

fn typed(s: &System, op: &Op, ty: &Type) -> Result<(), String> {
    if ty.axes.iter().any(|a| a.0 as usize >= s.axes.len()) {
        return Err("an axis that the system lacks".into());
    }
    let admissible = match op {
        Op::Equal(x) | Op::Spread(x) => spreads(s.ty(*x), ty),
        Op::Reshape(x) => s.ty(*x).size() == ty.size() && s.ty(*x).axes == ty.axes && s.ty(*x).elem == ty.elem,
        Op::Draw { .. } => ty.elem == Elem::Real,
        Op::Contract { spec, .. } => {
            labels(spec)?;
            return inferred(s, op, ty);
        }
        Op::Data(_)
        | Op::Param(_)
        | Op::Const(_)
        | Op::Count(_)
        | Op::Length(_)
        | Op::Position(_)
        | Op::Training
        | Op::Unary(..)
        | Op::Binary(..)
        | Op::Select { .. }
        | Op::Concat(_)
        | Op::Slice { .. }
        | Op::Pad { .. }
        | Op::Transpose(_)
        | Op::Fold { .. }
        | Op::ArgMax(_)
        | Op::OneHot(_)
        | Op::Reduce { .. }
        | Op::Shift { .. }
        | Op::Edge { .. }
        | Op::Reverse { .. }
        | Op::Rename { .. }
        | Op::Gather { .. }
        | Op::Scatter { .. }
        | Op::Pick { .. }
        | Op::Place { .. }
        | Op::Stop(_) => return inferred(s, op, ty),
    };
    if admissible {
        Ok(())
    } else {
        Err("not a type that its argument gives".into())
    }
}

fn inferred(s: &System, op: &Op, ty: &Type) -> Result<(), String> {
    let inferred = signature::infer(s, op)?;
    if inferred == *ty {
        Ok(())
    } else {
        Err(format!("its arguments give {inferred:?}"))
    }
}

fn spreads(from: &Type, to: &Type) -> bool {
    let elem = from.elem == to.elem || matches!((from.elem, to.elem), (Elem::Real | Elem::Bit, Elem::Real | Elem::Bit));
    elem && from.axes.is_subset(to.axes) && (from.is_scalar() || from.shape == to.shape)
}

/// Every label stands at most once in each, and one that only one argument has is in the result.
fn labels(spec: &Contraction) -> Result<(), String> {
    for part in [&spec.a, &spec.b, &spec.out] {
        if part.iter().enumerate().any(|(i, l)| part[..i].contains(l)) {
            return Err(format!("a label twice in {part:?}"));
        }
    }
    let lost = |from: &[u8], other: &[u8]| from.iter().any(|l| !other.contains(l) && !spec.out.contains(l));
    if lost(&spec.a, &spec.b) || lost(&spec.b, &spec.a) {
        return Err("a label of one argument alone that the result lacks".into());
    }
    Ok(())
}

fn root(s: &System, kind: RootKind, value: Value) -> Result<(), String> {
    if value.index() >= s.nodes.len() {
        return Err("an id out of range".into());
    }
    let ty = s.ty(value);
    let expected = match kind {
        RootKind::Loss | RootKind::Metric => Type::real(&[], AxisSet::EMPTY),
        RootKind::Gradient(p) => {
            let Some(p) = s.params.get(p) else {
                return Err("a gradient by no parameter".into());
            };
            Type::real(&p.shape, AxisSet::EMPTY)
        }
        RootKind::State(d) => {
            let Some(d) = s.data.get(d) else {
                return Err("the next value of no state".into());
            };
            d.ty.clone()
        }
        RootKind::Output => return Ok(()),
    };
    if *ty == expected {
        Ok(())
    } else {
        Err(format!("{ty:?} where {expected:?} is needed"))
    }
}

/// Kahn's algorithm on the edges that are not a shift's first argument: what is left over is a cycle without a shift.
fn acyclic_but_for_shifts(s: &System) -> Result<(), String> {
    let args = |v: Value| {
        let cut = usize::from(matches!(s.op(v), Op::Shift { .. }));
        s.op(v).args().split_off(cut)
    };
    let mut waiting: Vec<usize> = s.nodes.ids().map(|v| args(v).len()).collect();
    let mut users: Vec<Vec<Value>> = vec![Vec::new(); s.nodes.len()];
    s.nodes
        .ids()
        .for_each(|v| args(v).into_iter().for_each(|a| users[a.index()].push(v)));
    let mut ready: Vec<Value> = s.nodes.ids().filter(|v| waiting[v.index()] == 0).collect();
    let mut done = 0;
    while let Some(v) = ready.pop() {
        done += 1;
        for &u in &users[v.index()] {
            waiting[u.index()] -= 1;
            if waiting[u.index()] == 0 {
                ready.push(u);
            }
        }
    }
    match s.nodes.ids().find(|v| waiting[v.index()] > 0) {
        Some(v) if done < s.nodes.len() => Err(format!("{v:?} is on, or follows, a cycle without a shift")),
        _ => Ok(()),
    }
}
