//! Bodies: first all names are declared, since a body is a system and not a program; then every statement is read.

use super::draft::{Kind, Segment};
use super::elaborator::Elaborator;
use super::metrics::Reported;
use super::scope::{Binding, Ct, LoopVar, ScopeKind};
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::{self, Dim, Expr, ForRange, Stmt, StmtKind};
use crate::system::AxisKind;

impl<'a> Elaborator<'a> {
    pub(crate) fn body_of(&mut self, s: usize, body: &'a [Stmt]) -> bool {
        let before = self.out.list.len();
        self.scopes[s].family_count = count_families(body);
        self.declare_axes(s, body);
        self.declare(s, body);
        for stmt in body {
            self.statement(s, stmt);
        }
        self.resolve_inner(s);
        self.undefined_families(s);
        self.out.list.len() == before
    }

    /// Axes of fixed steps, then those that inputs bring in, then second names of either, wherever they stand.
    fn declare_axes(&mut self, s: usize, body: &'a [Stmt]) {
        for stmt in body {
            if let StmtKind::Axis {
                name,
                kind: ast::AxisExpr::Steps(n),
            } = &stmt.kind
                && let Some(n) = self.whole(s, n, 1)
            {
                let axis = self.new_axis(name, AxisKind::Steps(n as usize));
                self.bind(s, name, Binding::Axis(axis));
            }
        }
        for stmt in body {
            match &stmt.kind {
                StmtKind::Declare { ty, .. } if self.scopes[s].kind == ScopeKind::Model => {
                    for over in ty.over.iter().filter(|o| o.kind.is_none()) {
                        let declares = |stmt: &Stmt| matches!(&stmt.kind, StmtKind::Axis { name, .. } if name.name == over.name.name);
                        if !self.scopes[s].names.contains_key(&over.name.name) && !body.iter().any(declares) {
                            let axis = self.new_axis(&over.name, AxisKind::Sequence);
                            self.bind(s, &over.name, Binding::Axis(axis));
                        }
                    }
                }
                _ => {}
            }
        }
        for stmt in body {
            if let StmtKind::Axis {
                name,
                kind: ast::AxisExpr::Like(other),
            } = &stmt.kind
            {
                self.second_name(s, name, other);
            }
        }
    }

    /// `axis s: like t;`
    fn second_name(&mut self, s: usize, name: &ast::Ident, other: &ast::Ident) {
        let of = self.axis_called(s, &other.name);
        let second = self.new_axis(name, AxisKind::Sequence);
        match of {
            Some(axis) => self.likes.push((second, axis)),
            None => {
                let message = format!("`{}` is not an axis", other.name);
                let label = "no input brings in an axis of this name";
                self.error(codes::AXIS, message, other.span, label);
            }
        }
        self.bind(s, name, Binding::Axis(second));
    }

    fn declare(&mut self, s: usize, body: &'a [Stmt]) {
        for stmt in body {
            match &stmt.kind {
                StmtKind::Declare { role, name, ty } => self.declare_data(s, *role, name, ty, &stmt.doc),
                StmtKind::Param {
                    trained,
                    name,
                    shape,
                    init,
                } => {
                    if self.refuse_outside(s, &[ScopeKind::Fn], "a parameter", name.span) {
                        continue;
                    }
                    self.param(s, *trained, name, shape, init.as_ref());
                }
                StmtKind::Module { name, value } => {
                    if let Some(m) = self.module(s, value) {
                        let mut path = self.loop_path(s);
                        path.push(Segment::Name(name.name.clone()));
                        self.bind(s, name, Binding::Ct(Ct::Module(m.shared_under(path))));
                    }
                }
                StmtKind::Equation { target, .. } => self.declare_equation(s, target),
                StmtKind::For { body, .. } => self.declare_families(s, body),
                StmtKind::Axis { .. }
                | StmtKind::Observe { .. }
                | StmtKind::Loss { .. }
                | StmtKind::Metric { .. }
                | StmtKind::Output { .. }
                | StmtKind::Assert { .. }
                | StmtKind::Error => {}
            }
        }
    }

