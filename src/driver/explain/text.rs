//! An explanation as text for people.

use super::connect::{Class, Start, State};
use super::costs::{Amount, Costs, Row};
use super::latency::Latency;
use super::memory::{Memory, Term};
use super::plan::Plan;
use super::{Explanation, Prediction};
use std::fmt::Write;

pub fn text(e: &Explanation) -> String {
    let mut out = match &e.regime {
        None => format!("model {}\n", e.model),
        Some(regime) => format!("\nmodel {}, as the regime `{regime}` forces it\n", e.model),
    };
    let mut line = |what: &str, text: String| {
        let _ = writeln!(out, "  {what:<14}{text}");
    };
    line("connectivity", e.connectivity.join(", "));
    line(
        "depth",
        match e.depth {
            0 => "no recurrence".into(),
            1 => "1 recurrence".into(),
            n => format!("{n} recurrences, one upon another"),
        },
    );
    let way = |d: &super::Direction| format!("{} along {}", if d.forward { "forward" } else { "backward" }, d.axis);
    if !e.directions.is_empty() {
        line(
            "directions",
            e.directions.iter().map(way).collect::<Vec<_>>().join(", "),
        );
    }
    for (i, axis) in e.axes.iter().enumerate() {
        let length = match axis.steps {
            Some(n) => format!("{n} steps"),
            None => "a sequence".into(),
        };
        let data = if axis.data.is_empty() {
            "no data".into()
        } else {
            axis.data.join(", ")
        };
        line(
            if i == 0 { "axes" } else { "" },
            format!("{}: {length}, of {data}", axis.name),
        );
    }
    for (i, p) in e.predicts.iter().enumerate() {
        line(if i == 0 { "gives" } else { "" }, prediction(p));
    }
    for (i, l) in e.latency.iter().enumerate() {
        line(if i == 0 { "latency" } else { "" }, latency(l));
    }
    states(e, &mut out);
    parameters(e, &mut out);
    costs(&e.costs, e.schedule.trains, &mut out);
    if let Some(m) = &e.memory {
        memory(m, &mut out);
    }
    plan(&e.schedule, &mut out);
    out
}

fn prediction(p: &Prediction) -> String {
    let how = match &p.distribution {
        Some(distribution) => format!("{} ~ {distribution}", p.name),
        None => p.name.clone(),
    };
    match (p.over.is_empty(), p.own_axis) {
        (true, _) => format!("{how}, once per example"),
        (false, true) => format!("{how}, along an axis of its own, {}", p.over.join(" and ")),
        (false, false) => format!("{how}, at each step of {}", p.over.join(" and ")),
    }
}

fn latency(l: &Latency) -> String {
    let wait = match (l.ahead, &l.axis) {
        (None, Some(axis)) => format!("all of {axis}"),
        (None, None) => "the whole sequence".into(),
        (Some(0), _) => "none".into(),
        (Some(1), _) => "1 step".into(),
        (Some(n), _) => format!("{n} steps"),
    };
    format!("{}: {wait}: {}", l.output, l.why)
}

fn states(e: &Explanation, out: &mut String) {
    if !e.states.is_empty() {
        out.push_str("\nstates\n");
    }
    let rows = e.states.iter().map(|s| {
        [
            s.name.clone(),
            shape(&s.shape),
            lags(&s.lags, &s.axis),
            start(s).into(),
            s.class.name().into(),
        ]
    });
    table(out, &rows.collect::<Vec<_>>());
    if !e.taps.is_empty() {
        out.push_str("\nread at other steps\n");
    }
    let rows = e.taps.iter().map(|t| {
        let what = match t.class {
            Class::Context => "context: the truth",
            class => class.name(),
        };
        [t.name.clone(), lags(&t.lags, &t.axis), what.to_string()]
    });
    table(out, &rows.collect::<Vec<_>>());
}

fn start(s: &State) -> &'static str {
    match (s.start, s.lags.iter().all(|by| *by < 0)) {
        (Start::Zeros, false) => "starts as zeros",
        (Start::Zeros, true) => "ends as zeros",
        (Start::Nothing, _) => "starts as nothing",
        (Start::Learned, _) => "starts as learned",
        (Start::Constant, _) => "starts as given",
        (Start::Computed, _) => "starts as computed from the example",
    }
}

