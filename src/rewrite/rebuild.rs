//! Builds a system anew, operation by operation: local rules first, then a look for the same operation built before.

use std::collections::HashMap;

use super::{order, rules};
use crate::system::{AxisId, Op, Origin, System, Type, Value, signature};

/// A system under construction, in which no two operations are the same.
pub(super) struct Rebuild {
    pub(super) new: System,
    seen: HashMap<String, Value>,
    /// Shifts whose argument is built later, by what the argument was in the old system.
    pending: Vec<(Value, Value)>,
}

/// One pass: every live operation once, arguments first. `Equal` must have been resolved.
pub(super) fn rebuild(old: System) -> System {
    let mut b = Rebuild {
        new: System {
            name: old.name.clone(),
            doc: old.doc.clone(),
            axes: old.axes.clone(),
            data: old.data.clone(),
            params: old.params.clone(),
            metrics: old.metrics.clone(),
            ..System::default()
        },
        seen: HashMap::new(),
        pending: Vec::new(),
    };
    let mut map: Vec<Option<Value>> = vec![None; old.nodes.len()];
    for v in order::order(&old) {
        let node = &old.nodes[v];
        let new = match &node.op {
            Op::Shift { x, axis, by, init } if map[x.index()].is_none() => {
                let init = init.map(|i| map[i.index()].expect("internal error: an init after its shift"));
                b.pending_shift(*x, (*axis, *by, init), &node.ty, &node.origin)
            }
            op => {
                let mut op = op.clone();
                op.for_each_arg(|a| *a = map[a.index()].expect("internal error: an argument after its use"));
                b.make(op, &node.ty, &node.origin)
            }
        };
        debug_assert_eq!(
            b.new.ty(new),
            &node.ty,
            "internal error: {:?} became {:?}",
            node.op,
            b.new.op(new)
        );
        map[v.index()] = Some(new);
    }
    for (shift, x) in std::mem::take(&mut b.pending) {
        let new = map[x.index()].expect("internal error: a shift of what was not built");
        if let Op::Shift { x, .. } = &mut b.new.nodes[shift].op {
            *x = new;
        }
    }
    let mut new = b.new;
    new.roots = old.roots;
    new.roots
        .iter_mut()
        .for_each(|r| r.value = map[r.value.index()].expect("internal error: a root is lost"));
    for mut o in old.observations {
        // What no root needs is not computed, so an observation of it has nothing to stand on.
        let mut alive = true;
        let mut remap = |v: &mut Value| match map[v.index()] {
            Some(new) => *v = new,
            None => alive = false,
        };
        remap(&mut o.nll);
        o.dist.values_mut().into_iter().for_each(remap);
        if alive {
            new.observations.push(o);
        }
    }
    new
}

impl Rebuild {
    /// The value of `op` with type `ty`, simplified where a rule applies.
    pub(super) fn make(&mut self, op: Op, ty: &Type, origin: &Origin) -> Value {
        if let Some(v) = rules::apply(self, &op, ty, origin) {
            debug_assert_eq!(self.new.ty(v), ty, "internal error: a rule gave {op:?} another type");
            return v;
        }
        let key = format!("{:?} {ty:?}", ordered(&op));
        self.share(key, op, ty, origin)
    }

    /// The value of `op`, whose type follows from its arguments.
    pub(super) fn infer(&mut self, op: Op, origin: &Origin) -> Value {
        match signature::infer(&self.new, &op) {
            Ok(ty) => self.make(op, &ty, origin),
            Err(why) => panic!("internal error: ill-typed operation {op:?}: {why}"),
        }
    }

    /// `x` copied to `ty`, or itself where that is its type.
    pub(super) fn spread(&mut self, x: Value, ty: &Type, origin: &Origin) -> Value {
        if self.new.ty(x) == ty {
            return x;
        }
        self.make(Op::Spread(x), ty, origin)
    }

    /// `c` everywhere.
    pub(super) fn splat(&mut self, c: f64, ty: &Type, origin: &Origin) -> Value {
        let scalar = Type::real(&[], Default::default());
        let c = self.share(format!("{c:?}"), Op::Const(c), &scalar, origin);
        if *ty == scalar {
            return c;
        }
        self.share(format!("{:?} {ty:?}", Op::Spread(c)), Op::Spread(c), ty, origin)
    }

    /// The constant that `x` is everywhere.
    pub(super) fn constant(&self, x: Value) -> Option<f64> {
        let of = if let Op::Spread(scalar) = *self.new.op(x) {
            scalar
        } else {
            x
        };
        if let Op::Const(c) = *self.new.op(of) {
            Some(c)
        } else {
            None
        }
    }

    fn pending_shift(
        &mut self,
        x: Value,
        (axis, by, init): (AxisId, i32, Option<Value>),
        ty: &Type,
        origin: &Origin,
    ) -> Value {
        let key = format!("pending {x:?} {axis:?} {by} {init:?} {ty:?}");
        let before = self.new.nodes.len();
        let me = Value::new(before);
        let v = self.share(key, Op::Shift { x: me, axis, by, init }, ty, origin);
        if v == me {
            self.pending.push((v, x));
        }
        v
    }

    fn share(&mut self, key: String, op: Op, ty: &Type, origin: &Origin) -> Value {
        if let Some(&v) = self.seen.get(&key) {
            let kept = &mut self.new.nodes[v].origin;
            if kept.name.is_none() && !matches!(op, Op::Const(_)) {
                kept.clone_from(origin);
            }
            return v;
        }
        // A constant belongs to no equation, however many use it.
        let origin = if matches!(op, Op::Const(_)) {
            Origin::default()
        } else {
            origin.clone()
        };
        let v = self.new.push_typed(op, ty.clone(), origin);
        self.seen.insert(key, v);
        v
    }
}

/// Commutative arguments in order of id, so that `a + b` is found for `b + a`.
fn ordered(op: &Op) -> Op {
    use crate::system::Binary::{Add, And, Eq, Mul, Ne, Or};
    if let Op::Binary(f @ (Add | Mul | And | Or | Eq | Ne), a, b) = *op
        && b < a
    {
        return Op::Binary(f, b, a);
    }
    op.clone()
}
