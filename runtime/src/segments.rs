//! A batch whose sequences come in segments, so that a step of training holds one segment's values at a time: the states
//! between segments are kept, and each segment is run again when its derivatives are due (Chen et al. 2016 of layers;
//! Gruslys et al. 2016 of steps).
//!
//! The parts of a program (`rnnc`'s `rewrite/segments.rs`) read and write *slots*: columns of the batch after those of the
//! model's data.

use crate::batch::{Batch, Column, Steps};
use crate::kernels::NOTHING;
use crate::real::Real;

/// What a slot holds for each example or, where it has no axis of examples, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    pub width: usize,
    pub index: bool,
    /// Handed from one segment to the next: it begins as zeros, or as *nothing*.
    pub register: bool,
}

/// Rows of a buffer: where those of a slot start, and how far apart they are.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    pub stride: usize,
    pub offset: usize,
    pub width: usize,
}

/// The segments of one batch; reused from batch to batch.
#[derive(Clone, Debug)]
pub struct Segments<R> {
    /// What the parts of the program read now.
    pub batch: Batch<R>,
    axis: usize,
    /// Steps a segment.
    length: usize,
    whole: Steps,
    /// The states before each segment.
    kept: Vec<Vec<Column<R>>>,
}

impl<R> Default for Segments<R> {
    fn default() -> Segments<R> {
        Segments {
            batch: Batch {
                ids: Vec::new(),
                axes: Vec::new(),
                columns: Vec::new(),
                whole: Vec::new(),
            },
            axis: 0,
            length: 1,
            whole: Steps::new(Vec::new()),
            kept: Vec::new(),
        }
    }
}

/// Where the data of a model that is cut lie.
#[derive(Clone, Copy, Debug)]
pub struct Layout<'a> {
    pub axis: usize,
    /// The columns over that axis.
    pub along: &'a [usize],
    pub slots: &'a [Slot],
}

impl<R: Real> Segments<R> {
    /// Starts on a batch, of which all steps are there. `length` must be a multiple of [`Steps::block`].
    pub fn begin(&mut self, batch: &Batch<R>, length: usize, layout: Layout<'_>) {
        self.axis = layout.axis;
        self.length = length;
        self.whole.clone_from(&batch.axes[layout.axis]);
        self.batch.ids.clone_from(&batch.ids);
        self.batch.axes.clone_from(&batch.axes);
        self.batch.whole.clone_from(&batch.whole);
        let given = batch.columns.len();
        self.batch
            .columns
            .resize(given + layout.slots.len(), Column::Real(Vec::new()));
        for (i, column) in batch.columns.iter().enumerate() {
            if !layout.along.contains(&i) {
                copy_column(&mut self.batch.columns[i], column);
            }
        }
        for (slot, column) in layout.slots.iter().zip(&mut self.batch.columns[given..]) {
            let n = if slot.register {
                batch.examples() * slot.width
            } else {
                0
            };
            match slot.index {
                true => fill(indices(column), n, NOTHING),
                false => fill(reals(column), n, R::ZERO),
            }
        }
    }

    pub fn count(&self) -> usize {
        self.whole.steps().div_ceil(self.length)
    }

    /// Goes to a segment for the first time, and keeps what its registers hold.
    pub fn enter(&mut self, batch: &Batch<R>, segment: usize, layout: Layout<'_>, states: &[usize]) {
        self.take(batch, segment, layout);
        if self.kept.len() <= segment {
            self.kept
                .push(states.iter().map(|_| Column::Real(Vec::new())).collect());
        }
        for (kept, &slot) in self.kept[segment].iter_mut().zip(states) {
            copy_column(kept, &self.batch.columns[slot]);
        }
    }

    /// Keeps what the registers hold before the last segment, where the forward part does not go there.
    pub fn keep_last(&mut self, batch: &Batch<R>, layout: Layout<'_>, states: &[usize]) {
        if let Some(last) = self.count().checked_sub(1) {
            self.enter(batch, last, layout, states);
        }
    }

