//! Examples to train on: sources, and how they become batches.

pub mod assemble;
pub mod declared;
pub mod encoding;
pub mod files;
pub mod memory;
#[cfg(feature = "files")]
pub mod table;
pub mod text;
pub mod vocabulary;

pub use declared::Declared;
pub use encoding::{Encoding, Scale};
pub use memory::{Datum, Memory};
pub use vocabulary::{Tokens, Vocabulary};

use crate::error::Error;
use crate::model::ModelSpec;
use crate::regime::Source;
use crate::tasks::{Drawn, Task};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Which of the examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Train,
    Valid,
    Test,
    /// Everything, in order.
    Whole,
}

impl Part {
    /// # Errors
    /// A name of no part.
    pub fn of(name: &str) -> Result<Part, String> {
        match name {
            "train" => Ok(Part::Train),
            "valid" => Ok(Part::Valid),
            "test" => Ok(Part::Test),
            "all" => Ok(Part::Whole),
            _ => Err(format!("`{name}` is not `train`, `valid`, `test` or `all`")),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Part::Train => "train",
            Part::Valid => "valid",
            Part::Test => "test",
            Part::Whole => "all",
        }
    }
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

impl Values {
    /// No position of an index or of reals.
    pub fn nothing(classes: Option<usize>) -> Values {
        match classes {
            Some(_) => Values::Index(Vec::new()),
            None => Values::Real(Vec::new()),
        }
    }
}

/// A source of examples. Examples depend on nothing but the arguments, so that a run can be repeated and resumed.
pub trait Dataset: Sync {
    /// Sizes of models that the data bind, for instance `vocab`.
    fn sizes(&self) -> Vec<(String, usize)>;

    /// How the data are read: what their classes stand for, and what is standardised.
    fn encoding(&self) -> &Encoding {
        &encoding::PLAIN
    }

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

/// Opens a source for a model's inputs and targets. Relative paths start at `base`. With an encoding, that of saved
/// weights, the data are read by it; without, it is learnt from the data.
///
/// # Errors
/// What cannot be read, holds nothing, or has a symbol the encoding lacks.
pub fn open(
    source: &Source,
    base: &Path,
    declared: &[Declared],
    encoding: Option<&Encoding>,
) -> Result<Box<dyn Dataset>, Error> {
    let text = |settings, tokens| text::Text::open(settings, tokens, base, declared, encoding);
    #[cfg(feature = "files")]
    let table = |settings, format| table::Table::open(settings, format, base, declared, encoding);
    Ok(match source {
        Source::Memory => {
            return Err(Error::Data(
                "the regime names no data: a program has to give them, or `data ...;` to name them".into(),
            ));
        }
        Source::Chars(settings) => Box::new(text(settings, Tokens::Characters)?),
        Source::Bytes(settings) => Box::new(text(settings, Tokens::Bytes)?),
        Source::Words(settings) => Box::new(text(settings, Tokens::Words)?),
        #[cfg(feature = "files")]
        Source::Csv(settings) => Box::new(table(settings, table::Format::Csv)?),
        #[cfg(feature = "files")]
        Source::Npz(settings) => Box::new(table(settings, table::Format::Npz)?),
        #[cfg(feature = "files")]
        Source::Jsonl(settings) => Box::new(table(settings, table::Format::Jsonl)?),
        #[cfg(not(feature = "files"))]
        Source::Csv(_) | Source::Npz(_) | Source::Jsonl(_) => {
            return Err(Error::Data("tables need the feature `files` of rnn-runtime".into()));
        }
        Source::Adding(task) => drawn(task, declared),
        Source::Copying(task) => drawn(task, declared),
        Source::Counting(task) => drawn(task, declared),
        Source::Echo(task) => drawn(task, declared),
        Source::Letters(task) => drawn(task, declared),
        Source::Lorenz(task) => drawn(task, declared),
        Source::MackeyGlass(task) => drawn(task, declared),
        Source::MovingAverage(task) => drawn(task, declared),
        Source::Narma(task) => drawn(task, declared),
        Source::Parity(task) => drawn(task, declared),
        Source::Reber(task) => drawn(task, declared),
        Source::Reversal(task) => drawn(task, declared),
        Source::Sorting(task) => drawn(task, declared),
        Source::TemporalOrder(task) => drawn(task, declared),
        Source::TemporalXor(task) => drawn(task, declared),
    })
}

/// What weights are judged by: the validation part, or everything where there is none.
pub fn held_out(dataset: &dyn Dataset) -> Part {
    match dataset.examples(Part::Valid) {
        0 => Part::Whole,
        _ => Part::Valid,
    }
}

fn drawn(task: &(impl Task + Clone + 'static), declared: &[Declared]) -> Box<dyn Dataset> {
    Box::new(Drawn::new(Box::new(task.clone()), declared))
}
