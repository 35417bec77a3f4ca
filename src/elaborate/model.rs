//! What only a model has: inputs, targets, axes, observations.

use super::draft::{D, Kind, Segment};
use super::elaborator::{Elaborator, Observed};
use super::items::Item;
use super::over::Over;
use super::scope::{Binding, Module};
use crate::diagnostics::near::listed;
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::{self, Dim, ElemExpr, Expr, ExprKind};
use crate::system::{Axis, AxisId, AxisKind, AxisSet, Data, DataRole, Elem, Type, Unary};
use std::collections::BTreeMap;

/// The distributions: the names of their parameters, and the function in the standard library that is -log p.
pub const DISTRIBUTIONS: &[(&str, &[&str], &str)] = &[
    ("categorical", &["logits"], "categorical_nll"),
    ("bernoulli", &["logits"], "bernoulli_nll"),
    ("normal", &["mean", "std"], "normal_nll"),
    ("laplace", &["mean", "scale"], "laplace_nll"),
    ("mixture", &["logits", "mean", "std"], "mixture_nll"),
    ("ctc", &["logits"], "ctc_nll"),
];

impl<'a> Elaborator<'a> {
    /// An axis of this name, or, where a layer's own is called like another, of this name and a number.
    pub(crate) fn new_axis(&mut self, name: &ast::Ident, kind: AxisKind) -> AxisId {
        if self.axes.len() >= 64 {
            self.error(codes::AXIS, "more than 63 axes", name.span, "one too many");
            return AxisId::BATCH;
        }
        let numbered = (2..).map(|n| format!("{}.{n}", name.name));
        let mut names = std::iter::once(name.name.clone()).chain(numbered);
        let free = names.find(|n| self.axes.iter().all(|a| a.name != *n));
        self.axes.push(Axis {
            name: free.unwrap_or_default(),
            kind,
            like: None,
        });
        AxisId(self.axes.len() as u8 - 1)
    }

    pub(crate) fn declare_data(
        &mut self,
        s: usize,
        role: ast::Role,
        name: &'a ast::Ident,
        ty: &'a ast::TypeExpr,
        doc: &[String],
    ) {
        if self.scopes[s].kind != super::scope::ScopeKind::Model {
            let message = format!("an input or a target does not belong into {}", self.scopes[s].what);
            self.error(
                codes::NOT_CALLABLE,
                message,
                name.span,
                "inputs stand between the second parentheses",
            );
            return self.bind_poison(s, name);
        }
        let Some((elem, shape)) = self.element(s, &ty.elem) else {
            return self.bind_poison(s, name);
        };
        let mut axes = AxisSet::BATCH;
        for over in &ty.over {
            if let Some(kind) = &over.kind {
                self.unsupported(&format!("an axis of kind `{}`", kind.name), kind.span);
                return self.bind_poison(s, name);
            }
            let Some((Binding::Axis(axis), _)) = self.scopes[s].names.get(&over.name.name) else {
                let message = format!("`{}` is not an axis", over.name.name);
                self.error(codes::AXIS, message, over.name.span, "this names something else");
                return self.bind_poison(s, name);
            };
            axes = axes.with(*axis);
        }
        let role = match role {
            ast::Role::Input => DataRole::Input,
            ast::Role::Target => DataRole::Target,
        };
        let ty = Type { elem, shape, axes };
        let id = self.data.push(Data {
            name: name.name.clone(),
            role,
            ty,
            doc: doc.to_vec(),
            span: Some(name.span),
        });
        let d = self.drafts.push(Kind::Data(id), name.span);
        self.drafts.nodes[d].name = Some(vec![Segment::Name(name.name.clone())]);
        self.bind(s, name, Binding::Value(d));
    }

    /// The name of something that could not be made, so that its readers are not wrong as well.
    fn bind_poison(&mut self, s: usize, name: &'a ast::Ident) {
        let d = self.poison(name.span);
        self.bind(s, name, Binding::Value(d));
    }

    fn element(&mut self, s: usize, elem: &'a ElemExpr) -> Option<(Elem, Vec<usize>)> {
        Some(match elem {
            ElemExpr::Real => (Elem::Real, vec![]),
            ElemExpr::Array(dims) => (Elem::Real, self.known_shape(s, dims)?),
            ElemExpr::Bit(dims) => (Elem::Bit, self.known_shape(s, dims)?),
            ElemExpr::Index(n) => (Elem::Index(self.whole(s, n, 1)? as usize), vec![]),
        })
    }

    fn known_shape(&mut self, s: usize, dims: &'a [Dim]) -> Option<Vec<usize>> {
        let mut shape = Vec::new();
        for d in dims {
            match d {
                Dim::Size(e) => shape.push(self.whole(s, e, 1)? as usize),
                Dim::Infer(span) => {
                    let message = "the size of an input cannot be inferred";
                    self.error(codes::SHAPE_UNKNOWN, message, *span, "a number is needed here");
                    return None;
                }
            }
        }
        Some(shape)
    }

