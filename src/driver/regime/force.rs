//! Strict teacher forcing of an output-hidden connection: `force p: y;` has training read the truth of an earlier step
//! where the model reads its own output.
//!
//! `p[t-1]` becomes `where(training, onehot(y[t-1]), p[t-1])`. In training only the truth is left of that, so the cycle is gone
//! and the scheduler finds no recurrence; in evaluation the model reads itself. Parameters keep their names.

use super::Chosen;
use super::read::Settings;
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::source::Span;
use crate::syntax::ast::{Arg, BinaryOp, ElemExpr, Expr, ExprKind, ForRange, ModelItem, Place, Role, Stmt, StmtKind};

/// What one `name: name` of the setting says.
#[derive(Clone, Debug, PartialEq)]
pub struct Force {
    pub equation: String,
    pub truth: String,
    /// Where, if in a file.
    pub span: Option<Span>,
}

pub(super) fn read(settings: &Settings) -> Vec<Force> {
    let all = settings.tree.get("force").and_then(|v| v.as_object());
    let force = all.into_iter().flatten().map(|(equation, truth)| Force {
        equation: equation.clone(),
        truth: truth.as_str().unwrap_or_default().to_string(),
        span: settings.spans.get(&format!("force.{equation}")).copied(),
    });
    force.collect()
}

impl Chosen {
    /// The model as this regime trains it.
    ///
    /// # Errors
    /// E0403 where `force` names what is not there.
    pub fn forced(&self, model: &ModelItem) -> Result<ModelItem, Diagnostics> {
        let mut model = model.clone();
        let mut wrong = Diagnostics::default();
        for force in &self.force {
            if let Err(why) = apply(force, &mut model) {
                let d = Diagnostic::error(codes::SETTING, why);
                wrong.push(match force.span {
                    Some(span) => d.label(span, "forced here"),
                    None => d.note("the setting is `train.force`"),
                });
            }
        }
        match wrong.is_empty() {
            true => Ok(model),
            false => Err(wrong),
        }
    }
}

fn apply(force: &Force, model: &mut ModelItem) -> Result<(), String> {
    let Force { equation, truth, .. } = force;
    let name = &model.name.name;
    let defined = |base: bool| {
        let place = |s: &Stmt| matches!(&s.kind, StmtKind::Equation { target, .. } if is(target, equation) && target.index.is_some() == base);
        model.body.iter().any(place)
    };
    if !defined(false) {
        return Err(format!("the model `{name}` has no equation `{equation}` to force"));
    }
    if defined(true) {
        return Err(format!(
            "`{equation}` has a base case, and there is no truth before the first step to take its place"
        ));
    }
    let target = |s: &Stmt| match &s.kind {
        StmtKind::Declare {
            role: Role::Target,
            name,
            ty,
        } if name.name == *truth => Some(matches!(ty.elem, ElemExpr::Index(_))),
        _ => None,
    };
    let Some(index) = model.body.iter().find_map(target) else {
        return Err(format!("the model `{name}` has no target `{truth}`"));
    };
    let mut reads = Reads {
        of: equation,
        truth,
        index,
        found: 0,
    };
    reads.statements(&mut model.body);
    match reads.found {
        0 => Err(format!(
            "nothing reads `{equation}` at another step: there is nothing to force"
        )),
        _ => Ok(()),
    }
}

fn is(place: &Place, name: &str) -> bool {
    matches!(&place.path[..], [only] if only.name == name)
}

/// Replaces every read of a variable at another step.
struct Reads<'a> {
    of: &'a str,
    truth: &'a str,
    /// The truth is a class, the variable its probabilities.
    index: bool,
    found: usize,
}

impl Reads<'_> {
    /// `where(training, onehot(y[t-1]), p[t-1])`
    fn instead(&self, read: Expr, index: &Expr) -> Expr {
        let span = read.span;
        let expr = |kind| Expr { kind, span };
        let call = |callee: &str, args: Vec<Expr>| {
            let arg = |value| Arg {
                name: None,
                value,
                spread: false,
            };
            expr(ExprKind::Call {
                callee: Box::new(expr(ExprKind::Name(callee.into()))),
                args: args.into_iter().map(arg).collect(),
            })
        };
        let truth = expr(ExprKind::Index {
            base: Box::new(expr(ExprKind::Name(self.truth.into()))),
            index: Box::new(index.clone()),
        });
        let truth = match self.index {
            true => call("onehot", vec![truth]),
            false => truth,
        };
        call("where", vec![expr(ExprKind::Name("training".into())), truth, read])
    }

    fn statements(&mut self, body: &mut [Stmt]) {
        for statement in body {
            match &mut statement.kind {
                StmtKind::Equation { value, when, .. } => {
                    self.expr(value);
                    when.iter_mut().for_each(|e| self.expr(e));
                }
                StmtKind::Module { value, .. } | StmtKind::Loss { value } | StmtKind::Metric { value, .. } => {
                    self.expr(value);
                }
                StmtKind::Output { value, .. } => value.iter_mut().for_each(|e| self.expr(e)),
                StmtKind::Observe { dist, until, .. } => {
                    self.expr(dist);
                    until.iter_mut().for_each(|e| self.expr(e));
                }
                StmtKind::For { range, body, .. } => {
                    if let ForRange::Range { from, to } = range {
                        self.expr(from);
                        self.expr(to);
                    }
                    self.statements(body);
                }
                StmtKind::Declare { .. }
                | StmtKind::Axis { .. }
                | StmtKind::Param { .. }
                | StmtKind::Assert { .. }
                | StmtKind::Error => {}
            }
        }
    }

    fn expr(&mut self, e: &mut Expr) {
        match &mut e.kind {
            ExprKind::Index { base, index } => {
                let shift = matches!(index.kind, ExprKind::Binary(BinaryOp::Add | BinaryOp::Sub, _, _));
                if shift && matches!(&base.kind, ExprKind::Name(name) if name == self.of) {
                    self.found += 1;
                    let index = index.clone();
                    *e = self.instead(e.clone(), &index);
                } else {
                    self.expr(base);
                    self.expr(index);
                }
            }
            ExprKind::Unary(_, x) | ExprKind::Field { base: x, .. } => self.expr(x),
            ExprKind::Binary(_, a, b) => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Call { callee, args } => {
                self.expr(callee);
                args.iter_mut().for_each(|a| self.expr(&mut a.value));
            }
            ExprKind::List(all) => all.iter_mut().for_each(|x| self.expr(x)),
            ExprKind::Number(_) | ExprKind::Str(_) | ExprKind::Name(_) | ExprKind::Error => {}
        }
    }
}
