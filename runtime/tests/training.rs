//! The training loop, on a model small enough to differentiate by hand: a bigram of characters.

use rnn_runtime::data::{self, Part};
use rnn_runtime::metric::Formula;
use rnn_runtime::model::{AxisSpec, DataSpec, Init, MetricSpec, ParamSpec};
use rnn_runtime::regime::{Adam, Checkpoint, Clip, Cosine, Optimizer, Plateau, Schedule, Source, Stop, Text};
use rnn_runtime::regime::{Regime, Sgd};
use rnn_runtime::train::report::{Quiet, Step};
use rnn_runtime::train::{Outcome, Reporter, Run, evaluate, train};
use rnn_runtime::{Batch, Column, Draws, Error, Model, ModelSpec, Real, draw, weights};
use std::fs;
use std::path::Path;

/// `text[t] ~ categorical(W[text[t-1]])`, where now and then the past is dropped.
struct Bigram {
    spec: ModelSpec,
    classes: usize,
}

fn mean(name: &str, number: usize) -> MetricSpec {
    MetricSpec {
        name: name.into(),
        formula: Formula::Mean(number, vec![1]),
    }
}

impl Bigram {
    fn new(classes: usize) -> Bigram {
        let axis = |name: &str| AxisSpec {
            name: name.into(),
            steps: None,
            like: None,
        };
        let param = |name: &str, rows, init, offset| ParamSpec {
            name: name.into(),
            shape: vec![rows, classes],
            init,
            trained: true,
            offset,
        };
        let text = DataSpec {
            name: "text".into(),
            target: true,
            classes: Some(classes),
            shape: vec![],
            axes: vec![1],
        };
        let spec = ModelSpec {
            name: "bigram".into(),
            axes: vec![axis("batch"), axis("t")],
            data: vec![text],
            params: vec![
                param("W", classes, Init::Glorot, 0),
                param("start", 1, Init::Zeros, classes * classes),
            ],
            metrics: [("loss", 0), ("error", 1)].map(|(name, n)| mean(name, n)).to_vec(),
            numbers: 2,
            outputs: vec![],
        };
        Bigram { spec, classes }
    }

    fn run<R: Real>(&self, p: &[R], mut g: Option<&mut [R]>, b: &Batch<R>, draws: Option<Draws>, m: &mut [f64]) {
        let Column::Index(symbols) = &b.columns[0] else {
            panic!("text is not an index")
        };
        let (n, steps, total) = (self.classes, &b.axes[1], b.count(&[1]) as f64);
        m.fill(0.0);
        for t in 0..steps.steps() {
            for (j, row) in steps.rows(t).enumerate() {
                let kept = |d: Draws| draw::uniform(d, 0, b.ids[steps.order[j]], t as u64, 0) >= 0.1;
                let before = (t > 0 && draws.is_none_or(kept)).then(|| symbols[steps.offsets[t - 1] + j] as usize);
                let start = before.unwrap_or(n) * n;
                let (logits, y) = (&p[start..start + n], symbols[row] as usize);
                let largest = logits.iter().fold(R::NEG_INFINITY, |a, &x| Real::maximum(a, x));
                let sum = logits.iter().fold(R::ZERO, |a, &x| a + (x - largest).exp());
                m[0] += (largest + sum.ln() - logits[y]).to_f64() / total;
                m[1] += if logits[y] < largest { 1.0 / total } else { 0.0 };
                for k in 0..n {
                    let target = if k == y { R::ONE } else { R::ZERO };
                    if let Some(g) = &mut g {
                        g[start + k] += ((p[start + k] - largest).exp() / sum - target) / R::of(total);
                    }
                }
            }
        }
    }
}

impl<R: Real> Model<R> for Bigram {
    type Workspace = ();
    fn spec(&self) -> &ModelSpec {
        &self.spec
    }
    fn workspace(&self) {}
    fn train(&self, _: &mut (), p: &[R], g: &mut [R], b: &Batch<R>, draws: Draws, m: &mut [f64]) {
        self.run(p, Some(g), b, Some(draws), m);
    }
    fn evaluate(&self, _: &mut (), p: &[R], b: &Batch<R>, m: &mut [f64], _: Option<&mut Vec<Vec<R>>>) {
        self.run(p, None, b, None, m);
    }
}

