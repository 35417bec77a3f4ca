use super::args::Generate;
use super::shell::Shell;
use super::spec::{self, decode};
use crate::driver::decode::Decoder;
use crate::driver::trained::Trained;
use crate::driver::{Failure, models, sample};
use crate::system::System;
use rnn_runtime::data::Part;
use rnn_runtime::decode::{Request, Task};

/// Symbols of a text, where nothing else is said.
const LENGTH: usize = 500;

pub fn run(args: &Generate, shell: &mut Shell) -> Result<(), Failure> {
    let loaded = spec::load(&args.spec, shell)?;
    let trained = Trained::open(&args.weights)?;
    let model = spec::trained_model(&args.spec, &loaded, &trained)?;
    let sizes = models::bind(model, &args.spec.define, &trained.sizes())?;
    let system = spec::elaborate(&loaded, model, &sizes, shell)?;
    let decoder = Decoder::new(&system)?;
    let chosen = spec::regime_of(&args.spec, Some(&model.name.name), &loaded, shell)?;
    let prime = prime(args, &system, &decoder, &trained)?;
    let mut search = decode::search(&args.search, 1.0);
    search.count = args.count as usize;
    let mut request = Request {
        search,
        weights: trained.path.clone(),
        data: None,
        length: args.search.length,
        prime,
        task: Task::Show,
        json: shell.json,
        plan: decoder.plan.clone(),
    };
    match (decoder.reads(), &chosen) {
        (None, _) => request.length = request.length.or(Some(LENGTH)),
        (Some(input), None) => {
            return Err(Failure::message(format!(
                "`{}` reads `{input}`, and nothing says from where",
                system.name
            ))
            .help("`--data FILE`, with a regime that says how to read it"));
        }
        (Some(_), Some(chosen)) => {
            let all = args.spec.data.is_some().then_some(Part::Whole);
            request.data = Some(decode::examples(&args.search, chosen, &loaded, args.part.or(all)));
        }
    }
    decode::run(&decoder, &request, chosen.as_ref(), args.interpret, shell)
}

/// The symbols that `--prime` stands for.
fn prime(args: &Generate, system: &System, decoder: &Decoder, trained: &Trained) -> Result<Vec<u32>, Failure> {
    if args.prime.is_empty() {
        return Ok(Vec::new());
    }
    if decoder.reads().is_some() || decoder.plan.classes().is_none() {
        return Err(
            Failure::message("`--prime` is for models that say a text by themselves")
                .help("`--given N` takes the first steps from the data"),
        );
    }
    sample::encode(sample::vocabulary(system, trained)?, &args.prime)
}
