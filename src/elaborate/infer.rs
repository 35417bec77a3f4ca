//! Element types and axes: both are least fixed points over the draft.

use super::draft::{Axis, D, Drafts, Kind, Told};
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::system::{Arena, AxisId, AxisKind, AxisSet, Binary, Data, Elem, Unary};

pub(crate) struct Inferred {
    pub elems: Vec<Elem>,
    pub axes: Vec<AxisSet>,
}

impl Inferred {
    pub(crate) fn elem(&self, d: D) -> Elem {
        self.elems[d.index()]
    }
    pub(crate) fn axes(&self, d: D) -> AxisSet {
        self.axes[d.index()]
    }
}

pub(crate) fn infer(
    drafts: &Drafts,
    data: &Arena<Data>,
    axes: &mut [crate::system::Axis],
    likes: &[(AxisId, Axis)],
    out: &mut Diagnostics,
) -> Inferred {
    let inferred = Inferred {
        elems: elements(drafts, data),
        axes: axis_sets(drafts, data, axes, likes),
    };
    let axes = &*axes;
    for (_, node) in drafts.nodes.iter() {
        if let Kind::Shift { axis, .. }
        | Kind::Edge { axis, .. }
        | Kind::Reverse { axis, .. }
        | Kind::Reduce { axis, .. }
        | Kind::MeanOver { axis, .. }
        | Kind::Position(axis) = &node.kind
            && resolve(axis, &inferred.axes, axes).is_none()
        {
            let seen = match axis {
                Axis::Named(_) => AxisSet::EMPTY,
                Axis::Of(values, _) => values.iter().fold(AxisSet::EMPTY, |s, v| s.union(inferred.axes(*v))),
            };
            let names: Vec<&str> = seen
                .without(AxisId::BATCH)
                .iter()
                .map(|a| axes[a.0 as usize].name.as_str())
                .collect();
            let (message, label) = if names.is_empty() {
                (
                    "a step where there is no axis",
                    "nothing here runs over an axis".to_string(),
                )
            } else {
                (
                    "a step of which axis?",
                    format!("several axes meet here: {}", names.join(", ")),
                )
            };
            let mut d = Diagnostic::error(codes::NO_AXIS, message).label(node.span, label);
            if names.len() > 1 {
                let one = names[0];
                d = d.help(format!(
                    "tell which: `over: {one}`, as in `last(x, over: {one})` or `lstm(x, n: 8, over: {one})`"
                ));
            }
            out.push(d);
        }
        if let Kind::Under { x, axis } = &node.kind
            && let Some(a) = resolve(axis, &inferred.axes, axes)
            && let same @ [_, _, ..] = &same_steps(inferred.axes(*x), a, axes)[..]
            && !inferred.axes(*x).contains(a)
        {
            let names: Vec<&str> = same.iter().map(|a| axes[a.0 as usize].name.as_str()).collect();
            let name = &axes[a.0 as usize].name;
            let message = format!("which of its axes is to be called `{name}`?");
            let label = format!("this runs over {}, which have the same steps", names.join(" and "));
            out.push(Diagnostic::error(codes::AXIS, message).label(node.span, label));
        }
    }
    inferred
}

/// The axis that is meant: the only sequence that the values run over, or else the only axis of fixed length.
pub(crate) fn resolve(axis: &Axis, sets: &[AxisSet], axes: &[crate::system::Axis]) -> Option<AxisId> {
    let (values, told) = match axis {
        Axis::Named(a) => return Some(*a),
        Axis::Of(values, told) => (values, told.as_deref()),
    };
    let mut all = values
        .iter()
        .fold(AxisSet::EMPTY, |s, v| s.union(sets[v.index()]))
        .without(AxisId::BATCH);
    match told {
        Some(Told::Along(axis)) => {
            if let Some(a) = resolve(axis, sets, axes)
                && all.contains(a)
            {
                return Some(a);
            }
        }
        Some(Told::Not(axis)) => {
            if let Some(a) = resolve(axis, sets, axes) {
                all = all.without(a);
            }
        }
        None => {}
    }
    let sequences: Vec<AxisId> = all
        .iter()
        .filter(|a| !matches!(axes[a.0 as usize].kind, AxisKind::Steps(_)))
        .collect();
    match (&sequences[..], all.len()) {
        ([one], _) => Some(*one),
        ([], 1) => all.iter().next(),
        _ => None,
    }
}

/// Of a set of axes those that have the steps of this one.
pub(crate) fn same_steps(set: AxisSet, axis: AxisId, axes: &[crate::system::Axis]) -> Vec<AxisId> {
    let of = |a: AxisId| axes[a.0 as usize].like.unwrap_or(a);
    set.iter().filter(|a| of(*a) == of(axis)).collect()
}

