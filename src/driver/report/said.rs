//! What the model says by itself.

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
    /// What no input leads to.
    Alone { text: String, temperature: f64 },
    /// Of the first examples: what was read, what the data say, what the model says.
    Answers(Vec<Answer>),
}

pub(super) struct Answer {
    pub read: Vec<(String, String)>,
    /// Target, truth and what was said.
    pub said: Vec<(String, String, String)>,
}

/// # Errors
/// Why the model says nothing.
pub(super) fn said(ready: &Ready) -> Result<Said, String> {
    let decoder = Decoder::new(ready.subject.system).map_err(|e| e.to_string())?;
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
        length: Some(if alone { TEXT } else { STEPS }),
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
        let text = match said["text"].as_str() {
            Some(text) => text.to_owned(),
            None => targets(ready, &said["said"])
                .into_iter()
                .map(|(name, said)| format!("{name}: {said}\n"))
                .collect(),
        };
        return Ok(Said::Alone { text, temperature });
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
        let said = targets(ready, &document["said"]);
        let of = |name: &str| said.iter().find(|(n, _)| n == name).map(|(_, said)| said.clone());
        Answer {
            read: shown(false).collect(),
            said: shown(true)
                .filter_map(|(name, truth)| Some((name.clone(), truth, of(&name)?)))
                .collect(),
        }
    };
    Ok(Said::Answers(documents.iter().zip(&examples).map(answer).collect()))
}

fn targets(ready: &Ready, said: &Value) -> Vec<(String, String)> {
    let one = |(name, steps): (&String, &Value)| {
        let steps = steps.as_array().cloned().unwrap_or_default();
        let labels: Vec<String> = steps.iter().filter_map(|s| s.as_str().map(String::from)).collect();
        if labels.len() == steps.len() {
            return (name.clone(), limited(ready.joined(name, &labels)));
        }
        let numbers = steps
            .iter()
            .flat_map(|s| s.as_array().cloned().unwrap_or_else(|| vec![s.clone()]));
        let numbers: Vec<f64> = numbers.filter_map(|x| x.as_f64()).collect();
        (name.clone(), some(&numbers))
    };
    said.as_object().into_iter().flatten().map(one).collect()
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
