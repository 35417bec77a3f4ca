//! The statements of an expanded model.

use super::expression::{Writer, literal};
use super::flat::{Flat, of_all, terms, unspread};
use super::names::Names;
use crate::driver::Failure;
use crate::system::{
    AxisId, AxisKind, Binary, DataRole, Elem, Formula, Init, Op, RootKind, System, Type, Unary, Value,
};
use std::collections::BTreeMap;
use std::fmt::Write;

pub(super) fn outline(s: &System) -> Result<String, Failure> {
    let terms = terms(s);
    let own_metrics = s.metrics.iter().skip(match terms.len() {
        0 => 0,
        1 => 1,
        several => 1 + several,
    });
    let own_metrics: Vec<_> = own_metrics.collect();
    let numbers: Vec<Value> = s
        .roots
        .iter()
        .filter(|r| matches!(r.kind, RootKind::Loss | RootKind::Metric))
        .map(|r| r.value)
        .collect();
    let mut roots = Vec::new();
    // An observation is written as such, and makes its -log p anew.
    let observed = |x: &Value| s.observations.iter().find(|o| o.nll == *x);
    for x in &terms {
        match observed(x) {
            Some(o) => roots.extend(o.dist.values().into_iter().map(|(_, v)| v)),
            None => roots.push(*x),
        }
    }
    for metric in &own_metrics {
        read(&metric.formula, &mut |n| roots.extend(of_all(s, numbers[n])));
    }
    let outputs = s
        .roots
        .iter()
        .filter(|r| r.kind == RootKind::Output && !r.name.contains('.'));
    let outputs: Vec<_> = outputs.collect();
    roots.extend(outputs.iter().map(|r| r.value));

    let flat = Flat::new(s, &roots);
    let mut names = Names::new(&flat);
    let mut body = String::new();
    let mut line = |text: String| {
        let _ = writeln!(body, "{text};");
    };
    for (id, data) in s.data.iter() {
        let role = if data.role == DataRole::Target {
            "target"
        } else {
            "input"
        };
        line(format!("{role} {}: {}", names.data[&id], ty(s, &names, &data.ty)));
    }
    for (at, axis) in s.axes.iter().enumerate() {
        let name = || names.axes[&AxisId(at as u8)].clone();
        match (axis.kind, axis.like) {
            (AxisKind::Steps(n), _) => line(format!("axis {}: {n}", name())),
            (AxisKind::Sequence, Some(other)) => line(format!("axis {}: like {}", name(), names.axes[&other])),
            (AxisKind::Batch | AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph, _) => {}
        }
    }
    for (id, param) in s.params.iter() {
        let word = if param.trained { "param" } else { "fixed" };
        line(format!(
            "{word} {}: {} ~ {}",
            names.params[&id],
            shape(&param.shape),
            init(&param.init)
        ));
    }
    draws(&flat, &mut names, &mut line)?;
    let writer = Writer {
        flat: &flat,
        names: &names,
    };
    for v in flat.equations.iter().filter(|v| !matches!(s.op(**v), Op::Draw { .. })) {
        let name = &names.values[v];
        line(format!("{name}{} = {}", ascribed(s.ty(*v)), writer.right(*v)?));
    }
    for ((v, ahead), init) in &flat.inits {
        if let Some(init) = init {
            let step = if *ahead { "end" } else { "0" };
            line(format!("{}[{step}] = {}", writer.read(*v)?, begin(&writer, *init)?));
        }
    }
    for (v, x) in &flat.others {
        let Op::Shift { by, init, .. } = *s.op(*v) else {
            continue;
        };
        let name = &names.others[v];
        line(format!("{name}{} = {}", ascribed(s.ty(*x)), writer.read(*x)?));
        if let Some(init) = init {
            let step = if by < 0 { "end" } else { "0" };
            line(format!("{name}[{step}] = {}", begin(&writer, init)?));
        }
    }
    for x in &terms {
        let Some(o) = observed(x) else {
            line(format!("loss {}", writer.read(*x)?));
            continue;
        };
        let values: Result<Vec<String>, Failure> = o.dist.values().into_iter().map(|(_, v)| writer.read(v)).collect();
        let until = o.until.map(|k| format!(" until {k}")).unwrap_or_default();
        let target = &names.data[&o.target];
        line(format!("{target} ~ {}({}){until}", o.dist.name(), values?.join(", ")));
    }
    for metric in own_metrics {
        let value = formula(&metric.formula, &|n| match of_all(s, numbers[n]) {
            Some(x) => writer.read(x),
            None => writer.read(numbers[n]),
        })?;
        line(format!("metric {} = {value}", metric.name));
    }
    for root in outputs {
        let value = writer.read(root.value)?;
        match value == root.name {
            true => line(format!("output {value}")),
            false => line(format!("output {} = {value}", root.name)),
        }
    }
    let docs: String = s.doc.iter().map(|d| format!("/// {d}\n")).collect();
    Ok(format!("{docs}model {} {{\n{body}}}\n", s.name))
}

