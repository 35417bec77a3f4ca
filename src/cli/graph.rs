use super::args::{Detail, Graph, View};
use super::shell::Shell;
use super::spec;
use crate::backends::rust;
use crate::driver::{Failure, compile, write};
use crate::picture::{self, Terminal};
use crate::system::{RootKind, System};

pub fn run(args: &Graph, shell: &mut Shell) -> Result<(), Failure> {
    let loaded = spec::load(&args.spec, shell)?;
    let item = spec::model(&args.spec, &loaded, None)?;
    let known = spec::known_sizes(&args.spec, &loaded, item, shell);
    // What a regime forces changes what has to run step by step.
    let chosen = match args.view {
        View::Schedule | View::Memory if !args.evaluation => spec::regime(&args.spec, &loaded, shell)?,
        View::Schedule | View::Memory | View::Folded | View::Unrolled => None,
    };
    let item = spec::as_trained(item, chosen.as_ref())?;
    let system = spec::equations(&args.spec, &loaded, &item, &known, shell)?;
    // What nothing trains is evaluated.
    let evaluation = args.evaluation || system.root(RootKind::Loss).is_none();
    let terminal = match &args.out {
        Some(path) if path.extension().is_some_and(|e| e == "svg") => None,
        Some(_) => Some(Terminal {
            width: args.width.unwrap_or(100),
            color: false,
        }),
        None => Some(Terminal {
            width: args
                .width
                .unwrap_or_else(|| usize::from(console::Term::stdout().size().1)),
            color: shell.colours_results(),
        }),
    };
    let drawn = draw(args, &system, evaluation, terminal.as_ref())?;
    match &args.out {
        Some(path) => write::file(path, drawn.as_bytes()),
        None => {
            shell.print(&drawn);
            Ok(())
        }
    }
}

/// As text for a terminal, else as SVG.
fn draw(args: &Graph, system: &System, evaluation: bool, terminal: Option<&Terminal>) -> Result<String, Failure> {
    let name = &system.name;
    let of = if evaluation { "evaluation" } else { "a step of training" };
    match args.view {
        View::Folded => {
            let graph = picture::folded(system, detail(args.detail, Detail::Values));
            Ok(match terminal {
                Some(terminal) => picture::text(&graph, terminal),
                None => picture::svg(&graph, &picture::lay_out(&graph)),
            })
        }
        View::Unrolled => {
            let graph = picture::folded(system, detail(args.detail, Detail::Modules));
            let grid = picture::unrolled(&graph, args.steps as usize);
            Ok(match terminal {
                Some(terminal) => picture::grid_text(&grid, terminal),
                None => picture::grid_svg(&grid),
            })
        }
        View::Schedule => {
            let program = match evaluation {
                true => compile::evaluation(system),
                false => compile::training(system),
            };
            let cards = picture::cards(&program, &picture::names(system));
            Ok(match terminal {
                Some(terminal) => picture::cards_text(&cards, terminal),
                None => picture::cards_svg(&format!("{name}: the schedule of {of}"), &cards),
            })
        }
        View::Memory => {
            let costs = match evaluation {
                true => rust::costs_of_evaluation(compile::evaluation(system)),
                false => rust::costs_of_training(compile::training(system)),
            };
            let chart = picture::chart(&costs.map_err(|why| Failure::message(why.to_string()))?);
            Ok(match terminal {
                Some(terminal) => picture::chart_text(&chart, terminal),
                None => picture::chart_svg(&format!("{name}: the memory of {of}"), &chart),
            })
        }
    }
}

fn detail(wanted: Option<Detail>, usual: Detail) -> picture::Detail {
    match wanted.unwrap_or(usual) {
        Detail::Modules => picture::Detail::Modules,
        Detail::Values => picture::Detail::Values,
        Detail::Ops => picture::Detail::Ops,
    }
}
