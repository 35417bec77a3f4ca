//! Hand-built systems through the causality check, the scheduler and the interpreter.

mod build;
mod causality;
#[path = "../common/mod.rs"]
mod common;
mod gradcheck;
mod interpret;
mod model;
#[path = "../laws/need.rs"]
mod need;
mod random;
mod schedule;
