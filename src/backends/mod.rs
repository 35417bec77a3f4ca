//! What a [`crate::schedule::Program`] becomes. The interpreter is the meaning; the others must agree with it.

#[cfg(feature = "cli")]
pub mod interpret;
pub mod rust;
#[cfg(feature = "typed")]
pub mod spec;
#[cfg(feature = "cli")]
pub mod standalone;
#[cfg(feature = "cli")]
pub mod stepper;
#[cfg(feature = "typed")]
pub mod typed;
