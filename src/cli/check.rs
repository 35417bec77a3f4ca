use super::args::Check;
use super::shell::Shell;
use super::spec;
use crate::driver::load::Loaded;
use crate::driver::models;
use crate::driver::regime::{self, Changes};
use crate::driver::{Failure, compile, explain};
use crate::syntax::ast::ModelItem;
use crate::system::System;
use serde_json::json;

pub fn run(args: &Check, shell: &mut Shell) -> Result<(), Failure> {
    let loaded = spec::load(&args.spec, shell)?;
    let models = match (&args.spec.model, &args.spec.regime) {
        (None, None) => models::all(&loaded),
        _ => vec![spec::model(
            &args.spec,
            &loaded,
            spec::regime(&args.spec, &loaded, shell)?.as_ref(),
        )?],
    };
    if models.is_empty() && loaded.own_files().iter().any(|f| !f.items.is_empty()) {
        shell.say("no errors in the text; there is no model to check");
        return Ok(());
    }
    if models.is_empty() {
        return Err(spec::model(&args.spec, &loaded, None)
            .err()
            .unwrap_or(Failure::Reported));
    }
    let mut failed = regimes(&loaded, shell)?;
    for item in &models {
        if let Err(failure) = model(args, &loaded, item, shell) {
            shell.fail(&failure);
            failed = true;
        }
    }
    match failed {
        true => Err(Failure::Reported),
        false => Ok(()),
    }
}

/// Checks every regime, whichever the command line means. True where one is wrong.
fn regimes(loaded: &Loaded, shell: &Shell) -> Result<bool, Failure> {
    let mut diagnostics = Default::default();
    for block in regime::blocks(loaded) {
        regime::regime(block, loaded, &Changes::default(), &mut diagnostics)?;
    }
    Ok(shell.report(&diagnostics).is_err())
}

fn model(args: &Check, loaded: &Loaded, item: &ModelItem, shell: &Shell) -> Result<(), Failure> {
    let known = spec::known_sizes(&args.spec, loaded, item, shell);
    let system = spec::equations(&args.spec, loaded, item, &known, shell)?;
    let mut forced = Vec::new();
    for block in regime::blocks(loaded)
        .into_iter()
        .filter(|b| b.model.name == item.name.name)
    {
        // What is wrong with a regime alone has been said.
        if let Some(chosen) = regime::regime(block, loaded, &Changes::default(), &mut Default::default())? {
            regime::stops(&chosen, &system)?;
            if !chosen.force.is_empty() {
                let system = spec::equations(&args.spec, loaded, &chosen.forced(item)?, &known, shell)?;
                forced.push((chosen.name, system));
            }
        }
    }
    summarise(&system, shell);
    if args.explain {
        explain(&system, None, shell);
        for (regime, system) in &forced {
            explain(system, Some(regime), shell);
        }
    }
    Ok(())
}

/// What a model is, or what it is as a regime trains it.
fn explain(system: &System, regime: Option<&str>, shell: &Shell) {
    let mut explanation = explain::explain(system);
    explanation.regime = regime.map(Into::into);
    match shell.json {
        true => shell.document(&json!({ "kind": "explanation", "model": system.name, "is": explanation })),
        false => shell.print(&explain::text(&explanation)),
    }
}

fn summarise(system: &System, shell: &Shell) {
    let primal = compile::inference(system);
    let weights: usize = primal
        .params
        .iter()
        .map(|(_, p)| p.shape.iter().product::<usize>())
        .sum();
    let trained: usize = primal
        .params
        .iter()
        .filter(|(_, p)| p.trained)
        .map(|(_, p)| p.shape.iter().product::<usize>())
        .sum();
    if shell.json {
        shell.document(&json!({
            "kind": "model", "name": system.name, "parameters": weights, "trained": trained,
            "operations": primal.nodes.len(),
        }));
    }
    let fixed = match weights - trained {
        0 => String::new(),
        n => format!(", {n} of them fixed"),
    };
    shell.say(&format!("{}: no errors; {weights} parameters{fixed}", system.name));
}
