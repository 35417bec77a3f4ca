//! One way through the examples.

use super::record::{Row, Tally};
use super::report::{Reporter, Step};
use super::step::{At, diverged, step};
use super::within::{Stretch, Stretches};
use super::workers::Workers;
use super::{Progress, Training};
use crate::batch::Batch;
use crate::data::assemble::{assemble, shards};
use crate::data::{Dataset, Example, Part, Pass};
use crate::draw::Stream;
use crate::error::Error;
use crate::model::{Model, ModelSpec};
use crate::optimiser::schedule::{self, rate};
use crate::real::Real;
use crate::regime::Regime;
use std::time::Instant;

/// An epoch that is over.
pub(super) struct Done {
    pub(super) row: Row,
    pub(super) stretches: Vec<Stretch>,
    /// No limit of steps cut it short.
    pub(super) whole: bool,
    /// Of training alone.
    pub(super) positions_per_second: f64,
}

impl<M> Training<'_, M> {
    /// Trains for one epoch and validates.
    pub(super) fn epoch<R: Real>(
        &self,
        workers: &mut Workers<'_, R, M>,
        progress: &mut Progress<R>,
        reporter: &mut dyn Reporter,
    ) -> Result<Done, Error>
    where
        M: Model<R>,
    {
        let (spec, regime) = (self.spec, self.regime);
        let done = progress.rows.len();
        let pass = Pass {
            part: Part::Train,
            seed: regime.seed,
            epoch: done as u64,
        };
        let mut order: Vec<usize> = (0..self.dataset.examples(Part::Train)).collect();
        Stream::new(regime.seed, "shuffle", pass.epoch).shuffle(&mut order);
        let mut tally = Tally::new(spec);
        let mut stretches = Stretches::new(spec, self.steps_an_epoch());
        let mut lr = 0.0;
        let mut whole = true;
        let started = Instant::now();
        for indices in order.chunks(regime.batch) {
            if progress.step >= self.limit() {
                whole = false;
                break;
            }
            let batches = batches(spec, self.dataset, pass, indices);
            workers.check(&batches)?;
            let at = schedule::Progress {
                epoch: done,
                step: progress.step,
                steps: self.planned(),
            };
            lr = rate(&regime.schedule, regime.optimizer.lr(), at, &progress.watch);
            let at = At {
                epoch: done + 1,
                step: progress.step,
                lr,
            };
            let (optimiser, params) = (&mut progress.optimiser, &mut progress.params);
            let metrics = step(workers, optimiser, params, &batches, regime, at)
                .map_err(|e| blame(e, workers, spec, self.dataset, pass, indices, params))?;
            progress.step += 1;
            stretches.add(&metrics, &batches[0], progress.step, lr);
            reporter.step(&Step {
                epoch: done + 1,
                step: progress.step,
                positions: tally.add(spec, &metrics, &batches[0]),
                loss: tally.values(spec)[0],
            });
        }
        let positions_per_second = tally.positions as f64 / started.elapsed().as_secs_f64().max(1e-9);
        let valid = (self.dataset.examples(Part::Valid) > 0).then(|| {
            let pass = Pass {
                part: Part::Valid,
                // 0 is left to evaluation without training.
                epoch: done as u64 + 1,
                ..pass
            };
            let tally = evaluate(workers, spec, self.dataset, regime, pass, &progress.params)?;
            Ok::<_, Error>(tally.values(spec))
        });
        let valid = valid.transpose()?;
        let row = Row {
            epoch: done + 1,
            step: progress.step,
            lr,
            train: tally.values(spec),
            valid,
        };
        if !row.loss().is_finite() {
            let why = diverged("validation loss", row.loss(), progress.step, done + 1, lr);
            let pass = Pass {
                part: Part::Valid,
                epoch: done as u64 + 1,
                ..pass
            };
            let all: Vec<usize> = (0..self.dataset.examples(pass.part)).collect();
            return Err(blame(why, workers, spec, self.dataset, pass, &all, &progress.params));
        }
        Ok(Done {
            row,
            stretches: stretches.finish(),
            whole,
            positions_per_second,
        })
    }
}

/// Some examples of a pass, as the shards of one batch.
fn batches<R: Real>(spec: &ModelSpec, dataset: &dyn Dataset, pass: Pass, indices: &[usize]) -> Vec<Batch<R>> {
    let examples: Vec<Example> = indices.iter().map(|&i| dataset.example(pass, i)).collect();
    let ids: Vec<u64> = indices.iter().map(|&i| i as u64).collect();
    assemble(spec, &ids, &examples, shards(examples.len()))
}

/// Training that has diverged, or the first of these examples that makes it look so.
fn blame<R: Real, M: Model<R>>(
    why: Error,
    workers: &mut Workers<'_, R, M>,
    spec: &ModelSpec,
    dataset: &dyn Dataset,
    pass: Pass,
    indices: &[usize],
    params: &[R],
) -> Error {
    let Error::Diverged { step, epoch, .. } = why else {
        return why;
    };
    let mut loss = |&i: &usize| workers.evaluate(params, &batches(spec, dataset, pass, &[i]))[0];
    // One alone is compared with the one that follows it.
    let next = indices
        .first()
        .map(|i| (i + 1) % dataset.examples(pass.part))
        .filter(|_| indices.len() == 1);
    let losses: Vec<(usize, f64)> = indices.iter().chain(&next).map(|i| (*i, loss(i))).collect();
    let fine = losses.iter().any(|(_, x)| x.is_finite());
    match losses.iter().find(|(_, x)| !x.is_finite()) {
        Some(&(i, value)) if fine => Error::Example {
            number: i + 1,
            part: pass.part.name(),
            value,
            step,
            epoch,
        },
        _ => why,
    }
}

/// The metrics of a pass, in the order of its examples.
pub(super) fn evaluate<R: Real, M: Model<R>>(
    workers: &mut Workers<'_, R, M>,
    spec: &ModelSpec,
    dataset: &dyn Dataset,
    regime: &Regime,
    pass: Pass,
    params: &[R],
) -> Result<Tally, Error> {
    let mut tally = Tally::new(spec);
    let indices: Vec<usize> = (0..dataset.examples(pass.part)).collect();
    for indices in indices.chunks(regime.batch) {
        let batches = batches(spec, dataset, pass, indices);
        workers.check(&batches)?;
        let metrics = workers.evaluate(params, &batches);
        tally.add(spec, &metrics, &batches[0]);
    }
    Ok(tally)
}
