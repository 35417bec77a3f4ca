use super::args::{Cli, Completions};
use super::shell::Shell;
use crate::driver::Failure;
use clap::CommandFactory;

pub fn run(args: &Completions, shell: &mut Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "rnnc", &mut script);
    shell.print(&String::from_utf8_lossy(&script));
    Ok(())
}
