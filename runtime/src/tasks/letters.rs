//! Letters in words (Elman 1990).

use super::{Amount, Given, Task, task, unless};
use crate::data::Values;
use crate::draw::Stream;

task!(
    /// A stream of the words `ba`, `dii` and `guuu` without spaces; the next letter is due. The classes are b, d, g, a, i,
    /// u; `features` are Elman's six of the letter read: consonant, vowel, interrupted, high, back, voiced; `vowel` is 1
    /// where the letter due is a vowel, and so can be known.
    Letters {
        words: usize = 100,
    }
);

const FEATURES: [[f64; 6]; 6] = [
    [1.0, 0.0, 1.0, 0.0, 0.0, 1.0],
    [1.0, 0.0, 1.0, 1.0, 0.0, 1.0],
    [1.0, 0.0, 1.0, 0.0, 1.0, 1.0],
    [0.0, 1.0, 0.0, 0.0, 1.0, 1.0],
    [0.0, 1.0, 0.0, 1.0, 0.0, 1.0],
    [0.0, 1.0, 0.0, 1.0, 1.0, 1.0],
];

impl Task for Letters {
    fn name(&self) -> &'static str {
        "letters"
    }

    fn amount(&self) -> Amount {
        self.numbers()
    }

    fn given(&self) -> Vec<Given> {
        vec![
            Given::index("x", 6).over(0),
            Given::index("y", 6).over(0),
            Given::real("features", &[6]).over(0),
            Given::real("vowel", &[]).over(0),
        ]
    }

    fn draw(&self, random: &mut Stream) -> Vec<Values> {
        let mut stream = Vec::new();
        for _ in 0..self.words {
            let word = random.below(3) as u32;
            stream.push(word);
            stream.extend(vec![3 + word; word as usize + 1]);
        }
        // One more consonant is due after the last vowel.
        let next = random.below(3) as u32;
        let y = [&stream[1..], &[next]].concat();
        let features = stream.iter().flat_map(|&letter| FEATURES[letter as usize]).collect();
        let vowel = y.iter().map(|&letter| f64::from(u8::from(letter >= 3))).collect();
        vec![
            Values::Index(stream),
            Values::Index(y),
            Values::Real(features),
            Values::Real(vowel),
        ]
    }

    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        unless([(self.words >= 1, "words", "must be at least 1")])
    }
}
