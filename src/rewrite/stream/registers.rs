//! The combined system split by when its parts run: before the first step, at a step, and once its targets are known.

use super::translate::Steps;
use super::{Class, Sampler, Streaming};
use crate::diagnostics::Diagnostics;
use crate::rewrite::simplify;
use crate::system::{Data, DataId, DataRole, Op, Root, RootKind, System, Value};

pub(super) fn split(source: &System, steps: Steps) -> Result<Streaming, Diagnostics> {
    let Steps {
        mut system,
        class,
        outputs,
        start: mut starts,
        next,
    } = steps;
    let mut start = system.clone();
    hold_example_values(&mut system, &class, &outputs, &next, &mut starts);

    let late = needs_targets(&system);
    for (name, v) in &outputs {
        if late[v.index()] {
            let reason = "needs this step's target, which is drawn after it";
            let mut d = super::refusal(source, source_output(source, name), reason);
            d.message = format!(
                "`{}` cannot run one step at a time: the output `{name}` {reason}",
                source.name
            );
            return Err(super::one(d));
        }
    }
    let (absorbed, stepped): (Vec<_>, Vec<_>) = next.into_iter().partition(|(_, v)| late[v.index()]);
    let mut absorb = system.clone();
    let handed = hand_over(&mut absorb, &class, &late, &absorbed);

    let mut step = system;
    let named = outputs.into_iter().map(|(name, value)| Root {
        kind: RootKind::Output,
        name,
        value,
    });
    step.roots = named
        .chain(states(&absorb, &stepped))
        .chain(states(&absorb, &handed))
        .collect();
    start.roots = states(&absorb, &starts).collect();
    absorb.roots = states(&absorb, &absorbed).collect();
    // Registers were added along the way; the last system knows them all.
    step.data = absorb.data.clone();
    start.data = absorb.data.clone();

    let samplers = samplers(source, &step);
    Ok(Streaming {
        start: simplify(start),
        step: simplify(step),
        absorb: (!absorb.roots.is_empty()).then(|| simplify(absorb)),
        samplers,
    })
}

fn states(s: &System, values: &[(DataId, Value)]) -> impl Iterator<Item = Root> {
    values.iter().map(|&(d, value)| Root {
        kind: RootKind::State(d),
        name: s.data[d].name.clone(),
        value,
    })
}

fn source_output(source: &System, name: &str) -> Value {
    let root = source
        .roots
        .iter()
        .find(|r| r.kind == RootKind::Output && r.name == name);
    root.map(|r| r.value)
        .unwrap_or_else(|| panic!("internal error: no output `{name}`"))
}

fn register(s: &mut System, v: Value, what: &str) -> DataId {
    let node = &s.nodes[v];
    let data = if let Op::Data(d) = node.op {
        Some(s.data[d].name.clone())
    } else {
        None
    };
    let name = node.origin.name.clone().or(data);
    let ty = node.ty.clone();
    s.data.push(Data {
        name: name.unwrap_or_else(|| what.to_string()),
        role: DataRole::State,
        ty,
        doc: Vec::new(),
        span: None,
    })
}

/// What an example knows before its first step is computed there, and held in a register by the steps.
fn hold_example_values(
    s: &mut System,
    class: &[Class],
    outputs: &[(String, Value)],
    next: &[(DataId, Value)],
    starts: &mut Vec<(DataId, Value)>,
) {
    let mut held = vec![false; s.nodes.len()];
    for v in outputs.iter().map(|o| o.1).chain(next.iter().map(|n| n.1)) {
        held[v.index()] = class[v.index()] == Class::Example;
    }
    for (v, node) in s.nodes.iter().filter(|(v, _)| class[v.index()] >= Class::Step) {
        // An init is read at the start only; its shift is a register by now, unless along an inner axis.
        for a in node
            .op
            .args()
            .iter()
            .filter(|a| class[a.index()] == Class::Example && **a != v)
        {
            held[a.index()] = true;
        }
    }
    for v in s.nodes.ids().filter(|v| held[v.index()]) {
        let d = register(s, v, "held");
        starts.push((d, v));
        s.nodes[v].op = Op::Data(d);
    }
}

/// For each node, whether it needs a target of this step.
fn needs_targets(s: &System) -> Vec<bool> {
    let mut late = vec![false; s.nodes.len()];
    loop {
        let mut changed = false;
        for (v, node) in s.nodes.iter().filter(|(v, _)| !late[v.index()]).collect::<Vec<_>>() {
            let target = matches!(node.op, Op::Data(d) if s.data[d].role == DataRole::Target);
            late[v.index()] = target || node.op.args().iter().any(|a| late[a.index()]);
            changed |= late[v.index()];
        }
        if !changed {
            return late;
        }
    }
}

/// Makes registers of what the step knows and the absorbing equations read.
fn hand_over(s: &mut System, class: &[Class], late: &[bool], absorbed: &[(DataId, Value)]) -> Vec<(DataId, Value)> {
    let mut reached = vec![false; late.len()];
    let mut pending: Vec<Value> = absorbed.iter().map(|&(_, v)| v).collect();
    while let Some(v) = pending.pop() {
        if !std::mem::replace(&mut reached[v.index()], true) && late[v.index()] {
            pending.extend(s.op(v).args());
        }
    }
    let mut handed = Vec::new();
    for v in s
        .nodes
        .ids()
        .filter(|v| reached[v.index()] && !late[v.index()] && class[v.index()] != Class::Fixed)
    {
        // A register that only this system moves still holds what the step saw; one that is never moved always does.
        let still = |d: DataId| s.data[d].role == DataRole::State && absorbed.iter().any(|&(r, _)| r == d);
        if matches!(*s.op(v), Op::Data(d) if still(d)) || class[v.index()] == Class::Example {
            continue;
        }
        let d = register(s, v, "handed");
        handed.push((d, v));
        s.nodes[v].op = Op::Data(d);
    }
    handed
}

fn samplers(source: &System, step: &System) -> Vec<Sampler> {
    let place = |name: String| {
        step.roots
            .iter()
            .position(|r| r.kind == RootKind::Output && r.name == name)
    };
    let sampler = |o: &crate::system::Observation| {
        let target = &source.data[o.target].name;
        let params = o
            .dist
            .values()
            .iter()
            .map(|(p, _)| place(format!("{target}.{p}")))
            .collect::<Option<_>>()?;
        Some(Sampler {
            target: o.target,
            dist: (&o.dist).into(),
            params,
            until: o.until,
        })
    };
    source.observations.iter().filter_map(sampler).collect()
}
