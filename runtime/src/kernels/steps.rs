//! Folds and moves over the rows of packed buffers.

use super::View;
use super::rows::accumulate;
use crate::batch::Steps;
use crate::real::Real;

const LANES: usize = 16;
const BLOCK: usize = 64;

/// The order in which the rows of a sequence are added up, block of steps by block of steps: sums that later steps need
/// from the first block to the last, those of a derivative from the last to the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Forward,
    Backward,
}

/// Calls with the rows of each [block](Steps::blocks).
pub(super) fn for_each_block(steps: &Steps, way: Way, f: impl FnMut(std::ops::Range<usize>)) {
    match way {
        Way::Forward => steps.blocks().for_each(f),
        Way::Backward => steps.blocks().rev().for_each(f),
    }
}

/// The sum of `rows` rows of `out.len()`. Sums run over blocks of rows first: errors grow with the number of blocks.
pub fn sum_rows<R: Real>(rows: usize, x: View<'_, R>, out: &mut [R]) {
    out.fill(R::ZERO);
    add_rows(0..rows, x, out);
}

/// The same of all rows of a sequence; with `add` on top of what `out` holds.
pub fn sum_all<R: Real>(steps: &Steps, way: Way, x: View<'_, R>, out: &mut [R], add: bool) {
    if !add {
        out.fill(R::ZERO);
    }
    for_each_block(steps, way, |rows| add_rows(rows, x, out));
}

fn add_rows<R: Real>(rows: std::ops::Range<usize>, x: View<'_, R>, out: &mut [R]) {
    let width = out.len();
    for top in rows.clone().step_by(BLOCK) {
        let bottom = rows.end.min(top + BLOCK);
        for (first, out) in (0..width).step_by(LANES).zip(out.chunks_mut(LANES)) {
            let mut sums = [R::ZERO; LANES];
            for r in top..bottom {
                let row = &x.data[r * x.strides.0 + first..][..out.len()];
                match row.first_chunk::<LANES>() {
                    Some(row) => {
                        for (s, x) in sums.iter_mut().zip(row) {
                            *s += *x;
                        }
                    }
                    None => accumulate(&mut sums, row),
                }
            }
            accumulate(out, &sums);
        }
    }
}

/// The largest of `rows` rows, element by element; minus infinity of none.
pub fn max_rows<R: Real>(rows: usize, x: View<'_, R>, out: &mut [R]) {
    out.fill(R::NEG_INFINITY);
    larger_rows(rows, x, out);
}

/// The same of all rows of a sequence; with `add` beside what `out` holds.
pub fn max_all<R: Real>(steps: &Steps, x: View<'_, R>, out: &mut [R], add: bool) {
    if !add {
        out.fill(R::NEG_INFINITY);
    }
    larger_rows(steps.total(), x, out);
}

fn larger_rows<R: Real>(rows: usize, x: View<'_, R>, out: &mut [R]) {
    for r in 0..rows {
        for (m, x) in out.iter_mut().zip(&x.data[r * x.strides.0..]) {
            *m = m.maximum(*x);
        }
    }
}

/// For each example the sum of its rows of `width`, in the order of the examples; with `add` on top of what `out` holds.
pub fn sum_steps<R: Real>(steps: &Steps, way: Way, x: View<'_, R>, width: usize, out: &mut [R], add: bool) {
    fold_steps(steps, way, x, (width, out, add), R::ZERO, |a, b| a + b);
}

/// For each example the largest of its rows, element by element; minus infinity of none. With `add` beside what `out`
/// holds.
pub fn max_steps<R: Real>(steps: &Steps, x: View<'_, R>, width: usize, out: &mut [R], add: bool) {
    fold_steps(steps, Way::Forward, x, (width, out, add), R::NEG_INFINITY, R::maximum);
}

fn fold_steps<R: Real>(
    steps: &Steps,
    way: Way,
    x: View<'_, R>,
    (width, out, add): (usize, &mut [R], bool),
    empty: R,
    fold: impl Fn(R, R) -> R,
) {
    if !add {
        out[..steps.lengths.len() * width].fill(empty);
    }
    for t in 0..steps.steps() {
        let t = match way {
            Way::Forward => t,
            Way::Backward => steps.steps() - 1 - t,
        };
        for (r, &example) in steps.rows(t).zip(&steps.order) {
            let row = &x.data[r * x.strides.0..][..width];
            for (to, x) in out[example * width..].iter_mut().zip(row) {
                *to = fold(*to, *x);
            }
        }
    }
}

