//! The Lorenz system.

use super::{Amount, Given, Task, task, unless};
use crate::data::Values;
use crate::draw::Stream;

task!(
    /// A path of Lorenz's (1963) equations, sigma 10, rho 28, beta 8/3, by fourth-order Runge-Kutta steps of `dt`, from a
    /// random point of the attractor; the state is (x, y, z - 25) / 10, and the next one is due.
    Lorenz {
        length: usize = 500,
        dt: f64 = 0.02,
    }
);

/// Time until the path has reached the attractor.
const WASHOUT: f64 = 20.0;

impl Task for Lorenz {
    fn name(&self) -> &'static str {
        "lorenz"
    }

    fn amount(&self) -> Amount {
        self.numbers()
    }

    fn given(&self) -> Vec<Given> {
        vec![Given::real("x", &[3]).over(0), Given::real("y", &[3]).over(0)]
    }

    fn draw(&self, random: &mut Stream) -> Vec<Values> {
        let mut state = [(); 3].map(|()| 2.0 * random.uniform() - 1.0);
        state[2] += 25.0;
        for _ in 0..(WASHOUT / self.dt) as usize {
            state = step(state, self.dt);
        }
        let mut path = Vec::with_capacity(self.length + 1);
        for _ in 0..=self.length {
            let [x, y, z] = state;
            path.push([x / 10.0, y / 10.0, (z - 25.0) / 10.0]);
            state = step(state, self.dt);
        }
        vec![
            Values::Real(path[..self.length].concat()),
            Values::Real(path[1..].concat()),
        ]
    }

    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        unless([(
            self.dt > 0.0 && self.dt <= 0.05,
            "dt",
            "must be above 0 and at most 0.05",
        )])
    }
}

fn step(s: [f64; 3], dt: f64) -> [f64; 3] {
    let slope = |[x, y, z]: [f64; 3]| [10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z];
    let along = |k: [f64; 3], h: f64| [s[0] + h * k[0], s[1] + h * k[1], s[2] + h * k[2]];
    let a = slope(s);
    let b = slope(along(a, dt / 2.0));
    let c = slope(along(b, dt / 2.0));
    let d = slope(along(c, dt));
    [0, 1, 2].map(|i| s[i] + dt / 6.0 * (a[i] + 2.0 * b[i] + 2.0 * c[i] + d[i]))
}
