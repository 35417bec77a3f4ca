//! A listing of a system, one line a node: what tests compare and `rnnc emit` shows.

use std::fmt::Write;

use super::{AxisKind, AxisSet, Binary, Contraction, DataRole, Elem, Fold, Formula, Op, RootKind, System, Type, Value};

/// The live nodes of a system, in order of id, between its axes, data and parameters and its observations and roots.
pub fn print(s: &System) -> String {
    let mut live = vec![false; s.nodes.len()];
    let mut todo: Vec<Value> = s.roots.iter().map(|r| r.value).collect();
    for o in &s.observations {
        todo.push(o.nll);
        todo.extend(o.dist.values().into_iter().map(|(_, v)| v));
    }
    while let Some(v) = todo.pop() {
        if !std::mem::replace(&mut live[v.index()], true) {
            todo.extend(s.op(v).args());
        }
    }
    listing(s, |v| live[v.index()])
}

/// Every node of a system, also those that no root needs.
pub fn print_all(s: &System) -> String {
    listing(s, |_| true)
}

fn listing(s: &System, shown: impl Fn(Value) -> bool) -> String {
    let mut out = format!("system {}\n", s.name);
    let mut line = |text: String| writeln!(out, "{text}").expect("internal error: writing to a string");
    for a in &s.axes {
        match a.kind {
            AxisKind::Batch => {}
            AxisKind::Sequence => line(match a.like {
                Some(other) => format!("axis {}: like {}", a.name, s.axis_info(other).name),
                None => format!("axis {}: sequence", a.name),
            }),
            AxisKind::Steps(n) => line(format!("axis {}: {n} steps", a.name)),
            AxisKind::Tree => line(format!("axis {}: tree", a.name)),
            AxisKind::Graph => line(format!("axis {}: graph", a.name)),
        }
    }
    for (_, d) in s.data.iter() {
        let role = match d.role {
            DataRole::Input => "input",
            DataRole::Target => "target",
            DataRole::State => "state",
        };
        line(format!("{role} {}: {}", d.name, ty(s, &d.ty)));
    }
    for (_, p) in s.params.iter() {
        let kind = if p.trained { "param" } else { "fixed" };
        line(format!("{kind} {}: {:?} ~ {:?}", p.name, p.shape, p.init));
    }
    line(String::new());
    for v in s.nodes.ids().filter(|v| shown(*v)) {
        line(node(s, v));
    }
    line(String::new());
    for o in &s.observations {
        let values: Vec<String> = o
            .dist
            .values()
            .iter()
            .map(|(name, v)| format!("{name} {v:?}"))
            .collect();
        let (target, dist, values) = (&s.data[o.target].name, o.dist.name(), values.join(", "));
        line(format!("observe {target} ~ {dist}({values}) nll {:?}", o.nll));
    }
    for r in &s.roots {
        let what = match r.kind {
            RootKind::Loss => "loss",
            RootKind::Metric => "metric",
            RootKind::Output => "output",
            RootKind::Gradient(_) => "gradient",
            RootKind::State(_) => "next",
        };
        line(format!("{what} {} = {:?}", r.name, r.value));
    }
    for m in &s.metrics {
        if !matches!(m.formula, Formula::Mean(..)) {
            line(format!("report {} = {}", m.name, m.formula));
        }
    }
    out
}

/// One node: `%12 h.1.f: [256] over batch t = sigmoid(%11)`.
pub fn node(s: &System, v: Value) -> String {
    let n = &s.nodes[v];
    let name = n.origin.name.as_deref().map(|n| format!(" {n}")).unwrap_or_default();
    format!("{v:?}{name}: {} = {}", ty(s, &n.ty), op(s, &n.op))
}

/// A type as it is written in the language, with the batch named.
pub fn ty(s: &System, t: &Type) -> String {
    let what = match (t.elem, &t.shape[..]) {
        (Elem::Index(n), _) => format!("index[{n}]"),
        (Elem::Bit, []) => "bit".into(),
        (Elem::Real, []) => "real".into(),
        (Elem::Bit, shape) => format!("bit{shape:?}"),
        (Elem::Real, shape) => format!("{shape:?}"),
    };
    if t.axes.is_empty() {
        what
    } else {
        format!("{what} over {}", axes(s, t.axes))
    }
}

fn axes(s: &System, set: AxisSet) -> String {
    let names: Vec<&str> = set.iter().map(|a| s.axis_info(a).name.as_str()).collect();
    names.join(" ")
}

