//! Every model of a specification as a Rust type: what the macro and build scripts have in common.

use super::load::Loaded;
use super::{Failure, compile, models, regime};
use crate::backends::rust::{Compiled, tokens};
use crate::backends::typed::Face;
use crate::diagnostics::Diagnostics;
use crate::syntax::ast::ModelItem;
use proc_macro2::TokenStream;

/// One model.
pub struct Typed {
    pub face: Face,
    /// Its module; none where the model has errors.
    pub code: Option<TokenStream>,
}

/// Every model of the user's files, also those that have errors.
///
/// # Errors
/// What generated code does not have, after the diagnostics.
pub fn models(loaded: &Loaded) -> (Vec<Typed>, Diagnostics, Vec<Failure>) {
    let mut diagnostics = loaded.diagnostics.clone();
    let mut failures = Vec::new();
    let parsed = !diagnostics.has_errors();
    let made = models::all(loaded).into_iter().map(|item| {
        let mut typed = Typed {
            face: Face::written(item),
            code: None,
        };
        if parsed && let Err(failure) = complete(&mut typed, item, loaded, &mut diagnostics) {
            failures.push(failure);
        }
        typed
    });
    let made = made.collect();
    (made, diagnostics, failures)
}

fn complete(
    typed: &mut Typed,
    item: &ModelItem,
    loaded: &Loaded,
    diagnostics: &mut Diagnostics,
) -> Result<(), Failure> {
    let name = &item.name.name;
    let mut blocks = regime::blocks(loaded);
    blocks.retain(|b| b.model.name == *name);
    // The type starts from the one without a name.
    blocks.sort_by_key(|b| b.name.is_some());
    let chosen: Vec<_> = blocks
        .into_iter()
        .filter_map(|b| regime::written(b, loaded, diagnostics))
        .collect();
    let mut item = std::borrow::Cow::Borrowed(item);
    if let Some(first) = chosen.first() {
        match first.forced(&item) {
            Ok(forced) => item = std::borrow::Cow::Owned(forced),
            Err(wrong) => diagnostics.extend(wrong),
        }
    }
    typed.face.regimes = chosen.into_iter().map(|c| (c.name, c.regime)).collect();
    let sizes = match models::bind(&item, &[], &Vec::new()) {
        Ok(sizes) => sizes,
        Err(Failure::Diagnostics(wrong)) => {
            diagnostics.extend(wrong);
            return Ok(());
        }
        Err(other) => return Err(other),
    };
    let (system, found) = compile::equations(loaded, &item, &sizes);
    diagnostics.extend(found);
    let Some(system) = system else { return Ok(()) };
    let system = compile::trainable(&system)?;
    typed.face.complete(system);
    let compiled = Compiled {
        train: compile::training(system),
        evaluate: compile::evaluation(system),
    };
    let bounded = typed.face.regimes.iter().any(|(_, regime)| regime.memory.is_some());
    let code = tokens(&compiled, bounded).map_err(|e| Failure::message(e.to_string()))?;
    typed.code = Some(code);
    Ok(())
}
