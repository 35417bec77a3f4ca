//! The functions that are operations of the system; all others are written in the language.

use super::draft::{D, Kind, Size};
use super::elaborator::Elaborator;
use super::over::OVER;
use super::scope::{Binding, Ct, Val};
use crate::diagnostics::codes;
use crate::source::Span;
use crate::syntax::ast::{Arg, ExprKind};
use crate::system::{Binary, Fold, Unary};

pub(crate) const NAMES: &[&str] = &[
    "exp",
    "log",
    "sqrt",
    "abs",
    "sign",
    "sin",
    "cos",
    "tanh",
    "sigmoid",
    "softplus",
    "relu",
    "floor",
    "min",
    "max",
    "pow",
    "where",
    "slice",
    "dot",
    "outer",
    "transpose",
    "reshape",
    "sum",
    "mean",
    "argmax",
    "onehot",
    "stop_gradient",
    "first",
    "last",
    "reverse",
    "draw",
    "total",
    "average",
];

/// Those that may be over an axis.
pub(crate) const REDUCTIONS: &[&str] = &["sum", "mean", "max", "min", "first", "last", "reverse"];

fn unary(name: &str) -> Option<Unary> {
    Some(match name {
        "exp" => Unary::Exp,
        "log" => Unary::Log,
        "sqrt" => Unary::Sqrt,
        "abs" => Unary::Abs,
        "sign" => Unary::Sign,
        "sin" => Unary::Sin,
        "cos" => Unary::Cos,
        "tanh" => Unary::Tanh,
        "sigmoid" => Unary::Sigmoid,
        "softplus" => Unary::Softplus,
        "relu" => Unary::Relu,
        "floor" => Unary::Floor,
        _ => return None,
    })
}

fn at_compile_time(name: &str, x: &[f64]) -> Option<f64> {
    Some(match (name, x) {
        ("exp", [x]) => x.exp(),
        ("log", [x]) => x.ln(),
        ("sqrt", [x]) => x.sqrt(),
        ("abs", [x]) => x.abs(),
        ("sin", [x]) => x.sin(),
        ("cos", [x]) => x.cos(),
        ("tanh", [x]) => x.tanh(),
        ("floor", [x]) => x.floor(),
        ("min", [a, b]) => a.min(*b),
        ("max", [a, b]) => a.max(*b),
        ("pow", [a, b]) => a.powf(*b),
        _ => return None,
    })
}

