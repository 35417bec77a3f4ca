//! What is right, but not as it was meant: names that nothing uses, comments that say what nobody hears.

mod docs;
pub mod names;
mod remove;
mod unused;

use crate::diagnostics::Diagnostics;
use crate::elaborate::Unit;
use crate::source::Sources;
use names::Names;

/// The lints of the user's files, and a fix for each warning of `found` where nothing else would change.
pub fn lint(sources: &Sources, unit: Unit, names: &Names, found: &mut Diagnostics) {
    unused::unused(unit, names, found);
    docs::undocumented(sources, unit, found);
    remove::add_fixes(sources, names, found);
}
