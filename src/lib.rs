//! The recurrent network compiler.
//!
//! Text is parsed to an [`syntax::ast`], elaborated to a [`system::System`] of recurrence equations, differentiated as
//! a system, scheduled by its strongly connected components, and printed as Rust. Each module imports only those above
//! it in this list; `tests/floors.rs` holds that.

pub mod backends;
#[cfg(feature = "typed")]
pub mod build;
#[cfg(feature = "cli")]
pub mod cli;
pub mod derive;
pub mod diagnostics;
pub mod driver;
pub mod elaborate;
#[cfg(feature = "cli")]
pub mod format;
#[cfg(feature = "cli")]
pub mod lint;
#[cfg(feature = "cli")]
pub mod lsp;
#[cfg(feature = "cli")]
pub mod picture;
pub mod rewrite;
pub mod schedule;
pub mod source;
pub mod syntax;
pub mod system;
#[cfg(feature = "cli")]
pub mod typeset;
