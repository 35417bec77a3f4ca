use super::args::Eval;
use super::shell::Shell;
use super::spec::{self, decode};
use crate::backends::spec::model_spec;
use crate::driver::decode::Decoder;
use crate::driver::load::Loaded;
use crate::driver::regime::Chosen;
use crate::driver::train::{Action, Job};
use crate::driver::trained::Trained;
use crate::driver::{Failure, cargo, compile, data, models};
use crate::system::System;
use rnn_runtime::data::Declared;
use rnn_runtime::decode::{Request, Task};

pub fn run(args: &Eval, shell: &mut Shell) -> Result<(), Failure> {
    let loaded = spec::load(&args.spec, shell)?;
    let trained = Trained::open(&args.weights)?;
    let model = spec::trained_model(&args.spec, &loaded, &trained)?;
    let Some(chosen) = spec::regime_of(&args.spec, Some(&model.name.name), &loaded, shell)? else {
        return Err(Failure::message("nothing says what to evaluate on").help("name a text: `--data input.txt`"));
    };
    let sizes = models::bind(model, &args.spec.define, &trained.sizes())?;
    let as_trained = spec::as_trained(model, Some(&chosen))?;
    let system = spec::elaborate(&loaded, &as_trained, &sizes, shell)?;
    compile::trainable(&system)?;
    let params = trained.arena(&model_spec(&compile::inference(&system)))?;
    let encoding = &trained.weights.meta.encoding;
    let declared = Declared::of(&model_spec(&system));
    let mut dataset = data::open(&chosen, &loaded, &declared, Some(encoding))?;
    data::fit(dataset.as_mut(), &chosen, &system)?;
    if args.decode {
        return compare(args, &system, &trained, &loaded, &chosen, shell);
    }
    let job = Job {
        loaded: &loaded,
        chosen: &chosen,
        system: &system,
        sizes: &sizes,
        encoding,
        quiet: shell.quiet,
        json: shell.json,
    };
    if !args.interpret && cargo::available() {
        let program = job.build()?;
        let weights = trained.path.clone();
        return job.run(
            &program,
            &Action::Evaluate {
                weights,
                part: args.part,
            },
        );
    }
    let evaluation = job.evaluate(&params, args.part)?;
    shell.print(&format!("{}\n", evaluation.text(encoding.text().is_some(), shell.json)));
    Ok(())
}

/// What the model says by itself against the data's targets.
fn compare(
    args: &Eval,
    system: &System,
    trained: &Trained,
    loaded: &Loaded,
    chosen: &Chosen,
    shell: &Shell,
) -> Result<(), Failure> {
    let decoder = Decoder::new(system)?;
    let request = Request {
        search: decode::search(&args.search, 0.0),
        weights: trained.path.clone(),
        data: Some(decode::examples(&args.search, chosen, loaded, args.part)),
        length: args.search.length,
        prime: Vec::new(),
        task: Task::Compare,
        json: shell.json,
        plan: decoder.plan.clone(),
    };
    decode::run(&decoder, &request, Some(chosen), args.interpret, shell)
}
