//! Lists known at compile time: `stack([256, 128], lstm)`, `stack([lstm(8), gru(4)])`.

use super::elaborator::Elaborator;
use super::scope::{Ct, Module, Val};
use crate::diagnostics::codes;
use crate::source::Span;
use crate::syntax::ast::Arg;

pub(crate) const NAMES: &[&str] = &["count", "nth"];

impl<'a> Elaborator<'a> {
    /// `count(k)`: a number itself, or how many entries a list has. `nth(i, k, m)`: the module at place `i`: the entry
    /// of a list of modules, `m` with the entry of a list of sizes as its size, or `m` itself where `k` is a number.
    pub(crate) fn of_list(&mut self, s: usize, name: &str, args: &'a [Arg], span: Span) -> Option<Val<'a>> {
        let mut cts = Vec::new();
        for a in args {
            cts.push(self.compile_time(s, &a.value)?);
        }
        match (name, &cts[..]) {
            ("count", [k @ Ct::Number(_)]) => Some(Val::Ct(k.clone())),
            ("count", [Ct::List(entries)]) => Some(Val::Ct(Ct::Number(entries.len() as f64))),
            ("nth", [Ct::Number(_), Ct::Number(_), m @ Ct::Module(_)]) => Some(Val::Ct(m.clone())),
            ("nth", [Ct::Number(i), Ct::List(entries), m]) => {
                let entry = (*i >= 1.0).then(|| entries.get(*i as usize - 1)).flatten().cloned();
                match (entry, m) {
                    (Some(Ct::Module(m)), _) => Some(Val::Ct(Ct::Module(m))),
                    (Some(size @ Ct::Number(_)), Ct::Layer(item)) => {
                        let sizes = self.bind_sizes(s, item, vec![(size, span)], vec![], span)?;
                        Some(Val::Ct(Ct::Module(Module::of(item, sizes))))
                    }
                    (Some(Ct::Number(_)), _) => {
                        let label = "as in `stack([256, 128], lstm)`";
                        let message = "a list of sizes goes with a layer whose size is not given";
                        self.error(codes::ARGUMENTS, message, span, label);
                        None
                    }
                    (Some(other), _) => {
                        let message = format!("{} in a list of sizes or modules", other.describe());
                        self.error(codes::ARGUMENTS, message, span, "neither a size nor a module");
                        None
                    }
                    (None, _) => {
                        let message = format!("no entry {i} in a list of {}", entries.len());
                        self.error(codes::COMPILE_TIME, message, span, "beyond the list");
                        None
                    }
                }
            }
            ("nth", [_, Ct::Number(_), m]) => {
                let message = format!("{} where a module is needed", m.describe());
                let label = "a number of copies goes with a module, as in `stack(2, lstm(64))`";
                self.error(codes::ARGUMENTS, message, span, label);
                None
            }
            _ => {
                let label = "a number, or a list of sizes or modules, is needed here";
                self.error(codes::ARGUMENTS, format!("`{name}` of something else"), span, label);
                None
            }
        }
    }
}
