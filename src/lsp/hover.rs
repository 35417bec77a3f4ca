//! What stands under the pointer.

use super::analysis::{Analysis, Model, OWN};
use super::{builtin, describe, text};
use crate::lint::names::{Def, DefKind};
use crate::schedule::{Direction, Region};
use crate::source::Span;
use crate::syntax::{TokenKind, tokens};
use crate::system::{Op, Param, System, Value};
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};

pub fn hover(analysis: &Analysis, offset: usize) -> Option<Hover> {
    let (span, value) = match analysis.names.at(Span::new(OWN, offset, offset)) {
        Some((span, def)) => (span, of_def(analysis, &analysis.names.defs[def])),
        None => of_builtin(analysis.text(), offset)?,
    };
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent {
            kind: MarkupKind::Markdown,
            value,
        }),
        range: Some(text::range(analysis.text(), span)),
    })
}

fn code(text: &str) -> String {
    format!("```rnn\n{text}\n```")
}

fn of_builtin(source: &str, offset: usize) -> Option<(Span, String)> {
    let here = |t: &&crate::syntax::Token| t.kind == TokenKind::Word && t.start <= offset && offset <= t.end;
    let token = *tokens(source).iter().find(here)?;
    let found: Vec<String> = builtin::find(&source[token.start..token.end])
        .map(|b| format!("{}\n\n{}", code(b.written), b.says))
        .collect();
    (!found.is_empty()).then(|| (Span::new(OWN, token.start, token.end), found.join("\n\n---\n\n")))
}

fn of_def(analysis: &Analysis, def: &Def) -> String {
    let mut parts = vec![code(&describe::head(analysis, def))];
    if !def.doc.is_empty() {
        parts.push(def.doc.join("\n"));
    }
    if def.span.file.0 as usize >= analysis.loaded.own {
        let file = &analysis.loaded.sources.file(def.span.file).name;
        parts.push(format!("`{}`", file.replace("<std>", "std")));
    }
    if matches!(def.kind, DefKind::Equation | DefKind::Param | DefKind::Data(_)) {
        let mut described: Vec<String> = analysis.values(def.span).map(|(model, v)| of_value(model, v)).collect();
        described.dedup();
        let more = described.len().saturating_sub(3);
        described.truncate(3);
        if more > 0 {
            described.push(format!("and in {more} more places"));
        }
        parts.extend(described);
    }
    if def.kind == DefKind::Model {
        let of_name = |m: &&Model| m.system.name == def.name;
        parts.extend(analysis.models.iter().find(of_name).map(|m| parameters(m, |_| true)));
    }
    parts.join("\n\n")
}

/// Shape, whether it is a state, where it runs, and how many parameters it has.
fn of_value(model: &Model, v: Value) -> String {
    let s = &model.system;
    let node = &s.nodes[v];
    let name = node.origin.name.clone().unwrap_or_default();
    let mut lines = vec![format!("`{name}: {}`", describe::ty(model, &node.ty))];
    if let Op::Param(p) = &node.op {
        let kind = if s.params[*p].trained { "trained" } else { "drawn once" };
        lines.push(format!(
            "parameter, {kind}, drawn by {}",
            format!("{:?}", s.params[*p].init).to_lowercase()
        ));
        lines.push(parameters(model, |q| q.name == s.params[*p].name));
    } else if let Op::Data(_) = &node.op {
        lines.extend(state(s, v));
    } else {
        lines.push(state(s, v).unwrap_or("no state: no equation reads an earlier or a later step of it".into()));
        lines.extend(runs(model, v));
        let own = format!("{name}.");
        if s.params.iter().any(|(_, p)| p.name.starts_with(&own)) {
            lines.push(parameters(model, |p| p.name.starts_with(&own)));
        }
    }
    lines.join("  \n")
}

fn state(s: &System, v: Value) -> Option<String> {
    let lag = |(_, node): (Value, &crate::system::Node)| {
        let Op::Shift { x, axis, by, .. } = node.op else {
            return None;
        };
        (end(s, x) == end(s, v)).then(|| format!("{}{:+}", s.axis_info(axis).name, -by))
    };
    let mut lags: Vec<String> = s.nodes.iter().filter_map(lag).collect();
    lags.sort();
    lags.dedup();
    (!lags.is_empty()).then(|| format!("state: read at `{}`", lags.join("`, `")))
}

/// What an equation that is but another name stands for: `h` of a model for the `h` of its cell.
fn end(s: &System, mut v: Value) -> Value {
    // Two names may stand for each other only with a delay between them, so this ends.
    while let Op::Equal(x) = *s.op(v) {
        v = x;
    }
    v
}

/// Where the schedule of evaluation has it.
fn runs(model: &Model, v: Value) -> Option<String> {
    let origin = &model.system.nodes[v].origin;
    let program = model.program();
    let holds = |ops: &[Value]| ops.iter().any(|op| program.system.nodes[*op].origin == *origin);
    fn inside<'r>(regions: &'r [Region], holds: &dyn Fn(&[Value]) -> bool) -> Option<Vec<&'r Region>> {
        regions.iter().find_map(|region| match region {
            Region::Block { ops, .. } => holds(ops).then(|| vec![region]),
            Region::Scan { body, .. } => inside(body, holds).map(|mut found| {
                found.insert(0, region);
                found
            }),
        })
    }
    let path = inside(&program.regions, &holds)?;
    let part = |region: &&Region| match region {
        Region::Block { why, .. } => why.clone(),
        Region::Scan { axis, direction, .. } => format!(
            "step by step along {}, {}",
            program.system.axis_info(*axis).name,
            match direction {
                Direction::Forward => "from the first step to the last",
                Direction::Backward => "from the last step to the first",
            }
        ),
    };
    Some(format!("runs {}", path.iter().map(part).collect::<Vec<_>>().join("; ")))
}

fn parameters(model: &Model, wanted: impl Fn(&Param) -> bool) -> String {
    let sizes = model.system.params.iter().filter(|(_, p)| wanted(p));
    let count: usize = sizes.map(|(_, p)| p.shape.iter().product::<usize>()).sum();
    let given: Vec<String> = model
        .stand_ins
        .iter()
        .map(|(name, x)| format!("{name} = {x}"))
        .collect();
    match given.is_empty() {
        true => format!("{count} parameters"),
        false => format!("{count} parameters, were {}", given.join(", ")),
    }
}
