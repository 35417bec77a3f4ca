//! A task as a source of examples.

use super::{Given, Task};
use crate::data::{Dataset, Declared, Example, Part, Pass, Values};
use crate::draw::{Stream, fnv1a};
use crate::error::Error;
use crate::model::{AxisSpec, DataSpec, ModelSpec};
use std::collections::BTreeMap;

/// Examples that are drawn when they are asked for.
pub struct Drawn {
    task: Box<dyn Task>,
    given: Vec<Given>,
    sizes: BTreeMap<String, usize>,
    /// For each of the model's data, which of those given it is.
    columns: Vec<usize>,
    /// For each of the model's axes, what gives its length.
    axes: Vec<Length>,
}

#[derive(Clone, Copy, Debug)]
enum Length {
    Fixed(usize),
    /// The positions of one of those given.
    Of(usize),
}

impl Drawn {
    pub fn new(task: Box<dyn Task>, declared: &[Declared]) -> Drawn {
        let given = task.given();
        Drawn {
            sizes: sizes(&given, declared),
            given,
            task,
            columns: Vec::new(),
            axes: Vec::new(),
        }
    }

    /// Which of those given a model's datum is.
    fn find(&self, slot: &DataSpec, axes: &[AxisSpec]) -> Result<usize, String> {
        let asked = written(
            &slot.name,
            slot.classes,
            &slot.shape,
            slot.axes.iter().map(|&a| axes[a].name.as_str()),
        );
        let all: Vec<String> = self.given.iter().map(Given::written).collect();
        let why = || format!("it asks for `{asked}`, and the task gives {}", all.join(", "));
        let found = self.given.iter().position(|g| g.name == slot.name).ok_or_else(why)?;
        let given = &self.given[found];
        let same = given.classes == slot.classes
            && given.shape == slot.shape
            && given.over.is_some() == (slot.axes.len() == 1)
            && slot.axes.len() <= 1;
        if same { Ok(found) } else { Err(why()) }
    }

    /// Each sequence of the task is one axis of the model.
    fn lay_out(&self, spec: &ModelSpec) -> Result<(Vec<usize>, Vec<Length>), String> {
        let columns: Vec<usize> = spec
            .data
            .iter()
            .map(|slot| self.find(slot, &spec.axes))
            .collect::<Result<_, _>>()?;
        let mut lengths: Vec<Option<Length>> = spec.axes.iter().map(|a| a.steps.map(Length::Fixed)).collect();
        lengths[0] = Some(Length::Fixed(1));
        let mut sequences: Vec<Option<usize>> = vec![None; spec.axes.len()];
        for (slot, &column) in spec.data.iter().zip(&columns) {
            let (Some(sequence), [axis]) = (self.given[column].over, &slot.axes[..]) else {
                continue;
            };
            let axis_name = &spec.axes[*axis].name;
            // Of two names of the same steps, the first.
            let axis = &spec.steps_of(*axis);
            if spec.axes[*axis].steps.is_some() {
                return Err(format!(
                    "`{}` runs over `{axis_name}`, whose length is fixed",
                    slot.name
                ));
            }
            if sequences[*axis].is_some_and(|s| s != sequence) {
                return Err(format!(
                    "`{}` is a sequence of another length than the others over `{axis_name}`",
                    slot.name
                ));
            }
            sequences[*axis] = Some(sequence);
            lengths[*axis] = Some(Length::Of(column));
        }
        let axes = spec.axes.iter().enumerate().map(|(a, axis)| {
            lengths[spec.steps_of(a)]
                .ok_or_else(|| format!("nothing that it asks for gives the axis `{}` a length", axis.name))
        });
        Ok((columns, axes.collect::<Result<_, _>>()?))
    }

    fn positions(&self, given: usize, values: &[Values]) -> usize {
        match &values[given] {
            Values::Index(x) => x.len(),
            Values::Real(x) => x.len() / self.given[given].shape.iter().product::<usize>().max(1),
        }
    }
}

/// The sizes that the types of what is asked for name; of several for one name the largest, which `bind` then refuses.
fn sizes(given: &[Given], declared: &[Declared]) -> BTreeMap<String, usize> {
    let mut sizes = BTreeMap::new();
    for datum in declared {
        let Some(given) = given.iter().find(|g| g.name == datum.name) else {
            continue;
        };
        let found = given.classes.as_slice().iter().chain(&given.shape);
        for (name, &n) in datum.sizes.iter().zip(found) {
            if let Some(name) = name {
                let size = sizes.entry(name.clone()).or_insert(n);
                *size = n.max(*size);
            }
        }
    }
    sizes
}

impl Dataset for Drawn {
    fn sizes(&self) -> Vec<(String, usize)> {
        self.sizes.clone().into_iter().collect()
    }

    fn fingerprint(&self) -> u64 {
        fnv1a(self.task.name().as_bytes())
    }

    fn bind(&mut self, spec: &ModelSpec) -> Result<(), Error> {
        let (columns, axes) = self.lay_out(spec).map_err(|why| {
            let (task, model) = (self.task.name(), &spec.name);
            Error::Data(format!("`{task}` does not fit the model `{model}`: {why}"))
        })?;
        (self.columns, self.axes) = (columns, axes);
        Ok(())
    }

    fn examples(&self, part: Part) -> usize {
        let amount = self.task.amount();
        match part {
            Part::Train | Part::Whole => amount.examples,
            Part::Valid | Part::Test => amount.valid,
        }
    }

    fn example(&self, pass: Pass, index: usize) -> Example {
        let fresh = self.task.amount().fresh;
        let (part, epoch) = match pass.part {
            Part::Valid => ("valid", pass.epoch),
            Part::Test => ("test", pass.epoch),
            Part::Train if fresh => ("train", pass.epoch),
            Part::Train | Part::Whole => ("train", 0),
        };
        let purpose = format!("{} {part} {epoch}", self.task.name());
        let values = self.task.draw(&mut Stream::new(pass.seed, &purpose, index as u64));
        let length = |l: &Length| match *l {
            Length::Fixed(n) => n,
            Length::Of(given) => self.positions(given, &values),
        };
        Example {
            lengths: self.axes.iter().map(length).collect(),
            columns: self.columns.iter().map(|&c| values[c].clone()).collect(),
        }
    }
}

impl Given {
    /// As a model would declare it.
    fn written(&self) -> String {
        let axis = ["t", "s"].into_iter().nth(self.over.unwrap_or_default());
        let axis = axis.filter(|_| self.over.is_some());
        format!("`{}`", written(self.name, self.classes, &self.shape, axis.into_iter()))
    }
}

fn written<'a>(name: &str, classes: Option<usize>, shape: &[usize], axes: impl Iterator<Item = &'a str>) -> String {
    let ty = match (classes, shape) {
        (Some(n), _) => format!("index[{n}]"),
        (None, []) => "real".into(),
        (None, shape) => format!("{shape:?}"),
    };
    let over: Vec<&str> = axes.collect();
    match over.is_empty() {
        true => format!("{name}: {ty}"),
        false => format!("{name}: {ty} over {}", over.join(", ")),
    }
}