    /// Goes back to a segment, with the registers as they were.
    pub fn again(&mut self, batch: &Batch<R>, segment: usize, layout: Layout<'_>, states: &[usize]) {
        self.take(batch, segment, layout);
        for (kept, &slot) in self.kept.get(segment).into_iter().flatten().zip(states) {
            copy_column(&mut self.batch.columns[slot], kept);
        }
    }

    fn take(&mut self, batch: &Batch<R>, segment: usize, layout: Layout<'_>) {
        let start = segment * self.length;
        let end = self.whole.steps().min(start + self.length);
        self.whole.cut(start..end, &mut self.batch.axes[self.axis]);
        let (from, to, total) = (self.whole.offsets[start], self.whole.offsets[end], self.whole.total());
        for &i in layout.along {
            match &batch.columns[i] {
                Column::Real(x) => {
                    let width = x.len() / total;
                    copy(reals(&mut self.batch.columns[i]), &x[from * width..to * width]);
                }
                Column::Index(x) => copy(indices(&mut self.batch.columns[i]), &x[from..to]),
            }
        }
    }

    /// Goes to where there are no segments.
    pub fn leave(&mut self) {
        self.batch.axes[self.axis].clone_from(&self.whole);
    }

    /// Fills a slot with so many rows.
    pub fn put(&mut self, slot: usize, count: usize, x: &[R], rows: Rows) {
        let to = reals(&mut self.batch.columns[slot]);
        to.clear();
        (0..count).for_each(|r| to.extend_from_slice(rows.of(x, r)));
    }

    pub fn put_index(&mut self, slot: usize, count: usize, x: &[u32]) {
        copy(indices(&mut self.batch.columns[slot]), &x[..count]);
    }

    /// Leaves in a register each example's row at its last step here, or at its first.
    pub fn hand_on(&mut self, slot: usize, last: bool, x: &[R], rows: Rows) {
        let Segments { batch, axis, .. } = self;
        let to = reals(&mut batch.columns[slot]);
        for_each_end(&batch.axes[*axis], last, |e, r| {
            to[e * rows.width..][..rows.width].copy_from_slice(rows.of(x, r));
        });
    }

    pub fn hand_on_index(&mut self, slot: usize, last: bool, x: &[u32]) {
        let Segments { batch, axis, .. } = self;
        let to = indices(&mut batch.columns[slot]);
        for_each_end(&batch.axes[*axis], last, |e, r| to[e] = x[r]);
    }

    /// Leaves a number in a register of every example that has steps here.
    pub fn hand_on_number(&mut self, slot: usize, width: usize, number: f64) {
        let Segments { batch, axis, .. } = self;
        let column = &mut batch.columns[slot];
        for_each_end(&batch.axes[*axis], false, |e, _| match column {
            Column::Real(to) => to[e * width..][..width].fill(R::of(number)),
            Column::Index(to) => to[e] = number as u32,
        });
    }

    /// Fills a register.
    pub fn start(&mut self, slot: usize, number: f64) {
        match &mut self.batch.columns[slot] {
            Column::Real(to) => to.fill(R::of(number)),
            Column::Index(to) => to.fill(number as u32),
        }
    }
}

impl Rows {
    fn of<R>(self, x: &[R], row: usize) -> &[R] {
        &x[row * self.stride + self.offset..][..self.width]
    }
}

/// Calls with each example that has steps, and its last row or its first.
fn for_each_end(steps: &Steps, last: bool, mut f: impl FnMut(usize, usize)) {
    for (j, &e) in steps.order[..steps.active(0)].iter().enumerate() {
        let t = if last { steps.lengths[e] - 1 } else { 0 };
        f(e, steps.offsets[t] + j);
    }
}

fn fill<T: Clone>(to: &mut Vec<T>, n: usize, x: T) {
    to.clear();
    to.resize(n, x);
}

fn copy<T: Clone>(to: &mut Vec<T>, x: &[T]) {
    to.clear();
    to.extend_from_slice(x);
}

fn copy_column<R: Real>(to: &mut Column<R>, x: &Column<R>) {
    match x {
        Column::Real(x) => copy(reals(to), x),
        Column::Index(x) => copy(indices(to), x),
    }
}

