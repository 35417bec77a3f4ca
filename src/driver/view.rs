//! A system or a program as plain data, for YAML and for other programs.

use crate::backends::spec::model_spec;
use crate::schedule::{Direction, Program, Region};
use crate::system::{AxisKind, AxisSet, DataRole, Elem, Fold, Op, RootKind, System, Type, Value};
use serde_json::{Map, Value as Json, json};

/// Axes, data, parameters, operations, observations and roots. Operations are named by their numbers.
pub fn system(s: &System) -> Json {
    let nodes: Vec<Json> = s.nodes.ids().map(|id| node(s, id)).collect();
    let mut view = head(s);
    view.insert("operations".into(), nodes.into());
    view.insert("observations".into(), observations(s));
    view.insert("roots".into(), roots(s));
    Json::Object(view)
}

/// The same, with the operations in the regions they run in.
pub fn program(p: &Program) -> Json {
    let mut view = head(&p.system);
    view.insert("regions".into(), regions(&p.system, &p.regions));
    view.insert("observations".into(), observations(&p.system));
    view.insert("roots".into(), roots(&p.system));
    Json::Object(view)
}

fn head(s: &System) -> Map<String, Json> {
    let mut view = Map::new();
    view.insert("name".into(), s.name.as_str().into());
    if !s.doc.is_empty() {
        view.insert("doc".into(), json!(s.doc));
    }
    let axes = s.axes.iter().map(|a| match a.kind {
        AxisKind::Steps(n) => json!({ "name": a.name, "kind": "steps", "steps": n }),
        AxisKind::Batch => json!({ "name": a.name, "kind": "batch" }),
        AxisKind::Sequence => json!({ "name": a.name, "kind": "sequence" }),
        AxisKind::Tree => json!({ "name": a.name, "kind": "tree" }),
        AxisKind::Graph => json!({ "name": a.name, "kind": "graph" }),
    });
    view.insert("axes".into(), axes.collect());
    let data = s.data.iter().map(|(_, d)| {
        let role = match d.role {
            DataRole::Input => "input",
            DataRole::Target => "target",
            DataRole::State => "state",
        };
        json!({ "name": d.name, "role": role, "type": ty(s, &d.ty) })
    });
    view.insert("data".into(), data.collect());
    let params = model_spec(s)
        .params
        .into_iter()
        .map(|p| json!({ "name": p.name, "shape": p.shape, "init": p.init, "trained": p.trained }));
    view.insert("params".into(), params.collect());
    view
}

fn ty(s: &System, t: &Type) -> Json {
    let elem = match t.elem {
        Elem::Real => json!("real"),
        Elem::Bit => json!("bit"),
        Elem::Index(n) => json!({ "index": n }),
    };
    json!({ "elem": elem, "shape": t.shape, "over": axes(s, t.axes) })
}

fn axes(s: &System, set: AxisSet) -> Json {
    set.iter().map(|a| s.axis_info(a).name.as_str()).collect()
}

fn number(v: Value) -> usize {
    v.index()
}

fn node(s: &System, id: Value) -> Json {
    let node = &s.nodes[id];
    let (name, details) = operation(s, &node.op);
    let mut view = Map::new();
    view.insert("id".into(), number(id).into());
    if let Some(origin) = &node.origin.name {
        view.insert("name".into(), origin.as_str().into());
    }
    view.insert("op".into(), name.into());
    let args: Vec<usize> = node.op.args().into_iter().map(number).collect();
    if !args.is_empty() {
        view.insert("args".into(), json!(args));
    }
    if let Json::Object(details) = details {
        view.extend(details);
    }
    view.insert("type".into(), ty(s, &node.ty));
    Json::Object(view)
}

