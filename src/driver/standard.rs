//! The standard library's sources, embedded. They are ordinary `.rnn` files that every specification may use.

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../std/", $name)))),*]
    };
}

/// Name and text of every file in `std/`, sorted by name.
pub const FILES: &[(&str, &str)] = embedded![
    "attention.rnn",
    "cells.rnn",
    "distributions.rnn",
    "functions.rnn",
    "gated.rnn",
    "layers.rnn",
    "metrics.rnn",
    "modules.rnn",
    "simple.rnn",
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_file_is_embedded() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/std");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        there.sort();
        let listed: Vec<&str> = super::FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, there, "list every file of std in FILES");
    }
}
