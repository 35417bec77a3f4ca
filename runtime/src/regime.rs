//! How to train: the settings of a `train` block, as data.
//!
//! Serialised as JSON, an option with arguments is a map of one entry: `"optimizer": {"adam": {"lr": 0.001}}`,
//! `"clip": {"norm": 1.0}`, `"data": {"chars": {"path": "input.txt", "window": 128}}`. YAML of the same look is JSON's
//! data model written as YAML: go through `serde_json::Value`, since YAML libraries write enums as tags.

use crate::error::Error;
use serde::{Deserialize, Serialize};

mod source;
mod table;

pub use source::{Source, Text};
pub use table::Table;

/// A training regime. Only `data` has no default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regime {
    pub data: Source,
    #[serde(default)]
    pub optimizer: Optimizer,
    #[serde(default)]
    pub schedule: Schedule,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<Clip>,
    /// Examples a step.
    #[serde(default = "batch")]
    pub batch: usize,
    #[serde(default = "epochs")]
    pub epochs: usize,
    /// Stop after so many steps, even within an epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
    #[serde(default = "seed")]
    pub seed: u64,
    #[serde(default)]
    pub precision: Precision,
    /// None for as many as the machine has cores. Results do not depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// The bytes that the values of a step may take, those of all its shards together. Parameters, gradients and data do not
    /// count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    #[serde(default)]
    pub checkpoint: Checkpoint,
    /// Seconds between lines of progress where there is no terminal to draw a bar on.
    #[serde(default = "report")]
    pub report: f64,
}

fn batch() -> usize {
    32
}
fn epochs() -> usize {
    10
}
fn seed() -> u64 {
    1
}
fn report() -> f64 {
    10.0
}

/// The update rule; the formulas are in [`crate::optimiser`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Optimizer {
    Sgd(Sgd),
    Momentum(Momentum),
    Nesterov(Momentum),
    Rmsprop(Rmsprop),
    Adagrad(Adagrad),
    Adam(Adam),
    Adamw(Adamw),
}

impl Default for Optimizer {
    fn default() -> Optimizer {
        Optimizer::Adam(Adam::default())
    }
}

impl Optimizer {
    /// The name in a spec.
    pub fn name(&self) -> &'static str {
        match self {
            Optimizer::Sgd(_) => "sgd",
            Optimizer::Momentum(_) => "momentum",
            Optimizer::Nesterov(_) => "nesterov",
            Optimizer::Rmsprop(_) => "rmsprop",
            Optimizer::Adagrad(_) => "adagrad",
            Optimizer::Adam(_) => "adam",
            Optimizer::Adamw(_) => "adamw",
        }
    }

    pub fn lr(&self) -> f64 {
        match self {
            Optimizer::Sgd(s) => s.lr,
            Optimizer::Momentum(s) | Optimizer::Nesterov(s) => s.lr,
            Optimizer::Rmsprop(s) => s.lr,
            Optimizer::Adagrad(s) => s.lr,
            Optimizer::Adam(s) => s.lr,
            Optimizer::Adamw(s) => s.lr,
        }
    }

    /// Every number with its name, and the values it may have.
    fn settings(&self) -> Vec<(&'static str, f64, Bound)> {
        use Bound::{BelowOne, NotNegative};
        let lr = ("lr", self.lr(), NotNegative);
        match self {
            Optimizer::Sgd(_) => vec![lr],
            Optimizer::Momentum(s) | Optimizer::Nesterov(s) => vec![lr, ("momentum", s.momentum, BelowOne)],
            Optimizer::Rmsprop(s) => vec![lr, ("decay", s.decay, BelowOne), ("eps", s.eps, NotNegative)],
            Optimizer::Adagrad(s) => vec![lr, ("eps", s.eps, NotNegative)],
            Optimizer::Adam(s) => vec![
                lr,
                ("beta1", s.beta1, BelowOne),
                ("beta2", s.beta2, BelowOne),
                ("eps", s.eps, NotNegative),
            ],
            Optimizer::Adamw(s) => vec![
                lr,
                ("beta1", s.beta1, BelowOne),
                ("beta2", s.beta2, BelowOne),
                ("eps", s.eps, NotNegative),
                ("decay", s.decay, NotNegative),
            ],
        }
    }
}

/// A struct of numbers with defaults.
macro_rules! settings {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> $name {
                $name { $($field: $default,)* }
            }
        }
    };
}

settings!(Sgd { lr: f64 = 0.1 });

settings!(Momentum {
    lr: f64 = 0.1,
    momentum: f64 = 0.9,
});

settings!(Rmsprop {
    lr: f64 = 1e-3,
    /// Of the mean square of the gradient, a step.
    decay: f64 = 0.9,
    eps: f64 = 1e-8,
});

settings!(Adagrad {
    lr: f64 = 1e-2,
    eps: f64 = 1e-10,
});

settings!(Adam {
    lr: f64 = 1e-3,
    beta1: f64 = 0.9,
    beta2: f64 = 0.999,
    eps: f64 = 1e-8,
});

