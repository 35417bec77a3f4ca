//! A model as a Rust type: what `rnn! { ... }` and `rnnc::build` put around the code of [`super::rust`].
//!
//! The types of fields follow from the text alone, so that they stand even where the model has errors, and the rest of
//! the user's crate keeps its meaning.

mod code;
mod steps;

pub use code::{Code, Dress, code};
pub use steps::{Saying, Steps, Streamed};

use crate::elaborate::DISTRIBUTIONS;
use crate::syntax::ast::{ElemExpr, Expr, ExprKind, ModelItem, Role, StmtKind};
use crate::system::{AxisId, DataRole, Elem, Op, Root, RootKind, System, Type, Value};
use rnn_runtime::regime::Regime;

/// What users of the type see.
#[derive(Clone, Debug)]
pub struct Face {
    /// The model's.
    pub name: String,
    pub doc: Vec<String>,
    pub data: Vec<Field>,
    pub outputs: Vec<Field>,
    pub metrics: Vec<String>,
    /// Whether the outputs of an example depend on its targets.
    pub reads_targets: bool,
    /// What it says by itself, if it can.
    pub saying: Option<Saying>,
    /// What it takes and makes step by step, if it can.
    pub streamed: Option<Streamed>,
    /// Why it cannot.
    pub whole: Option<String>,
    /// Under their names; the first is the one that the type starts from.
    pub regimes: Vec<(String, Regime)>,
}

/// One input, target or output of an example.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub doc: Vec<String>,
    pub target: bool,
    /// Of classes, not numbers.
    pub index: bool,
    /// The dimensions of its array, steps included.
    pub rank: usize,
    /// The axes among them.
    pub axes: Vec<String>,
    /// What it is, for its documentation.
    pub what: String,
}

impl Face {
    /// Of a model's text alone.
    pub fn written(model: &ModelItem) -> Face {
        let mut face = Face {
            name: model.name.name.clone(),
            doc: model.doc.clone(),
            data: Vec::new(),
            outputs: Vec::new(),
            metrics: vec!["loss".into()],
            reads_targets: false,
            saying: None,
            streamed: None,
            whole: None,
            regimes: Vec::new(),
        };
        let mut drawn = Vec::new();
        let mut fixed = Vec::new();
        for statement in &model.body {
            match &statement.kind {
                StmtKind::Declare { role, name, ty } => {
                    let (index, dims, what) = match &ty.elem {
                        ElemExpr::Real => (false, 0, "real"),
                        ElemExpr::Array(dims) => (false, dims.len(), "reals"),
                        ElemExpr::Index(_) => (true, 0, "classes"),
                        ElemExpr::Bit(dims) => (false, dims.len(), "bits, 0 or 1"),
                    };
                    face.data.push(Field {
                        name: name.name.clone(),
                        doc: statement.doc.clone(),
                        target: *role == Role::Target,
                        index,
                        rank: dims + ty.over.len(),
                        axes: ty.over.iter().map(|a| a.name.name.clone()).collect(),
                        what: what.into(),
                    });
                }
                StmtKind::Metric { name, .. } => face.metrics.push(name.name.clone()),
                StmtKind::Output { name, .. } => face.output(&name.name, &statement.doc, 1),
                StmtKind::Observe { target, dist, .. } => {
                    face.observed(&target.name, dist);
                    drawn.push(target.name.clone());
                }
                StmtKind::Axis { name, .. } => fixed.push(name.name.clone()),
                _ => {}
            }
        }
        face.guess(&drawn, &fixed);
        face
    }

    /// What there is step by step, as far as the text alone tells.
    fn guess(&mut self, drawn: &[String], fixed: &[String]) {
        let said: Vec<Field> = self.data.iter().filter(|f| drawn.contains(&f.name)).cloned().collect();
        let alone = self.data.iter().all(|f| f.target);
        let mut axes: Vec<&String> = self
            .data
            .iter()
            .flat_map(|f| &f.axes)
            .filter(|a| !fixed.contains(a))
            .collect();
        axes.sort();
        axes.dedup();
        if let [axis] = axes[..] {
            let axis = axis.clone();
            let (over, once): (Vec<Field>, Vec<Field>) =
                self.data.iter().cloned().partition(|f| f.axes.contains(&axis));
            let (observed, step) = over.iter().map(|f| f.at_a_step(&axis)).partition(|f| f.target);
            self.streamed = Some(Streamed {
                once: once.into_iter().filter(|f| !f.target).collect(),
                step,
                observed,
                outputs: self.outputs.iter().map(|f| f.at_a_step(&axis)).collect(),
            });
        }
        self.saying = (!said.is_empty()).then(|| Saying {
            primed: alone && matches!(&said[..], [one] if one.index),
            said,
        });
    }

