//! NARMA10: a nonlinear autoregressive moving average.

use super::{Amount, Given, Task, task};
use crate::data::Values;
use crate::draw::Stream;

task!(
    /// Atiya & Parlos (2000): with u uniform in [0, 0.5], y[t+1] = 0.3 y[t] + 0.05 y[t] (y[t] + ... + y[t-9]) + 1.5 u[t-9]
    /// u[t] + 0.1. At the step that reads `x` = u[t], y[t+1] is due. It is kept from growing beyond 1, which seldom
    /// happens.
    Narma {
        length: usize = 500,
    }
);

const ORDER: usize = 10;
/// Steps that are dropped.
const WASHOUT: usize = 50;

impl Task for Narma {
    fn name(&self) -> &'static str {
        "narma"
    }

    fn amount(&self) -> Amount {
        self.numbers()
    }

    fn given(&self) -> Vec<Given> {
        vec![Given::real("x", &[]).over(0), Given::real("y", &[]).over(0)]
    }

    fn draw(&self, random: &mut Stream) -> Vec<Values> {
        let n = WASHOUT + self.length;
        let u: Vec<f64> = (0..n).map(|_| 0.5 * random.uniform()).collect();
        let mut y = vec![0.0; n + 1];
        for t in 0..n {
            let sum: f64 = y[t.saturating_sub(ORDER - 1)..=t].iter().sum();
            let old = (t + 1).checked_sub(ORDER).map_or(0.0, |t| u[t]);
            y[t + 1] = f64::min(0.3 * y[t] + 0.05 * y[t] * sum + 1.5 * old * u[t] + 0.1, 1.0);
        }
        vec![
            Values::Real(u[WASHOUT..].to_vec()),
            Values::Real(y[WASHOUT + 1..].to_vec()),
        ]
    }

    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }
}
