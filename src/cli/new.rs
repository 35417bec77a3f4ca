use super::args::New;
use super::next;
use super::shell::Shell;
use crate::driver::{Failure, starter, write};
use serde_json::json;
use std::fs;

pub fn run(args: &New, shell: &mut Shell) -> Result<(), Failure> {
    let folder = &args.name;
    let Some(name) = folder.file_name() else {
        return Err(Failure::message(format!("`{}` names no new folder", folder.display())));
    };
    let there = fs::read_dir(folder)
        .map(|mut entries| entries.next().is_some())
        .unwrap_or(folder.exists());
    if there {
        return Err(Failure::message(format!("`{}` is already there", folder.display())).help("choose another name"));
    }
    let model = starter::identifier(&name.to_string_lossy());
    for (file, text) in starter::files(&model) {
        write::file(&folder.join(file), text.as_bytes())?;
    }
    if shell.json {
        shell.document(&json!({ "kind": "new", "folder": folder, "spec": folder.join(format!("{model}.rnn")) }));
    }
    shell.say(&format!(
        "made {}: a specification, a text and a page on what to do\n\nnext\n    cd {}\n    rnnc train {model}.rnn",
        folder.display(),
        next::quoted(folder)
    ));
    Ok(())
}
