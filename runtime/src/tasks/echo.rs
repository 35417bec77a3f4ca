//! Echo: the symbol of some steps ago.

use super::{Amount, Given, Task, task, unless};
use crate::data::Values;
use crate::draw::Stream;

task!(
    /// Random symbols, each due again `lag` steps later; before that class 0 is due.
    Echo {
        symbols: usize = 4,
        length: usize = 50,
        lag: usize = 5,
    }
);

impl Task for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn amount(&self) -> Amount {
        self.numbers()
    }

    fn given(&self) -> Vec<Given> {
        vec![
            Given::index("x", self.symbols).over(0),
            Given::index("y", self.symbols).over(0),
        ]
    }

    fn draw(&self, random: &mut Stream) -> Vec<Values> {
        let x: Vec<u32> = (0..self.length)
            .map(|_| random.below(self.symbols as u64) as u32)
            .collect();
        let y = (0..self.length).map(|t| t.checked_sub(self.lag).map_or(0, |t| x[t]));
        vec![Values::Index(x.clone()), Values::Index(y.collect())]
    }

    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        unless([(self.symbols >= 1, "symbols", "must be at least 1")])
    }
}
