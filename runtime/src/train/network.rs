//! A model with its parameters, for programs that train step by step.

use super::record::Tally;
use super::step::{At, step};
use super::workers::Workers;
use super::{Outcome, Reporter, Run, train_from};
use crate::batch::{Batch, Steps};
use crate::data::assemble::{assemble, shards};
use crate::data::{self, Declared, Encoding, Example, Memory};
use crate::decode::part::unpack;
use crate::error::Error;
use crate::init::initialise;
use crate::model::{Model, ModelSpec};
use crate::optimiser::Optimiser;
use crate::optimiser::schedule::{Progress, Watch, rate};
use crate::real::Real;
use crate::regime::Regime;
use crate::weights::{self, Meta};
use std::path::Path;

/// One output of one example.
#[derive(Clone, Debug, PartialEq)]
pub struct Output<R> {
    /// Steps first.
    pub shape: Vec<usize>,
    /// Row-major.
    pub values: Vec<R>,
}

/// Parameters, the state of the optimiser, and the buffers to compute in.
pub struct Network<R: Real, M: Model<R> + 'static> {
    model: &'static M,
    regime: Regime,
    params: Vec<R>,
    optimiser: Optimiser<R>,
    step: u64,
    encoding: Encoding,
    /// For the largest batch so far.
    workers: Workers<'static, R, M>,
    largest: usize,
}

