//! Products. The two that a network spends its time in go to a library: a matrix by the vectors of all positions, and
//! the sum of outer products over all positions. Everything else is a plain loop over the labels.

use super::machine::Machine;
use super::number::Number;
use crate::system::{AxisSet, Contraction, Value};
use ndarray::linalg::{general_mat_mul, general_mat_vec_mul};
use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2};

impl<R: Number> Machine<'_, R> {
    pub fn contract(&self, v: Value, out: &mut [R], args: [Value; 2], spec: &Contraction, over: AxisSet) {
        let [a, b] = args;
        let all = self.axes(a).union(self.axes(b));
        match (&spec.a[..], &spec.b[..], &spec.out[..]) {
            (&[n, m], &[l], &[o]) if self.axes(a).is_empty() && over.is_empty() && n != m && (l == m && o == n) => {
                self.by_matrix(v, out, a, b, false);
            }
            (&[n, m], &[l], &[o]) if self.axes(a).is_empty() && over.is_empty() && n != m && (l == n && o == m) => {
                self.by_matrix(v, out, a, b, true);
            }
            (&[l], &[n, m], &[o]) if self.axes(b).is_empty() && over.is_empty() && n != m && (l == m && o == n) => {
                self.by_matrix(v, out, b, a, false);
            }
            (&[l], &[n, m], &[o]) if self.axes(b).is_empty() && over.is_empty() && n != m && (l == n && o == m) => {
                self.by_matrix(v, out, b, a, true);
            }
            (&[n], &[m], &[o, p]) if over == all && n != m && (o, p) == (n, m) => self.outer(out, a, b),
            (&[n], &[m], &[o, p]) if over == all && n != m && (o, p) == (m, n) => self.outer(out, b, a),
            _ => self.labels(v, out, args, spec),
        }
    }

    /// `matrix @ x` at every position, or with the matrix transposed.
    fn by_matrix(&self, v: Value, out: &mut [R], matrix: Value, x: Value, transposed: bool) {
        let shape = &self.system.ty(matrix).shape;
        let w = ArrayView2::from_shape((shape[0], shape[1]), self.read(matrix)).expect("a matrix without axes");
        let w = if transposed { w.reversed_axes() } else { w };
        let (n, m) = w.dim();
        let mut rows = Vec::new();
        self.rows(self.axes(v), [v, x], |_, at| rows.push(at));
        let xs = self.read(x);
        // A product of matrices copies `w` first, which a few vectors do not pay for.
        if rows.len() < 4 {
            for [o, i] in rows {
                let y = &mut ArrayViewMut1::from(&mut out[o..o + n]);
                general_mat_vec_mul(R::ONE, &w, &ArrayView1::from(&xs[i..i + m]), R::ZERO, y);
            }
            return;
        }
        let from: Vec<usize> = rows.iter().map(|[_, i]| *i).collect();
        let gathered = gather(xs, &from, m);
        let xs = ArrayView2::from_shape((rows.len(), m), &gathered).expect("a row of x for every position");
        let mut ys = vec![R::ZERO; rows.len() * n];
        let mut y = ArrayViewMut2::from_shape((rows.len(), n), &mut ys).expect("a row of y for every position");
        general_mat_mul(R::ONE, &xs, &w.t(), R::ZERO, &mut y);
        for (j, [o, _]) in rows.into_iter().enumerate() {
            out[o..o + n].copy_from_slice(&ys[j * n..(j + 1) * n]);
        }
    }

    /// The sum over all positions of the outer product of `a` and `b`: a value without axes.
    fn outer(&self, out: &mut [R], a: Value, b: Value) {
        let (n, m) = (self.layout(a).row, self.layout(b).row);
        let (mut from_a, mut from_b) = (Vec::new(), Vec::new());
        self.rows(self.axes(a).union(self.axes(b)), [a, b], |_, [i, j]| {
            from_a.push(i);
            from_b.push(j);
        });
        let (xs, ys) = (gather(self.read(a), &from_a, n), gather(self.read(b), &from_b, m));
        let xs = ArrayView2::from_shape((from_a.len(), n), &xs).expect("a row of a for every position");
        let ys = ArrayView2::from_shape((from_b.len(), m), &ys).expect("a row of b for every position");
        let mut out = ArrayViewMut2::from_shape((n, m), out).expect("the result's shape");
        general_mat_mul(R::ONE, &xs.t(), &ys, R::ZERO, &mut out);
    }

    /// Any contraction: a loop over every label, those of the result outermost.
    fn labels(&self, v: Value, out: &mut [R], [a, b]: [Value; 2], spec: &Contraction) {
        let (xs, ys) = (self.read(a), self.read(b));
        let mut labels = spec.out.clone();
        for l in spec.a.iter().chain(&spec.b) {
            if !labels.contains(l) {
                labels.push(*l);
            }
        }
        let of_a = strides(&spec.a, &self.system.ty(a).shape, &labels);
        let of_b = strides(&spec.b, &self.system.ty(b).shape, &labels);
        let of_out = strides(&spec.out, &self.system.ty(v).shape, &labels);
        let dims: Vec<[usize; 4]> = (0..labels.len())
            .map(|l| [of_a[l].0.max(of_b[l].0), of_out[l].1, of_a[l].1, of_b[l].1])
            .collect();
        self.fill(v, out, R::ZERO);
        let all = self.axes(a).union(self.axes(b));
        self.rows(all, [v, a, b], |_, at| product(&dims, at, out, xs, ys));
    }
}

/// Each label's length and stride in an argument of this shape; 0 for a label that it lacks.
fn strides(own: &[u8], shape: &[usize], labels: &[u8]) -> Vec<(usize, usize)> {
    let of = |l: &u8| {
        own.iter()
            .position(|o| o == l)
            .map(|i| (shape[i], shape[i + 1..].iter().product()))
    };
    labels.iter().map(|l| of(l).unwrap_or_default()).collect()
}

/// Adds the products over the dimensions: of each its length and its stride in the result and the two arguments.
fn product<R: Number>(dims: &[[usize; 4]], [o, i, j]: [usize; 3], out: &mut [R], xs: &[R], ys: &[R]) {
    match dims {
        [] => out[o] += xs[i] * ys[j],
        [[length, of_out, of_a, of_b], rest @ ..] => {
            for k in 0..*length {
                product(rest, [o + k * of_out, i + k * of_a, j + k * of_b], out, xs, ys);
            }
        }
    }
}

fn gather<R: Number>(xs: &[R], rows: &[usize], n: usize) -> Vec<R> {
    let mut out = Vec::with_capacity(rows.len() * n);
    rows.iter().for_each(|&i| out.extend_from_slice(&xs[i..i + n]));
    out
}
