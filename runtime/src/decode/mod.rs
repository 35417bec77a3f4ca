//! Free running: what a model says when its targets are not given.

pub mod compare;
pub mod labels;
mod live;
mod machine;
pub mod part;
pub mod plan;
pub mod request;
pub mod run;
pub mod sample;
pub mod search;
pub mod show;

pub use live::Live;
pub use machine::{Hypothesis, Machine, Parts};
pub use part::{Part, part};
pub use plan::{Drawn, Plan};
pub use request::{Examples, Request, Task};
pub use run::run;
pub use sample::{DistKind, Sampling, collapse, draw};
pub use search::{How, Search, Sequence, Start, search};
