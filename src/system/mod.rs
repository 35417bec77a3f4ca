//! The middle IR: a system of recurrence equations over axes, in one arena.
//!
//! A [`System`] is a list of typed operations ([`op::Op`]). There are no cells, layers, stacks or directions here, no
//! loops, and no order but the dependencies. Nodes may refer to later nodes; every cycle passes through a shift.

pub mod arena;
pub mod bound;
pub mod causality;
pub mod graph;
pub mod lag;
pub mod metric;
pub mod op;
pub mod signature;
pub mod text;
pub mod types;
pub mod verify;

pub use arena::{Arena, Id};
pub use metric::{Formula, Metric};
pub use op::{Binary, Contraction, Fold, Op, Unary};
pub use types::{Axis, AxisId, AxisKind, AxisSet, Elem, Type};
pub use verify::verify;

use crate::source::Span;

/// A node of a system: the value that one operation gives.
pub type Value = Id<Node>;
pub type DataId = Id<Data>;
pub type ParamId = Id<Param>;
pub type CallId = Id<Call>;

#[derive(Clone, Debug)]
pub struct Node {
    pub op: Op,
    pub ty: Type,
    pub origin: Origin,
}

/// Where a node comes from, for messages, listings and generated names. Never read for meaning.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin {
    /// The path of the equation, for instance `h.1.f`; adjoints have `d(...)` around it.
    pub name: Option<String>,
    pub span: Option<Span>,
    /// The call whose body it stands in.
    pub call: Option<CallId>,
}

/// An item that was called: what pictures draw as a box. Like every origin never read for meaning.
#[derive(Clone, Debug)]
pub struct Call {
    /// What was called: `lstm`.
    pub item: String,
    pub kind: CallKind,
    /// What the names of its equations start with, for instance `h.1`; that of its output is the path itself.
    pub path: String,
    /// The name that the item gives its output.
    pub output: String,
    /// The call whose body it stands in; none of the model.
    pub within: Option<CallId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    Model,
    Layer,
    Cell,
    Function,
}

/// Something the world gives: an input, a target, or a state carried from the step before.
#[derive(Clone, Debug)]
pub struct Data {
    pub name: String,
    pub role: DataRole,
    pub ty: Type,
    pub doc: Vec<String>,
    pub span: Option<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataRole {
    Input,
    Target,
    /// A register of a streaming step.
    State,
}

/// A learned or drawn array, shared by all examples and steps.
#[derive(Clone, Debug)]
pub struct Param {
    /// The path, stable and documented, for instance `h.1.f.x.weight`.
    pub name: String,
    pub shape: Vec<usize>,
    pub init: Init,
    /// False for `fixed`: drawn once, never trained.
    pub trained: bool,
    pub span: Option<Span>,
}

/// How a parameter is drawn. For a matrix of shape [n, m], fan-in is m and fan-out n.
#[derive(Clone, Debug, PartialEq)]
pub enum Init {
    Zeros,
    Const(f64),
    Uniform {
        low: f64,
        high: f64,
    },
    Normal {
        mean: f64,
        std: f64,
    },
    /// Uniform in +-sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010).
    Glorot,
    /// Normal with std sqrt(2 / fan_in) (He et al. 2015).
    He,
    /// Uniform in +-1 / sqrt(fan_in) (LeCun et al. 1998).
    Lecun,
    /// Random orthogonal (Saxe et al. 2014).
    Orthogonal,
    /// A scaled identity (Le, Jaitly & Hinton 2015).
    Identity(f64),
}

/// `y ~ dist(...)`: how a target is distributed given the rest; the sampler in free running.
#[derive(Clone, Debug)]
pub struct Observation {
    pub target: DataId,
    pub dist: Dist,
    /// The symbol that ends a sequence in free running.
    pub until: Option<usize>,
    /// -log p of each observation, over the target's axes; of all labels of an example in one where they are spelt by
    /// the frames of another axis.
    pub nll: Value,
}

/// A distribution and the values that are its parameters.
#[derive(Clone, Debug)]
pub enum Dist {
    Categorical {
        logits: Value,
    },
    Bernoulli {
        logits: Value,
    },
    Normal {
        mean: Value,
        std: Value,
    },
    Laplace {
        mean: Value,
        scale: Value,
    },
    Mixture {
        logits: Value,
        mean: Value,
        std: Value,
    },
    /// Of frames, along an axis of their own.
    Ctc {
        logits: Value,
    },
}

impl Dist {
    pub fn name(&self) -> &'static str {
        match self {
            Dist::Categorical { .. } => "categorical",
            Dist::Bernoulli { .. } => "bernoulli",
            Dist::Normal { .. } => "normal",
            Dist::Laplace { .. } => "laplace",
            Dist::Mixture { .. } => "mixture",
            Dist::Ctc { .. } => "ctc",
        }
    }

