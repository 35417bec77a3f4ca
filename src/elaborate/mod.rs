//! From syntax to a system: names, sizes, modules, shapes.
//!
//! The text is first elaborated to a [`draft`], in which modules are expanded and every equation is a node; then element
//! types, axes and shapes are inferred over the whole; then the draft is lowered to a [`System`] and checked.

mod bases;
mod body;
mod call;
mod check;
mod draft;
mod elaborator;
mod expr;
mod future;
mod infer;
mod intrinsics;
mod items;
mod lists;
mod lower;
mod metrics;
mod model;
mod over;
mod parameters;
mod scope;
mod shapes;

use crate::diagnostics::near::nearest;
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::syntax::ast;
use crate::system::{Arena, Axis, AxisKind, System};
use elaborator::Elaborator;
pub use model::DISTRIBUTIONS;
use scope::{Ct, ScopeKind};
use std::collections::BTreeMap;

/// The files of one compilation. `files[i]` was parsed from `FileId(i)`; those from `std_from` on are the standard library.
#[derive(Clone, Copy)]
pub struct Unit<'a> {
    pub files: &'a [ast::File],
    pub std_from: usize,
}

/// The models of a unit by name, in the order of the text.
pub fn models<'a>(unit: Unit<'a>) -> Vec<&'a ast::ModelItem> {
    let all = unit.files.iter().flat_map(|f| &f.items);
    all.filter_map(|i| if let ast::Item::Model(m) = i { Some(m) } else { None })
        .collect()
}

/// The training regimes of a unit, in the order of the text.
pub fn trains<'a>(unit: Unit<'a>) -> Vec<&'a ast::TrainItem> {
    let all = unit.files.iter().flat_map(|f| &f.items);
    all.filter_map(|i| if let ast::Item::Train(t) = i { Some(t) } else { None })
        .collect()
}

/// The sizes of a model that have no default.
pub fn free_sizes(model: &ast::ModelItem) -> Vec<&ast::Ident> {
    model
        .sizes
        .iter()
        .filter(|p| p.default.is_none())
        .map(|p| &p.name)
        .collect()
}

/// Elaborates one model with these sizes, and checks it. The system is `None` exactly if there are errors.
pub fn elaborate(unit: Unit, model: &ast::ModelItem, sizes: &[(String, f64)]) -> (Option<System>, Diagnostics) {
    let mut out = Diagnostics::default();
    let items = items::collect(unit.files, unit.std_from, &mut out);
    for train in &items.trains {
        if !items.models.iter().any(|m| m.name.name == train.model.name) {
            let message = format!("no model is called `{}`", train.model.name);
            let mut d = Diagnostic::error(codes::UNKNOWN_NAME, message).label(train.model.span, "trained here");
            if let Some(n) = nearest(&train.model.name, items.models.iter().map(|m| m.name.name.as_str())) {
                d = d.fix(format!("did you mean `{n}`?"), train.model.span, n);
            }
            out.push(d);
        }
    }
    let mut e = Elaborator {
        items: &items,
        out,
        drafts: draft::Drafts::new(&model.name.name, unit.std_from),
        scopes: Vec::new(),
        data: Arena::default(),
        axes: vec![Axis {
            name: "batch".into(),
            kind: AxisKind::Batch,
            like: None,
        }],
        likes: Vec::new(),
        told: None,
        streams: 0,
        depth: 0,
        spent: 0,
        path: Vec::new(),
        pending: Vec::new(),
        sharing: 0,
        shared_calls: Default::default(),
        shared_inputs: Default::default(),
        constants: Vec::new(),
        equations: model.body.iter().filter_map(right_side).collect(),
        observed: Vec::new(),
        terms: Vec::new(),
        metrics: Vec::new(),
        outputs: Vec::new(),
    };
    let s = e.scope(ScopeKind::Model, format!("model `{}`", model.name.name), vec![], true);
    if !e.model_sizes(s, model, sizes) {
        return (None, e.out);
    }
    e.body_of(s, &model.body);
    if e.terms.is_empty() && e.outputs.is_empty() && !e.out.has_errors() {
        let d = Diagnostic::error(
            codes::NO_OBJECTIVE,
            format!("`{}` neither learns nor computes anything", model.name.name),
        )
        .label(model.name.span, "no observation, no loss, no output")
        .help("observe a target, `y ~ categorical(...);`, or state an `output`");
        e.out.push(d);
    }
    if e.out.has_errors() {
        return (None, e.out);
    }
    let Elaborator {
        drafts,
        mut out,
        data,
        mut axes,
        likes,
        observed,
        terms,
        metrics,
        outputs,
        scopes,
        ..
    } = e;
    let mut steps = Diagnostics::default();
    let inferred = infer::infer(&drafts, &data, &mut axes, &likes, &mut steps);
    // What is wrong with an observation is better said of it than of the equations it stands for.
    check::observations(&drafts, &data, &inferred, &observed, &axes, &mut out);
    if out.has_errors() {
        return (None, out);
    }
    out.extend(steps);
    if out.has_errors() {
        return (None, out);
    }
    check::elements(&drafts, &inferred, &axes, &mut out);
    if out.has_errors() {
        return (None, out);
    }
    let shapes = shapes::solve(&drafts, &data, &inferred, &own_names(&drafts, &scopes), &mut out);
    check::sizes(&drafts, &shapes, &mut out);
    check::end_symbols(&data, &shapes, &observed, &mut out);
    check::unread_inits(&drafts, &mut out);
    metrics::totals(&drafts, &metrics, &outputs, &mut out);
    if out.has_errors() {
        return (None, out);
    }
    let reported: Vec<(String, draft::D)> = metrics.iter().map(|m| (m.name.clone(), m.value)).collect();
    check::unused(&drafts, &scopes, &[&terms, &reported, &outputs], &mut out);
    let input = lower::Draughted {
        drafts: &drafts,
        inferred: &inferred,
        shapes: &shapes,
        name: model.name.name.clone(),
        doc: model.doc.clone(),
        axes,
        data,
        observed: &observed,
        terms: &terms,
        metrics: &metrics,
        outputs: &outputs,
    };
    let system = lower::lower(input, &mut out);
    if !out.has_errors() {
        out.extend(crate::system::causality::check(&system));
        future::future_targets(&system, &mut out);
    }
    if out.has_errors() {
        (None, out)
    } else {
        (Some(system), out)
    }
}

