//! Elementary functions; see [`functions`].

pub mod functions;

pub use functions::{double, single};

/// The text of [`functions`], for crates that stand alone.
pub const SOURCE: &str = include_str!("functions.rs");
