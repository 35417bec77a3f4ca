//! Exclusive or in time (Elman 1990).

use super::{Amount, Given, Task, task, unless};
use crate::data::Values;
use crate::draw::Stream;

task!(
    /// A stream of bits of which each third is the exclusive or of the two before it; the next bit is due. `known` is 1
    /// where that is the third.
    TemporalXor {
        length: usize = 300,
    }
);

impl Task for TemporalXor {
    fn name(&self) -> &'static str {
        "temporal_xor"
    }

    fn amount(&self) -> Amount {
        self.numbers()
    }

    fn given(&self) -> Vec<Given> {
        vec![
            Given::index("x", 2).over(0),
            Given::index("y", 2).over(0),
            Given::real("known", &[]).over(0),
        ]
    }

    fn draw(&self, random: &mut Stream) -> Vec<Values> {
        let mut bits: Vec<u32> = Vec::with_capacity(self.length + 1);
        for t in 0..=self.length {
            bits.push(match t % 3 {
                2 => bits[t - 1] ^ bits[t - 2],
                _ => random.below(2) as u32,
            });
        }
        let known = (0..self.length).map(|t| f64::from(u8::from(t % 3 == 1)));
        vec![
            Values::Index(bits[..self.length].to_vec()),
            Values::Index(bits[1..].to_vec()),
            Values::Real(known.collect()),
        ]
    }

    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        unless([(self.length >= 1, "length", "must be at least 1")])
    }
}
