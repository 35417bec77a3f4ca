//! Random parameters and examples for any system.

use crate::backends::interpret::Inputs;
use crate::backends::spec::model_spec;
use crate::system::{AxisId, AxisKind, AxisSet, Data, Dist, Elem, System};
use rnn_runtime::Draws;
use rnn_runtime::draw::Stream;
use rnn_runtime::init::initialise;
use std::borrow::Cow;

/// Examples of these lengths; each further sequence axis has them in another order. Parameters are drawn as the model
/// says, and moved a little: at an exact zero much is symmetric that is not in general.
pub fn examples(system: &System, lengths: &[usize], seed: u64) -> Inputs<'static, f64> {
    let mut moved = Stream::new(seed, "gradcheck parameters", 0);
    let mut params = initialise(&model_spec(system), seed);
    params.iter_mut().for_each(|x| *x += 0.1 * moved.normal());

    let mut rotated = lengths.to_vec();
    let mut along: Vec<Vec<usize>> = Vec::new();
    for axis in &system.axes {
        along.push(match (axis.kind, axis.like) {
            (AxisKind::Batch, _) => vec![1; lengths.len()],
            (AxisKind::Steps(n), _) => vec![n; lengths.len()],
            (_, Some(other)) => along[other.0 as usize].clone(),
            (AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph, None) => {
                let this = rotated.clone();
                rotated.rotate_left(1);
                this
            }
        });
    }
    // So few labels that the frames can spell any of them.
    for o in &system.observations {
        if let Dist::Ctc { logits } = o.dist {
            let only = |axes: AxisSet| axes.without(AxisId::BATCH).iter().next().map(|a| a.0 as usize);
            let (labels, frames) = (only(system.data[o.target].ty.axes), only(system.ty(logits).axes));
            if let (Some(labels), Some(frames)) = (labels, frames) {
                along[labels] = along[frames].iter().map(|n| n / 2).collect();
            }
        }
    }
    let data: Vec<Cow<[f64]>> = (system.data.iter())
        .map(|(_, data)| {
            let mut stream = Stream::new(seed, &format!("gradcheck data {}", data.name), 0);
            (0..count(data, &along))
                .map(|_| element(data.ty.elem, &mut stream))
                .collect()
        })
        .collect();
    let mut inputs = Inputs::new(params, data, along);
    inputs.draws = Draws { seed, step: 1 };
    inputs
}

/// The elements of all examples.
fn count(data: &Data, lengths: &[Vec<usize>]) -> usize {
    let axes = data.ty.axes;
    let of = |e: usize| axes.iter().map(|a| lengths[a.0 as usize][e]).product::<usize>() * data.ty.size();
    if axes.contains(AxisId::BATCH) {
        (0..lengths[0].len()).map(of).sum()
    } else {
        of(0)
    }
}

fn element(elem: Elem, stream: &mut Stream) -> f64 {
    match elem {
        Elem::Real => stream.normal(),
        Elem::Bit => stream.below(2) as f64,
        Elem::Index(n) => stream.below(n.max(1) as u64) as f64,
    }
}
