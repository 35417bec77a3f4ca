//! `over: t`, `over: s <= t`: which axis is meant, and which of its steps.

use super::draft::{Axis, D, Kind};
use super::elaborator::Elaborator;
use super::scope::{Binding, Ct, Val};
use crate::diagnostics::codes;
use crate::source::Span;
use crate::syntax::ast::{Arg, BinaryOp, Expr, ExprKind, InputParam};
use crate::system::{Binary, Fold, Unary};

/// The name of the last input of a function or a layer that takes `over:`.
pub(crate) const OVER: &str = "over";

/// What a reduction reduces.
#[derive(Clone, Debug)]
pub(crate) enum Over {
    Features,
    /// The steps of an axis, all or those where this holds.
    Steps(Axis, Option<D>),
}

impl<'a> Elaborator<'a> {
    /// The `over:` among the arguments of a call.
    pub(crate) fn over_among(&mut self, s: usize, args: &'a [Arg]) -> Option<Over> {
        match args.iter().find(|a| is_over(a)) {
            Some(a) => self.over(s, &a.value),
            None => Some(Over::Features),
        }
    }

    /// An axis by its name, `over` itself within what takes it, or a comparison of an axis: `s < t`, `t - 8 < s <= t`.
    pub(crate) fn over(&mut self, s: usize, e: &'a Expr) -> Option<Over> {
        if let ExprKind::Name(name) = &e.kind {
            return match (self.scopes[s].names.get(name), self.axis_called(s, name)) {
                (Some((Binding::Over(over), _)), _) => Some(over.clone()),
                (_, Some(axis)) => Some(Over::Steps(axis, None)),
                (Some((Binding::Variadic(all), _)), _) => {
                    let label = format!(
                        "there are {} of them, and this is not one of the loop's names",
                        all.len()
                    );
                    let message = format!("`over: {name}` needs an equation of the loop over `{name}`");
                    self.error(codes::COMPILE_TIME, message, e.span, label);
                    None
                }
                (_, None) => {
                    let message = format!("`{name}` is not an axis");
                    self.error(codes::AXIS, message, e.span, "not an axis");
                    None
                }
            };
        }
        let ExprKind::Binary(op, a, b) = &e.kind else {
            return self.no_over(e.span);
        };
        if !is_comparison(*op) {
            return self.no_over(e.span);
        }
        if let ExprKind::Name(name) = &a.kind
            && let Some(axis) = self.axis_called(s, name)
        {
            let cond = self.value(s, e);
            return Some(Over::Steps(axis, Some(cond)));
        }
        // `from < s <= to` is read by the parser as `(from < s) <= to`.
        if let ExprKind::Binary(first, from, middle) = &a.kind
            && let ExprKind::Name(name) = &middle.kind
            && is_comparison(*first)
            && !matches!(&from.kind, ExprKind::Binary(op, ..) if is_comparison(*op))
            && let Some(axis) = self.axis_called(s, name)
        {
            let (from, step, to) = (self.value(s, from), self.value(s, middle), self.value(s, b));
            let low = self.binary(*first, from, step, a.span);
            let high = self.binary(*op, step, to, e.span);
            let both = self.drafts.push(Kind::Binary(Binary::And, low, high), e.span);
            return Some(Over::Steps(axis, Some(both)));
        }
        self.no_over(e.span)
    }

    fn no_over(&mut self, span: Span) -> Option<Over> {
        let label = "an axis, `over: s`, or some of its steps, `over: s <= t`";
        self.error(codes::AXIS, "`over:` names an axis", span, label);
        None
    }

    /// The axis that a name means here; none if it means something else.
    pub(crate) fn axis_called(&self, s: usize, name: &str) -> Option<Axis> {
        let scope = &self.scopes[s];
        match scope.names.get(name) {
            Some((Binding::Axis(a), _)) => Some(Axis::Named(*a)),
            Some((Binding::AxisOf(x), _)) => Some(self.axis_of(vec![*x])),
            Some(_) => None,
            None if scope.sizes.contains_key(name) || scope.loops.iter().any(|(n, _)| n == name) => None,
            None if name == "t" => scope.step.clone(),
            None => None,
        }
    }

    /// The one axis of these values, or which of theirs an `over:` around has told.
    pub(crate) fn axis_of(&self, values: Vec<D>) -> Axis {
        Axis::Of(values, self.told.clone())
    }

    /// `name` is a reduction, or takes a step or the order of an axis.
    pub(crate) fn reduced(&mut self, name: &'static str, x: Val<'a>, over: Over, span: Span) -> Option<D> {
        let x = self.as_value(Some(x), span);
        let (axis, cond) = match over {
            Over::Features => return self.intrinsic_of_values(name, &[x], span),
            Over::Steps(axis, cond) => (axis, cond),
        };
        if cond.is_some() && ["first", "last", "reverse"].contains(&name) {
            let message = format!("`{name}` under a condition");
            self.error(codes::AXIS, message, span, "it is of all steps of an axis");
            return None;
        }
        let fold = |fold, x| {
            let axis = axis.clone();
            Kind::Reduce { fold, x, axis }
        };
        let kind = match (name, cond) {
            ("sum", _) => fold(Fold::Sum, self.admitted(x, cond, 0.0, span)),
            ("max", _) => fold(Fold::Max, self.admitted(x, cond, f64::NEG_INFINITY, span)),
            ("mean", None) => Kind::MeanOver { x, axis },
            ("mean", _) => {
                let one = self.drafts.push(Kind::Const(1.0), span);
                let parts = [x, one].map(|x| fold(Fold::Sum, self.admitted(x, cond, 0.0, span)));
                let [total, count] = parts.map(|part| self.drafts.push(part, span));
                // None admitted: 0.
                let count = self.drafts.push(Kind::Binary(Binary::Max, count, one), span);
                Kind::Binary(Binary::Div, total, count)
            }
            ("first", _) => Kind::Edge { x, axis, by: 1 },
            ("last", _) => Kind::Edge { x, axis, by: -1 },
            ("reverse", _) => Kind::Reverse { x, axis },
            _ => {
                let negative = self.drafts.push(Kind::Unary(Unary::Neg, x), span);
                let largest = fold(Fold::Max, self.admitted(negative, cond, f64::NEG_INFINITY, span));
                let largest = self.drafts.push(largest, span);
                Kind::Unary(Unary::Neg, largest)
            }
        };
        Some(self.drafts.push(kind, span))
    }

    /// `x` where the condition holds, if there is one.
    fn admitted(&mut self, x: D, cond: Option<D>, otherwise: f64, span: Span) -> D {
        let Some(cond) = cond else { return x };
        let no = self.drafts.push(Kind::Const(otherwise), span);
        self.drafts.push(Kind::Select { cond, yes: x, no }, span)
    }

    /// `over` as a value: whether a step takes part.
    pub(crate) fn takes_part(over: &Over) -> Val<'a> {
        match over {
            Over::Steps(_, Some(cond)) => Val::Value(*cond),
            Over::Steps(_, None) | Over::Features => Val::Ct(Ct::Number(1.0)),
        }
    }
}

pub(crate) fn is_over(a: &Arg) -> bool {
    a.name.as_ref().is_some_and(|n| n.name == OVER)
}

/// The inputs that are values, and whether `over` stands behind them.
pub(crate) fn without_over(inputs: &[InputParam]) -> (&[InputParam], bool) {
    match inputs {
        [rest @ .., last] if last.name.name == OVER && !last.variadic => (rest, true),
        all => (all, false),
    }
}

fn is_comparison(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge | BinaryOp::Eq | BinaryOp::Ne
    )
}
