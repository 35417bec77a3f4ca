//! What is reported on: a trained model at work on its data.

use crate::backends::interpret::{Inputs, Interpreter, Values};
use crate::backends::spec::model_spec;
use crate::driver::compile;
use crate::driver::load::Loaded;
use crate::driver::regime::Chosen;
use crate::driver::runs::Run;
use crate::schedule::Program;
use crate::system::{AxisId, Elem, Op, System, Value, graph};
use rnn_runtime::ModelSpec;
use rnn_runtime::data::{self, Dataset, Encoding, Example, Part, Pass, Tokens, Vocabulary};
use std::borrow::Cow;

/// Steps of a sample sequence that are shown.
pub(super) const STEPS: usize = 200;

pub struct Subject<'a> {
    pub run: &'a Run,
    pub loaded: &'a Loaded,
    /// What data are read, and how; none where the specification has no regime.
    pub chosen: Option<&'a Chosen>,
    pub system: &'a System,
    /// In the model's order.
    pub params: &'a [f64],
    /// Bound to the model; else why there are none.
    pub data: Result<Box<dyn Dataset>, String>,
    /// What is to be said of the specification.
    pub notes: Vec<String>,
    /// The command that trained it.
    pub command: String,
}

/// A subject, made ready to be interpreted.
pub(super) struct Ready<'a> {
    pub subject: &'a Subject<'a>,
    /// Of evaluation.
    pub program: Program,
    pub spec: ModelSpec,
}

