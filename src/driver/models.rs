//! Which model is meant, and what binds its sizes.

use super::failure::Failure;
use super::load::Loaded;
use super::suggest::{listed, nearest};
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::elaborate;
use crate::syntax::ast::{Item, ModelItem};

/// Sizes by name, in a fixed order.
pub type Sizes = Vec<(String, f64)>;

/// The named model, or the only one.
///
/// # Errors
/// No such model; none at all; several and none named.
pub fn choose(loaded: &Loaded, wanted: Option<&str>) -> Result<String, Failure> {
    let names = all(loaded);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match (wanted, names.as_slice()) {
        (Some(wanted), names) if names.contains(&wanted) => Ok(wanted.to_string()),
        (Some(wanted), names) => {
            let unknown = Failure::message(format!("there is no model `{wanted}`"));
            Err(match nearest(wanted, names.iter().copied()) {
                Some(near) => unknown.help(format!("is it `{near}`?")),
                None => unknown.help(format!("the specification has {}", listed(names))),
            })
        }
        (None, [one]) => Ok((*one).to_string()),
        (None, []) => Err(Failure::message("the specification has no model")
            .help("a model is `model name(sizes) { ... }`; `rnnc new NAME` makes one to start from")),
        (None, names) => Err(Failure::message("the specification has several models")
            .help(format!("name one after the file: {}", listed(names)))),
    }
}

/// Every model of the user's files.
pub fn all(loaded: &Loaded) -> Vec<String> {
    elaborate::models(loaded.own_files())
}

/// The sizes that a model asks for without a default and that nothing defines yet.
pub fn free(loaded: &Loaded, model: &str, defined: &[(String, f64)]) -> Vec<String> {
    let mut free = elaborate::free_sizes(&loaded.files, model);
    free.retain(|name| !defined.iter().any(|(n, _)| n == name));
    free
}

/// All sizes to elaborate with: what the command line defines, then what is known otherwise (from data or weights).
///
/// # Errors
/// A definition of no size of the model; a size that nothing binds.
pub fn bind(loaded: &Loaded, model: &str, defined: &[(String, f64)], known: &Sizes) -> Result<Sizes, Failure> {
    let item = item(loaded, model);
    let params: Vec<&str> = item
        .iter()
        .flat_map(|m| &m.sizes)
        .map(|p| p.name.name.as_str())
        .collect();
    for (i, (name, _)) in defined.iter().enumerate() {
        if !params.contains(&name.as_str()) {
            let unknown = Failure::message(format!("`-D {name}`: the model `{model}` has no size `{name}`"));
            return Err(match nearest(name, params.iter().copied()) {
                Some(near) => unknown.help(format!("is it `{near}`?")),
                None if params.is_empty() => unknown.note("it has no sizes at all"),
                None => unknown.help(format!("it has {}", listed(&params))),
            });
        }
        if defined[..i].iter().any(|(n, _)| n == name) {
            return Err(Failure::message(format!("`-D {name}` is given twice")));
        }
    }
    let mut sizes = defined.to_vec();
    let mut unbound = Diagnostics::default();
    for name in free(loaded, model, defined) {
        match known.iter().find(|(n, _)| *n == name) {
            Some(found) => sizes.push(found.clone()),
            None => unbound.push(nothing_binds(item, &name)),
        }
    }
    match unbound.is_empty() {
        true => Ok(sizes),
        false => Err(unbound.into()),
    }
}

fn nothing_binds(item: Option<&ModelItem>, name: &str) -> Diagnostic {
    let unbound = Diagnostic::error(codes::UNBOUND_SIZE, format!("nothing binds the size `{name}`"));
    let param = item.and_then(|m| m.sizes.iter().find(|p| p.name.name == name));
    let unbound = match param {
        Some(param) => unbound.label(param.name.span, "has no default, and the data do not say"),
        None => unbound,
    };
    unbound
        .help(format!("bind it from outside: `-D {name}=64`"))
        .help(format!("or give it a default: `{name} = 64`"))
}

fn item<'a>(loaded: &'a Loaded, model: &str) -> Option<&'a ModelItem> {
    loaded
        .own_files()
        .iter()
        .flat_map(|f| &f.items)
        .find_map(|item| match item {
            Item::Model(m) if m.name.name == model => Some(m),
            Item::Model(_) | Item::Use(_) | Item::Const(_) | Item::Fn(_) | Item::Layer(_) | Item::Train(_) => None,
        })
}
