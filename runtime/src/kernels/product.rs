//! The product of two strided matrices, packed on the way: gradients of weights, products of parameters.

use super::panels::{Panels, View};
use super::rows::{slot, slot_mut};
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

/// The right side of a sum of outer products.
pub struct Outer<'a, R> {
    b: View<'a, R>,
    columns: usize,
    sum: &'a mut [R],
}

impl<'a, R> Outer<'a, R> {
    /// Rows of so many columns; the sum is dense, a row for each element of the left side.
    pub fn new(b: View<'a, R>, columns: usize, sum: &'a mut [R]) -> Outer<'a, R> {
        Outer { b, columns, sum }
    }
}

/// The sums over all rows of a sequence of outer products: each row of `a`, of `m` elements, by the same row of every
/// right side. The rows of `a` are packed once for all of them.
pub fn outer_products<R: Real>(
    scratch: &mut Scratch<R>,
    (steps, way): (&Steps, Way),
    m: usize,
    a: View<'_, R>,
    outers: &mut [Outer<'_, R>],
    add: bool,
) {
    if steps.total() == 0 && !add {
        outers.iter_mut().for_each(|o| o.sum[..m * o.columns].fill(R::ZERO));
    }
    let mut add = add;
    for_each_block(steps, way, |rows| {
        for start in rows.clone().step_by(DEPTH) {
            let depth = DEPTH.min(rows.end - start);
            pack_rows(&mut scratch.a, a.at(start, 0).transposed(), m, depth);
            for o in outers.iter_mut() {
                scratch.b.pack(o.b.at(start, 0), depth, o.columns);
                scratch
                    .b
                    .product_of_rows(&scratch.a, m, &mut o.sum[..m * o.columns], add);
            }
            add = true;
        }
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
            let to: &mut [R; ROWS] = slot_mut(out, (block * depth + k) * ROWS);
            match column.strides.0 {
                1 if first + ROWS <= rows => *to = *slot(column.data, first),
                stride => {
                    for (i, to) in to.iter_mut().enumerate() {
                        *to = if first + i < rows {
                            column.data[(first + i) * stride]
                        } else {
                            R::default()
                        };
                    }
                }
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

    /// Each right side as if it were alone; one has as many rows in a step as are packed at a time, and more.
    #[test]
    fn outer_products_agree_with_plain_sums() {
        let mut scratch = Scratch::default();
        for lengths in [vec![0, 0], vec![3, 0, 5], vec![2; 700]] {
            let steps = Steps::new(lengths);
            let rows = steps.total();
            let numbers = |n: usize, k: usize| -> Vec<f64> { (0..n).map(|i| ((i * k) % 17) as f64 - 8.0).collect() };
            let (m, widths) = (7, [5, 66]);
            let (a, b) = (numbers(rows * m, 31), widths.map(|n| numbers(rows * n, 29)));
            let mut sums = widths.map(|n| vec![3.0; m * n]);
            for (way, add) in [(Way::Forward, false), (Way::Backward, true)] {
                let sides = b.iter().zip(widths).zip(&mut sums);
                let mut outers: Vec<Outer<f64>> = sides
                    .map(|((b, n), sum)| Outer::new(View::new(b, n, 1), n, sum))
                    .collect();
                outer_products(&mut scratch, (&steps, way), m, View::new(&a, m, 1), &mut outers, add);
            }
            for ((b, n), sum) in b.iter().zip(widths).zip(&sums) {
                for (at, got) in sum.iter().enumerate() {
                    let (i, j) = (at / n, at % n);
                    let want: f64 = (0..rows).map(|r| a[r * m + i] * b[r * n + j]).sum();
                    assert_eq!(*got, 2.0 * want);
                }
            }
        }
    }

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
