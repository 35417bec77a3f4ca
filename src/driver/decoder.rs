//! The systems that make a model's steps, as programs: of one that says its targets itself, or that gets its inputs one by
//! one.

use super::compile;
use super::failure::Failure;
use crate::backends::rust::{self, Compiled, Unsupported};
use crate::backends::spec::model_spec;
use crate::rewrite::Decoding;
use crate::schedule::{Program, schedule};
use crate::system::{Elem, System};
use proc_macro2::TokenStream;
use rnn_runtime::decode::{Drawn, Plan};

/// A decoder as programs.
pub struct Decoder {
    pub plan: Plan,
    pub(super) once: Option<Program>,
    pub(super) start: Option<Program>,
    pub(super) step: Program,
    pub(super) absorb: Option<Program>,
}

impl Decoder {
    /// That draws the model's targets.
    ///
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
        Ok(Decoder::of(system, &decoding))
    }

    /// That makes every output at each step, of inputs that come one by one.
    ///
    /// # Errors
    /// Where the model cannot run step by step, or has none.
    pub fn online(system: &System) -> Result<Decoder, Failure> {
        let decoding = compile::online(system)?;
        if decoding.axis.is_none() {
            return Err(Failure::message(format!("`{}` reads no sequence", system.name)));
        }
        Ok(Decoder::of(system, &decoding))
    }

    fn of(system: &System, decoding: &Decoding) -> Decoder {
        Decoder {
            plan: plan(system, decoding),
            once: decoding.once.as_ref().map(compile::part),
            start: decoding.start.as_ref().map(compile::part),
            step: compile::part(&decoding.step),
            absorb: decoding.absorb.as_ref().map(compile::part),
        }
    }

    /// The first of its inputs.
    pub fn reads(&self) -> Option<&str> {
        let (spec, _, _) = self.plan.reading(false);
        let first = spec.data.first()?;
        self.plan
            .model
            .data
            .iter()
            .map(|d| d.name.as_str())
            .find(|n| *n == first.name)
    }

    /// Its parts by name.
    pub fn parts(&self) -> [(&'static str, Option<&Program>); 4] {
        [
            ("once", self.once.as_ref()),
            ("start", self.start.as_ref()),
            ("step", Some(&self.step)),
            ("absorb", self.absorb.as_ref()),
        ]
    }

    /// The modules of its parts.
    ///
    /// # Errors
    /// An operation that generated code does not have.
    pub fn tokens(&self) -> Result<Vec<(&'static str, TokenStream)>, Unsupported> {
        let there = self.parts().into_iter().filter_map(|(name, p)| Some((name, p?)));
        there
            .map(|(name, program)| Ok((name, rust::tokens(&evaluated(program), false)?)))
            .collect()
    }
}

/// Nothing is trained in a decoder.
pub(super) fn evaluated(program: &Program) -> Compiled {
    Compiled {
        train: without_roots(program),
        evaluate: program.clone(),
    }
}

pub(super) fn without_roots(program: &Program) -> Program {
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
