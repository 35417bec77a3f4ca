//! How much arithmetic operations are.

use crate::system::{Op, System, Unary, Value};
use serde::Serialize;
use std::collections::BTreeMap;

/// The arithmetic of an operation at one position of its arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Work {
    /// Multiplications and additions of products, each counted as one.
    pub products: usize,
    /// Entries of elementwise operations and of reductions.
    pub elements: usize,
    /// Those of them that take many instructions: exponentials, logarithms and the like.
    pub functions: usize,
}

impl Work {
    pub fn of(s: &System, v: Value) -> Work {
        let size = |v: Value| s.ty(v).size();
        let elements = |elements: usize| Work {
            elements,
            ..Work::default()
        };
        match s.op(v) {
            Op::Contract { a, b, spec, .. } => {
                let dims = spec
                    .a
                    .iter()
                    .zip(&s.ty(*a).shape)
                    .chain(spec.b.iter().zip(&s.ty(*b).shape));
                let dims: BTreeMap<u8, usize> = dims.map(|(label, n)| (*label, *n)).collect();
                Work {
                    products: 2 * dims.values().product::<usize>(),
                    ..Work::default()
                }
            }
            Op::Unary(f, _) => Work {
                functions: if is_function(*f) { size(v) } else { 0 },
                ..elements(size(v))
            },
            Op::Binary(..) | Op::Select { .. } | Op::Draw { .. } => elements(size(v)),
            Op::Fold { x, .. } | Op::ArgMax(x) | Op::Reduce { x, .. } | Op::Scatter { x, .. } => elements(size(*x)),
            Op::Data(_)
            | Op::Param(_)
            | Op::Const(_)
            | Op::Count(_)
            | Op::Length(_)
            | Op::Position(_)
            | Op::Rename { .. }
            | Op::Training
            | Op::Equal(_)
            | Op::Concat(_)
            | Op::Slice { .. }
            | Op::Pad { .. }
            | Op::Reshape(_)
            | Op::Transpose(_)
            | Op::OneHot(_)
            | Op::Spread(_)
            | Op::Shift { .. }
            | Op::Edge { .. }
            | Op::Reverse { .. }
            | Op::Gather { .. }
            | Op::Pick { .. }
            | Op::Place { .. }
            | Op::Stop(_) => Work::default(),
        }
    }

    /// All together.
    pub fn flops(self) -> usize {
        self.products + self.elements
    }
}

impl std::ops::AddAssign for Work {
    fn add_assign(&mut self, other: Work) {
        self.products += other.products;
        self.elements += other.elements;
        self.functions += other.functions;
    }
}

/// Whether one entry takes many instructions.
fn is_function(f: Unary) -> bool {
    match f {
        Unary::Exp
        | Unary::Log
        | Unary::Sqrt
        | Unary::Sin
        | Unary::Cos
        | Unary::Tanh
        | Unary::Sigmoid
        | Unary::Softplus => true,
        Unary::Neg | Unary::Abs | Unary::Sign | Unary::Relu | Unary::Floor | Unary::Not => false,
    }
}
