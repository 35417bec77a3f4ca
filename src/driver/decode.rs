//! Drawing a model's targets: its decoder, interpreted or as Rust.

use super::compile;
use super::failure::Failure;
use crate::backends::interpret::Interpreted;
use crate::backends::rust::{self, Compiled};
use crate::backends::spec::model_spec;
use crate::rewrite::Decoding;
use crate::schedule::{Program, schedule};
use crate::system::{Elem, System};
use rnn_runtime::Real;
use rnn_runtime::decode::{Drawn, Part, Parts, Plan, part};

/// A decoder as programs.
pub struct Decoder {
    pub plan: Plan,
    once: Option<Program>,
    start: Option<Program>,
    step: Program,
    absorb: Option<Program>,
}

impl Decoder {
    /// # Errors
    /// Where the model has no target to draw, or cannot run step by step.
    pub fn new(system: &System) -> Result<Decoder, Failure> {
        let decoding = compile::decoding(system)?;
        if decoding.draws.is_empty() {
            return Err(
                Failure::message(format!("`{}` observes nothing that could be drawn", system.name))
                    .help("a target becomes a thing to draw by `target ~ categorical(...);`"),
            );
        }
        Ok(Decoder {
            plan: plan(system, &decoding),
            once: decoding.once.as_ref().map(compile::part),
            start: decoding.start.as_ref().map(compile::part),
            step: compile::part(&decoding.step),
            absorb: decoding.absorb.as_ref().map(compile::part),
        })
    }

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

    /// Its parts as Rust modules, by name.
    ///
    /// # Errors
    /// An operation that generated code does not have yet.
    pub fn modules(&self) -> Result<Vec<(&'static str, String)>, Failure> {
        let parts = [
            ("once", self.once.as_ref()),
            ("start", self.start.as_ref()),
            ("step", Some(&self.step)),
            ("absorb", self.absorb.as_ref()),
        ];
        let module = |(name, program): (&'static str, &Program)| {
            let compiled = Compiled {
                train: without_roots(program),
                evaluate: program.clone(),
            };
            let text = rust::emit(&compiled)
                .map_err(|e| Failure::message(e.to_string()).help("the interpreter has it: `--interpret`"))?;
            Ok((name, text))
        };
        let there = parts.into_iter().filter_map(|(name, p)| Some((name, p?)));
        there.map(module).collect()
    }
}

/// Nothing is trained in a decoder.
fn without_roots(program: &Program) -> Program {
    let mut system = program.system.clone();
    system.roots.clear();
    schedule(system)
}

fn plan(system: &System, decoding: &Decoding) -> Plan {
    let model = model_spec(&compile::inference(system));
    let axis = |name: &String| model.axes.iter().position(|a| a.name == *name);
    let draws = decoding.draws.iter().map(|d| Drawn {
        target: d.target.clone(),
        classes: match d.elem {
            Elem::Index(n) => Some(n),
            Elem::Real | Elem::Bit => None,
        },
        size: d.size,
        dist: d.dist,
        params: d.params.clone(),
        until: d.until,
    });
    Plan {
        axis: decoding.axis.as_ref().and_then(axis),
        given: decoding.given,
        draws: draws.collect(),
        model,
    }
}
