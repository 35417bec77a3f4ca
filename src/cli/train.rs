use super::args::Train;
use super::shell::Shell;
use super::{next, spec};
use crate::backends::standalone;
use crate::driver::load::Loaded;
use crate::driver::models;
use crate::driver::regime::Chosen;
use crate::driver::runs::Origin;
use crate::driver::train::{Action, Job};
use crate::driver::trained::Trained;
use crate::driver::{Failure, compile, data, regime, sample};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What tells that a folder holds a run.
const WEIGHTS: &str = "weights.safetensors";
const CHECKPOINT: &str = "checkpoint.safetensors";

/// The length of the text that is shown after training.
const SAMPLE: usize = 240;

pub fn run(args: &Train, shell: &mut Shell) -> Result<(), Failure> {
    let loaded = spec::load(&args.spec, shell)?;
    let chosen = chosen(args, &loaded, shell)?;
    let model = spec::model(&args.spec, &loaded, Some(&chosen))?;
    let mut dataset = data::open(&chosen, &loaded, &data::declared(model, &args.spec.define), None)?;
    let sizes = models::bind(model, &args.spec.define, &data::sizes(dataset.as_ref()))?;
    let as_trained = spec::as_trained(model, Some(&chosen))?;
    let system = spec::elaborate(&loaded, &as_trained, &sizes, shell)?;
    compile::trainable(&system)?;
    data::fit(dataset.as_mut(), &chosen, &system)?;
    regime::stops(&chosen, &system)?;
    let out = out_folder(args, &chosen.name)?;
    let job = Job {
        loaded: &loaded,
        chosen: &chosen,
        system: &system,
        sizes: &sizes,
        encoding: dataset.encoding(),
        quiet: shell.quiet,
        json: shell.json,
    };
    let origin = origin(args);
    if args.interpret {
        origin.save(&out)?;
        job.interpret(&out, args.resume)?;
    } else {
        let program = job.build()?;
        origin.save(&out)?;
        let action = Action::Train {
            out: out.clone(),
            resume: args.resume,
        };
        job.run(&program, &action)?;
    }
    finish(args, &job, &out, shell)
}

/// What a report on the run needs to know.
fn origin(args: &Train) -> Origin {
    let spec = &args.spec;
    Origin {
        spec: (spec.file != Path::new("-")).then(|| spec.file.clone()),
        model: spec.model.clone(),
        regime: spec.regime.clone(),
        define: spec.define.clone(),
        set: spec.set.clone(),
        data: spec.data.clone(),
    }
}

/// The regime with what the command line says of it.
fn chosen(args: &Train, loaded: &Loaded, shell: &Shell) -> Result<Chosen, Failure> {
    let Some(mut chosen) = spec::regime(&args.spec, loaded, shell)? else {
        return Err(Failure::message("nothing says what to train on")
            .help("name a text, `--data input.txt`, or write a regime into the specification:")
            .help("train MODEL {\n    data chars(\"input.txt\");\n}"));
    };
    if let Some(threads) = args.threads {
        chosen.regime.threads = Some(threads as usize);
    }
    if let Some(epochs) = args.epochs {
        chosen.regime.epochs = epochs as usize;
    }
    Ok(chosen)
}

/// The folder of the run. Without `--out` a new one, `runs/NAME` or `runs/NAME-2` and so on; with `--resume` the last of
/// those.
fn out_folder(args: &Train, name: &str) -> Result<PathBuf, Failure> {
    let numbered = |n: usize| match n {
        1 => Path::new("runs").join(name),
        n => Path::new("runs").join(format!("{name}-{n}")),
    };
    let used = |folder: &Path| folder.join(WEIGHTS).exists() || folder.join(CHECKPOINT).exists();
    let out = match &args.out {
        Some(out) => out.clone(),
        None => {
            let free = (1..).find(|n| !used(&numbered(*n))).unwrap_or(1);
            numbered(if args.resume { free.max(2) - 1 } else { free })
        }
    };
    if args.resume && !out.join(CHECKPOINT).exists() {
        return Err(
            Failure::message(format!("`{}` has no checkpoint to go on from", out.display()))
                .help("`--out` names the folder of the run to resume"),
        );
    }
    if !args.resume && used(&out) {
        return Err(Failure::message(format!("`{}` already holds a run", out.display()))
            .help("`--resume` goes on with it, another `--out` keeps it"));
    }
    Ok(out)
}

/// Says where everything is, shows what the model learnt, and what can be done with it.
fn finish(args: &Train, job: &Job, out: &Path, shell: &Shell) -> Result<(), Failure> {
    let weights = out.join(WEIGHTS);
    let trained = Trained::open(&weights)?;
    let name = &job.system.name;
    let seed = job.chosen.regime.seed;
    // Only models of text that can run one step at a time have a sample to show.
    let text = sample::text(job.system, &trained, SAMPLE, seed).ok();
    if shell.json {
        shell.document(&json!({
            "kind": "trained", "model": name, "weights": weights, "metrics": out.join("metrics.csv"),
            "plot": out.join("loss.svg"), "checkpoint": out.join(CHECKPOINT), "sample": text,
        }));
        return Ok(());
    }
    shell.say(&format!(
        "\nweights  {}\nmetrics  {}\nplot     {}",
        weights.display(),
        out.join("metrics.csv").display(),
        out.join("loss.svg").display()
    ));
    if let Some(text) = &text {
        shell.say(&format!("\na sample\n    {}", text.trim().replace('\n', "\n    ")));
    }
    let ships = standalone::can_ship(&compile::inference(job.system));
    shell.say(&next::steps(&args.spec, name, out, &weights, text.is_some(), ships));
    Ok(())
}
