//! Every model of a specification as a Rust type: what the macro and build scripts have in common.

use super::decoder::Decoder;
use super::load::{Loaded, load, load_reached, load_text, load_text_reached};
use super::{Failure, compile, models, regime};
use crate::backends::rust::{Compiled, tokens};
use crate::backends::typed::{Code, Face, Field, Saying, Steps, Streamed};
use crate::diagnostics::Diagnostics;
use crate::syntax::ast::ModelItem;
use crate::system::System;
use std::path::Path;

/// One model.
pub struct Typed {
    pub face: Face,
    /// None where the model has errors.
    pub code: Option<Code>,
}

/// What models are made of, what is wrong with them, and what generated code does not have.
pub struct Made {
    pub loaded: Loaded,
    pub models: Vec<Typed>,
    pub diagnostics: Diagnostics,
    pub failures: Vec<Failure>,
}

/// Of a text that has no file; its `use` lines are relative to `folder`.
pub fn of_text(name: &str, text: &str, folder: &Path) -> Made {
    let reached = made(load_text_reached(name, text, folder));
    match reached.diagnostics.is_empty() {
        true => reached,
        false => made(load_text(name, text, folder)),
    }
}

/// Of a file.
///
/// # Errors
/// It cannot be read.
pub fn of_file(path: &Path) -> Result<Made, Failure> {
    let reached = made(load_reached(path)?);
    match reached.diagnostics.is_empty() {
        true => Ok(reached),
        false => Ok(made(load(path)?)),
    }
}

fn made(loaded: Loaded) -> Made {
    let (models, diagnostics, failures) = models(&loaded);
    Made {
        loaded,
        models,
        diagnostics,
        failures,
    }
}

/// Every model of the user's files, also those that have errors.
///
/// # Errors
/// What generated code does not have, after the diagnostics.
fn models(loaded: &Loaded) -> (Vec<Typed>, Diagnostics, Vec<Failure>) {
    let mut diagnostics = loaded.diagnostics.clone();
    let mut failures = Vec::new();
    let parsed = !diagnostics.has_errors();
    let made = models::all(loaded).into_iter().map(|item| {
        let mut typed = Typed {
            face: Face::written(item),
            code: None,
        };
        if parsed && let Err(failure) = complete(&mut typed, item, loaded, &mut diagnostics) {
            failures.push(failure);
        }
        typed
    });
    let made = made.collect();
    (made, diagnostics, failures)
}

fn complete(
    typed: &mut Typed,
    item: &ModelItem,
    loaded: &Loaded,
    diagnostics: &mut Diagnostics,
) -> Result<(), Failure> {
    let name = &item.name.name;
    let mut blocks = regime::blocks(loaded);
    blocks.retain(|b| b.model.name == *name);
    // The type starts from the one without a name.
    blocks.sort_by_key(|b| b.name.is_some());
    let chosen: Vec<_> = blocks
        .into_iter()
        .filter_map(|b| regime::written(b, loaded, diagnostics))
        .collect();
    let mut item = std::borrow::Cow::Borrowed(item);
    if let Some(first) = chosen.first() {
        match first.forced(&item) {
            Ok(forced) => item = std::borrow::Cow::Owned(forced),
            Err(wrong) => diagnostics.extend(wrong),
        }
    }
    let sizes = match models::bind(&item, &[], &Vec::new()) {
        Ok(sizes) => sizes,
        Err(Failure::Diagnostics(wrong)) => {
            diagnostics.extend(wrong);
            return Ok(());
        }
        Err(other) => return Err(other),
    };
    let (system, found) = compile::equations(loaded, &item, &sizes);
    diagnostics.extend(found);
    let Some(system) = system else { return Ok(()) };
    let system = compile::trainable(&system)?;
    for regime in &chosen {
        if let Err(Failure::Diagnostics(wrong)) = regime::stops(regime, system) {
            diagnostics.extend(wrong);
        }
    }
    typed.face.regimes = chosen.into_iter().map(|c| (c.name, c.regime)).collect();
    if diagnostics.has_errors() {
        return Ok(());
    }
    typed.face.complete(system);
    let compiled = Compiled {
        train: compile::training(system),
        evaluate: compile::evaluation(system),
    };
    let bounded = typed.face.regimes.iter().any(|(_, regime)| regime.memory.is_some());
    let model = tokens(&compiled, bounded).map_err(|e| Failure::message(e.to_string()))?;
    let (saying, streamed) = steps(&mut typed.face, system);
    typed.code = Some(Code {
        model,
        saying,
        streamed,
    });
    Ok(())
}

