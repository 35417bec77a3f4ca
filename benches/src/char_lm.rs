//! A training step of the character model (vocabulary 65, embedding 64, 2 x LSTM 256, 100 steps, 50 rows): forward,
//! backward, clipping, Adam, on one thread in f32, beside the machine's own peak measured in the same run.
//!
//! `RUSTFLAGS="-C target-cpu=native" cargo run --release -p rnn-benches --bin char_lm`

use rnn::optimiser::{Optimiser, clip, trained};
use rnn::regime::{Clip, Optimizer};
use rnn::{Batch, Column, Draws, Model, Steps};
use std::time::Instant;

rnn::rnn! {
    model char_lm(vocab = 65, n = 256, depth = 2) {
        target text: index[vocab] over t;
        text ~ categorical(affine(text[t-1] |> embed(64) |> stack(depth, lstm(n))));
    }
}

const STEPS: usize = 100;
const ROWS: usize = 50;
const RUNS: usize = 15;
/// Multiplications and additions a position, forward: embedding to gates, states to gates, the second layer, the logits;
/// backward twice that.
const FLOPS: f64 = 3.0 * 2.0 * (1024.0 * (64.0 + 256.0) + 1024.0 * 512.0 + 65.0 * 256.0);

fn main() {
    if !cfg!(target_feature = "avx2") && cfg!(target_arch = "x86_64") {
        eprintln!("built without the machine's vector instructions: set RUSTFLAGS=\"-C target-cpu=native\"");
    }
    let model = CharLm::new();
    let spec = Model::<f32>::spec(&model).clone();
    let mut params: Vec<f32> = rnn::init::initialise(&spec, 1).into_iter().map(|x| x as f32).collect();
    let mut gradients = vec![0.0; params.len()];
    let mut workspace = Model::<f32>::workspace(&model);
    let mut optimiser = Optimiser::new(&Optimizer::default(), &spec);
    let text: Vec<u32> = (0..STEPS * ROWS).map(|i| (i * i * 7919 % 65) as u32).collect();
    let ones = Steps::new(vec![1; ROWS]);
    let batch: Batch<f32> = Batch {
        ids: (0..ROWS as u64).collect(),
        axes: vec![ones, Steps::new(vec![STEPS; ROWS])],
        columns: vec![Column::Index(text)],
        whole: vec![vec![1; ROWS], vec![STEPS; ROWS]],
    };
    let mut metrics = vec![0.0];
    let mut times = Vec::new();
    for step in 0..RUNS as u64 + 2 {
        let start = Instant::now();
        gradients.fill(0.0);
        metrics.fill(0.0);
        model.train(
            &mut workspace,
            &params,
            &mut gradients,
            &batch,
            Draws { seed: 1, step },
            &mut metrics,
        );
        clip::clip(Some(&Clip::Norm(1.0)), &trained(&spec), &mut gradients);
        optimiser.update(1e-3, &mut params, &gradients);
        times.push(start.elapsed().as_secs_f64());
    }
    let mut times = times.split_off(2);
    times.sort_by(f64::total_cmp);
    let (median, best) = (times[RUNS / 2], times[0]);
    let peak = peak();
    let flops = FLOPS * (STEPS * ROWS) as f64;
    println!("loss after {} steps    {:.4}", RUNS + 2, metrics[0]);
    println!("a step, median         {:.1} ms (best {:.1})", median * 1e3, best * 1e3);
    println!("characters a second    {:.0}", (STEPS * ROWS) as f64 / median);
    println!("products               {:.1} GFLOP/s", flops / median / 1e9);
    println!("peak of the machine    {:.1} GFLOP/s, measured now", peak / 1e9);
    println!("fraction of the peak   {:.0}%", 100.0 * flops / median / peak);
}

/// Fused multiply-adds a second on registers, times two: ten chains of one vector each hide the latency of four.
fn peak() -> f64 {
    const LANES: usize = 16;
    const TURNS: usize = 3_000_000;
    let factor = std::hint::black_box([0.999_999f32; LANES]);
    let start: [f32; LANES] = std::hint::black_box([1.0; LANES]);
    let add = |x: &mut [f32; LANES]| {
        for (x, f) in x.iter_mut().zip(&factor) {
            *x = if cfg!(target_feature = "fma") {
                x.mul_add(*f, *f)
            } else {
                *x * f + f
            };
        }
    };
    let mut best = 0.0f64;
    for _ in 0..5 {
        let (mut a, mut b, mut c, mut d, mut e) = (start, start, start, start, start);
        let (mut f, mut g, mut h, mut i, mut j) = (start, start, start, start, start);
        let clock = Instant::now();
        for _ in 0..TURNS {
            add(&mut a);
            add(&mut b);
            add(&mut c);
            add(&mut d);
            add(&mut e);
            add(&mut f);
            add(&mut g);
            add(&mut h);
            add(&mut i);
            add(&mut j);
        }
        std::hint::black_box([a, b, c, d, e, f, g, h, i, j]);
        best = best.max(2.0 * (LANES * 10 * TURNS) as f64 / clock.elapsed().as_secs_f64());
    }
    best
}
