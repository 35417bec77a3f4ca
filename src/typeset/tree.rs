//! What stands in a syntax tree.

use crate::syntax::ast::*;

/// Every expression of a body that is a value or a condition, loops entered.
pub(super) fn expressions(body: &[Stmt]) -> Vec<&Expr> {
    body.iter().flat_map(of_stmt).collect()
}

fn of_stmt(stmt: &Stmt) -> Vec<&Expr> {
    match &stmt.kind {
        StmtKind::Equation { value, when, .. } => std::iter::once(value).chain(when).collect(),
        StmtKind::Observe { dist: value, .. }
        | StmtKind::Module { value, .. }
        | StmtKind::Loss { value }
        | StmtKind::Metric { value, .. }
        | StmtKind::Output { value: Some(value), .. } => vec![value],
        StmtKind::For { body, .. } => expressions(body),
        StmtKind::Declare { .. }
        | StmtKind::Axis { .. }
        | StmtKind::Param { .. }
        | StmtKind::Output { value: None, .. }
        | StmtKind::Assert { .. }
        | StmtKind::Error => Vec::new(),
    }
}

/// The equations of a body, loops entered: what each defines, and at which index.
pub(super) fn places(body: &[Stmt]) -> Vec<&Place> {
    let mut found = Vec::new();
    for stmt in body {
        match &stmt.kind {
            StmtKind::Equation { target, .. } => found.push(target),
            StmtKind::For { body, .. } => found.extend(places(body)),
            StmtKind::Declare { .. }
            | StmtKind::Axis { .. }
            | StmtKind::Param { .. }
            | StmtKind::Module { .. }
            | StmtKind::Observe { .. }
            | StmtKind::Loss { .. }
            | StmtKind::Metric { .. }
            | StmtKind::Output { .. }
            | StmtKind::Assert { .. }
            | StmtKind::Error => {}
        }
    }
    found
}

/// The name that an expression is, and nothing more.
pub(super) fn name_of(e: &Expr) -> Option<&str> {
    if let ExprKind::Name(name) = &e.kind {
        Some(name)
    } else {
        None
    }
}

/// The expressions right within one.
pub(super) fn children(e: &Expr) -> Vec<&Expr> {
    match &e.kind {
        ExprKind::Number(_) | ExprKind::Str(_) | ExprKind::Name(_) | ExprKind::Error => Vec::new(),
        ExprKind::Unary(_, x) => vec![x],
        ExprKind::Binary(_, a, b) => vec![a, b],
        ExprKind::Call { callee, args } => std::iter::once(&**callee)
            .chain(args.iter().map(|a| &a.value))
            .collect(),
        ExprKind::Index { base, index } => vec![base, index],
        ExprKind::Field { base, .. } => vec![base],
        ExprKind::List(list) => list.iter().collect(),
    }
}

/// Every name in an expression.
pub(super) fn names(e: &Expr) -> Vec<String> {
    match name_of(e) {
        Some(name) => vec![name.to_string()],
        None => children(e).into_iter().flat_map(names).collect(),
    }
}
