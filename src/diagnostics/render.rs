//! Diagnostics as text, in rustc's manner.

use std::collections::BTreeMap;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, Help, Severity};
use crate::source::{FileId, Sources, Span};

/// Every diagnostic as text, by file and position; those with no label come first. Each ends in an empty line.
pub fn render(diagnostics: &Diagnostics, sources: &Sources, color: bool) -> String {
    let mut list: Vec<&Diagnostic> = diagnostics.list.iter().collect();
    list.sort_by_key(|d| d.labels.first().map(|l| l.span));
    let one = |d: &&Diagnostic| render_one(d, sources, color) + "\n\n";
    list.iter().map(one).collect()
}

/// One diagnostic as text, with no line break at its end.
pub fn render_one(d: &Diagnostic, sources: &Sources, color: bool) -> String {
    let level = match d.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut main = Group::with_title(level.primary_title(d.message.as_str()).id(d.code.0));
    for (file, annotations) in annotations(d) {
        let source = sources.file(file);
        let snippet = Snippet::source(&*source.text).path(source.name.as_str());
        main = main.element(snippet.annotations(annotations));
    }
    for note in &d.notes {
        main = main.element(Level::NOTE.message(note.as_str()));
    }
    let mut report = Vec::new();
    for help in &d.helps {
        match help {
            Help { text, patch: None } => main = main.element(Level::HELP.message(text.as_str())),
            Help {
                text,
                patch: Some((span, replacement)),
            } if line_length(sources, *span) > LONG_LINE => {
                main = main.element(Level::HELP.message(format!("{text}: `{}`", replacement.trim())));
            }
            Help {
                text,
                patch: Some((span, replacement)),
            } => {
                let source = sources.file(span.file);
                let patch = Patch::new(range(*span), replacement.as_str());
                let snippet = Snippet::source(&*source.text).path(source.name.as_str()).patch(patch);
                report.push(Level::HELP.secondary_title(text.as_str()).element(snippet));
            }
        }
    }
    report.insert(0, main);
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&report)
}

/// A mended line longer than this is not shown: unlike a marked line, it would be printed whole.
const LONG_LINE: usize = 500;

/// How many bytes the line has in which a span starts.
fn line_length(sources: &Sources, span: Span) -> usize {
    let (before, after) = sources.file(span.file).text.split_at(span.start as usize);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    before.len() - start + after.find('\n').unwrap_or(after.len())
}

/// A diagnostic's labels by file, the primary's file first.
fn annotations(d: &Diagnostic) -> Vec<(FileId, Vec<Annotation<'_>>)> {
    let mut by_file: BTreeMap<(bool, FileId), Vec<Annotation>> = BTreeMap::new();
    let primary = d.labels.first().map(|l| l.span.file);
    for (i, label) in d.labels.iter().enumerate() {
        let kind = if i == 0 {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let mut annotation = kind.span(range(label.span));
        if !label.text.is_empty() {
            annotation = annotation.label(label.text.as_str());
        }
        let other = Some(label.span.file) != primary;
        by_file.entry((other, label.span.file)).or_default().push(annotation);
    }
    by_file.into_iter().map(|((_, file), list)| (file, list)).collect()
}

fn range(span: Span) -> std::ops::Range<usize> {
    span.start as usize..span.end as usize
}
