//! Which operation is computed where, and the elementwise ones.

use super::machine::Machine;
use super::number::Number;
use crate::system::{AxisId, AxisSet, Op, Value};
use rnn_runtime::draw::Uniform;

impl<R: Number> Machine<'_, R> {
    /// Computes a value at all its positions that the enclosing scans leave open.
    pub fn compute(&self, v: Value, out: &mut [R]) {
        match self.system.op(v) {
            Op::Data(_) | Op::Param(_) => {}
            Op::Const(c) => self.fill(v, out, R::of(*c)),
            Op::Count(axes) => self.fill(v, out, R::of(self.count(*axes) as f64)),
            Op::Length(axis) => {
                self.rows(self.axes(v), [v], |p, [o]| {
                    out[o] = R::of(self.extents.length(p.example, *axis) as f64)
                });
            }
            Op::Position(axis) => self.rows(self.axes(v), [v], |p, [o]| {
                out[o] = R::of((p.step(*axis) + 1) as f64);
            }),
            Op::Draw { stream } => self.draw(v, out, *stream),
            Op::Training => panic!("internal error: `freeze` left whether this is training open"),
            Op::Equal(x) | Op::Stop(x) | Op::Reshape(x) | Op::Spread(x) => self.map(v, out, *x, |x| x),
            Op::Unary(f, x) => self.map(v, out, *x, R::unary(*f)),
            Op::Binary(f, a, b) => self.zip(v, out, *a, *b, R::binary(*f)),
            Op::Select { cond, yes, no } => self.select(v, out, [*cond, *yes, *no]),
            Op::Concat(parts) => self.concat(v, out, parts),
            Op::Slice { x, start, .. } => self.slice(v, out, *x, *start),
            Op::Pad { x, start, .. } => self.pad(v, out, *x, *start),
            Op::Transpose(x) => self.transpose(v, out, *x),
            Op::Fold { fold, x } => self.fold(v, out, *fold, *x),
            Op::ArgMax(x) => self.arg_max(v, out, *x),
            Op::OneHot(index) => self.one_hot(v, out, *index),
            Op::Reduce { fold, x, .. } => self.reduce(v, out, *fold, *x),
            Op::Shift { x, axis, by, init } => self.shift(v, out, *x, *axis, *by, *init),
            Op::Edge { x, axis, by } => self.edge(v, out, *x, *axis, *by),
            Op::Reverse { x, axis } => self.reverse(v, out, *x, *axis),
            Op::Rename { x, from, to } => self.rename(v, out, *x, *from, *to),
            Op::Contract { a, b, spec, over } => self.contract(v, out, [*a, *b], spec, *over),
            Op::Gather { table, index } => self.gather(v, out, *table, *index),
            Op::Scatter { x, index, .. } => self.scatter(v, out, *x, *index),
            Op::Pick { x, index } => self.pick(v, out, *x, *index),
            Op::Place { x, index, .. } => self.place(v, out, *x, *index),
        }
    }

    pub fn fill(&self, v: Value, out: &mut [R], with: R) {
        let n = self.layout(v).row;
        self.rows(self.axes(v), [v], |_, [o]| out[o..o + n].fill(with));
    }

    fn count(&self, axes: AxisSet) -> usize {
        let of = |e: usize| axes.iter().map(|a| self.whole(a, e)).product::<usize>();
        let examples = self.inputs.whole[0].len();
        if axes.contains(AxisId::BATCH) {
            (0..examples).map(of).sum()
        } else {
            of(examples)
        }
    }

    /// The length of an example of the whole batch.
    fn whole(&self, axis: AxisId, example: usize) -> usize {
        use crate::system::AxisKind;
        match self.system.axis_info(axis).kind {
            AxisKind::Batch => 1,
            AxisKind::Steps(n) => n,
            AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph => {
                let axis = self.system.steps_of(axis);
                self.inputs.whole[axis.0 as usize].get(example).copied().unwrap_or(0)
            }
        }
    }

    /// The position of a draw counts the steps of its example row-major over the axes; a draw without a batch is that
    /// of example 0.
    fn draw(&self, v: Value, out: &mut [R], stream: u32) {
        let (uniform, axes, n) = (
            Uniform::new(self.inputs.draws, stream),
            self.axes(v),
            self.layout(v).row,
        );
        self.rows(axes, [v], |p, [o]| {
            let steps = axes.without(AxisId::BATCH).iter();
            let position = steps.fold(0, |at, a| at * self.extents.length(p.example, a) + p.step(a));
            let id = if axes.contains(AxisId::BATCH) {
                self.inputs.ids[p.example]
            } else {
                0
            };
            for (k, out) in out[o..o + n].iter_mut().enumerate() {
                *out = R::of(uniform.at(id, position as u64, k as u32));
            }
        });
    }

    /// A scalar row reads as a row of equal elements.
    fn map(&self, v: Value, out: &mut [R], x: Value, f: impl Fn(R) -> R) {
        let (xs, n, m) = (self.read(x), self.layout(v).row, self.layout(x).row);
        self.rows(self.axes(v), [v, x], |_, [o, i]| {
            if m == n {
                out[o..o + n]
                    .iter_mut()
                    .zip(&xs[i..i + n])
                    .for_each(|(y, x)| *y = f(*x));
            } else {
                out[o..o + n].fill(f(xs[i]));
            }
        });
    }

    fn zip(&self, v: Value, out: &mut [R], a: Value, b: Value, f: impl Fn(R, R) -> R) {
        let (xs, ys, n) = (self.read(a), self.read(b), self.layout(v).row);
        let (m, l) = (self.layout(a).row, self.layout(b).row);
        self.rows(self.axes(v), [v, a, b], |_, [o, i, j]| {
            let out = &mut out[o..o + n];
            match (m == n, l == n) {
                (true, true) => {
                    let args = xs[i..i + n].iter().zip(&ys[j..j + n]);
                    out.iter_mut().zip(args).for_each(|(z, (x, y))| *z = f(*x, *y));
                }
                (true, false) => out.iter_mut().zip(&xs[i..i + n]).for_each(|(z, x)| *z = f(*x, ys[j])),
                (false, true) => out.iter_mut().zip(&ys[j..j + n]).for_each(|(z, y)| *z = f(xs[i], *y)),
                (false, false) => out.fill(f(xs[i], ys[j])),
            }
        });
    }

    fn select(&self, v: Value, out: &mut [R], args: [Value; 3]) {
        let [cond, yes, no] = args.map(|a| self.read(a));
        let (n, wide) = (self.layout(v).row, args.map(|a| usize::from(self.layout(a).row > 1)));
        self.rows(self.axes(v), [v, args[0], args[1], args[2]], |_, [o, c, i, j]| {
            for k in 0..n {
                let chosen = cond[c + k * wide[0]] != R::ZERO;
                out[o + k] = if chosen {
                    yes[i + k * wide[1]]
                } else {
                    no[j + k * wide[2]]
                };
            }
        });
    }
}
