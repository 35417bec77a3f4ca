//! Checks of the whole: observations fit their targets, nothing is defined in vain.

use super::draft::{D, Drafts, Kind};
use super::elaborator::Observed;
use super::infer::{Inferred, resolve};
use super::scope::{Binding, Scope};
use super::shapes::Shapes;
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::source::Span;
use crate::system::{Arena, Axis, AxisId, AxisKind, AxisSet, Binary, Data, Elem, Unary};

/// Every operation gets elements and axes that it can take.
pub(crate) fn elements(drafts: &Drafts, inferred: &Inferred, axes: &[Axis], out: &mut Diagnostics) {
    let index = |d: D| matches!(inferred.elem(d), Elem::Index(_));
    for (_, node) in drafts.nodes.iter() {
        let numeric: Vec<D> = match &node.kind {
            Kind::Unary(Unary::Not, x) | Kind::Unary(_, x) => vec![*x],
            Kind::Binary(Binary::Eq | Binary::Ne, a, b)
                if index(*a) && class(drafts, *b) || index(*b) && class(drafts, *a) =>
            {
                vec![]
            }
            Kind::Binary(Binary::Eq | Binary::Ne, a, b) if index(*a) && index(*b) => vec![],
            Kind::Binary(_, a, b) | Kind::Concat(a, b) | Kind::Dot(a, b) | Kind::Outer(a, b) => vec![*a, *b],
            Kind::MatMul(a, _) => vec![*a],
            Kind::LookUp { table, .. } => vec![*table],
            Kind::Select { yes, no, .. } if index(*yes) != index(*no) => vec![*yes, *no],
            Kind::Fold { x, .. }
            | Kind::Mean(x)
            | Kind::ArgMax(x)
            | Kind::Slice { x, .. }
            | Kind::Transpose(x)
            | Kind::Reshape { x, .. }
            | Kind::Reduce { x, .. }
            | Kind::MeanOver { x, .. }
            | Kind::Average(x)
            | Kind::Total(x) => vec![*x],
            Kind::Data(_)
            | Kind::Param(_)
            | Kind::Const(_)
            | Kind::Training
            | Kind::Draw { .. }
            | Kind::Equal(_)
            | Kind::Select { .. }
            | Kind::OneHot(_)
            | Kind::Shift { .. }
            | Kind::Edge { .. }
            | Kind::Reverse { .. }
            | Kind::Position(_)
            | Kind::Under { .. }
            | Kind::Stop(_) => vec![],
        };
        for x in numeric {
            if index(x) {
                let e = Diagnostic::error(codes::ELEMENT, "an index where a number is needed")
                    .label(node.span, "used as a number here")
                    .label(drafts.nodes[x].span, "one of some classes")
                    .help("give it features: `x |> embed(16)`, `affine(x)` or `onehot(x)`");
                out.push(e);
            }
        }
        match &node.kind {
            Kind::OneHot(x) if !index(*x) => {
                let e = Diagnostic::error(codes::ELEMENT, "a number where an index is needed")
                    .label(node.span, "an `index[n]` is needed here")
                    .label(drafts.nodes[*x].span, "not one of some classes");
                out.push(e);
            }
            Kind::Select { cond, .. } if inferred.elem(*cond) != Elem::Bit => {
                let e = Diagnostic::error(codes::ELEMENT, "a condition that is neither true nor false")
                    .label(node.span, "chooses by it here")
                    .label(drafts.nodes[*cond].span, "a number")
                    .help("a condition is a comparison, such as `x > 0`, or a `bit`");
                out.push(e);
            }
            Kind::Reduce { x, axis, .. }
            | Kind::MeanOver { x, axis }
            | Kind::Edge { x, axis, .. }
            | Kind::Reverse { x, axis } => {
                if let Some(a) = resolve(axis, &inferred.axes, axes)
                    && !inferred.axes(*x).contains(a)
                {
                    let name = &axes[a.0 as usize].name;
                    let e = Diagnostic::error(codes::AXIS, format!("this does not run over `{name}`"))
                        .label(drafts.nodes[*x].span, format!("the same at every step of `{name}`"))
                        .label(node.span, "reduced here");
                    out.push(e);
                }
            }
            _ => {}
        }
    }
}

