//! The crate's files.

use super::golden::Golden;
use super::interface::Interface;
use super::library::Library;
use super::{Export, Precision};
use proc_macro2::TokenStream;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Stands in every crate written by this back end: a folder without it is never replaced.
pub const MARKER: &str = ".rnnc-standalone";

pub(super) fn files(
    export: &Export,
    interface: &Interface,
    library: Library,
    golden: Golden,
) -> BTreeMap<PathBuf, Vec<u8>> {
    let vector = include_str!("template/vector.rs");
    let vector = match export.precision {
        Precision::F32 => vector.to_string(),
        Precision::F64 => vector
            .replace("pub type Real = f32;", "pub type Real = f64;")
            .replace("math::single", "math::double"),
    };
    let readme = super::readme::readme(interface, export, library.weights.len());
    let example = super::example::example(interface);
    let texts = [
        ("Cargo.toml", manifest(export, interface)),
        ("README.md", readme),
        (".gitignore", "/target\n".into()),
        // The formatter of a workspace that the crate lies in leaves it as it is.
        ("rustfmt.toml", "disable_all_formatting = true\n".into()),
        (MARKER, format!("rnnc {}\n", env!("CARGO_PKG_VERSION"))),
        ("src/lib.rs", library.text),
        ("src/math.rs", rnn_runtime::math::SOURCE.to_string()),
        ("src/vector.rs", vector),
        ("examples/generate.rs", example),
        ("tests/golden.rs", golden.test),
    ];
    let mut files: BTreeMap<PathBuf, Vec<u8>> = texts
        .into_iter()
        .map(|(path, text)| (path.into(), text.into_bytes()))
        .collect();
    files.insert("weights.bin".into(), library.weights);
    files.insert("tests/golden.bin".into(), golden.numbers);
    files
}

fn manifest(export: &Export, interface: &Interface) -> String {
    format!(
        r#"# The code is generated; what it computes is yours. `src/math.rs` and `src/vector.rs` are under the MIT licence.
[package]
name = "{}"
version = "0.1.0"
edition = "2024"
rust-version = "1.88"
description = "The model `{}`, one step at a time; written by rnnc {}"
publish = false

# Stands alone, wherever it lies.
[workspace]

[profile.release]
opt-level = 3
codegen-units = 1
lto = true
"#,
        interface.package,
        export.system.name,
        env!("CARGO_PKG_VERSION"),
    )
}

/// Rust text, with empty lines between items, and lengths without their type.
pub(super) fn pretty(tokens: TokenStream) -> String {
    let file = syn::parse2(tokens).unwrap_or_else(|why| panic!("internal error: generated code: {why}"));
    let text = prettyplease::unparse(&file);
    let mut out = String::new();
    let mut before = "";
    for line in text.lines() {
        let head = |line: &str| line.starts_with("//!") || line.starts_with("#![");
        let starts = |line: &str| {
            let line = line.trim_start();
            ["///", "#[", "pub ", "fn ", "impl", "struct", "const ", "static "]
                .iter()
                .any(|s| line.starts_with(s))
        };
        let ended = before.trim() == "}" || (before.ends_with(';') && !before.starts_with(' '));
        if (ended && starts(line))
            || (head(before) && !head(line))
            || (before.starts_with("mod") && line.starts_with("use"))
        {
            out.push('\n');
        }
        out += line;
        out.push('\n');
        before = line;
    }
    without_suffixes(&out)
}

/// `12usize` becomes `12`: where a length or a place stands, it can be nothing else.
fn without_suffixes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("usize") {
        let (before, after) = rest.split_at(at);
        out += before;
        if !before.ends_with(|c: char| c.is_ascii_digit()) {
            out += "usize";
        }
        rest = &after["usize".len()..];
    }
    out + rest
}
