//! What a [`crate::schedule::Program`] becomes. The interpreter is the meaning; the others must agree with it.

#[cfg(feature = "cli")]
pub mod interpret;
#[cfg(feature = "cli")]
pub mod spec;
