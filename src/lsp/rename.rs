//! Another name for what stands at a place.

use super::analysis::{Analysis, OWN};
use super::{definition, text};
use crate::source::Span;
use crate::syntax::{TokenKind, is_keyword, tokens};
use lsp_types::{
    DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, Range, TextDocumentEdit, TextEdit, Uri,
    WorkspaceEdit,
};

/// What would be renamed.
///
/// # Errors
/// Nothing of the user's is named here.
pub fn prepare(analysis: &Analysis, offset: usize) -> Result<Range, String> {
    let (span, _) = named(analysis, offset)?;
    Ok(text::range(analysis.text(), span))
}

/// The edits that rename it everywhere.
///
/// # Errors
/// Nothing of the user's is named here; the new name is none, or is taken.
pub fn rename(analysis: &Analysis, offset: usize, to: &str) -> Result<WorkspaceEdit, String> {
    let (_, def) = named(analysis, offset)?;
    let word = tokens(to);
    let is_name = word
        .first()
        .is_some_and(|t| t.kind == TokenKind::Word && t.end == to.len());
    if !is_name || is_keyword(to) || to == "_" {
        return Err(format!("`{to}` cannot be a name"));
    }
    let this = &analysis.names.defs[def];
    let own = |s: &Span| (s.file.0 as usize) < analysis.loaded.own;
    let taken = analysis
        .names
        .defs
        .iter()
        .find(|d| d.name == to && d.within == this.within && own(&d.span));
    if taken.is_some() && to != this.name {
        return Err(format!("`{to}` is already defined"));
    }
    let mut files: Vec<TextDocumentEdit> = Vec::new();
    for span in analysis.names.of(def).into_iter().filter(own) {
        let edit = TextEdit {
            range: text::range(&analysis.loaded.sources.file(span.file).text, span),
            new_text: to.into(),
        };
        let Some(uri) = definition::file_uri(analysis, span.file) else {
            continue;
        };
        match files.last_mut().filter(|f| f.text_document.uri == uri) {
            Some(file) => file.edits.push(OneOf::Left(edit)),
            None => files.push(document_edit(uri, edit)),
        }
    }
    Ok(workspace_edit(files))
}

/// One edit of a file, whichever version of it the client has.
pub fn document_edit(uri: Uri, edit: TextEdit) -> TextDocumentEdit {
    TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri, version: None },
        edits: vec![OneOf::Left(edit)],
    }
}

pub fn workspace_edit(files: Vec<TextDocumentEdit>) -> WorkspaceEdit {
    WorkspaceEdit {
        document_changes: Some(DocumentChanges::Edits(files)),
        ..WorkspaceEdit::default()
    }
}

fn named(analysis: &Analysis, offset: usize) -> Result<(Span, usize), String> {
    let found = analysis.names.at(Span::new(OWN, offset, offset));
    let (span, def) = found.ok_or("nothing that has a definition is named here")?;
    let this = &analysis.names.defs[def];
    match (this.span.file.0 as usize) < analysis.loaded.own {
        true => Ok((span, def)),
        false => Err(format!("`{}` belongs to the standard library", this.name)),
    }
}