/// An operation's name, and what it is besides its arguments.
fn operation(s: &System, op: &Op) -> (String, Json) {
    let axis = |a| s.axis_info(a).name.as_str();
    let fold = |f: &Fold| match f {
        Fold::Sum => "sum",
        Fold::Max => "max",
    };
    let (name, details) = match op {
        Op::Data(d) => ("data", json!({ "data": s.data[*d].name })),
        Op::Param(p) => ("param", json!({ "param": s.params[*p].name })),
        Op::Const(x) if x.is_finite() => ("const", json!({ "value": x })),
        Op::Const(x) => ("const", json!({ "value": x.to_string() })),
        Op::Count(set) => ("count", json!({ "axes": axes(s, *set) })),
        Op::Length(a) => ("length", json!({ "axis": axis(*a) })),
        Op::Position(a) => ("position", json!({ "axis": axis(*a) })),
        Op::Rename { from, to, .. } => ("rename", json!({ "from": axis(*from), "to": axis(*to) })),
        Op::Draw { stream } => ("draw", json!({ "stream": stream })),
        Op::Training => ("training", Json::Null),
        Op::Equal(_) => ("equal", Json::Null),
        Op::Unary(f, _) => return (snake(&format!("{f:?}")), Json::Null),
        Op::Binary(f, _, _) => return (snake(&format!("{f:?}")), Json::Null),
        Op::Select { .. } => ("select", Json::Null),
        Op::Concat(_) => ("concat", Json::Null),
        Op::Slice { start, len, .. } => ("slice", json!({ "start": start, "len": len })),
        Op::Pad { start, len, .. } => ("pad", json!({ "start": start, "len": len })),
        Op::Reshape(_) => ("reshape", Json::Null),
        Op::Transpose(_) => ("transpose", Json::Null),
        Op::Fold { fold: f, .. } => ("fold", json!({ "fold": fold(f) })),
        Op::ArgMax(_) => ("arg_max", Json::Null),
        Op::OneHot(_) => ("one_hot", Json::Null),
        Op::Spread(_) => ("spread", Json::Null),
        Op::Reduce { fold: f, axes: set, .. } => ("reduce", json!({ "fold": fold(f), "axes": axes(s, *set) })),
        Op::Shift { axis: a, by, init, .. } => {
            ("shift", json!({ "axis": axis(*a), "by": by, "init": init.map(number) }))
        }
        Op::Edge { axis: a, by, .. } => ("edge", json!({ "axis": axis(*a), "by": by })),
        Op::Reverse { axis: a, .. } => ("reverse", json!({ "axis": axis(*a) })),
        Op::Contract { spec, over, .. } => (
            "contract",
            json!({ "a": spec.a, "b": spec.b, "out": spec.out, "over": axes(s, *over) }),
        ),
        Op::Gather { .. } => ("gather", Json::Null),
        Op::Scatter { rows, .. } => ("scatter", json!({ "rows": rows })),
        Op::Pick { .. } => ("pick", Json::Null),
        Op::Place { len, .. } => ("place", json!({ "len": len })),
        Op::Stop(_) => ("stop", Json::Null),
    };
    (name.to_string(), details)
}

/// `HardTanh` as `hard_tanh`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

fn observations(s: &System) -> Json {
    let one = |o: &crate::system::Observation| {
        let values: Map<String, Json> = o
            .dist
            .values()
            .into_iter()
            .map(|(name, v)| (name.to_string(), number(v).into()))
            .collect();
        json!({
            "target": s.data[o.target].name, "dist": o.dist.name(), "values": values, "until": o.until,
            "nll": number(o.nll),
        })
    };
    s.observations.iter().map(one).collect()
}

fn roots(s: &System) -> Json {
    let one = |r: &crate::system::Root| {
        let kind = match r.kind {
            RootKind::Loss => "loss",
            RootKind::Metric => "metric",
            RootKind::Output => "output",
            RootKind::Gradient(_) => "gradient",
            RootKind::State(_) => "state",
        };
        json!({ "kind": kind, "name": r.name, "value": number(r.value) })
    };
    s.roots.iter().map(one).collect()
}

fn regions(s: &System, list: &[Region]) -> Json {
    let one = |region: &Region| match region {
        Region::Block { ops, why } => {
            json!({ "kind": "block", "why": why, "operations": ops.iter().map(|v| node(s, *v)).collect::<Json>() })
        }
        Region::Scan {
            axis,
            direction,
            body,
            linear,
            why,
        } => json!({
            "kind": "scan",
            "axis": s.axis_info(*axis).name,
            "direction": match direction { Direction::Forward => "forward", Direction::Backward => "backward" },
            "linear": linear,
            "why": why,
            "body": regions(s, body),
        }),
    };
    list.iter().map(one).collect()
}
