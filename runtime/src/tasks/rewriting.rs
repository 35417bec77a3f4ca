//! A string to another string: reversed or sorted.

use super::{Amount, Given, Task, between, task, unless};
use crate::data::Values;
use crate::draw::Stream;

task!(
    /// `shortest` to `longest` random symbols `x` over one axis, and over another the same in opposite order, then the end
    /// symbol, class `symbols`.
    Reversal {
        symbols: usize = 8,
        shortest: usize = 1,
        longest: usize = 10,
    }
);

task!(
    /// As [`Reversal`], in the order of the classes.
    Sorting {
        symbols: usize = 8,
        shortest: usize = 1,
        longest: usize = 10,
    }
);

fn given(symbols: usize) -> Vec<Given> {
    vec![
        Given::index("x", symbols).over(1),
        Given::index("y", symbols + 1).over(0),
    ]
}

fn draw(symbols: usize, length: usize, random: &mut Stream, rewrite: impl Fn(&mut [u32])) -> Vec<Values> {
    let x: Vec<u32> = (0..length).map(|_| random.below(symbols as u64) as u32).collect();
    let mut y = x.clone();
    rewrite(&mut y);
    y.push(symbols as u32);
    vec![Values::Index(x), Values::Index(y)]
}

fn problems(symbols: usize, shortest: usize, longest: usize) -> Vec<(&'static str, &'static str)> {
    unless([
        (symbols >= 1, "symbols", "must be at least 1"),
        (shortest <= longest, "longest", "must be at least `shortest`"),
    ])
}

impl Task for Reversal {
    fn name(&self) -> &'static str {
        "reversal"
    }

    fn amount(&self) -> Amount {
        self.numbers()
    }

    fn given(&self) -> Vec<Given> {
        given(self.symbols)
    }

    fn draw(&self, random: &mut Stream) -> Vec<Values> {
        let length = between(random, self.shortest, self.longest);
        draw(self.symbols, length, random, <[u32]>::reverse)
    }

    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        problems(self.symbols, self.shortest, self.longest)
    }
}

impl Task for Sorting {
    fn name(&self) -> &'static str {
        "sorting"
    }

    fn amount(&self) -> Amount {
        self.numbers()
    }

    fn given(&self) -> Vec<Given> {
        given(self.symbols)
    }

    fn draw(&self, random: &mut Stream) -> Vec<Values> {
        let length = between(random, self.shortest, self.longest);
        draw(self.symbols, length, random, <[u32]>::sort_unstable)
    }

    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        problems(self.symbols, self.shortest, self.longest)
    }
}
