//! A batch of examples, packed: padding does not exist.
//!
//! A value over the batch and a sequence axis is stored step by step. At step `t` stand the rows of those examples
//! that are longer than `t`, longest first, so the rows of step `t` are the first ones of step `t - 1`. A map over all
//! steps is a loop (or one matrix product) over all rows; a scan runs step by step over `rows(t)`.

use std::ops::Range;

/// How the examples of a batch lie along one axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    /// The length of each example.
    pub lengths: Vec<usize>,
    /// `order[j]` is the example in row `j` of every step: by decreasing length, ties in the order of the examples.
    pub order: Vec<usize>,
    /// `offsets[t]` is the first row of step `t`; one entry more than there are steps.
    pub offsets: Vec<usize>,
    /// The number of the first step: 0, but for a [segment](crate::segments) of longer sequences.
    pub start: usize,
    /// How many examples have a step after the last of these; 0 but for a segment.
    pub after: usize,
}

/// Rows that sums over a sequence add up at a time.
const ROWS_AT_A_TIME: usize = 320;

impl Steps {
    pub fn new(lengths: Vec<usize>) -> Steps {
        let mut order: Vec<usize> = (0..lengths.len()).collect();
        order.sort_by_key(|&e| std::cmp::Reverse(lengths[e]));
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let mut offsets = vec![0];
        for t in 0..longest {
            let active = lengths.iter().filter(|&&l| l > t).count();
            offsets.push(offsets[t] + active);
        }
        Steps {
            lengths,
            order,
            offsets,
            start: 0,
            after: 0,
        }
    }

    /// How many steps sums over the sequence add up at a time. It depends on the number of examples only, so that the
    /// sums of segments, each of some such blocks, are those of the whole.
    pub fn block(&self) -> usize {
        (ROWS_AT_A_TIME / self.lengths.len().max(1)).max(1)
    }

    /// The rows of each block of steps.
    pub fn blocks(&self) -> impl DoubleEndedIterator<Item = Range<usize>> {
        let (steps, block) = (self.steps(), self.block());
        (0..steps.div_ceil(block)).map(move |b| self.offsets[b * block]..self.offsets[steps.min((b + 1) * block)])
    }

    /// Makes `segment` these steps of every example, in the same order of the examples.
    pub fn cut(&self, range: Range<usize>, segment: &mut Steps) {
        segment.start = range.start;
        segment.after = self.active(range.end);
        segment.order.clone_from(&self.order);
        segment.lengths.clear();
        let within = |l: &usize| l.saturating_sub(range.start).min(range.len());
        segment.lengths.extend(self.lengths.iter().map(within));
        segment.offsets.clear();
        let first = self.offsets[range.start];
        let offsets = self.offsets[range.start..=range.end].iter();
        segment.offsets.extend(offsets.map(|o| o - first));
    }

    /// The number of steps of the longest example.
    pub fn steps(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The number of rows in all: the sum of the lengths.
    pub fn total(&self) -> usize {
        self.offsets[self.steps()]
    }

    /// The rows of step `t`.
    pub fn rows(&self, t: usize) -> Range<usize> {
        self.offsets[t]..self.offsets[t + 1]
    }

    /// How many examples reach step `t`; 0 beyond the longest.
    pub fn active(&self, t: usize) -> usize {
        if t < self.steps() {
            self.offsets[t + 1] - self.offsets[t]
        } else {
            0
        }
    }
}

/// How the rows of values over two axes lie: for each row along the outer axis, as they are packed, those of its
/// example's steps along the inner one. The rows of a step of the outer axis, and of one of its rows, are contiguous.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    /// `offsets[r]` is the first row of row `r` of the outer axis; one entry more than there are rows.
    pub offsets: Vec<usize>,
    /// `slots[e]` is the row of example `e` in every step of the inner axis that it reaches.
    pub slots: Vec<usize>,
}

impl Grid {
    /// Lays out a batch; allocates only when it is larger than any before.
    pub fn lay(&mut self, outer: &Steps, inner: &Steps) {
        self.slots.clear();
        self.slots.resize(inner.order.len(), 0);
        for (j, &e) in inner.order.iter().enumerate() {
            self.slots[e] = j;
        }
        self.offsets.clear();
        self.offsets.push(0);
        let mut end = 0;
        for t in 0..outer.steps() {
            for &e in &outer.order[..outer.active(t)] {
                end += inner.lengths[e];
                self.offsets.push(end);
            }
        }
    }

    /// The number of rows in all.
    pub fn total(&self) -> usize {
        self.offsets[self.offsets.len() - 1]
    }

    /// The rows of these rows of the outer axis.
    pub fn cells(&self, rows: &Range<usize>) -> Range<usize> {
        self.offsets[rows.start]..self.offsets[rows.end]
    }

