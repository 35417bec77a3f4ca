//! What most commands start with: a specification, its training regime, its data, its equations.

pub mod decode;

use super::args::Spec;
use super::shell::Shell;
use crate::diagnostics::near::listed;
use crate::driver::load::{self, Loaded};
use crate::driver::models::{self, Sizes};
use crate::driver::regime::{self, Changes, Chosen};
use crate::driver::trained::Trained;
use crate::driver::{Failure, compile, data};
use crate::syntax::ast::ModelItem;
use crate::system::System;
use std::borrow::Cow;

/// What stands in for a size that data bind, where the data are not there and any number will do.
const STAND_IN: f64 = 97.0;

/// Reads and parses; errors in the text stop here.
pub fn load(spec: &Spec, shell: &mut Shell) -> Result<Loaded, Failure> {
    let loaded = load::load(&spec.file)?;
    shell.sources = loaded.sources.clone();
    shell.report(&loaded.diagnostics)?;
    Ok(loaded)
}

/// The regime that the command line means. A model without one gets one where the command line names data.
pub fn regime(spec: &Spec, loaded: &Loaded, shell: &Shell) -> Result<Option<Chosen>, Failure> {
    regime_of(spec, spec.model.as_deref(), loaded, shell)
}

/// Likewise, of this model.
pub fn regime_of(spec: &Spec, of: Option<&str>, loaded: &Loaded, shell: &Shell) -> Result<Option<Chosen>, Failure> {
    let changes = Changes {
        set: spec.set.clone(),
        data: spec.data.clone(),
    };
    let none;
    let block = match regime::choose(loaded, of, spec.regime.as_deref())? {
        Some(block) => block,
        None if changes.data.is_some() => {
            none = regime::empty(models::choose(loaded, of)?);
            &none
        }
        None => return Ok(None),
    };
    let mut diagnostics = Default::default();
    let chosen = regime::regime(block, loaded, &changes, &mut diagnostics)?;
    shell.report(&diagnostics)?;
    Ok(chosen)
}

/// The model that is meant.
pub fn model<'a>(spec: &Spec, loaded: &'a Loaded, chosen: Option<&Chosen>) -> Result<&'a ModelItem, Failure> {
    models::choose(loaded, spec.model.as_deref().or(chosen.map(|c| c.model.as_str())))
}

/// The model as a regime trains it.
pub fn as_trained<'a>(model: &'a ModelItem, chosen: Option<&Chosen>) -> Result<Cow<'a, ModelItem>, Failure> {
    match chosen {
        Some(chosen) if !chosen.force.is_empty() => Ok(Cow::Owned(chosen.forced(model)?)),
        _ => Ok(Cow::Borrowed(model)),
    }
}

/// The model that is meant, else the one that the weights belong to.
pub fn trained_model<'a>(spec: &Spec, loaded: &'a Loaded, trained: &Trained) -> Result<&'a ModelItem, Failure> {
    let theirs = trained.weights.meta.model.as_str();
    let there = models::all(loaded).iter().any(|m| m.name.name == theirs);
    models::choose(loaded, spec.model.as_deref().or(there.then_some(theirs)))
}

/// The model's equations under the command line's sizes and those that `known` adds.
pub fn equations(
    spec: &Spec,
    loaded: &Loaded,
    model: &ModelItem,
    known: &Sizes,
    shell: &Shell,
) -> Result<System, Failure> {
    elaborate(loaded, model, &models::bind(model, &spec.define, known)?, shell)
}

/// The model's equations under these sizes.
pub fn elaborate(loaded: &Loaded, model: &ModelItem, sizes: &Sizes, shell: &Shell) -> Result<System, Failure> {
    let (system, diagnostics) = compile::equations(loaded, model, sizes);
    shell.report(&diagnostics)?;
    system.ok_or(Failure::Reported)
}

/// What the data of the model's regime bind; where there are no data, stand-ins with a word about it.
pub fn known_sizes(spec: &Spec, loaded: &Loaded, item: &ModelItem, shell: &Shell) -> Sizes {
    let free = models::free(item, &spec.define);
    if free.is_empty() {
        return Sizes::new();
    }
    let Ok(Some(block)) = regime::choose(loaded, Some(&item.name.name), spec.regime.as_deref()) else {
        return Sizes::new();
    };
    let changes = Changes {
        set: spec.set.clone(),
        data: spec.data.clone(),
    };
    let stand_ins = || free.iter().map(|size| (size.name.clone(), STAND_IN)).collect();
    // What is wrong with the regime has been said.
    let Ok(Some(chosen)) = regime::regime(block, loaded, &changes, &mut Default::default()) else {
        return stand_ins();
    };
    match data::open(&chosen, loaded, &data::declared(item, &spec.define), None) {
        Ok(dataset) => data::sizes(dataset.as_ref()),
        Err(_) => {
            let names: Vec<&str> = free.iter().map(|size| size.name.as_str()).collect();
            let model = &item.name.name;
            shell.say(&format!(
                "note: the data of `{model}` are not there; {} = {STAND_IN} stands in",
                listed(&names)
            ));
            stand_ins()
        }
    }
}