    /// The parameters, with their names.
    pub fn values(&self) -> Vec<(&'static str, Value)> {
        match *self {
            Dist::Categorical { logits } | Dist::Bernoulli { logits } | Dist::Ctc { logits } => {
                vec![("logits", logits)]
            }
            Dist::Normal { mean, std } => vec![("mean", mean), ("std", std)],
            Dist::Laplace { mean, scale } => vec![("mean", mean), ("scale", scale)],
            Dist::Mixture { logits, mean, std } => vec![("logits", logits), ("mean", mean), ("std", std)],
        }
    }

    pub fn values_mut(&mut self) -> Vec<&mut Value> {
        match self {
            Dist::Categorical { logits } | Dist::Bernoulli { logits } | Dist::Ctc { logits } => vec![logits],
            Dist::Normal { mean, std } => vec![mean, std],
            Dist::Laplace { mean, scale } => vec![mean, scale],
            Dist::Mixture { logits, mean, std } => vec![logits, mean, std],
        }
    }
}

/// A value that is wanted from the system. What no root needs is dead.
#[derive(Clone, Debug, PartialEq)]
pub struct Root {
    pub kind: RootKind,
    pub name: String,
    pub value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RootKind {
    /// The scalar that training minimises, shared by all examples. At most one.
    Loss,
    /// A number of which a [`Metric`] is made: a scalar.
    Metric,
    /// `output name = expr;`, or a parameter of an observation's distribution (named `target.logits`).
    Output,
    /// The loss's derivative by a parameter; has that parameter's shape and no axes.
    Gradient(ParamId),
    /// The next value of a state register.
    State(DataId),
}

#[derive(Clone, Debug, Default)]
pub struct System {
    pub name: String,
    pub doc: Vec<String>,
    /// `axes[0]` is always the batch.
    pub axes: Vec<Axis>,
    pub data: Arena<Data>,
    pub params: Arena<Param>,
    pub nodes: Arena<Node>,
    pub observations: Vec<Observation>,
    pub roots: Vec<Root>,
    /// What is reported: the loss first.
    pub metrics: Vec<Metric>,
    /// The calls that the equations were expanded from, the model first.
    pub calls: Arena<Call>,
}

impl System {
    pub fn new(name: impl Into<String>) -> System {
        System {
            name: name.into(),
            axes: vec![Axis {
                name: "batch".into(),
                kind: AxisKind::Batch,
                like: None,
            }],
            ..System::default()
        }
    }

    pub fn axis(&mut self, name: impl Into<String>, kind: AxisKind) -> AxisId {
        self.axes.push(Axis {
            name: name.into(),
            kind,
            like: None,
        });
        AxisId(self.axes.len() as u8 - 1)
    }

    /// The axis that an axis has its lengths from: itself, if it is no second name.
    pub fn steps_of(&self, id: AxisId) -> AxisId {
        self.axis_info(id).like.unwrap_or(id)
    }

    /// Whether two axes have the same steps, example by example.
    pub fn alike(&self, a: AxisId, b: AxisId) -> bool {
        let fixed = |a: AxisId| match self.axis_info(a).kind {
            AxisKind::Steps(n) => Some(n),
            AxisKind::Batch | AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph => None,
        };
        self.steps_of(a) == self.steps_of(b) || (fixed(a).is_some() && fixed(a) == fixed(b))
    }

    pub fn axis_info(&self, id: AxisId) -> &Axis {
        &self.axes[id.0 as usize]
    }

    pub fn ty(&self, v: Value) -> &Type {
        &self.nodes[v].ty
    }

    pub fn op(&self, v: Value) -> &Op {
        &self.nodes[v].op
    }

    /// Appends an operation whose type follows from its arguments.
    ///
    /// Panics when the operation is ill-typed: stages that build systems are total, so that is an internal error.
    pub fn push(&mut self, op: Op, origin: Origin) -> Value {
        match signature::infer(self, &op) {
            Ok(ty) => self.nodes.push(Node { op, ty, origin }),
            Err(why) => panic!("internal error: ill-typed operation {op:?}: {why}"),
        }
    }

    /// Appends an operation whose type its arguments do not determine (leaves, `Spread`, `Pad`, `Equal`, ...).
    pub fn push_typed(&mut self, op: Op, ty: Type, origin: Origin) -> Value {
        self.nodes.push(Node { op, ty, origin })
    }

    pub fn root(&self, kind: RootKind) -> Option<Value> {
        self.roots.iter().find(|r| r.kind == kind).map(|r| r.value)
    }
}
