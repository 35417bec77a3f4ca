//! A ragged batch for any model, made the same way by the test and by the program it compiles.

use rnn_runtime::{Batch, Column, ModelSpec, Real, Steps};

/// Lengths along the sequence axes, in turn: some equal, one of 1, one of 0.
const LENGTHS: [[usize; 5]; 2] = [[4, 0, 7, 1, 7], [2, 3, 1, 0, 5]];

pub fn batch<R: Real>(spec: &ModelSpec) -> Batch<R> {
    batch_of(spec, LENGTHS)
}

pub fn batch_of<R: Real>(spec: &ModelSpec, lengths: [[usize; 5]; 2]) -> Batch<R> {
    let examples = lengths[0].len();
    let mut sequences = 0;
    let mut axes: Vec<Steps> = Vec::new();
    for axis in &spec.axes {
        axes.push(match (axis.steps, axis.like) {
            _ if axes.is_empty() => Steps::new(vec![1; examples]),
            (Some(n), _) => Steps::new(vec![n; examples]),
            (None, Some(other)) => axes[other].clone(),
            (None, None) => {
                sequences += 1;
                Steps::new(lengths[(sequences - 1) % 2].to_vec())
            }
        });
    }
    let columns = spec
        .data
        .iter()
        .enumerate()
        .map(|(d, data)| {
            let rows = data.axes.first().map_or(examples, |a| axes[*a].total());
            let numbers = (0..rows * data.shape.iter().product::<usize>()).map(|i| hash(d * 1000 + i));
            match data.classes {
                Some(n) => Column::Index(numbers.map(|h| (h % n as u64) as u32).collect()),
                None if data.name.starts_with("bit") => Column::Real(numbers.map(|h| R::of((h % 2) as f64)).collect()),
                None => Column::Real(numbers.map(|h| R::of((h % 2001) as f64 / 1000.0 - 1.0)).collect()),
            }
        })
        .collect();
    // The shard is part of a batch with one example more.
    let whole = axes
        .iter()
        .map(|s| s.lengths.iter().copied().chain([3]).collect())
        .collect();
    Batch {
        ids: (10..10 + examples as u64).collect(),
        axes,
        columns,
        whole,
    }
}

fn hash(i: usize) -> u64 {
    let mut x = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^= x >> 29;
    x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x >> 32
}

/// Everything that a model computes from the batch: metrics and gradients of training, metrics and outputs of
/// evaluation. Run twice, so that what a workspace keeps shows.
pub fn results<R: Real, M: rnn_runtime::Model<R>>(model: &M) -> Vec<(String, Vec<f64>)> {
    let spec = model.spec().clone();
    let params: Vec<R> = rnn_runtime::init::initialise(&spec, 5).into_iter().map(R::of).collect();
    let mut workspace = model.workspace();
    let mut out = Vec::new();
    // The last batch is all of empty examples.
    for step in 0..3 {
        let batch = if step < 2 {
            batch::<R>(&spec)
        } else {
            batch_of(&spec, [[0; 5]; 2])
        };
        let mut gradients = vec![R::ZERO; params.len()];
        let mut metrics = vec![0.0; spec.numbers];
        let draws = rnn_runtime::Draws { seed: 3, step };
        model.train(&mut workspace, &params, &mut gradients, &batch, draws, &mut metrics);
        out.push((format!("train.metrics.{step}"), metrics.clone()));
        for p in &spec.params {
            let g = gradients[p.offset..p.offset + p.len()]
                .iter()
                .map(|g| g.to_f64())
                .collect();
            out.push((format!("gradient.{}.{step}", p.name), g));
        }
        let mut outputs = Vec::new();
        model.evaluate(&mut workspace, &params, &batch, &mut metrics, Some(&mut outputs));
        out.push((format!("evaluate.metrics.{step}"), metrics));
        for (spec, values) in spec.outputs.iter().zip(outputs) {
            out.push((
                format!("output.{}.{step}", spec.name),
                values.iter().map(|x| x.to_f64()).collect(),
            ));
        }
    }
    out
}
