//! Names within an item that nothing in it uses. Equations, parameters and data are not looked at here: elaboration knows
//! better what a model needs.

use super::names::{DefKind, Names};
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::elaborate::Unit;

pub(super) fn unused(unit: Unit, names: &Names, found: &mut Diagnostics) {
    let counts = names.counts();
    let own = names
        .defs
        .iter()
        .enumerate()
        .filter(|(_, d)| (d.span.file.0 as usize) < unit.std_from);
    for (at, def) in own {
        if counts[at] > 1 || def.name.starts_with('_') {
            continue;
        }
        let name = &def.name;
        let Some(item) = def.within.map(|item| &names.defs[item].name) else {
            continue;
        };
        let warning = match def.kind {
            DefKind::Size => {
                Diagnostic::warning(codes::UNUSED_SIZE, format!("`{item}` does not use its size `{name}`"))
                    .label(def.span, "whatever it is, nothing changes")
            }
            DefKind::Argument => Diagnostic::warning(
                codes::UNUSED_ARGUMENT,
                format!("`{item}` does not use its input `{name}`"),
            )
            .label(def.span, "whatever it is, nothing changes"),
            DefKind::Module | DefKind::Axis if def.whole != def.span => {
                let what = if def.kind == DefKind::Axis { "axis" } else { "module" };
                Diagnostic::warning(codes::UNUSED_DECLARATION, format!("the {what} `{name}` is never used"))
                    .label(def.span, "nothing in this body names it")
            }
            _ => continue,
        };
        found.push(warning);
    }
}
