//! Which model is meant, and what binds its sizes.

use super::failure::Failure;
use super::load::Loaded;
use crate::diagnostics::near::{listed, nearest};
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::elaborate::{self, Unit};
use crate::syntax::ast::{Ident, ModelItem};

/// Sizes by name, in a fixed order.
pub type Sizes = Vec<(String, f64)>;

/// The named model, or the only one.
///
/// # Errors
/// No such model; none at all; several and none named.
pub fn choose<'a>(loaded: &'a Loaded, wanted: Option<&str>) -> Result<&'a ModelItem, Failure> {
    let models = all(loaded);
    let names: Vec<&str> = models.iter().map(|m| m.name.name.as_str()).collect();
    match (wanted, models.as_slice()) {
        (Some(wanted), _) => {
            if let Some(found) = models.iter().find(|m| m.name.name == wanted) {
                return Ok(found);
            }
            let unknown = Failure::message(format!("there is no model `{wanted}`"));
            Err(match nearest(wanted, names.iter().copied()) {
                Some(near) => unknown.help(format!("is it `{near}`?")),
                None if names.is_empty() => unknown.note("the specification has no model at all"),
                None => unknown.help(format!("the specification has {}", listed(&names))),
            })
        }
        (None, [one]) => Ok(one),
        (None, []) => Err(Failure::message("the specification has no model")
            .help("a model is `model name(sizes) { ... }`; `rnnc new NAME` makes one to start from")),
        (None, _) => Err(Failure::message("the specification has several models")
            .help(format!("name one after the file: {}", listed(&names)))),
    }
}

/// Every model of the user's files.
pub fn all(loaded: &Loaded) -> Vec<&ModelItem> {
    let own = Unit {
        files: loaded.own_files(),
        std_from: loaded.own,
    };
    elaborate::models(own)
}

/// The sizes that a model asks for without a default and that nothing defines yet.
pub fn free<'a>(model: &'a ModelItem, defined: &[(String, f64)]) -> Vec<&'a Ident> {
    let mut free = elaborate::free_sizes(model);
    free.retain(|size| !defined.iter().any(|(name, _)| *name == size.name));
    free
}

/// All sizes to elaborate with: what the command line defines, then what is known otherwise, from data or weights. Both
/// go before defaults.
///
/// # Errors
/// A definition of no size of the model; a size that nothing binds.
pub fn bind(model: &ModelItem, defined: &[(String, f64)], known: &Sizes) -> Result<Sizes, Failure> {
    let params: Vec<&str> = model.sizes.iter().map(|p| p.name.name.as_str()).collect();
    for (i, (name, _)) in defined.iter().enumerate() {
        if !params.contains(&name.as_str()) {
            let unknown = Failure::message(format!(
                "`-D {name}`: the model `{}` has no size `{name}`",
                model.name.name
            ));
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
    for size in model
        .sizes
        .iter()
        .filter(|s| !defined.iter().any(|(n, _)| *n == s.name.name))
    {
        match known.iter().find(|(n, _)| *n == size.name.name) {
            Some(found) => sizes.push(found.clone()),
            None if size.default.is_none() => unbound.push(nothing_binds(&size.name)),
            None => {}
        }
    }
    match unbound.is_empty() {
        true => Ok(sizes),
        false => Err(unbound.into()),
    }
}

fn nothing_binds(size: &Ident) -> Diagnostic {
    let name = &size.name;
    Diagnostic::error(codes::UNBOUND_SIZE, format!("nothing binds the size `{name}`"))
        .label(size.span, "has no default, and no data say what it is")
        .help(format!(
            "bind it from outside, for instance `-D {name}=64`, or give it a default: `{name} = 64`"
        ))
}
