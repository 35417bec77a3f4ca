//! What a plan decided and is expected to cost, as text: `rnnc emit --stage program --costs`.

use super::explain::{scaled, table};
use crate::backends::rust::{Bound, Costs, Form, Held, KernelCosts, Limit, MemoryPlan, Place, RegionCosts};
use std::fmt::Write;

pub fn text(costs: &Costs) -> String {
    let mut out = String::new();
    for r in &costs.regions {
        region(costs, r, &mut out);
        out.push('\n');
    }
    memory(costs, &mut out);
    out
}

fn region(costs: &Costs, r: &RegionCosts, out: &mut String) {
    let way = match &r.scan {
        Some(scan) => format!("{} {}, ", scan.axis, if scan.forward { "forward" } else { "backward" }),
        None => String::new(),
    };
    let _ = writeln!(out, "{}  {way}{}", r.name, r.why);
    for a in &r.work {
        let mut what = Vec::new();
        if a.work.products > 0 {
            what.push(format!("{} of products", scaled(a.work.products, "FLOP")));
        }
        if a.work.elements > 0 {
            what.push(format!("{} of elements", scaled(a.work.elements, "FLOP")));
        }
        if a.work.functions > 0 {
            what.push(format!("{} of them functions", a.work.functions));
        }
        what.push(format!(
            "{} read, {} written",
            scaled(a.read, "B"),
            scaled(a.written, "B")
        ));
        let _ = writeln!(out, "  {}: {}", a.each, what.join(", "));
    }
    if r.weights > 0 {
        let when = if r.scan.is_some() {
            "at each step"
        } else {
            "once a batch"
        };
        let _ = writeln!(out, "  weights of {}, read {when}", scaled(r.weights, "B"));
    }
    let _ = writeln!(out, "  bound by {}", bound(&r.bound));
    for k in &r.kernels {
        let _ = writeln!(out, "  {}", kernel(costs, k));
    }
}

fn bound(b: &Bound) -> String {
    let time = |ns: f64| match ns {
        ns if ns < 1000.0 => format!("{ns:.0} ns"),
        ns => format!("{:.1} us", ns / 1000.0),
    };
    let row = time(b.nanoseconds_a_row);
    match (b.by, b.compute_from, b.nanoseconds_a_step) {
        (Limit::Compute, Some(1), Some(_)) => format!("compute: {row} a row"),
        (Limit::Compute, Some(n), Some(step)) => {
            let step = time(step);
            format!(
                "compute from {n} rows a step on, below by the bandwidth of weights: {row} a row, {step} a step at least"
            )
        }
        (Limit::Compute, ..) => format!("compute: {row} a row"),
        (Limit::Bandwidth, _, Some(step)) => format!("bandwidth: {row} a row, {} a step at least", time(step)),
        (Limit::Bandwidth, ..) => format!("bandwidth: {row} a row"),
    }
}

fn kernel(costs: &Costs, kernel: &KernelCosts) -> String {
    let region = |i: &usize| costs.regions[*i].name.as_str();
    match kernel {
        KernelCosts::Product {
            gives,
            form,
            rows,
            columns,
            depth,
            merged,
            panels,
            hoisted_from,
            together_with,
        } => {
            let times = |n: &Option<usize>| n.map_or("rows".into(), |n| n.to_string());
            let size = format!("{} x {} x {columns}", times(rows), times(depth));
            let mut notes = vec![match form {
                Form::Weights => "each row by weights".into(),
                Form::SumOverRows => "summed over all rows".into(),
                Form::Once => "of two matrices".into(),
                Form::Pairs => "each example's rows along two axes".to_string(),
            }];
            if *merged > 1 {
                notes.push(format!("{merged} products in one"));
            }
            if !hoisted_from.is_empty() {
                let from: Vec<&str> = hoisted_from.iter().map(region).collect();
                notes.push(format!("for all steps at once, out of {}", from.join(", ")));
            }
            if !together_with.is_empty() {
                notes.push(format!("its left rows packed once with {}", together_with.join(", ")));
            }
            if let Some((name, at)) = panels {
                notes.push(format!("{name}, packed once a batch in {}", region(at)));
            }
            format!("product  {gives} [{size}]: {}", notes.join("; "))
        }
        KernelCosts::Rows {
            each,
            equations,
            operations,
            loops,
            recomputed,
            stores,
        } => {
            let counted = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
            let mut line = format!("rows     {each}: {}", counted(*operations, "operation"));
            match loops {
                0 => {}
                n => line.push_str(&format!(" fused into {}", counted(*n, "loop"))),
            }
            if !equations.is_empty() {
                line.push_str(&format!(", of {}", equations.join(", ")));
            }
            if !recomputed.is_empty() {
                line.push_str(&format!(
                    "; computed here rather than stored: {}",
                    recomputed.join(", ")
                ));
            }
            if !stores.is_empty() {
                line.push_str(&format!("; stores {}", stores.join(", ")));
            }
            line
        }
        KernelCosts::Fold { gives } => format!("fold     {gives}"),
    }
}

fn memory(costs: &Costs, out: &mut String) {
    let m = &costs.memory;
    let of = if costs.trains { "a training step" } else { "evaluation" };
    let _ = writeln!(out, "memory of {of}, in f32");
    let head = [
        "value",
        "equation",
        "shape",
        "bytes",
        "for",
        "place",
        "written",
        "last read",
    ];
    let mut rows = vec![head.map(String::from)];
    for b in &m.buffers {
        for held in &b.holds {
            let (bytes, each) = match held.name == b.name {
                true => (b.bytes.to_string(), b.each.clone()),
                false => (String::new(), format!("in {}", b.name)),
            };
            rows.push(row(m, held, bytes, each));
        }
    }
    for p in &m.packed {
        let last = p.read.last().map_or("", |r| m.regions[*r].as_str());
        rows.push([
            p.name.clone(),
            String::new(),
            format!("[{}, {}]", p.depth, p.columns),
            p.bytes.to_string(),
            "once".into(),
            "packed weights".into(),
            m.regions[p.packed].clone(),
            last.into(),
        ]);
    }
    table(out, &rows);
    let sum = |list: &[crate::backends::rust::Amount]| {
        let terms = list.iter().map(|a| format!("{} {}", scaled(a.bytes, "B"), a.each));
        terms.collect::<Vec<_>>().join(", ")
    };
    let _ = writeln!(out, "  in all   {}", sum(&m.total));
    let _ = writeln!(out, "  at once  {} at most", sum(&m.live));
}

fn row(m: &MemoryPlan, held: &Held, bytes: String, each: String) -> [String; 8] {
    let shape: Vec<String> = held.shape.iter().map(usize::to_string).collect();
    [
        held.name.clone(),
        held.equation.clone().unwrap_or_default(),
        format!("[{}]", shape.join(", ")),
        bytes,
        each,
        match held.place {
            Place::Tape => "tape",
            Place::Handed => "handed on",
            Place::Step => "one step",
            Place::Row => "one row",
            Place::Sum => "sum",
        }
        .into(),
        m.regions[held.written].clone(),
        held.read.map_or("result".into(), |r| m.regions[r].clone()),
    ]
}
