//! Expressions.

use super::draft::{Axis, D, Kind};
use super::elaborator::Elaborator;
use super::items::Item;
use super::over::Over;
use super::scope::{Binding, Ct, LoopVar, Module, ScopeKind, Val};
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use crate::system::{Binary, Unary};

/// Whole numbers of the language are smaller.
const MOST: f64 = 1e9;

impl<'a> Elaborator<'a> {
    /// The value of an expression; numbers become constants.
    pub(crate) fn value(&mut self, s: usize, e: &'a Expr) -> D {
        let v = self.expr(s, e);
        self.as_value(v, e.span)
    }

    pub(crate) fn as_value(&mut self, v: Option<Val<'a>>, span: Span) -> D {
        match v {
            Some(Val::Value(d)) => d,
            Some(Val::Ct(Ct::Number(x))) => self.drafts.push(Kind::Const(x), span),
            Some(Val::Ct(ct)) => {
                let message = format!("{} where a value is needed", ct.describe());
                let mut d = Diagnostic::error(codes::NOT_CALLABLE, message).label(span, "this is not a value");
                if let Ct::Module(_) | Ct::Layer(_) = ct {
                    d = d.help("apply it to its inputs: `m(x)` or `x |> m`");
                }
                self.out.push(d);
                self.poison(span)
            }
            Some(Val::Variadic(_)) => {
                self.error(
                    codes::ARGUMENTS,
                    "a list of inputs where one value is needed",
                    span,
                    "these are all of the remaining inputs",
                );
                self.poison(span)
            }
            None => self.poison(span),
        }
    }

