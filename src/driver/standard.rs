//! The standard library's sources, embedded. They are ordinary `.rnn` files that every specification may use.

#[cfg(feature = "typed")]
use std::collections::BTreeSet;

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

/// Of each file the items that these texts may reach by names, in the layout that [`crate::format`] gives: parsing all of them
/// is most of what a macro takes for a small model.
#[cfg(feature = "typed")]
pub fn reached(texts: &[&str]) -> Vec<(&'static str, String)> {
    let items: Vec<Vec<&str>> = FILES.iter().map(|(_, text)| items(text)).collect();
    let mut kept: Vec<Vec<bool>> = items.iter().map(|i| vec![false; i.len()]).collect();
    let mut names: BTreeSet<&str> = texts.iter().flat_map(|t| words(t)).collect();
    loop {
        let mut found = Vec::new();
        for ((items, kept), (file, _)) in items.iter().zip(&mut kept).zip(FILES) {
            for (item, kept) in items.iter().zip(kept).filter(|(_, kept)| !**kept) {
                let name = name(item);
                // `y ~ categorical(...)` calls `categorical_nll`.
                let observed = *file == "distributions.rnn" && names.contains(name.split('_').next().unwrap_or(name));
                if names.contains(name) || observed {
                    *kept = true;
                    found.push(*item);
                }
            }
        }
        if found.is_empty() {
            break;
        }
        names.extend(found.into_iter().flat_map(words));
    }
    let files = FILES.iter().zip(items.iter().zip(&kept));
    let text = |(items, kept): (&Vec<&'static str>, &Vec<bool>)| -> String {
        items
            .iter()
            .zip(kept)
            .filter(|(_, kept)| **kept)
            .map(|(item, _)| *item)
            .collect()
    };
    files.map(|((file, _), parts)| (*file, text(parts))).collect()
}

/// The text of each item, with the comment before it.
#[cfg(feature = "typed")]
fn items(text: &str) -> Vec<&str> {
    let mut starts = vec![0];
    let (mut at, mut commented) = (0, true);
    for line in text.split_inclusive('\n') {
        let comment = line.starts_with("//");
        let head = comment || KEYWORDS.iter().any(|k| line.starts_with(k));
        if head && !commented {
            starts.push(at);
        }
        commented = comment || line.trim().is_empty() && commented;
        at += line.len();
    }
    starts.push(text.len());
    starts.windows(2).map(|w| &text[w[0]..w[1]]).collect()
}

#[cfg(feature = "typed")]
const KEYWORDS: [&str; 4] = ["fn ", "layer ", "cell ", "const "];

#[cfg(feature = "typed")]
fn name(item: &str) -> &str {
    let head = item
        .lines()
        .find_map(|l| KEYWORDS.iter().find_map(|k| l.strip_prefix(k)));
    head.and_then(|rest| words(rest).next()).unwrap_or("")
}

#[cfg(feature = "typed")]
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|w| !w.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reached_is_enough() {
        let all: usize = FILES.iter().map(|(_, text)| items(text).len()).sum();
        let named = FILES
            .iter()
            .flat_map(|(_, text)| items(text))
            .filter(|i| !name(i).is_empty());
        assert!(named.count() >= all - FILES.len(), "an item without a name");
        let text: String = reached(&["y ~ categorical(affine(lstm(3)(x)));"])
            .into_iter()
            .map(|(_, t)| t)
            .collect();
        for there in ["cell lstm(", "layer affine(", "fn categorical_nll(", "fn log_sum_exp("] {
            assert!(text.contains(there), "{there}\n{text}");
        }
        assert!(!text.contains("cell gru("), "{text}");
        assert!(text.len() < 4000, "{}", text.len());
    }

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
