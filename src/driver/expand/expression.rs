//! One value as an expression.

use super::flat::{Flat, class, end, is_vector, unspread};
use super::names::Names;
use crate::driver::Failure;
use crate::system::{AxisId, AxisSet, Binary, Contraction, Fold, Op, Unary, Value};

pub(super) struct Writer<'w> {
    pub flat: &'w Flat<'w>,
    pub names: &'w Names,
}

/// How tightly an expression holds together, as in the grammar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Compare = 2,
    Concat,
    Add,
    Multiply,
    Product,
    Minus,
    Atom,
}

type Written = (String, Level);

impl Writer<'_> {
    /// What is read at a place: a name, or the expression itself.
    pub(super) fn read(&self, v: Value) -> Result<String, Failure> {
        Ok(self.operand(v)?.0)
    }

    /// The right side of an equation.
    pub(super) fn right(&self, v: Value) -> Result<String, Failure> {
        let s = self.flat.system;
        if let Op::Equal(x) | Op::Spread(x) = *s.op(v) {
            // The equation says its shape itself.
            return self.read(unspread(s, x));
        }
        Ok(self.expression(v)?.0)
    }

    fn operand(&self, v: Value) -> Result<Written, Failure> {
        let v = end(self.flat.system, v);
        match self.names.values.get(&v) {
            Some(name) if self.flat.is_equation(v) => Ok((name.clone(), Level::Atom)),
            _ => self.expression(v),
        }
    }

    /// An operand that holds together at least so tightly.
    fn at(&self, v: Value, level: Level) -> Result<String, Failure> {
        let (text, own) = self.operand(v)?;
        Ok(if own >= level { text } else { format!("({text})") })
    }

    fn call(&self, name: &str, args: &[Value]) -> Result<Written, Failure> {
        let args: Result<Vec<String>, Failure> = args.iter().map(|v| self.read(*v)).collect();
        Ok((format!("{name}({})", args?.join(", ")), Level::Atom))
    }

    fn over(&self, name: &str, x: Value, axis: AxisId) -> Result<Written, Failure> {
        Ok((
            format!("{name}({}, over: {})", self.read(x)?, self.names.axes[&axis]),
            Level::Atom,
        ))
    }

    fn infix(&self, sign: &str, level: Level, a: Value, b: Value) -> Result<Written, Failure> {
        // All operators are read from the left.
        let right = match level {
            Level::Compare => Level::Concat,
            Level::Concat => Level::Add,
            Level::Add => Level::Multiply,
            Level::Multiply => Level::Product,
            Level::Product | Level::Minus | Level::Atom => Level::Minus,
        };
        let left = if level == Level::Compare { Level::Concat } else { level };
        Ok((format!("{} {sign} {}", self.at(a, left)?, self.at(b, right)?), level))
    }

    fn expression(&self, v: Value) -> Result<Written, Failure> {
        let s = self.flat.system;
        if let Some(class) = class(s, v) {
            return Ok((class.to_string(), Level::Atom));
        }
        if is_vector(s, v) {
            return self.operand(s.op(v).args()[0]);
        }
        let atom = |text: String| Ok((text, Level::Atom));
        match s.op(v) {
            Op::Data(d) => atom(self.names.data[d].clone()),
            Op::Param(p) => atom(self.names.params[p].clone()),
            Op::Const(x) => Ok(number(*x)),
            Op::Training => atom("training".into()),
            Op::Position(axis) => atom(self.names.axes[axis].clone()),
            Op::Draw { .. } => Err(wordless("a draw")),
            Op::Equal(x) | Op::Spread(x) => self.operand(*x),
            Op::Unary(f, x) => self.unary(*f, *x),
            Op::Binary(f, a, b) => self.binary(*f, *a, *b),
            Op::Select { cond, yes, no } => self.call("where", &[*cond, *yes, *no]),
            Op::Concat(parts) => {
                let parts: Result<Vec<String>, Failure> = parts.iter().map(|p| self.at(*p, Level::Add)).collect();
                Ok((parts?.join(" ++ "), Level::Concat))
            }
            Op::Slice { x, start, len } => atom(format!("slice({}, {start}, {len})", self.read(*x)?)),
            Op::Reshape(x) => match s.ty(v).shape[..] {
                [n, m] => atom(format!("reshape({}, {n}, {m})", self.read(*x)?)),
                _ => Err(wordless("an array of this shape")),
            },
            Op::Transpose(x) => self.call("transpose", &[*x]),
            Op::Fold { fold, x } => self.call(fold_name(*fold), &[*x]),
            Op::ArgMax(x) => self.call("argmax", &[*x]),
            Op::OneHot(x) => self.call("onehot", &[*x]),
            Op::Reduce { fold, x, axes } => match axes.iter().collect::<Vec<_>>()[..] {
                [axis] if axis != AxisId::BATCH => self.over(fold_name(*fold), *x, axis),
                _ => Err(wordless("a sum over all examples outside of a metric")),
            },
            Op::Shift { x, axis, by, .. } => {
                let step = format!("{}{:+}", self.names.axes[axis], -i64::from(*by));
                let base = match self.names.others.get(&v) {
                    Some(other) => other.clone(),
                    None => self.at(*x, Level::Atom)?,
                };
                atom(format!("{base}[{step}]"))
            }
            Op::Edge { x, axis, by: -1 } => self.over("last", *x, *axis),
            Op::Edge { x, axis, by: 1 } => self.over("first", *x, *axis),
            Op::Reverse { x, axis } => self.over("reverse", *x, *axis),
            Op::Rename { x, to, .. } => atom(format!("{}[{}]", self.at(*x, Level::Atom)?, self.names.axes[to])),
            Op::Contract { a, b, spec, over } if *over == AxisSet::EMPTY => self.contract(*a, *b, spec),
            Op::Gather { table, index } => self.row(*table, *index),
            Op::Pick { x, index } => atom(format!("{}[{}]", self.at(*x, Level::Atom)?, self.read(*index)?)),
            Op::Stop(x) => self.call("stop_gradient", &[*x]),
            Op::Count(_)
            | Op::Length(_)
            | Op::Pad { .. }
            | Op::Edge { .. }
            | Op::Contract { .. }
            | Op::Scatter { .. }
            | Op::Place { .. } => Err(wordless("an operation of derivatives")),
        }
    }

    fn unary(&self, f: Unary, x: Value) -> Result<Written, Failure> {
        let name = match f {
            Unary::Neg => return Ok((format!("-{}", self.at(x, Level::Minus)?), Level::Minus)),
            // Of a bit.
            Unary::Not => return Ok((format!("{} == 0", self.at(x, Level::Concat)?), Level::Compare)),
            other => other.name(),
        };
        self.call(name, &[x])
    }

    fn binary(&self, f: Binary, a: Value, b: Value) -> Result<Written, Failure> {
        if let (Binary::Div, Some((x, axis))) = (f, self.mean(a, b)) {
            return self.over("mean", x, axis);
        }
        match f {
            Binary::Add => self.infix("+", Level::Add, a, b),
            Binary::Sub => self.infix("-", Level::Add, a, b),
            Binary::Mul => self.infix("*", Level::Multiply, a, b),
            Binary::Div => self.infix("/", Level::Multiply, a, b),
            Binary::Lt => self.infix("<", Level::Compare, a, b),
            Binary::Le => self.infix("<=", Level::Compare, a, b),
            Binary::Eq => self.infix("==", Level::Compare, a, b),
            Binary::Ne => self.infix("!=", Level::Compare, a, b),
            Binary::Max => self.call("max", &[a, b]),
            Binary::Min => self.call("min", &[a, b]),
            Binary::Pow => self.call("pow", &[a, b]),
            Binary::And => self.call("where", &[a, b, a]),
            Binary::Or => self.call("where", &[a, a, b]),
        }
    }

    /// A sum over an axis, divided by its length.
    fn mean(&self, sum: Value, count: Value) -> Option<(Value, AxisId)> {
        let s = self.flat.system;
        let (Op::Reduce { x, axes, .. }, Op::Binary(Binary::Max, length, _)) = (s.op(sum), s.op(count)) else {
            return None;
        };
        let Op::Length(axis) = s.op(*length) else { return None };
        (*axes == AxisSet::of(&[*axis])).then_some((*x, *axis))
    }

    /// `table[index]`; of a transposed one, `table @ index`.
    fn row(&self, table: Value, index: Value) -> Result<Written, Failure> {
        if let Op::Transpose(of) = *self.flat.system.op(table) {
            return self.infix("@", Level::Product, of, index);
        }
        Ok((
            format!("{}[{}]", self.at(table, Level::Atom)?, self.read(index)?),
            Level::Atom,
        ))
    }

    fn contract(&self, a: Value, b: Value, spec: &Contraction) -> Result<Written, Failure> {
        let s = self.flat.system;
        match (&spec.a[..], &spec.b[..], &spec.out[..]) {
            (a_labels, b_labels, []) if a_labels == b_labels => self.call("dot", &[a, b]),
            ([0], [1], [0, 1]) => self.call("outer", &[a, b]),
            ([0, 1], [0], [1]) => {
                let Op::OneHot(index) = *s.op(b) else {
                    return Err(wordless("this product"));
                };
                self.row(a, index)
            }
            ([0, 1], [1], [0]) | ([0, 1], [1, 2], [0, 2]) | ([0], [0, 1], [1]) => self.infix("@", Level::Product, a, b),
            _ => Err(wordless("this product")),
        }
    }
}

fn fold_name(fold: Fold) -> &'static str {
    match fold {
        Fold::Sum => "sum",
        Fold::Max => "max",
    }
}

fn wordless(what: &str) -> Failure {
    Failure::message(format!("the language has no words for {what}"))
}

/// A number as the language reads it: the same bits.
fn number(x: f64) -> Written {
    if x == f64::NEG_INFINITY {
        return ("log(0)".into(), Level::Atom);
    }
    if x == f64::INFINITY {
        return ("-log(0)".into(), Level::Minus);
    }
    let size = x.abs();
    let text = match size != 0.0 && !(1e-4..1e15).contains(&size) {
        true => format!("{size:e}"),
        false => format!("{size}"),
    };
    match x.is_sign_negative() {
        true => (format!("-{text}"), Level::Minus),
        false => (text, Level::Atom),
    }
}

pub(super) fn literal(x: f64) -> String {
    number(x).0
}
