//! What a decoder is asked to do, as data: the compiler writes it, the decoder's program reads it.

use super::plan::Plan;
use super::search::Search;
use crate::data::Part;
use crate::regime::Source;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub plan: Plan,
    pub search: Search,
    pub weights: PathBuf,
    /// What to start from; none for a model that has no inputs.
    pub data: Option<Examples>,
    /// Symbols that every sequence starts by.
    pub prime: Vec<u32>,
    /// At most so many steps after the given ones; none for as many as the data's targets have, or by default 100.
    pub length: Option<usize>,
    pub task: Task,
    pub json: bool,
}

/// Examples of a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Examples {
    pub source: Source,
    /// What relative paths start at.
    pub base: PathBuf,
    pub part: Option<Part>,
    pub seed: u64,
    /// So many at a time.
    pub batch: usize,
    /// Only the first so many.
    pub most: Option<usize>,
    /// The first steps of each that are taken from its targets.
    pub given: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Say it.
    Show,
    /// Compare it with the data's targets.
    Compare,
}
