//! `rnnc play`: on a terminal a screen that answers to keys, elsewhere a text for each key.

mod screen;
mod terminal;

use super::args;
use super::shell::Shell;
use super::spec;
use crate::driver::play::{Examples, Play, Settings, Watched, script, watch};
use crate::driver::trained::Trained;
use crate::driver::{Failure, data, models};
use crate::system::System;
use rnn_runtime::data::{Declared, Part, held_out};
use rnn_runtime::decode::Sampling;
use std::io::{IsTerminal, Read};

pub fn run(args: &args::Play, shell: &mut Shell) -> Result<(), Failure> {
    let loaded = spec::load(&args.spec, shell)?;
    let trained = Trained::open(&args.weights)?;
    let model = spec::trained_model(&args.spec, &loaded, &trained)?;
    let sizes = models::bind(model, &args.spec.define, &trained.sizes())?;
    let system = spec::elaborate(&loaded, model, &sizes, shell)?;
    let watched = watch(&system, &trained)?;
    let settings = Settings {
        sampling: Sampling {
            temperature: args.temperature,
            seed: args.seed,
            ..Sampling::default()
        },
        run: args.run as usize,
    };
    let mut play = match watched.symbol().cloned() {
        Some(target) => Play::typed(watched, target, settings),
        None => {
            let examples = examples(args, &loaded, &system, &watched, &trained, shell)?;
            Play::data(watched, examples, settings)?
        }
    };
    let live = args.script.is_none() && std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if live && !shell.json {
        return terminal::run(&mut play, shell.color());
    }
    let keys = match &args.script {
        Some(keys) => keys.clone(),
        None => read()?,
    };
    let keys = script(&keys).map_err(Failure::message)?;
    show(&play, shell);
    for key in keys {
        play.press(key);
        show(&play, shell);
    }
    Ok(())
}

fn show(play: &Play, shell: &Shell) {
    match shell.json {
        true => shell.document(&play.frame().json()),
        false => shell.print(&play.frame().plain()),
    }
}

fn read() -> Result<String, Failure> {
    let mut keys = String::new();
    let read = std::io::stdin().read_to_string(&mut keys);
    read.map_err(|e| Failure::message(format!("cannot read keys from the standard input: {e}")))?;
    Ok(keys)
}

fn examples(
    args: &args::Play,
    loaded: &crate::driver::load::Loaded,
    system: &System,
    watched: &Watched,
    trained: &Trained,
    shell: &Shell,
) -> Result<Examples, Failure> {
    let Some(chosen) = spec::regime_of(&args.spec, Some(&system.name), loaded, shell)? else {
        let text = format!(
            "`{}` is no text to type, and nothing says where its examples are",
            system.name
        );
        return Err(Failure::message(text).help("`--data FILE`, with a regime that says how to read it"));
    };
    let declared = Declared::of(watched.spec());
    let mut dataset = data::open(&chosen, loaded, &declared, Some(&trained.weights.meta.encoding))?;
    data::fit(dataset.as_mut(), &chosen, system)?;
    let all = args.spec.data.is_some().then_some(Part::Whole);
    let part = args.part.or(all).unwrap_or_else(|| held_out(dataset.as_ref()));
    Ok(Examples {
        dataset,
        part,
        seed: chosen.regime.seed,
        first: args.example as usize - 1,
    })
}
