//! Strict teacher forcing of an output-hidden connection: `force p: y;` has training read the truth of an earlier step
//! where the model reads its own output.
//!
//! With `truth = onehot(y)`, `p[t-1]` becomes `where(training, truth[t-1], p[t-1])`. In training only the truth is left of that,
//! so the cycle is gone and the scheduler finds no recurrence; in evaluation the model reads itself. What stands before the
//! first step of `p` stands before that of the truth. Parameters keep their names.

use super::Chosen;
use super::read::Settings;
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::source::Span;
use crate::syntax::ast::{
    Arg, BinaryOp, ElemExpr, Expr, ExprKind, ForRange, Ident, ModelItem, Place, Role, Stmt, StmtKind,
};

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
    let defines = |s: &Stmt| matches!(&s.kind, StmtKind::Equation { target, .. } if is(target, equation) && target.index.is_none());
    if !model.body.iter().any(defines) {
        return Err(format!("the model `{name}` has no equation `{equation}` to force"));
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
    let known = format!("{equation}.truth");
    let mut reads = Reads {
        of: equation,
        truth: &known,
        found: 0,
    };
    reads.statements(&mut model.body);
    if reads.found == 0 {
        return Err(format!(
            "nothing reads `{equation}` at another step: there is nothing to force"
        ));
    }
    let bases = share_bases(&mut model.body, equation, &known);
    let span = model.name.span;
    let truth = expr(ExprKind::Name(truth.clone()), span);
    let truth = if index {
        call("onehot", vec![truth], span)
    } else {
        truth
    };
    model.body.push(define(&known, None, truth));
    model.body.extend(bases);
    Ok(())
}

/// Gives what stands before the first step of an equation, or after its last, a name, under which its parameters have
/// the names that they had. Returns the statements that let it stand there for another equation too.
fn share_bases(body: &mut Vec<Stmt>, equation: &str, other: &str) -> Vec<Stmt> {
    let mut out = Vec::new();
    for statement in body {
        let StmtKind::Equation { target, value, .. } = &mut statement.kind else {
            continue;
        };
        let Some(index) = target.index.as_ref().filter(|_| is(target, equation)) else {
            continue;
        };
        let first = matches!(index.kind, ExprKind::Number(_));
        let name = format!("{equation}.{}", if first { "start" } else { "end" });
        let reads = expr(ExprKind::Name(name.clone()), value.span);
        out.push(define(other, Some(index.clone()), reads.clone()));
        out.push(define(&name, None, std::mem::replace(value, reads)));
    }
    out
}

/// `name = value;` or `name[index] = value;`, in the place of the value.
fn define(name: &str, index: Option<Expr>, value: Expr) -> Stmt {
    let span = value.span;
    let path = vec![Ident {
        name: name.into(),
        span,
    }];
    Stmt {
        doc: Vec::new(),
        kind: StmtKind::Equation {
            target: Place { path, index, span },
            shape: None,
            value,
            when: None,
        },
        span,
    }
}

fn expr(kind: ExprKind, span: Span) -> Expr {
    Expr { kind, span }
}

fn call(callee: &str, args: Vec<Expr>, span: Span) -> Expr {
    let arg = |value| Arg {
        name: None,
        value,
        spread: false,
    };
    let callee = Box::new(expr(ExprKind::Name(callee.into()), span));
    let args = args.into_iter().map(arg).collect();
    expr(ExprKind::Call { callee, args }, span)
}

fn is(place: &Place, name: &str) -> bool {
    matches!(&place.path[..], [only] if only.name == name)
}

/// Replaces every read of a variable at another step.
struct Reads<'a> {
    of: &'a str,
    truth: &'a str,
    found: usize,
}

impl Reads<'_> {
    /// `where(training, truth[t-1], p[t-1])`
    fn instead(&self, read: Expr, index: &Expr) -> Expr {
        let span = read.span;
        let truth = ExprKind::Index {
            base: Box::new(expr(ExprKind::Name(self.truth.into()), span)),
            index: Box::new(index.clone()),
        };
        let training = expr(ExprKind::Name("training".into()), span);
        call("where", vec![training, expr(truth, span), read], span)
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

#[cfg(test)]
mod tests {
    use crate::diagnostics::Diagnostics;
    use crate::driver::compile;
    use crate::driver::gradcheck::{Settings, gradcheck};
    use crate::driver::load::load_text;
    use crate::driver::regime::{Changes, blocks, regime};
    use crate::elaborate;
    use crate::schedule;
    use std::path::Path;

    /// What stands before the first step of the forced equation is learned, and stands before the truth as well.
    #[test]
    fn a_base_case_is_that_of_the_truth() {
        let text = "model m {
                input x: [2] over t; input code: [3]; target y: [2] over t;
                h: [4] = tanh(affine(x, p[t-1]));
                p: [2] = affine(h);
                p[0] = tanh(affine(code));
                y ~ normal(p, 1);
            }
            train m { data csv(\"x.csv\"); force p: y; }";
        let loaded = load_text("force.rnn", text, Path::new(""));
        let mut found = Diagnostics::default();
        let chosen = regime(blocks(&loaded)[0], &loaded, &Changes::default(), &mut found).unwrap();
        let model = elaborate::models(loaded.unit())[0];
        let forced = chosen.unwrap().forced(model).unwrap();
        let (system, found) = compile::equations(&loaded, &forced, &[]);
        let system = system.unwrap_or_else(|| panic!("{found:?}"));
        let names: Vec<&str> = system.params.iter().map(|(_, p)| p.name.as_str()).collect();
        assert!(names.contains(&"p.start.code.weight"), "{names:?}");
        let program = schedule::print(&compile::training(&system));
        assert!(!program.contains("scan"), "{program}");
        let report = gradcheck(&compile::primal(&system), &Settings::default());
        assert!(report.error() < 1e-6, "{report:?}");
        assert!(report.params.iter().all(|p| p.largest > 0.0), "{report:?}");
    }
}
