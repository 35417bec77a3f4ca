//! The shards of a batch, side by side; and their sums, in one order.

use crate::batch::Batch;
use crate::data::assemble::shards;
use crate::error::Error;
use crate::model::{Draws, Model};
use crate::real::Real;
use crate::regime::Regime;
use rayon::prelude::*;

/// A thread's share of an addition, in elements.
const CHUNK: usize = 1 << 14;

struct Worker<R, W> {
    workspace: W,
    gradients: Vec<R>,
    metrics: Vec<f64>,
}

/// A worker for each shard of the largest batch.
pub(super) struct Workers<'a, R: Real, M: Model<R>> {
    model: &'a M,
    workers: Vec<Worker<R, M::Workspace>>,
    /// The bytes of values that each may hold.
    bound: Option<usize>,
    /// The most that all of them have held.
    pub(super) peak: usize,
}

impl<'a, R: Real, M: Model<R>> Workers<'a, R, M> {
    pub(super) fn new(model: &'a M, batch: usize, memory: Option<usize>) -> Workers<'a, R, M> {
        let spec = model.spec();
        let count = shards(batch);
        let bound = memory.map(|bytes| bytes / count);
        let worker = || Worker {
            workspace: model.workspace(),
            gradients: vec![R::ZERO; spec.param_len()],
            metrics: vec![0.0; spec.numbers],
        };
        let mut workers: Vec<_> = (0..count).map(|_| worker()).collect();
        if let Some(bound) = bound {
            workers
                .iter_mut()
                .for_each(|w| model.set_bound(&mut w.workspace, bound));
        }
        Workers {
            model,
            workers,
            bound,
            peak: 0,
        }
    }

    /// Checks that a batch keeps to the bound.
    ///
    /// # Errors
    /// [`Error::Memory`]
    pub(super) fn check(&mut self, batches: &[Batch<R>]) -> Result<(), Error> {
        let mut sum = 0;
        for batch in batches {
            let bytes = self.model.bytes(batch, self.bound.unwrap_or(usize::MAX));
            sum += bytes.map_err(|least| Error::Memory {
                least: least * self.workers.len(),
                granted: self.bound.unwrap_or(usize::MAX).saturating_mul(self.workers.len()),
            })?;
        }
        self.peak = self.peak.max(sum);
        Ok(())
    }

    /// The metrics of a batch and, until the next call, the gradient of its loss.
    pub(super) fn train(&mut self, params: &[R], batches: &[Batch<R>], draws: Draws) -> (Vec<f64>, &mut [R]) {
        let model = self.model;
        let workers = &mut self.workers[..batches.len()];
        side_by_side(workers, batches, |w, batch| {
            w.gradients.fill(R::ZERO);
            model.train(&mut w.workspace, params, &mut w.gradients, batch, draws, &mut w.metrics);
        });
        let metrics = sum_metrics(workers);
        let (first, rest) = workers.split_at_mut(1);
        let gradients = &mut first[0].gradients;
        if !rest.is_empty() {
            let rest: Vec<&[R]> = rest.iter().map(|w| w.gradients.as_slice()).collect();
            gradients.par_chunks_mut(CHUNK).enumerate().for_each(|(i, sum)| {
                for gradients in &rest {
                    for (s, &g) in sum.iter_mut().zip(&gradients[i * CHUNK..]) {
                        *s += g;
                    }
                }
            });
        }
        (metrics, gradients)
    }

    /// The metrics of a batch, without drawing.
    pub(super) fn evaluate(&mut self, params: &[R], batches: &[Batch<R>]) -> Vec<f64> {
        let model = self.model;
        let workers = &mut self.workers[..batches.len()];
        side_by_side(workers, batches, |w, batch| {
            model.evaluate(&mut w.workspace, params, batch, &mut w.metrics, None);
        });
        sum_metrics(workers)
    }

    /// Every output of a batch, packed.
    pub(super) fn outputs(&mut self, params: &[R], batch: &Batch<R>) -> Vec<Vec<R>> {
        let (w, mut outputs) = (&mut self.workers[0], Vec::new());
        self.model
            .evaluate(&mut w.workspace, params, batch, &mut w.metrics, Some(&mut outputs));
        outputs
    }
}

fn side_by_side<R: Real, W: Send>(
    workers: &mut [Worker<R, W>],
    batches: &[Batch<R>],
    run: impl Fn(&mut Worker<R, W>, &Batch<R>) + Sync,
) {
    if workers.len() > 1 && rayon::current_num_threads() > 1 {
        workers
            .par_iter_mut()
            .zip(batches)
            .with_max_len(1)
            .for_each(|(w, b)| run(w, b));
    } else {
        workers.iter_mut().zip(batches).for_each(|(w, b)| run(w, b));
    }
}

fn sum_metrics<R, W>(workers: &[Worker<R, W>]) -> Vec<f64> {
    let mut sum = workers[0].metrics.clone();
    for worker in &workers[1..] {
        for (s, m) in sum.iter_mut().zip(&worker.metrics) {
            *s += m;
        }
    }
    sum
}

/// Runs `work` on a pool of as many threads as can be of use.
///
/// # Errors
/// [`Error::Threads`]
pub(super) fn with_threads<T: Send>(regime: &Regime, work: impl FnOnce() -> T + Send) -> Result<T, Error> {
    let threads = regime.worker_threads().min(shards(regime.batch)).max(1);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|e| Error::Threads {
        threads,
        why: e.to_string(),
    })?;
    Ok(pool.install(work))
}