/// A text that a bigram can learn half of.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut stream = draw::Stream::new(1, "text", 0);
    let words = ["ab", "cd", "ef", "gh "];
    let text: String = (0..3000).map(|_| words[stream.below(4) as usize]).collect();
    fs::write(dir.path().join("text.txt"), text).unwrap();
    dir
}

fn regime() -> Regime {
    Regime {
        batch: 64,
        epochs: 6,
        optimizer: Optimizer::Adam(Adam {
            lr: 0.3,
            ..Adam::default()
        }),
        schedule: Schedule::Cosine(Cosine { warmup: 3, floor: 0.1 }),
        clip: Some(Clip::Norm(0.1)),
        threads: Some(1),
        data: Source::Chars(Text {
            window: 16,
            ..Text::new("text.txt")
        }),
        ..Regime::new(Source::Chars(Text::new("text.txt")))
    }
}

fn run<R: Real>(dir: &Path, regime: &Regime, name: &str, resume: bool) -> Result<Outcome, Error> {
    run_with::<R>(dir, regime, name, resume, &mut Quiet)
}

fn run_with<R: Real>(
    dir: &Path,
    regime: &Regime,
    name: &str,
    resume: bool,
    reporter: &mut dyn Reporter,
) -> Result<Outcome, Error> {
    let mut dataset = data::open(&regime.data, dir, &[], None)?;
    let run = Run {
        out: dir.join(name),
        resume,
        ..Run::default()
    };
    let model = Bigram::new(dataset.sizes()[0].1);
    train::<R, Bigram>(&model, dataset.as_mut(), regime, &run, reporter)
}

/// Every byte that must be the same whenever the same thing is trained.
fn bytes(dir: &Path, name: &str) -> Vec<Vec<u8>> {
    ["weights.safetensors", "metrics.csv", "steps.csv"]
        .map(|f| fs::read(dir.join(name).join(f)).unwrap())
        .to_vec()
}

#[test]
fn training_learns_and_leaves_its_files() {
    let dir = folder();
    let outcome = run::<f32>(dir.path(), &regime(), "a", false).unwrap();
    let (first, last) = (&outcome.rows[0], &outcome.rows[5]);
    // Half of the symbols are certain, half one of four: ln 4 / 2 and the odd start of a window.
    let valid = last.valid.as_ref().unwrap()[0];
    assert!(last.loss() < first.loss() && (0.65..0.85).contains(&valid), "{valid}");
    assert!(last.train[0] > valid, "the draws of training do not reach evaluation");
    assert_eq!((outcome.rows.len(), outcome.best_epoch), (6, Some(6)));
    for file in ["checkpoint.safetensors", "timing.csv", "regime.json", "loss.svg"] {
        let there = dir.path().join("a").join(file).exists();
        assert!(there || (file == "loss.svg" && !cfg!(feature = "program")), "{file}");
    }
    let saved = fs::read_to_string(dir.path().join("a/regime.json")).unwrap();
    assert_eq!(Regime::from_json(&saved).unwrap(), regime());
}

#[test]
fn the_number_of_threads_does_not_show() {
    let dir = folder();
    // Of eight shards, and of two that are unequal.
    for batch in [128, 45] {
        for threads in [1, 2, 8] {
            let regime = Regime {
                threads: Some(threads),
                epochs: 2,
                batch,
                ..regime()
            };
            run::<f32>(dir.path(), &regime, &threads.to_string(), false).unwrap();
        }
        assert_eq!(bytes(dir.path(), "1"), bytes(dir.path(), "2"));
        assert_eq!(bytes(dir.path(), "1"), bytes(dir.path(), "8"));
    }
}

/// Copies the folder of a run after an epoch: what is left of a run that was killed there.
struct Killed<'a> {
    from: &'a Path,
    to: &'a Path,
    epoch: usize,
}

impl Reporter for Killed<'_> {
    fn step(&mut self, step: &Step) {
        if step.epoch == self.epoch + 1 {
            fs::create_dir_all(self.to).unwrap();
            for file in fs::read_dir(self.from).unwrap() {
                let file = file.unwrap();
                fs::copy(file.path(), self.to.join(file.file_name())).unwrap();
            }
        }
    }
}

