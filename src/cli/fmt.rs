use super::args::Fmt;
use super::shell::Shell;
use crate::driver::{Failure, load, write};
use crate::{format, syntax};
use serde_json::json;
use similar::TextDiff;
use std::path::Path;

pub fn run(args: &Fmt, shell: &mut Shell) -> Result<(), Failure> {
    let mut failed = false;
    for path in &args.files {
        match one(path, args.check, shell) {
            Ok(as_it_should) => failed |= !as_it_should,
            Err(failure) => {
                shell.fail(&failure);
                failed = true;
            }
        }
    }
    match failed {
        true => Err(Failure::Reported),
        false => Ok(()),
    }
}

/// Formats one file, or checks that it is formatted; false where it is not.
fn one(path: &Path, check: bool, shell: &mut Shell) -> Result<bool, Failure> {
    let stdin = path == Path::new("-");
    let (name, bytes) = load::read(path)?;
    let text = syntax::decode(&name, bytes).map_err(|bad| Failure::Diagnostics(bad.into()))?;
    let file = shell.sources.add(&name, text.as_str());
    let formatted = format::format(&shell.sources, file)?;
    let changed = formatted != text;
    if shell.json {
        let mut document = json!({ "kind": "format", "file": name, "changed": changed });
        if stdin && !check {
            document["text"] = formatted.as_str().into();
        }
        shell.document(&document);
    }
    if check {
        if changed && !shell.json {
            let diff = TextDiff::from_lines(&text, &formatted);
            shell.print(&diff.unified_diff().header(&name, "formatted").to_string());
        }
        return Ok(!changed);
    }
    if stdin && !shell.json {
        shell.print(&formatted);
    } else if changed && !stdin {
        // A link goes on pointing to the file.
        let path = path.canonicalize().map_err(|e| Failure::io("find", path, &e))?;
        write::file(&path, formatted.as_bytes())?;
        shell.say(&format!("formatted {name}"));
    }
    Ok(true)
}
