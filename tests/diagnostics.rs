//! What users read: every `tests/diagnostics/CODE_what.rnn` is compiled, and what the program says must be the text
//! beside it, to the letter. `BLESS=1 cargo test --test diagnostics` writes the texts anew; read them aloud.
//!
//! The command is `rnnc check FILE`, unless the file's first line says another: `// rnnc train FILE`. `WEIGHTS` in it is
//! a file with untrained weights of the first model.

use rnn_runtime::weights::{self, Meta};
use rnnc::backends::spec::model_spec;
use rnnc::diagnostics::codes;
use rnnc::driver::{compile, load::load_text};
use rnnc::elaborate;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

/// The names of all cases, without `.rnn`.
fn cases() -> Vec<String> {
    let entries = fs::read_dir(root())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries
        .filter_map(|n| n.strip_suffix(".rnn").map(String::from))
        .collect();
    names.sort();
    names
}

/// What the program says of a case, and how it ends. It runs in a folder that holds what the cases name.
fn said(name: &str, folder: &Path) -> (String, i32) {
    let file = format!("{name}.rnn");
    let bytes = fs::read(root().join(&file)).unwrap();
    let first = String::from_utf8_lossy(&bytes).lines().next().unwrap_or("").to_string();
    let command = first.strip_prefix("// rnnc ").unwrap_or("check FILE");
    if command.contains("WEIGHTS") {
        write_weights(
            &String::from_utf8_lossy(&bytes),
            &folder.join(format!("{name}.safetensors")),
        );
    }
    let words = command
        .replace("FILE", &file)
        .replace("WEIGHTS", &format!("{name}.safetensors"));
    let output = Command::new(env!("CARGO_BIN_EXE_rnnc"))
        .args(words.split(' '))
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    (text, output.status.code().unwrap_or(-1))
}

fn write_weights(text: &str, path: &Path) {
    let loaded = load_text("case.rnn", text, Path::new(""));
    let (system, _) = compile::equations(&loaded, elaborate::models(loaded.unit())[0], &[]);
    let spec = model_spec(&compile::inference(&system.unwrap()));
    let numbers = spec.params.iter().map(|p| p.len()).sum();
    weights::save(
        path,
        &spec,
        &vec![0.1f64; numbers],
        &Meta::new(&spec, &Default::default()),
    )
    .unwrap();
}

#[test]
fn every_message_is_as_written() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("diagnostics");
    fs::create_dir_all(&folder).unwrap();
    for entry in fs::read_dir(root()).unwrap().map(|e| e.unwrap()) {
        fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
    let names = cases();
    let half = names.len().div_ceil(2);
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let parts = names.chunks(half).map(|part| scope.spawn(|| check(part, &folder)));
        let parts: Vec<_> = parts.collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(names: &[String], folder: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    for name in names {
        let (text, exit) = said(name, folder);
        let code = name.split('_').next().unwrap();
        let fails = !code.starts_with('W');
        if exit != i32::from(fails) {
            wrong.push(format!("{name}: ends with {exit}\n{text}"));
        }
        if codes::find(code).is_some() && !text.contains(&format!("[{code}]")) {
            wrong.push(format!("{name}: does not give {code}\n{text}"));
        }
        let path = root().join(format!("{name}.txt"));
        if std::env::var_os("BLESS").is_some() {
            fs::write(&path, &text).unwrap();
        } else if fs::read_to_string(&path).unwrap_or_default() != text {
            wrong.push(format!("{name}: other words than in {}:\n{text}", path.display()));
        }
    }
    wrong
}

#[test]
fn every_code_has_a_case() {
    let names = cases();
    for (code, title) in codes::ALL {
        // Were there a text that gives this one, the compiler would be mended.
        let internal = *code == codes::INTERNAL;
        let shown = names.iter().any(|n| n.starts_with(code.0));
        assert!(
            shown != internal,
            "{code}, {title}: a case is missing in tests/diagnostics"
        );
    }
    for name in fs::read_dir(root())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
    {
        if let Some(case) = name.strip_suffix(".txt").filter(|case| case.contains('_')) {
            assert!(names.iter().any(|n| n == case), "{name} belongs to no case");
        }
    }
}
