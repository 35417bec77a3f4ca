//! A model whose targets are to be drawn, split by when its parts run: what the drawn targets do not touch, once, for
//! all steps; the rest one step at a time. An encoder is of the first kind, its decoder of the second; so is a
//! recurrence over inputs that are given for every step that is to be drawn.

use super::simplify;
use super::stream::{DistKind, Streaming, sequence_axis, stream_along};
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::system::graph::live;
use crate::system::{
    Arena, AxisId, AxisKind, Data, DataId, DataRole, Dist, Elem, Observation, Op, Root, RootKind, System, Type, Value,
};

/// Ordinary systems with `Output` roots, wired by name: what one hands on has the name of the data that another reads.
/// No name means two things.
#[derive(Clone, Debug)]
pub struct Decoding {
    /// What the drawn targets do not touch.
    pub once: Option<System>,
    /// The registers before the first step; those that it does not mention start as zeros, or as *nothing*.
    pub start: Option<System>,
    /// The parameters of the distributions, and the next values of the registers that do not need this step's targets.
    pub step: System,
    /// The next values of the others, once the targets are drawn.
    pub absorb: Option<System>,
    /// The axis that is drawn along; none where the targets are once per example.
    pub axis: Option<String>,
    /// Whether the data say how many steps there are.
    pub given: bool,
    pub draws: Vec<Drawn>,
}

/// A target and what it is drawn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    pub target: String,
    pub elem: Elem,
    pub size: usize,
    pub dist: DistKind,
    /// Outputs of the step.
    pub params: Vec<String>,
    /// The symbol that ends a sequence.
    pub until: Option<usize>,
}

/// Splits an evaluation system (frozen, simplified). Its roots are made to be the parameters of its observations.
///
/// # Errors
/// `E0406` where the steps need what no step knows, or the targets run over different axes.
pub fn decode(system: &System) -> Result<Decoding, Diagnostics> {
    let mut s = system.clone();
    let draws = draws(&s);
    s.roots
        .retain(|r| r.kind == RootKind::Output && draws.iter().any(|d| d.params.contains(&r.name)));
    let drawn: Vec<DataId> = s.observations.iter().map(|o| o.target).collect();
    let axis = axis(&s)?;
    for d in s.data.ids().filter(|d| !drawn.contains(d)) {
        s.data[d].role = DataRole::Input;
    }
    let live = live(&s);
    let reads_along = |v: &Value| matches!(*s.op(*v), Op::Data(d) if !drawn.contains(&d) && over(&s, *v, axis));
    let fixed = axis.is_some_and(|a| matches!(s.axis_info(a).kind, AxisKind::Steps(_)));
    let given = fixed || live.iter().any(reads_along);
    let known = known(&s, &live, &drawn, axis, given);
    let (once, rest) = split(s, &live, &known);
    let streaming = stream_along(&rest, axis, given)?;
    let axis = axis.map(|a| rest.axis_info(a).name.clone());
    let (start, step, absorb) = parts(streaming);
    Ok(Decoding {
        once,
        start,
        step,
        absorb,
        axis,
        given,
        draws,
    })
}

/// The same of a system all of whose inputs come step by step, as its targets do: the steps make every output.
///
/// # Errors
/// `E0406` where a step needs those to come.
pub fn online(system: &System) -> Result<Decoding, Diagnostics> {
    let mut s = system.clone();
    let draws = draws(&s);
    s.roots.retain(|r| r.kind == RootKind::Output);
    let drawn: Vec<DataId> = s.observations.iter().map(|o| o.target).collect();
    for d in s.data.ids().filter(|d| !drawn.contains(d)) {
        s.data[d].role = DataRole::Input;
    }
    let axis = sequence_axis(&s)?;
    let (start, step, absorb) = parts(stream_along(&s, axis, false)?);
    Ok(Decoding {
        once: None,
        start,
        step,
        absorb,
        axis: axis.map(|a| s.axis_info(a).name.clone()),
        given: false,
        draws,
    })
}

