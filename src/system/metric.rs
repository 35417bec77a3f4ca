//! What is reported of data, as arithmetic on numbers that every batch gives.

use super::{AxisSet, Binary, Unary};
use std::fmt;

/// `metric name = expr;`, the loss, or a term of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    pub name: String,
    pub formula: Formula,
}

/// The n-th number is that of the n-th root, of those that are the loss or a metric.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    Number(f64),
    /// Its sum over all batches.
    Total(usize),
    /// The mean over all positions of all data of a number that of a batch is the mean over the positions of these axes.
    Mean(usize, AxisSet),
    /// Of `Neg Exp Log Sqrt Abs`.
    Unary(Unary, Box<Formula>),
    /// Not a comparison.
    Binary(Binary, Box<Formula>, Box<Formula>),
}

impl Formula {
    /// The same with other axes.
    pub fn over(self, axes: &impl Fn(AxisSet) -> AxisSet) -> Formula {
        match self {
            Formula::Number(_) | Formula::Total(_) => self,
            Formula::Mean(n, a) => Formula::Mean(n, axes(a)),
            Formula::Unary(f, x) => Formula::Unary(f, Box::new(x.over(axes))),
            Formula::Binary(f, a, b) => Formula::Binary(f, Box::new(a.over(axes)), Box::new(b.over(axes))),
        }
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Formula::Number(x) => write!(f, "{x}"),
            Formula::Total(n) => write!(f, "total({n})"),
            Formula::Mean(n, _) => write!(f, "average({n})"),
            Formula::Unary(op, x) => write!(f, "{op:?}({x})"),
            Formula::Binary(op, a, b) => write!(f, "{op:?}({a}, {b})"),
        }
    }
}
