//! Parity: whether the number of ones so far is odd.

use super::{Amount, Given, Task, between, task, unless};
use crate::data::Values;
use crate::draw::Stream;

task!(
    /// Random bits, `shortest` to `longest` of them, and at each step the parity of those read.
    Parity {
        shortest: usize = 1,
        longest: usize = 20,
    }
);

impl Task for Parity {
    fn name(&self) -> &'static str {
        "parity"
    }

    fn amount(&self) -> Amount {
        self.numbers()
    }

    fn given(&self) -> Vec<Given> {
        vec![Given::index("x", 2).over(0), Given::index("y", 2).over(0)]
    }

    fn draw(&self, random: &mut Stream) -> Vec<Values> {
        let n = between(random, self.shortest, self.longest);
        let x: Vec<u32> = (0..n).map(|_| random.below(2) as u32).collect();
        let flip = |parity: &mut u32, bit: &u32| {
            *parity ^= bit;
            Some(*parity)
        };
        let y = x.iter().scan(0, flip).collect();
        vec![Values::Index(x), Values::Index(y)]
    }

    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        unless([(self.shortest <= self.longest, "longest", "must be at least `shortest`")])
    }
}
