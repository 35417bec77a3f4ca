//! The language server: one file a request; what is known of an open text is in [`analysis`].

mod analysis;
mod builtin;
mod completion;
mod definition;
mod describe;
mod diagnostics;
mod formatting;
mod hints;
mod hover;
mod rename;
mod server;
mod symbols;
mod text;
mod tokens;
mod uri;

pub use server::serve;
