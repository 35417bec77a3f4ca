//! Passes from a system to a system that keep its meaning: one pass, one file.

pub mod fold;
pub mod order;
mod pads;
mod rebuild;
mod rules;
pub mod simplify;
pub mod stream;

pub use simplify::simplify;
pub use stream::{Streaming, stream};