    /// An expression that must be known at compile time.
    pub(crate) fn compile_time(&mut self, s: usize, e: &'a Expr) -> Option<Ct<'a>> {
        match self.expr_in(s, e, true)? {
            Val::Ct(ct) => Some(ct),
            Val::Value(_) | Val::Variadic(_) => {
                self.error(
                    codes::COMPILE_TIME,
                    "a value where something known at compile time is needed",
                    e.span,
                    "this is known only when the net runs",
                );
                None
            }
        }
    }

    pub(crate) fn number(&mut self, s: usize, e: &'a Expr) -> Option<f64> {
        match self.compile_time(s, e)? {
            Ct::Number(x) => Some(x),
            other => {
                let message = format!("{} where a number is needed", other.describe());
                self.error(codes::COMPILE_TIME, message, e.span, "not a number");
                None
            }
        }
    }

    /// A whole number from `low` up.
    pub(crate) fn whole(&mut self, s: usize, e: &'a Expr, low: i64) -> Option<i64> {
        let x = self.number(s, e)?;
        if x.fract() == 0.0 && x >= low as f64 && x.abs() < MOST {
            return Some(x as i64);
        }
        let message = match (x.fract() == 0.0, x.abs() < MOST) {
            (true, false) => format!("{x} is larger than any number of steps or features"),
            (true, true) => format!("{x} where a whole number from {low} up is needed"),
            (false, _) => format!("{x} where a whole number is needed"),
        };
        self.error(codes::COMPILE_TIME, message, e.span, "not such a number");
        None
    }

    pub(crate) fn expr(&mut self, s: usize, e: &'a Expr) -> Option<Val<'a>> {
        self.expr_in(s, e, false)
    }

    /// `sizes_first` says which of a size and a value of the same name is meant.
    fn expr_in(&mut self, s: usize, e: &'a Expr, sizes_first: bool) -> Option<Val<'a>> {
        match &e.kind {
            ExprKind::Number(x) => Some(Val::Ct(Ct::Number(*x))),
            ExprKind::Str(_) => Some(Val::Ct(Ct::Str)),
            ExprKind::Name(name) => self.name(s, name, e.span, sizes_first),
            ExprKind::List(items) => {
                let entries: Option<Vec<Ct>> = items.iter().map(|item| self.compile_time(s, item)).collect();
                Some(Val::Ct(Ct::List(entries?)))
            }
            ExprKind::Unary(UnaryOp::Neg, x) => match self.expr_in(s, x, sizes_first)? {
                Val::Ct(Ct::Number(x)) => Some(Val::Ct(Ct::Number(-x))),
                other => {
                    let x = self.as_value(Some(other), x.span);
                    Some(Val::Value(self.drafts.push(Kind::Unary(Unary::Neg, x), e.span)))
                }
            },
            ExprKind::Binary(BinaryOp::Pipe, x, f) => {
                let x_name = super::call::argument_name(x);
                let x = self.expr(s, x);
                let module = self.module(s, f)?;
                let args = match x {
                    Some(Val::Variadic(all)) => all,
                    other => vec![(x_name, self.as_value(other, e.span))],
                };
                self.apply(module, args, Over::Features, e.span).map(Val::Value)
            }
            ExprKind::Binary(op, a, b) => {
                let (a_span, b_span) = (a.span, b.span);
                let a = self.expr_in(s, a, sizes_first);
                let b = self.expr_in(s, b, sizes_first);
                if let (Some(Val::Ct(Ct::Number(x))), Some(Val::Ct(Ct::Number(y)))) = (&a, &b) {
                    return self.arithmetic(*op, *x, *y, e.span).map(|x| Val::Ct(Ct::Number(x)));
                }
                // What is missing has been reported.
                let (Some(a), Some(b)) = (a, b) else { return None };
                let (a, b) = (self.as_value(Some(a), a_span), self.as_value(Some(b), b_span));
                Some(Val::Value(self.binary(*op, a, b, e.span)))
            }
            ExprKind::Call { callee, args } => self.call(s, callee, args, e.span),
            ExprKind::Index { base, index } => self.index(s, base, index, e.span),
            ExprKind::Field { base, name } => {
                let ExprKind::Name(owner) = &base.kind else {
                    self.error(
                        codes::UNKNOWN_NAME,
                        format!("`.{}` of something that has no name", name.name),
                        base.span,
                        "give this an equation of its own, and ask that for its inner values",
                    );
                    return None;
                };
                let placeholder = self.drafts.push(Kind::Equal(None), e.span);
                self.scopes[s].fields.push((owner.clone(), name.clone(), placeholder));
                Some(Val::Value(placeholder))
            }
            ExprKind::Error => None,
        }
    }

    fn name(&mut self, s: usize, name: &str, span: Span, sizes_first: bool) -> Option<Val<'a>> {
        let at_loop = self.scopes[s]
            .loops
            .iter()
            .rev()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.clone());
        if let Some(v) = at_loop {
            return Some(match v {
                LoopVar::Number(i) => Val::Ct(Ct::Number(i as f64)),
                LoopVar::Element { value, .. } => Val::Value(value),
            });
        }
        let size = self.scopes[s].sizes.get(name).cloned();
        if let (true, Some(ct)) = (sizes_first, &size) {
            return Some(Val::Ct(ct.clone()));
        }
        match self.scopes[s].names.get(name).cloned() {
            Some((Binding::Value(d), _)) => return Some(Val::Value(d)),
            Some((Binding::Ct(ct), _)) => return Some(Val::Ct(ct)),
            Some((Binding::Variadic(all), _)) => return Some(Val::Variadic(all)),
            Some((Binding::Family, _)) => {
                let index = self.loop_indices(s);
                if index.is_empty() {
                    self.error(
                        codes::COMPILE_TIME,
                        format!("`{name}` is one equation for each turn of a loop"),
                        span,
                        "say which one: an index is missing",
                    );
                    return None;
                }
                return Some(Val::Value(self.family(s, name, index, span)));
            }
            Some((Binding::Axis(_) | Binding::AxisOf(_), _)) => {
                let axis = self.axis_called(s, name)?;
                return Some(Val::Value(self.drafts.push(Kind::Position(axis), span)));
            }
            Some((Binding::Over(over), _)) => return Some(Self::takes_part(&over)),
            None => {}
        }
        if let Some(ct) = size {
            return Some(Val::Ct(ct));
        }
        if let Some(axis) = self.axis_called(s, name) {
            let number = self.drafts.push(Kind::Position(axis), span);
            return Some(Val::Value(number));
        }
        if name == "training" {
            return Some(Val::Value(self.drafts.push(Kind::Training, span)));
        }
        match self.item(name) {
            Some(Item::Const(item)) => return self.constant(item).map(Val::Ct),
            Some(Item::Layer(item)) => {
                if item.sizes.iter().any(|p| p.default.is_none()) {
                    return Some(Val::Ct(Ct::Layer(item)));
                }
                let sizes = self.default_sizes(s, item, span)?;
                return Some(Val::Ct(Ct::Module(Module::of(item, sizes))));
            }
            Some(Item::Fn(item)) => return Some(Val::Ct(Ct::Module(Module::Fn(item)))),
            None => {}
        }
        if let Some(n) = super::intrinsics::NAMES.iter().find(|n| **n == name) {
            return Some(Val::Ct(Ct::Module(Module::Intrinsic(n))));
        }
        let mut unknown = self.unknown(s, name, span);
        if sizes_first && unknown.helps.is_empty() {
            let help = format!(
                "a size of this item, `{name} = 64` in its first parentheses, or a `const`, could have this name"
            );
            unknown = unknown.help(help);
        }
        self.out.push(unknown);
        None
    }

    fn arithmetic(&mut self, op: BinaryOp, x: f64, y: f64, span: Span) -> Option<f64> {
        let truth = |b: bool| if b { 1.0 } else { 0.0 };
        let value = match op {
            BinaryOp::Add => x + y,
            BinaryOp::Sub => x - y,
            BinaryOp::Mul => x * y,
            BinaryOp::Div => x / y,
            BinaryOp::Rem => x.rem_euclid(y),
            BinaryOp::Lt => truth(x < y),
            BinaryOp::Le => truth(x <= y),
            BinaryOp::Gt => truth(x > y),
            BinaryOp::Ge => truth(x >= y),
            BinaryOp::Eq => truth(x == y),
            BinaryOp::Ne => truth(x != y),
            BinaryOp::MatMul | BinaryOp::Concat | BinaryOp::Pipe => {
                self.error(
                    codes::ELEMENT,
                    "two numbers where values are needed",
                    span,
                    "this joins values of the net",
                );
                return None;
            }
        };
        if !value.is_finite() {
            self.error(
                codes::NUMBER,
                format!("this comes to {value}"),
                span,
                "not a finite number",
            );
            return None;
        }
        Some(value)
    }

    pub(crate) fn binary(&mut self, op: BinaryOp, a: D, b: D, span: Span) -> D {
        let kind = match op {
            BinaryOp::Add => Kind::Binary(Binary::Add, a, b),
            BinaryOp::Sub => Kind::Binary(Binary::Sub, a, b),
            BinaryOp::Mul => Kind::Binary(Binary::Mul, a, b),
            BinaryOp::Div => Kind::Binary(Binary::Div, a, b),
            BinaryOp::Lt => Kind::Binary(Binary::Lt, a, b),
            BinaryOp::Le => Kind::Binary(Binary::Le, a, b),
            BinaryOp::Gt => Kind::Binary(Binary::Lt, b, a),
            BinaryOp::Ge => Kind::Binary(Binary::Le, b, a),
            BinaryOp::Eq => Kind::Binary(Binary::Eq, a, b),
            BinaryOp::Ne => Kind::Binary(Binary::Ne, a, b),
            BinaryOp::MatMul => Kind::MatMul(a, b),
            BinaryOp::Concat => Kind::Concat(a, b),
            // What is left of `a` after the largest whole multiple of `b` below it.
            BinaryOp::Rem => {
                let ratio = self.drafts.push(Kind::Binary(Binary::Div, a, b), span);
                let times = self.drafts.push(Kind::Unary(Unary::Floor, ratio), span);
                let multiple = self.drafts.push(Kind::Binary(Binary::Mul, times, b), span);
                Kind::Binary(Binary::Sub, a, multiple)
            }
            BinaryOp::Pipe => unreachable!("internal error: `|>` is elaborated before its sides are"),
        };
        self.drafts.push(kind, span)
    }

    /// `h[t-1]`, `z[l]` or `table[x]`.
    fn index(&mut self, s: usize, base: &'a Expr, index: &'a Expr, span: Span) -> Option<Val<'a>> {
        if let ExprKind::Name(name) = &base.kind
            && matches!(self.scopes[s].names.get(name), Some((Binding::Family, _)))
            && self.step_index(s, index).is_none()
        {
            let i = self.whole(s, index, i64::MIN)?;
            return Some(Val::Value(self.family(s, name, vec![i], span)));
        }
        if let Some((axis, by)) = self.step_index(s, index) {
            let by = by?;
            let mut x = self.value(s, base);
            if !self.likes.is_empty() {
                let axis = axis.clone();
                x = self.drafts.push(Kind::Under { x, axis }, span);
            }
            if by == 0 {
                return Some(Val::Value(x));
            }
            let var = match &base.kind {
                ExprKind::Name(name) => Some((s, name.clone())),
                _ => None,
            };
            return Some(Val::Value(self.drafts.push(Kind::Shift { x, axis, by, var }, span)));
        }
        if let ExprKind::Number(_) = index.kind {
            let d = Diagnostic::error(codes::NO_AXIS, "a value at one fixed step")
                .label(span, "an equation holds at every step")
                .help("`h[0] = ...;` states a value before the first step; read steps relative to `t`, as in `h[t-1]`, or use `first(h)` and `last(h)`");
            self.out.push(d);
            return None;
        }
        let table = self.value(s, base);
        let index = self.value(s, index);
        Some(Val::Value(self.drafts.push(Kind::LookUp { table, index }, span)))
    }

