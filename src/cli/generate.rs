use super::args::Generate;
use super::shell::Shell;
use super::spec;
use crate::backends::spec::model_spec;
use crate::driver::generate::Generator;
use crate::driver::trained::Trained;
use crate::driver::{Failure, compile, models, sample};
use crate::system::System;
use rnn_runtime::decode::Sampling;
use serde_json::json;

pub fn run(args: &Generate, shell: &mut Shell) -> Result<(), Failure> {
    let loaded = spec::load(&args.spec, shell)?;
    let trained = Trained::open(&args.weights)?;
    let model = spec::trained_model(&args.spec, &loaded, &trained)?;
    let sizes = models::bind(model, &args.spec.define, &trained.sizes())?;
    let system = spec::elaborate(&loaded, model, &sizes, shell)?;
    let sampling = Sampling {
        temperature: args.temperature,
        top_k: args.top_k.map(|k| k as usize),
        top_p: args.top_p,
        seed: args.seed,
    };
    match trained.weights.meta.encoding.text() {
        Some(_) => text(args, &system, &trained, sampling, shell),
        None => numbers(args, &system, &trained, sampling, shell),
    }
}

/// Text, shown as its symbols are drawn.
fn text(args: &Generate, system: &System, trained: &Trained, sampling: Sampling, shell: &Shell) -> Result<(), Failure> {
    let mut text = args.prime.clone();
    let live = !shell.json;
    let mut begun = false;
    sample::characters(system, trained, sampling, &args.prime, args.length, |piece| {
        if live && !begun {
            shell.print(&args.prime);
            begun = true;
        }
        if live {
            shell.print(piece);
        }
        text.push_str(piece);
    })?;
    match shell.json {
        true => shell.document(&json!({ "kind": "text", "text": text, "prime": args.prime, "seed": args.seed })),
        false => shell.print("\n"),
    }
    Ok(())
}

/// A line a step: what each observation drew, separated by commas.
fn numbers(
    args: &Generate,
    system: &System,
    trained: &Trained,
    sampling: Sampling,
    shell: &Shell,
) -> Result<(), Failure> {
    if !args.prime.is_empty() {
        return Err(Failure::message(
            "`--prime` is for models of text, and this one has no vocabulary",
        ));
    }
    let params = trained.arena(&model_spec(&compile::inference(system)))?;
    let mut generator = Generator::new(system, &params, sampling)?;
    for _ in 0..args.length {
        if generator.ended() {
            break;
        }
        let drawn = generator.draw();
        match shell.json {
            true => shell.document(&json!({ "kind": "step", "drawn": drawn })),
            false => {
                let row: Vec<String> = drawn.iter().flatten().map(f64::to_string).collect();
                shell.print(&format!("{}\n", row.join(",")));
            }
        }
    }
    Ok(())
}
