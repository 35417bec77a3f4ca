//! From a `train` block to the training loop's regime.

mod check;
#[cfg(feature = "cli")]
mod choose;
mod force;
mod read;
pub mod schema;
#[cfg(feature = "cli")]
mod set;

use super::failure::Failure;
use super::load::Loaded;
use crate::backends::spec::model_spec;
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::source::Span;
use crate::syntax::ast::{Item, TrainItem};
use crate::system::System;
use rnn_runtime::regime::Regime;
use serde_json::{Value, json};

#[cfg(feature = "cli")]
pub use choose::{Changes, choose, empty, regime};
pub use force::Force;

/// A regime with where it comes from.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Its name: what follows `as`, else the model's.
    pub name: String,
    pub model: String,
    pub regime: Regime,
    /// Where the data are named, if in a file.
    pub data: Option<Span>,
    /// Likewise when to stop.
    pub stop: Option<Span>,
    pub force: Vec<Force>,
}

/// Whether the model has the metric that training stops by.
///
/// # Errors
/// E0403 where it has not.
pub fn stops(chosen: &Chosen, system: &System) -> Result<(), Failure> {
    let Some(stop) = &chosen.regime.stop else {
        return Ok(());
    };
    stop.metric(&model_spec(system).metric_names())
        .map(drop)
        .map_err(|why| {
            let mut unknown = Diagnostic::error(codes::SETTING, why);
            if let Some(span) = chosen.stop {
                unknown = unknown.label(span, "waited for here");
            }
            Failure::Diagnostics(Diagnostics { list: vec![unknown] })
        })
}

/// Every `train` block of the user's files.
pub fn blocks(loaded: &Loaded) -> Vec<&TrainItem> {
    let items = loaded.own_files().iter().flat_map(|f| &f.items);
    items
        .filter_map(|item| match item {
            Item::Train(block) => Some(block),
            Item::Use(_) | Item::Const(_) | Item::Fn(_) | Item::Layer(_) | Item::Model(_) => None,
        })
        .collect()
}

/// A block's name.
pub fn name(block: &TrainItem) -> &str {
    &block.name.as_ref().unwrap_or(&block.model).name
}

/// Reads a block for a program that gives the data itself where the block names none. None where diagnostics say why not.
pub fn written(block: &TrainItem, loaded: &Loaded, diagnostics: &mut Diagnostics) -> Option<Chosen> {
    let before = diagnostics.list.len();
    let settings = read::read(block, &loaded.files, diagnostics);
    checked(block, settings, Some(json!("memory")), diagnostics, before)
}

/// The regime that settings are, if they are one, with `data` where they name none; `before` is the number of diagnostics before them.
fn checked(
    block: &TrainItem,
    mut settings: read::Settings,
    data: Option<Value>,
    diagnostics: &mut Diagnostics,
    before: usize,
) -> Option<Chosen> {
    check::check(&settings, diagnostics);
    if diagnostics.list.len() > before {
        return None;
    }
    let force = force::read(&settings);
    settings.tree.retain(|key, _| schema::find(key).is_some_and(|s| s.kept));
    if !settings.tree.contains_key("data") {
        settings.tree.insert("data".into(), data?);
    }
    let tree = Value::Object(settings.tree.clone());
    let regime = serde_path_to_error::deserialize(&tree).unwrap_or_else(|e| {
        panic!(
            "internal error: settings that passed the checks are refused at {}: {e}",
            e.path()
        )
    });
    check::together(&regime, &settings, diagnostics);
    if diagnostics.list.len() > before {
        return None;
    }
    Some(Chosen {
        name: name(block).to_string(),
        model: block.model.name.clone(),
        regime,
        force,
        stop: settings.spans.get("stop").copied(),
        data: settings.spans.get("data").copied(),
    })
}