fn elements(drafts: &Drafts, data: &Arena<Data>) -> Vec<Elem> {
    let mut elems: Vec<Option<Elem>> = vec![None; drafts.nodes.len()];
    loop {
        let mut changed = false;
        for (d, node) in drafts.nodes.iter() {
            if elems[d.index()].is_some() {
                continue;
            }
            let of = |d: &D| elems[d.index()];
            let elem = match &node.kind {
                Kind::Data(id) => Some(data[*id].ty.elem),
                Kind::Training => Some(Elem::Bit),
                Kind::Equal(None) => Some(Elem::Real),
                Kind::Equal(Some(x)) | Kind::Stop(x) => of(x),
                Kind::Shift { x, .. } | Kind::Edge { x, .. } | Kind::Reverse { x, .. } | Kind::Under { x, .. } => of(x),
                Kind::Slice { .. } => Some(Elem::Real),
                Kind::Select { yes, no, .. } => match (of(yes), of(no)) {
                    (Some(Elem::Index(n)), _) | (_, Some(Elem::Index(n))) => Some(Elem::Index(n)),
                    (Some(a), Some(b)) => Some(if a == b { a } else { Elem::Real }),
                    _ => None,
                },
                Kind::Unary(Unary::Not, _) => Some(Elem::Bit),
                Kind::Binary(f, _, _) => Some(match f {
                    Binary::Lt | Binary::Le | Binary::Eq | Binary::Ne | Binary::And | Binary::Or => Elem::Bit,
                    Binary::Add | Binary::Sub | Binary::Mul | Binary::Div | Binary::Max | Binary::Min | Binary::Pow => {
                        Elem::Real
                    }
                }),
                // The classes are those of the argument's features, known once shapes are.
                Kind::ArgMax(_) => Some(Elem::Index(0)),
                Kind::Param(_)
                | Kind::Const(_)
                | Kind::Position(_)
                | Kind::Draw { .. }
                | Kind::Unary(_, _)
                | Kind::MatMul(_, _)
                | Kind::LookUp { .. }
                | Kind::Concat(_, _)
                | Kind::Fold { .. }
                | Kind::Mean(_)
                | Kind::OneHot(_)
                | Kind::Dot(_, _)
                | Kind::Outer(_, _)
                | Kind::Transpose(_)
                | Kind::Reshape { .. }
                | Kind::Reduce { .. }
                | Kind::MeanOver { .. }
                | Kind::Average(_)
                | Kind::Total(_) => Some(Elem::Real),
            };
            if elem.is_some() {
                elems[d.index()] = elem;
                changed = true;
            }
        }
        if !changed {
            // What is left refers only to itself.
            return elems.into_iter().map(|e| e.unwrap_or(Elem::Real)).collect();
        }
    }
}

fn axis_sets(
    drafts: &Drafts,
    data: &Arena<Data>,
    axes: &mut [crate::system::Axis],
    likes: &[(AxisId, Axis)],
) -> Vec<AxisSet> {
    let mut sets = vec![AxisSet::EMPTY; drafts.nodes.len()];
    // Axes only grow along equations, but a reduction whose axis is resolved late may take one away: the number of
    // rounds is bounded so that even a system that is wrong comes to an end.
    for _ in 0..drafts.nodes.len() + 2 {
        let mut changed = false;
        for (second, of) in likes {
            if let Some(a) = resolve(of, &sets, axes) {
                let root = axes[a.0 as usize].like.unwrap_or(a);
                let kind = axes[root.0 as usize].kind;
                let own = &mut axes[second.0 as usize];
                changed |= own.like != Some(root);
                (own.like, own.kind) = (Some(root), kind);
            }
        }
        let axes = &*axes;
        for (d, node) in drafts.nodes.iter() {
            let union = node
                .kind
                .args()
                .iter()
                .fold(AxisSet::EMPTY, |s, a| s.union(sets[a.index()]));
            let set = match &node.kind {
                Kind::Data(id) => data[*id].ty.axes,
                Kind::Draw { per_example: true, .. } => union.intersect(AxisSet::BATCH),
                Kind::Reduce { axis, .. } => resolve(axis, &sets, axes).map_or(union, |a| union.without(a)),
                Kind::MeanOver { axis, .. } => resolve(axis, &sets, axes)
                    .map_or(union, |a| union.without(a))
                    .union(AxisSet::BATCH),
                Kind::Edge { axis, .. } => resolve(axis, &sets, axes).map_or(union, |a| union.without(a)),
                Kind::Shift { axis, by, var, .. } => {
                    let init = drafts.init(var, *by).map_or(AxisSet::EMPTY, |i| sets[i.index()]);
                    let own = resolve(axis, &sets, axes);
                    union
                        .union(init)
                        .union(own.map_or(AxisSet::EMPTY, |a| AxisSet::BATCH.with(a)))
                }
                Kind::Position(axis) => resolve(axis, &sets, axes).map_or(union, |a| AxisSet::BATCH.with(a)),
                Kind::Under { axis, .. } => match resolve(axis, &sets, axes) {
                    Some(a) if !union.contains(a) => match same_steps(union, a, axes)[..] {
                        [other, ..] => union.without(other).with(a),
                        [] => union,
                    },
                    Some(_) | None => union,
                },
                Kind::Average(_) | Kind::Total(_) => AxisSet::EMPTY,
                Kind::Param(_)
                | Kind::Const(_)
                | Kind::Training
                | Kind::Draw { .. }
                | Kind::Equal(_)
                | Kind::Unary(_, _)
                | Kind::Binary(_, _, _)
                | Kind::Select { .. }
                | Kind::MatMul(_, _)
                | Kind::LookUp { .. }
                | Kind::Concat(_, _)
                | Kind::Slice { .. }
                | Kind::Fold { .. }
                | Kind::Mean(_)
                | Kind::ArgMax(_)
                | Kind::OneHot(_)
                | Kind::Dot(_, _)
                | Kind::Outer(_, _)
                | Kind::Transpose(_)
                | Kind::Reshape { .. }
                | Kind::Reverse { .. }
                | Kind::Stop(_) => union,
            };
            if sets[d.index()] != set {
                sets[d.index()] = set;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    sets
}
