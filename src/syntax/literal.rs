//! The values of numbers and strings, and of bytes as text.

use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::source::Span;

/// Whole numbers above this are not all exact in an `f64`.
const EXACT: u64 = 1 << 53;

/// The value of a number token; 0 once a diagnostic is out.
pub(super) fn number(text: &str, span: Span, found: &mut Diagnostics) -> f64 {
    let digits = text.replace('_', "");
    let value: f64 = digits
        .parse()
        .unwrap_or_else(|e| panic!("internal error: number `{text}`: {e}"));
    let whole = digits.bytes().all(|b| b.is_ascii_digit());
    let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
    let why = if value.is_infinite() {
        "too large: the largest is about 1.8e308"
    } else if value == 0.0 && mantissa.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        "too small: it would be zero"
    } else if whole && digits.parse::<u64>().map_or(true, |n| n > EXACT) {
        "too large for a whole number: the largest is 2^53"
    } else {
        return value;
    };
    found.push(Diagnostic::error(codes::NUMBER, "a number that cannot be represented").label(span, why));
    0.0
}

/// The bytes of an amount of memory: `512MB`.
pub fn amount(text: &str) -> Option<f64> {
    let units = [("kB", 1e3), ("MB", 1e6), ("GB", 1e9)];
    let (digits, unit) = units.iter().find_map(|(name, x)| Some((text.strip_suffix(name)?, x)))?;
    let number: f64 = digits.replace('_', "").parse().ok()?;
    Some((number * unit).round())
}

/// The text that a string token stands for.
pub(super) fn string(token: &str, span: Span, found: &mut Diagnostics) -> String {
    let inside = &token[1..token.len() - 1];
    let mut out = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let Some((_, escape)) = chars.next() else { break };
        match escape {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            '0' => out.push('\0'),
            '\\' | '"' | '\'' => out.push(escape),
            other => {
                let start = span.start as usize + 1 + at;
                let escape = Span::new(span.file, start, start + 1 + other.len_utf8());
                found.push(
                    Diagnostic::error(codes::SYNTAX, format!("an unknown escape `\\{}`", other.escape_debug()))
                        .label(escape, "means nothing in a string")
                        .note("a string knows \\n, \\t, \\r, \\0, \\\\, \\\" and \\'"),
                );
            }
        }
    }
    out
}

/// The text of a source file's bytes; a byte order mark stays, as white space.
///
/// # Errors
/// E0003, with no label since there is no text to point into: the message names the file, the line and the byte.
pub fn decode(name: &str, bytes: Vec<u8>) -> Result<String, Diagnostic> {
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let bytes = e.as_bytes();
        let line = bytes[..at].iter().filter(|b| **b == b'\n').count() + 1;
        let message = format!("{name} is not UTF-8 text");
        Diagnostic::error(codes::NOT_TEXT, message)
            .note(format!(
                "line {line}, byte {at} of the file: 0x{:02X} does not belong to any character",
                bytes[at]
            ))
            .help("save the file as UTF-8")
    })
}
