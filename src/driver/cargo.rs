//! Building a generated training program with the user's Rust toolchain.

use super::cache::Crate;
use super::failure::Failure;
use indicatif::{ProgressBar, ProgressStyle};
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::Duration;

/// Builds the crate and returns the path of its program. With `quiet` no progress is shown.
///
/// First without the network; with it only where a dependency has never been fetched.
pub fn build(made: &Crate, quiet: bool) -> Result<PathBuf, Failure> {
    let program = made
        .target
        .join("release")
        .join(format!("{}{}", made.package, std::env::consts::EXE_SUFFIX));
    let spinner = spinner(quiet);
    if !quiet && spinner.is_hidden() && !program.exists() {
        eprintln!("{}", words(made));
    }
    spinner.set_message(words(made));
    let mut output = run(made, true)?;
    if !output.status.success() && wants_network(&output) {
        output = run(made, false)?;
    }
    spinner.finish_and_clear();
    if output.status.success() {
        return Ok(program);
    }
    Err(why_not(made, &String::from_utf8_lossy(&output.stderr)))
}

/// What cargo says, in words for someone who did not call it.
fn why_not(made: &Crate, said: &str) -> Failure {
    let has = |words: &[&str]| words.iter().any(|w| said.contains(w));
    let failure = if has(&[
        "--offline",
        "offline mode",
        "failed to download",
        "Could not resolve host",
    ]) {
        Failure::message(format!("the {}'s dependencies cannot be fetched", made.what))
            .help("connect to the network once")
    } else if has(&["linker"]) && has(&["not found"]) {
        Failure::message("the Rust toolchain has no linker").help("install a C toolchain (`cc`)")
    } else if has(&["requires rustc", "edition2024"]) {
        let needed = env!("CARGO_PKG_RUST_VERSION");
        Failure::message(format!("the Rust toolchain is older than {needed}"))
            .help("`rustup update` brings a newer one")
    } else if has(&[&format!("could not compile `{}`", made.package)]) {
        return broken(made, said);
    } else {
        Failure::message(format!("`cargo` could not build the {}", made.what))
    };
    failure
        .note(last_lines(said, 6))
        .help("`--interpret` does without building")
}

/// A specification that passed every check gives Rust that compiles; otherwise the compiler is at fault.
fn broken(made: &Crate, said: &str) -> Failure {
    Failure::message(format!("internal error: the generated {} does not compile", made.what))
        .note(last_lines(said, 40))
        .note(format!("the program is in `{}`", made.folder.display()))
        .help("please report this with the specification and the text above")
        .help("`--interpret` does without generated code")
}

fn run(made: &Crate, offline: bool) -> Result<Output, Failure> {
    let mut command = Command::new(cargo());
    command.args(["build", "--release", "--color", "never", "--manifest-path"]);
    command
        .arg(made.folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&made.target);
    if offline {
        command.arg("--offline");
    }
    // Started by `cargo run` or `cargo test`, this program inherits settings that are meant for that build.
    for inherited in ["CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_BUILD_RUSTFLAGS"] {
        command.env_remove(inherited);
    }
    command.env("RUSTFLAGS", flags()).stdin(Stdio::null());
    command.output().map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => {
            Failure::message(format!("`cargo` was not found, and building a {} needs it", made.what))
                .help("install Rust from https://rustup.rs, or do without building: `--interpret`")
        }
        _ => Failure::message(format!("cannot run `cargo`: {e}")),
    })
}

/// How a built program ended. What it printed on its way is for the user.
pub fn outcome(status: ExitStatus, program: &Path) -> Result<(), Failure> {
    match status.code() {
        Some(0) => Ok(()),
        Some(1) => Err(Failure::Reported),
        None => Err(Failure::message("the program that was built was stopped by the system")
            .help("`rnnc train --resume` goes on from its last checkpoint")),
        _ => Err(Failure::message("internal error: the program that was built stopped")
            .note(format!("it is `{}`", program.display()))
            .help("please report this with the specification and the text above")),
    }
}

/// Whether there is a Rust toolchain.
pub fn available() -> bool {
    let mut command = Command::new(cargo());
    command
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|s| s.success())
}

fn cargo() -> OsString {
    std::env::var_os("RNNC_CARGO").unwrap_or_else(|| "cargo".into())
}

fn flags() -> String {
    let given = std::env::var("RUSTFLAGS").unwrap_or_default();
    if given.contains("target-cpu") {
        return given;
    }
    format!("{given} -C target-cpu=native").trim().to_string()
}

fn wants_network(output: &Output) -> bool {
    let said = String::from_utf8_lossy(&output.stderr);
    said.contains("--offline") || said.contains("offline mode") || said.contains("can't checkout from")
}

fn last_lines(text: &str, n: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(n)..].join("\n")
}

fn words(made: &Crate) -> String {
    let what = made.what;
    match made.target.join("release").exists() {
        true => format!("building the {what}"),
        false => format!("building the {what}; the first time this takes a minute or two"),
    }
}

fn spinner(quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_that_does_not_compile_is_our_fault() {
        let made = Crate {
            folder: "crates/train_m_1".into(),
            target: "target".into(),
            package: "train_m_1".into(),
            what: "training program",
        };
        let ours = "error[E0308]: mismatched types\nerror: could not compile `train_m_1` (bin) due to 1 previous error";
        let Failure::Message { text, notes, .. } = why_not(&made, ours) else {
            panic!("a message");
        };
        assert!(text.starts_with("internal error") && notes[0].contains("mismatched types"));
        let Failure::Message { text, .. } = why_not(&made, "error: could not compile `serde` (lib)") else {
            panic!("a message");
        };
        assert!(!text.starts_with("internal error"));
    }
}