/// The user's equations by what they are called in the text.
fn own_names<'s>(drafts: &draft::Drafts, scopes: &'s [scope::Scope]) -> BTreeMap<draft::D, &'s str> {
    let names = scopes.iter().filter(|s| s.user).flat_map(|s| &s.names);
    let equations = names.filter_map(|(name, (binding, span))| match binding {
        scope::Binding::Value(d) if drafts.nodes[*d].span == *span => Some((*d, name.as_str())),
        _ => None,
    });
    equations
        .filter(|(d, _)| matches!(drafts.nodes[*d].kind, draft::Kind::Equal(_)))
        .collect()
}

/// The name and the right side of an equation that holds at every step.
fn right_side(stmt: &ast::Stmt) -> Option<(&str, &ast::Expr)> {
    match &stmt.kind {
        ast::StmtKind::Equation { target, value, .. } if target.path.len() == 1 && target.index.is_none() => {
            Some((&target.path[0].name, value))
        }
        _ => None,
    }
}

impl<'a> Elaborator<'a> {
    fn model_sizes(&mut self, s: usize, model: &'a ast::ModelItem, sizes: &[(String, f64)]) -> bool {
        let before = self.out.list.len();
        for p in &model.sizes {
            let given = sizes.iter().rev().find(|(n, _)| *n == p.name.name);
            let ct = match (given, &p.default) {
                (Some((_, x)), _) => Some(Ct::Number(*x)),
                (None, Some(e)) => self.compile_time(s, e),
                (None, None) => {
                    let name = &p.name.name;
                    let d = Diagnostic::error(codes::UNBOUND_SIZE, format!("nothing binds the size `{name}`"))
                        .label(p.name.span, "it has no default")
                        .help(format!("give it: `-D {name}=64`, or a default, or data that bind it"));
                    self.out.push(d);
                    None
                }
            };
            let Some(ct) = ct else { continue };
            if self.scopes[s].sizes.insert(p.name.name.clone(), ct).is_some() {
                let message = format!("the size `{}` is defined twice", p.name.name);
                self.error(codes::DUPLICATE, message, p.name.span, "defined again here");
            }
        }
        self.out.list.len() == before
    }
}
