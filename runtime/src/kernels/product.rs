//! The product of two strided matrices, packed on the way: gradients of weights, products of parameters.

use super::panels::{Panels, View};
use super::steps::{Way, for_each_block};
use super::tile::{Kernel, ROWS, Tile};
use crate::batch::Steps;
use crate::real::Real;

/// Where a product packs its arguments; reused from call to call.
#[derive(Clone, Debug)]
pub struct Scratch<R> {
    a: Vec<R>,
    b: Panels<R>,
}

impl<R: Kernel + Default> Default for Scratch<R> {
    fn default() -> Scratch<R> {
        Scratch {
            a: Vec::new(),
            b: Panels::default(),
        }
    }
}

/// Terms of the sums that are packed at a time: a panel of so many rows stays in the second cache.
const DEPTH: usize = 320;

/// `C[m, n] = A[m, k] B[k, n]`, or `C +=` it. `C` is dense, row by row.
pub fn product<R: Kernel + Default>(
    scratch: &mut Scratch<R>,
    (m, n, k): (usize, usize, usize),
    a: View<'_, R>,
    b: View<'_, R>,
    c: &mut [R],
    add: bool,
) {
    let c = &mut c[..m * n];
    if k == 0 && !add {
        c.fill(R::default());
    }
    for start in (0..k).step_by(DEPTH) {
        let depth = DEPTH.min(k - start);
        let add = add || start > 0;
        scratch.b.pack(b.at(start, 0), depth, n);
        let a = a.at(0, start);
        if a.strides.1 == 1 {
            scratch.b.product(m, a, c, n, add);
        } else {
            pack_rows(&mut scratch.a, a, m, depth);
            scratch.b.product_of_rows(&scratch.a, m, c, add);
        }
    }
}

/// The sum over all rows of a sequence of outer products, `C[m, n]`: each row of `a` by the same row of `b`.
pub fn outer_products<R: Real>(
    scratch: &mut Scratch<R>,
    (steps, way): (&Steps, Way),
    (m, n): (usize, usize),
    a: View<'_, R>,
    b: View<'_, R>,
    c: &mut [R],
    add: bool,
) {
    let mut add = add;
    if steps.total() == 0 {
        product(scratch, (m, n, 0), a.transposed(), b, c, add);
    }
    for_each_block(steps, way, |rows| {
        let (a, b) = (a.at(rows.start, 0).transposed(), b.at(rows.start, 0));
        product(scratch, (m, n, rows.len()), a, b, c, add);
        add = true;
    });
}

/// Packs `A` in blocks of [`ROWS`] rows, each column by column; the last block is filled up with zeros.
fn pack_rows<R: Kernel + Default>(out: &mut Vec<R>, a: View<'_, R>, rows: usize, depth: usize) {
    let needed = rows.div_ceil(ROWS) * ROWS * depth;
    if out.len() < needed {
        out.resize(needed, R::default());
    }
    // Column by column of `A`, which in a gradient is one row of a buffer.
    for k in 0..depth {
        let column = a.at(0, k);
        for (block, first) in (0..rows).step_by(ROWS).enumerate() {
            let to = &mut out[(block * depth + k) * ROWS..][..ROWS];
            for (i, to) in to.iter_mut().enumerate() {
                *to = if first + i < rows {
                    column.data[(first + i) * column.strides.0]
                } else {
                    R::default()
                };
            }
        }
    }
}

impl<R: Kernel + Default> Panels<R> {
    /// `C = A B`, or `C += A B`, with `A` packed by [`pack_rows`].
    fn product_of_rows(&self, a: &[R], rows: usize, c: &mut [R], add: bool) {
        let (depth, columns) = self.size();
        let lanes = self.lanes();
        let width = self.width();
        for first in (0..columns).step_by(width) {
            let used = width.min(columns - first);
            let vectors = used.div_ceil(lanes);
            for r in (0..rows).step_by(ROWS) {
                R::tile(
                    self.isa(),
                    Tile {
                        rows: ROWS.min(rows - r),
                        vectors,
                        depth,
                        a: &a[r * depth..][..ROWS * depth],
                        a_strides: (1, ROWS),
                        panel: &self.panel(first)[..depth * vectors * lanes],
                        c: &mut c[r * columns + first..],
                        c_stride: columns,
                        columns: used,
                        add,
                    },
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strided_products_agree_with_plain_sums() {
        let mut scratch = Scratch::default();
        for (m, n, k) in [(1, 1, 1), (7, 70, 0), (13, 5, 700), (20, 65, 33)] {
            for a_by_columns in [false, true] {
                let a: Vec<f64> = (0..m * k).map(|i| ((i * 31) % 17) as f64 - 8.0).collect();
                let b: Vec<f64> = (0..n * k).map(|i| ((i * 29) % 13) as f64 - 6.0).collect();
                let (ar, ac) = if a_by_columns { (1, m) } else { (k, 1) };
                let mut c = vec![3.0; m * n];
                product(
                    &mut scratch,
                    (m, n, k),
                    View::new(&a, ar, ac),
                    View::new(&b, n, 1),
                    &mut c,
                    true,
                );
                for i in 0..m {
                    for j in 0..n {
                        let want: f64 = (0..k).map(|p| a[i * ar + p * ac] * b[p * n + j]).sum();
                        assert_eq!(c[i * n + j], want + 3.0);
                    }
                }
            }
        }
    }
}
