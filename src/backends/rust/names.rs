//! Names of values in generated code: those of the specification, made into identifiers.

use crate::system::{Binary, Fold, Op, System, Value};
use std::collections::BTreeSet;

/// Names that generated functions use themselves, and Rust's words.
const TAKEN: &[&str] = &[
    "t",
    "j",
    "r",
    "e",
    "s",
    "u",
    "g",
    "c",
    "cells",
    "grid",
    "grids",
    "inner",
    "lane",
    "pair_scratch",
    "i",
    "k",
    "o",
    "rows",
    "steps",
    "params",
    "gradients",
    "batch",
    "metrics",
    "outputs",
    "draws",
    "call",
    "w",
    "id",
    "line",
    "l0",
    "l1",
    "l2",
    "l3",
    "l4",
    "l5",
    "l6",
    "l7",
    "l8",
    "l9",
    "element",
    "contracted",
    "right_operand",
    "left_operand",
    "position",
    "scratch",
    "as",
    "break",
    "const",
    "continue",
    "crate",
    "else",
    "enum",
    "extern",
    "false",
    "fn",
    "for",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "match",
    "mod",
    "move",
    "mut",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "type",
    "unsafe",
    "use",
    "where",
    "while",
    "async",
    "await",
    "dyn",
    "abstract",
    "become",
    "box",
    "do",
    "final",
    "macro",
    "override",
    "priv",
    "typeof",
    "unsized",
    "virtual",
    "yield",
    "try",
    "gen",
];

/// Functions of the runtime that generated code calls by name.
pub const KERNELS: &[&str] = &[
    "NOTHING",
    "Outer",
    "PairScratch",
    "Pairs",
    "Panels",
    "Scratch",
    "View",
    "Way",
    "accumulate",
    "argmax",
    "bit",
    "column",
    "dot",
    "edge",
    "edge_index",
    "grow",
    "index_column",
    "look_up",
    "max",
    "max_all",
    "max_rows",
    "max_steps",
    "number",
    "outer_products",
    "pick",
    "product",
    "reverse",
    "reverse_index",
    "row",
    "row_mut",
    "scatter",
    "scatter_all",
    "slot",
    "sum",
    "sum_all",
    "sum_rows",
    "sum_steps",
];

/// One name for each of `values`, no two alike. Of those with the same path the last, which is the equation's value,
/// has the plain name; `x_at`, `x_past`, `x_now` and the like are left free for every `x`.
pub fn names(system: &System, values: impl DoubleEndedIterator<Item = Value>) -> Vec<(Value, String)> {
    let taken = TAKEN.iter().chain(KERNELS).map(|s| s.to_string());
    let mut used: BTreeSet<String> = taken.collect();
    let mut out = Vec::new();
    for v in values.rev() {
        let stem = stem(system, v);
        let mut name = stem.clone();
        let mut n = 1;
        while used.contains(&name) {
            n += 1;
            name = format!("{stem}_{n}");
        }
        for suffix in ["", "_at", "_past", "_now", "_from", "_out", "_draw", "_table", "_here"] {
            used.insert(format!("{name}{suffix}"));
        }
        out.push((v, name));
    }
    out
}

fn stem(system: &System, v: Value) -> String {
    match &system.nodes[v].origin.name {
        Some(name) => identifier(name),
        None => match system.op(v) {
            Op::Shift { x, by, .. } if system.nodes[*x].origin.name.is_some() => {
                let side = if *by > 0 { "before" } else { "after" };
                format!("{}_{}_{side}", stem(system, *x), by.unsigned_abs())
            }
            Op::Unary(f, _) => format!("{}_{}", format!("{f:?}").to_lowercase(), v.index()),
            op => format!("{}_{}", operation(op), v.index()),
        },
    }
}

/// A specification's path as an identifier: `d(h.1.f)` is `d_h_1_f`.
pub fn identifier(path: &str) -> String {
    let mut out = String::new();
    for c in path.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.ends_with('_') && !out.is_empty() {
            out.push('_');
        }
    }
    let out = out.trim_end_matches('_').to_string();
    if out.is_empty() || out.starts_with(|c: char| c.is_ascii_digit()) {
        format!("v_{out}")
    } else {
        out
    }
}

fn operation(op: &Op) -> &'static str {
    match op {
        Op::Data(_) => "data",
        Op::Param(_) => "param",
        Op::Const(_) => "constant",
        Op::Count(_) => "count",
        Op::Length(_) => "length",
        Op::Position(_) => "position",
        Op::Draw { .. } => "draw",
        Op::Training => "training",
        Op::Equal(_) | Op::Stop(_) | Op::Spread(_) | Op::Reshape(_) | Op::Rename { .. } => "copy",
        Op::Unary(..) => "map",
        Op::Binary(f, ..) => match f {
            Binary::Add => "sum",
            Binary::Sub => "difference",
            Binary::Mul => "scaled",
            Binary::Div => "ratio",
            Binary::Max | Binary::Min | Binary::Pow => "map",
            Binary::Lt | Binary::Le | Binary::Eq | Binary::Ne | Binary::And | Binary::Or => "test",
        },
        Op::Select { .. } => "choice",
        Op::Concat(_) => "joined",
        Op::Slice { .. } => "part",
        Op::Pad { .. } => "padded",
        Op::Transpose(_) => "transposed",
        Op::Fold { fold: Fold::Sum, .. } => "total",
        Op::Fold { fold: Fold::Max, .. } => "largest",
        Op::ArgMax(_) => "argmax",
        Op::OneHot(_) => "onehot",
        Op::Reduce { .. } => "reduced",
        Op::Shift { .. } => "shifted",
        Op::Edge { .. } => "edge",
        Op::Reverse { .. } => "reversed",
        Op::Contract { .. } => "product",
        Op::Gather { .. } => "looked_up",
        Op::Scatter { .. } => "scattered",
        Op::Pick { .. } => "picked",
        Op::Place { .. } => "placed",
    }
}
