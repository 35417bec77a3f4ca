//! Examples that a program holds itself.

use super::{Dataset, Example, Part, Pass, Values};
use crate::draw::fnv1a;
use crate::error::Error;
use crate::model::{AxisSpec, ModelSpec};

/// What one example gives for one input or target: row-major, steps outermost.
#[derive(Clone, Debug, PartialEq)]
pub struct Datum {
    /// Of the array, its steps included.
    pub shape: Vec<usize>,
    pub values: Values,
}

/// The example that `data`, in the order of `spec.data`, are. A datum that is none stands for a target that nothing
/// reads: it becomes zeros of the length that the others say.
///
/// # Errors
/// [`Error::Data`] where shapes, lengths or classes are not the model's.
pub fn example(spec: &ModelSpec, data: Vec<Option<Datum>>) -> Result<Example, Error> {
    let mut lengths: Vec<Option<(usize, &str)>> = spec.axes.iter().map(|a| a.steps.map(|n| (n, ""))).collect();
    lengths[0] = Some((1, ""));
    for (slot, datum) in spec.data.iter().zip(&data) {
        let Some(datum) = datum else { continue };
        let (steps, features) = datum.shape.split_at(slot.axes.len().min(datum.shape.len()));
        let wrong = |why: String| Err(Error::Data(format!("`{}` of `{}`: {why}", slot.name, spec.name)));
        if steps.len() < slot.axes.len() || features != slot.shape {
            return wrong(format!(
                "the array has shape {:?}, and {} is asked for",
                datum.shape,
                asked(&slot.axes, &spec.axes, &slot.shape)
            ));
        }
        for (axis, &n) in slot.axes.iter().zip(steps) {
            let axis = spec.steps_of(*axis);
            match lengths[axis] {
                Some((known, by)) if known != n => {
                    let by = match by {
                        "" => format!("`{}` has {known}", spec.axes[axis].name),
                        by => format!("`{by}` has {known}"),
                    };
                    return wrong(format!("{n} steps over `{}`, and {by}", spec.axes[axis].name));
                }
                _ => lengths[axis] = Some((n, &slot.name)),
            }
        }
        if let (Some(classes), Values::Index(values)) = (slot.classes, &datum.values)
            && let Some(i) = values.iter().position(|&c| c != u32::MAX && c as usize >= classes)
        {
            return wrong(format!("position {i} is class {}, and there are {classes}", values[i]));
        }
    }
    let length = |axis: usize| lengths[spec.steps_of(axis)].map_or(0, |(n, _)| n);
    let lengths: Vec<usize> = (0..spec.axes.len()).map(length).collect();
    let columns = spec.data.iter().zip(data).map(|(slot, datum)| match datum {
        Some(datum) => datum.values,
        None => {
            let rows: usize = slot.axes.iter().map(|&a| lengths[a]).product();
            match slot.classes {
                Some(_) => Values::Index(vec![0; rows]),
                None => Values::Real(vec![0.0; rows * slot.shape.iter().product::<usize>()]),
            }
        }
    });
    let columns = columns.collect();
    Ok(Example { lengths, columns })
}

/// `[t, 3]`
fn asked(axes: &[usize], all: &[AxisSpec], shape: &[usize]) -> String {
    let axes = axes.iter().map(|&a| all[a].name.clone());
    let dims: Vec<String> = axes.chain(shape.iter().map(usize::to_string)).collect();
    format!("[{}]", dims.join(", "))
}

/// Examples to train on, and others to validate by.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    pub train: Vec<Example>,
    pub valid: Vec<Example>,
}

impl Dataset for Memory {
    fn sizes(&self) -> Vec<(String, usize)> {
        Vec::new()
    }

    fn fingerprint(&self) -> u64 {
        let mut bytes = Vec::new();
        for example in self.train.iter().chain(&self.valid) {
            example
                .lengths
                .iter()
                .for_each(|n| bytes.extend((*n as u64).to_le_bytes()));
            for values in &example.columns {
                match values {
                    Values::Real(xs) => xs.iter().for_each(|x| bytes.extend(x.to_le_bytes())),
                    Values::Index(xs) => xs.iter().for_each(|x| bytes.extend(x.to_le_bytes())),
                }
            }
        }
        fnv1a(&bytes)
    }

    /// [`example`] has checked them.
    fn bind(&mut self, _: &ModelSpec) -> Result<(), Error> {
        Ok(())
    }

    fn examples(&self, part: Part) -> usize {
        match part {
            Part::Train => self.train.len(),
            Part::Valid => self.valid.len(),
            Part::Test => 0,
            Part::Whole => self.train.len() + self.valid.len(),
        }
    }

    fn example(&self, pass: Pass, index: usize) -> Example {
        match pass.part {
            Part::Valid => self.valid[index].clone(),
            Part::Train | Part::Test | Part::Whole => {
                let valid = index.checked_sub(self.train.len());
                valid.map_or_else(|| self.train[index].clone(), |i| self.valid[i].clone())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DataSpec;

    fn spec() -> ModelSpec {
        let slot = |name: &str, target, classes, shape: &[usize], axes: &[usize]| DataSpec {
            name: name.into(),
            target,
            classes,
            shape: shape.to_vec(),
            axes: axes.to_vec(),
        };
        let axis = |name: &str| AxisSpec {
            name: name.into(),
            steps: None,
            like: None,
        };
        ModelSpec {
            name: "m".into(),
            axes: vec![axis("batch"), axis("t")],
            data: vec![
                slot("x", false, None, &[2], &[1]),
                slot("y", true, Some(3), &[], &[1]),
                slot("z", true, None, &[], &[]),
            ],
            ..ModelSpec::default()
        }
    }

    fn real(shape: &[usize]) -> Option<Datum> {
        Some(Datum {
            shape: shape.to_vec(),
            values: Values::Real(vec![0.5; shape.iter().product()]),
        })
    }

    fn index(values: &[u32]) -> Option<Datum> {
        Some(Datum {
            shape: vec![values.len()],
            values: Values::Index(values.to_vec()),
        })
    }

    #[test]
    fn examples_are_checked() {
        let made = |data| example(&spec(), data).map_err(|e| e.to_string());
        let good = made(vec![real(&[2, 2]), index(&[0, 2]), real(&[])]).unwrap();
        assert_eq!(good.lengths, [1, 2]);
        let unread = made(vec![real(&[2, 2]), None, None]).unwrap();
        assert_eq!(
            unread.columns[1..],
            [Values::Index(vec![0, 0]), Values::Real(vec![0.0])]
        );
        assert_eq!(
            made(vec![real(&[0, 2]), index(&[]), real(&[])]).unwrap().lengths,
            [1, 0]
        );
        for (data, why) in [
            (
                vec![real(&[2, 3]), index(&[0, 1]), real(&[])],
                "`x` of `m`: the array has shape [2, 3], and [t, 2] is asked for",
            ),
            (
                vec![real(&[2, 2]), index(&[0]), real(&[])],
                "`y` of `m`: 1 steps over `t`, and `x` has 2",
            ),
            (
                vec![real(&[1, 2]), index(&[3]), real(&[])],
                "`y` of `m`: position 0 is class 3, and there are 3",
            ),
            (
                vec![real(&[1, 2]), index(&[1]), real(&[1])],
                "`z` of `m`: the array has shape [1], and [] is asked for",
            ),
        ] {
            assert_eq!(made(data).unwrap_err(), why);
        }
    }
}
