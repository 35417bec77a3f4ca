//! Long sequences at bounded memory: a training step of an LSTM of 64 units on one example, with its values within 32 MB
//! and, where they are few enough, whole.
//!
//! `RUSTFLAGS="-C target-cpu=native" cargo run --release -p rnn-benches --bin long`

use rnn::{Draws, Model};
use rnn_benches::busy_seconds;
use rnn_benches::peak::warn_of_the_build;
use rnn_benches::step::batch;

rnn::rnn! {
    model long(n = 64) {
        input x: [n] over t;
        target y: [n] over t;
        y ~ normal(lstm(n)(x), 1.0);
    }

    train long {
        data   npz("long.npz");
        memory 32MB;
    }
}

const BOUND: usize = 32_000_000;

fn main() {
    warn_of_the_build();
    println!(
        "{:>7}  {:>12}  {:>14}  {:>14}  {:>10}",
        "steps", "values", "", "of the program", "ns a step"
    );
    // The system keeps the largest that a program has been: what needs most comes last.
    for bound in [BOUND, usize::MAX] {
        for steps in [1_000, 10_000, 100_000] {
            measure(Long::<f32>::program(), steps, bound);
        }
    }
}

fn measure<M: Model<f32>>(model: &M, steps: usize, bound: usize) {
    let spec = model.spec().clone();
    let batch = batch(model, 1, steps);
    let params: Vec<f32> = rnn::init::initialise(&spec, 1).into_iter().map(|x| x as f32).collect();
    let (mut gradients, mut metrics) = (vec![0.0; params.len()], vec![0.0; spec.numbers]);
    let mut workspace = model.workspace();
    let whole = model.bytes(&batch, usize::MAX).unwrap_or_default();
    let Ok(bytes) = model.bytes(&batch, bound) else {
        println!("{steps:>7}  does not fit");
        return;
    };
    model.set_bound(&mut workspace, bound);
    let mut best = f64::INFINITY;
    for step in 0..4 {
        let start = busy_seconds();
        model.train(
            &mut workspace,
            &params,
            &mut gradients,
            &batch,
            Draws { seed: 1, step },
            &mut metrics,
        );
        best = best.min(busy_seconds() - start);
    }
    let how = if bytes == whole { "whole" } else { "in segments" };
    let (values, nanoseconds) = (bytes as f64 / 1e6, best * 1e9 / steps as f64);
    println!(
        "{steps:>7}  {values:>9.1} MB  {how:>14}  {:>14}  {nanoseconds:>10.0}",
        resident()
    );
}

/// The most memory that the program has taken so far, where the system tells.
fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
    kilobytes.map_or("unknown".into(), |kb: f64| format!("{:.0} MB", kb * 1.024e-3))
}
