//! What compiled programs print.

use crate::batch;
use rnn_runtime::{Batch, Column, Draws, Model, Real, Steps};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Counts what is allocated.
pub struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller holds.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller holds.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// How many times the second training step on a batch allocates.
pub fn allocations<R: Real, M: Model<R>>(model: &M) -> usize {
    let spec = model.spec();
    let batch = batch::batch::<R>(spec);
    let params = vec![R::ONE; spec.param_len()];
    let mut gradients = vec![R::ZERO; params.len()];
    let mut metrics = vec![0.0; spec.numbers];
    let mut workspace = model.workspace();
    let mut before = 0;
    for _ in 0..2 {
        before = ALLOCATIONS.load(Ordering::Relaxed);
        model.train(&mut workspace, &params, &mut gradients, &batch, Draws::default(), &mut metrics);
    }
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

/// Whether a model that keeps to the least memory that it can do with computes the same bits; beside that least what it
/// needs otherwise.
pub fn segments<R: Real, M: Model<R>>(model: &M) {
    let spec = model.spec();
    let params: Vec<R> = rnn_runtime::init::initialise(spec, 5).into_iter().map(R::of).collect();
    let long = batch::batch_of::<R>(spec, [[450, 0, 600, 1, 385], [2, 3, 1, 0, 5]]);
    let short = batch::batch_of::<R>(spec, [[0; 5]; 2]);
    let least = model.bytes(&long, 0).unwrap_err();
    let plain = model.bytes(&long, usize::MAX).unwrap();
    assert_eq!(model.bytes(&long, least), Ok(least));
    let run = |bound: Option<usize>| -> Vec<u64> {
        let mut workspace = model.workspace();
        if let Some(bound) = bound {
            model.set_bound(&mut workspace, bound);
        }
        let mut bits = Vec::new();
        for (step, batch) in [&long, &short, &long].into_iter().enumerate() {
            let draws = Draws { seed: 3, step: step as u64 };
            let mut gradients = vec![R::ZERO; params.len()];
            let mut metrics = vec![0.0; spec.numbers];
            model.train(&mut workspace, &params, &mut gradients, batch, draws, &mut metrics);
            bits.extend(gradients.iter().map(|g| g.to_f64().to_bits()));
            bits.extend(metrics.iter().map(|m| m.to_bits()));
            model.evaluate(&mut workspace, &params, batch, &mut metrics, None);
            bits.extend(metrics.iter().map(|m| m.to_bits()));
        }
        bits
    };
    let (whole, cut) = (run(None), run(Some(least)));
    let wrong = whole.iter().zip(&cut).filter(|(a, b)| a != b).count();
    println!("{} {} {wrong} of {} bits {least} {plain}", spec.name, R::NAME, whole.len());
    if let Some(at) = whole.iter().zip(&cut).position(|(a, b)| a != b) {
        println!("first at {at}: {} {}", f64::from_bits(whole[at]), f64::from_bits(cut[at]));
    }
}

/// Every number the model computes, by its bits.
pub fn show<R: Real, M: Model<R>>(model: &M) {
    for (what, values) in batch::results::<R, M>(model) {
        print!("{} {} {what}", model.spec().name, R::NAME);
        values.iter().for_each(|x| print!(" {}", x.to_bits()));
        println!();
    }
    println!("{} {} allocations {}", model.spec().name, R::NAME, (allocations::<R, M>(model) as f64).to_bits());
}

/// A training step on examples of `steps` steps, in milliseconds of the processor's time.
pub fn time<R: Real, M: Model<R>>(model: &M, steps: usize, examples: usize) {
    let spec = model.spec();
    let params: Vec<R> = rnn_runtime::init::initialise(spec, 1).into_iter().map(R::of).collect();
    let mut axes = vec![Steps::new(vec![1; examples])];
    axes.resize(spec.axes.len(), Steps::new(vec![steps; examples]));
    let columns = spec.data.iter().map(|data| {
        let n = steps * examples * data.shape.iter().product::<usize>();
        match data.classes {
            Some(classes) => Column::Index((0..n).map(|i| (i * i % classes) as u32).collect()),
            None => Column::Real((0..n).map(|i| R::of((i % 17) as f64 / 17.0)).collect()),
        }
    });
    let batch = Batch {
        ids: (0..examples as u64).collect(),
        columns: columns.collect(),
        whole: axes.iter().map(|a| a.lengths.clone()).collect(),
        axes,
    };
    let mut workspace = model.workspace();
    let mut gradients = vec![R::ZERO; params.len()];
    let mut metrics = vec![0.0; spec.numbers];
    let mut step = || model.train(&mut workspace, &params, &mut gradients, &batch, Draws::default(), &mut metrics);
    step();
    // The system's clock of a thread is coarse: many steps at a time.
    let (mut times, mut each) = (1, 0.0);
    while each * (times as f64) < 0.5 {
        times *= 2;
        let start = Instant::now();
        let busy = busy_seconds();
        (0..times).for_each(|_| step());
        let wall = start.elapsed().as_secs_f64();
        each = busy_seconds().zip(busy).map_or(wall, |(after, before)| after - before) / times as f64;
    }
    println!("{} {} T {steps} B {examples}: {:.2} ms", spec.name, R::NAME, each * 1e3);
}

/// How long this thread has run, where the system tells.
fn busy_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}
