//! A network written inline, trained step by step on data that this program makes itself; then it goes on by itself.
//!
//! `cargo run --release -p inline`

use rnn::decode::{How, Sampling, Search};
use rnn::ndarray::Array1;
use std::error::Error;

rnn::rnn! {
    /// Learns to count: the symbols are the ten digits and a new line.
    model digits(vocab = 11, n = 24) {
        target text: index[vocab] over t;
        text ~ categorical(affine(text[t-1] |> embed(8) |> gru(n)));
    }

    train digits {
        optimizer adam(lr: 0.01);
        clip      norm(1.0);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let windows: Vec<Array1<u32>> = (0..40).map(|i| window(12 * i)).collect();
    let examples = || windows.iter().map(|text| DigitsExample { text: text.view() });

    let mut digits: Digits = Digits::new(1);
    for step in 1..=200 {
        let metrics = digits.train_step(examples())?;
        if step % 50 == 0 {
            println!("after {step} steps: {:.4} nats a symbol", metrics.loss);
        }
    }

    // What comes after each symbol of a text that it has not seen.
    let text = window(231);
    let outputs = digits.forward([DigitsExample { text: text.view() }])?;
    let rows = outputs[0].text_logits.rows().into_iter();
    let best = rows.map(|row| (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0) as u32);
    let right = best.zip(&text).filter(|(best, truth)| best == *truth).count();
    println!("of {} symbols, {right} are its first guess", text.len());

    // The likeliest symbol at each step, which the next step reads.
    let sampling = Sampling {
        temperature: 0.0,
        ..Sampling::default()
    };
    let search = Search {
        how: How::Sample(sampling),
        count: 1,
    };
    let said = digits.generate(&window(231).to_vec()[..12], &search, 24)?;
    println!("it goes on: {}", written(&said[0].text));
    Ok(())
}

/// Symbols as text, a space for a new line.
fn written(symbols: &Array1<u32>) -> String {
    let letter = |&c: &u32| char::from_digit(c, 10).unwrap_or(' ');
    symbols.iter().map(letter).collect()
}

/// Twelve numbers from `first` on, a line each, as symbols.
fn window(first: usize) -> Array1<u32> {
    let lines: String = (first..first + 12).map(|n| format!("{n}\n")).collect();
    lines.chars().map(|c| c.to_digit(10).unwrap_or(10)).collect()
}
