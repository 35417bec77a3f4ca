//! The floors of the compiler: a module imports only what is below it. Read from the sources' `crate::` paths.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Low to high.
const FLOORS: &[&str] = &[
    "source",
    "diagnostics",
    "syntax",
    "format",
    "typeset",
    "system",
    "rewrite",
    "elaborate",
    "lint",
    "derive",
    "schedule",
    "backends",
    "picture",
    "driver",
    "build",
    "lsp",
    "cli",
];

#[test]
fn modules_import_only_what_is_below_them() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for file in rust_files(&src) {
        let inside = file.strip_prefix(&src).unwrap().components().next().unwrap();
        let module = inside.as_os_str().to_str().unwrap().trim_end_matches(".rs");
        if module == "lib" || module == "main" {
            continue;
        }
        let Some(floor) = FLOORS.iter().position(|f| *f == module) else {
            wrong.push(format!("{}: `{module}` stands on no floor", file.display()));
            continue;
        };
        for imported in imports(&fs::read_to_string(&file).unwrap()) {
            match FLOORS.iter().position(|f| *f == imported) {
                Some(i) if i <= floor => {}
                Some(_) => wrong.push(format!("{}: `{module}` imports `{imported}`", file.display())),
                None => wrong.push(format!("{}: imports `{imported}`, which is no floor", file.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn imports_are_found() {
    let text = "use crate::source::Span;\nuse crate::{\n    syntax::{ast, parse},\n    system,\n};\nlet x = crate::cli::f();\n\
                // crate::comment\n#[cfg(test)]\nuse crate::driver;";
    let found: Vec<String> = imports(text).into_iter().collect();
    assert_eq!(found, ["cli", "source", "syntax", "system"]);
}

/// The top-level modules that a file's code names, tests left out: those may look upwards.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let lines = code.lines().filter(|l| !l.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n");
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(heads_of_group(group)),
            None => found.insert_word(rest),
        }
    }
    found
}

/// The macros' users compile the compiler without the runtime.
#[test]
fn what_macros_need_does_not_name_the_runtime() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let core = [
        "source",
        "diagnostics",
        "syntax",
        "system",
        "rewrite",
        "elaborate",
        "derive",
        "schedule",
        "backends/rust",
    ];
    // Behind the feature `typed`.
    let gated = ["rewrite/stream", "rewrite/decode"].map(|part| src.join(part));
    for file in core.iter().flat_map(|folder| rust_files(&src.join(folder))) {
        if !gated
            .iter()
            .any(|part| file.starts_with(part) || file == part.with_extension("rs"))
        {
            let text = fs::read_to_string(&file).unwrap();
            let named = text
                .lines()
                .any(|line| line.starts_with("use rnn_runtime") || line.starts_with("pub use rnn_runtime"));
            assert!(
                !named,
                "{} needs the runtime, which is there with the feature `typed` only",
                file.display()
            );
        }
    }
}

/// The first names in `a::b, c::{d, e}, f}...`.
fn heads_of_group(group: &str) -> BTreeSet<String> {
    let (mut heads, mut depth, mut at_head) = (BTreeSet::new(), 0, true);
    for (i, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_head = true,
            c if at_head && c.is_alphabetic() => {
                heads.insert_word(&group[i..]);
                at_head = false;
            }
            _ => {}
        }
    }
    heads
}

trait InsertWord {
    fn insert_word(&mut self, text: &str);
}

impl InsertWord for BTreeSet<String> {
    fn insert_word(&mut self, text: &str) {
        let word: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if word.chars().next().is_some_and(char::is_lowercase) {
            self.insert(word);
        }
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") && path.file_name().unwrap() != "tests.rs" {
            files.push(path);
        }
    }
    files.sort();
    files
}
