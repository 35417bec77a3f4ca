//! Where a name is defined, and where it is used.

use super::analysis::{Analysis, OWN};
use super::{text, uri};
use crate::driver::{cache, write};
use crate::source::{FileId, Span};
use lsp_types::{DocumentHighlight, Location, Uri};
use std::path::PathBuf;

pub fn definition(analysis: &Analysis, offset: usize) -> Option<Location> {
    let (_, def) = analysis.names.at(Span::new(OWN, offset, offset))?;
    location(analysis, analysis.names.defs[def].span)
}

pub fn references(analysis: &Analysis, offset: usize) -> Vec<Location> {
    let Some((_, def)) = analysis.names.at(Span::new(OWN, offset, offset)) else {
        return Vec::new();
    };
    let spans = analysis.names.of(def).into_iter();
    let own = spans.filter(|s| (s.file.0 as usize) < analysis.loaded.own);
    own.filter_map(|s| location(analysis, s)).collect()
}

pub fn highlights(analysis: &Analysis, offset: usize) -> Vec<DocumentHighlight> {
    let found = analysis.names.at(Span::new(OWN, offset, offset));
    let spans = found.map(|(_, def)| analysis.names.of(def)).unwrap_or_default();
    let here = spans.into_iter().filter(|s| s.file == OWN);
    here.map(|s| DocumentHighlight {
        range: text::range(analysis.text(), s),
        kind: None,
    })
    .collect()
}

fn location(analysis: &Analysis, span: Span) -> Option<Location> {
    let source = analysis.loaded.sources.file(span.file);
    Some(Location {
        uri: file_uri(analysis, span.file)?,
        range: text::range(&source.text, span),
    })
}

/// The URI of a file. One of the standard library is written to the cache, where an editor can open it.
pub fn file_uri(analysis: &Analysis, file: FileId) -> Option<Uri> {
    let source = analysis.loaded.sources.file(file);
    let path = match source.name.strip_prefix("<std>/") {
        None => PathBuf::from(&source.name),
        Some(name) => {
            let folder = format!("std-{}", env!("CARGO_PKG_VERSION"));
            let path = cache::folder().ok()?.join(folder).join(name);
            write::file_if_changed(&path, source.text.as_bytes()).ok()?;
            path
        }
    };
    uri::uri(&path)
}
