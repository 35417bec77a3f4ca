//! Free running: what a model says when its targets are not given.

pub mod sample;

pub use sample::{DistKind, Sampling, collapse, draw};
