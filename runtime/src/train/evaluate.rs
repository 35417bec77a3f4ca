//! Evaluation without training.

use super::epoch;
use super::workers::{Workers, with_threads};
use crate::data::{Dataset, Part, Pass};
use crate::error::Error;
use crate::model::Model;
use crate::real::Real;
use crate::regime::Regime;

/// The metrics of a part of the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Under the names of [`crate::ModelSpec::metrics`], in their order.
    pub metrics: Vec<(String, f64)>,
    pub examples: usize,
    pub positions: usize,
}

impl Evaluation {
    /// For people a line a metric, else one JSON object. Of symbols, the loss is shown in bits as well.
    pub fn text(&self, symbols: bool, json: bool) -> String {
        let bits = |loss: f64| loss / std::f64::consts::LN_2;
        if json {
            let metrics: serde_json::Map<_, _> = self.metrics.iter().map(|(n, x)| (n.clone(), (*x).into())).collect();
            let mut value = serde_json::json!({"examples": self.examples, "positions": self.positions,
                "metrics": metrics});
            if symbols {
                value["bits"] = bits(self.metrics[0].1).into();
            }
            return value.to_string();
        }
        let mut lines = vec![format!("{} examples, {} positions", self.examples, self.positions)];
        lines.extend(self.metrics.iter().map(|(name, value)| format!("{name} {value:.6}")));
        if symbols {
            lines[1] += &format!(" ({:.4} bits a symbol)", bits(self.metrics[0].1));
        }
        lines.join("\n")
    }
}

/// Evaluates weights without training. `params` is the arena of `model`.
///
/// # Errors
/// Settings out of range, data that do not fit, no examples; [`Error::Memory`].
pub fn evaluate<R: Real, M: Model<R>>(
    model: &M,
    dataset: &mut dyn Dataset,
    part: Part,
    regime: &Regime,
    params: &[R],
) -> Result<Evaluation, Error> {
    regime.check()?;
    let spec = model.spec();
    dataset.bind(spec)?;
    let examples = dataset.examples(part);
    if examples == 0 {
        return Err(Error::Data("there are no examples to evaluate".into()));
    }
    let dataset: &dyn Dataset = dataset;
    let tally = with_threads(regime, || {
        let mut workers = Workers::new(model, regime.batch, regime.memory);
        let pass = Pass {
            part,
            seed: regime.seed,
            epoch: 0,
        };
        epoch::evaluate(&mut workers, spec, dataset, regime, pass, params)
    })??;
    Ok(Evaluation {
        metrics: spec.metric_names().into_iter().zip(tally.values(spec)).collect(),
        examples,
        positions: tally.positions,
    })
}
