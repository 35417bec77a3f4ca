//! A model in a file of its own, compiled by a build script: it learns whether the number of ones so far is odd.
//!
//! `cargo run --release -p compiled`

use rnn::ndarray::{Array1, Array2};
use std::error::Error;

rnn::include_specs!("parity");

fn main() -> Result<(), Box<dyn Error>> {
    let sequences: Vec<(Array2<f32>, Array1<u32>)> = (1..=64).map(|i| sequence(i, 5 + i % 12)).collect();
    let mut parity: Parity = Parity::new(1);
    for step in 1..=300 {
        let examples = sequences.iter().map(|(x, odd)| ParityExample {
            x: x.view(),
            odd: odd.view(),
        });
        let metrics = parity.train_step(examples)?;
        if step % 100 == 0 {
            println!("after {step} steps {:.1} % are right", 100.0 * metrics.right);
        }
    }

    let (x, odd) = sequence(1000, 20);
    let outputs = parity.forward([ParityInputs { x: x.view() }])?;
    let said = outputs[0].odd_logits.rows().into_iter();
    let right = said.zip(&odd).filter(|(row, odd)| u32::from(row[1] > row[0]) == **odd);
    println!(
        "of {} steps of a longer sequence, {} are right",
        odd.len(),
        right.count()
    );
    Ok(())
}

/// Bits of a linear congruential generator, and whether the ones among them are odd in number.
fn sequence(seed: usize, length: usize) -> (Array2<f32>, Array1<u32>) {
    let mut state = seed as u32;
    let bits: Vec<bool> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 31 == 1
    })
    .take(length)
    .collect();
    let odd = bits.iter().scan(0, |odd, &bit| {
        *odd ^= u32::from(bit);
        Some(*odd)
    });
    let odd = odd.collect();
    (
        Array2::from_shape_fn((length, 1), |(t, _)| f32::from(u8::from(bits[t]))),
        odd,
    )
}