#[test]
fn a_resumed_run_is_an_uninterrupted_one() {
    let dir = folder();
    let schedules = [
        regime().schedule,
        Schedule::Plateau(Plateau {
            patience: 1,
            ..Plateau::default()
        }),
    ];
    for (i, schedule) in schedules.into_iter().enumerate() {
        let regime = Regime {
            schedule,
            // The checkpoint is then older than what was done when the run was killed.
            checkpoint: Checkpoint { every: 2 },
            stop: Some(Stop {
                patience: Some(4),
                on: "train_loss".into(),
                ..Stop::default()
            }),
            ..regime()
        };
        let (whole, killed) = (format!("whole{i}"), format!("killed{i}"));
        let mut reporter = Killed {
            from: &dir.path().join(&whole),
            to: &dir.path().join(&killed),
            epoch: 3,
        };
        let outcome = run_with::<f32>(dir.path(), &regime, &whole, false, &mut reporter).unwrap();
        assert_eq!(
            fs::read_to_string(dir.path().join(&killed).join("metrics.csv"))
                .unwrap()
                .lines()
                .count(),
            4
        );
        let resumed = run::<f32>(dir.path(), &regime, &killed, true).unwrap();
        assert!(
            bytes(dir.path(), &whole) == bytes(dir.path(), &killed),
            "{outcome:?}\n{resumed:?}"
        );
    }
}

#[test]
fn a_limit_of_steps_can_be_raised() {
    let dir = folder();
    let constant = Regime {
        schedule: Schedule::Constant,
        ..regime()
    };
    run::<f64>(dir.path(), &constant, "whole", false).unwrap();
    let limited = Regime {
        steps: Some(15),
        ..constant.clone()
    };
    let outcome = run::<f64>(dir.path(), &limited, "cut", false).unwrap();
    assert_eq!((outcome.steps, outcome.rows.len()), (15, 3));
    run::<f64>(dir.path(), &constant, "cut", true).unwrap();
    assert!(bytes(dir.path(), "whole") == bytes(dir.path(), "cut"));
}

#[test]
fn a_checkpoint_of_something_else_is_refused() {
    let dir = folder();
    let short = Regime { epochs: 1, ..regime() };
    run::<f64>(dir.path(), &short, "a", false).unwrap();
    let refused = |regime: &Regime| run::<f64>(dir.path(), regime, "a", true).unwrap_err().to_string();
    let message = refused(&Regime { batch: 8, ..regime() });
    assert!(message.contains("the setting `batch` was 64 and is now 8"), "{message}");
    fs::write(dir.path().join("text.txt"), "abcdefgh abcdefgh").unwrap();
    assert!(refused(&regime()).contains("the data have changed"));
    fs::write(dir.path().join("text.txt"), "abc").unwrap();
    assert!(refused(&regime()).contains("the model `bigram` has changed"));
    let none = run::<f64>(dir.path(), &regime(), "b", true).unwrap_err().to_string();
    assert!(none.contains("no checkpoint"), "{none}");
}

#[test]
fn divergence_is_an_error() {
    let dir = folder();
    let wild = Regime {
        optimizer: Optimizer::Sgd(Sgd { lr: 1e39 }),
        schedule: Schedule::Constant,
        clip: None,
        ..regime()
    };
    let message = run::<f32>(dir.path(), &wild, "a", false).unwrap_err().to_string();
    assert!(
        message.contains("at step") && message.contains("smaller learning rate"),
        "{message}"
    );
}

#[test]
fn training_ends_when_a_value_is_reached() {
    let dir = folder();
    let with = |stop| Regime {
        stop: Some(stop),
        ..regime()
    };
    let full = run::<f32>(dir.path(), &regime(), "full", false).unwrap();
    let third = full.rows[2].valid.as_ref().unwrap()[0];
    let stop = Stop {
        at_most: Some(third),
        ..Stop::default()
    };
    let outcome = run::<f32>(dir.path(), &with(stop.clone()), "a", false).unwrap();
    let examples = data::open(&regime().data, dir.path(), &[], None)
        .unwrap()
        .examples(Part::Train);
    assert_eq!((outcome.rows.len(), outcome.best_epoch), (3, Some(3)));
    assert_eq!(outcome.reached, Some(3 * examples as u64));
    let again = run::<f32>(dir.path(), &with(stop), "a", true).unwrap();
    assert_eq!(again.rows.len(), 3, "a run that is over is not gone on with");
    let stop = Stop {
        at_least: Some(0.0),
        on: "train_loss".into(),
        ..Stop::default()
    };
    assert_eq!(run::<f32>(dir.path(), &with(stop), "b", false).unwrap().rows.len(), 1);
    let stop = Stop {
        at_most: Some(0.0),
        on: "valid_wrong".into(),
        ..Stop::default()
    };
    let message = run::<f32>(dir.path(), &with(stop), "c", false).unwrap_err().to_string();
    assert!(
        message.contains("`stop.on`: there is no `valid_wrong`; there is `valid_loss`"),
        "{message}"
    );
}

