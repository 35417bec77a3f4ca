//! A model's equations in the language: names, sizes and modules resolved, each equation with its shape. The text is a
//! specification like any other, and means the same system.

mod expression;
mod flat;
mod names;
mod outline;

use super::failure::Failure;
use crate::format;
use crate::source::Sources;
use crate::system::System;

/// The text of an elaborated system, laid out.
///
/// # Errors
/// The system has something that the language has no words for.
pub fn expand(system: &System) -> Result<String, Failure> {
    let text = outline::outline(system)?;
    let mut sources = Sources::default();
    let file = sources.add("<expanded>", text);
    format::format(&sources, file).map_err(Failure::Diagnostics)
}