/// A number that can mean a class.
fn class(drafts: &Drafts, d: D) -> bool {
    matches!(drafts.nodes[d].kind, Kind::Const(_))
}

pub(crate) fn observations(
    drafts: &Drafts,
    data: &Arena<Data>,
    inferred: &Inferred,
    observed: &[Observed],
    axes: &[Axis],
    out: &mut Diagnostics,
) {
    for o in observed {
        let target = &data[o.target];
        let needed = match (o.name, target.ty.elem) {
            ("categorical" | "ctc", Elem::Index(_))
            | ("bernoulli", Elem::Bit)
            | ("normal" | "laplace" | "mixture", Elem::Real) => None,
            ("categorical" | "ctc", _) => Some("an `index[n]`"),
            ("bernoulli", _) => Some("a `bit`"),
            _ => Some("real"),
        };
        if let Some(needed) = needed {
            let d = Diagnostic::error(codes::OBSERVATION, format!("`{}` cannot be {}", target.name, o.name))
                .label(o.span, format!("the target of `{}` is {needed}", o.name))
                .label(drafts.nodes[o.node].span, "declared here");
            out.push(d);
        }
        if o.name == "ctc" {
            frames(drafts, target, inferred, axes, o, out);
            continue;
        }
        for v in &o.values {
            let extra = inferred.axes(*v).minus(target.ty.axes);
            if let Some(axis) = extra.iter().next() {
                let axis = &axes[axis.0 as usize].name;
                let d = Diagnostic::error(
                    codes::OBSERVATION,
                    format!("more predictions than `{}` has values", target.name),
                )
                .label(
                    drafts.nodes[*v].span,
                    format!("this runs over `{axis}`, and the target does not"),
                )
                .label(drafts.nodes[o.node].span, "declared here")
                .help(format!(
                    "take one step, `last(h, over: {axis})`, or reduce the axis, `mean(h, over: {axis})`"
                ));
                out.push(d);
            }
        }
    }
}

/// The symbol that ends a sequence is one of its classes.
pub(crate) fn end_symbols(data: &Arena<Data>, shapes: &Shapes, observed: &[Observed], out: &mut Diagnostics) {
    for o in observed {
        if let (Some(until), Elem::Index(_)) = (o.until, data[o.target].ty.elem) {
            let classes = shapes.classes[o.node.index()];
            if until >= classes {
                let message = format!("the end symbol {until} is not one of {classes} classes");
                out.push(Diagnostic::error(codes::OBSERVATION, message).label(o.span, "in this observation"));
            }
        }
    }
}

/// The labels of `ctc` run over one sequence and its frames over another.
fn frames(drafts: &Drafts, target: &Data, inferred: &Inferred, axes: &[Axis], o: &Observed, out: &mut Diagnostics) {
    let sequence = |set: AxisSet| -> Option<AxisId> {
        let mut own = set.without(AxisId::BATCH).iter();
        let only = own.next().filter(|a| axes[a.0 as usize].kind == AxisKind::Sequence);
        only.filter(|_| own.next().is_none())
    };
    let (labels, logits) = (sequence(target.ty.axes), o.values[0]);
    let frames = sequence(inferred.axes(logits));
    if labels.is_none() || frames.is_none() || labels == frames {
        let d = Diagnostic::error(
            codes::OBSERVATION,
            "`ctc` reads labels off the frames of another sequence",
        )
        .label(drafts.nodes[logits].span, "the frames, over one sequence")
        .label(drafts.nodes[o.node].span, "the labels, over another")
        .help("as in `input x: [13] over t; target y: index[10] over s;`, with frames over `t`");
        out.push(d);
    }
    if o.until.is_some() {
        let d = Diagnostic::error(codes::OBSERVATION, "`ctc` has no end symbol")
            .label(o.span, "its labels end where the frames do");
        out.push(d);
    }
}