#[test]
fn patience_ends_training() {
    let dir = folder();
    let still = Regime {
        epochs: 50,
        optimizer: Optimizer::Sgd(Sgd { lr: 0.0 }),
        schedule: Schedule::Constant,
        stop: Some(Stop {
            patience: Some(3),
            ..Stop::default()
        }),
        ..regime()
    };
    let outcome = run::<f64>(dir.path(), &still, "a", false).unwrap();
    assert_eq!(
        (outcome.rows.len(), outcome.stopped_early, outcome.best_epoch),
        (4, true, Some(1))
    );
    let resumed = run::<f64>(dir.path(), &still, "a", true).unwrap();
    assert_eq!(resumed, outcome);
}

#[test]
fn the_best_weights_evaluate_to_the_best_loss() {
    let dir = folder();
    let outcome = run::<f64>(dir.path(), &regime(), "a", false).unwrap();
    let mut dataset = data::open(&regime().data, dir.path(), &[], None).unwrap();
    let model = Bigram::new(dataset.sizes()[0].1);
    let (params, meta) = weights::load_into(&outcome.weights, &model.spec).unwrap();
    assert_eq!(&meta.encoding, dataset.encoding());
    let evaluation = evaluate::<f64, Bigram>(&model, dataset.as_mut(), Part::Valid, &regime(), &params).unwrap();
    assert_eq!(evaluation.metrics[0], ("loss".into(), outcome.best_loss));
    assert!(evaluation.text(true, true).contains("\"bits\""));
}

#[test]
fn nothing_to_train_on() {
    let dir = folder();
    let regime = Regime {
        data: Source::Chars(Text {
            split: Some(0.0),
            ..Text::new("text.txt")
        }),
        ..regime()
    };
    let message = run::<f32>(dir.path(), &regime, "a", false).unwrap_err().to_string();
    assert!(message.contains("nothing is left to train on"), "{message}");
}

#[cfg(feature = "program")]
#[test]
fn a_program_trains_evaluates_and_resumes() {
    let dir = folder();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let short = Regime { epochs: 1, ..regime() };
    fs::write(path("short.json"), short.to_json()).unwrap();
    fs::write(path("long.json"), Regime { epochs: 2, ..short }.to_json()).unwrap();
    fs::write(path("m.rnn"), "model bigram() { }").unwrap();
    let model = Bigram::new(9);
    let program = |arguments: &[&str]| {
        let (base, out) = (path(""), path("out"));
        let common = ["--base", &base, "--out", &out, "--quiet"];
        let arguments = common.into_iter().chain(arguments.iter().copied());
        rnn_runtime::program::run(&model, arguments.map(String::from))
    };
    program(&["--regime", &path("short.json"), "--source", &path("m.rnn")]).unwrap();
    let weights = path("out/weights.safetensors");
    assert_eq!(
        weights::load(Path::new(&weights)).unwrap().meta.source.as_deref(),
        Some("model bigram() { }")
    );
    program(&["--regime", &path("long.json"), "--resume"]).unwrap();
    assert_eq!(fs::read_to_string(path("out/metrics.csv")).unwrap().lines().count(), 3);
    program(&["--regime", &path("short.json"), "--mode", "eval", "--weights", &weights]).unwrap();
    // Weights of nine symbols know what to do with a text of fewer, not with a text of others.
    fs::write(path("text.txt"), "abab cdcd").unwrap();
    program(&["--regime", &path("short.json"), "--mode", "eval", "--weights", &weights]).unwrap();
    fs::write(path("text.txt"), "abc\nxyz").unwrap();
    let refused = program(&["--regime", &path("short.json"), "--mode", "eval", "--weights", &weights]);
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("text.txt:1:4: the character \"\\n\"")
    );
    let missing = program(&["--regime", &path("none.json")]).unwrap_err().to_string();
    assert!(
        missing.contains("cannot read") && missing.contains("none.json"),
        "{missing}"
    );
}