/// An operation on the ids of its arguments.
pub fn op(s: &System, op: &Op) -> String {
    let axis = |a: &super::AxisId| &s.axis_info(*a).name;
    let fold_name = |f: &Fold| match f {
        Fold::Sum => "sum",
        Fold::Max => "max",
    };
    match op {
        Op::Data(d) => format!("data {}", s.data[*d].name),
        Op::Param(p) => format!("param {}", s.params[*p].name),
        Op::Const(c) => format!("{c:?}"),
        Op::Count(set) => format!("count({})", axes(s, *set)),
        Op::Length(a) => format!("length({})", axis(a)),
        Op::Position(a) => format!("position({})", axis(a)),
        Op::Draw { stream } => format!("draw #{stream}"),
        Op::Training => "training".into(),
        Op::Equal(x) => format!("{x:?}"),
        Op::Unary(f, x) => format!("{}({x:?})", f.name()),
        Op::Binary(f, a, b) => match infix(*f) {
            Ok(sign) => format!("{a:?} {sign} {b:?}"),
            Err(name) => format!("{name}({a:?}, {b:?})"),
        },
        Op::Select { cond, yes, no } => format!("where({cond:?}, {yes:?}, {no:?})"),
        Op::Concat(parts) => parts.iter().map(|p| format!("{p:?}")).collect::<Vec<_>>().join(" ++ "),
        Op::Slice { x, start, len } => format!("{x:?}[{start}..{}]", start + len),
        Op::Pad { x, start, len } => format!("pad({x:?}, at: {start}, of: {len})"),
        Op::Reshape(x) => format!("reshape({x:?})"),
        Op::Transpose(x) => format!("transpose({x:?})"),
        Op::Fold { fold, x } => format!("{}({x:?})", fold_name(fold)),
        Op::ArgMax(x) => format!("argmax({x:?})"),
        Op::OneHot(x) => format!("onehot({x:?})"),
        Op::Spread(x) => format!("spread({x:?})"),
        Op::Reduce { fold, x, axes: set } => format!("{}({x:?}, over: {})", fold_name(fold), axes(s, *set)),
        Op::Shift { x, axis: a, by, init } => {
            let init = init.map(|i| format!(", init: {i:?}")).unwrap_or_default();
            format!("shift({x:?}, {}{:+}{init})", axis(a), -by)
        }
        Op::Edge { x, axis: a, by } => format!("edge({x:?}, {}{:+})", axis(a), -by),
        Op::Reverse { x, axis: a } => format!("reverse({x:?}, {})", axis(a)),
        Op::Rename { x, from, to } => format!("rename({x:?}, {} to {})", axis(from), axis(to)),
        Op::Contract { a, b, spec, over } => {
            let over = if over.is_empty() {
                String::new()
            } else {
                format!(", over: {}", axes(s, *over))
            };
            format!("contract({a:?}, {b:?}, {}{over})", contraction(spec))
        }
        Op::Gather { table, index } => format!("gather({table:?}, {index:?})"),
        Op::Scatter { x, index, rows } => format!("scatter({x:?}, {index:?}, rows: {rows})"),
        Op::Pick { x, index } => format!("pick({x:?}, {index:?})"),
        Op::Place { x, index, len } => format!("place({x:?}, {index:?}, of: {len})"),
        Op::Stop(x) => format!("stop({x:?})"),
    }
}

/// `ij,j->i`: labels as letters, as in `einsum`.
fn contraction(spec: &Contraction) -> String {
    let letters = |labels: &[u8]| labels.iter().map(|l| (b'i' + l) as char).collect::<String>();
    format!("{},{}->{}", letters(&spec.a), letters(&spec.b), letters(&spec.out))
}

/// The sign between the arguments, or a function's name.
fn infix(f: Binary) -> Result<&'static str, &'static str> {
    match f {
        Binary::Add => Ok("+"),
        Binary::Sub => Ok("-"),
        Binary::Mul => Ok("*"),
        Binary::Div => Ok("/"),
        Binary::Lt => Ok("<"),
        Binary::Le => Ok("<="),
        Binary::Eq => Ok("=="),
        Binary::Ne => Ok("!="),
        Binary::Max => Err("max"),
        Binary::Min => Err("min"),
        Binary::Pow => Err("pow"),
        Binary::And => Err("and"),
        Binary::Or => Err("or"),
    }
}
