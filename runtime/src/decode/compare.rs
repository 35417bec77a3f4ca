//! How what a model says differs from what the data hold.

use super::plan::Plan;
use super::sample::{DistKind, collapse};
use super::search::Sequence;
use crate::data::Example;

/// Sums over examples. Only a model's first target is compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    examples: usize,
    exact: usize,
    /// Edits, or squared differences of numbers.
    errors: f64,
    /// Symbols or numbers of the data.
    total: usize,
    symbols: bool,
}

impl Comparison {
    pub fn new(plan: &Plan) -> Comparison {
        Comparison {
            symbols: plan.draws[0].classes.is_some(),
            ..Comparison::default()
        }
    }

    /// The first `given` steps, which the model was given, do not count.
    pub fn add(&mut self, plan: &Plan, example: &Example, said: &Sequence, given: usize) {
        self.examples += 1;
        let drawn = &plan.draws[0];
        let truth: Vec<Vec<f64>> = (given..plan.steps(example))
            .map(|t| plan.step(example, t).swap_remove(0))
            .collect();
        let said: Vec<Vec<f64>> = said.steps.iter().skip(given).map(|step| step[0].clone()).collect();
        if !self.symbols {
            let pairs = truth.iter().flatten().zip(said.iter().flatten());
            self.errors += pairs.map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
            self.total += truth.iter().map(Vec::len).sum::<usize>();
            return;
        }
        let symbols = |steps: &[Vec<f64>]| {
            let all = steps.iter().map(|s| s[0] as usize);
            all.take_while(|s| drawn.until != Some(*s)).collect::<Vec<usize>>()
        };
        let (truth, mut said) = (symbols(&truth), symbols(&said));
        if let (DistKind::Ctc, Some(classes)) = (drawn.dist, drawn.classes) {
            said = collapse(&said, classes - 1);
        }
        self.exact += usize::from(truth == said);
        self.errors += edits(&truth, &said) as f64;
        self.total += truth.len();
    }

    pub fn text(&self, plan: &Plan, json: bool) -> String {
        let share = |x: f64, of: usize| if of == 0 { 0.0 } else { x / of as f64 };
        let target = &plan.draws[0].target;
        let (exact, error) = (share(self.exact as f64, self.examples), share(self.errors, self.total));
        let mut value = serde_json::json!({ "examples": self.examples, "target": target });
        let mut lines = format!("{} examples of `{target}`\n", self.examples);
        if self.symbols {
            value["exact"] = exact.into();
            value["error_rate"] = error.into();
            lines += &format!("exact {exact:.6}\nerror_rate {error:.6}");
        } else {
            value["rmse"] = error.sqrt().into();
            lines += &format!("rmse {:.6}", error.sqrt());
        }
        if json { value.to_string() } else { lines }
    }
}

/// The fewest insertions, deletions and replacements that make one of the other (Levenshtein 1966).
pub fn edits(a: &[usize], b: &[usize]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::edits;

    #[test]
    fn edits_are_counted() {
        assert_eq!(edits(&[], &[]), 0);
        assert_eq!(edits(&[1, 2], &[]), 2);
        assert_eq!(edits(&[1, 2, 3, 4], &[1, 3, 4, 5]), 2);
        assert_eq!(edits(&[1, 2, 3], &[3, 2, 1]), 2);
    }
}
