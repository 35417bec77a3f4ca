//! Examples to train on: sources, and how they become batches.

pub mod assemble;
pub mod chars;
pub mod vocabulary;

pub use vocabulary::Vocabulary;

use crate::error::Error;
use crate::model::ModelSpec;
use crate::regime::Source;
use crate::tasks::{Drawn, Task};
use std::path::Path;

/// Which of the examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Train,
    Valid,
    /// Everything, in order.
    Whole,
}

/// One way through the examples of a part. Sources may cut or draw anew for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    pub part: Part,
    pub seed: u64,
    pub epoch: u64,
}

/// What one example gives a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Along each axis of the model; 1 for the batch.
    pub lengths: Vec<usize>,
    /// For each entry of the model's `data`: position by position, features within.
    pub columns: Vec<Values>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    Real(Vec<f64>),
    /// One class a position; `u32::MAX` is *nothing*.
    Index(Vec<u32>),
}

/// A source of examples. Examples depend on nothing but the arguments, so that a run can be repeated and resumed.
pub trait Dataset: Sync {
    /// Sizes of models that the data bind, for instance `vocab`.
    fn sizes(&self) -> Vec<(&'static str, usize)>;

    /// What the classes of the model's data stand for, where they are symbols.
    fn vocabulary(&self) -> Option<&Vocabulary>;

    /// Tells the data apart: a checkpoint goes on only with the data it came from.
    fn fingerprint(&self) -> u64;

    /// Finds the model's data among its own.
    ///
    /// # Errors
    /// [`Error::Data`] where the model asks for what is not there.
    fn bind(&mut self, spec: &ModelSpec) -> Result<(), Error>;

    /// The number of examples; the same in every pass.
    fn examples(&self, part: Part) -> usize;

    /// Example `index < self.examples(pass.part)`, after `bind`.
    fn example(&self, pass: Pass, index: usize) -> Example;
}

/// Opens a source. Relative paths start at `base`. With a vocabulary, that of saved weights, the data must not hold
/// other symbols; without, it is taken from the data.
///
/// # Errors
/// What cannot be read, holds nothing, or has a symbol the vocabulary lacks.
pub fn open(source: &Source, base: &Path, vocabulary: Option<&Vocabulary>) -> Result<Box<dyn Dataset>, Error> {
    match source {
        Source::Chars(settings) => Ok(Box::new(chars::Chars::open(settings, base, vocabulary)?)),
        Source::Adding(task) => Ok(drawn(task)),
        Source::Copying(task) => Ok(drawn(task)),
        Source::Counting(task) => Ok(drawn(task)),
        Source::Echo(task) => Ok(drawn(task)),
        Source::Letters(task) => Ok(drawn(task)),
        Source::Lorenz(task) => Ok(drawn(task)),
        Source::MackeyGlass(task) => Ok(drawn(task)),
        Source::MovingAverage(task) => Ok(drawn(task)),
        Source::Narma(task) => Ok(drawn(task)),
        Source::Parity(task) => Ok(drawn(task)),
        Source::Reber(task) => Ok(drawn(task)),
        Source::Reversal(task) => Ok(drawn(task)),
        Source::Sorting(task) => Ok(drawn(task)),
        Source::TemporalOrder(task) => Ok(drawn(task)),
        Source::TemporalXor(task) => Ok(drawn(task)),
    }
}

fn drawn(task: &(impl Task + Clone + 'static)) -> Box<dyn Dataset> {
    Box::new(Drawn::new(Box::new(task.clone())))
}
