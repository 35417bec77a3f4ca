//! The compiler's stages in their order, and the doors around them: reading files, training settings, building.

pub mod compile;
#[cfg(feature = "cli")]
pub mod explain;
pub mod failure;
pub mod load;
pub mod standard;

#[cfg(feature = "cli")]
pub mod cache;
#[cfg(feature = "cli")]
pub mod cargo;
#[cfg(feature = "cli")]
pub mod data;
#[cfg(feature = "cli")]
pub mod decode;
#[cfg(feature = "cli")]
pub mod gradcheck;
#[cfg(feature = "cli")]
pub mod library;
#[cfg(feature = "cli")]
pub mod manual;
#[cfg(feature = "cli")]
pub mod models;
#[cfg(feature = "cli")]
pub mod regime;
#[cfg(feature = "cli")]
pub mod review;
#[cfg(feature = "cli")]
pub mod sample;
#[cfg(feature = "cli")]
pub mod ship;
#[cfg(feature = "cli")]
pub mod starter;
#[cfg(feature = "cli")]
pub mod train;
#[cfg(feature = "cli")]
pub mod trained;
#[cfg(feature = "cli")]
pub mod view;
#[cfg(feature = "cli")]
pub mod write;
#[cfg(feature = "cli")]
pub mod yaml;

pub use failure::Failure;
