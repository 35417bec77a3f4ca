//! Types and signatures as they are written in the language.

use super::analysis::{Analysis, Model};
use crate::driver::library;
use crate::lint::names::{Def, DefKind};
use crate::system::{AxisId, Elem, Type};

/// `[64] over t`, with names for sizes that data bind.
pub fn ty(model: &Model, ty: &Type) -> String {
    let size = |n: usize| {
        let stands_for = model.stand_ins.iter().find(|(_, x)| *x == n as f64);
        stands_for.map_or_else(|| n.to_string(), |(name, _)| name.clone())
    };
    let shape = format!("[{}]", ty.shape.iter().map(|n| size(*n)).collect::<Vec<_>>().join(", "));
    let what = match (ty.elem, ty.shape.is_empty()) {
        (Elem::Index(n), _) => format!("index[{}]", size(n)),
        (Elem::Bit, true) => "bit".into(),
        (Elem::Bit, false) => format!("bit{shape}"),
        (Elem::Real, true) => "real".into(),
        (Elem::Real, false) => shape,
    };
    let axes = ty.axes.without(AxisId::BATCH).iter();
    let axes: Vec<&str> = axes.map(|a| model.system.axis_info(a).name.as_str()).collect();
    match axes.is_empty() {
        true => what,
        false => format!("{what} over {}", axes.join(", ")),
    }
}

/// The head of an item, or the statement that defines a name.
pub fn head(analysis: &Analysis, def: &Def) -> String {
    let text = analysis.loaded.sources.slice(def.whole);
    match def.kind {
        DefKind::Const | DefKind::Fn | DefKind::Layer | DefKind::Cell | DefKind::Model => library::signature(text),
        _ => text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .trim_end_matches(';')
            .to_string(),
    }
}
