//! One training step: forward, backward and the optimiser, on one thread in `f32`.

use crate::busy_seconds;
use crate::peak::peak;
use rnn::optimiser::{Optimiser, clip, trained};
use rnn::regime::{Clip, Optimizer};
use rnn::{Batch, Column, Draws, Model, Steps};

/// What is measured of a step.
pub struct Time {
    /// The quickest.
    pub seconds: f64,
    /// Of the machine, in the same minute: operations a second.
    pub peak: f64,
}

/// How long is measured, and what belongs to a step.
pub struct Run {
    /// Rounds of some steps, with a look at the peak between them.
    pub rounds: usize,
    /// How long a round takes at least.
    pub seconds: f64,
    pub clip: Option<Clip>,
}

impl Default for Run {
    fn default() -> Run {
        Run {
            rounds: 7,
            seconds: 0.03,
            clip: None,
        }
    }
}

impl Run {
    /// Times steps on `rows` examples of `steps` steps each.
    pub fn time<M: Model<f32>>(&self, model: &M, rows: usize, steps: usize) -> Time {
        let spec = model.spec().clone();
        let mut params: Vec<f32> = rnn::init::initialise(&spec, 1).into_iter().map(|x| x as f32).collect();
        let mut gradients = vec![0.0; params.len()];
        let mut workspace = model.workspace();
        let mut optimiser = Optimiser::new(&Optimizer::default(), &spec);
        let mut metrics = vec![0.0; spec.numbers];
        let (batch, ranges) = (batch(model, rows, steps), trained(&spec));
        let mut updates = 0;
        let mut step = || {
            gradients.fill(0.0);
            metrics.fill(0.0);
            let draws = Draws { seed: 1, step: updates };
            model.train(&mut workspace, &params, &mut gradients, &batch, draws, &mut metrics);
            if self.clip.is_some() {
                clip::clip(self.clip.as_ref(), &ranges, &mut gradients);
            }
            optimiser.update(1e-3, &mut params, &gradients);
            updates += 1;
        };
        step();
        let start = busy_seconds();
        step();
        let times = (self.seconds / (busy_seconds() - start)).ceil().max(1.0) as usize;
        let mut best = Time {
            seconds: f64::INFINITY,
            peak: 0.0,
        };
        for _ in 0..self.rounds {
            best.peak = best.peak.max(peak());
            let start = busy_seconds();
            (0..times).for_each(|_| step());
            best.seconds = best.seconds.min((busy_seconds() - start) / times as f64);
        }
        best
    }
}

/// Numbers between -1 and 1, and classes, the same for every run.
pub fn batch<M: Model<f32>>(model: &M, rows: usize, steps: usize) -> Batch<f32> {
    let spec = model.spec();
    let mut axes = vec![Steps::new(vec![1; rows])];
    axes.resize(spec.axes.len(), Steps::new(vec![steps; rows]));
    let columns = spec.data.iter().map(|data| {
        let n = steps * rows * data.shape.iter().product::<usize>();
        match data.classes {
            Some(classes) => Column::Index((0..n).map(|i| (i * i * 7919 % classes) as u32).collect()),
            None => Column::Real((0..n).map(|i| (i * 37 % 101) as f32 / 50.0 - 1.0).collect()),
        }
    });
    Batch {
        ids: (0..rows as u64).collect(),
        columns: columns.collect(),
        whole: axes.iter().map(|a| a.lengths.clone()).collect(),
        axes,
    }
}
