//! Places in a text: bytes here, lines and UTF-16 units in the protocol.

use crate::source::Span;
use lsp_types::{Position, Range};

/// The byte of a position; beyond the end of a line or of the text, that end.
pub fn offset(text: &str, position: Position) -> usize {
    let mut start = 0;
    for _ in 0..position.line {
        match text[start..].find('\n') {
            Some(at) => start += at + 1,
            None => return text.len(),
        }
    }
    let line = text[start..].split('\n').next().unwrap_or("");
    let mut units = 0;
    for (at, c) in line.char_indices() {
        if units >= position.character {
            return start + at;
        }
        units += c.len_utf16() as u32;
    }
    start + line.len()
}

pub fn position(text: &str, offset: usize) -> Position {
    let before = &text[..offset.min(text.len())];
    let line = before.rsplit('\n').next().unwrap_or("");
    Position {
        line: before.matches('\n').count() as u32,
        character: line.encode_utf16().count() as u32,
    }
}

pub fn range(text: &str, span: Span) -> Range {
    Range {
        start: position(text, span.start as usize),
        end: position(text, span.end as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_of_utf_16() {
        let text = "a\n𝄞b\n";
        let at = |line, character| offset(text, Position { line, character });
        assert_eq!([at(0, 0), at(0, 9), at(1, 2), at(1, 3), at(7, 0)], [0, 1, 6, 7, 8]);
        assert_eq!(position(text, 6), Position { line: 1, character: 2 });
    }
}
