//! The Mackey-Glass series.

use super::{Amount, Given, Task, task, unless};
use crate::data::Values;
use crate::draw::Stream;
use crate::math::double;

task!(
    /// The delay equation of Mackey & Glass (1977) as Jaeger (2001) has it: dz/dt = 0.2 z(t - tau) / (1 + z(t - tau)^10) -
    /// 0.1 z, by Euler steps of 0.1, one value a unit of time, squashed to tanh(z - 1), from a random start. The value
    /// `horizon` steps ahead is due.
    MackeyGlass {
        length: usize = 500,
        tau: usize = 17,
        horizon: usize = 1,
    }
);

/// Units of time that are dropped.
const WASHOUT: usize = 300;
/// Euler steps a unit of time.
const FINE: usize = 10;

impl Task for MackeyGlass {
    fn name(&self) -> &'static str {
        "mackey_glass"
    }

    fn amount(&self) -> Amount {
        self.numbers()
    }

    fn given(&self) -> Vec<Given> {
        vec![Given::real("x", &[]).over(0), Given::real("y", &[]).over(0)]
    }

    fn draw(&self, random: &mut Stream) -> Vec<Values> {
        let units = WASHOUT + self.length + self.horizon;
        let delay = self.tau * FINE;
        let mut z = vec![1.2 + 0.4 * (random.uniform() - 0.5); delay + 1];
        for t in delay..delay + units * FINE {
            let (past, square) = (z[t - delay], z[t - delay] * z[t - delay]);
            let tenth = square * square * square * square * square;
            z.push(z[t] + (0.2 * past / (1.0 + tenth) - 0.1 * z[t]) / FINE as f64);
        }
        let kept = z[delay..].iter().step_by(FINE).skip(WASHOUT);
        let series: Vec<f64> = kept.map(|&z| double::tanh(z - 1.0)).collect();
        vec![
            Values::Real(series[..self.length].to_vec()),
            Values::Real(series[self.horizon..self.horizon + self.length].to_vec()),
        ]
    }

    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        unless([(self.tau >= 1, "tau", "must be at least 1")])
    }
}
