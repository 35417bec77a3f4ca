//! The operations. Their types are in [`super::signature`]; what each computes is stated here and executed by the
//! interpreter; its derivative is in `derive`. `docs/adding-an-operation.md` lists every place to visit.

use super::{AxisId, AxisSet, DataId, ParamId, Value};

#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    // Leaves
    Data(DataId),
    Param(ParamId),
    /// A scalar with no axes.
    Const(f64),
    /// How many positions there are over these axes in the whole batch; a scalar with no axes. With the batch among
    /// the axes lengths are summed over examples; `Count({batch})` is the number of examples.
    Count(AxisSet),
    /// The length of each example along an axis; a scalar once per example.
    Length(AxisId),
    /// The number of each step of an axis, from 1; a scalar over the batch and the axis.
    Position(AxisId),
    /// Independent uniform draws in [0, 1), one for each element of the node's type. `stream` tells draws apart; the
    /// value is a pure function of (seed, step of training, stream, example, position, element).
    Draw {
        stream: u32,
    },
    /// 1 while training, 0 in evaluation; folded by `freeze` before scheduling.
    Training,
    /// Another name of the same value; the only way to refer to an equation before it is built. Gone after `simplify`.
    Equal(Value),

    // Elementwise. Arguments with fewer axes broadcast; so do scalars against any feature shape.
    Unary(Unary, Value),
    Binary(Binary, Value, Value),
    /// `yes` where `cond` (a bit) holds, else `no`; what is not chosen is not read.
    Select {
        cond: Value,
        yes: Value,
        no: Value,
    },

    // Features
    /// Along the first dimension of the shape; the others agree.
    Concat(Vec<Value>),
    /// `len` entries of the first dimension from `start`.
    Slice {
        x: Value,
        start: usize,
        len: usize,
    },
    /// `x` at `start` of a first dimension of `len`, zeros elsewhere: the adjoint of a slice.
    Pad {
        x: Value,
        start: usize,
        len: usize,
    },
    /// The same elements in row-major order under the node's shape.
    Reshape(Value),
    /// Of a matrix.
    Transpose(Value),
    /// All features of a position to one scalar.
    Fold {
        fold: Fold,
        x: Value,
    },
    /// The first position of the largest feature; an index.
    ArgMax(Value),
    /// A real vector of 0 and one 1.
    OneHot(Value),
    /// Copies to the node's type: scalar to any shape, and to more axes.
    Spread(Value),

    // Axes
    /// Folds the axes away. Over the empty axis a sum is 0 and a maximum minus infinity.
    Reduce {
        fold: Fold,
        x: Value,
        axes: AxisSet,
    },
    /// `y[t] = x[t - by]` where that lies within the example, else `init`; without an init zero, or for an index
    /// *nothing*. `x` may lack the axis: it is then the same at every step.
    Shift {
        x: Value,
        axis: AxisId,
        by: i32,
        init: Option<Value>,
    },
    /// The sum of `x[t]` over the steps whose `t - by` lies outside of the example: the adjoint of a shift by `by` to
    /// its init. `last(x)` is the edge by -1, `first(x)` the edge by 1. Of an index (`by` 1 or -1): that step's value.
    Edge {
        x: Value,
        axis: AxisId,
        by: i32,
    },
    /// The steps in opposite order, each example by its own length.
    Reverse {
        x: Value,
        axis: AxisId,
    },
    /// The same values under another name of an axis: `y[to] = x[from]`. Both axes have the same steps.
    Rename {
        x: Value,
        from: AxisId,
        to: AxisId,
    },

    // Products
    /// Multiplies, and sums over shared labels that the result lacks and over the axes `over`. Broadcasts over the
    /// union of the axes.
    Contract {
        a: Value,
        b: Value,
        spec: Contraction,
        over: AxisSet,
    },

    // Look-ups by index; *nothing* gives zeros
    /// Row `index` of a matrix [n, d] with no axes.
    Gather {
        table: Value,
        index: Value,
    },
    /// Sums rows `x` into row `index` of a zero matrix [n, d], over every axis: the adjoint of a gather to its table.
    Scatter {
        x: Value,
        index: Value,
        rows: usize,
    },
    /// Entry `index` of a vector.
    Pick {
        x: Value,
        index: Value,
    },
    /// A vector of zeros with the scalar `x` at `index`: the adjoint of a pick.
    Place {
        x: Value,
        index: Value,
        len: usize,
    },

    /// `x`, as a constant for derivatives.
    Stop(Value),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unary {
    Neg,
    Exp,
    Log,
    Sqrt,
    Abs,
    /// -1, 0 or 1
    Sign,
    Sin,
    Cos,
    Tanh,
    Sigmoid,
    /// log(1 + exp(x)), without overflow
    Softplus,
    Relu,
    Floor,
    /// Of a bit.
    Not,
}

