//! The outline of an open text.

use super::analysis::{Analysis, OWN};
use super::{describe, text};
use crate::lint::names::{Def, DefKind};
use lsp_types::{DocumentSymbol, SymbolKind};

pub fn symbols(analysis: &Analysis) -> Vec<DocumentSymbol> {
    let defs = analysis.names.defs.iter().enumerate();
    let items = defs.filter(|(_, d)| d.kind.is_item() && d.span.file == OWN);
    items
        .map(|(at, item)| {
            let inside = analysis.names.within(at).filter(|(_, d)| kind(d).is_some());
            let children = inside.map(|(_, d)| symbol(analysis, d, None)).collect();
            symbol(analysis, item, Some(children))
        })
        .collect()
}

fn kind(def: &Def) -> Option<SymbolKind> {
    Some(match def.kind {
        DefKind::Const => SymbolKind::CONSTANT,
        DefKind::Fn => SymbolKind::FUNCTION,
        DefKind::Layer | DefKind::Cell => SymbolKind::CLASS,
        DefKind::Model => SymbolKind::MODULE,
        DefKind::Data(_) => SymbolKind::FIELD,
        DefKind::Param => SymbolKind::PROPERTY,
        DefKind::Module => SymbolKind::OBJECT,
        DefKind::Equation => SymbolKind::VARIABLE,
        DefKind::Metric | DefKind::Output => SymbolKind::EVENT,
        DefKind::Size | DefKind::Argument | DefKind::Axis | DefKind::Turn => return None,
    })
}

#[allow(deprecated)]
fn symbol(analysis: &Analysis, def: &Def, children: Option<Vec<DocumentSymbol>>) -> DocumentSymbol {
    let range = text::range(analysis.text(), def.whole.to(def.span));
    DocumentSymbol {
        name: def.name.clone(),
        detail: children.is_some().then(|| describe::head(analysis, def)),
        kind: kind(def).unwrap_or(SymbolKind::VARIABLE),
        tags: None,
        deprecated: None,
        range,
        selection_range: text::range(analysis.text(), def.span),
        children,
    }
}
