//! Reverse mode on the system itself.

use super::active::active;
use super::builder::{Builder, real};
use super::pull;
use super::roots::with_gradients;
use crate::system::{AxisSet, Op, Origin, System, Value};

/// The system with the equations of its adjoint and one `Gradient` root for every trained parameter.
///
/// Takes a simplified system; one without a `Loss` root is returned as it is. The gradient of a parameter that the
/// loss does not depend on is zeros. The result still holds `Equal`s: `simplify` it before it is scheduled.
pub fn adjoint(s: &System) -> System {
    with_gradients(s, gradients)
}

/// Appends the derivative of `of`, a scalar with no axes, by each of `wrt`; none where it does not depend on it.
/// A gradient has the shape and axes of the value it is by, and is differentiable again.
pub fn gradients(s: &mut System, of: Value, wrt: &[Value]) -> Vec<Option<Value>> {
    let active = active(s, &[of], wrt);
    let primal: Vec<Value> = s.nodes.ids().filter(|v| active[v.index()]).collect();
    let mut adjoints: Vec<Option<Value>> = vec![None; s.nodes.len()];
    // Every adjoint has its place before any is defined, since the equations of a cycle refer to each other.
    for &v in &primal {
        let (ty, origin) = (real(s.ty(v), AxisSet::EMPTY), of_adjoint(&s.nodes[v].origin));
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
        pull::pull(&mut b, y, g, &mut |b, x, contribution| {
            if active[x.index()] {
                let ty = real(b.s.ty(x), AxisSet::EMPTY);
                let c = contribution(b);
                parts[x.index()].push(b.fit(c, &ty));
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
        call: origin.call,
    }
}
