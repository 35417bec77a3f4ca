//! Which contractions are matrix products, and of what form.

use super::space::{Space, Spaces};
use crate::system::{AxisId, Op, System, Value};

/// An operand of a product: a matrix whose entry (i, j) lies `i * strides.0 + j * strides.1` from the start of its row
/// or, without axes, of its only row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operand {
    pub value: Value,
    pub strides: (usize, usize),
}

/// A contraction as a matrix product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Each row `x` [depth] by the same weights [depth, columns].
    Weights {
        x: Value,
        weights: Operand,
        depth: usize,
        columns: usize,
    },
    /// The sum over all rows of outer products: [left, right].
    Rows {
        a: Value,
        b: Value,
        left: usize,
        right: usize,
    },
    /// Of two matrices that have no axes.
    Once {
        a: Operand,
        b: Operand,
        rows: usize,
        columns: usize,
        depth: usize,
    },
    /// For each example the dot products of all its rows along two axes: a grid of numbers.
    Scores {
        outer: Value,
        inner: Value,
        depth: usize,
        axes: (AxisId, AxisId),
    },
    /// For each example its rows along one axis, summed as a grid weighs them for each step of the other.
    Weighed {
        weights: Value,
        rows: Value,
        width: usize,
        axes: (AxisId, AxisId),
        over_inner: bool,
    },
}

/// The form of a contraction, or none where it is computed row by row.
pub fn classify(system: &System, spaces: &Spaces, v: Value) -> Option<Product> {
    let Op::Contract { a, b, spec, over } = system.op(v) else {
        return None;
    };
    let (ta, tb) = (system.ty(*a), system.ty(*b));
    let space = |v: Value| spaces.of(system.ty(v)).ok();
    let (sa, sb) = (space(*a)?, space(*b)?);
    let shared: Vec<u8> = spec.a.iter().copied().filter(|l| spec.b.contains(l)).collect();
    // A label in both arguments and in the result is no matrix product; nor is one that is summed in one argument.
    let all_out = |labels: &[u8]| labels.iter().all(|l| spec.out.contains(l) != shared.contains(l));
    if !all_out(&spec.a) || !all_out(&spec.b) {
        return None;
    }
    if !over.is_empty() {
        let whole = sa == sb && sa != Space::Once && *over == sa.axes() && shared.is_empty();
        let (a, b, ta, tb) = match () {
            () if spec.out == [&spec.a[..], &spec.b[..]].concat() => (*a, *b, ta, tb),
            () if spec.out == [&spec.b[..], &spec.a[..]].concat() => (*b, *a, tb, ta),
            () => return None,
        };
        return (whole && ta.size() > 1 && tb.size() > 1).then(|| Product::Rows {
            a,
            b,
            left: ta.size(),
            right: tb.size(),
        });
    }
    if shared.is_empty() {
        return None;
    }
    // A number for each row of a grid: its rows, which are many, are best not stored.
    if matches!((sa, sb), (Space::Grid(..), _) | (_, Space::Grid(..))) && system.ty(v).size() == 1 {
        return None;
    }
    match (sa, sb) {
        (Space::Once, Space::Once) => {
            let a = matrix(*a, &ta.shape, &spec.a, &shared)?;
            let b = matrix(*b, &tb.shape, &spec.b, &shared)?;
            let (rows, columns) = (a.free, b.free);
            let result = [&free(&spec.a, &shared)[..], &free(&spec.b, &shared)[..]].concat();
            let swapped = [&free(&spec.b, &shared)[..], &free(&spec.a, &shared)[..]].concat();
            let depth = a.depth;
            let (a, b) = (a.by_depth_last(), b.by_depth_first());
            if spec.out == result {
                Some(Product::Once {
                    a,
                    b,
                    rows,
                    columns,
                    depth,
                })
            } else if spec.out == swapped {
                Some(Product::Once {
                    a: b.transposed(),
                    b: a.transposed(),
                    rows: columns,
                    columns: rows,
                    depth,
                })
            } else {
                None
            }
        }
        (Space::Once, _) => by_weights(*b, &spec.b, *a, &ta.shape, &spec.a, &spec.out),
        (_, Space::Once) => by_weights(*a, &spec.a, *b, &tb.shape, &spec.b, &spec.out),
        _ => None,
    }
}

/// `x` must be all contracted; the result is then the free labels of the weights, in their order.
fn by_weights(x: Value, x_labels: &[u8], w: Value, shape: &[usize], labels: &[u8], out: &[u8]) -> Option<Product> {
    let m = matrix(w, shape, labels, x_labels)?;
    (free(labels, x_labels) == out).then(|| Product::Weights {
        x,
        weights: m.by_depth_first(),
        depth: m.depth,
        columns: m.free,
    })
}

fn free(labels: &[u8], shared: &[u8]) -> Vec<u8> {
    labels.iter().copied().filter(|l| !shared.contains(l)).collect()
}

#[derive(Clone, Copy)]
struct Matrix {
    value: Value,
    free: usize,
    depth: usize,
    free_stride: usize,
    depth_stride: usize,
}

impl Matrix {
    fn by_depth_first(self) -> Operand {
        Operand {
            value: self.value,
            strides: (self.depth_stride, self.free_stride),
        }
    }
    fn by_depth_last(self) -> Operand {
        self.by_depth_first().transposed()
    }
}

impl Operand {
    fn transposed(self) -> Operand {
        Operand {
            strides: (self.strides.1, self.strides.0),
            ..self
        }
    }
}

/// An array as a matrix of its free and its contracted labels: either all of the one kind come first, or the other.
fn matrix(value: Value, shape: &[usize], labels: &[u8], shared: &[u8]) -> Option<Matrix> {
    let f = free(labels, shared);
    let size = |ls: &[u8]| -> usize {
        labels
            .iter()
            .zip(shape)
            .filter(|(l, _)| ls.contains(l))
            .map(|(_, n)| n)
            .product()
    };
    let (n, k) = (size(&f), size(shared));
    let (free_stride, depth_stride) = if labels == [&f[..], shared].concat() {
        (k, 1)
    } else if labels == [shared, &f[..]].concat() {
        (1, n)
    } else {
        return None;
    };
    Some(Matrix {
        value,
        free: n,
        depth: k,
        free_stride,
        depth_stride,
    })
}
