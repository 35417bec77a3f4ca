//! The inferred shape of every equation that states none.

use super::analysis::{Analysis, OWN};
use super::{describe, text};
use crate::lint::names::DefKind;
use crate::source::Span;
use lsp_types::{InlayHint, InlayHintKind, InlayHintLabel};
use std::ops::Range;

pub fn hints(analysis: &Analysis, within: Range<usize>) -> Vec<InlayHint> {
    let equations = analysis
        .names
        .defs
        .iter()
        .filter(|d| d.kind == DefKind::Equation && d.span.file == OWN);
    let seen = equations.filter(|d| within.contains(&(d.span.start as usize)));
    seen.filter_map(|d| hint(analysis, d.span)).collect()
}

fn hint(analysis: &Analysis, name: Span) -> Option<InlayHint> {
    let after = analysis.text()[name.end as usize..].trim_start();
    if !after.starts_with('=') || after.starts_with("==") {
        return None;
    }
    // A layer that is called with other shapes elsewhere has no one shape.
    let mut types: Vec<String> = analysis
        .values(name)
        .map(|(model, v)| describe::ty(model, model.system.ty(v)))
        .collect();
    types.dedup();
    let [ty] = types.as_slice() else { return None };
    Some(InlayHint {
        position: text::position(analysis.text(), name.end as usize),
        label: InlayHintLabel::String(format!(": {ty}")),
        kind: Some(InlayHintKind::TYPE),
        text_edits: None,
        tooltip: None,
        padding_left: None,
        padding_right: None,
        data: None,
    })
}