/// The rows that a shift by `by` pushes over the end of their examples, summed by example. With `add` the steps are one
/// of several segments, and `by` is 1 or -1: the edge of the others stays.
pub fn edge<R: Real>(steps: &Steps, by: isize, x: View<'_, R>, width: usize, out: &mut [R], add: bool) {
    if !add {
        out[..steps.lengths.len() * width].fill(R::ZERO);
    }
    for_each_edge(steps, by, |r, example| {
        let row = &x.data[r * x.strides.0..][..width];
        accumulate(&mut out[example * width..][..width], row);
    });
}

/// The index that a shift by one pushes over the end of each example; *nothing* of an empty one.
pub fn edge_index(steps: &Steps, by: isize, x: &[u32], out: &mut [u32], add: bool) {
    if !add {
        out[..steps.lengths.len()].fill(super::rows::NOTHING);
    }
    for_each_edge(steps, by, |r, example| out[example] = x[r]);
}

/// Calls with each row whose step less `by` lies outside of its example, and with the example.
fn for_each_edge(steps: &Steps, by: isize, mut f: impl FnMut(usize, usize)) {
    let lag = by.unsigned_abs();
    for t in 0..steps.steps() {
        // Forwards the first steps; backwards those rows that end within `lag` steps.
        let rows = match by > 0 {
            true if steps.start + t < lag => steps.rows(t),
            true => break,
            false if t + lag == steps.steps() => steps.offsets[t] + steps.after..steps.offsets[t + 1],
            false => steps.offsets[t] + steps.active(t + lag)..steps.offsets[t + 1],
        };
        for r in rows {
            f(r, steps.order[r - steps.offsets[t]]);
        }
    }
}

/// The rows of each example in opposite order.
pub fn reverse<R: Real>(steps: &Steps, x: View<'_, R>, width: usize, out: &mut [R]) {
    for_each_reversed(steps, |from, to| {
        out[to * width..][..width].copy_from_slice(&x.data[from * x.strides.0..][..width]);
    });
}

/// The indices of each example in opposite order.
pub fn reverse_index(steps: &Steps, x: &[u32], out: &mut [u32]) {
    for_each_reversed(steps, |from, to| out[to] = x[from]);
}

fn for_each_reversed(steps: &Steps, mut f: impl FnMut(usize, usize)) {
    for t in 0..steps.steps() {
        for (j, from) in steps.rows(t).enumerate() {
            let last = steps.lengths[steps.order[j]] - 1;
            f(from, steps.offsets[last - t] + j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ragged() -> (Steps, Vec<f64>) {
        // Example 1 is empty; rows: step 0 has examples 2, 0, 3; step 1 has 2, 0; step 2 has 2.
        let steps = Steps::new(vec![2, 0, 3, 1]);
        (steps, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    }

    #[test]
    fn folds_and_edges_of_ragged_examples() {
        let (steps, x) = ragged();
        let x = View::new(&x, 1, 1);
        let mut out = vec![9.0; 4];
        sum_steps(&steps, Way::Backward, x, 1, &mut out, false);
        assert_eq!(out, [7.0, 0.0, 11.0, 3.0]);
        max_steps(&steps, x, 1, &mut out, false);
        assert_eq!(out, [5.0, f64::NEG_INFINITY, 6.0, 3.0]);
        edge(&steps, -1, x, 1, &mut out, false);
        assert_eq!(out, [5.0, 0.0, 6.0, 3.0]);
        edge(&steps, 2, x, 1, &mut out, false);
        assert_eq!(out, [7.0, 0.0, 5.0, 3.0]);
        let mut whole = vec![0.0];
        sum_rows(6, x, &mut whole);
        assert_eq!(whole, [21.0]);
        let mut reversed = vec![0.0; 6];
        reverse(&steps, x, 1, &mut reversed);
        assert_eq!(reversed, [6.0, 5.0, 3.0, 4.0, 2.0, 1.0]);
        let mut ends = vec![0; 4];
        edge_index(&steps, 1, &[1, 2, 3, 4, 5, 6], &mut ends, false);
        assert_eq!(ends, [2, u32::MAX, 1, 3]);
    }

    #[test]
    fn wide_rows_are_summed_in_blocks() {
        let x: Vec<f64> = (0..200 * 37).map(|i| (i % 23) as f64).collect();
        let mut out = vec![0.0; 30];
        sum_rows(200, View::new(&x[7..], 37, 1), &mut out);
        for (j, out) in out.iter().enumerate() {
            assert_eq!(*out, (0..200).map(|r| x[r * 37 + 7 + j]).sum::<f64>());
        }
    }
}