    /// Rows of `width` elements in the order of the grid whose outer axis is this one's inner.
    pub fn turned<R: Copy>(&self, outer: &Steps, inner: &Steps, rows: &[R], width: usize) -> Vec<R> {
        let mut out = Vec::with_capacity(rows.len());
        let mut slots = vec![0; outer.order.len()];
        outer.order.iter().enumerate().for_each(|(j, &e)| slots[e] = j);
        for s in 0..inner.steps() {
            for &e in &inner.order[..inner.active(s)] {
                for t in 0..outer.lengths[e] {
                    let from = self.offsets[outer.offsets[t] + slots[e]] + s;
                    out.extend_from_slice(&rows[from * width..][..width]);
                }
            }
        }
        out
    }
}

/// The values of one input or target for all examples.
#[derive(Clone, Debug, PartialEq)]
pub enum Column<R> {
    /// Packed rows of features: reals, and bits as 0 and 1.
    Real(Vec<R>),
    /// Packed rows of one class each; `u32::MAX` is *nothing*.
    Index(Vec<u32>),
}

/// Some examples, or a shard of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch<R> {
    /// A number for each example that stays the same however the batch is split; it seeds the draws.
    pub ids: Vec<u64>,
    /// One for each axis of the model, in its order; the first, the batch itself, has one step for every example.
    pub axes: Vec<Steps>,
    /// One for each entry of the model's `data`, in its order. Once per example: in the order of the examples.
    /// Over an axis: packed in that axis's order.
    pub columns: Vec<Column<R>>,
    /// The lengths along every axis of all examples of the whole batch, of which this may be a shard.
    pub whole: Vec<Vec<usize>>,
}

impl<R> Batch<R> {
    pub fn examples(&self) -> usize {
        self.ids.len()
    }

    /// The number of pairs of steps along two axes.
    pub fn cells(&self, outer: usize, inner: usize) -> usize {
        let lengths = |a: usize| self.axes[a].lengths.iter();
        lengths(outer).zip(lengths(inner)).map(|(a, b)| a * b).sum()
    }

    /// The number of positions over some axes in the whole batch: `count(&[])` is the number of examples.
    pub fn count(&self, axes: &[usize]) -> usize {
        let examples = self.whole[0].len();
        (0..examples)
            .map(|e| axes.iter().map(|&a| self.whole[a][e]).product::<usize>())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_runs_of_rows() {
        let steps = Steps::new(vec![2, 0, 5, 3]);
        let mut segment = Steps::new(vec![]);
        steps.cut(1..3, &mut segment);
        assert_eq!(segment.lengths, [1, 0, 2, 2]);
        assert_eq!(
            (&segment.offsets[..], segment.start, segment.after),
            (&[0, 3, 5][..], 1, 1)
        );
        let rows = |t: usize| &segment.order[..segment.active(t)];
        assert_eq!((rows(0), rows(1)), (&[2, 3, 0][..], &[2, 3][..]));
        steps.cut(3..5, &mut segment);
        assert_eq!(
            (&segment.offsets[..], segment.start, segment.after),
            (&[0, 1, 2][..], 3, 0)
        );
    }

    #[test]
    fn blocks_hold_all_rows_in_order() {
        let steps = Steps::new((0..100).collect());
        let blocks: Vec<Range<usize>> = steps.blocks().collect();
        assert_eq!((steps.block(), blocks.len(), &blocks[0]), (3, 33, &(0..99 + 98 + 97)));
        assert!(blocks.windows(2).all(|b| b[0].end == b[1].start) && blocks[32].end == steps.total());
        assert_eq!(Steps::new(vec![0, 0]).blocks().count(), 0);
    }

    #[test]
    fn a_grid_has_a_row_for_every_pair_of_steps() {
        let (outer, inner) = (Steps::new(vec![2, 0, 3]), Steps::new(vec![1, 4, 2]));
        let mut grid = Grid::default();
        grid.lay(&outer, &inner);
        // Steps 0 and 1 of the outer axis have examples 2 and 0, step 2 has example 2.
        assert_eq!(grid.offsets, [0, 2, 3, 5, 6, 8]);
        assert_eq!(grid.slots, [2, 0, 1]);
        assert_eq!((grid.total(), grid.cells(&outer.rows(1))), (8, 3..6));
        let rows: Vec<usize> = (0..8).collect();
        let turned = grid.turned(&outer, &inner, &rows, 1);
        assert_eq!(turned, [0, 3, 6, 2, 5, 1, 4, 7]);
        let mut back = Grid::default();
        back.lay(&inner, &outer);
        assert_eq!(back.turned(&inner, &outer, &turned, 1), rows);
    }
}
