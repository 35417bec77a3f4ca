//! Operations on the features of each position.

use super::machine::Machine;
use super::number::Number;
use crate::system::{Binary, Fold, Value};

impl<R: Number> Machine<'_, R> {
    pub fn concat(&self, v: Value, out: &mut [R], parts: &[Value]) {
        let mut start = 0;
        for &part in parts {
            let (xs, n) = (self.read(part), self.layout(part).row);
            self.rows(self.axes(v), [v, part], |_, [o, i]| {
                out[o + start..o + start + n].copy_from_slice(&xs[i..i + n]);
            });
            start += n;
        }
    }

    pub fn slice(&self, v: Value, out: &mut [R], x: Value, start: usize) {
        let (xs, n, skipped) = (self.read(x), self.layout(v).row, start * self.inner(x));
        self.rows(self.axes(v), [v, x], |_, [o, i]| {
            out[o..o + n].copy_from_slice(&xs[i + skipped..i + skipped + n]);
        });
    }

    pub fn pad(&self, v: Value, out: &mut [R], x: Value, start: usize) {
        let (xs, n, skipped) = (self.read(x), self.layout(x).row, start * self.inner(x));
        self.fill(v, out, R::ZERO);
        self.rows(self.axes(v), [v, x], |_, [o, i]| {
            out[o + skipped..o + skipped + n].copy_from_slice(&xs[i..i + n]);
        });
    }

    pub fn transpose(&self, v: Value, out: &mut [R], x: Value) {
        let (xs, shape) = (self.read(x), &self.system.ty(x).shape);
        let (n, m) = (shape[0], shape[1]);
        self.rows(self.axes(v), [v, x], |_, [o, i]| {
            for r in 0..n {
                for c in 0..m {
                    out[o + c * n + r] = xs[i + r * m + c];
                }
            }
        });
    }

    pub fn fold(&self, v: Value, out: &mut [R], fold: Fold, x: Value) {
        let (xs, n) = (self.read(x), self.layout(x).row);
        let (start, f) = folding(fold);
        self.rows(self.axes(v), [v, x], |_, [o, i]| {
            out[o] = xs[i..i + n].iter().fold(start, |a, b| f(a, *b))
        });
    }

    /// The elements under one entry of the first dimension.
    fn inner(&self, x: Value) -> usize {
        self.system.ty(x).shape[1..].iter().product()
    }
}

/// What a fold starts from, and how it goes on. A maximum with NaN is NaN.
pub(super) fn folding<R: Number>(fold: Fold) -> (R, fn(R, R) -> R) {
    match fold {
        Fold::Sum => (R::ZERO, R::binary(Binary::Add)),
        Fold::Max => (R::NEG_INFINITY, R::binary(Binary::Max)),
    }
}
