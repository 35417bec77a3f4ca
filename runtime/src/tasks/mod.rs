//! The classic tasks of the field, drawn example by example.
//!
//! An example is a pure function of the seed, the part, the epoch and its number, so every epoch is fresh and a run that
//! is resumed sees what it would have seen. A task knows nothing of models: [`dataset::Drawn`] binds what it gives by
//! name.

mod adding;
mod copying;
mod counting;
mod dataset;
mod echo;
mod letters;
mod lorenz;
mod mackey_glass;
mod moving_average;
mod narma;
mod parity;
mod reber;
mod rewriting;
mod temporal_order;
mod temporal_xor;

pub use adding::{Adding, Variant};
pub use copying::Copying;
pub use counting::Counting;
pub use dataset::Drawn;
pub use echo::Echo;
pub use letters::Letters;
pub use lorenz::Lorenz;
pub use mackey_glass::MackeyGlass;
pub use moving_average::MovingAverage;
pub use narma::Narma;
pub use parity::Parity;
pub use reber::{Grammar, Reber};
pub use rewriting::{Reversal, Sorting};
pub use temporal_order::TemporalOrder;
pub use temporal_xor::TemporalXor;

use crate::data::Values;
use crate::draw::Stream;

/// What a task draws.
pub trait Task: Send + Sync {
    /// The name in a spec.
    fn name(&self) -> &'static str;

    fn amount(&self) -> Amount;

    /// What a model can ask for.
    fn given(&self) -> Vec<Given>;

    /// The values of one example, in the order of `given`. Those over one axis have the same number of positions.
    fn draw(&self, random: &mut Stream) -> Vec<Values>;

    /// Why the settings cannot be: each with the name of one of them.
    fn problems(&self) -> Vec<(&'static str, &'static str)>;
}

/// How many examples there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// An epoch.
    pub examples: usize,
    /// For validation, after each epoch.
    pub valid: usize,
    /// Whether each epoch draws its own; else all repeat the first one's.
    pub fresh: bool,
}

/// One value of each example, under the name that a model asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    pub name: &'static str,
    /// Of an index.
    pub classes: Option<usize>,
    pub shape: Vec<usize>,
    /// Which of the task's sequences it runs over; none for once per example.
    pub over: Option<usize>,
}

impl Given {
    fn index(name: &'static str, classes: usize) -> Given {
        Given {
            name,
            classes: Some(classes),
            shape: Vec::new(),
            over: None,
        }
    }

    fn real(name: &'static str, shape: &[usize]) -> Given {
        Given {
            name,
            classes: None,
            shape: shape.to_vec(),
            over: None,
        }
    }

    fn over(self, sequence: usize) -> Given {
        Given {
            over: Some(sequence),
            ..self
        }
    }
}

/// A task's settings: its own, and the amount of examples that all have.
macro_rules! task {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
            /// An epoch.
            pub examples: usize,
            /// Examples for validation.
            pub valid: usize,
            /// Whether each epoch draws its own examples.
            pub fresh: bool,
        }

        impl Default for $name {
            fn default() -> $name {
                $name { $($field: $default,)* examples: 1000, valid: 256, fresh: true }
            }
        }

        impl $name {
            fn numbers(&self) -> $crate::tasks::Amount {
                $crate::tasks::Amount { examples: self.examples, valid: self.valid, fresh: self.fresh }
            }
        }
    };
}
use task;

/// Of those conditions that do not hold, the setting and the reason.
fn unless<const N: usize>(conditions: [(bool, &'static str, &'static str); N]) -> Vec<(&'static str, &'static str)> {
    let broken = conditions.into_iter().filter(|(holds, _, _)| !holds);
    broken.map(|(_, setting, why)| (setting, why)).collect()
}

/// Uniform among `low..=high`.
fn between(random: &mut Stream, low: usize, high: usize) -> usize {
    low + random.below((high - low) as u64 + 1) as usize
}
