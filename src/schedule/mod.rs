//! From a system to a [`Program`]: regions in the order they can run.

mod absorb;
mod linear;
mod order;
mod print;
mod reason;
mod work;

pub use print::print;
pub use work::Work;

use crate::system::graph::{Graph, live};
use crate::system::{AxisId, AxisSet, System, Value};

/// Schedules a simplified system that has passed [`crate::system::causality::check`].
///
/// The regions are the condensation of the dependency graph: each cycle becomes a scan, everything else blocks, for all
/// steps at once; but cheap operations that only one scan reads are computed inside of it. What no root needs is left out.
pub fn schedule(system: System) -> Program {
    let regions = order::regions(&system, &Graph::new(&system), &live(&system), AxisSet::EMPTY);
    Program { system, regions }
}

/// A system and an order to evaluate it in. Every live operation stands in exactly one block.
#[derive(Clone, Debug)]
pub struct Program {
    pub system: System,
    pub regions: Vec<Region>,
}

#[derive(Clone, Debug)]
pub enum Region {
    /// Operations in dependency order, each for all positions of those of its axes that no enclosing scan fixes:
    /// *once* where none is left but the batch, else a *map*.
    Block { ops: Vec<Value>, why: String },
    /// A recurrence: its body runs step by step along an axis. Inside, a shift along this axis reads an earlier step
    /// of the scan (or of a value computed before it).
    Scan {
        axis: AxisId,
        direction: Direction,
        body: Vec<Region>,
        /// Whether each unit of the states is a sum of what it was, times something outside of the recurrence, and of
        /// something outside.
        linear: bool,
        why: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the first step to the last: shifts by positive amounts.
    Forward,
    /// From each example's last step to its first: shifts by negative amounts.
    Backward,
}
