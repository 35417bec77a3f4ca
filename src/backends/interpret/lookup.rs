//! Look-ups by index. *Nothing*, which is negative, looks up zeros.

use super::machine::Machine;
use super::number::Number;
use crate::system::Value;

impl<R: Number> Machine<'_, R> {
    pub fn gather(&self, v: Value, out: &mut [R], table: Value, index: Value) {
        let (rows, indices, n) = (self.read(table), self.read(index), self.layout(v).row);
        self.rows(self.axes(v), [v, index], |_, [o, i]| match class(indices[i]) {
            Some(c) => out[o..o + n].copy_from_slice(&rows[c * n..(c + 1) * n]),
            None => out[o..o + n].fill(R::ZERO),
        });
    }

    pub fn scatter(&self, v: Value, out: &mut [R], x: Value, index: Value) {
        let (xs, indices, n) = (self.read(x), self.read(index), self.layout(x).row);
        self.fill(v, out, R::ZERO);
        self.rows(self.axes(x).union(self.axes(index)), [x, index], |_, [i, j]| {
            if let Some(c) = class(indices[j]) {
                out[c * n..(c + 1) * n]
                    .iter_mut()
                    .zip(&xs[i..i + n])
                    .for_each(|(o, x)| *o += *x);
            }
        });
    }

    pub fn pick(&self, v: Value, out: &mut [R], x: Value, index: Value) {
        let (xs, indices) = (self.read(x), self.read(index));
        self.rows(self.axes(v), [v, x, index], |_, [o, i, j]| {
            out[o] = class(indices[j]).map_or(R::ZERO, |c| xs[i + c]);
        });
    }

    pub fn place(&self, v: Value, out: &mut [R], x: Value, index: Value) {
        let (xs, indices) = (self.read(x), self.read(index));
        self.fill(v, out, R::ZERO);
        self.rows(self.axes(v), [v, x, index], |_, [o, i, j]| {
            if let Some(c) = class(indices[j]) {
                out[o + c] = xs[i];
            }
        });
    }

    pub fn one_hot(&self, v: Value, out: &mut [R], index: Value) {
        let indices = self.read(index);
        self.fill(v, out, R::ZERO);
        self.rows(self.axes(v), [v, index], |_, [o, i]| {
            if let Some(c) = class(indices[i]) {
                out[o + c] = R::ONE;
            }
        });
    }

    pub fn arg_max(&self, v: Value, out: &mut [R], x: Value) {
        let (xs, n) = (self.read(x), self.layout(x).row);
        self.rows(self.axes(v), [v, x], |_, [o, i]| {
            let row = &xs[i..i + n];
            let best = (1..n).fold(0, |best, k| if row[k] > row[best] { k } else { best });
            out[o] = R::of(best as f64);
        });
    }
}

fn class<R: Number>(index: R) -> Option<usize> {
    (index >= R::ZERO).then(|| index.to_f64() as usize)
}
