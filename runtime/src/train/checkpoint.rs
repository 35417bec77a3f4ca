//! All that training needs to go on as if it had never stopped.

use super::Progress;
use super::record::Row;
use crate::data::Dataset;
use crate::error::Error;
use crate::model::ModelSpec;
use crate::optimiser::Optimiser;
use crate::optimiser::schedule::Watch;
use crate::real::Real;
use crate::regime::Regime;
use crate::weights::{self, Entry, Meta, Weights};
use std::path::Path;

/// Writes the file.
pub(super) fn save<R: Real>(
    path: &Path,
    spec: &ModelSpec,
    regime: &Regime,
    dataset: &dyn Dataset,
    progress: &Progress<R>,
) -> Result<(), Error> {
    let mut entries = Vec::new();
    for p in &spec.params {
        let range = p.offset..p.offset + p.len();
        let mut push = |kind: &str, values: &[R]| {
            entries.push(Entry::new(
                format!("{kind}.{}", p.name),
                &p.shape,
                &values[range.clone()],
            ))
        };
        push("param", &progress.params);
        push("best", &progress.best_params);
        for (name, values) in progress.optimiser.state() {
            push(&format!("optimizer.{name}"), values);
        }
    }
    let width = progress.rows.first().map_or(0, |r| r.numbers().len());
    let history: Vec<f64> = progress.rows.iter().flat_map(Row::numbers).collect();
    entries.push(Entry::new("history", &[progress.rows.len(), width], &history));
    let (watch, patience) = (&progress.watch, &progress.patience);
    let state = [
        watch.best,
        watch.stale as f64,
        watch.factor,
        patience.best,
        patience.stale as f64,
        progress.best,
    ];
    entries.push(Entry::new("state", &[state.len()], &state));
    let mut meta = Meta::new(spec, dataset.encoding());
    let json = |x: Result<String, serde_json::Error>| x.expect("internal error: plain data");
    meta.more.insert("regime".into(), json(serde_json::to_string(regime)));
    meta.more.insert("spec".into(), json(serde_json::to_string(spec)));
    meta.more.insert("data".into(), dataset.fingerprint().to_string());
    meta.more.insert("step".into(), progress.step.to_string());
    weights::write(path, &entries, &meta)
}

/// Reads the file, and refuses it where it is of another model, regime or text.
pub(super) fn load<R: Real>(
    path: &Path,
    spec: &ModelSpec,
    regime: &Regime,
    dataset: &dyn Dataset,
) -> Result<Progress<R>, Error> {
    let refuse = |why: String| Error::Checkpoint {
        path: path.to_owned(),
        why,
    };
    if !path.exists() {
        return Err(refuse("there is no checkpoint to go on from".into()));
    }
    let file = weights::load(path)?;
    restore(&file, spec, regime, dataset).map_err(|e| match e {
        Some(why) => refuse(format!("cannot go on from this checkpoint: {why}")),
        None => refuse("not a checkpoint of rnnc".into()),
    })
}

/// `Err(None)` where something is not there at all.
fn restore<R: Real>(
    file: &Weights,
    spec: &ModelSpec,
    regime: &Regime,
    dataset: &dyn Dataset,
) -> Result<Progress<R>, Option<String>> {
    let text = |name: &str| file.meta.more.get(name).map(String::as_str).ok_or(None);
    let saved: ModelSpec = serde_json::from_str(text("spec")?).map_err(|_| None)?;
    if saved.name != spec.name {
        return Err(Some(format!(
            "it is of the model `{}`, this is `{}`",
            saved.name, spec.name
        )));
    }
    if &saved != spec {
        return Err(Some(format!("the model `{}` has changed since", spec.name)));
    }
    let saved: Regime = serde_json::from_str(text("regime")?).map_err(|_| None)?;
    if let Some((name, was, is)) = difference(&saved, regime) {
        return Err(Some(format!("the setting `{name}` was {was} and is now {is}")));
    }
    if text("data")? != dataset.fingerprint().to_string() {
        return Err(Some("the data have changed since".into()));
    }
    let values = |name: &str| file.arrays.get(name).map(|a| a.values.as_slice()).ok_or(None);
    let fill = |name: &str, to: &mut [R]| -> Result<(), Option<String>> {
        let from = values(name)?;
        if from.len() != to.len() {
            return Err(None);
        }
        to.iter_mut().zip(from).for_each(|(to, &from)| *to = R::of(from));
        Ok(())
    };
    let step = text("step")?.parse().map_err(|_| None)?;
    let mut progress = Progress::new(spec, regime, vec![R::ZERO; spec.param_len()]);
    let mut optimiser = Optimiser::new(&regime.optimizer, spec);
    let read = |kind: &str, to: &mut [R]| {
        spec.params
            .iter()
            .try_for_each(|p| fill(&format!("{kind}.{}", p.name), &mut to[p.offset..p.offset + p.len()]))
    };
    read("param", &mut progress.params)?;
    read("best", &mut progress.best_params)?;
    let mut memories = Ok(());
    optimiser.restore(step, |memory, values| {
        let filled = read(&format!("optimizer.{memory}"), values);
        if memories.is_ok() {
            memories = filled;
        }
    });
    memories?;
    let history = file.arrays.get("history").ok_or(None)?;
    let [_, width] = history.shape[..] else {
        return Err(None);
    };
    let metrics = spec.metrics.len();
    if width != 0 && width != 3 + metrics && width != 3 + 2 * metrics {
        return Err(None);
    }
    let rows = history
        .values
        .chunks(width.max(1))
        .map(|r| Row::from_numbers(r, metrics));
    let [best, stale, factor, patience_best, patience_stale, chosen] = values("state")?[..] else {
        return Err(None);
    };
    let watch = |best, stale, factor| Watch {
        best,
        stale: stale as usize,
        factor,
    };
    Ok(Progress {
        optimiser,
        rows: rows.collect(),
        step,
        watch: watch(best, stale, factor),
        patience: watch(patience_best, patience_stale, 1.0),
        best: chosen,
        ..progress
    })
}

/// The first setting that changes what training computes, with its two values. More epochs, other threads and the like
/// may be asked for; where the data lie does not matter, as long as they are the same.
fn difference(saved: &Regime, now: &Regime) -> Option<(String, String, String)> {
    let comparable = |regime: &Regime| {
        let mut regime = Regime {
            epochs: 0,
            steps: None,
            threads: None,
            report: 0.0,
            stop: None,
            checkpoint: Default::default(),
            ..regime.clone()
        };
        regime.data.forget_paths();
        serde_json::to_value(regime).expect("internal error: a regime is plain data")
    };
    let (saved, now) = (comparable(saved), comparable(now));
    let keys = |v: &serde_json::Value| {
        v.as_object()
            .into_iter()
            .flatten()
            .map(|(k, _)| k.clone())
            .collect::<Vec<_>>()
    };
    let show = |v: Option<&serde_json::Value>| v.map_or("not set".to_owned(), ToString::to_string);
    let mut names = keys(&saved);
    names.extend(keys(&now));
    let differs = names.into_iter().find(|k| saved.get(k) != now.get(k))?;
    let (was, is) = (show(saved.get(&differs)), show(now.get(&differs)));
    Some((differs, was, is))
}
