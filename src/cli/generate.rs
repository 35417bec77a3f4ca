use super::args::Generate;
use super::shell::Shell;
use crate::driver::Failure;
pub fn run(_: &Generate, _: &mut Shell) -> Result<(), Failure> {
    Err(Failure::message("not in this build"))
}
