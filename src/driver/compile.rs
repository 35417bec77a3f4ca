//! The stages from a parsed specification to programs: one line a stage.

use super::failure::Failure;
use super::load::Loaded;
use crate::derive;
use crate::diagnostics::Diagnostics;
use crate::elaborate;
use crate::rewrite;
use crate::schedule::{self, Program};
use crate::syntax::ast::ModelItem;
use crate::system::{RootKind, System};

/// The equations of one model, its names, sizes and modules resolved. Warnings come with the system; where there are
/// errors there is none.
pub fn equations(loaded: &Loaded, model: &ModelItem, sizes: &[(String, f64)]) -> (Option<System>, Diagnostics) {
    let (system, diagnostics) = elaborate::elaborate(loaded.unit(), model, sizes);
    (system.filter(|_| !diagnostics.has_errors()), diagnostics)
}

/// What one step of training computes: the loss, its terms, and its derivative by every trained parameter.
pub fn training(system: &System) -> Program {
    schedule::schedule(adjoint(system))
}

/// The system, if it has a loss to differentiate.
///
/// # Errors
/// It has none.
pub fn trainable(system: &System) -> Result<&System, Failure> {
    match system.root(RootKind::Loss) {
        Some(_) => Ok(system),
        None => Err(Failure::message(format!("the model `{}` has no loss", system.name))
            .help("an observation, `y ~ categorical(...);`, or `loss ...;` gives it one")),
    }
}

/// The equations of the loss and of its derivative.
pub fn adjoint(system: &System) -> System {
    let system = primal(system);
    let system = derive::adjoint(&system);
    rewrite::simplify(system)
}

/// The equations of the loss as training sees them: what is differentiated.
pub fn primal(system: &System) -> System {
    let system = wanting(system, |kind| matches!(kind, RootKind::Loss | RootKind::Metric));
    shared(rewrite::freeze(system, true))
}

/// What evaluation computes: the loss and its terms without any draw of training, and every output.
pub fn evaluation(system: &System) -> Program {
    schedule::schedule(inference(system))
}

/// The equations of evaluation.
pub fn inference(system: &System) -> System {
    let system = wanting(system, |kind| {
        matches!(kind, RootKind::Loss | RootKind::Metric | RootKind::Output)
    });
    shared(rewrite::freeze(system, false))
}

/// The systems that draw the model's targets.
///
/// # Errors
/// `E0406` where they cannot be drawn step by step.
#[cfg(feature = "typed")]
pub fn decoding(system: &System) -> Result<rewrite::Decoding, Diagnostics> {
    // The loss keeps the observations alive.
    let system = wanting(system, |kind| matches!(kind, RootKind::Loss | RootKind::Output));
    rewrite::decode(&rewrite::simplify(rewrite::unreverse(rewrite::freeze(system, false))))
}

/// The systems of a model that gets its steps one by one: every output at each.
///
/// # Errors
/// `E0406` where a step needs those to come.
#[cfg(feature = "cli")]
pub fn streaming(system: &System) -> Result<rewrite::Streaming, Diagnostics> {
    // The loss keeps the observations alive.
    let system = wanting(system, |kind| matches!(kind, RootKind::Loss | RootKind::Output));
    rewrite::stream(&rewrite::simplify(rewrite::unreverse(rewrite::freeze(system, false))))
}

/// The systems of a model whose inputs come step by step, wired by name as those that draw are.
///
/// # Errors
/// `E0406` where a step needs those to come.
#[cfg(feature = "typed")]
pub fn online(system: &System) -> Result<rewrite::Decoding, Diagnostics> {
    let system = wanting(system, |kind| matches!(kind, RootKind::Loss | RootKind::Output));
    rewrite::online(&rewrite::simplify(rewrite::unreverse(rewrite::freeze(system, false))))
}

/// One of these systems as a program.
pub fn part(system: &System) -> Program {
    schedule::schedule(shared(system.clone()))
}

/// What every program goes through. Reversals go first, since the chains that they hide are one with those around them
/// afterwards; products merge once simplification has shown which of them share an operand.
fn shared(system: System) -> System {
    let system = rewrite::unreverse(system);
    let system = rewrite::simplify(system);
    let system = rewrite::merge(system);
    rewrite::simplify(system)
}

/// The part that some roots need. Rounds within the steps of a sequence are written out first, while all roots are there,
/// so that training and evaluation have the same axes.
fn wanting(system: &System, keep: impl Fn(RootKind) -> bool) -> System {
    let mut system = rewrite::unroll_within_sequences(system.clone());
    system.roots.retain(|root| keep(root.kind));
    system
}
