//! What stands on nodes and edges.

use super::graph::Step;
use crate::system::{AxisId, AxisKind, Binary, Fold, Op, Param, System, Type, Unary, text};

/// A sign or a word; empty where there is nothing to say.
pub(super) fn symbol(s: &System, op: &Op) -> String {
    let fold = |f: &Fold| match f {
        Fold::Sum => "sum",
        Fold::Max => "max",
    };
    match op {
        Op::Unary(Unary::Neg, _) => "\u{2212}".into(),
        Op::Unary(f, _) => f.name().into(),
        Op::Binary(f, ..) => binary(*f).into(),
        Op::Select { .. } => "where".into(),
        Op::Concat(_) => "++".into(),
        Op::Slice { .. } => "slice".into(),
        Op::Transpose(_) => "transpose".into(),
        Op::Fold { fold: f, .. } => fold(f).into(),
        Op::ArgMax(_) => "argmax".into(),
        Op::OneHot(_) => "onehot".into(),
        Op::Reduce { fold: f, axes, .. } => {
            let names: Vec<&str> = axes.iter().map(|a| s.axis_info(a).name.as_str()).collect();
            format!("{} over {}", fold(f), names.join(" "))
        }
        Op::Contract { .. } => "@".into(),
        Op::Gather { .. } => "row".into(),
        Op::Pick { .. } => "entry".into(),
        Op::Draw { .. } => "draw".into(),
        Op::Position(axis) => s.axis_info(*axis).name.clone(),
        Op::Length(axis) => format!("length {}", s.axis_info(*axis).name),
        Op::Reverse { .. } | Op::Edge { .. } | Op::Shift { .. } | Op::Rename { .. } => {
            step(s, op).map_or("edge".into(), |step| step.to_string())
        }
        Op::Scatter { .. } | Op::Place { .. } | Op::Pad { .. } => "place".into(),
        Op::Reshape(_) => "reshape".into(),
        Op::Stop(_) => "stop_gradient".into(),
        Op::Count(_) | Op::Training | Op::Data(_) | Op::Param(_) | Op::Const(_) | Op::Equal(_) | Op::Spread(_) => {
            String::new()
        }
    }
}

/// The steps of a shift as they are written: back is minus.
pub(super) fn sign(by: i32) -> String {
    match by > 0 {
        true => format!("\u{2212}{by}"),
        false => format!("+{}", by.unsigned_abs()),
    }
}

/// Which step is read by an operation that only moves values; none of any other.
pub(super) fn step(s: &System, op: &Op) -> Option<Step> {
    let called = |axis: AxisId| s.axis_info(axis).name.clone();
    if let Op::Shift { axis, by, .. } = *op {
        return Some(Step::Lag(called(axis), by));
    }
    if let Op::Edge { axis, by: -1, .. } = *op {
        return Some(Step::Last(called(axis)));
    }
    if let Op::Edge { axis, by: 1, .. } = *op {
        return Some(Step::First(called(axis)));
    }
    if let Op::Reverse { axis, .. } = *op {
        return Some(Step::Reverse(called(axis)));
    }
    if let Op::Rename { to, .. } = *op {
        return Some(Step::Under(called(to)));
    }
    None
}

/// The axes that a value is unrolled over: sequences by the name that data give them, else those of fixed steps.
pub(super) fn axes(s: &System, t: &Type) -> Vec<String> {
    let all: Vec<AxisId> = t.axes.without(AxisId::BATCH).iter().map(|a| s.steps_of(a)).collect();
    let sequences = all
        .iter()
        .filter(|a| !matches!(s.axis_info(**a).kind, AxisKind::Steps(_)));
    let sequences: Vec<AxisId> = sequences.copied().collect();
    let mut names: Vec<String> = Vec::new();
    for axis in if sequences.is_empty() { all } else { sequences } {
        let name = &s.axis_info(axis).name;
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn binary(f: Binary) -> &'static str {
    match f {
        Binary::Add => "+",
        Binary::Sub => "\u{2212}",
        Binary::Mul => "\u{d7}",
        Binary::Div => "/",
        Binary::Max => "max",
        Binary::Min => "min",
        Binary::Pow => "pow",
        Binary::Lt => "<",
        Binary::Le => "\u{2264}",
        Binary::Eq => "=",
        Binary::Ne => "\u{2260}",
        Binary::And => "and",
        Binary::Or => "or",
    }
}

/// `4.q`, an equation of a loop's fourth turn, as `q[4]`.
pub(super) fn turned(name: &str) -> String {
    let (turn, rest) = name.split_once('.').unwrap_or((name, ""));
    match !turn.is_empty() && turn.chars().all(|c| c.is_ascii_digit()) {
        true => format!("{rest}[{turn}]"),
        false => name.to_string(),
    }
}

/// A few words of what is done.
pub(super) fn summary(does: &[String]) -> String {
    match does.len() > 4 {
        true => format!("{}, \u{2026}", does[..3].join(", ")),
        false => does.join(", "),
    }
}

/// A parameter by the end of its name: the path before is that of the node.
pub(super) fn param(p: &Param) -> String {
    let parts: Vec<&str> = p.name.rsplit('.').take(2).collect();
    let name = match parts[..] {
        ["weight", of] => format!("W {of}"),
        [last, ..] => last.to_string(),
        [] => String::new(),
    };
    let fixed = if p.trained { "" } else { " fixed" };
    match p.shape[..] {
        [] => format!("{name}{fixed}"),
        _ => format!("{name} {:?}{fixed}", p.shape),
    }
}

/// How many numbers parameters have together, with commas between thousands.
pub(super) fn entries<'p>(params: impl Iterator<Item = &'p Param>) -> Vec<String> {
    let entries: usize = params.map(|p| p.shape.iter().product::<usize>()).sum();
    if entries == 0 {
        return Vec::new();
    }
    let digits = entries.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    vec![format!("{out} parameters")]
}

/// A type without the batch.
pub(super) fn ty(s: &System, t: &Type) -> String {
    let axes = t.axes.without(AxisId::BATCH);
    text::ty(s, &Type { axes, ..t.clone() })
}
