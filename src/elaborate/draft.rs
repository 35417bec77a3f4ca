//! The draft: what the equations say, before element types, axes and shapes are known.

use crate::source::Span;
use crate::syntax::ast;
use crate::system::{Arena, AxisId, Binary, CallId, CallKind, Fold, Id, Unary};
use std::rc::Rc;

pub(crate) type D = Id<Draft>;

#[derive(Debug)]
pub(crate) struct Draft {
    pub kind: Kind,
    pub span: Span,
    /// The name of the equation this node defines.
    pub name: Option<Path>,
    /// The call whose body it stands in.
    pub within: CallId,
    /// A shape written by the user: the ascription of an equation.
    pub ascribed: Option<(Vec<Size>, Span)>,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Data(crate::system::DataId),
    Param(usize),
    Const(f64),
    Training,
    /// Draws like `like`: at each of its positions, or once per example.
    Draw {
        stream: u32,
        like: D,
        per_example: bool,
    },
    /// A named equation; `None` until its right side is known.
    Equal(Option<D>),
    Unary(Unary, D),
    Binary(Binary, D, D),
    Select {
        cond: D,
        yes: D,
        no: D,
    },
    /// `a @ b`, of an index too
    MatMul(D, D),
    /// `table[index]`
    LookUp {
        table: D,
        index: D,
    },
    Concat(D, D),
    Slice {
        x: D,
        start: Size,
        len: Size,
    },
    /// All features to a scalar.
    Fold {
        fold: Fold,
        x: D,
    },
    /// The mean of the features.
    Mean(D),
    ArgMax(D),
    OneHot(D),
    Dot(D, D),
    Outer(D, D),
    Transpose(D),
    /// The same features in another shape.
    Reshape {
        x: D,
        shape: Vec<usize>,
    },
    Reduce {
        fold: Fold,
        x: D,
        axis: Axis,
    },
    /// The mean over an axis, each example by its own length.
    MeanOver {
        x: D,
        axis: Axis,
    },
    /// `var` is what a base case would be written for.
    Shift {
        x: D,
        axis: Axis,
        by: i32,
        var: Option<(usize, String)>,
    },
    Edge {
        x: D,
        axis: Axis,
        by: i32,
    },
    Reverse {
        x: D,
        axis: Axis,
    },
    /// The number of each step, from 1.
    Position(Axis),
    /// `k[s]`: the same value with the axis that has these steps under this name.
    Under {
        x: D,
        axis: Axis,
    },
    Stop(D),
    /// The mean over all positions of all examples: a term of the loss, or of a metric.
    Average(D),
    /// The sum over all positions of all examples.
    Total(D),
}

/// Which axis: one by name, or the one axis that these values run over, of several what was told.
#[derive(Debug, Clone)]
pub(crate) enum Axis {
    Named(AxisId),
    Of(Vec<D>, Option<Rc<Told>>),
}

/// Which of several axes a cell runs along.
#[derive(Debug)]
pub(crate) enum Told {
    /// `lstm(x, n: 8, over: t)`
    Along(Axis),
    /// `each(lstm(8), over: s)`
    Not(Axis),
}

/// One size of a declared shape.
#[derive(Debug, Clone)]
pub(crate) enum Size {
    Known(usize),
    Infer,
    /// The number of features, or of classes, of a value, and so many more.
    Of(D, i64),
}

#[derive(Debug, Clone)]
pub(crate) struct DraftParam {
    pub path: Path,
    pub shape: Vec<Size>,
    pub init: crate::system::Init,
    pub trained: bool,
    pub span: Span,
    pub node: Option<D>,
}

/// A path of names. A call's segment is decided only when the whole equation around it is known.
pub(crate) type Path = Vec<Segment>;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Segment {
    Name(String),
    Call(usize),
}

