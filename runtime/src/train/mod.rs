//! The training loop: epochs of minibatches, validation, the best weights, checkpoints.
//!
//! The same regime on the same data gives the same bytes of weights and metrics, on any number of threads, in one go or
//! resumed.

#[cfg(feature = "program")]
pub mod bar;
mod checkpoint;
mod epoch;
mod evaluate;
mod network;
#[cfg(feature = "program")]
mod plot;
pub mod record;
pub mod report;
mod step;
mod stop;
mod timing;
mod within;
mod workers;

pub use evaluate::{Evaluation, evaluate};
pub use network::{Network, Output};
pub use record::Row;
pub use report::Reporter;

use crate::data::{Dataset, Part};
use crate::error::Error;
use crate::init::initialise;
use crate::model::{Model, ModelSpec};
use crate::optimiser::schedule::Watch;
use crate::optimiser::{Optimiser, trained};
use crate::real::Real;
use crate::regime::{Regime, Schedule};
use crate::weights::{self, Meta};
use report::{Epoch, Start};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use timing::Timing;
use within::Within;
use workers::Workers;

/// Where a run's files go, and where it starts from.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// `weights.safetensors` (the best epoch's), `metrics.csv`, `steps.csv`, `timing.csv`, `loss.svg`, `regime.json`
    /// and `checkpoint.safetensors` are written to this folder.
    pub out: PathBuf,
    /// Go on from the folder's checkpoint.
    pub resume: bool,
    /// Start from these weights instead of drawing.
    pub weights: Option<PathBuf>,
    /// The text of the spec, to be saved with the weights.
    pub source: Option<String>,
    /// What else to save with them, for [`Meta::more`].
    pub notes: BTreeMap<String, String>,
}

/// How training went.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub rows: Vec<Row>,
    pub steps: u64,
    /// From 1 on; none where no epoch was run.
    pub best_epoch: Option<usize>,
    /// Of the validation, or of the training where there is none.
    pub best_loss: f64,
    pub stopped_early: bool,
    /// The training examples seen until the value was reached that [`crate::regime::Stop`] waits for.
    pub reached: Option<u64>,
    /// The most bytes that the values of a step took; 0 where the model does not know.
    pub memory: usize,
    /// The file of the best weights.
    pub weights: PathBuf,
}

/// The state of training between two epochs: what a checkpoint holds.
struct Progress<R> {
    params: Vec<R>,
    optimiser: Optimiser<R>,
    step: u64,
    rows: Vec<Row>,
    /// For [`Schedule::Plateau`]
    watch: Watch,
    /// For [`crate::regime::Stop`]
    patience: Watch,
    /// The smallest loss of an epoch, and the parameters after it.
    best: f64,
    best_params: Vec<R>,
}

impl<R: Real> Progress<R> {
    fn new(spec: &ModelSpec, regime: &Regime, params: Vec<R>) -> Progress<R> {
        Progress {
            best_params: params.clone(),
            params,
            optimiser: Optimiser::new(&regime.optimizer, spec),
            step: 0,
            rows: Vec::new(),
            watch: Watch::default(),
            patience: Watch::default(),
            best: f64::INFINITY,
        }
    }
}

/// Trains a model.
///
/// # Errors
/// Settings out of range, data that do not fit, files that cannot be read or written, a checkpoint of something else,
/// [`Error::Memory`] and [`Error::Diverged`].
pub fn train<R: Real, M: Model<R>>(
    model: &M,
    dataset: &mut dyn Dataset,
    regime: &Regime,
    run: &Run,
    reporter: &mut dyn Reporter,
) -> Result<Outcome, Error> {
    train_from(model, dataset, regime, run, reporter, None)
}

/// [`train`], from these parameters where the run names no others.
fn train_from<R: Real, M: Model<R>>(
    model: &M,
    dataset: &mut dyn Dataset,
    regime: &Regime,
    run: &Run,
    reporter: &mut dyn Reporter,
    params: Option<&[R]>,
) -> Result<Outcome, Error> {
    regime.check()?;
    stop::check(regime, model.spec())?;
    dataset.bind(model.spec())?;
    if dataset.examples(Part::Train) == 0 {
        return Err(Error::Data(
            "nothing is left to train on: the split gives everything to validation".into(),
        ));
    }
    fs::create_dir_all(&run.out).map_err(Error::write(&run.out))?;
    let progress = begin(model.spec(), dataset, regime, run, params)?;
    let dataset: &dyn Dataset = dataset;
    workers::with_threads(regime, || {
        let training = Training {
            model,
            spec: model.spec(),
            dataset,
            regime,
            run,
        };
        training.run(progress, reporter)
    })?
}

/// The state to start from: a checkpoint, weights, or a draw.
fn begin<R: Real>(
    spec: &ModelSpec,
    dataset: &dyn Dataset,
    regime: &Regime,
    run: &Run,
    params: Option<&[R]>,
) -> Result<Progress<R>, Error> {
    if run.resume {
        return checkpoint::load(&run.out.join(CHECKPOINT), spec, regime, dataset);
    }
    let of = |params: Vec<f64>| params.into_iter().map(R::of).collect();
    let params = match (&run.weights, params) {
        (Some(path), _) => of(load_weights(path, spec, dataset)?),
        (None, Some(params)) => params.to_vec(),
        (None, None) => of(initialise(spec, regime.seed)),
    };
    Ok(Progress::new(spec, regime, params))
}

