//! The interpreter as a model, so that the training loop runs on it.

use super::{Inputs, Interpreter, Number, Values, Workspace};
use crate::backends::spec::model_spec;
use crate::schedule::Program;
use crate::system::{AxisId, AxisSet, Root, RootKind, System, Value};
use rnn_runtime::{Batch, Column, Draws, Model, ModelSpec};
use std::borrow::Cow;
use std::ops::Range;

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
        match places(data.ty.axes, data.ty.size(), batch) {
            None => numbers,
            Some(places) => Cow::Owned(
                places
                    .iter()
                    .flat_map(|at| numbers[at.clone()].iter().copied())
                    .collect(),
            ),
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

/// Where a batch holds each row of a value over these axes, example by example; none for once per example. Rows are
/// along the first axis: the steps along others are part of the row.
fn places<R>(axes: AxisSet, size: usize, batch: &Batch<R>) -> Option<Vec<Range<usize>>> {
    let mut axes = axes.without(AxisId::BATCH).iter().map(|a| &batch.axes[a.0 as usize]);
    let steps = axes.next()?;
    let mut sizes = vec![size; steps.lengths.len()];
    for inner in axes {
        sizes.iter_mut().zip(&inner.lengths).for_each(|(size, n)| *size *= n);
    }
    let mut rows = vec![Vec::new(); sizes.len()];
    let mut start = 0;
    for t in 0..steps.steps() {
        for &e in &steps.order[..steps.active(t)] {
            rows[e].push(start..start + sizes[e]);
            start += sizes[e];
        }
    }
    Some(rows.concat())
}

fn pack<R: Number>(system: &System, values: &Values<R>, v: Value, batch: &Batch<R>) -> Vec<R> {
    let ty = system.ty(v);
    let flat = values.flat(v);
    let Some(places) = places(ty.axes, ty.size(), batch) else {
        let copies = if ty.axes.contains(AxisId::BATCH) {
            1
        } else {
            batch.examples()
        };
        return flat.repeat(copies);
    };
    let (mut out, mut from) = (vec![R::ZERO; flat.len()], 0);
    for to in places {
        let n = to.len();
        out[to].copy_from_slice(&flat[from..from + n]);
        from += n;
    }
    out
}
