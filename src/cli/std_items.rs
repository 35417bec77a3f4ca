use super::args::Std;
use super::shell::Shell;
use crate::diagnostics::near::nearest;
use crate::driver::{Failure, library};
use serde_json::json;

pub fn run(args: &Std, shell: &mut Shell) -> Result<(), Failure> {
    let items = library::items();
    let Some(name) = &args.name else {
        match shell.json {
            true => items.iter().for_each(|i| {
                shell.document(&json!({
                    "kind": "item", "name": i.name, "file": i.file, "signature": i.signature, "doc": i.doc,
                }));
            }),
            false => shell.print(&list(&items)),
        }
        return Ok(());
    };
    let found: Vec<_> = items.iter().filter(|i| i.name == *name).collect();
    if found.is_empty() {
        let failure = Failure::message(format!("the standard library has no `{name}`"));
        return Err(match nearest(name, items.iter().map(|i| i.name.as_str())) {
            Some(near) => failure.help(format!("is it `{near}`?")),
            None => failure.help("`rnnc std` lists what it has"),
        });
    }
    for item in found {
        match shell.json {
            true => shell.document(&json!({ "kind": "item", "name": item.name, "source": item.source })),
            false => shell.print(&format!("{}\n", item.source)),
        }
    }
    Ok(())
}

/// One line an item, by file: its signature, and the first line of its docs.
fn list(items: &[library::Item]) -> String {
    let width = items
        .iter()
        .map(|i| i.signature.len())
        .filter(|w| *w <= 48)
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    let mut file = "";
    for item in items {
        if item.file != file {
            file = &item.file;
            out.push_str(&format!("{}{file}\n", if out.is_empty() { "" } else { "\n" }));
        }
        let line = format!(
            "  {:width$}  {}",
            item.signature,
            item.doc.first().map_or("", |d| d.trim())
        );
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
