//! What training keeps in memory, in f32, as the compiled program plans it.

use crate::backends::rust::{self, Compiled};
use crate::driver::compile;
use crate::system::{RootKind, System};
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct Memory {
    /// Of a step of training, all sequences whole.
    pub whole: Vec<Term>,
    /// In segments, as `memory` has it; or why not.
    pub segments: Result<Vec<Term>, String>,
}

/// Bytes for each of something.
#[derive(Clone, Debug, Serialize)]
pub struct Term {
    pub bytes: usize,
    pub each: String,
}

/// None where nothing is trained, or where the program is not compiled.
pub(super) fn memory(system: &System) -> Option<Memory> {
    system.root(RootKind::Loss)?;
    let compiled = Compiled {
        train: compile::training(system),
        evaluate: compile::evaluation(system),
    };
    let terms = |list: Vec<(String, usize)>| -> Vec<Term> {
        let terms = list.into_iter().filter(|(_, bytes)| *bytes > 0);
        terms.map(|(each, bytes)| Term { bytes, each }).collect()
    };
    let (whole, segments) = rust::memory(&compiled).ok()?;
    Some(Memory {
        whole: terms(whole),
        segments: segments.map(terms),
    })
}
