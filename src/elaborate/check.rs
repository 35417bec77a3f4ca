//! Checks of the whole: observations fit their targets, nothing is defined in vain, no target is read before it is known.

use super::draft::{D, Drafts, Kind};
use super::elaborator::Observed;
use super::infer::Inferred;
use super::scope::{Binding, Scope};
use super::shapes::Shapes;
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::system::{Arena, Data, DataRole, Elem, Op, System, Value};

pub(crate) fn observations(
    drafts: &Drafts,
    data: &Arena<Data>,
    inferred: &Inferred,
    shapes: &Shapes,
    observed: &[Observed],
    out: &mut Diagnostics,
) {
    for o in observed {
        let target = &data[o.target];
        let needed = match (o.name, target.ty.elem) {
            ("categorical", Elem::Index(_)) | ("bernoulli", Elem::Bit) | ("normal" | "laplace", Elem::Real) => None,
            ("categorical", _) => Some("an `index[n]`"),
            ("bernoulli", _) => Some("a `bit`"),
            _ => Some("real"),
        };
        if let Some(needed) = needed {
            let d = Diagnostic::error(codes::OBSERVATION, format!("`{}` cannot be {}", target.name, o.name))
                .label(o.span, format!("the target of `{}` is {needed}", o.name))
                .label(drafts.nodes[o.node].span, "declared here");
            out.push(d);
        }
        for v in &o.values {
            let extra = inferred.axes(*v).minus(target.ty.axes);
            if !extra.is_empty() {
                let d = Diagnostic::error(
                    codes::OBSERVATION,
                    format!("more predictions than `{}` has values", target.name),
                )
                .label(
                    drafts.nodes[*v].span,
                    "this runs over an axis that the target does not run over",
                )
                .label(drafts.nodes[o.node].span, "declared here")
                .help("take one step, `last(h)`, or reduce the axis, `mean(h, over: t)`");
                out.push(d);
            }
        }
        if let (Some(until), Elem::Index(_)) = (o.until, target.ty.elem) {
            let classes = shapes.classes[o.node.index()];
            if until >= classes {
                let message = format!("the end symbol {until} is not one of {classes} classes");
                out.push(Diagnostic::error(codes::OBSERVATION, message).label(o.span, "in this observation"));
            }
        }
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
            let defines = matches!(drafts.nodes[*d].kind, Kind::Equal(_) | Kind::Param(_) | Kind::Data(_));
            if defines && drafts.nodes[*d].span == *span && !live[d.index()] && !name.starts_with('_') {
                out.push(
                    Diagnostic::warning(codes::UNUSED, format!("`{name}` is never used"))
                        .label(*span, "no loss, metric or output needs it"),
                );
            }
        }
    }
}

/// A target may be read at earlier steps, and where it is scored; what predicts it must not see it.
pub(crate) fn future_targets(s: &System, out: &mut Diagnostics) {
    for o in &s.observations {
        let data = &s.data[o.target];
        if data.role != DataRole::Target {
            continue;
        }
        let mut seen = vec![false; s.nodes.len()];
        let mut todo: Vec<Value> = o.dist.values().into_iter().map(|(_, v)| v).collect();
        while let Some(v) = todo.pop() {
            if std::mem::replace(&mut seen[v.index()], true) {
                continue;
            }
            match s.op(v) {
                Op::Data(d) if *d == o.target => {
                    let at = o.dist.values()[0].1;
                    let mut d = Diagnostic::error(
                        codes::FUTURE_TARGET,
                        format!("`{}` is predicted from itself", data.name),
                    );
                    if let Some(span) = s.nodes[at].origin.span {
                        d = d.label(span, "this reads the very value that it predicts");
                    }
                    if let Some(span) = data.span {
                        d = d.label(span, "the target");
                    }
                    out.push(d.help(format!("read the step before: `{}[t-1]`", data.name)));
                    break;
                }
                Op::Shift { x, axis, by, init } if *by > 0 && data.ty.axes.contains(*axis) => {
                    // Looks back along the target's own axis: earlier values are known.
                    let _ = x;
                    todo.extend(init.iter());
                }
                op => todo.extend(op.args()),
            }
        }
    }
}
