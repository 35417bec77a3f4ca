//! Paths of files as URIs, and back.

use lsp_types::Uri;
use std::path::{Path, PathBuf};

/// The path of a `file:` URI; none of any other.
pub fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let path = &rest[rest.find('/')?..];
    let mut bytes = Vec::new();
    let mut at = path.bytes();
    while let Some(byte) = at.next() {
        match byte {
            b'%' => {
                let digits = [at.next()?, at.next()?];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            }
            other => bytes.push(other),
        }
    }
    let path = String::from_utf8(bytes).ok()?;
    // `/c:/folder`
    let drive = path.as_bytes().get(2) == Some(&b':') && cfg!(windows);
    Some(PathBuf::from(if drive { &path[1..] } else { &path }))
}

/// The URI of a path, made absolute.
pub fn uri(path: &Path) -> Option<Uri> {
    let path = std::path::absolute(path).ok()?;
    let text = path.to_str()?.replace('\\', "/");
    let mut out = String::from(if text.starts_with('/') { "file://" } else { "file:///" });
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for text in ["/a/b.rnn", "/with space/ü%20.rnn"] {
            assert_eq!(path(&uri(Path::new(text)).unwrap()).unwrap(), Path::new(text));
        }
        assert_eq!(path(&"untitled:Untitled-1".parse().unwrap()), None);
    }
}
