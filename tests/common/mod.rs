//! What several test files need: specs to systems.
#![allow(dead_code)]

use rnnc::diagnostics::{self, Diagnostics};
use rnnc::elaborate::{self, Unit};
use rnnc::source::Sources;
use rnnc::system::System;

/// Elaborates the first model of a text, with the standard library.
pub fn elaborate(text: &str, sizes: &[(&str, f64)]) -> (Option<System>, Diagnostics, Sources) {
    let mut sources = Sources::default();
    let mut out = Diagnostics::default();
    let mut ids = vec![sources.add("spec.rnn", text)];
    let std = concat!(env!("CARGO_MANIFEST_DIR"), "/std");
    let mut paths: Vec<_> = std::fs::read_dir(std).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        ids.push(sources.add(path.to_string_lossy(), std::fs::read_to_string(&path).unwrap()));
    }
    let files: Vec<_> = ids
        .iter()
        .map(|id| {
            let (file, found) = rnnc::syntax::parse(&sources, *id);
            out.extend(found);
            file
        })
        .collect();
    if out.has_errors() {
        return (None, out, sources);
    }
    let unit = Unit {
        files: &files,
        std_from: 1,
    };
    let model = elaborate::models(unit)[0];
    let sizes: Vec<(String, f64)> = sizes.iter().map(|(n, x)| (n.to_string(), *x)).collect();
    let (system, found) = elaborate::elaborate(unit, model, &sizes);
    out.extend(found);
    (system, out, sources)
}

/// The system of a text that is right.
pub fn system(text: &str, sizes: &[(&str, f64)]) -> System {
    let (system, out, sources) = elaborate(text, sizes);
    system.unwrap_or_else(|| panic!("{}", diagnostics::render(&out, &sources, false)))
}

/// The rendered diagnostics of a text.
pub fn messages(text: &str, sizes: &[(&str, f64)]) -> String {
    let (_, out, sources) = elaborate(text, sizes);
    diagnostics::render(&out, &sources, false)
}
