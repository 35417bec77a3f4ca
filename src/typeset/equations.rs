//! Statements: a table of equations, aligned where left and right meet. The table is one of HTML, since browsers do not align
//! the cells of MathML's.

use super::expr::{Typesetter, cases};
use super::tags::{escape, identifier, indexed, listed, op, tight, words};
use super::tree::{children, expressions, name_of, names, places};
use super::{Links, Scope};
use crate::syntax::ast::*;

/// The statements of a body as a table of formulas.
pub fn equations(body: &[Stmt], scope: &Scope, links: Links) -> String {
    let set = Typesetter { scope, links };
    let mut rows = Vec::new();
    set.body(body, &[], &mut rows);
    format!("<table class=\"equations\">\n{}</table>\n", rows.concat())
}

/// What a body reads of its own values at other steps, `h[t-1]`, each with whether an equation says what stands before
/// the first.
pub fn states(body: &[Stmt], scope: &Scope) -> Vec<(String, bool)> {
    let set = Typesetter {
        scope,
        links: &|_| None,
    };
    let places = places(body);
    let named = |place: &&&Place, name: &str| place.path.len() == 1 && place.path[0].name == name;
    let mut found: Vec<(String, bool)> = Vec::new();
    let mut rest = expressions(body);
    while !rest.is_empty() {
        let inner = rest.iter().flat_map(|e| children(e)).collect();
        for e in rest {
            let Some((name, _)) = scope.shift(e) else { continue };
            let defined = places.iter().any(|p| named(&p, name));
            let base = |p: &&&Place| p.index.as_ref().is_some_and(|i| names(i).iter().all(|n| n == "end"));
            let state = (set.value(e), places.iter().any(|p| named(&p, name) && base(&p)));
            if defined && !found.contains(&state) {
                found.push(state);
            }
        }
        rest = inner;
    }
    found
}

/// One line: left side, relation with right side, what else is to be said.
fn row(left: &str, relation: &str, right: &str, notes: &[String]) -> String {
    let relation = match relation {
        "" => String::new(),
        sign => format!("<mo form=\"infix\" lspace=\"0.28em\" rspace=\"0.28em\">{sign}</mo>"),
    };
    let cell = |inner: &str, wide: &str| match inner.is_empty() {
        true => format!("<td{wide}></td>"),
        false => format!("<td{wide}><math displaystyle=\"true\"><mrow>{inner}</mrow></math></td>"),
    };
    let (left, right) = (cell(left, ""), format!("{relation}{right}"));
    match notes {
        [] => format!("<tr>{left}{}</tr>\n", cell(&right, " colspan=\"2\"")),
        notes => {
            let notes = notes.join("<mspace width=\"0.9em\"/>");
            format!(
                "<tr>{left}{}{}</tr>\n",
                cell(&right, ""),
                cell(&notes, " class=\"notes\"")
            )
        }
    }
}

