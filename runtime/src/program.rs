//! The `main` of a training program that rnnc generates. Its arguments come from rnnc, not from people.

use crate::data::{self, Dataset, Declared, Encoding, Part};
use crate::decode::{self, Parts, Request};
use crate::error::Error;
use crate::model::Model;
use crate::real::Real;
use crate::regime::{Precision, Regime};
use crate::train::{self, Reporter, Run, bar, report};
use crate::weights;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// ```text
/// --regime FILE   the settings, as JSON
/// --out DIR       where a run's files go
/// --base DIR      what the data's path is relative to; by default the current folder
/// --resume        go on from the checkpoint in DIR
/// --weights FILE  start from these weights, or evaluate them
/// --encoding FILE  how to read the data, as JSON; by default that of the weights, else learnt from the data
/// --source FILE   the spec, to be saved with the weights
/// --note KEY=VALUE  something else to be saved with the weights; may be given again
/// --mode train|eval
/// --part train|valid|test|all  what to evaluate on; by default the validation part, or everything where there is none
/// --quiet, --json what is told while it runs
/// ```
#[derive(Debug, Default)]
struct Arguments {
    regime: PathBuf,
    base: PathBuf,
    encoding: Option<PathBuf>,
    source: Option<PathBuf>,
    evaluate: bool,
    part: Option<Part>,
    quiet: bool,
    json: bool,
    run: Run,
}

/// Trains or evaluates a model as the program's arguments say. 0 when that went well; else 1, with the reason on
/// standard error.
pub fn main<M: Model<f32> + Model<f64>>(model: M) -> ExitCode {
    exit(run(&model, std::env::args().skip(1)))
}

/// [`main`] of a program that is compiled in the one precision that its regime asks for: half the code.
pub fn main_in<R: Real, M: Model<R>>(model: M) -> ExitCode {
    exit(run_in(&model, std::env::args().skip(1)))
}

/// The `main` of a decoder: does what the request in the file that is its only argument asks for.
pub fn decode_in<R: Real>(parts: Parts<R>) -> ExitCode {
    let read_request = |path: String| {
        let text = read(Path::new(&path))?;
        serde_json::from_str(&text).map_err(|e| Error::Usage(format!("{path} is no request: {e}")))
    };
    let path = std::env::args().nth(1);
    let request = path
        .ok_or_else(|| Error::Usage("a request is needed".into()))
        .and_then(read_request);
    exit(request.and_then(|request: Request| decode::run(parts, &request, &mut std::io::stdout().lock())))
}

fn exit(done: Result<(), Error>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// [`main`] with other arguments.
///
/// # Errors
/// Wrong arguments, and what [`train::train`] and [`train::evaluate`] report.
pub fn run<M: Model<f32> + Model<f64>>(model: &M, arguments: impl IntoIterator<Item = String>) -> Result<(), Error> {
    let arguments = parse(arguments.into_iter())?;
    let regime = Regime::from_json(&read(&arguments.regime)?)?;
    match regime.precision {
        Precision::F32 => execute::<f32, M>(model, &regime, &arguments),
        Precision::F64 => execute::<f64, M>(model, &regime, &arguments),
    }
}

fn run_in<R: Real, M: Model<R>>(model: &M, arguments: impl IntoIterator<Item = String>) -> Result<(), Error> {
    let arguments = parse(arguments.into_iter())?;
    let regime = Regime::from_json(&read(&arguments.regime)?)?;
    let precision = match regime.precision {
        Precision::F32 => f32::NAME,
        Precision::F64 => f64::NAME,
    };
    if precision != R::NAME {
        let why = format!(
            "this program computes in {}, and the regime asks for {precision}",
            R::NAME
        );
        return Err(Error::Usage(why));
    }
    execute::<R, M>(model, &regime, &arguments)
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Arguments, Error> {
    let mut parsed = Arguments::default();
    while let Some(name) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| Error::Usage(format!("`{name}` needs a value")))
        };
        match name.as_str() {
            "--regime" => parsed.regime = value()?.into(),
            "--out" => parsed.run.out = value()?.into(),
            "--base" => parsed.base = value()?.into(),
            "--weights" => parsed.run.weights = Some(value()?.into()),
            "--source" => parsed.source = Some(value()?.into()),
            "--mode" => match value()?.as_str() {
                "train" => parsed.evaluate = false,
                "eval" => parsed.evaluate = true,
                other => return Err(Error::Usage(format!("`--mode {other}` is neither `train` nor `eval`"))),
            },
            "--encoding" => parsed.encoding = Some(value()?.into()),
            "--part" => parsed.part = Some(Part::of(&value()?).map_err(Error::Usage)?),
            "--note" => {
                let note = value()?;
                let (key, value) = note
                    .split_once('=')
                    .ok_or_else(|| Error::Usage(format!("`--note {note}` is not KEY=VALUE")))?;
                parsed.run.notes.insert(key.into(), value.into());
            }
            "--resume" => parsed.run.resume = true,
            "--quiet" => parsed.quiet = true,
            "--json" => parsed.json = true,
            _ => return Err(Error::Usage(format!("unknown argument `{name}`"))),
        }
    }
    Ok(parsed)
}

