//! The crate's documentation: in its root module, and as its readme.

use super::Export;
use super::interface::{Field, Interface};
use super::library::{described, doc};
use crate::system::Elem;
use proc_macro2::TokenStream;
use quote::quote;

/// `#![doc = ...]`, an example that is tested among them.
pub(super) fn crate_docs(interface: &Interface, export: &Export) -> TokenStream {
    let mut lines = vec![
        format!("The model `{}`, one step at a time.", export.system.name),
        String::new(),
    ];
    lines.extend(interface.doc.iter().cloned());
    lines.extend(promises().map(str::to_string));
    lines.push("```".into());
    lines.extend(usage(interface).lines().map(str::to_string));
    lines.push("```".into());
    let lines = lines
        .iter()
        .map(|l| if l.is_empty() { String::new() } else { format!(" {l}") });
    quote!(#(#![doc = #lines])*)
}

fn promises() -> [&'static str; 5] {
    [
        "",
        "No `std`, no allocation, no dependency, no unsafe code; nothing here panics. The weights are read in place, so",
        "they stay in flash or in the file. The same inputs give the same bits on every machine; built for processors with",
        "fused multiply-add (`-C target-cpu=native`, say), which under an operating system is used, the same on all of those.",
        "",
    ]
}

/// The way to run the model, as Rust code that compiles.
pub(super) fn usage(interface: &Interface) -> String {
    let (library, name) = (&interface.library, &interface.name);
    let start = arguments(&interface.start);
    let inputs = arguments(&interface.inputs);
    let read = interface
        .outputs
        .first()
        .map(|o| format!("output.{}", o.name))
        .unwrap_or_default();
    let mut text = format!("use {library}::{name};\n\nlet mut model = {name}::new({start});\n");
    if interface.targets.is_empty() {
        text += &format!("for _ in 0..10 {{\n    let output = model.step({inputs});\n    let _answer = &{read};\n}}\n");
    } else {
        let targets = arguments(&interface.targets);
        text += &format!(
            "for _ in 0..10 {{\n    let output = model.step({inputs}); // what is to be expected\n    \
             let _expected = &{read};\n    model.observe({targets}); // what it was\n}}\n"
        );
    }
    text + "model.reset(" + &start + ");"
}

fn arguments(fields: &[Field]) -> String {
    fields.iter().map(sample).collect::<Vec<_>>().join(", ")
}

/// A value for an argument, as Rust code.
pub(super) fn sample(field: &Field) -> String {
    let ty = &field.ty;
    match (ty.elem, ty.is_scalar()) {
        (Elem::Index(_), _) => "Some(0)".into(),
        (Elem::Real, true) => "0.5".into(),
        (Elem::Bit, true) => "true".into(),
        (Elem::Real, false) => format!("&[0.5; {}]", ty.size()),
        (Elem::Bit, false) => format!("&[true; {}]", ty.size()),
    }
}

/// `VOCAB` and its inverse.
pub(super) fn vocabulary(interface: &Interface) -> Option<TokenStream> {
    let vocabulary = interface.vocabulary.as_ref()?;
    let len = vocabulary.len();
    let docs = doc(&["The characters that the symbols stand for, in increasing order.".into()]);
    Some(quote! {
        #docs
        pub const VOCAB: [char; #len] = [#(#vocabulary),*];

        /// The symbol of a character, if it is in the vocabulary.
        pub fn char_to_index(c: char) -> Option<usize> {
            VOCAB.binary_search(&c).ok()
        }
    })
}

pub(super) fn readme(interface: &Interface, export: &Export, weights: usize) -> String {
    let real = export.precision.bytes();
    let mut text = format!("# {}\n\n", interface.package);
    if !interface.doc.is_empty() {
        text += &format!("{}\n\n", interface.doc.join("\n"));
    }
    text += &format!(
        "The model `{}` as a Rust crate that computes one step at a time. Written by rnnc {} from a spec and trained\nweights.\n{}\n",
        export.system.name,
        env!("CARGO_PKG_VERSION"),
        promises().join("\n")
    );
    text += &format!("## Use\n\n```rust\n{}\n```\n\n", usage(interface));
    if interface.free_running().is_some() {
        text +=
            "`cargo run --release --example generate -- 400 0.8 1` draws 400 steps at temperature 0.8 from seed 1.\n\n";
    }
    text += "`cargo run --release --example generate` shows it at work; `cargo test` repeats steps that the compiler's\ninterpreter recorded in double precision. ";
    text += "Built for the machine at hand (`RUSTFLAGS=\"-C target-cpu=native\"`) it is\nseveral times faster on processors with wide vectors.\n\n";
    text += "| function | argument | |\n|---|---|---|\n";
    for (function, fields) in [
        ("new, reset", &interface.start),
        ("step", &interface.inputs),
        ("observe", &interface.targets),
    ] {
        for f in fields {
            text += &format!("| `{function}` | `{}` | {} |\n", f.name, described(&f.path, &f.ty));
        }
    }
    for o in &interface.outputs {
        text += &format!("| `step` gives | `{}` | {} |\n", o.name, described(&o.path, &o.ty));
    }
    if !interface.targets.is_empty() {
        text +=
            "\n`step` says what is to be expected; `observe` says what it turned out to be: once after each step.\n";
    }
    text += &format!(
        "\n## Size\n\n| | bytes |\n|---|---|\n| weights, read only, `{}` | {weights} |\n| state | {} |\n| outputs | {} |\n\n",
        export.precision.name(),
        interface.state_bytes(real),
        interface.output_bytes(real)
    );
    if let Some(spec) = export.spec {
        text += &format!("## Spec\n\n````text\n{}\n````\n", spec.trim_end());
    }
    text
}