impl<'a> Elaborator<'a> {
    /// A call of an operation, with its named arguments.
    pub(crate) fn intrinsic(&mut self, s: usize, name: &'static str, args: &'a [Arg], span: Span) -> Option<Val<'a>> {
        let mut over = None;
        let mut values: Vec<Option<Val<'a>>> = Vec::new();
        for a in args {
            match (&a.name, name) {
                (None, _) => values.push(self.expr(s, &a.value)),
                (Some(n), name) if n.name == OVER && REDUCTIONS.contains(&name) => over = Some(&a.value),
                (Some(n), "draw") if n.name == "mask" => {
                    let (ExprKind::Name(word), ct) = (&a.value.kind, self.scopes[s].sizes.get("mask").cloned()) else {
                        self.error(
                            codes::ARGUMENTS,
                            "a mask is a word",
                            a.value.span,
                            "`step` or `sequence`",
                        );
                        return None;
                    };
                    let word = match (word.as_str(), ct) {
                        ("mask", Some(Ct::Symbol(w))) => w,
                        (w, _) => w.to_string(),
                    };
                    let per_example = match word.as_str() {
                        "step" => false,
                        "sequence" => true,
                        _ => {
                            let message = format!("`{word}` is no way to hold a mask");
                            self.error(codes::ARGUMENTS, message, a.value.span, "`step` or `sequence`");
                            return None;
                        }
                    };
                    let x = values.first().cloned().flatten();
                    let like = self.as_value(x, span);
                    self.streams += 1;
                    let stream = self.streams - 1;
                    return Some(Val::Value(self.drafts.push(
                        Kind::Draw {
                            stream,
                            like,
                            per_example,
                        },
                        span,
                    )));
                }
                (Some(n), _) => {
                    let message = format!("`{name}` has no argument called `{}`", n.name);
                    self.error(codes::ARGUMENTS, message, n.span, "not expected");
                    return None;
                }
            }
        }
        let numbers: Vec<f64> = values
            .iter()
            .filter_map(|v| match v {
                Some(Val::Ct(Ct::Number(x))) => Some(*x),
                _ => None,
            })
            .collect();
        if over.is_none()
            && !values.is_empty()
            && numbers.len() == values.len()
            && let Some(x) = at_compile_time(name, &numbers)
        {
            return Some(Val::Ct(Ct::Number(x)));
        }
        if name == "where"
            && let [Some(Val::Ct(Ct::Number(cond))), yes, no] = &values[..]
        {
            return if *cond != 0.0 { yes.clone() } else { no.clone() };
        }
        if let Some(over) = over {
            let over = self.over(s, over)?;
            let Ok([x]) = <[_; 1]>::try_from(values) else {
                let message = format!("`{name}` over an axis takes one value");
                self.error(codes::ARGUMENTS, message, span, "in this call");
                return None;
            };
            return self.reduced(name, x?, over, span).map(Val::Value);
        }
        if name == "slice" {
            let [x, Some(start), Some(len)] = &values[..] else {
                self.error(
                    codes::ARGUMENTS,
                    "`slice` takes a value, a start and a length",
                    span,
                    "in this call",
                );
                return None;
            };
            let size = |v: &Val, least: f64| match v {
                Val::Ct(Ct::Number(n)) if *n >= least && *n < 1e9 && n.fract() == 0.0 => Some(Size::Known(*n as usize)),
                Val::Value(d) => Some(Size::Of(*d, 0)),
                Val::Ct(_) | Val::Variadic(_) => None,
            };
            let (Some(start), Some(len)) = (size(start, 0.0), size(len, 1.0)) else {
                self.error(
                    codes::ARGUMENTS,
                    "a slice starts at a whole number and has a whole length",
                    span,
                    "here",
                );
                return None;
            };
            let x = self.as_value(x.clone(), span);
            let kind = Kind::Slice { x, start, len };
            return Some(Val::Value(self.drafts.push(kind, span)));
        }
        if name == "reshape" {
            return self.reshape(values, span).map(Val::Value);
        }
        let values: Vec<D> = values.into_iter().map(|v| self.as_value(v, span)).collect();
        self.intrinsic_of_values(name, &values, span).map(Val::Value)
    }

    pub(crate) fn intrinsic_of_values(&mut self, name: &'static str, x: &[D], span: Span) -> Option<D> {
        let kind = match (name, x) {
            (_, [x]) if unary(name).is_some() => Kind::Unary(unary(name)?, *x),
            ("max", [x]) => Kind::Fold { fold: Fold::Max, x: *x },
            ("min", [x]) => {
                let negative = self.drafts.push(Kind::Unary(Unary::Neg, *x), span);
                let largest = self.drafts.push(
                    Kind::Fold {
                        fold: Fold::Max,
                        x: negative,
                    },
                    span,
                );
                Kind::Unary(Unary::Neg, largest)
            }
            ("sum", [x]) => Kind::Fold { fold: Fold::Sum, x: *x },
            ("mean", [x]) => Kind::Mean(*x),
            ("max", [a, b]) => Kind::Binary(Binary::Max, *a, *b),
            ("min", [a, b]) => Kind::Binary(Binary::Min, *a, *b),
            ("pow", [a, b]) => Kind::Binary(Binary::Pow, *a, *b),
            ("where", [c, y, n]) => Kind::Select {
                cond: *c,
                yes: *y,
                no: *n,
            },
            ("dot", [a, b]) => Kind::Dot(*a, *b),
            ("outer", [a, b]) => Kind::Outer(*a, *b),
            ("transpose", [x]) => Kind::Transpose(*x),
            ("argmax", [x]) => Kind::ArgMax(*x),
            ("onehot", [x]) => Kind::OneHot(*x),
            ("stop_gradient", [x]) => Kind::Stop(*x),
            ("first", [x]) => Kind::Edge {
                x: *x,
                axis: self.axis_of(vec![*x]),
                by: 1,
            },
            ("last", [x]) => Kind::Edge {
                x: *x,
                axis: self.axis_of(vec![*x]),
                by: -1,
            },
            ("reverse", [x]) => Kind::Reverse {
                x: *x,
                axis: self.axis_of(vec![*x]),
            },
            ("total", [x]) => Kind::Total(*x),
            ("average", [x]) => Kind::Average(*x),
            ("draw", [x]) => {
                self.streams += 1;
                Kind::Draw {
                    stream: self.streams - 1,
                    like: *x,
                    per_example: false,
                }
            }
            _ => {
                let message = format!("`{name}` does not take {}", super::call::plural(x.len(), "argument"));
                self.error(codes::ARGUMENTS, message, span, "in this call");
                return None;
            }
        };
        Some(self.drafts.push(kind, span))
    }

    /// `reshape(x, 3, 4)`: a value and sizes.
    fn reshape(&mut self, mut values: Vec<Option<Val<'a>>>, span: Span) -> Option<D> {
        let sizes = values.split_off(values.len().min(1));
        let whole = |v: &Option<Val<'a>>| match v {
            Some(Val::Ct(Ct::Number(n))) if n.fract() == 0.0 && (1.0..1e9).contains(n) => Some(*n as usize),
            _ => None,
        };
        let shape: Option<Vec<usize>> = sizes.iter().map(whole).collect();
        match (values.pop(), shape) {
            (Some(x), Some(shape)) if !shape.is_empty() => {
                let x = self.as_value(x, span);
                Some(self.drafts.push(Kind::Reshape { x, shape }, span))
            }
            _ => {
                let message = "`reshape` takes a value and the sizes of its new shape";
                self.error(codes::ARGUMENTS, message, span, "in this call");
                None
            }
        }
    }

    /// `sum(part, over: xs)`: the sum of a loop's equation over all of its turns.
    pub(crate) fn sum_over_loop(&mut self, s: usize, args: &'a [Arg], span: Span) -> Option<D> {
        let [a, over] = args else { return None };
        let (ExprKind::Name(part), ExprKind::Name(xs)) = (&a.value.kind, &over.value.kind) else {
            return None;
        };
        if over.name.as_ref().map(|n| n.name.as_str()) != Some("over") {
            return None;
        }
        let turns = match self.scopes[s].names.get(xs) {
            Some((Binding::Variadic(all), _)) => all.len() as i64,
            _ => return None,
        };
        if !matches!(self.scopes[s].names.get(part), Some((Binding::Family, _))) {
            return None;
        }
        let mut total = self.family(s, part, vec![1], span);
        for i in 2..=turns {
            let next = self.family(s, part, vec![i], span);
            total = self.drafts.push(Kind::Binary(Binary::Add, total, next), span);
        }
        Some(total)
    }
}
