//! Reverse mode on the system itself.

use super::active::active;
use super::rules;
use crate::system::{AxisSet, Binary, Elem, Fold, Op, Origin, ParamId, Root, RootKind, System, Type, Value, verify};

/// The system with the equations of its adjoint and one `Gradient` root for every trained parameter.
///
/// Takes a simplified system; one without a `Loss` root is returned as it is. The gradient of a parameter that the
/// loss does not depend on is zeros. The result still holds `Equal`s: `simplify` it before it is scheduled.
pub fn adjoint(s: &System) -> System {
    let mut s = s.clone();
    let Some(loss) = s.root(RootKind::Loss) else {
        return s;
    };
    let of_param = |s: &System, p: ParamId| -> Vec<Value> {
        s.nodes
            .iter()
            .filter(|(_, n)| n.op == Op::Param(p))
            .map(|(v, _)| v)
            .collect()
    };
    let trained: Vec<ParamId> = s.params.iter().filter(|(_, p)| p.trained).map(|(id, _)| id).collect();
    let wrt: Vec<Value> = trained.iter().flat_map(|p| of_param(&s, *p)).collect();
    let found = gradients(&mut s, loss, &wrt);
    for p in trained {
        let parts = wrt
            .iter()
            .zip(&found)
            .filter(|(v, _)| *s.op(**v) == Op::Param(p))
            .filter_map(|(_, g)| *g)
            .collect();
        let name = s.params[p].name.clone();
        let origin = Origin {
            name: Some(format!("d({name})")),
            span: s.params[p].span,
        };
        let ty = Type::real(&s.params[p].shape.clone(), AxisSet::EMPTY);
        let value = Builder { s: &mut s, origin }.sum(parts, &ty);
        s.roots.push(Root {
            kind: RootKind::Gradient(p),
            name,
            value,
        });
    }
    if cfg!(debug_assertions) {
        verify(&s).unwrap_or_else(|why| panic!("internal error: adjoint: {why}"));
    }
    s
}

/// Appends the derivative of `of`, a scalar with no axes, by each of `wrt`; none where it does not depend on it.
/// A gradient has the shape and axes of the value it is by, and is differentiable again.
pub fn gradients(s: &mut System, of: Value, wrt: &[Value]) -> Vec<Option<Value>> {
    let active = active(s, of, wrt);
    let primal: Vec<Value> = s.nodes.ids().filter(|v| active[v.index()]).collect();
    let mut adjoints: Vec<Option<Value>> = vec![None; s.nodes.len()];
    // Every adjoint has its place before any is defined, since the equations of a cycle refer to each other.
    for &v in &primal {
        let ty = Type {
            elem: Elem::Real,
            ..s.ty(v).clone()
        };
        let origin = of_adjoint(&s.nodes[v].origin);
        adjoints[v.index()] = Some(s.push_typed(Op::Equal(v), ty, origin));
    }
    let mut parts: Vec<Vec<Value>> = vec![Vec::new(); adjoints.len()];
    if active[of.index()] {
        parts[of.index()].push(s.push(Op::Const(1.0), Origin::default()));
    }
    for &y in primal.iter().rev() {
        let g = adjoints[y.index()].expect("internal error: an active value without an adjoint");
        let mut b = Builder {
            origin: of_adjoint(&s.nodes[y].origin),
            s,
        };
        rules::pull(&mut b, y, g, &mut |b, x, contribution| {
            if active[x.index()] {
                let c = contribution(b);
                let fitted = b.fit(c, x);
                parts[x.index()].push(fitted);
            }
        });
    }
    for &v in &primal {
        let place = adjoints[v.index()].expect("internal error: an active value without an adjoint");
        let ty = s.ty(place).clone();
        let mut b = Builder {
            origin: s.nodes[place].origin.clone(),
            s,
        };
        let sum = b.sum(std::mem::take(&mut parts[v.index()]), &ty);
        s.nodes[place].op = Op::Equal(sum);
    }
    wrt.iter().map(|v| adjoints[v.index()]).collect()
}

fn of_adjoint(origin: &Origin) -> Origin {
    Origin {
        name: origin.name.as_ref().map(|n| format!("d({n})")),
        span: origin.span,
    }
}

/// Appends operations that all come from one place.
pub(super) struct Builder<'a> {
    pub(super) s: &'a mut System,
    origin: Origin,
}

impl Builder<'_> {
    pub(super) fn push(&mut self, op: Op) -> Value {
        self.s.push(op, self.origin.clone())
    }

    pub(super) fn typed(&mut self, op: Op, ty: Type) -> Value {
        self.s.push_typed(op, ty, self.origin.clone())
    }

    /// `x` copied to the shape and axes of `like`.
    pub(super) fn spread(&mut self, x: Value, like: Value) -> Value {
        let ty = Type {
            elem: Elem::Real,
            ..self.s.ty(like).clone()
        };
        self.typed(Op::Spread(x), ty)
    }

    /// Brings a contribution to the shape and axes of the value it is for: sums over what that lacks, since it was
    /// broadcast there, and copies over what the contribution lacks.
    fn fit(&mut self, contribution: Value, to: Value) -> Value {
        let to = Type {
            elem: Elem::Real,
            ..self.s.ty(to).clone()
        };
        let mut c = contribution;
        let extra = self.s.ty(c).axes.minus(to.axes);
        if !extra.is_empty() {
            c = self.push(Op::Reduce {
                fold: Fold::Sum,
                x: c,
                axes: extra,
            });
        }
        if to.is_scalar() && !self.s.ty(c).is_scalar() {
            c = self.push(Op::Fold { fold: Fold::Sum, x: c });
        }
        if *self.s.ty(c) != to {
            c = self.typed(Op::Spread(c), to);
        }
        c
    }

    fn sum(&mut self, parts: Vec<Value>, ty: &Type) -> Value {
        parts
            .into_iter()
            .reduce(|a, b| self.push(Op::Binary(Binary::Add, a, b)))
            .unwrap_or_else(|| {
                let zero = self.push(Op::Const(0.0));
                self.typed(Op::Spread(zero), ty.clone())
            })
    }
}