settings!(Adamw {
    lr: f64 = 1e-3,
    beta1: f64 = 0.9,
    beta2: f64 = 0.999,
    eps: f64 = 1e-8,
    /// Of all trained parameters, biases too, times the learning rate, a step.
    decay: f64 = 1e-2,
});

/// How the learning rate changes; the formulas are in [`crate::optimiser::schedule`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    #[default]
    Constant,
    Step(Step),
    Exponential(Exponential),
    Cosine(Cosine),
    Plateau(Plateau),
}

settings!(
    /// Times `factor` after every so many epochs.
    Step {
        every: usize = 10,
        factor: f64 = 0.1,
    }
);

settings!(
    /// Times `factor` an epoch.
    Exponential {
        factor: f64 = 0.95,
    }
);

settings!(
    /// Up in a line for `warmup` steps, then down in half a cosine to `floor` times the learning rate.
    Cosine {
        warmup: u64 = 0,
        floor: f64 = 0.0,
    }
);

settings!(
    /// Times `factor` whenever the validation loss has not improved for `patience` epochs, never below `floor` times
    /// the learning rate.
    Plateau {
        patience: usize = 2,
        factor: f64 = 0.5,
        floor: f64 = 1e-3,
    }
);

/// What keeps a single step from being too large.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clip {
    /// The Euclidean norm of the whole gradient (Pascanu, Mikolov & Bengio 2013).
    Norm(f64),
    /// Each element's magnitude.
    Value(f64),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    #[default]
    F32,
    F64,
}

settings!(
    /// Ends training before its last epoch: `{"patience": 3}`, or `{"at_most": 0.01, "on": "valid_wrong"}`.
    Stop {
        /// After so many epochs without a smaller value.
        #[serde(skip_serializing_if = "Option::is_none")]
        patience: Option<usize> = None,
        /// After the first epoch whose value is this or less.
        #[serde(skip_serializing_if = "Option::is_none")]
        at_most: Option<f64> = None,
        /// After the first epoch whose value is this or more.
        #[serde(skip_serializing_if = "Option::is_none")]
        at_least: Option<f64> = None,
        /// A column of `metrics.csv`: `valid_` or `train_` and the name of a metric. What is asked of the validation is
        /// asked of training where the data leave nothing for validation.
        on: String = "valid_loss".into(),
    }
);

impl Stop {
    /// The place among the model's metrics of what `on` names, and whether it is meant in validation.
    ///
    /// # Errors
    /// Why there is no such value.
    pub fn metric(&self, metrics: &[String]) -> Result<(usize, bool), String> {
        let parts = [("valid_", true), ("train_", false)].map(|(p, valid)| (self.on.strip_prefix(p), valid));
        let found = parts.into_iter().find_map(|(name, valid)| {
            let at = metrics.iter().position(|m| Some(m.as_str()) == name)?;
            Some((at, valid))
        });
        let known: Vec<String> = metrics.iter().map(|m| format!("`valid_{m}`, `train_{m}`")).collect();
        found.ok_or_else(|| format!("there is no `{}`; there is {}", self.on, known.join(", ")))
    }
}

settings!(
    /// When to save all that training needs to go on.
    Checkpoint {
        /// Epochs; 0 for never.
        every: usize = 1,
    }
);

/// The values a number may have.
enum Bound {
    NotNegative,
    BelowOne,
}

impl Regime {
    pub fn new(data: Source) -> Regime {
        Regime {
            data,
            optimizer: Optimizer::default(),
            schedule: Schedule::default(),
            clip: None,
            batch: batch(),
            epochs: epochs(),
            steps: None,
            seed: seed(),
            precision: Precision::default(),
            threads: None,
            memory: None,
            stop: None,
            checkpoint: Checkpoint::default(),
            report: report(),
        }
    }

    /// Reads JSON and checks every value.
    ///
    /// # Errors
    /// [`Error::Setting`]: text that is not a regime, or a value out of range.
    pub fn from_json(text: &str) -> Result<Regime, Error> {
        let regime: Regime = serde_json::from_str(text).map_err(|e| setting("regime", e.to_string()))?;
        regime.check()?;
        Ok(regime)
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("internal error: a regime is plain data")
    }

    /// Checks that every value is in range.
    ///
    /// # Errors
    /// [`Error::Setting`] with the path of the first that is not, for instance `optimizer.adam.lr`.
    pub fn check(&self) -> Result<(), Error> {
        match self.problems().into_iter().next() {
            Some((path, why)) => Err(setting(&path, why)),
            None => Ok(()),
        }
    }

