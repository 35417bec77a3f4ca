//! The adding problem: remember two numbers among many.

use super::{Amount, Given, Task, between, task, unless};
use crate::data::Values;
use crate::draw::Stream;
use serde::{Deserialize, Serialize};

task!(
    /// At the end of a sequence, a function of the two numbers in it that are marked.
    Adding {
        length: usize = 100,
        variant: Variant = Variant::Original,
    }
);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    /// Hochreiter & Schmidhuber (1997, section 5.4): `length` to 1.1 `length` numbers in [-1, 1], one marked with 1 among the
    /// first ten and another in the first half, the first and the last marked with -1; the target is 0.5 + (a + b) / 4.
    #[default]
    Original,
    /// Le, Jaitly & Hinton (2015): `length` numbers in [0, 1], one marked in each half; the target is a + b.
    Le,
}

impl Task for Adding {
    fn name(&self) -> &'static str {
        "adding"
    }

    fn amount(&self) -> Amount {
        self.numbers()
    }

    fn given(&self) -> Vec<Given> {
        vec![Given::real("x", &[2]).over(0), Given::real("y", &[])]
    }

    fn draw(&self, random: &mut Stream) -> Vec<Values> {
        let (x, y) = match self.variant {
            Variant::Original => original(self.length, random),
            Variant::Le => le(self.length, random),
        };
        vec![Values::Real(x.into_iter().flatten().collect()), Values::Real(vec![y])]
    }

    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        unless([(self.length >= 6, "length", "must be at least 6")])
    }
}

/// Pairs of number and mark, and the target.
fn original(length: usize, random: &mut Stream) -> (Vec<[f64; 2]>, f64) {
    let n = between(random, length, length + length / 10);
    let mut x: Vec<[f64; 2]> = (0..n).map(|_| [2.0 * random.uniform() - 1.0, 0.0]).collect();
    let half = length / 2 - 1;
    let first = random.below(half.min(10) as u64) as usize;
    // Any of the half but the one that is marked.
    let second = (first + 1 + random.below(half as u64 - 1) as usize) % half;
    for marked in [first, second] {
        // The first pair has a mark of its own: the number that it would give is zero.
        if marked == 0 {
            x[0][0] = 0.0;
        }
        x[marked][1] = 1.0;
    }
    let y = 0.5 + (x[first][0] + x[second][0]) / 4.0;
    x[0][1] = -1.0;
    x[n - 1][1] = -1.0;
    (x, y)
}

fn le(length: usize, random: &mut Stream) -> (Vec<[f64; 2]>, f64) {
    let mut x: Vec<[f64; 2]> = (0..length).map(|_| [random.uniform(), 0.0]).collect();
    let first = between(random, 0, length / 2 - 1);
    let second = between(random, length / 2, length - 1);
    x[first][1] = 1.0;
    x[second][1] = 1.0;
    let y = x[first][0] + x[second][0];
    (x, y)
}
