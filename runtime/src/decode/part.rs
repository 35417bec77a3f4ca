//! One of a decoder's systems, run on rows that are gathered anew for every call.

use crate::batch::{Batch, Column, Steps};
use crate::model::{Model, ModelSpec};
use crate::real::Real;

/// A model of any type that is only evaluated.
pub trait Part<R> {
    fn spec(&self) -> &ModelSpec;

    /// Every output, packed.
    fn run(&mut self, params: &[R], batch: &Batch<R>) -> &[Vec<R>];
}

struct Evaluated<R: Real, M: Model<R>> {
    model: M,
    workspace: M::Workspace,
    outputs: Vec<Vec<R>>,
}

/// `model` as a part.
pub fn part<'a, R: Real + 'a, M: Model<R> + 'a>(model: M) -> Box<dyn Part<R> + 'a> {
    Box::new(Evaluated {
        workspace: model.workspace(),
        model,
        outputs: Vec::new(),
    })
}

impl<R: Real, M: Model<R>> Part<R> for Evaluated<R, M> {
    fn spec(&self) -> &ModelSpec {
        self.model.spec()
    }

    fn run(&mut self, params: &[R], batch: &Batch<R>) -> &[Vec<R>] {
        let outputs = Some(&mut self.outputs);
        self.model
            .evaluate(&mut self.workspace, params, batch, &mut [], outputs);
        &self.outputs
    }
}

/// The place of each row within a step.
fn places(steps: &Steps) -> Vec<usize> {
    let mut places = vec![0; steps.order.len()];
    steps.order.iter().enumerate().for_each(|(j, &e)| places[e] = j);
    places
}

/// Values row by row, each of `size` elements at every step, as one column.
pub(super) fn pack<R: Real>(steps: Option<&Steps>, size: usize, values: &[&[R]]) -> Vec<R> {
    let Some(steps) = steps else {
        return values.concat();
    };
    let mut packed = Vec::with_capacity(steps.total() * size);
    for t in 0..steps.steps() {
        for &e in &steps.order[..steps.active(t)] {
            packed.extend_from_slice(&values[e][t * size..(t + 1) * size]);
        }
    }
    packed
}

/// The values of each row of a column.
pub(crate) fn unpack<R: Real>(steps: Option<&Steps>, size: usize, rows: usize, packed: &[R]) -> Vec<Vec<R>> {
    let Some(steps) = steps else {
        return (0..rows).map(|e| packed[e * size..(e + 1) * size].to_vec()).collect();
    };
    let value = |(e, place): (usize, usize)| {
        let at = |t: usize| (steps.offsets[t] + place) * size;
        let rows = (0..steps.lengths[e]).flat_map(|t| &packed[at(t)..at(t) + size]);
        rows.copied().collect()
    };
    places(steps).into_iter().enumerate().map(value).collect()
}

/// A column of numbers, as the classes that they are where the data are an index; *nothing* is negative.
pub(super) fn column<R: Real>(classes: Option<usize>, numbers: Vec<R>) -> Column<R> {
    let class = |x: &R| if *x < R::ZERO { u32::MAX } else { x.to_f64() as u32 };
    match classes {
        Some(_) => Column::Index(numbers.iter().map(class).collect()),
        None => Column::Real(numbers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_is_undone() {
        let steps = Steps::new(vec![2, 0, 3]);
        let rows: [&[f64]; 3] = [&[1.0, 2.0, 3.0, 4.0], &[], &[5.0, 6.0, 7.0, 8.0, 9.0, 10.0]];
        let packed = pack(Some(&steps), 2, &rows);
        assert_eq!(packed, [5.0, 6.0, 1.0, 2.0, 7.0, 8.0, 3.0, 4.0, 9.0, 10.0]);
        assert_eq!(unpack(Some(&steps), 2, 3, &packed), rows);
        let once: [&[f64]; 2] = [&[1.0, 2.0], &[3.0, 4.0]];
        assert_eq!(unpack(None, 2, 2, &pack(None, 2, &once)), once);
        assert_eq!(column(Some(4), vec![-1.0, 3.0]), Column::Index(vec![u32::MAX, 3]));
    }
}
