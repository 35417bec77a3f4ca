//! What the crate's user sees: the struct, its functions' arguments, the outputs, and their names.

use super::names::{Names, camel, package, snake};
use super::{Export, Precision};
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::rewrite::Streaming;
use crate::rewrite::stream::{DistKind, Sampler};
use crate::system::{DataId, DataRole, Elem, Op, RootKind, System, Type};
use std::collections::BTreeSet;

pub(super) struct Interface {
    /// The struct.
    pub(super) name: String,
    pub(super) package: String,
    /// The crate, as Rust code names it.
    pub(super) library: String,
    pub(super) precision: Precision,
    pub(super) doc: Vec<String>,
    /// Given to `new` and `reset`, once per sequence.
    pub(super) start: Vec<Field>,
    /// Given to `step`.
    pub(super) inputs: Vec<Field>,
    /// Given to `observe`; none where no later step reads a target.
    pub(super) targets: Vec<Field>,
    /// The registers that are read.
    pub(super) registers: Vec<Field>,
    pub(super) outputs: Vec<Output>,
    pub(super) vocabulary: Option<Vec<char>>,
    /// Whether `new` is a constant: every register starts as zeros or *nothing*.
    pub(super) starts_empty: bool,
    /// The targets whose distributions are among the outputs: the places of these are their parameters'.
    pub(super) drawn: Vec<Drawn>,
}

/// A target that a free-running model draws.
pub(super) struct Drawn {
    pub(super) target: Field,
    pub(super) sampler: Sampler,
}

pub(super) struct Field {
    pub(super) data: DataId,
    pub(super) name: String,
    /// In the spec.
    pub(super) path: String,
    pub(super) ty: Type,
    pub(super) doc: Vec<String>,
}

pub(super) struct Output {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) ty: Type,
}

impl Interface {
    /// What a model draws that reads nothing but what it drew before.
    pub(super) fn free_running(&self) -> Option<&[Drawn]> {
        let alone = self.inputs.is_empty() && self.start.is_empty();
        let drawn = |t: &Field| self.drawn.iter().any(|d| d.target.data == t.data);
        (alone && !self.drawn.is_empty() && self.targets.iter().all(drawn)).then_some(&self.drawn[..])
    }

    /// Elements of state, by element type: the struct's size without its outputs.
    pub(super) fn state_bytes(&self, real: usize) -> usize {
        self.registers.iter().map(|r| bytes(&r.ty, real)).sum()
    }

    pub(super) fn output_bytes(&self, real: usize) -> usize {
        self.outputs.iter().map(|o| bytes(&o.ty, real)).sum()
    }
}

/// On a machine of 64 bits.
fn bytes(ty: &Type, real: usize) -> usize {
    let element = match ty.elem {
        Elem::Real => real,
        Elem::Index(_) => 8,
        Elem::Bit => 1,
    };
    ty.size() * element
}

pub(super) fn interface(streaming: &Streaming, export: &Export) -> Interface {
    let step = &streaming.step;
    let systems: Vec<&System> = [&streaming.start, step].into_iter().chain(&streaming.absorb).collect();
    let read: BTreeSet<DataId> = systems.iter().flat_map(|s| data_read(s)).collect();
    let mut arguments = Names::reserving(&["output", "i", "symbol", "model"]);
    let mut fields = Names::reserving(&["output", "back"]);
    let field = |names: &mut Names, d: DataId| Field {
        data: d,
        name: names.value(&step.data[d].name),
        path: step.data[d].name.clone(),
        ty: step.data[d].ty.clone(),
        doc: step.data[d].doc.clone(),
    };
    let mut outer = |s: &System| -> Vec<Field> {
        let given = data_read(s).into_iter().filter(|&d| s.data[d].role != DataRole::State);
        given.map(|d| field(&mut arguments, d)).collect()
    };
    let start = outer(&streaming.start);
    let inputs = outer(step);
    let targets = streaming.absorb.as_ref().map(&mut outer).unwrap_or_default();
    let registers = streaming
        .registers()
        .filter(|d| read.contains(d))
        .map(|d| field(&mut fields, d))
        .collect();
    let mut locals = Names::reserving(&[
        "output",
        "model",
        "random",
        "temperature",
        "length",
        "category",
        "bits",
        "normal",
        "laplace",
        "mixture",
        "at",
    ]);
    // Labels that frames spell have no step of their own.
    let samplers = streaming.samplers.iter().filter(|s| s.dist != DistKind::Ctc);
    let drawn = samplers.map(|s| Drawn {
        target: field(&mut locals, s.target),
        sampler: s.clone(),
    });
    let drawn = drawn.collect();
    let mut names = Names::default();
    let roots = step.roots.iter().filter(|r| r.kind == RootKind::Output);
    let outputs = roots.map(|r| Output {
        name: names.value(&r.name),
        path: r.name.clone(),
        ty: step.ty(r.value).clone(),
    });
    Interface {
        name: camel(&step.name),
        package: package(export.name),
        library: snake(&package(export.name)),
        precision: export.precision,
        doc: step.doc.clone(),
        start,
        inputs,
        targets,
        registers,
        outputs: outputs.collect(),
        vocabulary: export.vocabulary.map(<[char]>::to_vec),
        starts_empty: streaming.start.roots.is_empty(),
        drawn,
    }
}

fn data_read(s: &System) -> BTreeSet<DataId> {
    let read = |(_, node): (_, &crate::system::Node)| if let Op::Data(d) = node.op { Some(d) } else { None };
    s.nodes.iter().filter_map(read).collect()
}

pub(super) fn no_output(s: &System, name: &str) -> Diagnostics {
    let known: Vec<String> = s
        .roots
        .iter()
        .filter(|r| r.kind == RootKind::Output)
        .map(|r| format!("`{}`", r.name))
        .collect();
    let d = Diagnostic::error(codes::UNKNOWN_NAME, format!("`{}` has no output `{name}`", s.name));
    let help = if known.is_empty() {
        "it has none: add `output name = expr;`".into()
    } else {
        known.join(", ")
    };
    Diagnostics {
        list: vec![d.help(format!("its outputs: {help}"))],
    }
}

pub(super) fn nothing_to_compute(s: &System) -> Diagnostics {
    let d = Diagnostic::error(
        codes::NO_OBJECTIVE,
        format!("`{}` has nothing to compute one step at a time", s.name),
    );
    Diagnostics {
        list: vec![d.help("name what the crate should compute: `output name = expr;`")],
    }
}
