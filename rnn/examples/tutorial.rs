//! The model of the tutorial, written inline: it learns to spell while this program runs.
//!
//! `cargo run --release -p rnn --example tutorial`

use rnn::ndarray::Array1;
use std::error::Error;

rnn::rnn! {
    /// A gate says how much of the old state stays, and how much of it the new one sees (after Zhou et al. 2016).
    cell gated(n)(x) -> h {
        f: [n] = sigmoid(affine(x, h[t-1]));
        u: [n] = tanh(affine(x, f * h[t-1]));
        h = (1 - f) * h[t-1] + f * u;
    }

    /// Reads the letters of ba, dii and guuu, and learns to say which comes next (after Elman 1990).
    model words(vocab = 7, n = 12) {
        target text: index[vocab] over t;

        h = text[t-1] |> embed(6) |> gated(n);
        logits = affine(h);
        text ~ categorical(logits);
        metric right = accuracy(text, logits);
    }

    train words {
        optimizer adam(lr: 2e-2);
    }
}

const LETTERS: [char; 7] = [' ', 'a', 'b', 'd', 'g', 'i', 'u'];

fn symbols(text: &str) -> Array1<u32> {
    let symbol = |c| LETTERS.iter().position(|l| *l == c).unwrap_or(0) as u32;
    text.chars().map(symbol).collect()
}

pub fn main() -> Result<(), Box<dyn Error>> {
    let texts = [
        "ba dii guuu dii ba ba guuu",
        "guuu ba dii dii guuu guuu ba",
        "dii guuu guuu ba ba dii ba",
    ];
    let texts = texts.map(symbols);

    let mut words: Words = Words::new(1);
    for _ in 0..150 {
        words.train_step(texts.iter().map(|text| WordsExample { text: text.view() }))?;
    }

    // What should follow each letter of a text that it has not seen.
    let text = symbols("dii ba guuu guuu dii ba");
    let outputs = words.forward([WordsExample { text: text.view() }])?;
    let rows = outputs[0].text_logits.rows().into_iter();
    let best = rows.map(|row| (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0));
    let said: String = best.map(|symbol| LETTERS[symbol]).collect();
    println!("the letters  dii ba guuu guuu dii ba");
    println!("its guesses  {said}");
    Ok(())
}
