//! Matrix products of each example by itself, of values over two axes: scores of all pairs of steps, and what they weigh.
//!
//! An example's rows along an axis lie apart, so they are gathered first and the product's rows are put back: that is
//! as many copies as there are rows, and the product has as many terms a row as the other axis has steps.

use super::View;
use super::product::{Scratch, product};
use crate::batch::{Grid, Steps};
use crate::real::Real;

/// Where the products of one example gather their arguments; reused from call to call.
#[derive(Clone, Debug, Default)]
pub struct PairScratch<R: Real> {
    product: Scratch<R>,
    outer: Vec<R>,
    inner: Vec<R>,
    grid: Vec<R>,
}

/// Two axes, and the grid of their pairs of steps.
#[derive(Clone, Copy)]
pub struct Pairs<'a> {
    pub outer: &'a Steps,
    pub inner: &'a Steps,
    pub grid: &'a Grid,
}

impl Pairs<'_> {
    /// Of each pair of steps the sum of products of `depth` features of both.
    pub fn scores<R: Real>(
        self,
        scratch: &mut PairScratch<R>,
        depth: usize,
        outer: View<'_, R>,
        inner: View<'_, R>,
        out: &mut [R],
    ) {
        self.for_each(|example| {
            let (t, s) = example.steps(self);
            gather(&mut scratch.outer, outer, example.outer_rows(self), depth);
            gather(&mut scratch.inner, inner, example.inner_rows(self), depth);
            room(&mut scratch.grid, t * s);
            let (a, b) = (View::new(&scratch.outer, depth, 1), View::new(&scratch.inner, 1, depth));
            product(&mut scratch.product, (t, s, depth), a, b, &mut scratch.grid, false);
            for (row, first) in scratch.grid.chunks_exact(s.max(1)).zip(example.cells(self)) {
                out[first..first + s].copy_from_slice(&row[..s]);
            }
        });
    }

    /// For each row of the outer axis the sum of its example's rows of `width` of the inner one, as the grid weighs them.
    pub fn over_inner<R: Real>(
        self,
        scratch: &mut PairScratch<R>,
        width: usize,
        grid: View<'_, R>,
        inner: View<'_, R>,
        out: &mut [R],
    ) {
        self.for_each(|example| {
            let (t, s) = example.steps(self);
            gather_cells(&mut scratch.grid, grid, example.cells(self), s);
            gather(&mut scratch.inner, inner, example.inner_rows(self), width);
            room(&mut scratch.outer, t * width);
            let (a, b) = (View::new(&scratch.grid, s, 1), View::new(&scratch.inner, width, 1));
            product(&mut scratch.product, (t, width, s), a, b, &mut scratch.outer, false);
            scatter(&scratch.outer, example.outer_rows(self), width, out);
        });
    }

    /// For each row of the inner axis the sum of its example's rows of `width` of the outer one, as the grid weighs them.
    pub fn over_outer<R: Real>(
        self,
        scratch: &mut PairScratch<R>,
        width: usize,
        grid: View<'_, R>,
        outer: View<'_, R>,
        out: &mut [R],
    ) {
        self.for_each(|example| {
            let (t, s) = example.steps(self);
            gather_cells(&mut scratch.grid, grid, example.cells(self), s);
            gather(&mut scratch.outer, outer, example.outer_rows(self), width);
            room(&mut scratch.inner, s * width);
            let (a, b) = (View::new(&scratch.grid, 1, s), View::new(&scratch.outer, width, 1));
            product(&mut scratch.product, (s, width, t), a, b, &mut scratch.inner, false);
            scatter(&scratch.inner, example.inner_rows(self), width, out);
        });
    }

    fn for_each(self, mut f: impl FnMut(Example)) {
        for (slot, &example) in self.outer.order.iter().enumerate() {
            f(Example { example, slot });
        }
    }
}

/// An example, and its row in every step of the outer axis.
#[derive(Clone, Copy)]
struct Example {
    example: usize,
    slot: usize,
}

