//! A training step of a bidirectional LSTM of 128 units on 16 examples of 100 steps of 128 features.
//!
//! `RUSTFLAGS="-C target-cpu=native" cargo run --release -p rnn-benches --bin bilstm`

use rnn_benches::grid::{HEADING, STEPS, point};
use rnn_benches::peak::warn_of_the_build;

rnn::rnn! {
    model net() {
        input x: [128] over t;
        target y: [256] over t;
        h = bidirectional(lstm(128))(x);
        y ~ normal(h, 1.0);
    }
}

fn main() {
    warn_of_the_build();
    println!("{HEADING}");
    point("bilstm", 2 * 4, Net::<f32>::program(), 128, 16, STEPS);
}
