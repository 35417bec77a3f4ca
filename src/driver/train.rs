//! Running a training: as a program built for the model, or by the interpreter.

use super::failure::Failure;
use super::load::Loaded;
use super::models::Sizes;
use super::regime::Chosen;
use super::{cache, cargo, compile, data, trained, write};
use crate::backends::interpret::Interpreted;
use crate::backends::rust;
use crate::backends::spec::model_spec;
use crate::rewrite;
use crate::source::FileId;
use crate::system::System;
use rnn_runtime::data::{Dataset, Declared, Encoding, Part, held_out};
use rnn_runtime::regime::Precision;
use rnn_runtime::train::{self, Evaluation, Outcome, Run};
use rnn_runtime::{Real, program};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A model, its data, and how to train it.
pub struct Job<'a> {
    pub loaded: &'a Loaded,
    pub chosen: &'a Chosen,
    pub system: &'a System,
    /// Sizes to save with the weights.
    pub sizes: &'a Sizes,
    /// How the data are read: as `dataset.encoding()` says, or as saved with the weights.
    pub encoding: &'a Encoding,
    pub quiet: bool,
    pub json: bool,
}

/// What a job does.
pub enum Action {
    /// Into a folder, from its checkpoint where it resumes.
    Train { out: PathBuf, resume: bool },
    /// These weights, on a part of the data; by default what they keep for validation.
    Evaluate { weights: PathBuf, part: Option<Part> },
}

impl Job<'_> {
    /// Builds the model's training program, or finds it built.
    pub fn build(&self) -> Result<PathBuf, Failure> {
        let precision = precision(self.chosen.regime.precision);
        let bounded = self.chosen.regime.memory.is_some();
        if bounded
            && !self.quiet
            && let Err(why) = rewrite::segments(&compile::training(self.system).system)
        {
            let name = &self.system.name;
            eprintln!("note: `memory` does not cut `{name}` into segments: {why}");
        }
        let (name, module) = (&self.system.name, module(self.system, bounded)?);
        let source = cache::Source::training(name, module, &rust::type_name(name), precision);
        let made = cache::write_crate(&source)?;
        cargo::build(&made, self.quiet)
    }

    /// Runs a built program. It speaks for itself: what it prints is this program's output.
    pub fn run(&self, program: &Path, action: &Action) -> Result<(), Failure> {
        let notes = std::env::temp_dir().join(format!("rnnc-{}", std::process::id()));
        write::make_folder(&notes)?;
        let done = self.command(program, action, &notes).and_then(|mut command| {
            let status = command.status();
            status.map_err(|e| Failure::message(format!("cannot run `{}`: {e}", program.display())))
        });
        let _ = std::fs::remove_dir_all(&notes);
        cargo::outcome(done?, program)
    }

    fn command(&self, program: &Path, action: &Action, notes: &Path) -> Result<Command, Failure> {
        let (regime, source, encoding) = (
            notes.join("regime.json"),
            notes.join("source.rnn"),
            notes.join("encoding.json"),
        );
        let json = serde_json::to_string(self.encoding).expect("internal error: an encoding is plain data");
        write::file(&encoding, json.as_bytes())?;
        write::file(&regime, self.chosen.regime.to_json().as_bytes())?;
        write::file(&source, self.first_file().text.as_bytes())?;
        let mut command = Command::new(program);
        command.arg("--regime").arg(regime).arg("--source").arg(source);
        command.arg("--encoding").arg(encoding);
        if !self.loaded.folder.as_os_str().is_empty() {
            command.arg("--base").arg(&self.loaded.folder);
        }
        match action {
            Action::Train { out, resume } => {
                command.args(["--mode", "train", "--out"]).arg(out);
                for (key, value) in trained::notes(self.sizes) {
                    command.args(["--note", &format!("{key}={value}")]);
                }
                if *resume {
                    command.arg("--resume");
                }
            }
            Action::Evaluate { weights, part } => {
                command.args(["--mode", "eval", "--weights"]).arg(weights);
                if let Some(part) = part {
                    command.args(["--part", part.name()]);
                }
            }
        }
        if self.quiet && !self.json {
            command.arg("--quiet");
        }
        if self.json {
            command.arg("--json");
        }
        Ok(command)
    }

    /// Trains by the interpreter.
    pub fn interpret(&self, out: &Path, resume: bool) -> Result<Outcome, Failure> {
        let run = Run {
            out: out.to_path_buf(),
            resume,
            weights: None,
            source: Some(self.first_file().text.to_string()),
            notes: trained::notes(self.sizes).into_iter().collect(),
        };
        match self.chosen.regime.precision {
            Precision::F32 => self.train_as::<f32>(&run),
            Precision::F64 => self.train_as::<f64>(&run),
        }
    }

    fn train_as<R: Real>(&self, run: &Run) -> Result<Outcome, Failure>
    where
        Interpreted: rnn_runtime::Model<R>,
    {
        let regime = &self.chosen.regime;
        let mut dataset = self.open()?;
        let mut reporter = program::reporter(self.quiet, self.json, regime.report);
        Ok(train::train::<R, _>(
            &self.interpreted(),
            dataset.as_mut(),
            regime,
            run,
            reporter.as_mut(),
        )?)
    }

    /// Evaluates by the interpreter.
    pub fn evaluate(&self, params: &[f64], part: Option<Part>) -> Result<Evaluation, Failure> {
        let mut dataset = self.open()?;
        let part = part.unwrap_or_else(|| held_out(dataset.as_ref()));
        let evaluation =
            train::evaluate::<f64, _>(&self.interpreted(), dataset.as_mut(), part, &self.chosen.regime, params);
        Ok(evaluation?)
    }

    fn open(&self) -> Result<Box<dyn Dataset>, Failure> {
        let declared = Declared::of(&model_spec(self.system));
        data::open(self.chosen, self.loaded, &declared, Some(self.encoding))
    }

    fn interpreted(&self) -> Interpreted {
        Interpreted::new(&compile::training(self.system), &compile::evaluation(self.system))
    }

    fn first_file(&self) -> &crate::source::SourceFile {
        self.loaded.sources.file(FileId(0))
    }
}

/// The type of numbers in Rust.
pub fn precision(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "f32",
        Precision::F64 => "f64",
    }
}

/// The model as a Rust module; `bounded`, it keeps to a bound of memory.
///
/// # Errors
/// An operation that generated code does not have yet.
pub fn module(system: &System, bounded: bool) -> Result<String, Failure> {
    let compiled = rust::Compiled {
        train: compile::training(system),
        evaluate: compile::evaluation(system),
    };
    let code = match bounded {
        true => rust::emit_bounded(&compiled),
        false => rust::emit(&compiled),
    };
    code.map_err(|e| Failure::message(e.to_string()).help("the interpreter has it: `rnnc train --interpret`"))
}
