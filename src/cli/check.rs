use super::args::Check;
use super::shell::Shell;
use super::spec;
use crate::driver::load::Loaded;
use crate::driver::models::{self, Sizes};
use crate::driver::regime::{self, Changes};
use crate::driver::suggest::listed;
use crate::driver::{Failure, compile, data};
use crate::syntax::ast::ModelItem;
use crate::system::System;
use serde_json::json;

/// What stands in for a size that data bind, where the data are not there: checking needs some number.
const STAND_IN: f64 = 97.0;

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
    let known = known_sizes(args, loaded, item, shell);
    let system = spec::equations(&args.spec, loaded, item, &known, shell)?;
    summarise(&system, shell);
    Ok(())
}

/// What the data of the model's regime bind; where there are no data, stand-ins with a word about it.
fn known_sizes(args: &Check, loaded: &Loaded, item: &ModelItem, shell: &Shell) -> Sizes {
    let free = models::free(item, &args.spec.define);
    if free.is_empty() {
        return Sizes::new();
    }
    let Ok(Some(block)) = regime::choose(loaded, Some(&item.name.name), args.spec.regime.as_deref()) else {
        return Sizes::new();
    };
    let changes = Changes {
        set: args.spec.set.clone(),
        data: args.spec.data.clone(),
    };
    let stand_ins = || free.iter().map(|size| (size.name.clone(), STAND_IN)).collect();
    // What is wrong with the regime has been said.
    let Ok(Some(chosen)) = regime::regime(block, loaded, &changes, &mut Default::default()) else {
        return stand_ins();
    };
    match data::open(&chosen, loaded, None) {
        Ok(dataset) => data::sizes(dataset.as_ref()),
        Err(_) => {
            let names: Vec<&str> = free.iter().map(|size| size.name.as_str()).collect();
            let model = &item.name.name;
            shell.say(&format!("note: the data of `{model}` are not there; checked with {} = {STAND_IN}", listed(&names)));
            stand_ins()
        }
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
