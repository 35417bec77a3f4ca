//! Metrics: arithmetic on totals and averages over all data, done when the data end.

use super::draft::{D, Drafts, Kind};
use super::lower::Lower;
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::system::{AxisSet, Binary, Formula, Metric, Root, RootKind, Unary};
use std::collections::BTreeSet;

/// `metric name = expr;`
pub(crate) struct Reported {
    pub name: String,
    pub value: D,
    /// The average of the value: what is meant where it takes no total itself.
    pub average: D,
}

impl Reported {
    fn root(&self, drafts: &Drafts) -> D {
        if takes_total(drafts, self.value) {
            self.value
        } else {
            self.average
        }
    }
}

/// Whether a value is reached from totals by what may be arithmetic.
fn takes_total(drafts: &Drafts, d: D) -> bool {
    let mut seen = BTreeSet::new();
    let mut todo = vec![d];
    while let Some(d) = todo.pop() {
        if !seen.insert(d) {
            continue;
        }
        match &drafts.nodes[d].kind {
            Kind::Total(_) | Kind::Average(_) => return true,
            kind => todo.extend(kind.args()),
        }
    }
    false
}

/// A total over all data is no value of an example: only arithmetic of a metric reads it.
pub(crate) fn totals(drafts: &Drafts, metrics: &[Reported], outputs: &[(String, D)], out: &mut Diagnostics) {
    let meant: Vec<D> = metrics.iter().map(|m| m.root(drafts)).collect();
    let spare: BTreeSet<D> = metrics
        .iter()
        .map(|m| m.average)
        .filter(|d| !meant.contains(d))
        .collect();
    let mut todo: Vec<D> = outputs.iter().map(|(_, d)| *d).collect();
    for (d, node) in drafts.nodes.iter() {
        if let Kind::Total(x) | Kind::Average(x) = node.kind
            && !spare.contains(&d)
        {
            todo.push(x);
        }
    }
    let mut seen = BTreeSet::new();
    while let Some(d) = todo.pop() {
        if !seen.insert(d) {
            continue;
        }
        match &drafts.nodes[d].kind {
            Kind::Total(_) | Kind::Average(_) => out.push(
                Diagnostic::error(
                    codes::AXIS,
                    "a total over all data where a value of one example is needed",
                )
                .label(drafts.nodes[d].span, "known only when the data end")
                .help("`total` and `average` stand in a `metric`, and not within one another"),
            ),
            kind => todo.extend(kind.args()),
        }
    }
}

impl Lower<'_> {
    /// The loss, its terms where there are several, and what the model reports.
    pub(super) fn metrics(&mut self) {
        let input = self.input;
        let terms: Vec<Formula> = match input.terms {
            [(_, one)] => vec![Formula::Mean(0, self.axes_of(*one))],
            several => several
                .iter()
                .map(|(name, d)| self.formula(name, *d, &mut vec![]))
                .collect(),
        };
        let sum = |a, b| Formula::Binary(Binary::Add, Box::new(a), Box::new(b));
        let report = |name: &str, formula| Metric {
            name: name.to_string(),
            formula,
        };
        let loss = terms.iter().cloned().reduce(sum).map(|f| report("loss", f));
        let names = input.terms.iter().map(|(name, _)| name);
        let parts = names.zip(terms.iter().cloned()).filter(|_| terms.len() > 1);
        let parts: Vec<Metric> = parts.map(|(name, f)| report(name, f)).collect();
        let own = input.metrics.iter().map(|m| {
            let root = m.root(input.drafts);
            report(&m.name, self.formula(&m.name, root, &mut vec![]))
        });
        let own: Vec<Metric> = own.collect();
        self.s.metrics = loss.into_iter().chain(parts).chain(own).collect();
    }

    /// The axes that an average is over.
    fn axes_of(&self, average: D) -> AxisSet {
        let of = self.input.drafts.nodes[average].kind.args();
        let all = of.iter().map(|x| self.input.inferred.axes(*x));
        all.fold(AxisSet::BATCH, AxisSet::union)
    }

    /// `open` are the equations being read.
    fn formula(&mut self, name: &str, d: D, open: &mut Vec<D>) -> Formula {
        let node = &self.input.drafts.nodes[d];
        match node.kind {
            Kind::Const(c) => return Formula::Number(c),
            Kind::Total(_) => return Formula::Total(self.number(name, d)),
            Kind::Average(_) => return Formula::Mean(self.number(name, d), self.axes_of(d)),
            // A cycle is reported as one of the equations.
            Kind::Equal(_) if open.contains(&d) => return Formula::Number(f64::NAN),
            Kind::Equal(Some(x)) => {
                open.push(d);
                let formula = self.formula(name, x, open);
                open.pop();
                return formula;
            }
            Kind::Unary(f @ (Unary::Neg | Unary::Exp | Unary::Log | Unary::Sqrt | Unary::Abs), x) => {
                return Formula::Unary(f, Box::new(self.formula(name, x, open)));
            }
            Kind::Binary(f, a, b) if arithmetic(f) => {
                let [a, b] = [a, b].map(|x| Box::new(self.formula(name, x, open)));
                return Formula::Binary(f, a, b);
            }
            _ => {}
        }
        let (message, label) = if takes_total(self.input.drafts, d) {
            (
                "more than arithmetic on totals over all data",
                "not a sum, a product or the like",
            )
        } else {
            (
                "a value of each example beside a total over all data",
                "this has a value for every example",
            )
        };
        let diagnostic = Diagnostic::error(codes::AXIS, message).label(node.span, label).help(
            "take its `total(...)` or its `average(...)`; arithmetic on these is + - * / min max pow exp log sqrt abs",
        );
        self.out.push(diagnostic);
        Formula::Number(f64::NAN)
    }

    /// A root for a total or an average; its place among the loss and the metrics.
    fn number(&mut self, name: &str, d: D) -> usize {
        let value = self.value(d);
        let of = |r: &&Root| matches!(r.kind, RootKind::Loss | RootKind::Metric);
        let at = self.s.roots.iter().filter(of).count();
        self.s.roots.push(Root {
            kind: RootKind::Metric,
            name: name.to_string(),
            value,
        });
        at
    }
}

fn arithmetic(f: Binary) -> bool {
    match f {
        Binary::Add | Binary::Sub | Binary::Mul | Binary::Div | Binary::Max | Binary::Min | Binary::Pow => true,
        Binary::Lt | Binary::Le | Binary::Eq | Binary::Ne | Binary::And | Binary::Or => false,
    }
}
