//! What training tells while it runs.

use super::Outcome;
use super::record::Row;
use crate::error::amount;
use serde_json::json;
use std::io::Write;
use std::time::{Duration, Instant};

/// What is known before the first step.
#[derive(Clone, Debug)]
pub struct Start {
    pub model: String,
    /// As in [`crate::ModelSpec::metrics`].
    pub metrics: Vec<String>,
    /// The number of trained parameters.
    pub parameters: usize,
    pub train_examples: usize,
    pub valid_examples: usize,
    pub epochs: usize,
    /// Steps already taken, by a run that is resumed; and steps planned in all.
    pub step: u64,
    pub steps: u64,
    /// Where positions are symbols, losses are shown in bits as well.
    pub symbols: bool,
    /// What speeds count: characters, labels, steps.
    pub unit: &'static str,
    pub precision: &'static str,
    pub threads: usize,
}

/// After every step.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// From 1 on.
    pub epoch: usize,
    pub step: u64,
    /// The mean of the epoch so far.
    pub loss: f64,
    /// In this step.
    pub positions: usize,
}

/// After every epoch.
#[derive(Clone, Debug)]
pub struct Epoch<'a> {
    pub row: &'a Row,
    /// No epoch before had a smaller loss.
    pub best: bool,
    /// Of training, without validation.
    pub positions_per_second: f64,
}

/// Receives news; by default ignores it.
pub trait Reporter: Send {
    fn start(&mut self, _: &Start) {}
    fn step(&mut self, _: &Step) {}
    fn epoch(&mut self, _: &Epoch<'_>) {}
    fn finish(&mut self, _: &Outcome) {}
}

/// Says nothing.
pub struct Quiet;

impl Reporter for Quiet {}

/// Lines of text for people, on standard error.
pub struct Lines {
    start: Option<Start>,
    interval: Duration,
    last: Instant,
    /// Since `last`
    positions: usize,
}

impl Lines {
    /// With a line about the current epoch every so many seconds.
    pub fn new(seconds: f64) -> Lines {
        Lines {
            start: None,
            interval: Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX),
            last: Instant::now(),
            positions: 0,
        }
    }
}

impl Reporter for Lines {
    fn start(&mut self, start: &Start) {
        say(&headline(start));
        self.start = Some(start.clone());
        self.last = Instant::now();
    }

    fn step(&mut self, step: &Step) {
        self.positions += step.positions;
        let elapsed = self.last.elapsed();
        if let Some(start) = self.start.as_ref().filter(|_| elapsed >= self.interval) {
            let rate = rate(start, self.positions as f64 / elapsed.as_secs_f64());
            let (loss, steps) = (loss(start, step.loss), start.steps);
            say(&format!(
                "epoch {}  step {} of {steps}  loss {loss}  {rate}",
                step.epoch, step.step
            ));
            (self.last, self.positions) = (Instant::now(), 0);
        }
    }

    fn epoch(&mut self, epoch: &Epoch<'_>) {
        if let Some(start) = &self.start {
            say(&epoch_line(start, epoch));
        }
        (self.last, self.positions) = (Instant::now(), 0);
    }

    fn finish(&mut self, outcome: &Outcome) {
        say(&last_line(outcome));
    }
}

/// One JSON object a line, on standard output.
pub struct Json {
    metrics: Vec<String>,
}

impl Json {
    pub fn new() -> Json {
        Json { metrics: Vec::new() }
    }
}

impl Default for Json {
    fn default() -> Json {
        Json::new()
    }
}

impl Reporter for Json {
    fn start(&mut self, s: &Start) {
        self.metrics.clone_from(&s.metrics);
        print(
            &json!({"event": "start", "model": s.model, "parameters": s.parameters, "examples": s.train_examples,
            "valid_examples": s.valid_examples, "epochs": s.epochs, "steps": s.steps, "step": s.step,
            "precision": s.precision, "threads": s.threads}),
        );
    }

    fn epoch(&mut self, e: &Epoch<'_>) {
        let named = |values: &[f64]| -> serde_json::Map<String, serde_json::Value> {
            self.metrics
                .iter()
                .cloned()
                .zip(values.iter().map(|&x| x.into()))
                .collect()
        };
        print(
            &json!({"event": "epoch", "epoch": e.row.epoch, "step": e.row.step, "learning_rate": e.row.lr,
            "train": named(&e.row.train), "valid": e.row.valid.as_deref().map(named), "best": e.best,
            "positions_per_second": e.positions_per_second.round()}),
        );
    }

    fn finish(&mut self, o: &Outcome) {
        print(
            &json!({"event": "finish", "epochs": o.rows.len(), "steps": o.steps, "best_epoch": o.best_epoch,
            "best_loss": o.best_loss, "stopped_early": o.stopped_early, "reached": o.reached, "memory": o.memory, "weights": o.weights}),
        );
    }
}

/// A reader that went away is not an error of the training.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

fn print(value: &serde_json::Value) {
    let _ = writeln!(std::io::stdout().lock(), "{value}");
}

pub(super) fn headline(s: &Start) -> String {
    let validation = match s.valid_examples {
        0 => "no validation".to_owned(),
        n => format!("{n} for validation"),
    };
    let threads = if s.threads == 1 {
        "1 thread".to_owned()
    } else {
        format!("{} threads", s.threads)
    };
    let resumed = if s.step > 0 {
        format!("; going on after step {}", s.step)
    } else {
        String::new()
    };
    format!(
        "{}: {} parameters in {}; {} examples, {validation}; {threads}{resumed}",
        s.model, s.parameters, s.precision, s.train_examples
    )
}

pub(super) fn epoch_line(s: &Start, e: &Epoch<'_>) -> String {
    let mut line = format!(
        "epoch {} of {}  train {}",
        e.row.epoch,
        s.epochs,
        loss(s, e.row.train[0])
    );
    if let Some(valid) = &e.row.valid {
        line += &format!("  valid {}", loss(s, valid[0]));
    }
    let others = e.row.valid.as_ref().unwrap_or(&e.row.train);
    for (name, value) in s.metrics.iter().zip(others).skip(1) {
        line += &format!("  {name} {value:.4}");
    }
    line + &format!(
        "  {}{}",
        rate(s, e.positions_per_second),
        if e.best { "  best" } else { "" }
    )
}

pub(super) fn last_line(o: &Outcome) -> String {
    let early = match o.reached {
        Some(examples) => format!(", reached after {examples} examples"),
        None if o.stopped_early => ", stopped early".to_owned(),
        None => String::new(),
    };
    let memory = match o.memory {
        0 => String::new(),
        bytes => format!("; values of a step took up to {}", amount(bytes)),
    };
    let best = o.best_epoch.map_or(String::new(), |e| {
        format!("; best loss {:.4} in epoch {e}", o.best_loss)
    });
    format!(
        "{} epochs, {} steps{early}{best}{memory}; weights in {}",
        o.rows.len(),
        o.steps,
        o.weights.display()
    )
}

/// A loss, with its bits where positions are symbols.
pub(super) fn loss(s: &Start, loss: f64) -> String {
    if s.symbols {
        format!("{loss:.4} ({:.3} bits)", loss / std::f64::consts::LN_2)
    } else {
        format!("{loss:.4}")
    }
}

pub(super) fn rate(s: &Start, per_second: f64) -> String {
    let (scaled, unit) = match per_second {
        x if x >= 1e6 => (x / 1e6, "M "),
        x if x >= 1e3 => (x / 1e3, "k "),
        x => (x, ""),
    };
    format!("{scaled:.1} {unit}{}/s", s.unit)
}
