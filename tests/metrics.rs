//! Metrics are those of all data, however they are batched.
#![cfg(feature = "cli")]

mod common;

use rnn_runtime::Error;
use rnn_runtime::data::{Dataset, Example, Part, Pass, Values};
use rnn_runtime::draw::Stream;
use rnn_runtime::model::ModelSpec;
use rnn_runtime::regime::{Regime, Source, Text};
use rnn_runtime::train::evaluate;
use rnnc::backends::interpret::Interpreted;
use rnnc::driver::compile;
use std::collections::BTreeMap;

/// Random classes of random lengths; every sequence axis has lengths of its own.
struct Random {
    spec: ModelSpec,
    examples: Vec<Example>,
    /// Not drawn again.
    fixed: bool,
}

impl Random {
    fn new(count: usize) -> Random {
        Random {
            spec: ModelSpec::default(),
            examples: vec![
                Example {
                    lengths: vec![],
                    columns: vec![]
                };
                count
            ],
            fixed: false,
        }
    }
}

impl Dataset for Random {
    fn sizes(&self) -> Vec<(String, usize)> {
        vec![]
    }
    fn fingerprint(&self) -> u64 {
        0
    }
    fn bind(&mut self, spec: &ModelSpec) -> Result<(), Error> {
        self.spec = spec.clone();
        if self.fixed {
            return Ok(());
        }
        for (i, e) in self.examples.iter_mut().enumerate() {
            let mut random = Stream::new(3, "example", i as u64);
            e.lengths = (0..spec.axes.len())
                .map(|a| if a == 0 { 1 } else { random.below(7) as usize })
                .collect();
            let columns = spec.data.iter().map(|slot| {
                let positions: usize = slot.axes.iter().map(|&a| e.lengths[a]).product();
                let classes = slot.classes.expect("classes only") as u64;
                Values::Index((0..positions).map(|_| random.below(classes) as u32).collect())
            });
            e.columns = columns.collect();
        }
        Ok(())
    }
    fn examples(&self, _: Part) -> usize {
        self.examples.len()
    }
    fn example(&self, _: Pass, index: usize) -> Example {
        self.examples[index].clone()
    }
}

fn metrics(text: &str, params: &[f64], data: &mut Random, batch: usize) -> BTreeMap<String, f64> {
    let system = common::system(text, &[]);
    let model = Interpreted::new(&compile::training(&system), &compile::evaluation(&system));
    let source = Source::Chars(Text::new("none"));
    let regime = Regime {
        batch,
        ..Regime::new(source)
    };
    let found = evaluate::<f64, _>(&model, data, Part::Whole, &regime, params).unwrap();
    found.metrics.into_iter().collect()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12 * a.abs().max(1.0)
}

#[test]
fn they_do_not_depend_on_batches() {
    let text = "model m {
        target y: index[4] over t;
        target label: index[3];
        param w: [4];
        param v: [3];
        logits = w + onehot(y[t-1]);
        y ~ categorical(logits);
        label ~ categorical(v);
        loss sum(w * w);
        metric hard = perplexity(y, logits);
        metric in_bits = bits(y, logits);
        metric hits = accuracy(y, logits);
        metric alike = micro_f1(y, argmax(logits), 0);
        metric guessed = argmax(v) == label;
        metric weights = sum(v * v);
        metric examples = total(1);
        metric mixed = sqrt(total(y == 1) * 2) - min(average(label == 0), 0.5);
    }";
    let params = [0.1, -0.3, 0.8, 0.2, 0.5, -1.0, 0.3];
    let mut data = Random::new(21);
    let whole = metrics(text, &params, &mut data, 21);
    for batch in [1, 2, 5, 20, 64] {
        for (name, value) in metrics(text, &params, &mut data, batch) {
            assert!(
                close(value, whole[&name]),
                "{name} in batches of {batch}: {value} for {}",
                whole[&name]
            );
        }
    }
    assert!(close(whole["hard"], whole["y"].exp()));
    assert!(close(whole["in_bits"], whole["y"] / 2f64.ln()));
    assert!(close(whole["weights"], 0.25 + 1.0 + 0.09));
    assert!(close(whole["loss"], whole["y"] + whole["label"] + whole["loss.3"]));
    assert_eq!(whole["examples"], 21.0);
}

#[test]
fn precision_recall_and_f1_are_their_definitions() {
    let text = "model m {
        input guess: index[3] over t;
        target y: index[3] over t;
        param w: [3];
        y ~ categorical(w);
        metric precision = precision(y, guess, 1);
        metric recall = recall(y, guess, 1);
        metric f1 = f1(y, guess, 1);
        metric micro = micro_f1(y, guess, 2);
    }";
    let mut data = Random::new(30);
    let got = metrics(text, &[0.0; 3], &mut data, 4);
    let mut pairs = Vec::new();
    for e in &data.examples {
        let [Values::Index(guess), Values::Index(y)] = &e.columns[..] else {
            panic!()
        };
        pairs.extend(guess.iter().copied().zip(y.iter().copied()));
    }
    let count = |f: &dyn Fn(u32, u32) -> bool| pairs.iter().filter(|(g, y)| f(*g, *y)).count() as f64;
    let (hit, said, is) = (
        count(&|g, y| g == 1 && y == 1),
        count(&|g, _| g == 1),
        count(&|_, y| y == 1),
    );
    let (precision, recall) = (hit / said, hit / is);
    assert!(close(got["precision"], precision) && close(got["recall"], recall));
    assert!(close(got["f1"], 2.0 * precision * recall / (precision + recall)));
    let (hit, said, is) = (
        count(&|g, y| g == y && y != 2),
        count(&|g, _| g != 2),
        count(&|_, y| y != 2),
    );
    assert!(close(got["micro"], 2.0 * hit / (said + is)));
}

