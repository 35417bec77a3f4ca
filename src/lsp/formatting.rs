//! `rnnc fmt` of an open text.

use super::text;
use crate::format;
use crate::source::Sources;
use lsp_types::{Position, Range, TextEdit};

/// One edit of the whole text, or none where it is as it should be; nothing of a text that does not parse.
pub fn formatting(source: &str) -> Option<Vec<TextEdit>> {
    let mut sources = Sources::default();
    let file = sources.add("<open>", source);
    let formatted = format::format(&sources, file).ok()?;
    if formatted == source {
        return Some(Vec::new());
    }
    Some(vec![TextEdit {
        range: Range {
            start: Position::default(),
            end: text::position(source, source.len()),
        },
        new_text: formatted,
    }])
}