/// Draws in the order of their streams, each like a value of its shape and axes.
fn draws(flat: &Flat, names: &mut Names, line: &mut impl FnMut(String)) -> Result<(), Failure> {
    let s = flat.system;
    let drawn = flat.equations.iter().filter_map(|v| {
        let Op::Draw { stream } = *s.op(*v) else { return None };
        Some((stream, *v))
    });
    let drawn: BTreeMap<u32, Value> = drawn.collect();
    let last = drawn.keys().next_back().map_or(0, |s| s + 1);
    for stream in 0..last {
        let v = drawn.get(&stream).or(drawn.values().next());
        let Some(v) = v else { continue };
        let want = s.ty(*v);
        let fits = |ty: &Type| ty.shape == want.shape && ty.elem == Elem::Real && want.axes.is_subset(ty.axes);
        let named = flat
            .equations
            .iter()
            .filter(|x| !matches!(s.op(**x), Op::Draw { .. }) && fits(s.ty(**x)));
        let mut like: Vec<(usize, String)> = named.map(|x| (s.ty(*x).axes.len(), names.values[x].clone())).collect();
        let data = s.data.iter().filter(|(_, d)| fits(&d.ty));
        like.extend(data.map(|(id, d)| (d.ty.axes.len(), names.data[&id].clone())));
        like.sort_by_key(|(axes, _)| *axes);
        let how = match like.first() {
            Some((axes, name)) if *axes == want.axes.len() => name.clone(),
            Some((_, name)) => format!("{name}, mask: sequence"),
            None => return Err(Failure::message("the language has no words for this draw")),
        };
        let name = match drawn.get(&stream) {
            Some(v) => names.values[v].clone(),
            // Streams are counted.
            None => names.own("_unused"),
        };
        line(format!("{name} = draw({how})"));
    }
    Ok(())
}

/// A base case; a scalar is broadcast.
fn begin(writer: &Writer, init: Value) -> Result<String, Failure> {
    writer.read(unspread(writer.flat.system, init))
}

fn shape(shape: &[usize]) -> String {
    match shape {
        [] => "real".into(),
        sizes => format!(
            "[{}]",
            sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
        ),
    }
}

fn ascribed(ty: &Type) -> String {
    match (ty.elem, &ty.shape[..]) {
        (Elem::Index(_) | Elem::Bit, _) => String::new(),
        (Elem::Real, sizes) => format!(": {}", shape(sizes)),
    }
}

fn ty(s: &System, names: &Names, ty: &Type) -> String {
    let what = match (ty.elem, &ty.shape[..]) {
        (Elem::Index(n), _) => format!("index[{n}]"),
        (Elem::Bit, []) => "bit".into(),
        (Elem::Bit, sizes) => format!("bit{}", shape(sizes)),
        (Elem::Real, sizes) => shape(sizes),
    };
    let axes: Vec<&str> = ty
        .axes
        .without(AxisId::BATCH)
        .iter()
        .map(|a| names.axes[&a].as_str())
        .collect();
    debug_assert!(s.axes.len() > axes.len());
    match axes.is_empty() {
        true => what,
        false => format!("{what} over {}", axes.join(", ")),
    }
}

fn init(init: &Init) -> String {
    match init {
        Init::Zeros => "zeros".into(),
        Init::Const(x) => format!("constant({})", literal(*x)),
        Init::Uniform { low, high } => format!("uniform({}, {})", literal(*low), literal(*high)),
        Init::Normal { mean, std } => format!("normal({}, {})", literal(*mean), literal(*std)),
        Init::Glorot => "glorot".into(),
        Init::He => "he".into(),
        Init::Lecun => "lecun".into(),
        Init::Orthogonal => "orthogonal".into(),
        Init::Identity(x) => format!("identity({})", literal(*x)),
    }
}

/// Every number that a formula reads.
fn read(f: &Formula, found: &mut impl FnMut(usize)) {
    match f {
        Formula::Number(_) => {}
        Formula::Total(n) | Formula::Mean(n, _) => found(*n),
        Formula::Unary(_, x) => read(x, found),
        Formula::Binary(_, a, b) => {
            read(a, found);
            read(b, found);
        }
    }
}

fn formula(f: &Formula, value: &impl Fn(usize) -> Result<String, Failure>) -> Result<String, Failure> {
    Ok(match f {
        Formula::Number(x) => literal(*x),
        Formula::Total(n) => format!("total({})", value(*n)?),
        Formula::Mean(n, _) => format!("average({})", value(*n)?),
        Formula::Unary(Unary::Neg, x) => format!("(-{})", formula(x, value)?),
        Formula::Unary(f, x) => format!("{}({})", format!("{f:?}").to_lowercase(), formula(x, value)?),
        Formula::Binary(op, a, b) => {
            let (a, b) = (formula(a, value)?, formula(b, value)?);
            match op {
                Binary::Add => format!("({a} + {b})"),
                Binary::Sub => format!("({a} - {b})"),
                Binary::Mul => format!("({a} * {b})"),
                Binary::Div => format!("({a} / {b})"),
                Binary::Max => format!("max({a}, {b})"),
                Binary::Min => format!("min({a}, {b})"),
                Binary::Pow => format!("pow({a}, {b})"),
                Binary::Lt | Binary::Le | Binary::Eq | Binary::Ne | Binary::And | Binary::Or => {
                    return Err(Failure::message("the language has no words for a comparison of totals"));
                }
            }
        }
    })
}