fn load_weights(path: &Path, spec: &ModelSpec, dataset: &dyn Dataset) -> Result<Vec<f64>, Error> {
    let (params, meta) = weights::load_into(path, spec)?;
    if &meta.encoding != dataset.encoding() {
        return Err(Error::Weights {
            path: path.to_owned(),
            why: "these weights are for data that are read otherwise, by another vocabulary for instance".into(),
        });
    }
    Ok(params)
}

/// The name of the checkpoint in the folder of a run.
pub const CHECKPOINT: &str = "checkpoint.safetensors";

struct Training<'a, M> {
    model: &'a M,
    spec: &'a ModelSpec,
    dataset: &'a dyn Dataset,
    regime: &'a Regime,
    run: &'a Run,
}

impl<M> Training<'_, M> {
    fn run<R: Real>(&self, mut progress: Progress<R>, reporter: &mut dyn Reporter) -> Result<Outcome, Error>
    where
        M: Model<R>,
    {
        let (regime, out) = (self.regime, &self.run.out);
        weights::replace(&out.join("regime.json"), regime.to_json().as_bytes())?;
        // Those of an epoch that the checkpoint does not know may lie there.
        self.save_best(&progress)?;
        let mut workers = Workers::new(self.model, regime.batch, regime.memory);
        let mut timing = Timing::new(&progress.rows, out);
        let mut within = Within::new(progress.step, out);
        reporter.start(&self.start::<R>(progress.step));
        let mut stopped_early = self.stops(&progress);
        while progress.rows.len() < regime.epochs && progress.step < self.limit() && !stopped_early {
            let started = Instant::now();
            let epoch::Done {
                row,
                stretches,
                whole,
                positions_per_second,
            } = self.epoch(&mut workers, &mut progress, reporter)?;
            let best = self.keep_best(&mut progress, &row)?;
            self.note(&mut progress, &row);
            progress.rows.push(row);
            record::write_csv(&out.join("metrics.csv"), self.spec, &progress.rows)?;
            within.write(progress.rows.len(), &stretches)?;
            timing.write(
                progress.rows.len(),
                started.elapsed().as_secs_f64(),
                positions_per_second,
            )?;
            #[cfg(feature = "program")]
            plot::draw(&out.join("loss.svg"), &self.spec.name, &progress.rows)?;
            stopped_early = self.stops(&progress);
            let row = &progress.rows[progress.rows.len() - 1];
            reporter.epoch(&Epoch {
                row,
                best,
                positions_per_second,
            });
            let every = regime.checkpoint.every;
            let last = stopped_early || row.epoch == regime.epochs;
            // An epoch cut short is run again, whole, by a run that goes on.
            if every > 0 && whole && (last || row.epoch.is_multiple_of(every)) {
                checkpoint::save(&out.join(CHECKPOINT), self.spec, regime, self.dataset, &progress)?;
            }
        }
        let outcome = self.outcome(progress, stopped_early, workers.peak);
        reporter.finish(&outcome);
        Ok(outcome)
    }

    fn start<R: Real>(&self, step: u64) -> Start {
        Start {
            model: self.spec.name.clone(),
            metrics: self.spec.metric_names(),
            parameters: trained(self.spec).iter().map(ExactSizeIterator::len).sum(),
            train_examples: self.dataset.examples(Part::Train),
            valid_examples: self.dataset.examples(Part::Valid),
            epochs: self.regime.epochs,
            step,
            steps: self.planned(),
            symbols: self.dataset.encoding().text().is_some(),
            unit: record::unit(self.spec, self.dataset.encoding()),
            precision: R::NAME,
            threads: rayon::current_num_threads(),
        }
    }

    fn steps_an_epoch(&self) -> u64 {
        self.dataset.examples(Part::Train).div_ceil(self.regime.batch) as u64
    }

    fn limit(&self) -> u64 {
        self.regime.steps.unwrap_or(u64::MAX)
    }

    /// The steps of all epochs.
    fn planned(&self) -> u64 {
        self.steps_an_epoch()
            .saturating_mul(self.regime.epochs as u64)
            .min(self.limit())
    }

    /// Keeps the weights of the best epoch so far, and says whether this is it.
    fn keep_best<R: Real>(&self, progress: &mut Progress<R>, row: &Row) -> Result<bool, Error> {
        // What training stopped for is kept, even if an epoch before had a smaller loss.
        let best = row.loss() < progress.best || self.reaches(row);
        if best {
            progress.best = row.loss();
            progress.best_params.clone_from(&progress.params);
            self.save_best(progress)?;
        }
        Ok(best)
    }

    fn save_best<R: Real>(&self, progress: &Progress<R>) -> Result<(), Error> {
        let mut meta = Meta::new(self.spec, self.dataset.encoding());
        meta.source.clone_from(&self.run.source);
        meta.more.clone_from(&self.run.notes);
        weights::save(
            &self.run.out.join("weights.safetensors"),
            self.spec,
            &progress.best_params,
            &meta,
        )
    }

    /// Tells the schedule and the early stop of an epoch's loss.
    fn note<R: Real>(&self, progress: &mut Progress<R>, row: &Row) {
        if let Schedule::Plateau(plateau) = &self.regime.schedule {
            progress.watch.see(plateau, row.loss());
        }
        self.count_patience(progress, row);
    }

    fn outcome<R>(&self, progress: Progress<R>, stopped_early: bool, memory: usize) -> Outcome {
        Outcome {
            best_epoch: progress
                .rows
                .iter()
                .find(|r| r.loss() == progress.best)
                .map(|r| r.epoch),
            best_loss: progress.best,
            steps: progress.step,
            reached: self.reached(&progress),
            rows: progress.rows,
            stopped_early,
            memory,
            weights: self.run.out.join("weights.safetensors"),
        }
    }
}
