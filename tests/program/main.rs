//! Hand-built systems through the causality check, the scheduler and the interpreter.

mod build;
mod causality;
mod gradcheck;
mod interpret;
mod model;
mod random;
mod schedule;
