//! Values by need: what a system means without any schedule. One position of one value at a time, and whatever that
//! position reads, straight from what `system::op` states of each operation.

use rnn_runtime::draw;
use rnnc::backends::interpret::{Inputs, Number};
use rnnc::system::{AxisId, AxisKind, AxisSet, Binary, Contraction, Elem, Fold, Op, System, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The example, then the step along every other axis; 0 along those that a value does not run over.
pub type Position = Vec<usize>;

pub struct Need<'a> {
    s: &'a System,
    inputs: &'a Inputs<'a, f64>,
    /// `None` while a value is being asked for: to need it then is a cycle without end.
    known: BTreeMap<(Value, Position), Option<Rc<[f64]>>>,
}

impl<'a> Need<'a> {
    pub fn new(s: &'a System, inputs: &'a Inputs<'a, f64>) -> Need<'a> {
        Need {
            s,
            inputs,
            known: BTreeMap::new(),
        }
    }

    /// A value at all positions, in the order of the interpreter: axes of fixed steps are within sequences, since there
    /// they are written out.
    ///
    /// # Errors
    /// It needs itself.
    pub fn all(&mut self, v: Value) -> Result<Vec<f64>, String> {
        let mut out = Vec::new();
        for p in self.positions(self.s.ty(v).axes, &vec![0; self.s.axes.len()]) {
            out.extend_from_slice(&self.at(v, &p)?);
        }
        Ok(out)
    }

    fn length(&self, example: usize, axis: AxisId) -> usize {
        match self.s.axis_info(axis).kind {
            AxisKind::Batch => self.inputs.lengths[0].len(),
            AxisKind::Steps(n) => n,
            AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph => {
                self.inputs.lengths[self.s.steps_of(axis).0 as usize][example]
            }
        }
    }

    /// `from`, with every step along these axes.
    fn positions(&self, axes: AxisSet, from: &[usize]) -> Vec<Position> {
        let mut out = vec![from.to_vec()];
        let fixed = |a: &AxisId| matches!(self.s.axis_info(*a).kind, AxisKind::Steps(_));
        for axis in axes.iter().filter(|a| !fixed(a)).chain(axes.iter().filter(fixed)) {
            let along = |p: Position| {
                (0..self.length(p[0], axis)).map(move |i| {
                    let mut p = p.clone();
                    p[axis.0 as usize] = i;
                    p
                })
            };
            out = out.into_iter().flat_map(along).collect();
        }
        out
    }

    pub fn at(&mut self, v: Value, p: &[usize]) -> Result<Rc<[f64]>, String> {
        let axes = self.s.ty(v).axes;
        let own: Position = (p.iter().enumerate())
            .map(|(a, i)| if axes.contains(AxisId(a as u8)) { *i } else { 0 })
            .collect();
        match self.known.get(&(v, own.clone())) {
            Some(Some(x)) => return Ok(x.clone()),
            Some(None) => return Err(format!("{v:?} at {own:?} needs itself")),
            None => {}
        }
        self.known.insert((v, own.clone()), None);
        let x: Rc<[f64]> = self.compute(v, &own)?.into();
        assert_eq!(x.len(), self.s.ty(v).size(), "{v:?} {:?}", self.s.op(v));
        self.known.insert((v, own), Some(x.clone()));
        Ok(x)
    }

    /// Entry `i` of a row, or the one number that stands for all.
    fn wide(row: &[f64], i: usize) -> f64 {
        row[if row.len() == 1 { 0 } else { i }]
    }

    fn absent(&self, v: Value) -> Vec<f64> {
        let nothing = match self.s.ty(v).elem {
            Elem::Index(_) => -1.0,
            Elem::Real | Elem::Bit => 0.0,
        };
        vec![nothing; self.s.ty(v).size()]
    }

    fn given(&self, axes: AxisSet, size: usize, p: &[usize]) -> usize {
        let steps = |e: usize| -> usize {
            axes.without(AxisId::BATCH)
                .iter()
                .map(|a| self.length(e, a))
                .product::<usize>()
        };
        let before: usize = (0..p[0]).map(steps).sum();
        let here = (axes.without(AxisId::BATCH).iter()).fold(0, |at, a| at * self.length(p[0], a) + p[a.0 as usize]);
        (before + here) * size
    }

    fn compute(&mut self, v: Value, p: &[usize]) -> Result<Vec<f64>, String> {
        let s = self.s;
        let ty = s.ty(v).clone();
        let n = ty.size();
        let to = |axis: AxisId, step: usize| {
            let mut p = p.to_vec();
            p[axis.0 as usize] = step;
            p
        };
        Ok(match s.op(v).clone() {
            Op::Data(d) => {
                let start = self.given(ty.axes, n, p);
                self.inputs.data[d.index()][start..start + n].to_vec()
            }
            Op::Param(q) => {
                let sizes = s.params.iter().map(|(_, p)| p.shape.iter().product::<usize>());
                let start: usize = sizes.take(q.index()).sum();
                self.inputs.params[start..start + n].to_vec()
            }
            Op::Const(c) => vec![c; n],
            Op::Count(axes) => {
                let whole = |a: AxisId, e: usize| match s.axis_info(a).kind {
                    AxisKind::Batch => 1,
                    AxisKind::Steps(n) => n,
                    AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph => {
                        self.inputs.whole[s.steps_of(a).0 as usize][e]
                    }
                };
                let of = |e: usize| axes.iter().map(|a| whole(a, e)).product::<usize>();
                let examples = if axes.contains(AxisId::BATCH) {
                    self.inputs.whole[0].len()
                } else {
                    1
                };
                vec![(0..examples).map(of).sum::<usize>() as f64; n]
            }
            Op::Length(a) => vec![self.length(p[0], a) as f64; n],
            Op::Position(a) => vec![(p[a.0 as usize] + 1) as f64; n],
            Op::Draw { stream } => {
                let steps = ty.axes.without(AxisId::BATCH);
                let at = steps
                    .iter()
                    .fold(0, |at, a| at * self.length(p[0], a) + p[a.0 as usize]);
                let id = if ty.axes.contains(AxisId::BATCH) {
                    self.inputs.ids[p[0]]
                } else {
                    0
                };
                let uniform = |k| draw::uniform(self.inputs.draws, stream, id, at as u64, k as u32);
                (0..n).map(uniform).collect()
            }
            Op::Training => return Err("whether this is training is open".into()),
            Op::Equal(x) | Op::Stop(x) | Op::Reshape(x) | Op::Spread(x) => {
                let x = self.at(x, p)?;
                (0..n).map(|i| Need::wide(&x, i)).collect()
            }
            Op::Unary(f, x) => {
                let x = self.at(x, p)?;
                (0..n).map(|i| f64::unary(f)(Need::wide(&x, i))).collect()
            }
            Op::Binary(f, a, b) => {
                let (a, b) = (self.at(a, p)?, self.at(b, p)?);
                (0..n)
                    .map(|i| f64::binary(f)(Need::wide(&a, i), Need::wide(&b, i)))
                    .collect()
            }
            Op::Select { cond, yes, no } => {
                let c = self.at(cond, p)?;
                let mut out = Vec::new();
                for i in 0..n {
                    let chosen = if Need::wide(&c, i) != 0.0 { yes } else { no };
                    out.push(Need::wide(&self.at(chosen, p)?, i));
                }
                out
            }
            Op::Concat(parts) => {
                let mut out = Vec::new();
                for part in parts {
                    out.extend_from_slice(&self.at(part, p)?);
                }
                out
            }
            Op::Slice { x, start, .. } => {
                let inner: usize = s.ty(x).shape[1..].iter().product();
                self.at(x, p)?[start * inner..start * inner + n].to_vec()
            }
            Op::Pad { x, start, .. } => {
                let inner: usize = s.ty(x).shape[1..].iter().product();
                let x = self.at(x, p)?;
                let mut out = vec![0.0; n];
                out[start * inner..start * inner + x.len()].copy_from_slice(&x);
                out
            }
            Op::Transpose(x) => {
                let (rows, columns) = (s.ty(x).shape[0], s.ty(x).shape[1]);
                let x = self.at(x, p)?;
                (0..n).map(|i| x[i % rows * columns + i / rows]).collect()
            }
            Op::Fold { fold, x } => vec![self.at(x, p)?.iter().fold(start(fold), |a, b| together(fold, a, *b))],
            Op::ArgMax(x) => {
                let x = self.at(x, p)?;
                let best = (1..x.len()).fold(0, |best, k| if x[k] > x[best] { k } else { best });
                vec![best as f64]
            }
            Op::OneHot(x) => {
                let class = self.at(x, p)?[0];
                (0..n).map(|i| f64::from(i as f64 == class)).collect()
            }
            Op::Reduce { fold, x, axes } => {
                let mut out = vec![start(fold); n];
                for q in self.positions(axes, p) {
                    let x = self.at(x, &q)?;
                    out.iter_mut().zip(&*x).for_each(|(o, x)| *o = together(fold, *o, *x));
                }
                out
            }
            Op::Shift { x, axis, by, init } => {
                let from = p[axis.0 as usize] as i64 - i64::from(by);
                match init {
                    _ if (0..self.length(p[0], axis) as i64).contains(&from) => {
                        self.at(x, &to(axis, from as usize))?.to_vec()
                    }
                    Some(init) => self.at(init, p)?.to_vec(),
                    None => self.absent(v),
                }
            }
            Op::Edge { x, axis, by } => {
                let length = self.length(p[0], axis) as i64;
                let mut out = self.absent(v);
                for t in (0..length).filter(|t| !(0..length).contains(&(t - i64::from(by)))) {
                    let x = self.at(x, &to(axis, t as usize))?;
                    match s.ty(v).elem {
                        Elem::Index(_) => out = x.to_vec(),
                        Elem::Real | Elem::Bit => out.iter_mut().zip(&*x).for_each(|(o, x)| *o += x),
                    }
                }
                out
            }
            Op::Reverse { x, axis } => {
                let last = self.length(p[0], axis) - 1;
                self.at(x, &to(axis, last - p[axis.0 as usize]))?.to_vec()
            }
            Op::Rename { x, from, to: now } => self.at(x, &to(from, p[now.0 as usize]))?.to_vec(),
            Op::Contract { a, b, spec, over } => {
                let mut out = vec![0.0; n];
                for q in self.positions(over, p) {
                    let (x, y) = (self.at(a, &q)?, self.at(b, &q)?);
                    product(&spec, &s.ty(a).shape, &s.ty(b).shape, &x, &y, &mut out);
                }
                out
            }
            Op::Gather { table, index } => {
                let (rows, class) = (self.at(table, p)?, self.at(index, p)?[0]);
                match class >= 0.0 {
                    true => rows[class as usize * n..][..n].to_vec(),
                    false => vec![0.0; n],
                }
            }
            Op::Scatter { x, index, .. } => {
                let mut out = vec![0.0; n];
                for q in self.positions(s.ty(x).axes.union(s.ty(index).axes), p) {
                    let (x, class) = (self.at(x, &q)?, self.at(index, &q)?[0]);
                    if class >= 0.0 {
                        let row = &mut out[class as usize * x.len()..][..x.len()];
                        row.iter_mut().zip(&*x).for_each(|(o, x)| *o += x);
                    }
                }
                out
            }
            Op::Pick { x, index } => {
                let (x, class) = (self.at(x, p)?, self.at(index, p)?[0]);
                vec![if class >= 0.0 { x[class as usize] } else { 0.0 }]
            }
            Op::Place { x, index, .. } => {
                let (x, class) = (self.at(x, p)?[0], self.at(index, p)?[0]);
                (0..n).map(|i| if i as f64 == class { x } else { 0.0 }).collect()
            }
        })
    }
}

fn start(fold: Fold) -> f64 {
    match fold {
        Fold::Sum => 0.0,
        Fold::Max => f64::NEG_INFINITY,
    }
}

fn together(fold: Fold, a: f64, b: f64) -> f64 {
    match fold {
        Fold::Sum => a + b,
        Fold::Max => f64::binary(Binary::Max)(a, b),
    }
}

/// Adds a product, label by label.
fn product(spec: &Contraction, of_a: &[usize], of_b: &[usize], x: &[f64], y: &[f64], out: &mut [f64]) {
    let place = |labels: &[u8], sizes: &[usize], at: &BTreeMap<u8, usize>| {
        labels.iter().zip(sizes).fold(0, |i, (l, n)| i * n + at[l])
    };
    let sizes: BTreeMap<u8, usize> = (spec.a.iter().zip(of_a))
        .chain(spec.b.iter().zip(of_b))
        .map(|(l, n)| (*l, *n))
        .collect();
    let of_out: Vec<usize> = spec.out.iter().map(|l| sizes[l]).collect();
    for mut i in 0..sizes.values().product() {
        let mut at = BTreeMap::new();
        for (l, n) in &sizes {
            at.insert(*l, i % n);
            i /= n;
        }
        out[place(&spec.out, &of_out, &at)] += x[place(&spec.a, of_a, &at)] * y[place(&spec.b, of_b, &at)];
    }
}
