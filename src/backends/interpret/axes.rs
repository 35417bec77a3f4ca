//! Operations along axes.

use super::features::folding;
use super::machine::Machine;
use super::number::Number;
use crate::system::{AxisId, Elem, Fold, Value};

impl<R: Number> Machine<'_, R> {
    pub fn reduce(&self, v: Value, out: &mut [R], fold: Fold, x: Value) {
        let (xs, n) = (self.read(x), self.layout(v).row);
        let (start, f) = folding(fold);
        self.fill(v, out, start);
        self.rows(self.axes(x), [v, x], |_, [o, i]| {
            for k in 0..n {
                out[o + k] = f(out[o + k], xs[i + k]);
            }
        });
    }

    pub fn shift(&self, v: Value, out: &mut [R], x: Value, axis: AxisId, by: i32, init: Option<Value>) {
        let n = self.layout(v).row;
        let absent = self.absent(v);
        // Without an init its place in the list is taken by the value itself and not read.
        self.rows(self.axes(v), [v, x, init.unwrap_or(v)], |p, [o, i, start]| {
            let (t, length) = (p.step(axis) as i64, self.extents.length(p.example, axis) as i64);
            let from = t - i64::from(by);
            if (0..length).contains(&from) {
                let stride = self.layout(x).stride(p.example, axis) as i64;
                let i = (i as i64 + (from - t) * stride) as usize;
                if x == v {
                    out.copy_within(i..i + n, o);
                } else {
                    out[o..o + n].copy_from_slice(&self.read(x)[i..i + n]);
                }
            } else if let Some(init) = init {
                out[o..o + n].copy_from_slice(&self.read(init)[start..start + n]);
            } else {
                out[o..o + n].fill(absent);
            }
        });
    }

    pub fn edge(&self, v: Value, out: &mut [R], x: Value, axis: AxisId, by: i32) {
        let (xs, n) = (self.read(x), self.layout(v).row);
        let indices = matches!(self.system.ty(v).elem, Elem::Index(_));
        self.fill(v, out, self.absent(v));
        self.rows(self.axes(x), [v, x], |p, [o, i]| {
            let (t, length) = (p.step(axis) as i64, self.extents.length(p.example, axis) as i64);
            if (0..length).contains(&(t - i64::from(by))) {
                return;
            }
            for k in 0..n {
                out[o + k] = if indices { xs[i + k] } else { out[o + k] + xs[i + k] };
            }
        });
    }

    pub fn reverse(&self, v: Value, out: &mut [R], x: Value, axis: AxisId) {
        let (xs, n) = (self.read(x), self.layout(v).row);
        self.rows(self.axes(v), [v, x], |p, [o, i]| {
            let (t, stride) = (p.step(axis), self.layout(x).stride(p.example, axis));
            let i = i - t * stride + (self.extents.length(p.example, axis) - 1 - t) * stride;
            out[o..o + n].copy_from_slice(&xs[i..i + n]);
        });
    }

    pub fn rename(&self, v: Value, out: &mut [R], x: Value, from: AxisId, to: AxisId) {
        let (xs, n) = (self.read(x), self.layout(v).row);
        self.rows(self.axes(v), [v, x], |p, [o, i]| {
            let i = i + p.step(to) * self.layout(x).stride(p.example, from);
            out[o..o + n].copy_from_slice(&xs[i..i + n]);
        });
    }

    /// What stands where a shift finds no step: zero, or for an index *nothing*.
    fn absent(&self, v: Value) -> R {
        match self.system.ty(v).elem {
            Elem::Index(_) => -R::ONE,
            Elem::Real | Elem::Bit => R::ZERO,
        }
    }
}
