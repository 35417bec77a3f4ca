use super::args::{Detail, Graph};
use super::shell::Shell;
use super::spec;
use crate::driver::{Failure, write};
use crate::picture::{self, Terminal};

pub fn run(args: &Graph, shell: &mut Shell) -> Result<(), Failure> {
    let loaded = spec::load(&args.spec, shell)?;
    let item = spec::model(&args.spec, &loaded, None)?;
    let known = spec::known_sizes(&args.spec, &loaded, item, shell);
    let system = spec::equations(&args.spec, &loaded, item, &known, shell)?;
    let detail = match args.detail {
        Detail::Modules => picture::Detail::Modules,
        Detail::Values => picture::Detail::Values,
        Detail::Ops => picture::Detail::Ops,
    };
    let graph = picture::folded(&system, detail);
    match &args.out {
        Some(path) => write::file(path, picture::svg(&graph, &picture::lay_out(&graph)).as_bytes()),
        None => {
            let terminal = Terminal {
                width: args
                    .width
                    .unwrap_or_else(|| usize::from(console::Term::stdout().size().1)),
                color: shell.colours_results(),
            };
            shell.print(&picture::text(&graph, &terminal));
            Ok(())
        }
    }
}
