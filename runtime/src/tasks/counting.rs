//! Counting: the language a^n b^n.

use super::{Amount, Given, Task, between, task, unless};
use crate::data::Values;
use crate::draw::Stream;

task!(
    /// A start symbol, n times `a`, n times `b`, an end symbol, with n from `shortest` to `longest` (Gers & Schmidhuber
    /// 2001). The classes are the mark of both ends, `a`, `b`; `legal` are the symbols that may follow.
    Counting {
        shortest: usize = 1,
        longest: usize = 10,
    }
);

impl Task for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn amount(&self) -> Amount {
        self.numbers()
    }

    fn given(&self) -> Vec<Given> {
        vec![
            Given::index("x", 3).over(0),
            Given::index("y", 3).over(0),
            Given::real("legal", &[3]).over(0),
        ]
    }

    fn draw(&self, random: &mut Stream) -> Vec<Values> {
        let n = between(random, self.shortest, self.longest);
        let string: Vec<u32> = [vec![0], vec![1; n], vec![2; n], vec![0]].concat();
        // After the start there is no `b` yet, as there is no empty string; among the `a`s both may follow.
        let after = |i: usize| match i {
            0 => [0.0, 1.0, 0.0],
            i if i <= n => [0.0, 1.0, 1.0],
            i if i < 2 * n => [0.0, 0.0, 1.0],
            _ => [1.0, 0.0, 0.0],
        };
        let legal = (0..string.len() - 1).flat_map(after).collect();
        vec![
            Values::Index(string[..string.len() - 1].to_vec()),
            Values::Index(string[1..].to_vec()),
            Values::Real(legal),
        ]
    }

    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        unless([
            (self.shortest >= 1, "shortest", "must be at least 1"),
            (self.shortest <= self.longest, "longest", "must be at least `shortest`"),
        ])
    }
}
