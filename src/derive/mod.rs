//! Derivatives of a system, taken before any loop exists.
//!
//! The adjoint of every operation is one equation; where the primal's cycles pass through `shift(x, k)`, those of the
//! adjoint pass through `shift(g, -k)`. Backpropagation through time is what the scheduler finds in the result.

mod active;
mod adjoint;
mod rules;

pub use adjoint::{adjoint, gradients};
