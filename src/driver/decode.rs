//! Drawing a model's targets: its decoder, interpreted or as Rust.

pub use super::decoder::Decoder;
use super::decoder::{evaluated, without_roots};
use super::failure::Failure;
use super::{cache, cargo, train, write};
use crate::backends::interpret::Interpreted;
use crate::backends::rust;
use crate::schedule::Program;
use crate::system::System;
use rnn_runtime::Real;
use rnn_runtime::decode::{self, How, Machine, Part, Parts, Request, Sampling, Search, Start, part, search};
use rnn_runtime::regime::Precision;
use std::process::Command;

impl Decoder {
    /// The decoder run by the interpreter.
    pub fn interpreted<R: Real>(&self) -> Parts<'static, R>
    where
        Interpreted: rnn_runtime::Model<R>,
    {
        let of = |p: &Program| -> Box<dyn Part<R>> { part(Interpreted::new(&without_roots(p), p)) };
        Parts {
            once: self.once.as_ref().map(of),
            start: self.start.as_ref().map(of),
            step: of(&self.step),
            absorb: self.absorb.as_ref().map(of),
        }
    }

    /// Does what a request asks for, and prints it: by a program that is built, or by the interpreter.
    ///
    /// # Errors
    /// An operation that generated code does not have; what keeps the request from being met.
    pub fn run(&self, request: &Request, precision: Precision, interpret: bool, quiet: bool) -> Result<(), Failure> {
        let mut out = std::io::stdout();
        match (interpret, precision) {
            (false, _) => self.build_and_run(request, precision, quiet),
            (true, Precision::F32) => Ok(decode::run(self.interpreted::<f32>(), request, &mut out)?),
            (true, Precision::F64) => Ok(decode::run(self.interpreted::<f64>(), request, &mut out)?),
        }
    }

    fn build_and_run(&self, request: &Request, precision: Precision, quiet: bool) -> Result<(), Failure> {
        let made = cache::write_crate(&self.source(precision)?)?;
        let program = cargo::build(&made, quiet)?;
        let path = std::env::temp_dir().join(format!("rnnc-{}.json", std::process::id()));
        let json = serde_json::to_string(request).expect("internal error: a request is plain data");
        write::file(&path, json.as_bytes())?;
        let status = Command::new(&program).arg(&path).status();
        let _ = std::fs::remove_file(&path);
        let failed = |e| Failure::message(format!("cannot run `{}`: {e}", program.display()));
        cargo::outcome(status.map_err(failed)?, &program)
    }

    /// Its parts as the modules of a program.
    fn source(&self, precision: Precision) -> Result<cache::Source, Failure> {
        let (mut modules, mut fields) = (Vec::new(), String::new());
        for (name, program) in self.parts() {
            let model = program.map(|p| format!("part({name}::{}::new())", rust::type_name(&p.system.name)));
            fields += &match (model, name) {
                (Some(model), "step") => format!("{name}: {model}, "),
                (Some(model), _) => format!("{name}: Some({model}), "),
                (None, _) => format!("{name}: None, "),
            };
            let Some(program) = program else { continue };
            let text = rust::emit(&evaluated(program))
                .map_err(|e| Failure::message(e.to_string()).help("the interpreter has it: `--interpret`"))?;
            modules.push((name, text));
        }
        let precision = train::precision(precision);
        Ok(cache::Source {
            name: format!("decode_{}", self.plan.model.name),
            modules,
            main: format!(
                "use rnn_runtime::decode::{{Parts, part}};\n    \
                 rnn_runtime::program::decode_in::<{precision}>(Parts {{ {fields}}})"
            ),
            what: "decoder",
        })
    }
}

/// The symbols of a model with one categorical target and no inputs, after those of `prime`; at most `length`, and none
/// after the one that ends a sequence. Each is handed on as soon as it is drawn. `params` is flat, in the model's order.
///
/// # Errors
/// See [`Decoder::new`]; and where the model does not draw one symbol a step, or has inputs.
pub fn symbols(
    system: &System,
    params: &[f64],
    sampling: Sampling,
    prime: &[u32],
    length: usize,
    mut each: impl FnMut(u32),
) -> Result<(), Failure> {
    let decoder = Decoder::new(system)?;
    let name = &decoder.plan.model.name;
    let why = match (decoder.reads(), decoder.plan.classes()) {
        (Some(input), _) => Some(format!("it reads `{input}`")),
        (None, None) => Some("it does not draw one symbol a step".into()),
        (None, Some(_)) => None,
    };
    if let Some(why) = why {
        let text = format!("`{name}` does not draw symbols by itself: {why}");
        return Err(Failure::message(text));
    }
    let mut machine = Machine::new(&decoder.plan, decoder.interpreted(), params);
    let settings = Search {
        how: How::Sample(sampling),
        count: 1,
    };
    let start = Start::alone(&decoder.plan, prime, length);
    search(&mut machine, &[start], &settings, &mut |_, step| {
        each(step[0][0] as u32)
    })?;
    Ok(())
}