/// What the model does step by step: of what generated code does not have, its type has no methods.
fn steps(face: &mut Face, system: &System) -> (Option<Steps>, Option<Steps>) {
    let streamed = Decoder::online(system).and_then(generated);
    let saying = Decoder::new(system).and_then(|decoder| {
        // Of a model that reads nothing but its own past, both are the same.
        let alone = decoder.reads().is_none() && !decoder.plan.given;
        let says = says(face, &decoder);
        match &streamed {
            Ok((streamed, _)) if alone && streamed.plan == decoder.plan => Ok((says, None)),
            _ => Ok((says, Some(generated(decoder)?.1))),
        }
    });
    face.streamed = streamed.as_ref().ok().map(|(decoder, _)| streams(face, decoder));
    let why = streamed.as_ref().err().map(Failure::to_string);
    face.whole = why.map(|why| why.lines().next().unwrap_or_default().to_string());
    let (says, steps) = saying.ok().unzip();
    face.saying = says;
    (steps.flatten(), streamed.ok().map(|(_, steps)| steps))
}

fn generated(decoder: Decoder) -> Result<(Decoder, Steps), Failure> {
    let parts = decoder.tokens().map_err(|e| Failure::message(e.to_string()))?;
    let plan = &decoder.plan;
    let steps = Steps {
        axis: plan.axis,
        given: plan.given,
        draws: serde_json::to_string(&plan.draws).expect("internal error: draws are plain data"),
        parts,
    };
    Ok((decoder, steps))
}

fn says(face: &Face, decoder: &Decoder) -> Saying {
    let drawn = |f: &&Field| decoder.plan.draws.iter().any(|d| d.target == f.name);
    Saying {
        primed: decoder.reads().is_none() && decoder.plan.classes().is_some(),
        said: face.data.iter().filter(drawn).cloned().collect(),
    }
}

fn streams(face: &Face, decoder: &Decoder) -> Streamed {
    let plan = &decoder.plan;
    let axis = plan.axis.map_or("", |t| plan.model.axes[t].name.as_str());
    let read = |part: &str, name: &str| {
        let mut parts = decoder.parts().into_iter();
        let program = parts.find_map(|(p, program)| program.filter(|_| p == part));
        program.is_some_and(|p| p.system.data.iter().any(|(_, d)| d.name == name))
    };
    let drawn = |f: &Field| plan.draws.iter().any(|d| d.target == f.name);
    let over = |f: &Field| f.axes.iter().any(|a| a == axis);
    // A target that nothing predicts is read as an input is, if at all.
    let taken = |f: &Field| !f.target || !drawn(f) && ["start", "step", "absorb"].iter().any(|p| read(p, &f.name));
    let of = |keep: &dyn Fn(&Field) -> bool| {
        face.data
            .iter()
            .filter(|f| keep(f))
            .map(|f| f.at_a_step(axis))
            .collect()
    };
    Streamed {
        once: of(&|f| taken(f) && !over(f)),
        step: of(&|f| taken(f) && over(f)),
        observed: of(&|f| drawn(f) && read("absorb", &f.name)),
        outputs: face.outputs.iter().map(|f| f.at_a_step(axis)).collect(),
    }
}