fn draws(s: &System) -> Vec<Drawn> {
    let drawn = |o: &Observation| {
        let Data { name, ty, .. } = &s.data[o.target];
        Drawn {
            target: name.clone(),
            elem: match (&o.dist, ty.elem) {
                // Frames have one class more: the blank.
                (Dist::Ctc { .. }, Elem::Index(n)) => Elem::Index(n + 1),
                (_, elem) => elem,
            },
            size: ty.size(),
            dist: (&o.dist).into(),
            params: o.dist.values().iter().map(|(p, _)| format!("{name}.{p}")).collect(),
            until: o.until,
        }
    };
    s.observations.iter().map(drawn).collect()
}

/// The one axis that is drawn along.
fn axis(s: &System) -> Result<Option<AxisId>, Diagnostics> {
    let axes = |o: &Observation| match o.dist {
        Dist::Ctc { logits } => s.ty(logits).axes.without(AxisId::BATCH),
        Dist::Categorical { .. }
        | Dist::Bernoulli { .. }
        | Dist::Normal { .. }
        | Dist::Laplace { .. }
        | Dist::Mixture { .. } => s.data[o.target].ty.axes.without(AxisId::BATCH),
    };
    let name = |o: &Observation| &s.data[o.target].name;
    let [first, others @ ..] = &s.observations[..] else {
        return Ok(None);
    };
    let why = match (axes(first).len(), others.iter().find(|o| axes(o) != axes(first))) {
        (0 | 1, None) => return Ok(axes(first).iter().next()),
        (_, None) => format!("`{}` runs over several axes", name(first)),
        (_, Some(other)) => format!("`{}` and `{}` run over different axes", name(first), name(other)),
    };
    let d = Diagnostic::error(codes::NOT_STREAMABLE, format!("`{}` cannot be drawn: {why}", s.name))
        .note("targets are drawn step by step along one axis");
    Err(Diagnostics { list: vec![d] })
}

/// Whether it runs over the axis, under any name.
fn over(s: &System, v: Value, axis: Option<AxisId>) -> bool {
    axis.is_some_and(|t| s.ty(v).axes.iter().any(|a| s.steps_of(a) == s.steps_of(t)))
}

/// For each node, whether all of its steps are known before anything is drawn, and can be handed on as data. What the
/// parameters alone determine is left to whoever reads it, and so is arithmetic on the numbers of steps: a condition on
/// which steps are read must remain one.
fn known(s: &System, live: &[Value], drawn: &[DataId], axis: Option<AxisId>, given: bool) -> Vec<bool> {
    let counts = counts(s, live);
    let mut touched = vec![false; s.nodes.len()];
    let mut example = vec![false; s.nodes.len()];
    loop {
        let mut changed = false;
        for &v in live {
            let op = s.op(v);
            let any = |of: &[bool]| op.args().iter().any(|a| of[a.index()]);
            let unknown_length = !given
                && (over(s, v, axis)
                    || matches!(*op, Op::Length(a) if axis.is_some_and(|t| s.steps_of(a) == s.steps_of(t))));
            let t = unknown_length || matches!(*op, Op::Data(d) if drawn.contains(&d)) || any(&touched);
            let e = !counts[v.index()] && (!s.ty(v).axes.is_empty() || any(&example));
            changed |= (t, e) != (touched[v.index()], example[v.index()]);
            (touched[v.index()], example[v.index()]) = (t, e);
        }
        if !changed {
            let one_axis = |v: Value| s.ty(v).axes.without(AxisId::BATCH).len() <= 1;
            let known = |v: Value| example[v.index()] && !touched[v.index()] && one_axis(v);
            return s.nodes.ids().map(known).collect();
        }
    }
}

/// For each node, whether it is arithmetic on the numbers of steps alone.
fn counts(s: &System, live: &[Value]) -> Vec<bool> {
    let mut counts = vec![false; s.nodes.len()];
    for &v in live {
        let op = s.op(v);
        let number = matches!(op, Op::Position(_) | Op::Const(_));
        let arithmetic = matches!(op, Op::Unary(..) | Op::Binary(..) | Op::Spread(_) | Op::Stop(_));
        counts[v.index()] = number || arithmetic && op.args().iter().all(|a| counts[a.index()]);
    }
    counts
}

