//! Temporal order: which symbols came, in which order.

use super::{Amount, Given, Task, between, task, unless};
use crate::data::Values;
use crate::draw::Stream;

task!(
    /// Hochreiter & Schmidhuber (1997, section 5.6): E, random symbols a to d, and B, `length` to 1.1 `length` in all; among
    /// them `relevant` that are X or Y, at random places in fixed tenths. Which they were, in order, is due at the end:
    /// class 0 is all X, the first counts most. The classes of `x` are a, b, c, d, X, Y, E, B. `relevant: 2` is their task
    /// 6a, 3 is 6b.
    TemporalOrder {
        length: usize = 100,
        relevant: usize = 2,
    }
);

const X: u32 = 4;
const E: u32 = 6;
const B: u32 = 7;

/// Where each relevant symbol stands, in hundredths of the length.
fn places(relevant: usize) -> &'static [(usize, usize)] {
    match relevant {
        2 => &[(10, 20), (50, 60)],
        _ => &[(10, 20), (33, 43), (66, 76)],
    }
}

impl Task for TemporalOrder {
    fn name(&self) -> &'static str {
        "temporal_order"
    }

    fn amount(&self) -> Amount {
        self.numbers()
    }

    fn given(&self) -> Vec<Given> {
        vec![Given::index("x", 8).over(0), Given::index("y", 1 << self.relevant)]
    }

    fn draw(&self, random: &mut Stream) -> Vec<Values> {
        let n = between(random, self.length, self.length + self.length / 10);
        let mut x: Vec<u32> = (0..n).map(|_| random.below(4) as u32).collect();
        let mut class = 0;
        for &(from, to) in places(self.relevant) {
            let at = between(random, self.length * from / 100, self.length * to / 100);
            let symbol = random.below(2) as u32;
            x[at] = X + symbol;
            class = 2 * class + symbol;
        }
        x[0] = E;
        x[n - 1] = B;
        vec![Values::Index(x), Values::Index(vec![class])]
    }

    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        unless([
            (self.length >= 10, "length", "must be at least 10"),
            (matches!(self.relevant, 2 | 3), "relevant", "must be 2 or 3"),
        ])
    }
}
