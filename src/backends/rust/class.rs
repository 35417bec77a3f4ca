//! What kind of work an operation is: the one place that lists them all for this back end.

use crate::system::Op;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Read where it is: inputs, parameters, numbers.
    Leaf,
    /// Other names for elements of another value.
    View,
    /// Another row of a value.
    Shift,
    /// Element by element.
    Elementwise,
    /// A row to a number.
    Number,
    /// A row of a table.
    Lookup,
    /// A row from a whole row.
    Array,
    /// A row written part by part.
    Pieces,
    /// A product: of matrices where it can be, else row by row.
    Contraction,
    /// Along axes.
    Fold,
}

pub fn class(op: &Op) -> Class {
    match op {
        Op::Data(_) | Op::Param(_) | Op::Const(_) | Op::Count(_) | Op::Length(_) | Op::Position(_) | Op::Training => {
            Class::Leaf
        }
        Op::Equal(_) | Op::Slice { .. } | Op::Reshape(_) | Op::Spread(_) | Op::Stop(_) | Op::Rename { .. } => {
            Class::View
        }
        Op::Shift { .. } => Class::Shift,
        Op::Unary(..) | Op::Binary(..) | Op::Select { .. } | Op::OneHot(_) | Op::Place { .. } | Op::Draw { .. } => {
            Class::Elementwise
        }
        Op::Fold { .. } | Op::ArgMax(_) | Op::Pick { .. } => Class::Number,
        Op::Gather { .. } => Class::Lookup,
        Op::Transpose(_) => Class::Array,
        Op::Concat(_) | Op::Pad { .. } => Class::Pieces,
        Op::Contract { .. } => Class::Contraction,
        Op::Reduce { .. } | Op::Edge { .. } | Op::Reverse { .. } | Op::Scatter { .. } => Class::Fold,
    }
}
