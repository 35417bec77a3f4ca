//! What is known of one open text: its trees, its names, its systems, and all that is wrong with it.

use super::names::{self, Names};
use crate::diagnostics::Diagnostics;
use crate::driver::load::{self, Loaded, Read};
use crate::driver::regime::{self, Changes};
use crate::driver::{Failure, compile, data, models};
use crate::schedule::Program;
use crate::source::{FileId, Span};
use crate::syntax::ast::ModelItem;
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
    /// Numbers for sizes that only data bind: primes, to be told from others.
    pub stand_ins: Vec<(String, f64)>,
    program: OnceCell<Program>,
}

const PRIMES: [f64; 8] = [97.0, 101.0, 103.0, 107.0, 109.0, 113.0, 127.0, 131.0];

impl Model {
    /// What evaluation runs.
    pub fn program(&self) -> &Program {
        self.program.get_or_init(|| compile::evaluation(&self.system))
    }
}

pub fn analyse(path: &Path, text: &str, read: Read) -> Analysis {
    let loaded = load::load_open(path, text, read);
    let names = names::names(loaded.unit());
    let mut analysis = Analysis {
        diagnostics: loaded.diagnostics.clone(),
        models: Vec::new(),
        names,
        loaded,
    };
    if !analysis.diagnostics.has_errors() {
        let (models, found) = check(&analysis.loaded);
        analysis.models = models;
        analysis.diagnostics.extend(found);
    }
    analysis
}

/// What `rnnc check` does, with stand-ins for what data would bind.
fn check(loaded: &Loaded) -> (Vec<Model>, Diagnostics) {
    let mut found = Diagnostics::default();
    let mut out = Vec::new();
    let mut chosen = Vec::new();
    for block in regime::blocks(loaded) {
        match regime::regime(block, loaded, &Changes::default(), &mut found) {
            Ok(regime) => chosen.extend(regime),
            Err(failure) => found.extend(said(failure)),
        }
    }
    for item in models::all(loaded) {
        let stand_ins = stand_ins(item);
        let (system, diagnostics) = compile::equations(loaded, item, &stand_ins);
        found.extend(diagnostics);
        let Some(system) = system else { continue };
        for regime in chosen.iter().filter(|c| c.model == item.name.name) {
            if let Err(failure) = data::stops(regime, &system) {
                found.extend(said(failure));
            }
            if !regime.force.is_empty() {
                match regime.forced(item) {
                    Ok(forced) => found.extend(compile::equations(loaded, &forced, &stand_ins).1),
                    Err(diagnostics) => found.extend(diagnostics),
                }
            }
        }
        out.push(Model {
            system,
            stand_ins,
            program: OnceCell::new(),
        });
    }
    (out, found)
}

fn stand_ins(item: &ModelItem) -> Vec<(String, f64)> {
    let free = models::free(item, &[]);
    free.iter()
        .zip(PRIMES.iter().cycle())
        .map(|(size, x)| (size.name.clone(), *x))
        .collect()
}

fn said(failure: Failure) -> Diagnostics {
    match failure {
        Failure::Diagnostics(found) => found,
        Failure::Message { .. } | Failure::Reported => Diagnostics::default(),
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
