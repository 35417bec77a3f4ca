//! When training ends before its last epoch.

use super::{Progress, Row, Training};
use crate::data::Part;
use crate::error::Error;
use crate::model::ModelSpec;
use crate::regime::{Regime, Stop};

/// # Errors
/// The model lacks the metric to stop by.
pub(super) fn check(regime: &Regime, spec: &ModelSpec) -> Result<(), Error> {
    let metric = regime.stop.as_ref().map(|stop| stop.metric(&spec.metric_names()));
    metric.transpose().map(drop).map_err(|why| Error::Setting {
        path: "stop.on".into(),
        why,
    })
}

impl<M> Training<'_, M> {
    /// The rule, and its value of an epoch.
    fn rule(&self, row: &Row) -> Option<(&Stop, f64)> {
        let stop = self.regime.stop.as_ref()?;
        let (metric, valid) = stop.metric(&self.spec.metric_names()).ok()?;
        let values = row.valid.as_ref().filter(|_| valid).unwrap_or(&row.train);
        Some((stop, values[metric]))
    }

    pub(super) fn count_patience<R>(&self, progress: &mut Progress<R>, row: &Row) {
        if let Some((_, value)) = self.rule(row) {
            let patience = &mut progress.patience;
            if value < patience.best {
                (patience.best, patience.stale) = (value, 0);
            } else {
                patience.stale += 1;
            }
        }
    }

    /// Whether an epoch has the value that training waits for.
    pub(super) fn reaches(&self, row: &Row) -> bool {
        self.rule(row).is_some_and(|(stop, value)| {
            stop.at_most.is_some_and(|x| value <= x) || stop.at_least.is_some_and(|x| value >= x)
        })
    }

    /// The examples seen by the end of the epoch that reached it, which is the last.
    pub(super) fn reached<R>(&self, progress: &Progress<R>) -> Option<u64> {
        let row = progress.rows.last().filter(|row| self.reaches(row))?;
        let whole = (row.epoch * self.dataset.examples(Part::Train)) as u64;
        Some(whole.min(row.step * self.regime.batch as u64))
    }

    pub(super) fn stops<R>(&self, progress: &Progress<R>) -> bool {
        let patience = self.regime.stop.as_ref().and_then(|s| s.patience);
        patience.is_some_and(|p| progress.patience.stale >= p) || self.reached(progress).is_some()
    }
}
