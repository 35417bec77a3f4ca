//! What is written down of each epoch.

use crate::batch::Batch;
use crate::data::{Encoding, Tokens};
use crate::error::Error;
use crate::metric::Sums;
use crate::model::{DataSpec, ModelSpec};
use std::fmt::Write;
use std::path::Path;

/// The metrics of an epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// From 1 on.
    pub epoch: usize,
    /// Steps taken by its end.
    pub step: u64,
    /// At its end.
    pub lr: f64,
    /// As in [`ModelSpec::metrics`].
    pub train: Vec<f64>,
    /// None where nothing is left for validation.
    pub valid: Option<Vec<f64>>,
}

impl Row {
    /// The loss that weights are chosen by.
    pub fn loss(&self) -> f64 {
        self.valid.as_ref().unwrap_or(&self.train)[0]
    }

    /// As numbers alone; `from_numbers` undoes it.
    pub(super) fn numbers(&self) -> Vec<f64> {
        let mut numbers = vec![self.epoch as f64, self.step as f64, self.lr];
        numbers.extend(&self.train);
        numbers.extend(self.valid.iter().flatten());
        numbers
    }

    pub(super) fn from_numbers(numbers: &[f64], metrics: usize) -> Row {
        let (head, rest) = numbers.split_at(3);
        let (train, valid) = rest.split_at(metrics);
        Row {
            epoch: head[0] as usize,
            step: head[1] as u64,
            lr: head[2],
            train: train.to_vec(),
            valid: (!valid.is_empty()).then(|| valid.to_vec()),
        }
    }
}

/// The numbers of some batches.
pub(super) struct Tally {
    sums: Sums,
    pub(super) positions: usize,
}

impl Tally {
    pub(super) fn new(spec: &ModelSpec) -> Tally {
        Tally {
            sums: Sums::new(spec.numbers, spec.metrics.iter().map(|m| &m.formula)),
            positions: 0,
        }
    }

    /// The numbers of a whole batch, of which a shard is given; how many positions it has.
    pub(super) fn add<R>(&mut self, spec: &ModelSpec, numbers: &[f64], batch: &Batch<R>) -> usize {
        self.sums.add(numbers, batch);
        let positions = positions(spec, batch);
        self.positions += positions;
        positions
    }

    /// The metrics.
    pub(super) fn values(&self, spec: &ModelSpec) -> Vec<f64> {
        spec.metrics.iter().map(|m| self.sums.value(&m.formula)).collect()
    }
}

/// The positions of a whole batch as speed counts them: those of the first target, or of the first input.
fn positions<R>(spec: &ModelSpec, batch: &Batch<R>) -> usize {
    batch.count(counted(spec).map_or(&[], |d| &d.axes))
}

fn counted(spec: &ModelSpec) -> Option<&DataSpec> {
    spec.data.iter().find(|d| d.target).or(spec.data.first())
}

/// What these positions are.
pub(super) fn unit(spec: &ModelSpec, encoding: &Encoding) -> &'static str {
    let along = |d: &&DataSpec| d.axes.iter().any(|a| *a > 0);
    match (encoding.text().map(|v| v.tokens), counted(spec).filter(along)) {
        (Some(Tokens::Characters), _) => "characters",
        (Some(Tokens::Words), _) => "words",
        (Some(Tokens::Bytes), _) => "bytes",
        (Some(Tokens::Values) | None, Some(d)) if d.target && d.classes.is_some() => "labels",
        (Some(Tokens::Values) | None, Some(_)) => "steps",
        (Some(Tokens::Values) | None, None) => "examples",
    }
}

/// `metrics.csv`: nothing in it depends on the machine.
pub(super) fn write_csv(path: &Path, spec: &ModelSpec, rows: &[Row]) -> Result<(), Error> {
    let mut text = String::from("epoch,step,learning_rate");
    for part in ["train", "valid"] {
        for metric in &spec.metrics {
            write!(text, ",{part}_{}", metric.name).expect("internal error: text grows");
        }
    }
    text.push('\n');
    for row in rows {
        write!(text, "{},{},{}", row.epoch, row.step, row.lr).expect("internal error: text grows");
        for i in 0..2 * spec.metrics.len() {
            let (train, valid) = (
                row.train.get(i),
                row.valid.as_ref().map(|v| v.get(i - spec.metrics.len().min(i))),
            );
            match train.or(valid.flatten()) {
                Some(x) => write!(text, ",{x}").expect("internal error: text grows"),
                None => text.push(','),
            }
        }
        text.push('\n');
    }
    crate::weights::replace(path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Formula;
    use crate::model::MetricSpec;

    fn metric(name: &str) -> MetricSpec {
        MetricSpec {
            name: name.into(),
            formula: Formula::Total(0),
        }
    }

    #[test]
    fn rows_as_text_and_as_numbers() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("metrics.csv");
        let spec = ModelSpec {
            metrics: ["loss", "error"].map(metric).to_vec(),
            ..ModelSpec::default()
        };
        let mut row = Row {
            epoch: 1,
            step: 7,
            lr: 0.1,
            train: vec![2.5, 0.5],
            valid: Some(vec![3.0, 0.25]),
        };
        assert_eq!(Row::from_numbers(&row.numbers(), 2), row);
        let full = row.clone();
        row.valid = None;
        assert_eq!(Row::from_numbers(&row.numbers(), 2), row);
        write_csv(&path, &spec, &[full, row]).unwrap();
        let want = "epoch,step,learning_rate,train_loss,train_error,valid_loss,valid_error\n\
                    1,7,0.1,2.5,0.5,3,0.25\n1,7,0.1,2.5,0.5,,\n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), want);
    }
}
