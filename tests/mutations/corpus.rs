//! Every spec that the project has: the examples, the reference's, the manual's, those of the compiled tests, and every layer of the
//! standard library with a model that uses it.

#[path = "../compiled/cases.rs"]
mod cases;

use rnnc::driver::library;
use std::path::{Path, PathBuf};

/// Name and text.
pub fn corpus() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut out = Vec::new();
    for path in files(&root.join("examples"), "rnn") {
        out.push((name(&path), std::fs::read_to_string(&path).unwrap()));
    }
    for path in files(&root.join("docs"), "md")
        .into_iter()
        .chain(files(&root.join("docs/errors"), "md"))
    {
        let text = std::fs::read_to_string(&path).unwrap();
        for (i, block) in text.split("\n```rnn\n").skip(1).enumerate() {
            let block = block.split("\n```").next().unwrap();
            out.push((format!("{} {i}", name(&path)), block.to_string()));
        }
    }
    for (name, text) in cases::CASES {
        out.push((name.to_string(), format!("model {name}() {{ {text} }}")));
    }
    for item in library::items() {
        if let Some(model) = uses(&item.name, &item.signature) {
            out.push((item.name, format!("{}\n{model}", item.source)));
        }
    }
    out
}

/// A model that has a layer of one input between its input and its observation.
fn uses(name: &str, signature: &str) -> Option<String> {
    if signature.split(['(', ')']).nth(3)?.contains([',', ' ']) {
        return None;
    }
    let sizes = match signature.split(['(', ')']).nth(1)? {
        "n" => "(4)",
        "n, forget_bias = 1" => "(4)",
        "m" => "(lstm(4))",
        "k, m = none" => "(2, gru(2))",
        _ => return None,
    };
    let input = if name == "embed" { "index[4]" } else { "[4]" };
    (signature.starts_with("cell") || signature.starts_with("layer")).then(|| {
        format!("model use_{name} {{ input x: {input} over t; target y: [2] over t; h = x |> {name}{sizes}; y ~ normal(affine(h), 1); }}")
    })
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut paths: Vec<PathBuf> = entries
        .filter(|p| p.extension().is_some_and(|e| e == extension))
        .collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}
