//! What the model says by itself.

use super::chart::{self, Chart, Series};
use super::figure::Figure;
use super::heat::{self, Heat};
use super::subject::{Ready, numbers};
use crate::driver::decode::Decoder;
use rnn_runtime::data::{Values, held_out};
use rnn_runtime::decode::{self, Examples, How, Request, Sampling, Search, Task};
use serde_json::Value;

/// Symbols of a text; examples that are answered, and steps of an answer at most.
const TEXT: usize = 400;
const ANSWERS: usize = 6;
const STEPS: usize = 100;
/// Numbers of a sequence that are printed.
const NUMBERS: usize = 8;

pub(super) enum Said {
    /// What no input leads to: symbols as a text, numbers as pictures.
    Alone {
        text: String,
        figures: Vec<Figure>,
        temperature: f64,
    },
    /// Of the first examples: what was read, what the data say, what the model says.
    Answers(Vec<Answer>),
}

pub(super) struct Answer {
    pub read: Vec<(String, String)>,
    pub said: Vec<Pair>,
}

/// The truth of a target, and what was said.
pub(super) struct Pair {
    pub target: String,
    pub truth: String,
    pub said: String,
    /// None of numbers, which are never quite the same.
    pub right: Option<bool>,
}

/// # Errors
/// Why the model says nothing.
pub(super) fn said(ready: &Ready) -> Result<Said, String> {
    let decoder = Decoder::new(ready.subject.system).map_err(|e| first_line(&e.to_string()))?;
    let alone = decoder.reads().is_none();
    let temperature = if alone { 0.8 } else { 0.0 };
    let mut request = Request {
        search: Search {
            how: How::Sample(Sampling {
                temperature,
                seed: ready.subject.run.regime.seed,
                ..Sampling::default()
            }),
            count: 1,
        },
        weights: ready.subject.run.trained.path.clone(),
        data: None,
        length: Some(if alone && decoder.plan.classes().is_some() {
            TEXT
        } else {
            STEPS
        }),
        prime: Vec::new(),
        task: Task::Show,
        json: true,
        plan: decoder.plan.clone(),
    };
    if !alone {
        let (Some(chosen), Ok(dataset)) = (ready.subject.chosen, &ready.subject.data) else {
            return Err("it answers to data, and there are none".into());
        };
        request.data = Some(Examples {
            source: chosen.regime.data.clone(),
            base: ready.subject.loaded.folder.clone(),
            part: Some(held_out(dataset.as_ref())),
            seed: chosen.regime.seed,
            batch: ANSWERS,
            most: Some(ANSWERS),
            given: 0,
        });
    }
    let mut out = Vec::new();
    decode::run(decoder.interpreted::<f64>(), &request, &mut out).map_err(|e| e.to_string())?;
    let out = String::from_utf8_lossy(&out).into_owned();
    let documents: Vec<Value> = out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    if alone {
        let said = documents.first().ok_or("it says nothing")?;
        let (mut text, mut figures) = (said["text"].as_str().unwrap_or_default().to_owned(), Vec::new());
        for (name, steps) in said["said"].as_object().into_iter().flatten() {
            match symbols(steps) {
                Some(labels) => text += &format!("{name}: {}\n", ready.joined(name, &labels)),
                None => figures.extend(drawn(name, steps)),
            }
        }
        return Ok(Said::Alone {
            text,
            figures,
            temperature,
        });
    }
    let (_, examples) = ready.examples(ANSWERS)?;
    let end = |name: &str| {
        decoder
            .plan
            .draws
            .iter()
            .find(|d| d.target == name)
            .and_then(|d| d.until)
    };
    let answer = |(document, example): (&Value, &rnn_runtime::data::Example)| {
        let shown = |target: bool| {
            let slots = ready.spec.data.iter().zip(&example.columns);
            slots
                .filter(move |(d, _)| d.target == target)
                .map(|(d, column)| (d.name.clone(), shown(ready, &d.name, column, end(&d.name))))
        };
        let pair = |(target, truth): (String, String)| {
            let steps = document["said"].get(&target)?;
            let labels = symbols(steps);
            let said = match &labels {
                Some(labels) => limited(ready.joined(&target, labels)),
                None => some(&rows(steps).concat()),
            };
            let right = labels.map(|_| truth == said);
            Some(Pair {
                target,
                truth,
                said,
                right,
            })
        };
        Answer {
            read: shown(false).collect(),
            said: shown(true).filter_map(pair).collect(),
        }
    };
    Ok(Said::Answers(documents.iter().zip(&examples).map(answer).collect()))
}

/// What was said, if it is symbols.
fn symbols(steps: &Value) -> Option<Vec<String>> {
    let steps = steps.as_array()?;
    steps.iter().map(|s| s.as_str().map(String::from)).collect()
}

/// Numbers by step.
fn rows(steps: &Value) -> Vec<Vec<f64>> {
    let row = |step: &Value| match step.as_array() {
        Some(features) => features.iter().filter_map(Value::as_f64).collect(),
        None => step.as_f64().into_iter().collect(),
    };
    steps.as_array().into_iter().flatten().map(row).collect()
}

/// A curve of one number a step, shades of several.
fn drawn(name: &str, steps: &Value) -> Option<Figure> {
    let rows = rows(steps);
    let features = rows.first()?.len();
    if features == 1 {
        let points = rows.iter().enumerate().map(|(t, row)| ((t + 1) as f64, row[0]));
        return chart::draw(&Chart {
            title: name,
            x: "step",
            y: name,
            series: vec![Series::line(name, points.collect())],
            log: false,
            whole: true,
        });
    }
    heat::draw(&Heat {
        title: name.into(),
        note: format!("{features} features down, steps across"),
        values: (0..features).map(|f| rows.iter().map(|row| row[f]).collect()).collect(),
        rows: Vec::new(),
        columns: Vec::new(),
        along: ["feature".into(), "step".into()],
    })
}

/// A datum in the data's symbols and units, without the symbol that ends it.
fn shown(ready: &Ready, name: &str, column: &Values, end: Option<usize>) -> String {
    match column {
        Values::Index(classes) => {
            let before = classes.iter().take_while(|c| end != Some(**c as usize));
            let labels: Vec<String> = before.map(|c| ready.label(name, *c)).collect();
            limited(ready.joined(name, &labels))
        }
        Values::Real(_) => {
            let scale = ready.encoding().scales.get(name);
            let raw = |(i, x): (usize, f64)| match scale {
                Some(s) => x * s.std[i % s.std.len()] + s.mean[i % s.mean.len()],
                None => x,
            };
            some(&numbers(column).into_iter().enumerate().map(raw).collect::<Vec<_>>())
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// The first numbers.
fn some(numbers: &[f64]) -> String {
    let shown: Vec<String> = numbers.iter().take(NUMBERS).map(|x| format!("{x:.3}")).collect();
    match numbers.len() > NUMBERS {
        true => format!("{} … ({} numbers)", shown.join(" "), numbers.len()),
        false => shown.join(" "),
    }
}

fn limited(text: String) -> String {
    const MOST: usize = 240;
    match text.chars().count() > MOST {
        true => text.chars().take(MOST).chain(['…']).collect(),
        false => text,
    }
}
