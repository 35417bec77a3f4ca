use super::args::{Report, Spec};
use super::next::quoted;
use super::shell::Shell;
use super::spec;
use crate::backends::spec::model_spec;
use crate::driver::load::{self, Loaded};
use crate::driver::regime::Chosen;
use crate::driver::report::{Subject, report};
use crate::driver::runs::{Origin, Run};
use crate::driver::{Failure, compile, data, models, write};
use crate::source::FileId;
use crate::system::System;
use rnn_runtime::data::{Dataset, Declared};
use serde_json::json;
use std::path::Path;

pub fn run(args: &Report, shell: &mut Shell) -> Result<(), Failure> {
    let run = Run::open(&args.run)?;
    let origin = run.origin.clone().unwrap_or_default();
    let (loaded, notes) = load(args, &run, &origin, shell)?;
    let asked = asked(args, &origin);
    let trained_model = &run.trained.weights.meta.model;
    if !models::all(&loaded).iter().any(|m| m.name.name == *trained_model) {
        let file = &loaded.sources.file(FileId(0)).name;
        return Err(Failure::message(format!(
            "`{}` is a run of the model `{trained_model}`, and `{file}` has none of this name",
            args.run.display()
        ))
        .help("`--spec SPEC` names the specification that was trained"));
    }
    let asked = Spec {
        model: Some(trained_model.clone()),
        ..asked
    };
    let chosen = spec::regime(&asked, &loaded, shell)?.map(|chosen| as_it_ran(args, &run, chosen));
    let model = spec::model(&asked, &loaded, None)?;
    let sizes = models::bind(model, &[], &run.trained.sizes())?;
    let as_trained = spec::as_trained(model, chosen.as_ref())?;
    let system = spec::elaborate(&loaded, &as_trained, &sizes, shell)?;
    let params = run.trained.arena(&model_spec(&compile::inference(&system)))?;
    let data = match (open(&run, &loaded, chosen.as_ref(), &system), &args.data) {
        (Err(failure), Some(_)) => return Err(failure),
        (opened, _) => opened.map_err(|failure| failure.to_string()),
    };
    let made = report(&Subject {
        command: again(&origin, &run),
        run: &run,
        loaded: &loaded,
        chosen: chosen.as_ref(),
        system: &system,
        params: &params,
        data,
        notes,
    });
    let out = args.out.clone().unwrap_or_else(|| args.run.join("report.html"));
    write::file(&out, made.html.as_bytes())?;
    if shell.json {
        let missing: Vec<_> = made
            .missing
            .iter()
            .map(|(what, why)| json!({ "section": what, "why": why }))
            .collect();
        shell.document(&json!({ "kind": "report", "page": out, "sections": made.sections, "missing": missing }));
        return Ok(());
    }
    for (what, why) in &made.missing {
        shell.say(&format!("not shown: {what}: {why}"));
    }
    shell.print(&format!("{}\n", out.display()));
    Ok(())
}

/// The specification: the one that is named, else the file that the run began with, else the text that it was saved with. What
/// is to be said about that.
fn load(args: &Report, run: &Run, origin: &Origin, shell: &mut Shell) -> Result<(Loaded, Vec<String>), Failure> {
    let mut notes = Vec::new();
    let saved = run.trained.weights.meta.source.as_deref();
    let began = origin.spec.as_deref().filter(|path| path.is_file());
    let loaded = match (args.spec.as_deref().or(began), saved) {
        (Some(path), _) => load::load(path)?,
        (None, Some(text)) => {
            notes.push("the specification is the one that was saved with the weights: its file is not there".into());
            let folder = origin.spec.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
            load::load_text("<saved with the weights>", text, folder)
        }
        (None, None) => {
            return Err(
                Failure::message(format!("`{}` does not say what was trained", args.run.display()))
                    .help("`--spec SPEC` names the specification"),
            );
        }
    };
    shell.sources = loaded.sources.clone();
    shell.report(&loaded.diagnostics)?;
    let text = &loaded.sources.file(FileId(0)).text;
    if saved.is_some_and(|saved| **text != *saved) {
        let name = &loaded.sources.file(FileId(0)).name;
        notes.push(format!(
            "`{name}` has changed since; below stands the text that was trained"
        ));
    }
    Ok((loaded, notes))
}

/// What the run began with, as a command line.
fn asked(args: &Report, origin: &Origin) -> Spec {
    Spec {
        file: args.spec.clone().or(origin.spec.clone()).unwrap_or_default(),
        model: origin.model.clone(),
        define: origin.define.clone(),
        regime: origin.regime.clone(),
        data: args.data.clone().or(origin.data.clone()),
        set: origin.set.clone(),
    }
}

/// The settings that the run had, on the data that are named now.
fn as_it_ran(args: &Report, run: &Run, chosen: Chosen) -> Chosen {
    let mut regime = run.regime.clone();
    if args.data.is_some() {
        regime.data = chosen.regime.data.clone();
    }
    Chosen { regime, ..chosen }
}

fn open(run: &Run, loaded: &Loaded, chosen: Option<&Chosen>, system: &System) -> Result<Box<dyn Dataset>, Failure> {
    let chosen = chosen.ok_or_else(|| Failure::message("no regime names data"))?;
    let declared = Declared::of(&model_spec(system));
    let mut dataset = data::open(chosen, loaded, &declared, Some(&run.trained.weights.meta.encoding))?;
    dataset.bind(&model_spec(&compile::inference(system)))?;
    Ok(dataset)
}

/// The command that trains the same again.
fn again(origin: &Origin, run: &Run) -> String {
    let spec = origin.spec.as_deref().unwrap_or(Path::new("SPEC"));
    let mut words = vec!["rnnc train".to_string(), quoted(spec)];
    words.extend(origin.model.clone());
    words.extend(origin.define.iter().map(|(name, value)| format!("-D {name}={value}")));
    words.extend(origin.regime.iter().map(|name| format!("--regime {name}")));
    words.extend(origin.data.iter().map(|path| format!("--data {}", quoted(path))));
    let set = |(key, value): &(String, String)| format!("--set {}", quoted(Path::new(&format!("{key}={value}"))));
    words.extend(origin.set.iter().map(set));
    words.push(format!("--epochs {}", run.regime.epochs));
    words.join(" ")
}
