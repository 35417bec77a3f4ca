//! Runs a request: reads weights and data, searches, and shows or compares what is said.

use super::compare::Comparison;
use super::machine::{Machine, Parts};
use super::plan::Plan;
use super::request::{Examples, Request, Task};
use super::search::{Start, search};
use super::show::Show;
use crate::data::{self, Dataset, Declared, Encoding, Example, Pass, Values};
use crate::error::Error;
use crate::real::Real;
use crate::weights;
use std::io::Write;

/// The length of what is said where nothing else says.
const LENGTH: usize = 100;

/// Does what `request` asks for by these systems, and writes results to `out`.
///
/// # Errors
/// Weights and data that cannot be read or do not fit, output that cannot be written.
pub fn run<R: Real>(parts: Parts<R>, request: &Request, out: &mut dyn Write) -> Result<(), Error> {
    let plan = &request.plan;
    let (params, meta) = weights::load_into(&request.weights, &plan.model)?;
    let params: Vec<R> = params.into_iter().map(R::of).collect();
    let mut machine = Machine::new(plan, parts, &params);
    let mut show = Show::new(request, &meta.encoding, out);
    let Some(examples) = &request.data else {
        let start = Start::alone(plan, &request.prime, request.length.unwrap_or(LENGTH));
        let said = search(&mut machine, &[start], &request.search, &mut |place, step| {
            show.step(place, step)
        })?;
        show.sequences(0, &said[0]);
        return show.finish();
    };
    let mut dataset = Opened::new(plan, request.task, examples, &meta.encoding)?;
    let mut comparison = Comparison::new(plan);
    let count = dataset.count();
    let mut at = 0;
    while at < count {
        let batch: Vec<usize> = (at..count.min(at + examples.batch.max(1))).collect();
        at += batch.len();
        let starts: Vec<Start> = batch.iter().map(|&i| dataset.start(plan, request, i)).collect();
        let said = search(&mut machine, &starts, &request.search, &mut |_, _| {})?;
        for ((i, start), said) in batch.iter().zip(&starts).zip(&said) {
            match request.task {
                Task::Show => show.sequences(*i, said),
                Task::Compare => comparison.add(plan, &start.example, &said[0], start.prime.len()),
            }
        }
    }
    if request.task == Task::Compare {
        show.line(&comparison.text(plan, request.json));
    }
    show.finish()
}

/// A source that has what the model reads, and its targets where they are needed.
struct Opened {
    dataset: Box<dyn Dataset>,
    pass: Pass,
    most: usize,
    /// For each of the model's axes and data, which of the data's it is.
    axes: Vec<Option<usize>>,
    columns: Vec<Option<usize>>,
}

impl Opened {
    fn new(plan: &Plan, task: Task, examples: &Examples, encoding: &Encoding) -> Result<Opened, Error> {
        let targets = task == Task::Compare || examples.given > 0;
        let (spec, axes, columns) = plan.reading(targets);
        let declared = Declared::of(&spec);
        let mut source = examples.source.clone();
        let read = |name: &str| spec.data.iter().any(|d| d.name == name);
        plan.model
            .data
            .iter()
            .filter(|d| !read(&d.name))
            .for_each(|d| source.forget(&d.name));
        let mut dataset = data::open(&source, &examples.base, &declared, Some(encoding))?;
        dataset.bind(&spec)?;
        let part = examples.part.unwrap_or_else(|| data::held_out(dataset.as_ref()));
        Ok(Opened {
            dataset,
            pass: Pass {
                part,
                seed: examples.seed,
                epoch: 0,
            },
            most: examples.most.unwrap_or(usize::MAX),
            axes,
            columns,
        })
    }

    fn count(&self) -> usize {
        self.dataset.examples(self.pass.part).min(self.most)
    }

    fn start(&mut self, plan: &Plan, request: &Request, index: usize) -> Start {
        let mut read = self.dataset.example(self.pass, index);
        let lengths = self.axes.iter().enumerate().map(|(a, axis)| match axis {
            Some(axis) => read.lengths[*axis],
            None => plan.model.axes[a].steps.unwrap_or(0),
        });
        let lengths = lengths.collect();
        let data = plan.model.data.iter().zip(&self.columns);
        let columns = data.map(|(d, column)| match column {
            Some(c) => std::mem::replace(&mut read.columns[*c], Values::Real(Vec::new())),
            None => Values::nothing(d.classes),
        });
        let example = Example {
            columns: columns.collect(),
            lengths,
        };
        let given = request.data.as_ref().map_or(0, |d| d.given);
        let prime: Vec<Vec<Vec<f64>>> = (0..given.min(plan.steps(&example)))
            .map(|t| plan.step(&example, t))
            .collect();
        let longest = match (request.length, request.task) {
            (Some(n), _) => n.saturating_add(prime.len()),
            // The data say.
            (None, _) if plan.given => usize::MAX,
            // What never ends by itself is as long as the data's.
            (None, Task::Compare) if plan.draws.iter().all(|d| d.until.is_none()) => plan.steps(&example),
            // A sequence that does not end is no better for being longer.
            (None, Task::Compare) => 2 * plan.steps(&example) + LENGTH,
            (None, Task::Show) => LENGTH + prime.len(),
        };
        Start {
            example,
            id: index as u64,
            prime,
            longest,
        }
    }
}