impl<'a> Ready<'a> {
    pub(super) fn new(subject: &'a Subject<'a>) -> Ready<'a> {
        let program = compile::evaluation(subject.system);
        let spec = model_spec(&program.system);
        Ready { subject, program, spec }
    }

    pub(super) fn system(&self) -> &System {
        &self.program.system
    }

    pub(super) fn encoding(&self) -> &Encoding {
        &self.subject.run.trained.weights.meta.encoding
    }

    /// The part that is looked at, and its first examples.
    ///
    /// # Errors
    /// Why there are none.
    pub(super) fn examples(&self, most: usize) -> Result<(Part, Vec<Example>), String> {
        let dataset = self.subject.data.as_deref().map_err(String::clone)?;
        let part = data::held_out(dataset);
        let pass = Pass {
            part,
            seed: self.subject.run.regime.seed,
            epoch: 0,
        };
        let examples: Vec<Example> = (0..dataset.examples(part).min(most))
            .map(|i| dataset.example(pass, i))
            .collect();
        match examples.is_empty() {
            true => Err("the data hold no example".into()),
            false => Ok((part, examples)),
        }
    }

    /// The first example without an empty sequence, cut to what is shown.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn sample(&self) -> Result<(Example, String), String> {
        let (part, examples) = self.examples(64)?;
        let whole = |e: &Example| self.sequences().all(|a| e.lengths[a] > 0);
        let at = examples.iter().position(whole).ok_or("every sequence is empty")?;
        let cut = self.cut(&examples[at], STEPS);
        let shortened = cut.lengths != examples[at].lengths;
        let which = format!(
            "example {} of the part {}{}",
            at + 1,
            part.name(),
            if shortened {
                format!(", its first {STEPS} steps")
            } else {
                String::new()
            }
        );
        Ok((cut, which))
    }

    /// The axes that are sequences.
    pub(super) fn sequences(&self) -> impl Iterator<Item = usize> {
        let axes = self.spec.axes.iter().enumerate().skip(1);
        axes.filter(|(_, a)| a.steps.is_none()).map(|(i, _)| i)
    }

    /// The first steps of an example.
    pub(super) fn cut(&self, example: &Example, most: usize) -> Example {
        let mut cut = example.clone();
        self.sequences().for_each(|a| cut.lengths[a] = cut.lengths[a].min(most));
        for (column, slot) in cut.columns.iter_mut().zip(&self.spec.data) {
            let steps: usize = slot.axes.iter().map(|a| cut.lengths[*a]).product();
            match column {
                data::Values::Real(xs) => xs.truncate(steps * slot.shape.iter().product::<usize>()),
                data::Values::Index(xs) => xs.truncate(steps),
            }
        }
        cut
    }

    pub(super) fn inputs(&self, examples: &[Example]) -> Inputs<'_, f64> {
        let column = |i: usize| -> Cow<[f64]> { examples.iter().flat_map(|e| numbers(&e.columns[i])).collect() };
        let lengths = |a: usize| examples.iter().map(|e| e.lengths[self.spec.steps_of(a)]).collect();
        Inputs::new(
            self.subject.params,
            (0..self.spec.data.len()).map(column),
            (0..self.spec.axes.len()).map(lengths).collect(),
        )
    }

    /// Runs evaluation on some examples, keeping `values`.
    pub(super) fn run(&self, examples: &[Example], values: &[Value], mut then: impl FnMut(&Values<f64>)) {
        let interpreter = Interpreter::keeping(&self.program, values);
        then(&interpreter.run(&self.inputs(examples)));
    }

    /// The features of a value at each of `steps` steps; at all the same where it does not run over `axis`.
    pub(super) fn rows(
        &self,
        values: &Values<f64>,
        v: Value,
        example: usize,
        axis: Option<AxisId>,
        steps: usize,
    ) -> Vec<Vec<f64>> {
        let ty = self.system().ty(v);
        let flat: Vec<f64> = values.example(v, example).iter().copied().collect();
        match axis.filter(|a| ty.axes.contains(*a)) {
            Some(_) => flat.chunks(ty.size().max(1)).map(<[f64]>::to_vec).collect(),
            None => vec![flat; steps],
        }
    }

    pub(super) fn vocabulary(&self, datum: &str) -> Option<&Vocabulary> {
        self.encoding().vocabularies.get(datum)
    }

    /// What a class of a datum stands for.
    pub(super) fn label(&self, datum: &str, class: u32) -> String {
        let symbol = self.vocabulary(datum).and_then(|v| v.symbols.get(class as usize));
        match symbol {
            Some(symbol) => symbol.clone(),
            None if class == u32::MAX => "nothing".into(),
            None => class.to_string(),
        }
    }

    /// Symbols as a text; words and labels with spaces between them.
    pub(super) fn joined(&self, datum: &str, labels: &[String]) -> String {
        match self.vocabulary(datum).map(|v| v.tokens) {
            Some(Tokens::Characters | Tokens::Bytes) => labels.concat(),
            Some(Tokens::Words | Tokens::Values) | None => labels.join(" "),
        }
    }

    /// What the steps of an axis are called: the symbols of what runs over it, if any does. Where something is read backwards,
    /// steps are no longer those of the symbols.
    pub(super) fn labels(&self, example: &Example, axis: AxisId) -> Vec<String> {
        let system = self.system();
        let turned = |v: &Value| matches!(*system.op(*v), Op::Reverse { axis: a, .. } if system.alike(a, axis));
        if graph::live(system).iter().any(turned) {
            return Vec::new();
        }
        let along = |d: &&rnn_runtime::model::DataSpec| {
            let [a] = d.axes[..] else { return false };
            d.classes.is_some() && system.alike(AxisId(a as u8), axis)
        };
        // What is read says more of a step than what is to be said.
        let read = self.spec.data.iter().filter(along).find(|d| !d.target);
        let Some(datum) = read.or_else(|| self.spec.data.iter().find(along)) else {
            return Vec::new();
        };
        let at = self
            .spec
            .data
            .iter()
            .position(|d| d.name == datum.name)
            .unwrap_or_default();
        match &example.columns[at] {
            data::Values::Index(classes) => classes.iter().map(|c| self.label(&datum.name, *c)).collect(),
            data::Values::Real(_) => Vec::new(),
        }
    }

    /// The sequences, or rounds, that a value runs over.
    pub(super) fn axes(&self, v: Value) -> Vec<AxisId> {
        self.system().ty(v).axes.without(AxisId::BATCH).iter().collect()
    }

    pub(super) fn name(&self, axis: AxisId) -> String {
        self.system().axis_info(axis).name.clone()
    }
}

pub(super) fn numbers(values: &data::Values) -> Vec<f64> {
    match values {
        data::Values::Real(xs) => xs.clone(),
        data::Values::Index(xs) => xs
            .iter()
            .map(|&c| if c == u32::MAX { -1.0 } else { f64::from(c) })
            .collect(),
    }
}

pub(super) fn is_number(elem: Elem) -> bool {
    match elem {
        Elem::Real | Elem::Bit => true,
        Elem::Index(_) => false,
    }
}
