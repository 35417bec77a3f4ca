//! Moving average of noise.

use super::{Amount, Given, Task, task, unless};
use crate::data::Values;
use crate::draw::Stream;

task!(
    /// Standard normal noise `x`, and its exponential moving average y = keep * y[t-1] + (1 - keep) * x.
    MovingAverage {
        length: usize = 100,
        keep: f64 = 0.9,
    }
);

impl Task for MovingAverage {
    fn name(&self) -> &'static str {
        "moving_average"
    }

    fn amount(&self) -> Amount {
        self.numbers()
    }

    fn given(&self) -> Vec<Given> {
        vec![Given::real("x", &[]).over(0), Given::real("y", &[]).over(0)]
    }

    fn draw(&self, random: &mut Stream) -> Vec<Values> {
        let x: Vec<f64> = (0..self.length).map(|_| random.normal()).collect();
        let average = |y: &mut f64, x: &f64| {
            *y = self.keep * *y + (1.0 - self.keep) * x;
            Some(*y)
        };
        let y = x.iter().scan(0.0, average).collect();
        vec![Values::Real(x), Values::Real(y)]
    }

    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        unless([((0.0..1.0).contains(&self.keep), "keep", "must be from 0, below 1")])
    }
}
