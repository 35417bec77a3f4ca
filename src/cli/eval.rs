use super::args::Eval;
use super::shell::Shell;
use super::spec;
use crate::backends::spec::model_spec;
use crate::driver::train::{Action, Job};
use crate::driver::trained::Trained;
use crate::driver::{Failure, cargo, compile, data, models};
use rnn_runtime::data::Declared;

pub fn run(args: &Eval, shell: &mut Shell) -> Result<(), Failure> {
    let loaded = spec::load(&args.spec, shell)?;
    let trained = Trained::open(&args.weights)?;
    let Some(chosen) = spec::regime(&args.spec, &loaded, shell)? else {
        return Err(Failure::message("nothing says what to evaluate on").help("name a text: `--data input.txt`"));
    };
    let model = spec::trained_model(&args.spec, &loaded, &trained)?;
    let sizes = models::bind(model, &args.spec.define, &trained.sizes())?;
    let as_trained = spec::as_trained(model, Some(&chosen))?;
    let system = spec::elaborate(&loaded, &as_trained, &sizes, shell)?;
    compile::trainable(&system)?;
    let params = trained.arena(&model_spec(&compile::inference(&system)))?;
    let encoding = &trained.weights.meta.encoding;
    let declared = Declared::of(&model_spec(&system));
    let mut dataset = data::open(&chosen, &loaded, &declared, Some(encoding))?;
    data::fit(dataset.as_mut(), &chosen, &system)?;
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
