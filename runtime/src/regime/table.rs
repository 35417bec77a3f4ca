//! Tables: how their examples, their parts and their values are found.

use serde::{Deserialize, Deserializer, Serialize};

/// Files in which each input and target is found by its name. Which settings a kind of file has is said in the
/// reference of the language; others do nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub path: String,
    /// Other files for validation, and for the test at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// The share of the examples of `path` to train on, from the first on, and that for the test, from the last on; the
    /// rest is for validation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_split: Option<f64>,
    /// The seed of an order to split the examples in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shuffle: Option<u64>,
    /// The column that says which part an example belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Data under other names: `"x = a, b"`.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Data that are given as texts: of words between white space, and of characters.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub characters: Vec<String>,
    /// Data whose symbols become `<unk>` where they occur less than `min_count` times in the training part.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    #[serde(default = "two", skip_serializing_if = "is_two")]
    pub min_count: usize,
    /// Data whose whole numbers are symbols, and not classes.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub symbols: Vec<String>,
    /// Data of which the training part's mean is subtracted, and that are divided by its standard deviation.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub standardize: Vec<String>,
    /// Data that are given as the numbers of the bits that are on.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<String>,
    /// Sequences are cut into examples of so many steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<usize>,
    /// What is between columns: one character, `tab` or `space`. By default a comma, a tab where the name ends in `.tsv`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// The names of the columns, where no first line says them.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Whether double quotes have a meaning.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub quote: bool,
    /// The column that is the same for all rows of an example; without, empty lines are between examples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The array of where each example starts in arrays of the steps of all examples; or `"t = array"` for each axis.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub offsets: Vec<String>,
    /// The array of the lengths of examples that are padded to one; or `"t = array"` for each axis.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub lengths: Vec<String>,
}

fn two() -> usize {
    2
}
fn is_two(n: &usize) -> bool {
    *n == 2
}
fn yes() -> bool {
    true
}
fn is_yes(b: &bool) -> bool {
    *b
}

/// One text, or a list of them.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    OneOrMany::deserialize(deserializer).map(|texts| match texts {
        OneOrMany::One(text) => vec![text],
        OneOrMany::Many(texts) => texts,
    })
}

impl Table {
    pub(super) fn forget(&mut self, datum: &str) {
        let of = |text: &String| text.split('=').next().map(str::trim) == Some(datum);
        self.columns.retain(|column| !of(column));
        let lists = [
            &mut self.words,
            &mut self.characters,
            &mut self.unknown,
            &mut self.symbols,
            &mut self.standardize,
            &mut self.on,
        ];
        lists.into_iter().for_each(|list| list.retain(|name| name != datum));
    }

    pub fn new(path: impl Into<String>) -> Table {
        Table {
            path: path.into(),
            valid: None,
            test: None,
            split: None,
            test_split: None,
            shuffle: None,
            part: None,
            columns: Vec::new(),
            words: Vec::new(),
            characters: Vec::new(),
            unknown: Vec::new(),
            min_count: two(),
            symbols: Vec::new(),
            standardize: Vec::new(),
            on: Vec::new(),
            window: None,
            separator: None,
            names: Vec::new(),
            quote: yes(),
            group: None,
            offsets: Vec::new(),
            lengths: Vec::new(),
        }
    }

    pub(super) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let share = |s: f64| (0.0..=1.0).contains(&s);
        let both = self.split.unwrap_or(0.0) + self.test_split.unwrap_or(0.0);
        let demands = [
            (!self.path.is_empty(), "path", "no path is given"),
            (self.window != Some(0), "window", "a window holds at least one step"),
            (self.split.is_none_or(share), "split", "a share lies between 0 and 1"),
            (
                self.test_split.is_none_or(share),
                "test_split",
                "a share lies between 0 and 1",
            ),
            (
                both <= 1.0 + 1e-9,
                "test_split",
                "`split` and `test_split` are more than everything",
            ),
            (self.min_count > 0, "min_count", "must be at least 1"),
        ];
        let broken = demands.into_iter().filter(|(holds, ..)| !holds);
        broken.map(|(_, setting, why)| (setting, why)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_datum_is_forgotten() {
        let mut table = Table::new("data.jsonl");
        table.columns = vec!["x = a, b".into(), "y = c".into()];
        table.unknown = vec!["y".into(), "x".into()];
        table.forget("y");
        assert_eq!(
            (table.columns, table.unknown),
            (vec!["x = a, b".into()], vec!["x".into()])
        );
    }
}
