use super::args::Explain;
use super::shell::Shell;
use crate::diagnostics::codes;
use crate::diagnostics::near::nearest;
use crate::driver::{Failure, manual};
use serde_json::json;

pub fn run(args: &Explain, shell: &mut Shell) -> Result<(), Failure> {
    let Some(page) = manual::page(&args.code) else {
        let known: Vec<&str> = codes::ALL.iter().map(|(c, _)| c.0).collect();
        let failure = Failure::message(format!("there is no diagnostic `{}`", args.code));
        return Err(match near(&args.code, &known) {
            Some(code) => failure.help(format!("is it `{code}`?")),
            None => failure.help(format!("codes run from {} to {}", known[0], known[known.len() - 1])),
        });
    };
    match shell.json {
        true => shell.document(&json!({ "kind": "explanation", "code": args.code.to_uppercase(), "page": page })),
        false => shell.print(&page),
    }
    Ok(())
}

/// Also `203` for `E0203`.
fn near<'a>(code: &str, known: &[&'a str]) -> Option<&'a str> {
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let same = known
        .iter()
        .find(|c| !digits.is_empty() && c[1..].trim_start_matches('0') == digits.trim_start_matches('0'));
    same.copied().or_else(|| nearest(code, known.iter().copied()))
}
