//! What is wrong with an open text, and how to mend it.

use super::analysis::{Analysis, OWN};
use super::{definition, rename, text};
use crate::diagnostics::{self as found, Severity};
use crate::source::Span;
use crate::syntax::ast::Item;
use lsp_types::{
    CodeAction, CodeActionKind, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString, TextEdit, Uri,
};
use std::ops::Range;

pub fn diagnostics(analysis: &Analysis) -> Vec<Diagnostic> {
    analysis
        .diagnostics
        .list
        .iter()
        .map(|d| diagnostic(analysis, d))
        .collect()
}

/// Where a diagnostic stands in the open text: what is wrong in another file, at the line that uses it.
fn place(analysis: &Analysis, d: &found::Diagnostic) -> Span {
    match d.labels.first() {
        Some(label) if label.span.file == OWN => label.span,
        Some(_) | None => {
            let items = analysis.loaded.files.first().map_or(&[][..], |f| &f.items);
            let used = items
                .iter()
                .find_map(|i| if let Item::Use(u) = i { Some(u.span) } else { None });
            used.unwrap_or(Span::new(OWN, 0, 0))
        }
    }
}

fn diagnostic(analysis: &Analysis, d: &found::Diagnostic) -> Diagnostic {
    let mut message = d.message.clone();
    if let Some(label) = d.labels.first() {
        if label.span.file != OWN {
            let (line, column) = analysis.loaded.sources.position(label.span);
            let file = &analysis.loaded.sources.file(label.span.file).name;
            message = format!("{file}:{line}:{column}: {message}");
        }
        if !label.text.is_empty() {
            message = format!("{message}: {}", label.text);
        }
    }
    d.notes.iter().for_each(|n| message.push_str(&format!("\nnote: {n}")));
    d.helps
        .iter()
        .for_each(|h| message.push_str(&format!("\nhelp: {}", h.text)));
    let related = |label: &found::Label| {
        let source = analysis.loaded.sources.file(label.span.file);
        Some(DiagnosticRelatedInformation {
            location: Location {
                uri: definition::file_uri(analysis, label.span.file)?,
                range: text::range(&source.text, label.span),
            },
            message: label.text.clone(),
        })
    };
    Diagnostic {
        range: text::range(analysis.text(), place(analysis, d)),
        severity: Some(match d.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(d.code.0.into())),
        source: Some("rnnc".into()),
        message,
        related_information: Some(d.labels.iter().skip(1).filter_map(related).collect()),
        tags: (d.code == found::codes::UNUSED).then(|| vec![DiagnosticTag::UNNECESSARY]),
        ..Diagnostic::default()
    }
}

/// The fixes of what is wrong within a range.
pub fn fixes(analysis: &Analysis, uri: &Uri, within: Range<usize>) -> Vec<CodeAction> {
    let mut out = Vec::new();
    for d in &analysis.diagnostics.list {
        let span = place(analysis, d);
        if (span.start as usize) > within.end || (span.end as usize) < within.start {
            continue;
        }
        for help in &d.helps {
            let Some((at, replacement)) = help.patch.as_ref().filter(|(at, _)| at.file == OWN) else {
                continue;
            };
            let edit = TextEdit {
                range: text::range(analysis.text(), *at),
                new_text: replacement.clone(),
            };
            out.push(CodeAction {
                title: help.text.clone(),
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![diagnostic(analysis, d)]),
                edit: Some(rename::workspace_edit(vec![rename::document_edit(uri.clone(), edit)])),
                ..CodeAction::default()
            });
        }
    }
    out
}
