//! The interpreter as a model, so that the training loop runs on it.

use super::{Inputs, Interpreter, Number, Values, Workspace};
use crate::backends::spec::model_spec;
use crate::schedule::Program;
use crate::system::{AxisId, AxisKind, AxisSet, Root, RootKind, System, Value};
use rnn_runtime::{Batch, Column, Draws, Model, ModelSpec, Steps};
use std::borrow::Cow;

/// A model that is interpreted.
#[derive(Clone, Debug)]
pub struct Interpreted {
    spec: ModelSpec,
    train: Interpreter,
    evaluate: Interpreter,
}

impl Interpreted {
    /// `train` has gradients and draws; `evaluate` has outputs. The metrics of both must be the same.
    pub fn new(train: &Program, evaluate: &Program) -> Interpreted {
        Interpreted {
            spec: model_spec(&evaluate.system),
            train: Interpreter::new(train),
            evaluate: Interpreter::new(evaluate),
        }
    }
}

impl<R: Number> Model<R> for Interpreted {
    type Workspace = Workspace<R>;

    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn workspace(&self) -> Workspace<R> {
        Workspace::default()
    }

    fn train(
        &self,
        workspace: &mut Workspace<R>,
        params: &[R],
        gradients: &mut [R],
        batch: &Batch<R>,
        draws: Draws,
        metrics: &mut [f64],
    ) {
        let system = &self.train.program().system;
        let values = self.train.run_in(workspace, &unpack(system, params, batch, draws));
        write_metrics(system, &values, metrics);
        for root in &system.roots {
            if let RootKind::Gradient(p) = root.kind {
                let offset = self.spec.params[p.index()].offset;
                let gradient = values.flat(root.value);
                gradients[offset..offset + gradient.len()]
                    .iter_mut()
                    .zip(gradient)
                    .for_each(|(g, x)| *g += *x);
            }
        }
        workspace.reclaim(values);
    }

    fn evaluate(
        &self,
        workspace: &mut Workspace<R>,
        params: &[R],
        batch: &Batch<R>,
        metrics: &mut [f64],
        outputs: Option<&mut Vec<Vec<R>>>,
    ) {
        let system = &self.evaluate.program().system;
        let values = self
            .evaluate
            .run_in(workspace, &unpack(system, params, batch, Draws::default()));
        write_metrics(system, &values, metrics);
        if let Some(outputs) = outputs {
            let roots = system.roots.iter().filter(|r| r.kind == RootKind::Output);
            *outputs = roots.map(|r| pack(system, &values, r.value, batch)).collect();
        }
        workspace.reclaim(values);
    }
}

fn write_metrics<R: Number>(system: &System, values: &Values<R>, metrics: &mut [f64]) {
    let of = |kind: RootKind| system.roots.iter().filter(move |r: &&Root| r.kind == kind);
    for (m, root) in metrics.iter_mut().zip(of(RootKind::Loss).chain(of(RootKind::Metric))) {
        *m = values.scalar(root.value).to_f64();
    }
}

fn unpack<'a, R: Number>(system: &System, params: &'a [R], batch: &'a Batch<R>, draws: Draws) -> Inputs<'a, R> {
    let data = system.data.iter().zip(&batch.columns).map(|((_, data), column)| {
        let numbers = match column {
            Column::Real(xs) => Cow::Borrowed(&xs[..]),
            Column::Index(xs) => Cow::Owned(xs.iter().map(|&c| class(c)).collect()),
        };
        let (steps, row) = rows(system, data.ty.axes, data.ty.size(), batch);
        match steps {
            None => numbers,
            Some(steps) => Cow::Owned(by_example(steps, row, &numbers)),
        }
    });
    Inputs {
        params: Cow::Borrowed(params),
        data: data.collect(),
        lengths: batch.axes.iter().map(|s| s.lengths.clone()).collect(),
        whole: batch.whole.clone(),
        ids: batch.ids.clone(),
        draws,
    }
}

fn class<R: Number>(c: u32) -> R {
    if c == u32::MAX { -R::ONE } else { R::of(f64::from(c)) }
}

/// How the rows of a value over these axes are packed, none for once per example, and the elements of a row. Axes of a
/// fixed number of steps after the first axis are part of the row.
fn rows<'b, R>(system: &System, axes: AxisSet, size: usize, batch: &'b Batch<R>) -> (Option<&'b Steps>, usize) {
    let mut axes = axes.without(AxisId::BATCH).iter();
    let steps = axes.next().map(|a| &batch.axes[a.0 as usize]);
    let inner = axes.map(|a| match system.axis_info(a).kind {
        AxisKind::Steps(n) => n,
        AxisKind::Batch | AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph => {
            panic!("internal error: a batch holds values over one sequence, not over two")
        }
    });
    (steps, inner.product::<usize>() * size)
}

fn by_example<R: Number>(steps: &Steps, row: usize, packed: &[R]) -> Vec<R> {
    let mut out = Vec::with_capacity(packed.len());
    let place = places(steps);
    for (e, &length) in steps.lengths.iter().enumerate() {
        for t in 0..length {
            let at = (steps.offsets[t] + place[e]) * row;
            out.extend_from_slice(&packed[at..at + row]);
        }
    }
    out
}

/// The row of each example within a step.
fn places(steps: &Steps) -> Vec<usize> {
    let mut place = vec![0; steps.order.len()];
    steps.order.iter().enumerate().for_each(|(j, &e)| place[e] = j);
    place
}

fn pack<R: Number>(system: &System, values: &Values<R>, v: Value, batch: &Batch<R>) -> Vec<R> {
    let ty = system.ty(v);
    let flat = values.flat(v);
    let (steps, row) = rows(system, ty.axes, ty.size(), batch);
    let Some(steps) = steps else {
        let copies = if ty.axes.contains(AxisId::BATCH) {
            1
        } else {
            batch.examples()
        };
        return flat.repeat(copies);
    };
    let (place, mut out, mut at) = (places(steps), vec![R::ZERO; steps.total() * row], 0);
    for (e, &length) in steps.lengths.iter().enumerate() {
        for t in 0..length {
            let to = (steps.offsets[t] + place[e]) * row;
            out[to..to + row].copy_from_slice(&flat[at..at + row]);
            at += row;
        }
    }
    out
}
