//! An order of the live operations: what an operation needs stands before it, save where a cycle is cut at a shift.

use crate::system::graph::{Graph, is_delay, live};
use crate::system::{System, Value};

/// Every value that the roots need, dependencies first. Inside a cycle a shift may stand before the value it shifts.
pub fn order(s: &System) -> Vec<Value> {
    let graph = Graph::new(s);
    let mut out = Vec::new();
    for recurrence in graph.components(&live(s), &|_, _| true) {
        let steps = graph.components(&recurrence.members, &|reader, arg| !is_delay(s, reader, arg, None));
        for step in steps {
            assert!(
                !step.cyclic,
                "internal error: a cycle without a shift at {:?}",
                step.members
            );
            out.extend(step.members);
        }
    }
    out
}
