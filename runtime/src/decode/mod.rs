//! Free running: what a model says when its targets are not given.

pub mod machine;
pub mod part;
pub mod plan;
pub mod sample;
pub mod search;

pub use machine::{Hypothesis, Machine, Parts};
pub use part::{Part, part};
pub use plan::{Drawn, Plan};
pub use sample::{DistKind, Sampling, collapse, draw};
pub use search::{How, Search, Sequence, search};
