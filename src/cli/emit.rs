use super::args::{Emit, Format, Stage};
use super::shell::Shell;
use super::spec;
use crate::backends::rust;
use crate::driver::{Failure, compile, costs, data, models, train, view, write, yaml};
use crate::schedule::Program;
use crate::system::{System, text};
use crate::{schedule, syntax};
use serde_json::Value;

pub fn run(args: &Emit, shell: &mut Shell) -> Result<(), Failure> {
    let printed = printed(args, shell)?;
    match &args.out {
        Some(path) => write::file(path, printed.as_bytes()),
        None => {
            shell.print(&printed);
            Ok(())
        }
    }
}

fn printed(args: &Emit, shell: &mut Shell) -> Result<String, Failure> {
    let loaded = spec::load(&args.spec, shell)?;
    if args.stage == Stage::Ast {
        only_text(args)?;
        return Ok(loaded.own_files().iter().map(syntax::dump).collect());
    }
    let chosen = spec::regime(&args.spec, &loaded, shell)?;
    if args.stage == Stage::Regime {
        let Some(chosen) = chosen else {
            return Err(Failure::message("the specification has no regime with data"));
        };
        let tree = serde_json::to_value(&chosen.regime);
        return Ok(tree.as_ref().map(yaml::write).unwrap_or_default());
    }
    let model = spec::model(&args.spec, &loaded, chosen.as_ref())?;
    let known = match &chosen {
        Some(chosen) if !models::free(model, &args.spec.define).is_empty() => {
            data::sizes(data::open(chosen, &loaded, &data::declared(model, &args.spec.define), None)?.as_ref())
        }
        _ => Vec::new(),
    };
    let model = spec::as_trained(model, chosen.as_ref())?;
    let system = spec::equations(&args.spec, &loaded, &model, &known, shell)?;
    match args.stage {
        Stage::Ast | Stage::Regime => Ok(String::new()),
        Stage::System => Ok(show_system(&system, args.format)),
        Stage::Adjoint => Ok(show_system(
            &compile::adjoint(compile::trainable(&system)?),
            args.format,
        )),
        Stage::Program if args.costs => show_costs(&system, args),
        Stage::Program if args.evaluation => Ok(show_program(&compile::evaluation(&system), args.format)),
        Stage::Program => Ok(show_program(
            &compile::training(compile::trainable(&system)?),
            args.format,
        )),
        Stage::Rust => {
            only_text(args)?;
            train::module(compile::trainable(&system)?, false)
        }
    }
}

fn show_costs(system: &System, args: &Emit) -> Result<String, Failure> {
    let costs = match args.evaluation {
        true => rust::costs_of_evaluation(compile::evaluation(system)),
        false => rust::costs_of_training(compile::training(compile::trainable(system)?)),
    };
    let costs = costs.map_err(|why| Failure::message(why.to_string()))?;
    Ok(match args.format {
        Format::Text => costs::text(&costs),
        Format::Yaml => serde_json::to_value(&costs)
            .as_ref()
            .map(yaml::write)
            .unwrap_or_default(),
    })
}

fn only_text(args: &Emit) -> Result<(), Failure> {
    match args.format {
        Format::Text => Ok(()),
        Format::Yaml => Err(Failure::message("this stage has a text form only")),
    }
}

fn show_system(system: &System, format: Format) -> String {
    match format {
        Format::Text => text::print(system),
        Format::Yaml => yaml::write(&view::system(system)),
    }
}

fn show_program(program: &Program, format: Format) -> String {
    let tree: fn(&Program) -> Value = view::program;
    match format {
        Format::Text => schedule::print(program),
        Format::Yaml => yaml::write(&tree(program)),
    }
}