    /// What a loop defines is one equation a turn.
    fn declare_families(&mut self, s: usize, body: &'a [Stmt]) {
        for stmt in body {
            let name = match &stmt.kind {
                StmtKind::Equation { target, .. } => &target.path[0],
                StmtKind::Param { name, .. } => name,
                StmtKind::For { body, .. } => {
                    self.declare_families(s, body);
                    continue;
                }
                _ => continue,
            };
            if !matches!(self.scopes[s].names.get(&name.name), Some((Binding::Family, _))) {
                self.bind(s, name, Binding::Family);
            }
        }
    }

    fn declare_equation(&mut self, s: usize, target: &'a ast::Place) {
        if target.path.len() > 1 || target.index.is_some() {
            return;
        }
        let name = &target.path[0];
        let d = self.drafts.push(Kind::Equal(None), name.span);
        let mut path = self.scopes[s].path.clone();
        if !self.scopes[s].outputs.contains(&name.name) {
            path.push(Segment::Name(name.name.clone()));
        }
        self.drafts.nodes[d].name = Some(path);
        self.bind(s, name, Binding::Value(d));
    }

    fn refuse_outside(&mut self, s: usize, kinds: &[ScopeKind], what: &str, span: Span) -> bool {
        let bad = kinds.contains(&self.scopes[s].kind);
        if bad {
            let message = format!("{what} does not belong into {}", self.scopes[s].what);
            self.error(codes::NOT_CALLABLE, message, span, "not here");
        }
        bad
    }