/// Sizes whose product would leave the memory of any machine, or the numbers that count it.
pub(crate) fn sizes(drafts: &Drafts, shapes: &Shapes, out: &mut Diagnostics) {
    const MOST: usize = 1 << 31;
    for (d, node) in drafts.nodes.iter() {
        let shape = &shapes.nodes[d.index()];
        let size = shape.iter().try_fold(1usize, |n, s| n.checked_mul(*s));
        if size.is_none_or(|n| n > MOST) {
            let e = Diagnostic::error(codes::SHAPE, format!("a value of shape {shape:?}"))
                .label(node.span, "this has more numbers than any memory holds");
            out.push(e);
            return;
        }
    }
    let total: usize = shapes
        .params
        .iter()
        .map(|s| s.iter().product::<usize>())
        .fold(0, usize::saturating_add);
    if total > MOST
        && let Some(p) = drafts
            .params
            .iter()
            .zip(&shapes.params)
            .max_by_key(|(_, s)| s.iter().product::<usize>())
    {
        let e = Diagnostic::error(codes::SHAPE, format!("a model of {total} parameters"))
            .label(p.0.span, "most of them are here");
        out.push(e);
    }
}

/// Warns of the user's equations and parameters that no root needs.
pub(crate) fn unused(drafts: &Drafts, scopes: &[Scope], roots: &[&[(String, D)]], out: &mut Diagnostics) {
    let mut live = vec![false; drafts.nodes.len()];
    let mut todo: Vec<D> = roots.iter().flat_map(|r| r.iter().map(|(_, d)| *d)).collect();
    while let Some(d) = todo.pop() {
        if std::mem::replace(&mut live[d.index()], true) {
            continue;
        }
        let kind = &drafts.nodes[d].kind;
        todo.extend(kind.args());
        if let Kind::Shift { var, by, .. } = kind {
            todo.extend(drafts.init(var, *by));
        }
    }
    for scope in scopes.iter().filter(|s| s.user) {
        for (name, (binding, span)) in &scope.names {
            let Binding::Value(d) = binding else { continue };
            // `d.c` uses the cell that gives `d`.
            let inner = scope.instances.get(name).map(|i| &scopes[*i]);
            let used_inside = inner.is_some_and(|i| {
                i.names.values().any(|(b, _)| matches!(b, Binding::Value(d) if live[d.index()] && matches!(drafts.nodes[*d].kind, Kind::Equal(_))))
            });
            let defines = matches!(drafts.nodes[*d].kind, Kind::Equal(_) | Kind::Param(_) | Kind::Data(_));
            if defines && drafts.nodes[*d].span == *span && !live[d.index()] && !used_inside && !name.starts_with('_') {
                out.push(
                    Diagnostic::warning(codes::UNUSED, format!("`{name}` is never used"))
                        .label(*span, "no loss, metric or output needs it"),
                );
            }
        }
    }
}

/// A base case that no shift reads says nothing.
pub(crate) fn unread_inits(drafts: &Drafts, out: &mut Diagnostics) {
    let read: std::collections::BTreeSet<Span> = drafts
        .nodes
        .iter()
        .filter_map(|(_, n)| match &n.kind {
            Kind::Shift {
                var: Some((scope, name)),
                by,
                ..
            } => drafts.inits.get(&(*scope, name.clone(), *by < 0)),
            _ => None,
        })
        .map(|(_, span)| *span)
        .collect();
    // A base case may stand for a value and for the output of the cell that gives it.
    let mut said = std::collections::BTreeSet::new();
    for ((_, name, end), (_, span)) in &drafts.inits {
        if !read.contains(span) && said.insert(*span) {
            let step = if *end { "end" } else { "0" };
            let looks = if *end {
                format!("{name}[t+1]")
            } else {
                format!("{name}[t-1]")
            };
            out.push(
                Diagnostic::error(codes::INITIAL, format!("no equation reads `{name}[{step}]`"))
                    .label(*span, format!("this would matter to `{looks}`, which stands nowhere")),
            );
        }
    }
}