    fn output(&mut self, name: &str, doc: &[String], rank: usize) {
        self.outputs.push(Field {
            name: name.into(),
            doc: doc.to_vec(),
            target: false,
            index: false,
            rank,
            axes: Vec::new(),
            what: String::new(),
        });
    }

    /// The parameters of an observation are outputs; whether they have the target's dimensions, only equations tell.
    fn observed(&mut self, target: &str, dist: &Expr) {
        let ExprKind::Call { callee, .. } = &dist.kind else {
            return;
        };
        let field = self.data.iter().find(|f| f.name == target);
        let rank = field.map_or(1, |f| f.rank + usize::from(f.index));
        let known = DISTRIBUTIONS
            .iter()
            .find(|(name, ..)| matches!(&callee.kind, ExprKind::Name(n) if n == name));
        for param in known.into_iter().flat_map(|(_, params, _)| *params) {
            self.output(&format!("{target}.{param}"), &[], rank);
        }
    }

    /// What only its equations say.
    pub fn complete(&mut self, system: &System) {
        for field in &mut self.data {
            let found = system.data.iter().find(|(_, d)| d.name == field.name);
            if let Some((_, d)) = found {
                field.what = described(system, &d.ty);
            }
        }
        self.metrics = system.metrics.iter().map(|m| m.name.clone()).collect();
        let outputs: Vec<&Root> = system.roots.iter().filter(|r| r.kind == RootKind::Output).collect();
        let doc_of = |name: &str| self.outputs.iter().find(|o| o.name == name).map(|o| o.doc.clone());
        self.outputs = outputs
            .iter()
            .map(|root| {
                let ty = system.ty(root.value);
                Field {
                    name: root.name.clone(),
                    doc: doc_of(&root.name).unwrap_or_default(),
                    target: false,
                    index: matches!(ty.elem, Elem::Index(_)),
                    rank: ty.shape.len() + ty.axes.without(AxisId::BATCH).iter().count(),
                    axes: names(system, ty),
                    what: described(system, ty),
                }
            })
            .collect();
        self.reads_targets = reads_targets(system, outputs.iter().map(|r| r.value).collect());
    }
}

fn described(system: &System, ty: &Type) -> String {
    let what = match ty.elem {
        Elem::Index(n) => format!("classes of {n}"),
        Elem::Bit => format!("bits (0 or 1) {:?}", ty.shape),
        Elem::Real => format!("reals {:?}", ty.shape),
    };
    let axes = names(system, ty);
    match axes.is_empty() {
        true => what,
        false => format!("{what} over {}", axes.join(", ")),
    }
}

fn names(system: &System, ty: &Type) -> Vec<String> {
    let axes = ty.axes.without(AxisId::BATCH);
    axes.iter().map(|a| system.axis_info(a).name.clone()).collect()
}

impl Field {
    /// Without the steps of an axis.
    pub fn at_a_step(&self, axis: &str) -> Field {
        let over = self.axes.iter().filter(|a| *a == axis).count();
        Field {
            rank: self.rank - over,
            axes: self.axes.iter().filter(|a| *a != axis).cloned().collect(),
            what: self.what.replace(&format!(" over {axis}"), ""),
            ..self.clone()
        }
    }
}

fn reads_targets(system: &System, mut open: Vec<Value>) -> bool {
    let mut seen = vec![false; system.nodes.len()];
    while let Some(v) = open.pop() {
        if std::mem::replace(&mut seen[v.index()], true) {
            continue;
        }
        let op = &system.nodes[v].op;
        if let Op::Data(d) = op
            && system.data[*d].role == DataRole::Target
        {
            return true;
        }
        open.extend(op.args());
    }
    false
}
