//! All that can be said of a specification without its data: what `rnnc check` says, and the lints.

use super::failure::Failure;
use super::load::Loaded;
use super::regime::{self, Changes};
use super::{compile, models};
use crate::diagnostics::Diagnostics;
use crate::lint::lint;
use crate::lint::names::{self, Names};
use crate::syntax::ast::ModelItem;
use crate::system::System;

pub struct Review {
    pub names: Names,
    /// The models without mistakes, with numbers for the sizes that only data bind.
    pub models: Vec<(System, models::Sizes)>,
    pub diagnostics: Diagnostics,
}

/// Primes, to be told from other sizes.
const STAND_INS: [f64; 8] = [97.0, 101.0, 103.0, 107.0, 109.0, 113.0, 127.0, 131.0];

pub fn review(loaded: &Loaded) -> Review {
    let mut review = Review {
        names: names::names(loaded.unit()),
        models: Vec::new(),
        diagnostics: loaded.diagnostics.clone(),
    };
    if review.diagnostics.has_errors() {
        return review;
    }
    let found = &mut review.diagnostics;
    let mut chosen = Vec::new();
    for block in regime::blocks(loaded) {
        match regime::regime(block, loaded, &Changes::default(), found) {
            Ok(regime) => chosen.extend(regime),
            Err(failure) => found.extend(said(failure)),
        }
    }
    for item in models::all(loaded) {
        let sizes = stand_ins(item);
        let (system, diagnostics) = compile::equations(loaded, item, &sizes);
        found.extend(diagnostics);
        let Some(system) = system else { continue };
        for regime in chosen.iter().filter(|c| c.model == item.name.name) {
            if let Err(failure) = regime::stops(regime, &system) {
                found.extend(said(failure));
            }
            if !regime.force.is_empty() {
                match regime.forced(item) {
                    Ok(forced) => found.extend(compile::equations(loaded, &forced, &sizes).1),
                    Err(diagnostics) => found.extend(diagnostics),
                }
            }
        }
        review.models.push((system, sizes));
    }
    if !found.has_errors() {
        lint(&loaded.sources, loaded.unit(), &review.names, found);
    }
    review
}

fn stand_ins(item: &ModelItem) -> models::Sizes {
    let free = models::free(item, &[]);
    let numbers = free.iter().zip(STAND_INS.iter().cycle());
    numbers.map(|(size, x)| (size.name.clone(), *x)).collect()
}

fn said(failure: Failure) -> Diagnostics {
    match failure {
        Failure::Diagnostics(found) => found,
        Failure::Message { .. } | Failure::Reported => Diagnostics::default(),
    }
}
