//! `steps.csv`: the training loss within epochs. Nothing in it depends on the machine.

use super::record::Tally;
use crate::batch::Batch;
use crate::error::Error;
use crate::model::ModelSpec;
use crate::weights;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines of an epoch, at most.
const LINES: usize = 50;

/// The loss of some consecutive steps.
pub(super) struct Stretch {
    /// Steps taken by its end.
    step: u64,
    lr: f64,
    loss: f64,
}

/// An epoch's steps, cut into stretches of equal length; the last may be shorter.
pub(super) struct Stretches<'a> {
    spec: &'a ModelSpec,
    length: usize,
    steps: usize,
    tally: Tally,
    done: Vec<Stretch>,
    /// The step and the learning rate of the last step.
    last: (u64, f64),
}

impl<'a> Stretches<'a> {
    pub(super) fn new(spec: &'a ModelSpec, steps_an_epoch: u64) -> Stretches<'a> {
        Stretches {
            spec,
            length: (steps_an_epoch as usize).div_ceil(LINES).max(1),
            steps: 0,
            tally: Tally::new(spec),
            done: Vec::new(),
            last: (0, 0.0),
        }
    }

    /// The numbers of a whole batch, of which a shard is given, and where training stands after its step.
    pub(super) fn add<R>(&mut self, numbers: &[f64], batch: &Batch<R>, step: u64, lr: f64) {
        self.tally.add(self.spec, numbers, batch);
        self.steps += 1;
        self.last = (step, lr);
        if self.steps == self.length {
            self.end();
        }
    }

    fn end(&mut self) {
        let (step, lr) = self.last;
        let tally = std::mem::replace(&mut self.tally, Tally::new(self.spec));
        self.done.push(Stretch {
            step,
            lr,
            loss: tally.values(self.spec)[0],
        });
        self.steps = 0;
    }

    pub(super) fn finish(mut self) -> Vec<Stretch> {
        if self.steps > 0 {
            self.end();
        }
        self.done
    }
}

/// The file.
pub(super) struct Within {
    path: PathBuf,
    text: String,
}

impl Within {
    /// Keeps what is already known of the steps done.
    pub(super) fn new(step: u64, out: &Path) -> Within {
        let path = out.join("steps.csv");
        let known = match step {
            0 => String::new(),
            _ => fs::read_to_string(&path).unwrap_or_default(),
        };
        let mut text = String::from("epoch,step,learning_rate,train_loss\n");
        let before = |line: &&str| {
            let at = line.split(',').nth(1).and_then(|s| s.parse::<u64>().ok());
            at.is_some_and(|at| at <= step)
        };
        for line in known.lines().skip(1).take_while(before) {
            text += &format!("{line}\n");
        }
        Within { path, text }
    }

    pub(super) fn write(&mut self, epoch: usize, stretches: &[Stretch]) -> Result<(), Error> {
        for s in stretches {
            self.text += &format!("{epoch},{},{},{}\n", s.step, s.lr, s.loss);
        }
        weights::replace(&self.path, self.text.as_bytes())
    }
}