/// The column as one of reals, made one where it is none yet.
fn reals<R>(column: &mut Column<R>) -> &mut Vec<R> {
    if matches!(column, Column::Index(_)) {
        *column = Column::Real(Vec::new());
    }
    match column {
        Column::Real(x) => x,
        Column::Index(_) => unreachable!("made one of reals"),
    }
}

fn indices<R>(column: &mut Column<R>) -> &mut Vec<u32> {
    if matches!(column, Column::Real(_)) {
        *column = Column::Index(Vec::new());
    }
    match column {
        Column::Index(x) => x,
        Column::Real(_) => unreachable!("made one of indices"),
    }
}

/// How many bytes a step of training takes, by what its batch has: of a segment of so many steps, that has so many rows.
pub trait Bytes: Fn(usize, usize) -> usize {}

impl<F: Fn(usize, usize) -> usize> Bytes for F {}

/// The longest segment that keeps to a bound, and its bytes. `bytes` is given the steps of a segment and the rows of the
/// first one, which has the most.
///
/// # Errors
/// The least number of bytes.
pub fn longest(steps: &Steps, bound: usize, bytes: impl Bytes) -> Result<(usize, usize), usize> {
    let block = steps.block();
    let lengths = (1..=steps.steps().div_ceil(block).max(1)).rev().map(|n| n * block);
    let mut least = usize::MAX;
    for length in lengths {
        let needed = bytes(length, steps.offsets[length.min(steps.steps())]);
        if needed <= bound {
            return Ok((length, needed));
        }
        least = least.min(needed);
    }
    Err(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_segment_that_fits() {
        let steps = Steps::new(vec![1000, 600]);
        assert_eq!(steps.block(), 160);
        let states = |length: usize| 1000usize.div_ceil(length) * 10;
        let bytes = |length: usize, rows: usize| rows + states(length);
        assert_eq!(longest(&steps, 2000, bytes), Ok((1120, 1610)));
        assert_eq!(longest(&steps, 1000, bytes), Ok((480, 990)));
        assert_eq!(longest(&steps, 300, bytes), Err(320 + 70));
        assert_eq!(longest(&Steps::new(vec![0]), 100, bytes), Ok((320, 40)));
    }

    #[test]
    fn registers_go_from_segment_to_segment() {
        let steps = Steps::new(vec![1, 0, 3]);
        let slots = [Slot {
            width: 1,
            index: false,
            register: true,
        }];
        let layout = Layout {
            axis: 1,
            along: &[0],
            slots: &slots,
        };
        let batch = Batch {
            ids: vec![0, 1, 2],
            axes: vec![Steps::new(vec![1; 3]), steps],
            columns: vec![Column::Real(vec![1.0, 2.0, 3.0, 4.0])],
            whole: vec![vec![1; 3], vec![1, 0, 3]],
        };
        let rows = Rows {
            stride: 1,
            offset: 0,
            width: 1,
        };
        let mut s = Segments::<f64>::default();
        s.begin(&batch, 2, layout);
        assert_eq!(s.count(), 2);
        s.enter(&batch, 0, layout, &[1]);
        assert_eq!(s.batch.columns[0], Column::Real(vec![1.0, 2.0, 3.0]));
        // Rows of examples 2, 0 and 2.
        s.hand_on(1, true, &[5.0, 6.0, 7.0], rows);
        assert_eq!(s.batch.columns[1], Column::Real(vec![6.0, 0.0, 7.0]));
        s.enter(&batch, 1, layout, &[1]);
        assert_eq!((s.batch.axes[1].start, s.batch.axes[1].total()), (2, 1));
        s.hand_on(1, true, &[8.0], rows);
        s.again(&batch, 0, layout, &[1]);
        assert_eq!(s.batch.columns[1], Column::Real(vec![0.0; 3]));
        s.again(&batch, 1, layout, &[1]);
        assert_eq!(s.batch.columns[1], Column::Real(vec![6.0, 0.0, 7.0]));
    }
}
