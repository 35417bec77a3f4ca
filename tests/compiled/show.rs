//! What compiled programs print.

use crate::batch;
use rnn_runtime::{Batch, Column, Draws, Model, Real, Steps};
use std::time::Instant;

/// Every number the model computes, by its bits.
pub fn show<R: Real, M: Model<R>>(model: &M) {
    for (what, values) in batch::results::<R, M>(model) {
        print!("{} {} {what}", model.spec().name, R::NAME);
        values.iter().for_each(|x| print!(" {}", x.to_bits()));
        println!();
    }
}

/// The best of some training steps of a model of text.
pub fn time<R: Real, M: Model<R>>(model: &M, steps: usize, examples: usize) {
    let spec = model.spec();
    let classes = spec.data[0].classes.unwrap();
    let params: Vec<R> = rnn_runtime::init::initialise(spec, 1).into_iter().map(R::of).collect();
    let axes = vec![Steps::new(vec![1; examples]), Steps::new(vec![steps; examples])];
    let batch = Batch {
        ids: (0..examples as u64).collect(),
        columns: vec![Column::Index((0..steps * examples).map(|i| (i * i % classes) as u32).collect())],
        whole: axes.iter().map(|a| a.lengths.clone()).collect(),
        axes,
    };
    let mut workspace = model.workspace();
    let mut gradients = vec![R::ZERO; params.len()];
    let mut metrics = vec![0.0; spec.metrics.len()];
    let best = (0..8).fold(f64::INFINITY, |best, _| {
        let start = Instant::now();
        model.train(&mut workspace, &params, &mut gradients, &batch, Draws::default(), &mut metrics);
        best.min(start.elapsed().as_secs_f64())
    });
    println!("{} {} T {steps} B {examples}: {:.2} ms, loss {}", spec.name, R::NAME, best * 1e3, metrics[0]);
}
