//! Rust names out of the spec's own.

use std::collections::BTreeSet;

/// The names taken so far in one scope.
#[derive(Clone, Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// A scope in which some names mean something already.
    pub(super) fn reserving(names: &[&str]) -> Names {
        Names {
            taken: names.iter().map(|n| n.to_string()).collect(),
        }
    }

    /// A free name for a value or a field: `h.1.f` gives `h_1_f`.
    pub(super) fn value(&mut self, path: &str) -> String {
        self.free(snake(path))
    }

    /// A free name for a constant: `h.1.f.x.weight` gives `H_1_F_X_WEIGHT`.
    pub(super) fn constant(&mut self, path: &str) -> String {
        self.free(snake(path).to_uppercase())
    }

    fn free(&mut self, name: String) -> String {
        let mut candidate = name.clone();
        let mut n = 2;
        while !self.taken.insert(candidate.clone()) {
            candidate = format!("{name}_{n}");
            n += 1;
        }
        candidate
    }
}

/// A package's name out of a folder's: one that cargo takes.
pub(super) fn package(name: &str) -> String {
    let name = words(name).join("-").to_lowercase();
    let starts = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    let taken = [
        "test",
        "core",
        "std",
        "alloc",
        "build",
        "deps",
        "examples",
        "incremental",
    ]
    .contains(&name.as_str());
    match starts {
        true if !taken && (name.contains('-') || syn::parse_str::<syn::Ident>(&name).is_ok()) => name,
        true => format!("{name}-model"),
        false if name.is_empty() => "model".into(),
        false => format!("model-{name}"),
    }
}

/// `char_lm` gives `CharLm`.
pub(super) fn camel(name: &str) -> String {
    let parts = words(name).into_iter();
    let name: String = parts.map(|w| w[..1].to_uppercase() + &w[1..]).collect();
    let used = ["Output", "Self", "Option", "Into", "Default", "Some", "None"].contains(&name.as_str());
    match name.chars().next() {
        Some(c) if c.is_ascii_alphabetic() && !used => name,
        Some(c) if c.is_ascii_alphabetic() => format!("{name}Model"),
        _ => format!("Model{name}"),
    }
}

/// Lower case, words joined by `_`, never a keyword, never starting with a digit.
pub(super) fn snake(path: &str) -> String {
    let name = words(path).join("_").to_lowercase();
    let starts = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    match starts {
        true if syn::parse_str::<syn::Ident>(&name).is_ok() => name,
        true => format!("{name}_"),
        false => format!("v{name}"),
    }
}

fn words(path: &str) -> Vec<String> {
    let split = path.split(|c: char| !c.is_ascii_alphanumeric());
    split.filter(|w| !w.is_empty()).map(str::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_names() {
        assert_eq!(snake("h.1.f"), "h_1_f");
        assert_eq!(snake("text[t-1]"), "text_t_1");
        assert_eq!(snake("type"), "type_");
        assert_eq!(snake("2nd"), "v2nd");
        assert_eq!(camel("char_lm"), "CharLm");
        assert_eq!(camel("3d"), "Model3d");
        assert_eq!(camel("output"), "OutputModel");
        assert_eq!(package("My Model.v2"), "my-model-v2");
        assert_eq!(package("match"), "match-model");
        assert_eq!(package("2x"), "model-2x");
        assert_eq!(package("_"), "model");
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        let mut names = Names::reserving(&["i"]);
        assert_eq!(names.value("i"), "i_2");
        assert_eq!(names.value("h.c"), "h_c");
        assert_eq!(names.value("h_c"), "h_c_2");
    }
}
