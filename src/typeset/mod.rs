//! Equations as on paper: from the syntax tree to MathML Core, which browsers draw by themselves.

mod equations;
mod expr;
mod poly;
mod tags;
mod tree;

pub use equations::{equations, states};
pub use poly::Poly;
pub use tags::{identifier, math};

use crate::source::Span;
use crate::syntax::ast::*;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the names of one body. What is not known is typeset without: nothing here can fail.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The axes that a value runs over: its subscripts.
    pub axes: BTreeMap<String, Vec<String>>,
    /// Values without features: a product with them is no elementwise one.
    pub scalars: BTreeSet<String>,
    /// Functions and layers of any file, which go before what the compiler knows by the same name.
    pub items: BTreeSet<String>,
    /// Of these, functions whose value has no features.
    pub scalar_items: BTreeSet<String>,
    /// Names of axes; `axis s: like t` with what it is like.
    steps: BTreeMap<String, Option<String>>,
    /// Numbers known at compile time.
    sizes: BTreeSet<String>,
    /// Values that are indexed by the turns of a loop: `z[l]`.
    turned: BTreeSet<String>,
    /// The axis by which a value is read at another step.
    shifted: BTreeMap<String, String>,
}

/// Functions whose value has no features, whatever they are given: `norm(x)`.
pub fn scalar_functions<'a>(items: impl Iterator<Item = &'a Item> + Clone) -> BTreeSet<String> {
    let mut scope = Scope::default();
    loop {
        let before = scope.scalar_items.len();
        for item in items.clone() {
            let Item::Fn(item) = item else { continue };
            let output = item.outputs.first().map(|o| &o.name);
            let value = item.body.iter().find_map(|stmt| {
                let StmtKind::Equation { target, value, .. } = &stmt.kind else {
                    return None;
                };
                (output == target.path.first().map(|n| &n.name)).then_some(value)
            });
            if value.is_some_and(|e| expr::scalar(&scope, e)) {
                scope.scalar_items.insert(item.name.name.clone());
            }
        }
        if scope.scalar_items.len() == before {
            return scope.scalar_items;
        }
    }
}

/// Where a name at a place leads: the address of its item.
pub type Links<'l> = &'l dyn Fn(Span) -> Option<String>;

impl Scope {
    /// Reads off the body itself what can be: its axes, its sizes, what is indexed by loops.
    pub fn of_body(sizes: &[SizeParam], inputs: &[InputParam], body: &[Stmt]) -> Scope {
        let mut scope = Scope::default();
        scope.steps.insert("t".into(), None);
        scope.sizes.extend(sizes.iter().map(|s| s.name.name.clone()));
        for axis in inputs.iter().filter_map(|i| i.over.as_ref()) {
            scope.steps.insert(axis.name.clone(), None);
        }
        scope.read(body);
        tree::expressions(body).into_iter().for_each(|e| scope.shifts(e));
        scope.scalars.extend(scope.sizes.clone());
        scope.scalars.extend(scope.steps.keys().cloned());
        scope
    }

    fn read(&mut self, body: &[Stmt]) {
        for stmt in body {
            match &stmt.kind {
                StmtKind::Declare { name, ty, .. } => {
                    let over: Vec<String> = ty.over.iter().map(|a| a.name.name.clone()).collect();
                    self.steps.extend(over.iter().map(|a| (a.clone(), None)));
                    self.axes.insert(name.name.clone(), over);
                    if let ElemExpr::Real = ty.elem {
                        self.scalars.insert(name.name.clone());
                    }
                }
                StmtKind::Axis { name, kind } => {
                    let like = match kind {
                        AxisExpr::Steps(_) => None,
                        AxisExpr::Like(other) => Some(other.name.clone()),
                    };
                    self.steps.insert(name.name.clone(), like);
                }
                StmtKind::Equation { target, .. } => {
                    let names_turn = |e: &Expr| tree::names(e).iter().any(|n| self.sizes.contains(n));
                    if let ([name], Some(index)) = (target.path.as_slice(), &target.index)
                        && names_turn(index)
                    {
                        self.turned.insert(name.name.clone());
                    }
                }
                StmtKind::For { var, body, range } => {
                    if let ForRange::Range { .. } = range {
                        self.sizes.insert(var.name.clone());
                    }
                    self.read(body);
                }
                StmtKind::Param { .. }
                | StmtKind::Module { .. }
                | StmtKind::Observe { .. }
                | StmtKind::Loss { .. }
                | StmtKind::Metric { .. }
                | StmtKind::Output { .. }
                | StmtKind::Assert { .. }
                | StmtKind::Error => {}
            }
        }
    }

    fn shifts(&mut self, e: &Expr) {
        if let Some((name, axis)) = self.shift(e) {
            self.shifted.insert(name.to_string(), axis);
        }
        tree::children(e).into_iter().for_each(|child| self.shifts(child));
    }

    /// The name that is read at another step, and along which axis: of `h[t-1]`, `h` and `t`.
    fn shift<'e>(&self, e: &'e Expr) -> Option<(&'e str, String)> {
        let ExprKind::Index { base, index } = &e.kind else {
            return None;
        };
        let ExprKind::Binary(..) = index.kind else {
            return None;
        };
        let mut root = &**base;
        while let ExprKind::Index { base, .. } = &root.kind {
            root = base;
        }
        let ExprKind::Name(name) = &root.kind else {
            return None;
        };
        Some((name, self.axis_of(index)?))
    }

    /// Whether a body says anything of steps.
    pub fn has_steps(&self, body: &[Stmt]) -> bool {
        self.steps.len() > 1
            || tree::expressions(body)
                .into_iter()
                .any(|e| tree::names(e).iter().any(|n| n == "t"))
    }

    /// The axis that an index names: `t - 1`.
    fn axis_of(&self, index: &Expr) -> Option<String> {
        tree::names(index).into_iter().find(|n| self.steps.contains_key(n))
    }
}
