//! The tutorial: its files are written, its commands run in order, and what they print is what it shows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The fenced blocks: what follows the fence, and the block.
fn blocks(tutorial: &str) -> Vec<(&str, &str)> {
    let mut parts = tutorial.split("\n```");
    parts.next();
    let (mut out, mut open) = (Vec::new(), true);
    for part in parts {
        if open {
            let (mark, body) = part.split_once('\n').unwrap_or((part, ""));
            out.push((mark, body));
        }
        open = !open;
    }
    out
}

/// Whether a text is as shown, where a line `...` stands for any lines and `...` within a line for anything.
fn as_shown(shown: &[&str], text: &[&str]) -> bool {
    match (shown, text) {
        ([], text) => text.is_empty(),
        (["...", shown @ ..], text) => (0..=text.len()).any(|skipped| as_shown(shown, &text[skipped..])),
        ([line, shown @ ..], [first, text @ ..]) => line_as_shown(line, first) && as_shown(shown, text),
        (_, []) => false,
    }
}

/// Whether a text is as shown, white space around it and at the ends of lines aside.
fn fits(shown: &str, text: &str) -> bool {
    let [shown, text] = [shown, text].map(|t| t.trim().lines().map(str::trim_end).collect::<Vec<_>>());
    as_shown(&shown, &text)
}

fn line_as_shown(shown: &str, line: &str) -> bool {
    let Some((before, shown)) = shown.split_once("...") else {
        return shown == line;
    };
    let after = |rest: &str| (0..=rest.len()).any(|at| rest.is_char_boundary(at) && line_as_shown(shown, &rest[at..]));
    line.strip_prefix(before).is_some_and(after)
}

#[test]
fn dots_stand_for_anything() {
    assert!(fits("a\nb", "a\nb\n") && !fits("a\nb", "a\nbc"));
    assert!(fits("a ... c", "a b b c") && !fits("a ... c", "a b b c d"));
    assert!(fits("...\nx 0.3...\n...", "x 0.35 z") && fits("...\nx", "y\nx") && !fits("...\nx", "y"));
}

/// Runs one line of a shell; output and errors together, as a terminal shows them.
fn run(line: &str, here: &Path, built: &Path, interpret: bool) -> (i32, String) {
    let (program, args) = line.split_once(' ').unwrap();
    let program = match program {
        "rnnc" => env!("CARGO_BIN_EXE_rnnc"),
        other => other,
    };
    let slow = ["train ", "eval ", "generate "];
    let more = match program != "cargo" && interpret && slow.iter().any(|c| args.starts_with(c)) {
        true => " --interpret",
        false => "",
    };
    let out = Command::new("sh")
        .args(["-c", &format!("exec '{program}' {args}{more} 2>&1")])
        .current_dir(here)
        .env_remove("RUSTFLAGS")
        .env("CARGO_TARGET_DIR", built)
        .env("RNNC_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
        .output()
        .unwrap();
    (out.status.code().unwrap_or(-1), String::from_utf8(out.stdout).unwrap())
}

fn follow(interpret: bool) {
    // Outside of this workspace, as a reader's folder is.
    let how = if interpret { "interpreted" } else { "compiled" };
    let folder = std::env::temp_dir().join(format!("rnnc-tutorial-{how}-{}", std::process::id()));
    let tutorial = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tutorial.md")).unwrap();
    fs::create_dir_all(&folder).unwrap();
    let (mut here, mut commands) = (folder.clone(), 0);
    for (mark, block) in blocks(&tutorial) {
        let block_with_end = format!("{block}\n");
        match mark.split_once(' ') {
            Some((_, place)) => match place.split_once('=').unwrap() {
                ("file", name) => {
                    let path: PathBuf = folder.join(name);
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(path, block_with_end).unwrap();
                }
                ("same", name) => {
                    let there = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
                    assert_eq!(fs::read_to_string(there).unwrap(), block_with_end, "{name}");
                }
                other => panic!("{other:?}"),
            },
            None if mark == "console" => {
                for command in block_with_end.split("$ ").skip(1) {
                    let (line, shown) = command.split_once('\n').unwrap();
                    if let Some(to) = line.strip_prefix("cd ") {
                        here = here.join(to);
                        continue;
                    }
                    let (code, said) = run(line, &here, &folder.join("built"), interpret);
                    let fails = shown.starts_with("error");
                    assert!(
                        fits(shown, &said) && (code != 0) == fails,
                        "$ {line}\n{said}\nends with {code}; the tutorial shows\n{shown}"
                    );
                    commands += 1;
                }
            }
            None => assert_eq!(mark, "sh", "a block that nothing runs"),
        }
    }
    assert!(commands >= 15, "only {commands} commands were found");
    fs::remove_dir_all(&folder).unwrap();
}

/// With the interpreter in place of built training programs, so that it takes seconds.
#[test]
fn the_tutorial_is_as_it_says() {
    follow(true);
}

/// `cargo test --test tutorial -- --ignored`
#[test]
#[ignore = "builds training programs"]
fn the_tutorial_is_as_it_says_word_for_word() {
    follow(false);
}
