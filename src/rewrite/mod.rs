//! Passes from a system to a system that keep its meaning: one pass, one file.
//!
//! A system for training is frozen, unreversed, simplified, merged and simplified before its adjoint is taken, and
//! simplified after.

#[cfg(feature = "typed")]
pub mod decode;
pub mod fold;
pub mod freeze;
pub mod merge;
pub mod order;
mod pads;
mod rebuild;
pub mod rescale;
mod rules;
pub mod segments;
pub mod simplify;
#[cfg(feature = "typed")]
pub mod stream;
pub mod unreverse;
pub mod unroll;

#[cfg(feature = "typed")]
pub use decode::{Decoding, decode, online};
pub use freeze::freeze;
pub use merge::merge;
pub use rescale::{Scale, rescale};
pub use segments::{Segments, segments};
pub use simplify::simplify;
#[cfg(feature = "typed")]
pub use stream::{Streaming, stream};
pub use unreverse::unreverse;
pub use unroll::{unroll, unroll_within_sequences};
