//! Fixes of what nothing uses: the statement goes, where nothing else names what it defines.

use super::names::Names;
use crate::diagnostics::{Diagnostics, codes};
use crate::source::{Sources, Span, docs_above};

pub(super) fn add_fixes(sources: &Sources, names: &Names, found: &mut Diagnostics) {
    // What only goes together is removed together, so each is looked at with all others gone.
    let unused: Vec<(usize, Span)> = found
        .list
        .iter()
        .enumerate()
        .filter(|(_, d)| [codes::UNUSED, codes::UNUSED_DECLARATION].contains(&d.code) && d.helps.is_empty())
        .filter_map(|(at, d)| {
            let label = d.labels.first()?;
            let def = names
                .defs
                .iter()
                .find(|def| def.span == label.span && def.whole != def.span)?;
            Some((at, def.whole))
        })
        .collect();
    let mut gone: Vec<Span> = unused.iter().map(|(_, whole)| *whole).collect();
    loop {
        let before = gone.len();
        let all = gone.clone();
        gone.retain(|whole| {
            names
                .defined_in(*whole)
                .all(|def| names.of(def).iter().all(|u| all.iter().any(|w| holds(*w, *u))))
        });
        if gone.len() == before {
            break;
        }
    }
    for (at, whole) in unused {
        if gone.contains(&whole) {
            let d = &mut found.list[at];
            *d = d.clone().fix("remove it", line(sources, whole), "");
        }
    }
}

fn holds(whole: Span, part: Span) -> bool {
    whole.file == part.file && whole.start <= part.start && part.end <= whole.end
}

/// The statement with the doc comment above it, and its whole lines where nothing else stands on them.
fn line(sources: &Sources, whole: Span) -> Span {
    let text = &sources.file(whole.file).text;
    let (before, after) = (&text[..whole.start as usize], &text[whole.end as usize..]);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let rest = after.split('\n').next().unwrap_or("");
    if !before[start..].trim().is_empty() || !rest.trim().is_empty() {
        return whole;
    }
    let end = (whole.end as usize + rest.len() + 1).min(text.len());
    Span::new(whole.file, docs_above(text, whole.start as usize), end)
}
