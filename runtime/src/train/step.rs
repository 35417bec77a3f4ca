//! One update of the parameters.

use super::workers::Workers;
use crate::batch::Batch;
use crate::error::Error;
use crate::model::{Draws, Model};
use crate::optimiser::Optimiser;
use crate::optimiser::clip::clip;
use crate::real::Real;
use crate::regime::Regime;

/// Where training stands.
#[derive(Clone, Copy)]
pub(super) struct At {
    /// From 1 on.
    pub(super) epoch: usize,
    /// Steps done before this one.
    pub(super) step: u64,
    pub(super) lr: f64,
}

/// Updates the parameters by the gradient of a batch's loss, and gives the metrics before it.
///
/// # Errors
/// [`Error::Diverged`], and then the parameters are as before.
pub(super) fn step<R: Real, M: Model<R>>(
    workers: &mut Workers<'_, R, M>,
    optimiser: &mut Optimiser<R>,
    params: &mut [R],
    batches: &[Batch<R>],
    regime: &Regime,
    at: At,
) -> Result<Vec<f64>, Error> {
    let draws = Draws {
        seed: regime.seed,
        step: at.step,
    };
    let (metrics, gradients) = workers.train(params, batches, draws);
    let norm = clip(regime.clip.as_ref(), optimiser.trained(), gradients);
    for (what, value) in [("training loss", metrics[0]), ("norm of the gradient", norm)] {
        if !value.is_finite() {
            return Err(diverged(what, value, at.step + 1, at.epoch, at.lr));
        }
    }
    optimiser.update(at.lr, params, gradients);
    Ok(metrics)
}

pub(super) fn diverged(what: &'static str, value: f64, step: u64, epoch: usize, lr: f64) -> Error {
    Error::Diverged {
        what,
        value,
        step,
        epoch,
        lr,
    }
}
