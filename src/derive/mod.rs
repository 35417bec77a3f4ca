//! Derivatives of a system, taken before any loop exists.
//!
//! The adjoint of every operation is one equation; where the primal's cycles pass through `shift(x, k)`, those of the
//! adjoint pass through `shift(g, -k)`. Backpropagation through time is what the scheduler finds in the result. The
//! tangent's cycles run as the primal's do: real-time recurrent learning.

mod active;
mod adjoint;
mod builder;
mod partial;
mod pull;
mod push;
mod roots;
mod tangent;

pub use adjoint::{adjoint, gradients};
pub use tangent::{forward, tangents};