    /// Whether an index names a step (`t`, `t-1`, `s+2`): which axis, and how many steps back (`None`: an error).
    pub(crate) fn step_index(&mut self, s: usize, e: &'a Expr) -> Option<(Axis, Option<i32>)> {
        let (name, amount, sign, span) = match &e.kind {
            ExprKind::Name(n) => (n, None, 0, e.span),
            ExprKind::Binary(op @ (BinaryOp::Sub | BinaryOp::Add), a, b) => match &a.kind {
                ExprKind::Name(n) => (n, Some(b.as_ref()), if *op == BinaryOp::Sub { 1 } else { -1 }, a.span),
                _ => return None,
            },
            _ => return None,
        };
        let scope = &self.scopes[s];
        let axis = match scope.names.get(name) {
            Some((Binding::Axis(a), _)) => Axis::Named(*a),
            Some((Binding::AxisOf(x), _)) => self.axis_of(vec![*x]),
            Some(_) => return None,
            None if scope.sizes.contains_key(name) || scope.loops.iter().any(|(n, _)| n == name) => return None,
            None if name == "t" => match (&scope.step, scope.kind) {
                (Some(axis), ScopeKind::Cell) => axis.clone(),
                (Some(_), _) | (None, _) => {
                    self.no_axis(s, span);
                    return Some((Axis::Of(vec![], None), None));
                }
            },
            None => return None,
        };
        let by = match amount {
            None => Some(0),
            Some(e) => self.whole(s, e, i64::MIN).map(|k| (k as i32) * sign),
        };
        Some((axis, by))
    }

    fn no_axis(&mut self, s: usize, span: Span) {
        let scope = &self.scopes[s];
        let mut d = Diagnostic::error(codes::NO_AXIS, "a step index where no axis is known")
            .label(span, format!("{} has no axis called `t`", scope.what));
        d = match scope.kind {
            ScopeKind::Layer => d.help("a layer that refers to its own past is a `cell`"),
            ScopeKind::Fn => d.help("a `fn` knows no time; write a `cell`"),
            ScopeKind::Model | ScopeKind::Cell => {
                d.help("an input or target brings in an axis, as in `input x: [3] over t;`")
            }
        };
        self.out.push(d);
    }
}
