//! What the types of models that go step by step are made of.

use crate::decode::show::symbols;
use crate::decode::{DistKind, Drawn, Machine, Parts, Plan, Search, Sequence, Start, search};
use crate::train::Output;
use crate::{Error, ModelSpec, Real};

/// A plan, of whose draws generated code holds the JSON.
pub fn plan(model: &ModelSpec, axis: Option<usize>, given: bool, draws: &str) -> Plan {
    Plan {
        model: model.clone(),
        axis,
        given,
        draws: serde_json::from_str(draws).unwrap_or_else(|e| panic!("internal error: draws that are none: {e}")),
    }
}

/// For each start so many sequences as the search asks for.
///
/// # Errors
/// A search that the model does not have.
pub fn say<R: Real>(
    plan: &Plan,
    parts: Parts<'_, R>,
    params: &[R],
    starts: &[Start],
    how: &Search,
) -> Result<Vec<Vec<Sequence>>, Error> {
    let classes = plan.classes().unwrap_or(usize::MAX);
    for step in starts.iter().flat_map(|s| &s.prime) {
        if let Some(class) = step.iter().flatten().find(|c| **c >= classes as f64) {
            let name = &plan.draws[0].target;
            return Err(Error::Data(format!(
                "`{name}` of `{}`: class {class}, and there are {classes}",
                plan.model.name
            )));
        }
    }
    search(&mut Machine::new(plan, parts, params), starts, how, &mut |_, _| {})
}

/// What a sequence says of a target: steps first, without the symbol that ends it.
pub fn said<R: Real>(plan: &Plan, target: &str, sequence: &Sequence) -> Option<Output<R>> {
    let k = plan.draws.iter().position(|d| d.target == target)?;
    let drawn: &Drawn = &plan.draws[k];
    let slot = plan.model.data.iter().find(|d| d.name == target)?;
    let values: Vec<R> = match drawn.classes {
        Some(_) => symbols(drawn, sequence, k)
            .into_iter()
            .map(|c| R::of(f64::from(c)))
            .collect(),
        None => sequence.steps.iter().flat_map(|s| &s[k]).map(|&x| R::of(x)).collect(),
    };
    let steps = match (drawn.classes, plan.axis) {
        (Some(_), _) if plan.axis.is_some() || drawn.dist == DistKind::Ctc => Some(values.len()),
        (_, None) => None,
        (_, Some(_)) => Some(sequence.steps.len()),
    };
    Some(Output {
        shape: steps.into_iter().chain(slot.shape.iter().copied()).collect(),
        values,
    })
}