impl<R: Real, M: Model<R> + 'static> Network<R, M> {
    /// Parameters as `regime.seed` draws them.
    ///
    /// # Errors
    /// Settings out of range.
    pub fn new(model: &'static M, regime: Regime) -> Result<Network<R, M>, Error> {
        regime.check()?;
        let spec = model.spec();
        Ok(Network {
            params: initialise(spec, regime.seed).into_iter().map(R::of).collect(),
            optimiser: Optimiser::new(&regime.optimizer, spec),
            step: 0,
            encoding: Encoding::default(),
            workers: Workers::new(model, 1, regime.memory),
            largest: 1,
            regime,
            model,
        })
    }

    pub fn spec(&self) -> &'static ModelSpec {
        self.model.spec()
    }

    pub fn regime(&self) -> &Regime {
        &self.regime
    }

    /// All parameters, flat: `spec().params` says which lies where.
    pub fn params(&self) -> &[R] {
        &self.params
    }

    pub fn params_mut(&mut self) -> &mut [R] {
        &mut self.params
    }

    /// Updates made so far.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// One update by the gradient of the loss over these examples, and the metrics before it. A schedule that counts
    /// epochs stays in its first.
    ///
    /// # Errors
    /// No examples; [`Error::Diverged`], and then the parameters are as before.
    pub fn train_step(&mut self, examples: &[Example]) -> Result<Vec<f64>, Error> {
        let batches = self.batches(examples)?;
        let at = Progress {
            epoch: 0,
            step: self.step,
            steps: self.regime.steps.unwrap_or(u64::MAX),
        };
        let lr = rate(&self.regime.schedule, self.regime.optimizer.lr(), at, &Watch::default());
        let at = At {
            epoch: 1,
            step: self.step,
            lr,
        };
        let (workers, optimiser) = (&mut self.workers, &mut self.optimiser);
        let metrics = step(workers, optimiser, &mut self.params, &batches, &self.regime, at)?;
        self.step += 1;
        Ok(values(self.model.spec(), &metrics, &batches))
    }

    /// The metrics of these examples, nothing drawn.
    ///
    /// # Errors
    /// No examples.
    pub fn evaluate(&mut self, examples: &[Example]) -> Result<Vec<f64>, Error> {
        let batches = self.batches(examples)?;
        let metrics = self.workers.evaluate(&self.params, &batches);
        Ok(values(self.model.spec(), &metrics, &batches))
    }

    /// For each example every one of `spec().outputs`.
    pub fn outputs(&mut self, examples: &[Example]) -> Vec<Vec<Output<R>>> {
        if examples.is_empty() {
            return Vec::new();
        }
        let spec = self.model.spec();
        let ids: Vec<u64> = (0..examples.len() as u64).collect();
        let batch = &assemble(spec, &ids, examples, 1)[0];
        let packed = self.workers.outputs(&self.params, batch);
        let mut made = vec![Vec::new(); examples.len()];
        for (output, packed) in spec.outputs.iter().zip(packed) {
            let size = output.shape.iter().product();
            let rows = match output.axes[..] {
                [outer, inner] => of_pairs(&batch.axes[outer], &batch.axes[inner], size, &packed),
                [axis] => unpack(Some(&batch.axes[axis]), size, examples.len(), &packed),
                _ => unpack(None, size, examples.len(), &packed),
            };
            for (e, values) in rows.into_iter().enumerate() {
                let steps = output.axes.iter().map(|&a| examples[e].lengths[a]);
                let shape = steps.chain(output.shape.iter().copied()).collect();
                made[e].push(Output { shape, values });
            }
        }
        made
    }

    /// Trains as the regime says, epoch by epoch, from the parameters as they are; the best epoch's are kept.
    ///
    /// # Errors
    /// See [`super::train`].
    pub fn fit(&mut self, mut data: Memory, run: &Run, reporter: &mut dyn Reporter) -> Result<Outcome, Error> {
        let params = Some(&self.params[..]);
        let outcome = train_from(self.model, &mut data, &self.regime, run, reporter, params)?;
        self.keep(outcome)
    }

    /// Likewise, on the data that the regime names; relative paths start at `base`.
    ///
    /// # Errors
    /// What keeps the data from being read, and see [`super::train`].
    pub fn fit_source(&mut self, base: &Path, run: &Run, reporter: &mut dyn Reporter) -> Result<Outcome, Error> {
        let declared = Declared::of(self.spec());
        let encoding = (self.encoding != Encoding::default()).then_some(&self.encoding);
        let mut data = data::open(&self.regime.data, base, &declared, encoding)?;
        let outcome = train_from(
            self.model,
            data.as_mut(),
            &self.regime,
            run,
            reporter,
            Some(&self.params),
        )?;
        self.encoding = data.encoding().clone();
        self.keep(outcome)
    }

    fn keep(&mut self, outcome: Outcome) -> Result<Outcome, Error> {
        let (params, _) = weights::load_into(&outcome.weights, self.spec())?;
        self.params = params.into_iter().map(R::of).collect();
        Ok(outcome)
    }

    /// Writes the parameters; the file appears whole or not at all.
    ///
    /// # Errors
    /// What keeps the file from being written.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let meta = Meta::new(self.spec(), &self.encoding);
        weights::save(path, self.spec(), &self.params, &meta)
    }

    /// Reads parameters, and forgets what the optimiser remembers.
    ///
    /// # Errors
    /// [`Error::Read`] and [`Error::Weights`]; nothing changes then.
    pub fn load(&mut self, path: &Path) -> Result<(), Error> {
        self.take(weights::load(path)?, path)
    }

    /// Likewise from the bytes of a file; `path` is for messages.
    ///
    /// # Errors
    /// [`Error::Weights`]; nothing changes then.
    pub fn load_bytes(&mut self, bytes: &[u8], path: &Path) -> Result<(), Error> {
        self.take(weights::parse(bytes, path)?, path)
    }

    fn take(&mut self, weights: weights::Weights, path: &Path) -> Result<(), Error> {
        let (params, meta) = weights::into_arena(weights, path, self.spec())?;
        let params = params.into_iter().map(R::of).collect();
        (self.params, self.encoding) = (params, meta.encoding);
        self.optimiser = Optimiser::new(&self.regime.optimizer, self.spec());
        self.step = 0;
        Ok(())
    }

    fn batches(&mut self, examples: &[Example]) -> Result<Vec<Batch<R>>, Error> {
        if examples.is_empty() {
            return Err(Error::Data("a step needs at least one example".into()));
        }
        if examples.len() > self.largest {
            self.largest = examples.len();
            self.workers = Workers::new(self.model, self.largest, self.regime.memory);
        }
        let ids: Vec<u64> = (0..examples.len() as u64).collect();
        let batches = assemble(self.model.spec(), &ids, examples, shards(examples.len()));
        self.workers.check(&batches)?;
        Ok(batches)
    }
}

impl<R: Real, M: Model<R> + 'static> Clone for Network<R, M> {
    fn clone(&self) -> Network<R, M> {
        Network {
            model: self.model,
            regime: self.regime.clone(),
            params: self.params.clone(),
            optimiser: self.optimiser.clone(),
            step: self.step,
            encoding: self.encoding.clone(),
            workers: Workers::new(self.model, self.largest, self.regime.memory),
            largest: self.largest,
        }
    }
}

fn values<R>(spec: &ModelSpec, metrics: &[f64], batches: &[Batch<R>]) -> Vec<f64> {
    let mut tally = Tally::new(spec);
    tally.add(spec, metrics, &batches[0]);
    tally.values(spec)
}

/// Rows of pairs of steps, example by example: for each of its outer steps its inner ones.
fn of_pairs<R: Real>(outer: &Steps, inner: &Steps, size: usize, packed: &[R]) -> Vec<Vec<R>> {
    let mut rows = vec![Vec::new(); outer.order.len()];
    let mut at = 0;
    for t in 0..outer.steps() {
        for &e in &outer.order[..outer.active(t)] {
            let end = at + inner.lengths[e] * size;
            rows[e].extend_from_slice(&packed[at..end]);
            at = end;
        }
    }
    rows
}