#[test]
fn totals_stand_in_metrics_only() {
    let model =
        |body: &str| format!("model m {{ target y: index[3] over t; param w: [3]; y ~ categorical(w); {body} }}");
    for body in [
        "output n = total(y == 1);",
        "loss total(y == 1);",
        "metric a = total((y == 1) - average(y == 1));",
        "metric a = total(y == 1) / sum(w * onehot(y));",
        "metric a = tanh(average(y == 1));",
        "metric a = average(y == 1) > 0.5;",
        "metric a = average(w);",
    ] {
        let messages = common::messages(&model(body), &[]);
        println!("{messages}\n");
        assert!(
            messages.contains("E0204") || messages.contains("E0201"),
            "{body}\n{messages}"
        );
    }
    let messages = common::messages(&model("metric a = y == 3;"), &[]);
    assert!(
        messages.contains("E0303") && messages.contains("from 0 to 2"),
        "{messages}"
    );
}

fn edits(a: &[u32], b: &[u32]) -> f64 {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let next = (row[j + 1] + 1).min(row[j] + 1).min(corner + usize::from(x != y));
            corner = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()] as f64
}

#[test]
fn errors_are_edits() {
    let text = "model m {
        input guess: index[3] over t;
        input frame: index[4] over u;
        target y: index[3] over s;
        param w: [3];
        loss sum(w * w);
        metric errors = error_rate(y, guess);
        metric labels = label_error_rate(y, onehot(frame));
        metric edits = total(edit_distance(guess, where(guess == guess, 1, 1), y));
    }";
    let mut data = Random::new(60);
    let got = metrics(text, &[0.0; 3], &mut data, 7);
    let (mut plain, mut spelt, mut count) = (0.0, 0.0, 0.0);
    for e in &data.examples {
        let [Values::Index(guess), Values::Index(frames), Values::Index(y)] = &e.columns[..] else {
            panic!()
        };
        plain += edits(guess, y);
        let mut labels = frames.clone();
        labels.dedup();
        labels.retain(|&c| c != 3);
        spelt += edits(&labels, y);
        count += y.len() as f64;
    }
    assert_eq!(got["edits"], plain);
    assert!(close(got["errors"], plain / count));
    assert!(
        close(got["labels"], spelt / count),
        "{} for {}",
        got["labels"],
        spelt / count
    );
}

/// The spans of tags of two kinds, as (first step, last step, kind): what conlleval counts.
fn spans(tags: &[u32]) -> Vec<(usize, usize, u32)> {
    let mut found: Vec<(usize, usize, u32)> = Vec::new();
    let mut open = false;
    for (t, &tag) in tags.iter().enumerate() {
        let kind = (tag + 1) % 2;
        match found.last_mut() {
            Some(last) if open && tag > 2 && last.2 == kind => last.1 = t,
            _ if tag > 0 => found.push((t, t, kind)),
            _ => {}
        }
        open = tag > 0;
    }
    found
}

#[test]
fn spans_count_as_a_whole() {
    // Outside, B-A, B-B, I-A, I-B.
    assert_eq!(
        spans(&[1, 3, 3, 0, 4, 4, 3, 1, 2]),
        [(0, 2, 0), (4, 5, 1), (6, 6, 0), (7, 7, 0), (8, 8, 1)]
    );
    let text = "model m {
        input guess: index[5] over t;
        target y: index[5] over t;
        param w: [5];
        y ~ categorical(w);
        metric f1 = span_f1(y, guess, kinds: 2);
        metric right = total(spans_right(y, guess, k: 2));
    }";
    let mut data = Random::new(80);
    metrics(text, &[0.0; 5], &mut data, 80);
    // Mostly the same, so that some are right.
    let mut random = Stream::new(4, "guess", 0);
    let (mut right, mut all) = (0, 0);
    for e in &mut data.examples {
        let Values::Index(y) = e.columns[1].clone() else {
            panic!()
        };
        let guess: Vec<u32> = y
            .iter()
            .map(|&c| {
                if random.uniform() < 0.8 {
                    c
                } else {
                    random.below(5) as u32
                }
            })
            .collect();
        let (a, b) = (spans(&y), spans(&guess));
        right += a.iter().filter(|s| b.contains(s)).count();
        all += a.len() + b.len();
        e.columns[0] = Values::Index(guess);
    }
    data.fixed = true;
    for batch in [1, 7, 80] {
        let got = metrics(text, &[0.0; 5], &mut data, batch);
        assert_eq!(got["right"], right as f64);
        assert!(close(got["f1"], 2.0 * right as f64 / all as f64));
    }
    assert!(right > 20);
}
