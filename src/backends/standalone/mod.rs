//! The inference crate: one model, one step at a time, without `std`, without allocation, without dependencies.
//!
//! The weights are a file beside the code, read in place. What depends on them alone is computed here and stored.

mod code;
mod constants;
mod example;
mod expression;
mod files;
mod fuse;
mod golden;
mod interface;
mod library;
mod names;
mod plan;
mod readme;
mod sums;
mod units;
mod weights;

pub use files::MARKER;

use crate::diagnostics::Diagnostics;
use crate::rewrite::{Streaming, simplify, stream, unroll};
use crate::system::{AxisKind, RootKind, System};
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Precision {
    #[default]
    F32,
    F64,
}

impl Precision {
    pub fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::F64 => "f64",
        }
    }

    pub fn bytes(self) -> usize {
        match self {
            Precision::F32 => 4,
            Precision::F64 => 8,
        }
    }
}

/// A trained model, and how to ship it.
#[derive(Clone, Debug)]
pub struct Export<'a> {
    /// The evaluation system: frozen, simplified; products may be merged. With its loss, if it has one: that keeps what
    /// is known of the observations.
    pub system: &'a System,
    /// All parameters, flat, in the order of the system.
    pub params: &'a [f64],
    /// The characters that the symbols stand for, where the data was text.
    pub vocabulary: Option<&'a [char]>,
    /// The outputs to keep; empty for all.
    pub outputs: &'a [String],
    pub precision: Precision,
    /// The package's name; what cargo would not take is changed.
    pub name: &'a str,
    /// The text of the spec, for the readme.
    pub spec: Option<&'a str>,
}

/// The files of the crate, by their paths in it. The same model gives the same bytes.
///
/// # Errors
/// `E0406` where the model cannot run one step at a time, or a step needs what such a crate cannot compute;
/// `E0101` for an output that the model does not have.
pub fn emit(export: &Export) -> Result<BTreeMap<PathBuf, Vec<u8>>, Diagnostics> {
    let system = &written_out(wanted(export)?);
    let streaming = stepwise(system)?;
    let interface = interface::interface(&streaming, export);
    let library = library::library(&streaming, &interface, export);
    let golden = golden::record(system, &streaming, &interface, export.params);
    Ok(files::files(export, &interface, library, golden))
}

/// Whether all outputs of an evaluation system can be computed by such a crate.
pub fn can_ship(system: &System) -> bool {
    let mut system = system.clone();
    system.roots.retain(|r| r.kind == RootKind::Output);
    stepwise(&written_out(system)).is_ok()
}

fn stepwise(system: &System) -> Result<Streaming, Diagnostics> {
    let streaming = stream(system)?;
    plan::check(&streaming)?;
    Ok(streaming)
}

/// Without axes of fixed steps; what is known of the observations stays as it is.
fn written_out(system: System) -> System {
    if !system.axes.iter().any(|a| matches!(a.kind, AxisKind::Steps(_))) {
        return system;
    }
    let mut out = unroll(system);
    // Simplification drops observations whose values nothing needs.
    let observations = std::mem::take(&mut out.observations);
    let mut out = simplify(out);
    out.observations = observations;
    out
}

/// The system with no roots but the outputs that are asked for.
fn wanted(export: &Export) -> Result<System, Diagnostics> {
    let mut system = export.system.clone();
    let named = |name: &String| {
        system
            .roots
            .iter()
            .any(|r| r.kind == RootKind::Output && r.name == *name)
    };
    if let Some(missing) = export.outputs.iter().find(|name| !named(name)) {
        return Err(interface::no_output(&system, missing));
    }
    system
        .roots
        .retain(|r| r.kind == RootKind::Output && (export.outputs.is_empty() || export.outputs.contains(&r.name)));
    if system.roots.is_empty() {
        return Err(interface::nothing_to_compute(&system));
    }
    Ok(system)
}
