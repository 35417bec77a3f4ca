//! Colours that need to know what a name means.

use super::analysis::{Analysis, OWN};
use super::text;
use crate::lint::names::DefKind;
use crate::source::Span;
use lsp_types::{SemanticToken, SemanticTokenType, SemanticTokensLegend};

/// The kinds of names, in the order that [`kind`] counts them by.
pub fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: vec![
            SemanticTokenType::FUNCTION,
            SemanticTokenType::CLASS,
            SemanticTokenType::NAMESPACE,
            SemanticTokenType::PARAMETER,
            SemanticTokenType::PROPERTY,
            SemanticTokenType::TYPE_PARAMETER,
            SemanticTokenType::VARIABLE,
        ],
        token_modifiers: Vec::new(),
    }
}

fn kind(def: DefKind) -> u32 {
    match def {
        DefKind::Fn => 0,
        DefKind::Layer | DefKind::Cell | DefKind::Module => 1,
        DefKind::Model => 2,
        DefKind::Argument | DefKind::Data(_) => 3,
        DefKind::Param => 4,
        DefKind::Const | DefKind::Size | DefKind::Axis | DefKind::Turn => 5,
        DefKind::Equation | DefKind::Metric | DefKind::Output => 6,
    }
}

pub fn tokens(analysis: &Analysis) -> Vec<SemanticToken> {
    let names = &analysis.names;
    let mut all: Vec<(Span, u32)> = (0..names.defs.len())
        .flat_map(|def| {
            names
                .of(def)
                .into_iter()
                .map(move |span| (span, kind(names.defs[def].kind)))
        })
        .filter(|(span, _)| span.file == OWN)
        .collect();
    all.sort();
    all.dedup_by_key(|(span, _)| span.start);
    let (mut line, mut start) = (0, 0);
    let mut out = Vec::new();
    for (span, token_type) in all {
        let range = text::range(analysis.text(), span);
        if range.start.line != line {
            start = 0;
        }
        out.push(SemanticToken {
            delta_line: range.start.line - line,
            delta_start: range.start.character - start,
            length: range.end.character.saturating_sub(range.start.character),
            token_type,
            token_modifiers_bitset: 0,
        });
        (line, start) = (range.start.line, range.start.character);
    }
    out
}
