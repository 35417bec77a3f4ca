//! Strings of the Reber grammar.

use super::{Amount, Given, Task, task, unless};
use crate::data::Values;
use crate::draw::Stream;
use serde::{Deserialize, Serialize};

task!(
    /// The next symbol of strings of Reber's (1967) grammar is due; `strings` of them follow each other in an example. The
    /// classes are B, T, S, X, P, V, E; `legal` are the symbols that may follow.
    Reber {
        grammar: Grammar = Grammar::Embedded,
        strings: usize = 1,
    }
);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grammar {
    Plain,
    /// A plain string between B, a T or a P, the same again, and E: the last choice can only be remembered.
    #[default]
    Embedded,
}

const SYMBOLS: usize = 7;
const B: u32 = 0;
const T: u32 = 1;
const S: u32 = 2;
const X: u32 = 3;
const P: u32 = 4;
const V: u32 = 5;
const E: u32 = 6;

/// From each state of the grammar, after B, the two symbols that may follow and the states that they lead to; from the
/// state after the last, E.
const PATHS: [[(u32, usize); 2]; 5] = [
    [(T, 1), (P, 2)],
    [(S, 1), (X, 3)],
    [(T, 2), (V, 4)],
    [(X, 2), (S, 5)],
    [(P, 3), (V, 5)],
];

impl Task for Reber {
    fn name(&self) -> &'static str {
        "reber"
    }

    fn amount(&self) -> Amount {
        self.numbers()
    }

    fn given(&self) -> Vec<Given> {
        vec![
            Given::index("x", SYMBOLS).over(0),
            Given::index("y", SYMBOLS).over(0),
            Given::real("legal", &[SYMBOLS]).over(0),
        ]
    }

    fn draw(&self, random: &mut Stream) -> Vec<Values> {
        // Each symbol with what could have stood in its place.
        let mut string: Vec<(u32, Vec<u32>)> = Vec::new();
        for _ in 0..self.strings {
            match self.grammar {
                Grammar::Plain => plain(random, &mut string),
                Grammar::Embedded => {
                    let outer = [T, P][random.below(2) as usize];
                    string.push((B, vec![B]));
                    string.push((outer, vec![T, P]));
                    plain(random, &mut string);
                    string.push((outer, vec![outer]));
                    string.push((E, vec![E]));
                }
            }
        }
        let symbols: Vec<u32> = string.iter().map(|(s, _)| *s).collect();
        let mut legal = vec![0.0; SYMBOLS * (string.len() - 1)];
        for (row, (_, could)) in legal.chunks_mut(SYMBOLS).zip(&string[1..]) {
            could.iter().for_each(|&s| row[s as usize] = 1.0);
        }
        vec![
            Values::Index(symbols[..symbols.len() - 1].to_vec()),
            Values::Index(symbols[1..].to_vec()),
            Values::Real(legal),
        ]
    }

    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        unless([(self.strings >= 1, "strings", "must be at least 1")])
    }
}

fn plain(random: &mut Stream, string: &mut Vec<(u32, Vec<u32>)>) {
    string.push((B, vec![B]));
    let mut state = 0;
    while let Some(paths) = PATHS.get(state) {
        let (symbol, next) = paths[random.below(2) as usize];
        string.push((symbol, vec![paths[0].0, paths[1].0]));
        state = next;
    }
    string.push((E, vec![E]));
}
