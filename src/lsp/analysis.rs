//! What is known of one open text: its trees, its names, its systems, and all that is wrong with it.

use crate::diagnostics::Diagnostics;
use crate::driver::load::{self, Loaded, Read};
use crate::driver::review::{self, Review};
use crate::driver::{compile, models::Sizes};
use crate::lint::names::Names;
use crate::schedule::Program;
use crate::source::{FileId, Span};
use crate::system::{Op, System, Value};
use std::cell::OnceCell;
use std::path::Path;

/// The open text.
pub const OWN: FileId = FileId(0);

pub struct Analysis {
    pub loaded: Loaded,
    pub names: Names,
    pub models: Vec<Model>,
    pub diagnostics: Diagnostics,
}

/// A model without mistakes.
pub struct Model {
    pub system: System,
    /// Numbers for sizes that only data bind.
    pub stand_ins: Sizes,
    program: OnceCell<Program>,
}

impl Model {
    /// What evaluation runs.
    pub fn program(&self) -> &Program {
        self.program.get_or_init(|| compile::evaluation(&self.system))
    }
}

pub fn analyse(path: &Path, text: &str, read: Read) -> Analysis {
    let loaded = load::load_open(path, text, read);
    let Review {
        names,
        models,
        diagnostics,
    } = review::review(&loaded);
    let model = |(system, stand_ins)| Model {
        system,
        stand_ins,
        program: OnceCell::new(),
    };
    Analysis {
        names,
        models: models.into_iter().map(model).collect(),
        diagnostics,
        loaded,
    }
}

impl Analysis {
    pub fn text(&self) -> &str {
        &self.loaded.sources.file(OWN).text
    }

    /// What the equation, the parameter or the data defined at a place are, in every model and for each call.
    pub fn values(&self, defined: Span) -> impl Iterator<Item = (&Model, Value)> {
        self.models.iter().flat_map(move |model| {
            let here = move |(_, node): &(Value, &crate::system::Node)| {
                let leaf = matches!(node.op, Op::Equal(_) | Op::Data(_) | Op::Param(_));
                leaf && node
                    .origin
                    .span
                    .is_some_and(|s| s.file == defined.file && s.start == defined.start)
            };
            model.system.nodes.iter().filter(here).map(move |(v, _)| (model, v))
        })
    }
}
