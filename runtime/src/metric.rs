//! What is reported of data: arithmetic on sums over all of its batches.

use crate::batch::Batch;
use serde::{Deserialize, Serialize};

/// Arithmetic on the numbers that a model gives of every batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    Number(f64),
    /// The sum over all batches of the n-th number.
    Total(usize),
    /// Of the n-th number, which of each batch is a mean over all positions of these axes (of all examples where there are
    /// none): the mean over all positions of the data.
    Mean(usize, Vec<usize>),
    Apply(Function, Vec<Formula>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    Add,
    Sub,
    Mul,
    Div,
    Max,
    Min,
    Pow,
    Neg,
    Exp,
    Log,
    Sqrt,
    Abs,
}

/// Sums over batches, as some formulas need them.
#[derive(Clone, Debug, PartialEq)]
pub struct Sums {
    /// For each number its sum, and the axes that it is a mean over.
    sums: Vec<(f64, Option<Vec<usize>>)>,
    /// The positions so far of a number that is a mean.
    weights: Vec<f64>,
}

impl Sums {
    /// Of a model that gives so many numbers.
    pub fn new<'f>(numbers: usize, formulas: impl IntoIterator<Item = &'f Formula>) -> Sums {
        let mut sums = Sums {
            sums: vec![(0.0, None); numbers],
            weights: vec![0.0; numbers],
        };
        formulas.into_iter().for_each(|f| sums.read(f));
        sums
    }

    fn read(&mut self, formula: &Formula) {
        match formula {
            Formula::Number(_) | Formula::Total(_) => {}
            Formula::Mean(n, axes) => self.sums[*n].1 = Some(axes.clone()),
            Formula::Apply(_, args) => args.iter().for_each(|a| self.read(a)),
        }
    }

    /// The numbers of a whole batch, any shard of which tells how large it is.
    pub fn add<R>(&mut self, numbers: &[f64], batch: &Batch<R>) {
        for (((sum, axes), weight), x) in self.sums.iter_mut().zip(&mut self.weights).zip(numbers) {
            match axes {
                None => *sum += x,
                Some(axes) => {
                    let count = batch.count(axes) as f64;
                    // The mean over nothing says nothing.
                    if count > 0.0 {
                        *sum += x * count;
                        *weight += count;
                    }
                }
            }
        }
    }

    pub fn value(&self, formula: &Formula) -> f64 {
        match formula {
            Formula::Number(x) => *x,
            Formula::Total(n) => self.sums[*n].0,
            Formula::Mean(n, _) => self.sums[*n].0 / self.weights[*n].max(1.0),
            Formula::Apply(f, args) => {
                let args: Vec<f64> = args.iter().map(|a| self.value(a)).collect();
                apply(*f, &args)
            }
        }
    }
}

fn apply(f: Function, args: &[f64]) -> f64 {
    match (f, args) {
        (Function::Add, [a, b]) => a + b,
        (Function::Sub, [a, b]) => a - b,
        (Function::Mul, [a, b]) => a * b,
        (Function::Div, [a, b]) => a / b,
        (Function::Max, [a, b]) => a.max(*b),
        (Function::Min, [a, b]) => a.min(*b),
        (Function::Pow, [a, b]) => a.powf(*b),
        (Function::Neg, [a]) => -a,
        (Function::Exp, [a]) => a.exp(),
        (Function::Log, [a]) => a.ln(),
        (Function::Sqrt, [a]) => a.sqrt(),
        (Function::Abs, [a]) => a.abs(),
        _ => panic!("internal error: {f:?} of {} numbers", args.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(lengths: &[usize]) -> Batch<f64> {
        Batch {
            ids: vec![],
            axes: vec![],
            columns: vec![],
            whole: vec![vec![1; lengths.len()], lengths.to_vec()],
        }
    }

    #[test]
    fn arithmetic_is_done_on_sums() {
        let perplexity = Formula::Apply(Function::Exp, vec![Formula::Mean(0, vec![1])]);
        let ratio = Formula::Apply(Function::Div, vec![Formula::Total(1), Formula::Total(2)]);
        let per_example = Formula::Mean(3, vec![]);
        let formulas = [&perplexity, &ratio, &per_example];
        let mut sums = Sums::new(4, formulas);
        sums.add(&[1.0, 2.0, 10.0, 5.0], &batch(&[20, 10]));
        sums.add(&[2.0, 1.0, 2.0, 2.0], &batch(&[10]));
        sums.add(&[0.0, 0.0, 0.0, 0.0], &batch(&[]));
        let values = formulas.map(|f| sums.value(f));
        assert_eq!(values, [1.25f64.exp(), 0.25, 4.0]);
    }
}