    fn statement(&mut self, s: usize, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Declare { .. } | StmtKind::Axis { .. } | StmtKind::Module { .. } | StmtKind::Error => {}
            StmtKind::Param {
                trained,
                name,
                shape,
                init,
            } => {
                if !self.scopes[s].loops.is_empty() {
                    self.param(s, *trained, name, shape, init.as_ref());
                }
            }
            StmtKind::Equation {
                target,
                shape,
                value,
                when,
            } => self.equation(s, target, shape.as_deref(), value, when.as_ref(), stmt.span),
            StmtKind::Observe { target, dist, until } => {
                if !self.model_only(s, "an observation", stmt.span) {
                    self.observe(s, target, dist, until.as_ref(), stmt.span);
                }
            }
            StmtKind::Loss { value } => {
                if !self.model_only(s, "a loss", stmt.span) {
                    let name = format!("loss.{}", self.terms.len() + 1);
                    let (d, _) = self.under(vec![Segment::Name("loss".into())], |e| e.value(s, value));
                    let d = self.drafts.push(Kind::Average(d), value.span);
                    self.terms.push((name, d));
                }
            }
            StmtKind::Metric { name, value } => {
                if !self.model_only(s, "a metric", stmt.span) {
                    let (d, _) = self.under(vec![Segment::Name(name.name.clone())], |e| e.value(s, value));
                    let average = self.drafts.push(Kind::Average(d), value.span);
                    if self.metrics.iter().any(|m| m.name == name.name) {
                        let message = format!("the metric `{}` is defined twice", name.name);
                        self.error(codes::DUPLICATE, message, name.span, "defined again here");
                    }
                    self.metrics.push(Reported {
                        name: name.name.clone(),
                        value: d,
                        average,
                    });
                }
            }
            StmtKind::Output { name, value } => {
                if !self.model_only(s, "an output", stmt.span) {
                    let d = match value {
                        Some(value) => {
                            self.under(vec![Segment::Name(name.name.clone())], |e| e.value(s, value))
                                .0
                        }
                        None => match self.scopes[s].names.get(&name.name) {
                            Some((Binding::Value(d), _)) => *d,
                            _ => {
                                self.unknown_name(s, &name.name, name.span);
                                return;
                            }
                        },
                    };
                    if self.outputs.iter().any(|(n, _)| *n == name.name) {
                        let message = format!("the output `{}` is defined twice", name.name);
                        self.error(codes::DUPLICATE, message, name.span, "defined again here");
                    }
                    self.outputs.push((name.name.clone(), d));
                }
            }
            StmtKind::Assert { cond, message } => self.assert(s, cond, message.as_deref(), stmt.span),
            StmtKind::For { var, range, body } => self.each_turn(s, var, range, body),
        }
    }

    fn model_only(&mut self, s: usize, what: &str, span: Span) -> bool {
        self.refuse_outside(s, &[ScopeKind::Fn, ScopeKind::Layer, ScopeKind::Cell], what, span)
    }

    fn each_turn(&mut self, s: usize, var: &'a ast::Ident, range: &'a ForRange, body: &'a [Stmt]) {
        let turns: Vec<LoopVar> = match range {
            ForRange::Range { from, to } => {
                let (Some(from), Some(to)) = (self.whole(s, from, i64::MIN), self.whole(s, to, i64::MIN)) else {
                    return;
                };
                if to - from >= 10_000 {
                    let message = format!("a loop of {} turns", to - from + 1);
                    self.error(
                        codes::COMPILE_TIME,
                        message,
                        var.span,
                        "every turn is an equation: 10,000 at most",
                    );
                    return;
                }
                (from..=to).map(LoopVar::Number).collect()
            }
            ForRange::Each(xs) => match self.scopes[s].names.get(&xs.name).cloned() {
                Some((Binding::Variadic(all), _)) => (1..)
                    .zip(all)
                    .map(|(index, (name, value))| LoopVar::Element { value, name, index })
                    .collect(),
                _ => {
                    let message = format!("`{}` is no list of inputs", xs.name);
                    self.error(
                        codes::COMPILE_TIME,
                        message,
                        xs.span,
                        "a loop runs over `xs...` or a range `1..k`",
                    );
                    return;
                }
            },
        };
        for turn in turns {
            if !self.within_budget(var.span) {
                return;
            }
            self.scopes[s].loops.push((var.name.clone(), turn));
            for stmt in body {
                self.statement(s, stmt);
            }
            self.scopes[s].loops.pop();
        }
    }

    fn assert(&mut self, s: usize, cond: &'a Expr, message: Option<&str>, span: Span) {
        let Some(x) = self.number(s, cond) else { return };
        if x != 0.0 {
            return;
        }
        let text = match message {
            None => "an assertion does not hold".to_string(),
            Some(m) => {
                let mut text = m.to_string();
                for (name, ct) in &self.scopes[s].sizes {
                    if let Ct::Number(x) = ct {
                        text = text.replace(&format!("{{{name}}}"), &x.to_string());
                    }
                }
                text
            }
        };
        let label = if self.is_user(span) {
            "stated here"
        } else {
            "of this call"
        };
        self.error(codes::ASSERTION, text, span, label);
    }

    fn equation(
        &mut self,
        s: usize,
        target: &'a ast::Place,
        dims: Option<&'a [Dim]>,
        value: &'a Expr,
        when: Option<&'a Expr>,
        span: Span,
    ) {
        let name = &target.path[0];
        let in_loop = !self.scopes[s].loops.is_empty();
        let is_family = matches!(self.scopes[s].names.get(&name.name), Some((Binding::Family, _)));
        if target.path.len() > 1 || (target.index.is_some() && !is_family) {
            return self.base_case(s, target, value, span);
        }
        let mut path = self.loop_path(s);
        let d = match (&target.index, is_family) {
            (Some(index), true) => {
                let Some(i) = self.whole(s, index, i64::MIN) else {
                    return;
                };
                if in_loop {
                    path.pop();
                }
                if self.scopes[s].family_count > 1 {
                    path.push(Segment::Name(name.name.clone()));
                }
                path.push(Segment::Name(i.to_string()));
                self.family(s, &name.name, vec![i], target.span)
            }
            (None, true) => {
                path.push(Segment::Name(name.name.clone()));
                let index = self.loop_indices(s);
                self.family(s, &name.name, index, target.span)
            }
            (_, false) => match self.scopes[s].names.get(&name.name) {
                Some((Binding::Value(d), _)) => {
                    if !self.scopes[s].outputs.contains(&name.name) {
                        path.push(Segment::Name(name.name.clone()));
                    }
                    *d
                }
                _ => return,
            },
        };
        if matches!(self.drafts.nodes[d].kind, Kind::Equal(Some(_)))
            || !matches!(self.drafts.nodes[d].kind, Kind::Equal(_))
        {
            if in_loop || target.index.is_some() {
                self.error(
                    codes::DUPLICATE,
                    format!("`{}` is defined twice for the same index", name.name),
                    target.span,
                    "defined again here",
                );
            }
            return;
        }
        if let Some(dims) = dims {
            let at = match (dims.first(), dims.last()) {
                (Some(a), Some(b)) => dim_span(a).to(dim_span(b)),
                _ => name.span,
            };
            if let Some(shape) = self.shape(s, dims) {
                let at = self.drafts.here(at);
                self.drafts.nodes[d].ascribed = Some((shape, at));
            }
        }
        let (mut v, instance) = self.under(path.clone(), |e| e.value(s, value));
        self.drafts.nodes[d].name = Some(path);
        if let Some(instance) = instance {
            self.scopes[s].instances.insert(name.name.clone(), instance);
        }
        if let Some(cond) = when {
            let c = self.value(s, cond);
            let axis = match (&self.scopes[s].step, self.scopes[s].kind) {
                (Some(axis), ScopeKind::Cell) => axis.clone(),
                _ => self.axis_of(vec![c]),
            };
            let var = Some((s, name.name.clone()));
            let held = self.drafts.push(Kind::Shift { x: d, axis, by: 1, var }, span);
            v = self.drafts.push(
                Kind::Select {
                    cond: c,
                    yes: v,
                    no: held,
                },
                span,
            );
        }
        self.drafts.nodes[d].kind = Kind::Equal(Some(v));
    }

    fn undefined_families(&mut self, s: usize) {
        let missing: Vec<(String, Vec<i64>, Span)> = self.scopes[s]
            .families
            .iter()
            .filter(|(_, d)| matches!(self.drafts.nodes[**d].kind, Kind::Equal(None)))
            .map(|((name, index), d)| (name.clone(), index.clone(), self.drafts.nodes[*d].span))
            .collect();
        for (name, index, span) in missing {
            let index: Vec<String> = index.iter().map(i64::to_string).collect();
            let message = format!("no equation defines `{name}[{}]`", index.join("]["));
            let span = self.drafts.here(span);
            let d = Diagnostic::error(codes::UNKNOWN_NAME, message).label(span, "read here");
            let index = index.join("][");
            self.out.push(d.help(format!(
                "where the loop begins an equation of its own is needed: `{name}[{index}] = ...;`"
            )));
        }
    }
}

fn dim_span(d: &Dim) -> Span {
    match d {
        Dim::Infer(s) => *s,
        Dim::Size(e) => e.span,
    }
}

/// How many names the loops of a body index explicitly.
fn count_families(body: &[Stmt]) -> usize {
    fn collect<'b>(body: &'b [Stmt], names: &mut std::collections::BTreeSet<&'b str>) {
        for stmt in body {
            match &stmt.kind {
                StmtKind::For { body, .. } => collect(body, names),
                StmtKind::Equation { target, .. } if target.index.is_some() => {
                    names.insert(&target.path[0].name);
                }
                _ => {}
            }
        }
    }
    let mut names = std::collections::BTreeSet::new();
    for stmt in body {
        if let StmtKind::For { body, .. } = &stmt.kind {
            collect(body, &mut names);
        }
    }
    names.len()
}
