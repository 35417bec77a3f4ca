//! The `rnnc` program. Exit codes: 0 done, 1 something the user can mend, 2 a command line that makes no sense, 70 an
//! internal error.

mod args;
mod build;
mod check;
mod completions;
mod doc;
mod emit;
mod eval;
mod expand;
mod explain;
mod fmt;
mod generate;
mod gradcheck;
mod graph;
mod lint;
mod new;
mod next;
mod panics;
mod play;
mod report;
mod shell;
mod spec;
mod std_items;
mod train;

use crate::driver::Failure;
use crate::lsp;
use args::{Cli, Command};
use clap::Parser;
use shell::Shell;
use std::process::ExitCode;

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    panics::guarded(move || {
        let mut shell = Shell::new(&cli.look);
        match run(&cli.command, &mut shell) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                shell.fail(&failure);
                ExitCode::FAILURE
            }
        }
    })
}

fn run(command: &Command, shell: &mut Shell) -> Result<(), Failure> {
    match command {
        Command::New(a) => new::run(a, shell),
        Command::Check(a) => check::run(a, shell),
        Command::Lint(a) => lint::run(a, shell),
        Command::Fmt(a) => fmt::run(a, shell),
        Command::Expand(a) => expand::run(a, shell),
        Command::Graph(a) => graph::run(a, shell),
        Command::Emit(a) => emit::run(a, shell),
        Command::Train(a) => train::run(a, shell),
        Command::Eval(a) => eval::run(a, shell),
        Command::Generate(a) => generate::run(a, shell),
        Command::Play(a) => play::run(a, shell),
        Command::Report(a) => report::run(a, shell),
        Command::Build(a) => build::run(a, shell),
        Command::Gradcheck(a) => gradcheck::run(a, shell),
        Command::Std(a) => std_items::run(a, shell),
        Command::Doc(a) => doc::run(a, shell),
        Command::Explain(a) => explain::run(a, shell),
        Command::Lsp => lsp::serve(),
        Command::Completions(a) => completions::run(a, shell),
    }
}
