//! Which `train` block a command means, and what the command line changes of it.

use super::{Chosen, blocks, checked, name, read, set};
use crate::diagnostics::Diagnostics;
use crate::diagnostics::near::{listed, nearest};
use crate::driver::failure::Failure;
use crate::driver::load::Loaded;
use crate::syntax::ast::{ModelItem, TrainItem};
use rnn_runtime::regime::Regime;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// What the command line changes.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Path and YAML of each `--set`, in order.
    pub set: Vec<(String, String)>,
    /// The data's path, from the current folder.
    pub data: Option<PathBuf>,
}

/// The block that is meant: the named one, else the model's only one, or its only one without a name.
///
/// # Errors
/// No such block, or several.
pub fn choose<'a>(
    loaded: &'a Loaded,
    model: Option<&str>,
    regime: Option<&str>,
) -> Result<Option<&'a TrainItem>, Failure> {
    let all = blocks(loaded);
    let of_model = |block: &&&TrainItem| model.is_none_or(|m| block.model.name == m);
    if let Some(wanted) = regime {
        let found = all.iter().filter(of_model).find(|b| name(b) == wanted);
        let names: Vec<&str> = all.iter().map(|b| name(b)).collect();
        return match (found, nearest(wanted, names.iter().copied())) {
            (Some(block), _) => Ok(Some(block)),
            (None, Some(near)) if near != wanted => {
                Err(Failure::message(format!("there is no regime `{wanted}`")).help(format!("is it `{near}`?")))
            }
            (None, _) => Err(Failure::message(format!("there is no regime `{wanted}`"))
                .help(format!("the specification has {}", listed(&names)))),
        };
    }
    let candidates: Vec<&&TrainItem> = all.iter().filter(of_model).collect();
    let unnamed: Vec<&&&TrainItem> = candidates.iter().filter(|b| b.name.is_none()).collect();
    match (candidates.as_slice(), unnamed.as_slice()) {
        ([], _) => Ok(None),
        ([one], _) => Ok(Some(one)),
        (_, [one]) => Ok(Some(one)),
        _ => {
            let names: Vec<&str> = candidates.iter().map(|b| name(b)).collect();
            Err(Failure::message("the specification has several regimes")
                .help(format!("choose one with `--regime`: there is {}", listed(&names))))
        }
    }
}

/// The block of a model that has none: all is left to the command line.
pub fn empty(model: &ModelItem) -> TrainItem {
    TrainItem {
        doc: Vec::new(),
        model: model.name.clone(),
        name: None,
        settings: Vec::new(),
        span: model.name.span,
    }
}

/// Reads a block and the command line's changes to it. None where diagnostics say why not, or where there are no data.
///
/// # Errors
/// A change that leads nowhere.
pub fn regime(
    block: &TrainItem,
    loaded: &Loaded,
    changes: &Changes,
    diagnostics: &mut Diagnostics,
) -> Result<Option<Chosen>, Failure> {
    let before = diagnostics.list.len();
    let mut settings = read::read(block, &loaded.files, diagnostics);
    change(&mut settings, changes)?;
    let chosen = checked(block, settings, None, diagnostics, before);
    Ok(chosen.map(|chosen| Chosen {
        data: chosen.data.filter(|_| changes.data.is_none()),
        ..chosen
    }))
}

fn change(settings: &mut read::Settings, changes: &Changes) -> Result<(), Failure> {
    let defaults = defaults();
    for (path, text) in &changes.set {
        set::set(settings, path, text, &defaults)?;
    }
    if let Some(path) = &changes.data {
        let path = std::path::absolute(path).map_err(|e| Failure::io("find", path, &e))?;
        let text = Value::from(path.display().to_string()).to_string();
        let source = settings
            .tree
            .get("data")
            .and_then(|d| d.as_object())
            .and_then(|d| d.keys().next().cloned());
        let source = source.unwrap_or_else(|| kind(&path).into());
        set::set(settings, &format!("data.{source}.path"), &text, &defaults)?;
    }
    Ok(())
}

/// The source that a file is for, by its name.
fn kind(path: &std::path::Path) -> &'static str {
    let name = path.to_string_lossy();
    match name.trim_end_matches(".gz").rsplit('.').next() {
        Some("csv" | "tsv") => "csv",
        Some("npz") => "npz",
        Some("jsonl") => "jsonl",
        _ => "chars",
    }
}

/// The tree of what holds where nothing is set.
fn defaults() -> Map<String, Value> {
    let tree = json!({ "data": { "chars": { "path": "" } } });
    let regime: Regime = match serde_json::from_value(tree) {
        Ok(regime) => regime,
        Err(e) => panic!("internal error: no default regime: {e}"),
    };
    match serde_json::to_value(regime) {
        Ok(Value::Object(mut map)) => {
            map.remove("data");
            map
        }
        _ => panic!("internal error: a regime is a map"),
    }
}
