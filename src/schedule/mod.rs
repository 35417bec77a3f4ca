//! From a system to a [`Program`]: regions in the order they can run.

use crate::system::{AxisId, System, Value};

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