/// The known part, with what the rest reads of it as outputs, and the rest, which reads these as data.
fn split(mut s: System, live: &[Value], known: &[bool]) -> (Option<System>, System) {
    let mut handed = vec![false; s.nodes.len()];
    let roots = s.roots.iter().map(|r| r.value);
    let read = live.iter().filter(|v| !known[v.index()]).flat_map(|v| s.op(*v).args());
    for v in roots.chain(read) {
        handed[v.index()] = known[v.index()] && !matches!(s.op(v), Op::Data(_));
    }
    let mut once = s.clone();
    once.roots.clear();
    for v in s.nodes.ids().filter(|v| handed[v.index()]) {
        let mut value = v;
        let ty = Type {
            axes: s.ty(v).axes.with(AxisId::BATCH),
            ..s.ty(v).clone()
        };
        if *s.ty(v) != ty {
            value = once.push_typed(Op::Spread(v), ty.clone(), s.nodes[v].origin.clone());
        }
        let what = s.nodes[v].origin.name.clone().unwrap_or_else(|| "known".into());
        let name = format!("{what}#{}", once.roots.len());
        once.roots.push(Root {
            kind: RootKind::Output,
            name: name.clone(),
            value,
        });
        let d = s.data.push(Data {
            name,
            role: DataRole::Input,
            ty: ty.clone(),
            doc: Vec::new(),
            span: None,
        });
        s.nodes[v].op = Op::Data(d);
        s.nodes[v].ty = ty;
    }
    ((!once.roots.is_empty()).then(|| lean(once)), s)
}

/// The systems of a stream as systems that are wired by name.
fn parts(streaming: Streaming) -> (Option<System>, System, Option<System>) {
    let Streaming {
        start,
        mut step,
        mut absorb,
        ..
    } = streaming;
    let moved = |s: &System, d: DataId| s.roots.iter().any(|r| r.kind == RootKind::State(d));
    let mut start_roots = start.roots.clone();
    // A register that only holds what an example was given is that.
    start_roots.retain(|root| {
        let (RootKind::State(d), Op::Data(given)) = (root.kind, start.op(root.value).clone()) else {
            return true;
        };
        let holds = start.data[given].ty == start.data[d].ty
            && !moved(&step, d)
            && !absorb.as_ref().is_some_and(|s| moved(s, d));
        if holds {
            for s in [Some(&mut step), absorb.as_mut()].into_iter().flatten() {
                for v in s.nodes.ids().filter(|v| *s.op(*v) == Op::Data(d)).collect::<Vec<_>>() {
                    s.nodes[v].op = Op::Data(given);
                }
            }
        }
        !holds
    });
    let start = System {
        roots: start_roots,
        ..start
    };
    let registers = unique_names(&step);
    let named = |mut s: System| {
        for root in &mut s.roots {
            if let RootKind::State(d) = root.kind {
                (root.kind, root.name) = (RootKind::Output, registers[d.index()].clone());
            }
        }
        for d in s.data.ids() {
            s.data[d].name.clone_from(&registers[d.index()]);
        }
        lean(s)
    };
    let start = (!start.roots.is_empty()).then(|| named(start));
    (start, named(step), absorb.map(named))
}

/// A name for each of the data: a register's may be that of another.
fn unique_names(s: &System) -> Vec<String> {
    let name = |(d, data): (DataId, &Data)| match data.role {
        DataRole::State => format!("{}@{}", data.name, d.index()),
        DataRole::Input | DataRole::Target => data.name.clone(),
    };
    s.data.iter().map(name).collect()
}

/// The system with only the data that it reads.
fn lean(system: System) -> System {
    let mut s = simplify(system);
    let mut kept: Vec<Option<DataId>> = vec![None; s.data.len()];
    let mut data = Arena::default();
    for v in s.nodes.ids() {
        if let Op::Data(d) = s.nodes[v].op {
            let new = *kept[d.index()].get_or_insert_with(|| data.push(s.data[d].clone()));
            s.nodes[v].op = Op::Data(new);
        }
    }
    s.data = data;
    s.observations.clear();
    s
}