impl Example {
    fn steps(self, pairs: Pairs<'_>) -> (usize, usize) {
        (pairs.outer.lengths[self.example], pairs.inner.lengths[self.example])
    }

    fn outer_rows(self, pairs: Pairs<'_>) -> impl Iterator<Item = usize> {
        (0..pairs.outer.lengths[self.example]).map(move |t| pairs.outer.offsets[t] + self.slot)
    }

    fn inner_rows(self, pairs: Pairs<'_>) -> impl Iterator<Item = usize> {
        let slot = pairs.grid.slots[self.example];
        (0..pairs.inner.lengths[self.example]).map(move |s| pairs.inner.offsets[s] + slot)
    }

    /// The first row of the grid of each of its rows along the outer axis.
    fn cells(self, pairs: Pairs<'_>) -> impl Iterator<Item = usize> {
        self.outer_rows(pairs).map(move |r| pairs.grid.offsets[r])
    }
}

fn room<R: Real>(buffer: &mut Vec<R>, len: usize) {
    buffer.clear();
    buffer.resize(len, R::ZERO);
}

fn gather<R: Real>(to: &mut Vec<R>, x: View<'_, R>, rows: impl Iterator<Item = usize>, width: usize) {
    to.clear();
    rows.for_each(|r| to.extend_from_slice(&x.data[r * x.strides.0..][..width]));
}

/// The numbers of a grid: `steps` from each of `cells` on.
fn gather_cells<R: Real>(to: &mut Vec<R>, x: View<'_, R>, cells: impl Iterator<Item = usize>, steps: usize) {
    to.clear();
    for first in cells {
        to.extend((first..first + steps).map(|g| x.data[g * x.strides.0]));
    }
}

fn scatter<R: Real>(x: &[R], rows: impl Iterator<Item = usize>, width: usize, out: &mut [R]) {
    for (row, r) in x.chunks_exact(width).zip(rows) {
        out[r * width..][..width].copy_from_slice(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_ragged_examples() {
        let (outer, inner) = (Steps::new(vec![2, 0, 3, 1]), Steps::new(vec![1, 4, 2, 0]));
        let mut grid = Grid::default();
        grid.lay(&outer, &inner);
        let pairs = Pairs {
            outer: &outer,
            inner: &inner,
            grid: &grid,
        };
        let numbers = |n: usize| (0..n).map(|i| ((i * 7) % 11) as f64 - 5.0).collect::<Vec<_>>();
        let (a, b, w) = (
            numbers(outer.total() * 3),
            numbers(inner.total() * 3),
            numbers(grid.total()),
        );
        let (va, vb, vw) = (View::new(&a, 3, 1), View::new(&b, 3, 1), View::new(&w, 1, 1));
        let mut scratch = PairScratch::default();
        let mut scores = vec![9.0; grid.total()];
        let (mut of_outer, mut of_inner) = (vec![9.0; a.len()], vec![9.0; b.len()]);
        pairs.scores(&mut scratch, 3, va, vb, &mut scores);
        pairs.over_inner(&mut scratch, 3, vw, vb, &mut of_outer);
        pairs.over_outer(&mut scratch, 3, vw, va, &mut of_inner);
        let (mut want_outer, mut want_inner) = (vec![0.0; a.len()], vec![0.0; b.len()]);
        for t in 0..outer.steps() {
            for (j, r) in outer.rows(t).enumerate() {
                let e = outer.order[j];
                for (s, g) in (grid.offsets[r]..grid.offsets[r + 1]).enumerate() {
                    let u = inner.offsets[s] + grid.slots[e];
                    assert_eq!(scores[g], (0..3).map(|i| a[r * 3 + i] * b[u * 3 + i]).sum::<f64>());
                    for i in 0..3 {
                        want_outer[r * 3 + i] += w[g] * b[u * 3 + i];
                        want_inner[u * 3 + i] += w[g] * a[r * 3 + i];
                    }
                }
            }
        }
        assert_eq!((of_outer, of_inner), (want_outer, want_inner));
    }
}
