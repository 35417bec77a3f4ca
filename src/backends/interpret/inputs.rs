//! What goes into a run and what comes out.

use super::layout::{Extents, Layout};
use super::number::Number;
use crate::system::{AxisId, System, Value};
use ndarray::{ArrayViewD, IxDyn};
use rnn_runtime::Draws;
use std::borrow::Cow;

/// Parameters and some examples.
#[derive(Clone, Debug)]
pub struct Inputs<'a, R: Clone> {
    /// All parameters one after another, in the order of the system.
    pub params: Cow<'a, [R]>,
    /// For each of the system's data, all examples one after another, each of shape [its length along each axis, in
    /// the order of the axes; features], row-major. An index is the number of its class, *nothing* is -1.
    pub data: Vec<Cow<'a, [R]>>,
    /// The length of every example, by axis; the batch's entry says by its length how many examples there are.
    pub lengths: Vec<Vec<usize>>,
    /// The same of the whole batch, where these examples are a part of one.
    pub whole: Vec<Vec<usize>>,
    /// What the draws of each example depend on.
    pub ids: Vec<u64>,
    pub draws: Draws,
}

impl<'a, R: Number> Inputs<'a, R> {
    /// A whole batch, numbered from 0. `lengths` is by axis, the batch's among them.
    pub fn new(
        params: impl Into<Cow<'a, [R]>>,
        data: impl IntoIterator<Item = Cow<'a, [R]>>,
        lengths: Vec<Vec<usize>>,
    ) -> Inputs<'a, R> {
        Inputs {
            params: params.into(),
            data: data.into_iter().collect(),
            whole: lengths.clone(),
            ids: (0..lengths[0].len() as u64).collect(),
            lengths,
            draws: Draws::default(),
        }
    }
}

/// The values that a run leaves.
pub struct Values<'a, R> {
    pub(super) system: &'a System,
    pub(super) extents: Extents,
    pub(super) layouts: Vec<Layout>,
    pub(super) buffers: Vec<Vec<R>>,
}

impl<R: Number> Values<'_, R> {
    /// All examples one after another, each of shape [its length along each axis, in order; features], row-major.
    /// Only of roots and of what was asked to be kept.
    pub fn flat(&self, v: Value) -> &[R] {
        let out = &self.buffers[v.index()];
        assert!(
            out.len() == self.layouts[v.index()].len,
            "internal error: {v:?} was not kept"
        );
        out
    }

    /// One example's value; of a value without examples the value itself.
    pub fn example(&self, v: Value, example: usize) -> ArrayViewD<'_, R> {
        let ty = self.system.ty(v);
        let of = if ty.axes.contains(AxisId::BATCH) {
            example
        } else {
            self.extents.examples
        };
        let mut shape: Vec<usize> = ty
            .axes
            .without(AxisId::BATCH)
            .iter()
            .map(|a| self.extents.length(of, a))
            .collect();
        shape.extend(&ty.shape);
        let elements = &self.flat(v)[self.layouts[v.index()].example(example)];
        ArrayViewD::from_shape(IxDyn(&shape), elements).expect("a layout has its type's shape")
    }

    /// Of a scalar without examples: a loss or a metric.
    pub fn scalar(&self, v: Value) -> R {
        let [x] = self.flat(v) else {
            panic!("internal error: {v:?} is not one number");
        };
        *x
    }
}

/// Buffers, reused from run to run.
#[derive(Debug)]
pub struct Workspace<R> {
    free: Vec<Vec<R>>,
}

impl<R> Default for Workspace<R> {
    fn default() -> Workspace<R> {
        Workspace { free: Vec::new() }
    }
}

impl<R: Number> Workspace<R> {
    /// Takes the buffers back once the values have been read.
    pub fn reclaim(&mut self, values: Values<R>) {
        values.buffers.into_iter().for_each(|b| self.give(b));
    }

    /// A buffer of zeros: the smallest that is large enough.
    pub(super) fn take(&mut self, len: usize) -> Vec<R> {
        let fits = self.free.iter().enumerate().filter(|(_, b)| b.capacity() >= len);
        let best = fits.min_by_key(|(_, b)| b.capacity()).map(|(i, _)| i);
        let mut buffer = best.map(|i| self.free.swap_remove(i)).unwrap_or_default();
        buffer.clear();
        buffer.resize(len, R::ZERO);
        buffer
    }

    pub(super) fn give(&mut self, buffer: Vec<R>) {
        if buffer.capacity() > 0 {
            self.free.push(buffer);
        }
    }
}
