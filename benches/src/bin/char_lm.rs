//! A training step of the character model (vocabulary 65, embedding 64, 2 x LSTM 256, 100 steps, 50 rows): forward,
//! backward, clipping, Adam, on one thread in f32, beside the machine's own peak measured in the same run.
//!
//! `RUSTFLAGS="-C target-cpu=native" cargo run --release -p rnn-benches --bin char_lm`

use rnn::regime::Clip;
use rnn_benches::peak::warn_of_the_build;
use rnn_benches::step::Run;

rnn::rnn! {
    model char_lm(vocab = 65, n = 256, depth = 2) {
        target text: index[vocab] over t;
        text ~ categorical(affine(text[t-1] |> embed(64) |> stack(depth, lstm(n))));
    }
}

const STEPS: usize = 100;
const ROWS: usize = 50;
/// Multiplications and additions a position, forward: embedding to gates, states to gates, the second layer, the logits;
/// backward twice that.
const FLOPS: f64 = 3.0 * 2.0 * (1024.0 * (64.0 + 256.0) + 1024.0 * 512.0 + 65.0 * 256.0);

fn main() {
    warn_of_the_build();
    let run = Run {
        rounds: 15,
        clip: Some(Clip::Norm(1.0)),
        ..Run::default()
    };
    let time = run.time(CharLm::<f32>::program(), ROWS, STEPS);
    let positions = (STEPS * ROWS) as f64;
    let speed = FLOPS * positions / time.seconds;
    println!("a step                 {:.1} ms", time.seconds * 1e3);
    println!("characters a second    {:.0}", positions / time.seconds);
    println!("products               {:.1} GFLOP/s", speed / 1e9);
    println!("peak of the machine    {:.1} GFLOP/s, measured now", time.peak / 1e9);
    println!("fraction of the peak   {:.0}%", 100.0 * speed / time.peak);
}