impl Typesetter<'_> {
    fn body(&self, body: &[Stmt], turns: &[String], rows: &mut Vec<String>) {
        for stmt in body {
            if !stmt.doc.is_empty() {
                let doc = escape(stmt.doc.join(" ").trim());
                rows.push(format!("<tr class=\"doc\"><td colspan=\"3\">{doc}</td></tr>\n"));
            }
            self.stmt(stmt, turns, rows);
        }
    }

    fn stmt(&self, stmt: &Stmt, turns: &[String], rows: &mut Vec<String>) {
        let with = |mut notes: Vec<String>| {
            notes.extend(turns.iter().cloned());
            notes
        };
        let mut push = |left: &str, relation: &str, right: &str, notes: Vec<String>| {
            rows.push(row(left, relation, right, &with(notes)));
        };
        match &stmt.kind {
            StmtKind::Declare { role, name, ty } => {
                let role = match role {
                    Role::Input => "input",
                    Role::Target => "target",
                };
                let axes: Vec<String> = ty.over.iter().map(over).collect();
                let said = match axes.is_empty() {
                    true => words(role),
                    false => format!(
                        "{}<mspace width=\"0.3em\"/>{}",
                        words(&format!("{role} over")),
                        listed(&axes)
                    ),
                };
                push(&self.defined(name), "∈", &self.set_of(&ty.elem), vec![said]);
            }
            StmtKind::Axis { name, kind } => {
                let (relation, right) = match kind {
                    AxisExpr::Steps(n) => (
                        "=",
                        format!("<mn>1</mn>{}<mi>…</mi>{}{}", op(","), op(","), self.size(n)),
                    ),
                    AxisExpr::Like(other) => (
                        "",
                        format!(
                            "{}<mspace width=\"0.3em\"/>{}",
                            words("has the steps of"),
                            identifier(&other.name)
                        ),
                    ),
                };
                push(&identifier(&name.name), relation, &right, Vec::new());
            }
            StmtKind::Param {
                trained,
                name,
                shape,
                init,
            } => {
                let drawn = match init {
                    Some(init) => self.size_call(init),
                    None => words("glorot"),
                };
                let said = match trained {
                    true => words("parameter"),
                    false => words("drawn once, not trained"),
                };
                push(
                    &identifier(&name.name),
                    "∼",
                    &drawn,
                    self.lies_in(shape).into_iter().chain([said]).collect(),
                );
            }
            StmtKind::Module { name, value } => {
                push(&identifier(&name.name), "=", &self.value(value), vec![words("module")]);
            }
            StmtKind::Equation {
                target,
                shape,
                value,
                when,
            } => {
                let right = match when {
                    None => self.value(value),
                    Some(when) => cases(&[
                        (self.value(value), Some(self.condition(when))),
                        (self.one_step_back(target), None),
                    ]),
                };
                let notes = shape.iter().filter_map(|dims| self.lies_in(dims)).collect();
                push(&self.left(target), "=", &right, notes);
            }
            StmtKind::Observe { target, dist, until } => {
                let until = until.iter().map(|symbol| {
                    let symbol = self.value(symbol);
                    format!("{}<mspace width=\"0.3em\"/>{symbol}", words("until"))
                });
                push(&self.defined(target), "∼", &self.value(dist), until.collect());
            }
            StmtKind::Loss { value } => push("<mi>ℒ</mi>", "=", &self.value(value), vec![words("loss")]),
            StmtKind::Metric { name, value } => {
                push(&identifier(&name.name), "=", &self.value(value), vec![words("metric")]);
            }
            StmtKind::Output { name, value } => {
                let said = vec![words("output")];
                match value {
                    Some(value) => push(&identifier(&name.name), "=", &self.value(value), said),
                    None => push(&self.defined(name), "", "", said),
                }
            }
            StmtKind::Assert { cond, .. } => push("", "", &self.condition(cond), vec![words("required")]),
            StmtKind::For { var, range, body } => {
                let range = match range {
                    ForRange::Range { from, to } => {
                        let (from, to) = (self.size(from), self.size(to));
                        format!(
                            "{}{}{from}{}<mi>…</mi>{}{to}",
                            identifier(&var.name),
                            op("="),
                            op(","),
                            op(",")
                        )
                    }
                    ForRange::Each(xs) => format!("{}{}{}", identifier(&var.name), op("∈"), identifier(&xs.name)),
                };
                let turn = format!("{}<mspace width=\"0.3em\"/>{range}", words("for"));
                self.body(body, &[turns, &[turn]].concat(), rows);
            }
            StmtKind::Error => push("", "", &words("?"), Vec::new()),
        }
    }

    /// A name by itself, with the axes that it runs over.
    fn defined(&self, name: &Ident) -> String {
        let axes = self.scope.axes.get(&name.name).cloned().unwrap_or_default();
        let below: Vec<String> = axes.iter().map(|a| identifier(a)).collect();
        indexed(&identifier(&name.name), &below, &[])
    }

    fn left(&self, place: &Place) -> String {
        let (base, name, axes) = self.path(place);
        let indices: Vec<&Expr> = place.index.iter().collect();
        self.place(&base, name, axes, &indices)
    }

    /// What a conditional equation keeps.
    fn one_step_back(&self, place: &Place) -> String {
        let (base, name, axes) = self.path(place);
        let axis = self
            .scope
            .shifted
            .get(name)
            .or(axes.first())
            .cloned()
            .unwrap_or_else(|| "t".into());
        let index = |kind| Expr { kind, span: place.span };
        let step = Box::new(index(ExprKind::Name(axis)));
        let one = Box::new(index(ExprKind::Number(1.0)));
        let back = index(ExprKind::Binary(BinaryOp::Sub, step, one));
        let indices: Vec<&Expr> = place.index.iter().chain([&back]).collect();
        self.place(&base, name, axes, &indices)
    }

    fn path<'p>(&self, place: &'p Place) -> (String, &'p str, Vec<String>) {
        let names: Vec<String> = place.path.iter().map(|n| identifier(&n.name)).collect();
        let base = match names.as_slice() {
            [one] => one.clone(),
            _ => format!("<mrow>{}</mrow>", names.join(&tight("."))),
        };
        let name = place.path.first().map_or("", |n| n.name.as_str());
        let axes = self.scope.axes.get(name).cloned().unwrap_or_default();
        (base, name, axes)
    }

    /// None where the shape says nothing: `[_]`.
    fn lies_in(&self, shape: &[Dim]) -> Option<String> {
        let says = shape.is_empty() || shape.iter().any(|d| matches!(d, Dim::Size(_)));
        says.then(|| format!("{}{}", op("∈"), self.space("ℝ", shape)))
    }

    fn space(&self, field: &str, shape: &[Dim]) -> String {
        let dims: Vec<String> = shape.iter().map(|d| self.dim(d)).collect();
        let above = match dims.is_empty() {
            true => Vec::new(),
            false => vec![dims.join(&tight("×"))],
        };
        indexed(&format!("<mi>{field}</mi>"), &[], &above)
    }

    fn dim(&self, dim: &Dim) -> String {
        match dim {
            Dim::Infer(_) => op("·"),
            Dim::Size(e) => self.size(e),
        }
    }

    fn set_of(&self, elem: &ElemExpr) -> String {
        match elem {
            ElemExpr::Real => "<mi>ℝ</mi>".into(),
            ElemExpr::Array(dims) => self.space("ℝ", dims),
            ElemExpr::Index(n) => {
                let last = format!("{}{}<mn>1</mn>", self.size(n), op("−"));
                let inner = format!("<mn>0</mn>{}<mi>…</mi>{}{last}", op(","), op(","));
                format!("<mrow>{}{inner}{}</mrow>", op("{"), op("}"))
            }
            ElemExpr::Bit(dims) => {
                let bits = format!("<mrow>{}<mn>0</mn>{}<mn>1</mn>{}</mrow>", op("{"), op(","), op("}"));
                let dims: Vec<String> = dims.iter().map(|d| self.dim(d)).collect();
                match dims.is_empty() {
                    true => bits,
                    false => indexed(&bits, &[], &[dims.join(&tight("×"))]),
                }
            }
        }
    }

    /// A distribution of initial values, whose arguments are sizes and numbers.
    fn size_call(&self, init: &Expr) -> String {
        if let ExprKind::Call { callee, args } = &init.kind
            && let Some(name) = name_of(callee)
        {
            let args = self.arguments(&args.iter().collect::<Vec<_>>());
            return format!("<mrow>{}{args}</mrow>", identifier(name));
        }
        name_of(init).map_or_else(|| self.value(init), identifier)
    }
}

fn over(axis: &AxisUse) -> String {
    let name = identifier(&axis.name.name);
    match &axis.kind {
        Some(kind) => format!("<mrow>{name}{}</mrow>", words(&format!(" ({})", kind.name))),
        None => name,
    }
}
