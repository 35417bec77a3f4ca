//! How a training step of the LSTM grows with steps, rows and units: each doubled until it is large. Generated code knows
//! neither steps nor rows, so only units are compiled anew.
//!
//! `RUSTFLAGS="-C target-cpu=native" cargo run --release -p rnn-benches --bin growth`

use rnn::Model;
use rnn_benches::grid::{HEADING, STEPS, point};
use rnn_benches::peak::warn_of_the_build;

macro_rules! lstm {
    ($($module:ident $units:literal),*) => {$(
        mod $module {
            rnn::rnn! {
                pub model net() {
                    input x: [$units] over t;
                    target y: [$units] over t;
                    h = lstm($units)(x);
                    y ~ normal(h, 1.0);
                }
            }
        }
    )*};
}

lstm!(units_16 16, units_64 64, units_256 256, units_1024 1024);

fn lstm<M: Model<f32>>(model: &M, units: usize, rows: usize, steps: usize) {
    point("lstm", 4, model, units, rows, steps);
}

fn main() {
    warn_of_the_build();
    println!("{HEADING}");
    let net = units_64::Net::<f32>::program();
    for steps in [1, 10, 100, 1_000, 10_000, 100_000] {
        lstm(net, 64, 1, steps);
    }
    for rows in [1, 2, 4, 8, 16, 32, 64, 128, 256] {
        lstm(net, 64, rows, STEPS);
    }
    lstm(units_16::Net::<f32>::program(), 16, 16, STEPS);
    lstm(net, 64, 16, STEPS);
    lstm(units_256::Net::<f32>::program(), 256, 16, STEPS);
    lstm(units_1024::Net::<f32>::program(), 1024, 16, STEPS);
}
