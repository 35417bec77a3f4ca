//! The one layout of a specification. Tokens and comments stay as they are; what changes is the white space between them,
//! and a comma before a closing bracket goes. So the syntax tree cannot change.

mod layout;
mod line;
mod outline;
mod pieces;

use crate::diagnostics::Diagnostics;
use crate::source::{FileId, Sources};
use crate::syntax;

/// Lines are broken to be at most this long, where they can be.
pub const WIDTH: usize = 120;
const INDENT: usize = 4;

/// The text in its canonical layout.
///
/// # Errors
/// What the parser has to say of a text that does not parse.
pub fn format(sources: &Sources, file: FileId) -> Result<String, Diagnostics> {
    let (_, found) = syntax::parse(sources, file);
    match found.has_errors() {
        true => Err(found),
        false => Ok(layout::lay_out(&outline::outline(&sources.file(file).text))),
    }
}
