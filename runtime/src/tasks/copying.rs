//! The copying memory task: recall symbols after many blanks.

use super::{Amount, Given, Task, task, unless};
use crate::data::Values;
use crate::draw::Stream;

task!(
    /// `length` symbols, `blanks` blanks of which the last is a signal, then `length` blanks, where the symbols are due
    /// (Hochreiter & Schmidhuber 1997, as in Arjovsky, Shah & Bengio 2016). Class 0 is the blank, 1 to `symbols` the
    /// symbols, the last class of `x` the signal.
    Copying {
        symbols: usize = 8,
        length: usize = 10,
        blanks: usize = 100,
    }
);

impl Task for Copying {
    fn name(&self) -> &'static str {
        "copying"
    }

    fn amount(&self) -> Amount {
        self.numbers()
    }

    fn given(&self) -> Vec<Given> {
        vec![
            Given::index("x", self.symbols + 2).over(0),
            Given::index("y", self.symbols + 1).over(0),
        ]
    }

    fn draw(&self, random: &mut Stream) -> Vec<Values> {
        let total = 2 * self.length + self.blanks;
        let mut x = vec![0; total];
        let mut y = vec![0; total];
        for i in 0..self.length {
            let symbol = 1 + random.below(self.symbols as u64) as u32;
            x[i] = symbol;
            y[total - self.length + i] = symbol;
        }
        x[self.length + self.blanks - 1] = self.symbols as u32 + 1;
        vec![Values::Index(x), Values::Index(y)]
    }

    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        unless([
            (self.symbols >= 1, "symbols", "must be at least 1"),
            (self.length >= 1, "length", "must be at least 1"),
            (self.blanks >= 1, "blanks", "must be at least 1: the last is the signal"),
        ])
    }
}
