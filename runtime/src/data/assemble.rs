//! From examples to batches, and from batches to shards.

use super::{Example, Values};
use crate::batch::{Batch, Column, Steps};
use crate::model::{DataSpec, ModelSpec};
use crate::real::Real;

/// Packs examples into `shards` batches that together are one: each gets a run of examples, as equal as can be.
pub fn assemble<R: Real>(spec: &ModelSpec, ids: &[u64], examples: &[Example], shards: usize) -> Vec<Batch<R>> {
    let whole: Vec<Vec<usize>> = (0..spec.axes.len())
        .map(|a| examples.iter().map(|e| e.lengths[spec.steps_of(a)]).collect())
        .collect();
    let n = examples.len();
    (0..shards)
        .map(|s| {
            let run = s * n / shards..(s + 1) * n / shards;
            pack(spec, &ids[run.clone()], &examples[run], whole.clone())
        })
        .collect()
}

fn pack<R: Real>(spec: &ModelSpec, ids: &[u64], examples: &[Example], whole: Vec<Vec<usize>>) -> Batch<R> {
    let axes: Vec<Steps> = (0..spec.axes.len())
        .map(|a| Steps::new(examples.iter().map(|e| e.lengths[spec.steps_of(a)]).collect()))
        .collect();
    let columns = spec
        .data
        .iter()
        .enumerate()
        .map(|(i, slot)| column(slot, i, &axes, examples))
        .collect();
    Batch {
        ids: ids.to_vec(),
        axes,
        columns,
        whole,
    }
}

fn column<R: Real>(slot: &DataSpec, i: usize, axes: &[Steps], examples: &[Example]) -> Column<R> {
    let features: usize = slot.shape.iter().product();
    // The rows in their order: which example, which of its positions.
    let rows: Vec<(usize, usize)> = match slot.axes[..] {
        [] => (0..examples.len()).map(|e| (e, 0)).collect(),
        [axis] => {
            let steps = &axes[axis];
            let row = |t: usize| steps.order[..steps.active(t)].iter().map(move |&e| (e, t));
            (0..steps.steps()).flat_map(row).collect()
        }
        _ => panic!("internal error: data over two axes"),
    };
    if slot.classes.is_some() {
        let index = |(e, t): (usize, usize)| match &examples[e].columns[i] {
            Values::Index(x) => x[t],
            Values::Real(_) => panic!("internal error: reals for an index"),
        };
        return Column::Index(rows.into_iter().map(index).collect());
    }
    let real = |(e, t): (usize, usize)| match &examples[e].columns[i] {
        Values::Real(x) => x[t * features..(t + 1) * features].iter().map(|&x| R::of(x)),
        Values::Index(_) => panic!("internal error: an index for reals"),
    };
    Column::Real(rows.into_iter().flat_map(real).collect())
}

/// How many shards a batch is cut into: two from 16 examples on, which each fill a tile's rows; then the largest power of two
/// that leaves each at least 16, and at most 8, since every shard has a gradient of its own that is added up. It depends
/// on nothing else, least of all on the number of threads, so sums are always added in the same order.
pub fn shards(examples: usize) -> usize {
    let mut shards = if examples < 16 { 1 } else { 2 };
    while shards < 8 && examples / (2 * shards) >= 16 {
        shards *= 2;
    }
    shards
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AxisSpec;

    #[test]
    fn ragged_examples_are_packed_longest_first() {
        let slot = |name: &str, classes, shape: &[usize], axes: &[usize]| DataSpec {
            name: name.into(),
            target: false,
            classes,
            shape: shape.to_vec(),
            axes: axes.to_vec(),
        };
        let axis = |name: &str| AxisSpec {
            name: name.into(),
            steps: None,
            like: None,
        };
        let spec = ModelSpec {
            axes: vec![axis("batch"), axis("t")],
            data: vec![slot("x", None, &[2], &[1]), slot("y", Some(9), &[], &[])],
            ..ModelSpec::default()
        };
        let example = |x: &[f64], y: u32| Example {
            lengths: vec![1, x.len() / 2],
            columns: vec![Values::Real(x.to_vec()), Values::Index(vec![y])],
        };
        let examples = [
            example(&[1.0, 2.0], 7),
            example(&[], 8),
            example(&[3.0, 4.0, 5.0, 6.0], 5),
        ];
        let whole = &assemble::<f32>(&spec, &[4, 5, 6], &examples, 1)[0];
        assert_eq!(whole.axes[1].order, [2, 0, 1]);
        assert_eq!(whole.columns[0], Column::Real(vec![3.0, 4.0, 1.0, 2.0, 5.0, 6.0]));
        assert_eq!(whole.columns[1], Column::Index(vec![7, 8, 5]));
        assert_eq!((whole.count(&[]), whole.count(&[1])), (3, 3));
        let split = assemble::<f32>(&spec, &[4, 5, 6], &examples, 2);
        assert_eq!(
            (split[0].ids.as_slice(), split[1].ids.as_slice()),
            (&[4][..], &[5, 6][..])
        );
        assert_eq!(split[1].columns[0], Column::Real(vec![3.0, 4.0, 5.0, 6.0]));
        assert_eq!(split[0].count(&[1]), 3);
    }

    #[test]
    fn shards_by_size_alone() {
        let sizes = [1, 15, 16, 31, 32, 50, 64, 128, 1000].map(shards);
        assert_eq!(sizes, [1, 1, 2, 2, 2, 2, 4, 8, 8]);
    }
}