fn execute<R: Real, M: Model<R>>(model: &M, regime: &Regime, arguments: &Arguments) -> Result<(), Error> {
    let declared = Declared::of(model.spec());
    let open = |encoding: Option<&Encoding>| data::open(&regime.data, &arguments.base, &declared, encoding);
    let saved = saved_weights(&arguments.run)
        .map(|path| weights::load(&path))
        .transpose()?;
    let mut dataset = match (&arguments.encoding, &saved) {
        (Some(path), _) => {
            let encoding = serde_json::from_str(&read(path)?)
                .map_err(|e| Error::Usage(format!("{} is no encoding: {e}", path.display())))?;
            open(Some(&encoding))?
        }
        (None, Some(saved)) => open(Some(&saved.meta.encoding))?,
        (None, None) => open(None)?,
    };
    if arguments.evaluate {
        let path = arguments.run.weights.as_deref();
        let path = path.ok_or_else(|| Error::Usage("`--mode eval` needs `--weights`".into()))?;
        let part = arguments.part.unwrap_or_else(|| data::held_out(dataset.as_ref()));
        return evaluate::<R, M>(model, dataset.as_mut(), regime, part, path, arguments.json);
    }
    let mut run = arguments.run.clone();
    run.source = arguments.source.as_deref().map(read).transpose()?;
    let mut reporter = reporter(arguments.quiet, arguments.json, regime.report);
    train::train::<R, M>(model, dataset.as_mut(), regime, &run, reporter.as_mut())?;
    Ok(())
}

/// The file whose encoding the data must keep to.
fn saved_weights(run: &Run) -> Option<PathBuf> {
    let checkpoint = run.out.join(train::CHECKPOINT);
    if run.resume && checkpoint.exists() {
        Some(checkpoint)
    } else {
        run.weights.clone()
    }
}

/// What tells the progress of training: nothing, JSON lines, a bar on a terminal, or lines of text.
pub fn reporter(quiet: bool, json: bool, seconds: f64) -> Box<dyn Reporter> {
    if json {
        Box::new(report::Json::new())
    } else if quiet {
        Box::new(report::Quiet)
    } else if std::io::stderr().is_terminal() {
        Box::new(bar::Bar::new())
    } else {
        Box::new(report::Lines::new(seconds))
    }
}

/// Prints the metrics of a part.
fn evaluate<R: Real, M: Model<R>>(
    model: &M,
    dataset: &mut dyn Dataset,
    regime: &Regime,
    part: Part,
    path: &Path,
    json: bool,
) -> Result<(), Error> {
    let (params, _) = weights::load_into(path, model.spec())?;
    let params: Vec<R> = params.into_iter().map(R::of).collect();
    let evaluation = train::evaluate::<R, M>(model, dataset, part, regime, &params)?;
    println!("{}", evaluation.text(dataset.encoding().text().is_some(), json));
    Ok(())
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(Error::read(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        let parse = |text: &str| parse(text.split_whitespace().map(String::from));
        let a = parse("--regime r.json --out runs/a --mode eval --weights w --json").unwrap();
        assert_eq!((a.regime, a.run.out), ("r.json".into(), "runs/a".into()));
        assert!(a.evaluate && a.json && !a.quiet && !a.run.resume);
        for (text, expected) in [
            ("--out", "needs a value"),
            ("--mode x", "neither"),
            ("--what", "unknown"),
        ] {
            assert!(parse(text).unwrap_err().to_string().contains(expected));
        }
    }
}
