//! Parameters: their shapes and how they are drawn.

use super::draft::{D, DraftParam, Kind, Segment, Size};
use super::elaborator::Elaborator;
use super::scope::{Binding, Ct, LoopVar};
use crate::diagnostics::{Diagnostic, codes};
use crate::syntax::ast::{self, Dim, Expr, ExprKind};
use crate::system::Init;

impl<'a> Elaborator<'a> {
    pub(crate) fn shape(&mut self, s: usize, dims: &'a [Dim]) -> Option<Vec<Size>> {
        dims.iter().map(|d| self.dim(s, d)).collect()
    }

    /// A size: a number, `_`, the name of a value, which means its size, or `name + number`.
    fn dim(&mut self, s: usize, dim: &'a Dim) -> Option<Size> {
        let e = match dim {
            Dim::Infer(_) => return Some(Size::Infer),
            Dim::Size(e) => e,
        };
        if let Some(d) = self.measured(s, e) {
            return Some(Size::Of(d, 0));
        }
        if let ExprKind::Binary(ast::BinaryOp::Add, a, more) = &e.kind
            && let Some(d) = self.measured(s, a)
        {
            return self.whole(s, more, 0).map(|more| Size::Of(d, more));
        }
        let n = match self.compile_time(s, e)? {
            Ct::Number(x) if x.fract() == 0.0 && (1.0..1e9).contains(&x) => x,
            Ct::Number(x) => {
                self.error(
                    codes::COMPILE_TIME,
                    format!("{x} is not a size"),
                    e.span,
                    "a size is a whole number from 1 up",
                );
                return None;
            }
            other => {
                let message = format!("{} where a size is needed", other.describe());
                self.error(codes::COMPILE_TIME, message, e.span, "not a number");
                return None;
            }
        };
        Some(Size::Known(n as usize))
    }

    /// The value whose size a name means.
    fn measured(&self, s: usize, e: &Expr) -> Option<D> {
        let ExprKind::Name(name) = &e.kind else { return None };
        let scope = &self.scopes[s];
        match scope.loops.iter().rev().find(|(n, _)| n == name) {
            Some((_, LoopVar::Element { value, .. })) => return Some(*value),
            Some((_, LoopVar::Number(_))) => return None,
            None => {}
        }
        match scope.names.get(name) {
            Some((Binding::Value(d), _)) if !scope.sizes.contains_key(name) => Some(*d),
            _ => None,
        }
    }

    pub(crate) fn param(
        &mut self,
        s: usize,
        trained: bool,
        name: &'a ast::Ident,
        dims: &'a [Dim],
        init: Option<&'a Expr>,
    ) {
        // What is wrong with either has been said; the name is there all the same.
        let shape = self.shape(s, dims).unwrap_or_default();
        let init = self.init(s, init).unwrap_or(Init::Glorot);
        let mut path = self.loop_path(s);
        path.push(Segment::Name(name.name.clone()));
        let existing = self.drafts.params.iter().position(|p| p.path == path);
        let d = match existing.and_then(|i| self.drafts.params[i].node) {
            Some(d) => d,
            None => {
                let index = self.drafts.params.len();
                let d = self.drafts.push(Kind::Param(index), name.span);
                self.drafts.nodes[d].name = Some(path.clone());
                self.drafts.params.push(DraftParam {
                    path,
                    shape,
                    init,
                    trained,
                    span: name.span,
                    node: Some(d),
                });
                d
            }
        };
        if self.scopes[s].loops.is_empty() {
            self.bind(s, name, Binding::Value(d));
        } else {
            let index = self.loop_indices(s);
            self.scopes[s].families.insert((name.name.clone(), index), d);
        }
    }

    pub(crate) fn init(&mut self, s: usize, e: Option<&'a Expr>) -> Option<Init> {
        let Some(e) = e else { return Some(Init::Glorot) };
        let (name, args) = match &e.kind {
            ExprKind::Name(n) => (n.as_str(), vec![]),
            ExprKind::Call { callee, args } => match &callee.kind {
                ExprKind::Name(n) => {
                    let x: Option<Vec<f64>> = args.iter().map(|a| self.number(s, &a.value)).collect();
                    (n.as_str(), x?)
                }
                _ => ("", vec![]),
            },
            _ => ("", vec![]),
        };
        Some(match (name, &args[..]) {
            ("zeros", []) => Init::Zeros,
            ("const" | "constant", [x]) => Init::Const(*x),
            ("uniform", [low, high]) => Init::Uniform { low: *low, high: *high },
            ("normal", [mean, std]) => Init::Normal { mean: *mean, std: *std },
            ("glorot", []) => Init::Glorot,
            ("he", []) => Init::He,
            ("lecun", []) => Init::Lecun,
            ("orthogonal", []) => Init::Orthogonal,
            ("identity", []) => Init::Identity(1.0),
            ("identity", [x]) => Init::Identity(*x),
            ("reservoir", _) => {
                self.unsupported("`reservoir`", e.span);
                return None;
            }
            _ => {
                let known = "zeros const(v) uniform(a, b) normal(m, s) glorot he lecun orthogonal identity(s)";
                let d = Diagnostic::error(codes::ARGUMENTS, "an unknown way to draw a parameter")
                    .label(e.span, "not an initialisation, or not with these arguments")
                    .help(format!("one of: {known}"));
                self.out.push(d);
                return None;
            }
        })
    }
}
