//! The learning rate of a step.

use crate::math::double::{cos, powf};
use crate::regime::{Cosine, Plateau, Schedule};

/// What a schedule may look at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Whole epochs, and steps, done before this one.
    pub epoch: usize,
    pub step: u64,
    /// Steps that the training is planned to take.
    pub steps: u64,
}

/// Follows the validation loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watch {
    pub best: f64,
    /// Epochs since the best.
    pub stale: usize,
    /// What the learning rate is multiplied by.
    pub factor: f64,
}

impl Default for Watch {
    fn default() -> Watch {
        Watch {
            best: f64::INFINITY,
            stale: 0,
            factor: 1.0,
        }
    }
}

impl Watch {
    /// Takes note of an epoch's validation loss.
    pub fn see(&mut self, plateau: &Plateau, loss: f64) {
        if loss < self.best {
            (self.best, self.stale) = (loss, 0);
            return;
        }
        self.stale += 1;
        if self.stale >= plateau.patience {
            self.stale = 0;
            self.factor = (self.factor * plateau.factor).max(plateau.floor);
        }
    }
}

/// The learning rate for the next step, from the one the optimiser is given.
pub fn rate(schedule: &Schedule, lr: f64, at: Progress, watch: &Watch) -> f64 {
    match schedule {
        Schedule::Constant => lr,
        Schedule::Step(s) => lr * powf(s.factor, (at.epoch / s.every) as f64),
        Schedule::Exponential(s) => lr * powf(s.factor, at.epoch as f64),
        Schedule::Cosine(s) => lr * cosine(s, at),
        Schedule::Plateau(_) => lr * watch.factor,
    }
}

/// Loshchilov & Hutter (2017), without restarts; the warm-up ends at the full rate.
fn cosine(s: &Cosine, at: Progress) -> f64 {
    if at.step < s.warmup {
        return (at.step + 1) as f64 / (s.warmup + 1) as f64;
    }
    let rest = at.steps.saturating_sub(s.warmup).max(1);
    let done = ((at.step - s.warmup) as f64 / rest as f64).min(1.0);
    s.floor + (1.0 - s.floor) * 0.5 * (1.0 + cos(std::f64::consts::PI * done))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regime::{Exponential, Step};

    fn at(epoch: usize, step: u64) -> Progress {
        Progress {
            epoch,
            step,
            steps: 110,
        }
    }

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-15, "{a}, not {b}");
    }

    #[test]
    fn by_epoch() {
        let watch = Watch::default();
        let step = Schedule::Step(Step { every: 3, factor: 0.1 });
        for (epoch, want) in [(0, 2.0), (2, 2.0), (3, 0.2), (6, 0.02)] {
            close(rate(&step, 2.0, at(epoch, 0), &watch), want);
        }
        let exponential = Schedule::Exponential(Exponential { factor: 0.5 });
        close(rate(&exponential, 2.0, at(3, 0), &watch), 0.25);
        close(rate(&Schedule::Constant, 2.0, at(3, 0), &watch), 2.0);
    }

    #[test]
    fn cosine_with_warmup() {
        let schedule = Schedule::Cosine(Cosine { warmup: 10, floor: 0.2 });
        let watch = Watch::default();
        for (step, want) in [
            (0, 1.0 / 11.0),
            (9, 10.0 / 11.0),
            (10, 1.0),
            (60, 0.6),
            (110, 0.2),
            (500, 0.2),
        ] {
            close(rate(&schedule, 1.0, at(0, step), &watch), want);
        }
    }

    #[test]
    fn plateau_waits_and_has_a_floor() {
        let plateau = Plateau {
            patience: 2,
            factor: 0.5,
            floor: 0.2,
        };
        let mut watch = Watch::default();
        let factors: Vec<f64> = [3.0, 2.0, 2.0, 2.5, 1.0, 1.0, 1.0, 1.0, 1.0]
            .into_iter()
            .map(|loss| {
                watch.see(&plateau, loss);
                rate(&Schedule::Plateau(plateau.clone()), 1.0, at(0, 0), &watch)
            })
            .collect();
        assert_eq!(factors, [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.2]);
    }
}
