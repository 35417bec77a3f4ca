//! The data that a regime names.

use super::failure::Failure;
use super::load::Loaded;
use super::models::{self, Sizes};
use super::regime::Chosen;
use crate::backends::spec::model_spec;
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::syntax::ast::{Dim, ElemExpr, Expr, ExprKind, ModelItem, Role, StmtKind};
use crate::system::System;
use rnn_runtime::data::{self, Dataset, Declared, Encoding};
use rnn_runtime::error::Error;

/// Opens the data for a model's inputs and targets; with the encoding of saved weights, they are read by it.
///
/// # Errors
/// E0405 where they cannot be read, at the setting that names them.
pub fn open(
    chosen: &Chosen,
    loaded: &Loaded,
    declared: &[Declared],
    encoding: Option<&Encoding>,
) -> Result<Box<dyn Dataset>, Failure> {
    data::open(&chosen.regime.data, &loaded.folder, declared, encoding).map_err(|e| {
        let help = "a path in `data` is relative to the specification";
        unfit(chosen, &e, chosen.data.map(|_| help))
    })
}

/// Whether the data have what a model asks for: found out before anything is built.
///
/// # Errors
/// E0405 where they have not.
pub fn fit(dataset: &mut dyn Dataset, chosen: &Chosen, system: &System) -> Result<(), Failure> {
    dataset.bind(&model_spec(system)).map_err(|e| unfit(chosen, &e, None))
}

fn unfit(chosen: &Chosen, error: &Error, note: Option<&str>) -> Failure {
    let mut unfit = Diagnostic::error(codes::DATA, error.to_string());
    if let Some(span) = chosen.data {
        unfit = unfit.label(span, "the data are named here");
    }
    if let Some(note) = note {
        unfit = unfit.note(note);
    }
    Failure::Diagnostics(Diagnostics { list: vec![unfit] })
}

/// The sizes of models that the data bind.
pub fn sizes(dataset: &dyn Dataset) -> Sizes {
    let sizes = dataset.sizes().into_iter();
    sizes.map(|(name, size)| (name, size as f64)).collect()
}

/// What a model declares, in the order of its text. Of sizes, those without a default that `defined` does not have are
/// left to the data.
pub fn declared(model: &ModelItem, defined: &[(String, f64)]) -> Vec<Declared> {
    let free = models::free(model, defined);
    let named = |e: &Expr| match &e.kind {
        ExprKind::Name(name) => free.iter().any(|f| f.name == *name).then(|| name.clone()),
        _ => None,
    };
    let dimension = |dim: &Dim| match dim {
        Dim::Size(e) => named(e),
        Dim::Infer(_) => None,
    };
    let declarations = model.body.iter().filter_map(|stmt| match &stmt.kind {
        StmtKind::Declare { role, name, ty } => Some(Declared {
            name: name.name.clone(),
            target: *role == Role::Target,
            index: matches!(ty.elem, ElemExpr::Index(_)),
            sizes: match &ty.elem {
                ElemExpr::Real => Vec::new(),
                ElemExpr::Array(dims) | ElemExpr::Bit(dims) => dims.iter().map(dimension).collect(),
                ElemExpr::Index(classes) => vec![named(classes)],
            },
            axes: ty.over.iter().map(|a| a.name.name.clone()).collect(),
        }),
        StmtKind::Axis { .. }
        | StmtKind::Param { .. }
        | StmtKind::Module { .. }
        | StmtKind::Equation { .. }
        | StmtKind::Observe { .. }
        | StmtKind::Loss { .. }
        | StmtKind::Metric { .. }
        | StmtKind::Output { .. }
        | StmtKind::Assert { .. }
        | StmtKind::For { .. }
        | StmtKind::Error => None,
    });
    declarations.collect()
}