impl Kind {
    /// What the node reads, base cases and sizes apart.
    pub(crate) fn args(&self) -> Vec<D> {
        match self {
            Kind::Data(_) | Kind::Param(_) | Kind::Const(_) | Kind::Training | Kind::Position(_) => vec![],
            Kind::Equal(x) => x.iter().copied().collect(),
            Kind::Draw { like: x, .. }
            | Kind::Unary(_, x)
            | Kind::Slice { x, .. }
            | Kind::Fold { x, .. }
            | Kind::Mean(x)
            | Kind::ArgMax(x)
            | Kind::OneHot(x)
            | Kind::Transpose(x)
            | Kind::Reshape { x, .. }
            | Kind::Reduce { x, .. }
            | Kind::MeanOver { x, .. }
            | Kind::Shift { x, .. }
            | Kind::Edge { x, .. }
            | Kind::Reverse { x, .. }
            | Kind::Under { x, .. }
            | Kind::Stop(x)
            | Kind::Average(x)
            | Kind::Total(x) => vec![*x],
            Kind::Binary(_, a, b)
            | Kind::MatMul(a, b)
            | Kind::Concat(a, b)
            | Kind::Dot(a, b)
            | Kind::Outer(a, b)
            | Kind::LookUp { table: a, index: b } => vec![*a, *b],
            Kind::Select { cond, yes, no } => vec![*cond, *yes, *no],
        }
    }
}

/// Everything that elaborating the text gives; inference and lowering read it.
pub(crate) struct Drafts {
    pub nodes: Arena<Draft>,
    pub params: Vec<DraftParam>,
    /// The segment of each call in a path; `None` for the call that gives its equation's value.
    pub calls: Vec<Option<String>>,
    /// Base cases by scope, variable and end (`false` for `[0]`, `true` for `[end]`).
    pub inits: std::collections::BTreeMap<(usize, String, bool), (D, Span)>,
    /// Where the standard library begins among the files.
    pub std_from: u32,
    /// The user's call that is being expanded.
    pub site: Option<Span>,
    /// Every call so far, the model first, and the one whose body is being read.
    pub called: Vec<Called>,
    pub within: CallId,
}

/// What becomes a [`crate::system::Call`] once its path is known.
#[derive(Debug, Clone)]
pub(crate) struct Called {
    pub item: String,
    pub kind: CallKind,
    pub path: Path,
    pub output: String,
    pub within: Option<CallId>,
}

impl Drafts {
    /// Of a model of this name; the standard library's files begin at `std_from`.
    pub(crate) fn new(model: &str, std_from: usize) -> Drafts {
        let model = Called {
            item: model.into(),
            kind: CallKind::Model,
            path: Vec::new(),
            output: String::new(),
            within: None,
        };
        Drafts {
            nodes: Arena::default(),
            params: Vec::new(),
            calls: Vec::new(),
            inits: Default::default(),
            std_from: std_from as u32,
            site: None,
            called: vec![model],
            within: CallId::new(0),
        }
    }

    /// Begins the body of a call; the caller goes on with what this returns by [`Drafts::leave`].
    pub(crate) fn enter(&mut self, item: &ast::Ident, kind: CallKind, path: &Path, outputs: &[ast::Ident]) -> CallId {
        self.called.push(Called {
            item: item.name.clone(),
            kind,
            path: path.clone(),
            output: outputs.first().map(|o| o.name.clone()).unwrap_or_default(),
            within: Some(self.within),
        });
        std::mem::replace(&mut self.within, CallId::new(self.called.len() - 1))
    }

    pub(crate) fn leave(&mut self, outer: CallId) {
        self.within = outer;
    }

    /// What to point at for something at `span`: in the standard library the user's call that led there.
    pub(crate) fn here(&self, span: Span) -> Span {
        if span.file.0 < self.std_from {
            span
        } else {
            self.site.unwrap_or(span)
        }
    }

    pub(crate) fn push(&mut self, kind: Kind, span: Span) -> D {
        let span = self.here(span);
        self.nodes.push(Draft {
            kind,
            span,
            name: None,
            within: self.within,
            ascribed: None,
        })
    }

    /// The base case that a shift reads, if one is written.
    pub(crate) fn init(&self, var: &Option<(usize, String)>, by: i32) -> Option<D> {
        let (scope, name) = var.as_ref()?;
        self.inits.get(&(*scope, name.clone(), by < 0)).map(|(d, _)| *d)
    }

    /// The path as text: `h.1.f.x.weight`.
    pub(crate) fn path(&self, path: &Path) -> String {
        let parts: Vec<&str> = path
            .iter()
            .filter_map(|s| match s {
                Segment::Name(n) => Some(n.as_str()),
                Segment::Call(c) => self.calls[*c].as_deref(),
            })
            .collect();
        parts.join(".")
    }
}