impl Unary {
    /// The name of the function.
    pub fn name(self) -> &'static str {
        match self {
            Unary::Neg => "neg",
            Unary::Exp => "exp",
            Unary::Log => "log",
            Unary::Sqrt => "sqrt",
            Unary::Abs => "abs",
            Unary::Sign => "sign",
            Unary::Sin => "sin",
            Unary::Cos => "cos",
            Unary::Tanh => "tanh",
            Unary::Sigmoid => "sigmoid",
            Unary::Softplus => "softplus",
            Unary::Relu => "relu",
            Unary::Floor => "floor",
            Unary::Not => "not",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Max,
    Min,
    Pow,
    // to bits
    Lt,
    Le,
    Eq,
    Ne,
    // of bits
    And,
    Or,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fold {
    Sum,
    Max,
}

/// A contraction's feature dimensions by label: a label in both arguments and not in the result is summed over.
/// A matrix by a vector is `a: [0, 1], b: [1], out: [0]`. Every label stands in `a` or `b`, at most once in each.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Contraction {
    pub a: Vec<u8>,
    pub b: Vec<u8>,
    pub out: Vec<u8>,
}

impl Contraction {
    pub fn new(a: &[u8], b: &[u8], out: &[u8]) -> Contraction {
        Contraction {
            a: a.to_vec(),
            b: b.to_vec(),
            out: out.to_vec(),
        }
    }
    /// `W @ x`: [n, m] by [m] to [n].
    pub fn mat_vec() -> Contraction {
        Contraction::new(&[0, 1], &[1], &[0])
    }
}

impl Op {
    /// The values it reads, in order.
    pub fn args(&self) -> Vec<Value> {
        let mut out = Vec::new();
        self.clone().for_each_arg(|v| out.push(*v));
        out
    }

    /// Visits every argument in order; the one place that lists them.
    pub fn for_each_arg(&mut self, mut f: impl FnMut(&mut Value)) {
        match self {
            Op::Data(_)
            | Op::Param(_)
            | Op::Const(_)
            | Op::Count(_)
            | Op::Length(_)
            | Op::Position(_)
            | Op::Draw { .. }
            | Op::Training => {}
            Op::Equal(x)
            | Op::Unary(_, x)
            | Op::Slice { x, .. }
            | Op::Pad { x, .. }
            | Op::Reshape(x)
            | Op::Transpose(x)
            | Op::Fold { x, .. }
            | Op::ArgMax(x)
            | Op::OneHot(x)
            | Op::Spread(x)
            | Op::Reduce { x, .. }
            | Op::Edge { x, .. }
            | Op::Reverse { x, .. }
            | Op::Rename { x, .. }
            | Op::Stop(x) => f(x),
            Op::Binary(_, a, b) | Op::Contract { a, b, .. } => {
                f(a);
                f(b);
            }
            Op::Gather { table, index } => {
                f(table);
                f(index);
            }
            Op::Scatter { x, index, .. } | Op::Pick { x, index } | Op::Place { x, index, .. } => {
                f(x);
                f(index);
            }
            Op::Select { cond, yes, no } => {
                f(cond);
                f(yes);
                f(no);
            }
            Op::Concat(parts) => parts.iter_mut().for_each(f),
            Op::Shift { x, init, .. } => {
                f(x);
                if let Some(i) = init {
                    f(i);
                }
            }
        }
    }
}
