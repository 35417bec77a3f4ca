//! Names for everything: paths with `_` for `.`, none twice, none that means something else.

use super::flat::{Flat, end};
use crate::syntax::is_keyword;
use crate::system::{AxisId, DataId, Id, Param, RootKind, Value};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(super) struct Names {
    pub axes: BTreeMap<AxisId, String>,
    pub data: BTreeMap<DataId, String>,
    pub params: BTreeMap<Id<Param>, String>,
    pub values: BTreeMap<Value, String>,
    /// Other names of variables, for the shifts where they begin otherwise.
    pub others: BTreeMap<Value, String>,
    taken: BTreeSet<String>,
}

/// Words that mean something where a value could stand.
const WORDS: [&str; 9] = ["end", "training", "over", "t", "none", "real", "index", "bit", "const"];

impl Names {
    pub(super) fn new(flat: &Flat) -> Names {
        let s = flat.system;
        let mut names = Names::default();
        names.taken.extend(WORDS.map(String::from));
        // What the outside knows comes first.
        for (id, data) in s.data.iter() {
            let name = names.own(&data.name);
            names.data.insert(id, name);
        }
        for (at, axis) in s.axes.iter().enumerate().skip(1) {
            let id = AxisId(at as u8);
            let name = match axis.name.as_str() {
                "t" if !names.axes.values().any(|n| n == "t") => "t".to_string(),
                other => names.own(other),
            };
            names.axes.insert(id, name);
        }
        for root in s.roots.iter().filter(|r| r.kind == RootKind::Output) {
            let v = end(s, root.value);
            match flat.is_equation(v) && !names.values.contains_key(&v) && !names.taken.contains(&root.name) {
                true => {
                    let name = names.own(&root.name);
                    names.values.insert(v, name);
                }
                false => {
                    names.taken.insert(root.name.clone());
                }
            }
        }
        for (id, param) in s.params.iter() {
            let name = names.own(&param.name);
            names.params.insert(id, name);
        }
        for v in &flat.equations {
            if !names.values.contains_key(v) {
                let name = flat.paths.get(v).copied().or(s.nodes[*v].origin.name.as_deref());
                let name = names.own(name.unwrap_or("value"));
                names.values.insert(*v, name);
            }
        }
        for (shift, x) in &flat.others {
            let name = names.own(&format!("{}_begun", names.values[x]));
            names.others.insert(*shift, name);
        }
        names
    }

    /// A name of nothing else yet.
    pub(super) fn own(&mut self, path: &str) -> String {
        let word: String = path
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        let start = word.chars().next().is_none_or(|c| c.is_ascii_digit());
        let word = if start { format!("v{word}") } else { word };
        let mut name = word.clone();
        let mut n = 1;
        while is_keyword(&name) || self.taken.contains(&name) {
            n += 1;
            name = format!("{word}_{n}");
        }
        self.taken.insert(name.clone());
        name
    }
}