fn shape(shape: &[usize]) -> String {
    match shape {
        [] => "a number".into(),
        dims => format!("[{}]", dims.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// `t-1, t-4`
fn lags(lags: &[i32], axis: &str) -> String {
    let one = |by: &i32| format!("{axis}{}{}", if *by > 0 { "-" } else { "+" }, by.unsigned_abs());
    lags.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn parameters(e: &Explanation, out: &mut String) {
    if e.parameters.is_empty() {
        return;
    }
    out.push_str("\nparameters\n");
    let row = |name: &str, shape: String, n: usize, fixed: bool| {
        [
            name.to_string(),
            shape,
            grouped(n),
            if fixed { "fixed".into() } else { String::new() },
        ]
    };
    let mut rows: Vec<[String; 4]> = e
        .parameters
        .iter()
        .map(|p| row(&p.name, shape(&p.shape), p.entries, !p.trained))
        .collect();
    rows.push(row("trained", String::new(), e.trained, false));
    if e.fixed > 0 {
        rows.push(row("fixed", String::new(), e.fixed, false));
    }
    table(out, &rows);
}

fn costs(costs: &Costs, trains: bool, out: &mut String) {
    if costs.rows.is_empty() {
        return;
    }
    let when = |row: &Row| match (row.over.as_slice(), row.each_example) {
        ([], false) => "once a batch".into(),
        ([], true) => "each example".into(),
        (over, _) => format!("each step of {}", over.join(" and ")),
    };
    let width = costs
        .rows
        .iter()
        .map(|row| when(row).chars().count())
        .max()
        .unwrap_or(0);
    let width = width.max("costs".len());
    let head = format!("\n{:<width$}  {:>23}", "costs", "forward", width = width + 2);
    let _ = match trains {
        true => writeln!(out, "{head}  {:>24}", "backward"),
        false => writeln!(out, "\ncosts"),
    };
    let amount = |a: Amount| format!("{:>11}  {:>10}", scaled(a.flops, "FLOP"), scaled(4 * a.numbers, "B"));
    for row in &costs.rows {
        let forward = format!("  {:<width$}  {}", when(row), amount(row.forward));
        let _ = match trains {
            true => writeln!(out, "{forward}  {}", amount(row.backward)),
            false => writeln!(out, "{forward}"),
        };
    }
    if costs.scanned_parameters > 0 {
        let bytes = scaled(4 * costs.scanned_parameters, "B");
        let _ = writeln!(
            out,
            "  a scan reads {bytes} of weights at each of its steps, once for all examples of a batch"
        );
    }
    out.push_str("  in f32; of memory what one region of the schedule writes and others read\n");
}

fn memory(memory: &Memory, out: &mut String) {
    let sum = |terms: &[Term]| {
        let each = terms.iter().map(|t| format!("{} {}", scaled(t.bytes, "B"), t.each));
        each.collect::<Vec<_>>().join(", ")
    };
    let _ = writeln!(out, "\nmemory of a training step\n  {}", sum(&memory.whole));
    let _ = match &memory.segments {
        Ok(terms) => writeln!(out, "  in segments, where `memory` bounds it: {}", sum(terms)),
        Err(why) => writeln!(out, "  `memory` does not cut it into segments: {why}"),
    };
}

fn plan(plan: &Plan, out: &mut String) {
    let of = if plan.trains { "a training step" } else { "evaluation" };
    let _ = writeln!(out, "\nschedule of {of}");
    for (i, part) in plan.regions.iter().enumerate() {
        let kind = match &part.scan {
            Some(d) => format!("scan {} {}", d.axis, if d.forward { "forward" } else { "backward" }),
            None => "at once".into(),
        };
        let counted = |n: usize, one: &str| {
            if n == 1 {
                format!("1 {one}")
            } else {
                format!("{n} {one}s")
            }
        };
        let mut what = counted(part.operations, "operation");
        if part.products > 0 {
            what = format!("{what}, {}", counted(part.products, "product"));
        }
        let _ = writeln!(out, "  {:>2}  {kind:<18}{what}\n      {}", i + 1, part.why);
    }
    if plan.regions.iter().all(|p| p.scan.is_none()) {
        out.push_str("  no scan: no step needs another\n");
    }
}

/// Columns as wide as their widest entry.
pub fn table<const N: usize>(out: &mut String, rows: &[[String; N]]) {
    let width = |i: usize| rows.iter().map(|r| r[i].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            let number = cell.starts_with(|c: char| c.is_ascii_digit());
            if number {
                format!("{cell:>width$}")
            } else {
                format!("{cell:<width$}")
            }
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = writeln!(out, "  {}", line.trim_end());
    }
}

/// `1,234,567`
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `12.3 kFLOP`
pub fn scaled(n: usize, unit: &str) -> String {
    let mut x = n as f64;
    for prefix in ["", "k", "M", "G"] {
        if x < 1000.0 || prefix == "G" {
            return match prefix {
                "" => format!("{n} {unit}"),
                _ => format!("{x:.1} {prefix}{unit}"),
            };
        }
        x /= 1000.0;
    }
    String::new()
}