    /// The path of every value that is out of range, and why it is.
    pub fn problems(&self) -> Vec<(String, String)> {
        let mut problems = self.data.problems();
        let mut demand = |holds: bool, path: &str, why: &str| {
            if !holds {
                problems.push((path.into(), why.into()));
            }
        };
        demand(self.batch > 0, "batch", "a batch holds at least one example");
        for (name, value, bound) in self.optimizer.settings() {
            let (holds, why) = match bound {
                Bound::NotNegative => (value >= 0.0 && value.is_finite(), "must be a number from 0 on"),
                Bound::BelowOne => ((0.0..1.0).contains(&value), "must be a number from 0 to below 1"),
            };
            demand(holds, &format!("optimizer.{}.{name}", self.optimizer.name()), why);
        }
        let factor = |f: f64| f > 0.0 && f.is_finite();
        let (not_a_factor, not_a_share) = ("must be a number above 0", "must be a number from 0 to 1");
        match &self.schedule {
            Schedule::Constant => {}
            Schedule::Step(s) => {
                demand(s.every > 0, "schedule.step.every", "must be at least 1");
                demand(factor(s.factor), "schedule.step.factor", not_a_factor);
            }
            Schedule::Exponential(s) => demand(factor(s.factor), "schedule.exponential.factor", not_a_factor),
            Schedule::Cosine(s) => demand((0.0..=1.0).contains(&s.floor), "schedule.cosine.floor", not_a_share),
            Schedule::Plateau(s) => {
                demand(s.patience > 0, "schedule.plateau.patience", "must be at least 1");
                demand(
                    factor(s.factor) && s.factor < 1.0,
                    "schedule.plateau.factor",
                    "must be between 0 and 1",
                );
                demand((0.0..=1.0).contains(&s.floor), "schedule.plateau.floor", not_a_share);
            }
        }
        match self.clip {
            None => {}
            Some(Clip::Norm(x)) => demand(factor(x), "clip.norm", not_a_factor),
            Some(Clip::Value(x)) => demand(factor(x), "clip.value", not_a_factor),
        }
        demand(self.threads != Some(0), "threads", "must be at least 1");
        demand(self.memory != Some(0), "memory", "must be at least one byte");
        if let Some(stop) = &self.stop {
            demand(stop.patience != Some(0), "stop.patience", "must be at least 1");
            let ways = [stop.patience.is_some(), stop.at_most.is_some(), stop.at_least.is_some()];
            let given = ways.into_iter().filter(|&way| way).count();
            demand(given == 1, "stop", "is one of `patience`, `at_most` and `at_least`");
        }
        demand(self.report >= 0.0, "report", "must be a number of seconds from 0 on");
        problems
    }

    /// How many worker threads this machine gets.
    pub fn worker_threads(&self) -> usize {
        self.threads
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }
}

fn setting(path: &str, why: String) -> Error {
    Error::Setting { path: path.into(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_round_trip() {
        let r = Regime::from_json(r#"{"data": {"chars": {"path": "input.txt"}}}"#).unwrap();
        assert_eq!(r, Regime::new(Source::Chars(Text::new("input.txt"))));
        assert_eq!(Regime::from_json(&r.to_json()).unwrap(), r);
        let text = r#"{"data": {"chars": {"path": "a*.txt", "window": 16, "split": 0.5}}, "optimizer": {"momentum":
            {"lr": 0.5}}, "schedule": {"cosine": {"warmup": 200}}, "clip": {"norm": 1.0}, "batch": 4, "epochs": 2,
            "steps": 9, "seed": 7, "precision": "f64", "threads": 2, "stop": {"patience": 3, "on": "train_loss"},
            "checkpoint": {"every": 5}, "report": 1}"#;
        let r = Regime::from_json(text).unwrap();
        assert_eq!(r.optimizer, Optimizer::Momentum(Momentum { lr: 0.5, momentum: 0.9 }));
        assert_eq!(Regime::from_json(&r.to_json()).unwrap(), r);
    }

    #[test]
    fn what_is_unknown_or_out_of_range_is_refused() {
        let with = |extra: &str| Regime::from_json(&format!(r#"{{"data": {{"chars": {{"path": "x"}}}}, {extra}}}"#));
        for (extra, expected) in [
            (r#""optimizer": {"adam": {"rate": 1}}"#, "unknown field `rate`"),
            (r#""optimiser": {"adam": {}}"#, "unknown field `optimiser`"),
            (r#""optimizer": {"adam": {"lr": -1}}"#, "`optimizer.adam.lr`"),
            (r#""optimizer": {"adam": {"beta2": 1}}"#, "`optimizer.adam.beta2`"),
            (r#""batch": 0"#, "`batch`"),
            (r#""clip": {"norm": 0}"#, "`clip.norm`"),
            (r#""schedule": {"step": {"every": 0}}"#, "`schedule.step.every`"),
            (r#""stop": {"patience": 0}"#, "`stop.patience`"),
            (r#""stop": {"on": "valid_loss"}"#, "`stop`: is one of"),
        ] {
            let message = with(extra).unwrap_err().to_string();
            assert!(message.contains(expected), "{extra}: {message}");
        }
        let split = Regime::from_json(r#"{"data": {"chars": {"path": "x", "split": 1.5}}}"#);
        assert!(split.unwrap_err().to_string().contains("`data.chars.split`"));
    }
}
