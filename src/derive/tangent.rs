//! Forward mode on the system itself: with the parameters as directions it is real-time recurrent learning
//! (Williams & Zipser 1989).

use super::active::active;
use super::builder::{Builder, real};
use super::push;
use super::roots::with_gradients;
use crate::system::{AxisId, AxisKind, AxisSet, Binary, Contraction, Op, Origin, System, Type, Value};

/// The system with the equations of its tangent by every trained parameter's every entry, along an axis of its own,
/// and one `Gradient` root for every trained parameter: the gradients of [`super::adjoint`] by forward mode, exact
/// and with no chain that runs backwards.
///
/// Takes a simplified system; one without a `Loss` root is returned as it is. It costs a number of tangents equal to
/// the number of weights. The result still holds `Equal`s.
pub fn forward(s: &System) -> System {
    with_gradients(s, |s, loss, params| {
        let sizes: Vec<usize> = params.iter().map(|v| s.ty(*v).size()).collect();
        let total = sizes.iter().sum();
        if total == 0 {
            return vec![None; params.len()];
        }
        let along = s.axis("weight", AxisKind::Steps(total));
        let unit = unit_vectors(s, along, total);
        let mut b = Builder {
            s,
            origin: Origin::default(),
        };
        let (mut start, mut seeds) = (0, Vec::new());
        for (v, len) in params.iter().zip(&sizes) {
            let part = b.push(Op::Slice {
                x: unit,
                start,
                len: *len,
            });
            let ty = Type {
                shape: b.s.ty(*v).shape.clone(),
                ..b.s.ty(part).clone()
            };
            seeds.push((*v, b.typed(Op::Reshape(part), ty)));
            start += len;
        }
        let Some(tangent) = tangents(s, &seeds, &[loss])[0] else {
            return vec![None; params.len()];
        };
        let mut b = Builder {
            s,
            origin: Origin::default(),
        };
        let all = collect(&mut b, tangent, unit, along);
        let (mut start, mut out) = (0, Vec::new());
        for (v, len) in params.iter().zip(sizes) {
            let ty = Type::real(&b.s.ty(*v).shape.clone(), AxisSet::EMPTY);
            let part = b.push(Op::Slice { x: all, start, len });
            out.push(Some(b.typed(Op::Reshape(part), ty)));
            start += len;
        }
        out
    })
}

/// Appends the derivatives of each of `of` along the seeds: pairs of a value and its tangent, which has its shape and
/// may run over more axes. None where a value does not depend on what is seeded.
pub fn tangents(s: &mut System, seeds: &[(Value, Value)], of: &[Value]) -> Vec<Option<Value>> {
    let wrt: Vec<Value> = seeds.iter().map(|(v, _)| *v).collect();
    let active = active(s, of, &wrt);
    let more = seeds.iter().fold(AxisSet::EMPTY, |axes, (v, d)| {
        axes.union(s.ty(*d).axes.minus(s.ty(*v).axes))
    });
    let primal: Vec<Value> = s.nodes.ids().filter(|v| active[v.index()]).collect();
    let mut places: Vec<Option<Value>> = vec![None; s.nodes.len()];
    // Every tangent has its place before any is defined, since the equations of a cycle refer to each other.
    for &v in &primal {
        let name = s.nodes[v].origin.name.as_ref().map(|n| format!("d({n})"));
        let (ty, origin) = (
            real(s.ty(v), more),
            Origin {
                name,
                span: s.nodes[v].origin.span,
                call: s.nodes[v].origin.call,
            },
        );
        places[v.index()] = Some(s.push_typed(Op::Equal(v), ty, origin));
    }
    let tangent = |x: Value| places[x.index()];
    for &v in &primal {
        let place = places[v.index()].expect("internal error: an active value without a tangent");
        let (ty, origin) = (s.ty(place).clone(), s.nodes[place].origin.clone());
        let mut b = Builder { s, origin };
        let d = match seeds.iter().find(|(x, _)| *x == v) {
            Some((_, seed)) => *seed,
            None => push::push(&mut b, v, more, &tangent),
        };
        let d = b.spread(d, &ty);
        s.nodes[place].op = Op::Equal(d);
    }
    of.iter().map(|v| places[v.index()]).collect()
}

/// The unit vectors along an axis of `n` steps, the k-th at the k-th step: one by shifting the one before.
fn unit_vectors(s: &mut System, along: AxisId, n: usize) -> Value {
    let mut b = Builder {
        s,
        origin: Origin::default(),
    };
    let one = b.constant(1.0);
    let one = b.spread(one, &Type::real(&[1], AxisSet::EMPTY));
    let first = b.push(Op::Pad {
        x: one,
        start: 0,
        len: n,
    });
    let ty = Type::real(&[n], AxisSet::of(&[AxisId::BATCH, along]));
    let next = b.typed(Op::Equal(first), ty);
    let unit = b.push(Op::Shift {
        x: next,
        axis: along,
        by: 1,
        init: Some(first),
    });
    let kept = b.push(Op::Slice {
        x: unit,
        start: 0,
        len: n - 1,
    });
    let moved = b.push(Op::Pad {
        x: kept,
        start: 1,
        len: n,
    });
    s.nodes[next].op = Op::Equal(moved);
    unit
}

/// The scalars along an axis as one vector. The unit vectors run over the batch as well, which changes nothing in
/// them: each example contributes its share.
fn collect(b: &mut Builder<'_>, scalar: Value, unit: Value, along: AxisId) -> Value {
    let examples = b.push(Op::Count(AxisSet::BATCH));
    let share = b.push(Op::Binary(Binary::Div, scalar, examples));
    let over = AxisSet::of(&[AxisId::BATCH, along]);
    b.push(Op::Contract {
        a: share,
        b: unit,
        spec: Contraction::new(&[], &[0], &[0]),
        over,
    })
}
