//! A model that gets its steps one by one, as they come.

use super::machine::{Hypothesis, Machine, Parts};
use super::plan::Plan;
use crate::data::{Datum, Values, memory};
use crate::error::Error;
use crate::model::DataSpec;
use crate::real::Real;
use crate::train::Output;

/// One sequence, as far as it has come.
pub struct Live<'a, R> {
    machine: Machine<'a, R>,
    at: [Hypothesis<R>; 1],
    /// So far.
    steps: usize,
    /// A target that the next step reads, and that has not been told.
    waits: bool,
}

impl<'a, R: Real> Live<'a, R> {
    /// `given` has what is known from the start, in the order of the model's data; none for what comes with the steps.
    ///
    /// # Errors
    /// [`Error::Data`] where shapes or classes are not the model's.
    pub fn new(
        plan: &'a Plan,
        parts: Parts<'a, R>,
        params: &'a [R],
        given: Vec<Option<Datum>>,
    ) -> Result<Live<'a, R>, Error> {
        let example = memory::example(&plan.model, given)?;
        let mut machine = Machine::new(plan, parts, params);
        let mut rows = machine.begin(std::iter::once(&example));
        let first = rows.pop().expect("internal error: an example without a hypothesis");
        Ok(Live {
            machine,
            at: [first],
            steps: 0,
            waits: false,
        })
    }

    /// The number of steps so far.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// A step: every output of the model, of this step where it runs along the sequence.
    ///
    /// # Errors
    /// [`Error::Data`] where shapes or classes are not the model's, or the targets of the step before have not been told;
    /// nothing has moved then.
    pub fn step(&mut self, given: Vec<Option<Datum>>) -> Result<Vec<Output<R>>, Error> {
        if self.waits {
            let name = &self.machine.plan().model.name;
            let why = format!("`{name}`: this step reads the targets of the step before, which have not been observed");
            return Err(Error::Data(why));
        }
        let numbers = self.read(given)?;
        let known = &mut self.machine.known[0];
        known.from = self.steps;
        for (value, numbers) in known.values.iter_mut().zip(numbers) {
            if let Some(numbers) = numbers {
                *value = numbers;
            }
        }
        let mut made = self.machine.outputs(&mut self.at, self.steps);
        self.steps += 1;
        let plan = self.machine.plan();
        self.waits = plan.draws.iter().any(|d| self.machine.absorbs(&d.target));
        let made = made.pop().expect("internal error: a step that made nothing");
        let output = |o: &crate::model::OutputSpec| {
            let axes = o.axes.iter().filter(|a| Some(**a) != plan.axis);
            let length = |a: &usize| plan.model.axes[*a].steps.unwrap_or(self.steps);
            Output {
                shape: axes.map(length).chain(o.shape.iter().copied()).collect(),
                values: made[self.machine.place(&o.name)].clone(),
            }
        };
        Ok(plan.model.outputs.iter().map(output).collect())
    }

    /// What the targets of this step turned out to be.
    ///
    /// # Errors
    /// [`Error::Data`] where shapes or classes are not the model's, or there has been no step.
    pub fn observe(&mut self, given: Vec<Option<Datum>>) -> Result<(), Error> {
        let plan = self.machine.plan();
        if self.steps == 0 {
            let why = format!(
                "`{}`: there has been no step to observe the targets of",
                plan.model.name
            );
            return Err(Error::Data(why));
        }
        let numbers = self.read(given)?;
        for (slot, numbers) in plan.model.data.iter().zip(numbers) {
            let drawn = plan.draws.iter().position(|d| d.target == slot.name);
            if let (Some(i), Some(numbers)) = (drawn, numbers) {
                self.at[0].drawn[i] = numbers;
            }
        }
        self.machine.absorb(&mut self.at, self.steps - 1);
        self.waits = false;
        Ok(())
    }

    /// The numbers of one step.
    fn read(&self, given: Vec<Option<Datum>>) -> Result<Vec<Option<Vec<R>>>, Error> {
        let model = &self.machine.plan().model;
        let number = |(slot, datum): (&DataSpec, Option<Datum>)| {
            let Some(datum) = datum else { return Ok(None) };
            let wrong = |why: String| Err(Error::Data(format!("`{}` of `{}`: {why}", slot.name, model.name)));
            if datum.shape != slot.shape {
                return wrong(format!(
                    "a step has shape {:?}, and this has {:?}",
                    slot.shape, datum.shape
                ));
            }
            match datum.values {
                Values::Real(x) => Ok(Some(x.into_iter().map(R::of).collect())),
                Values::Index(x) => match (x.as_slice(), slot.classes) {
                    ([c], Some(n)) if *c != u32::MAX && *c as usize >= n => {
                        wrong(format!("class {c}, and there are {n}"))
                    }
                    ([u32::MAX], _) => Ok(Some(vec![-R::ONE])),
                    _ => Ok(Some(x.into_iter().map(|c| R::of(f64::from(c))).collect())),
                },
            }
        };
        model.data.iter().zip(given).map(number).collect()
    }
}