    /// `target ~ distribution(parameters) until symbol;`
    pub(crate) fn observe(
        &mut self,
        s: usize,
        target: &'a ast::Ident,
        dist: &'a Expr,
        until: Option<&'a Expr>,
        span: Span,
    ) {
        let node = match self.scopes[s].names.get(&target.name) {
            Some((Binding::Value(d), _)) => *d,
            _ => return self.unknown_name(s, &target.name, target.span),
        };
        let id = match self.drafts.nodes[node].kind {
            Kind::Data(id) if self.data[id].role == DataRole::Target => id,
            _ => {
                let message = format!("`{}` is not a target", target.name);
                return self.error(
                    codes::OBSERVATION,
                    message,
                    target.span,
                    "only a target can be observed",
                );
            }
        };
        if let Some(first) = self.observed.iter().find(|o| o.target == id) {
            let d = Diagnostic::error(codes::DUPLICATE, format!("`{}` is observed twice", target.name))
                .label(span, "observed again here")
                .label(first.span, "first observed here");
            self.out.push(d);
            return;
        }
        let ExprKind::Call { callee, args } = &dist.kind else {
            return self.not_a_distribution(dist.span);
        };
        let ExprKind::Name(name) = &callee.kind else {
            return self.not_a_distribution(callee.span);
        };
        let Some(&(name, params, nll)) = DISTRIBUTIONS.iter().find(|(n, _, _)| n == name) else {
            return self.not_a_distribution(callee.span);
        };
        let given = args
            .iter()
            .map(|a| a.name.as_ref().map(|n| n.name.as_str()))
            .collect::<Vec<_>>();
        let prob = name == "categorical" && given == [Some("prob")];
        let in_order = given.iter().zip(params).all(|(g, p)| g.is_none_or(|g| g == *p)) && given.len() == params.len();
        if !in_order && !prob {
            let names: Vec<String> = params.iter().map(|p| format!("`{p}`")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let d = Diagnostic::error(codes::ARGUMENTS, format!("`{name}` takes {}", listed(&names)))
                .label(dist.span, "other arguments are given")
                .help(format!("write `{} ~ {name}({});`", target.name, params.join(", ")));
            return self.out.push(d);
        }
        if !prob && params.first() == Some(&"logits") {
            self.warn_double_softmax(name, &args[0].value);
            // The logits may have an equation of their own.
            if let ExprKind::Name(logits) = &args[0].value.kind
                && let Some(e) = self.equations.get(logits.as_str())
            {
                self.warn_double_softmax(name, e);
            }
        }
        let path = vec![Segment::Name(target.name.clone())];
        let (values, _) = self.under(path, |e| {
            args.iter()
                .map(|a| {
                    let v = e.value(s, &a.value);
                    if prob {
                        e.drafts.push(Kind::Unary(Unary::Log, v), a.value.span)
                    } else {
                        v
                    }
                })
                .collect::<Vec<D>>()
        });
        let nll = match (name, self.data[id].ty.shape.is_empty()) {
            ("mixture", true) => "mixture_scalar_nll",
            _ => nll,
        };
        let module = match self.item(nll) {
            Some(Item::Fn(item)) => Module::Fn(item),
            Some(Item::Layer(item)) => Module::Layer {
                item,
                sizes: BTreeMap::new(),
                shared: None,
                over: Over::Features,
            },
            Some(Item::Const(_)) | None => panic!("internal error: the standard library lacks `{nll}`"),
        };
        let mut inputs = vec![("y".to_string(), node)];
        inputs.extend(params.iter().map(|p| p.to_string()).zip(values.iter().copied()));
        let Some(nll) = self.apply(module, inputs, Over::Features, dist.span) else {
            return;
        };
        let until = until.and_then(|e| self.whole(s, e, 0)).map(|x| x as usize);
        let average = self.drafts.push(Kind::Average(nll), span);
        self.terms.push((target.name.clone(), average));
        for (p, v) in params.iter().zip(&values) {
            self.outputs.push((format!("{}.{p}", target.name), *v));
        }
        self.observed.push(Observed {
            target: id,
            node,
            name,
            values,
            nll,
            until,
            span,
        });
    }

    fn not_a_distribution(&mut self, span: Span) {
        let names: Vec<&str> = DISTRIBUTIONS.iter().map(|(n, _, _)| *n).collect();
        let d = Diagnostic::error(codes::OBSERVATION, "not a distribution")
            .label(span, "a target is distributed as one of the known distributions")
            .help(format!("one of: {}", names.join(" ")));
        self.out.push(d);
    }

    fn warn_double_softmax(&mut self, name: &str, e: &Expr) {
        if let ExprKind::Call { callee, .. } = &e.kind
            && let ExprKind::Name(f) = &callee.kind
            && ["softmax", "log_softmax", "sigmoid"].contains(&f.as_str())
        {
            let message = format!("`{name}` takes logits, and this is already a `{f}`");
            let mut d = Diagnostic::error(codes::DOUBLE_SOFTMAX, message)
                .label(e.span, "probabilities where unnormalised log-probabilities are needed");
            d = match (name, f.as_str()) {
                ("categorical", "softmax") => d.help("leave the softmax out, or write `categorical(prob: ...)`"),
                _ => d.help(format!("leave the {f} out")),
            };
            self.out.push(d);
        }
    }
}
