//! How far back a loss is felt: the adjoint of each state, by the steps between them.

use super::chart::{self, Chart, Series};
use super::figure::Figure;
use super::subject::Ready;
use crate::backends::interpret::Interpreter;
use crate::derive;
use crate::driver::{compile, explain};
use crate::rewrite;
use crate::schedule::schedule;
use crate::system::{AxisId, AxisSet, Binary, Fold, Op, Origin, Root, RootKind, System, Value};
use rnn_runtime::data::Example;
use std::collections::BTreeMap;

/// Examples that are averaged, and steps of them that are looked at.
const EXAMPLES: usize = 16;
const STEPS: usize = 1000;
/// Curves of a picture.
const CURVES: usize = 6;

/// For each state `h`, the norm of the derivative of the loss at the last step T by `h` at step T - k, averaged over examples.
/// Of a chain that runs backwards, that of the loss at the first step by `h` at step 1 + k.
///
/// # Errors
/// Why there is nothing to draw.
pub(super) fn lags(ready: &Ready) -> Result<Vec<Figure>, String> {
    let (_, examples) = ready.examples(EXAMPLES)?;
    let examples: Vec<Example> = examples.iter().map(|e| ready.cut(e, STEPS)).collect();
    let system = compile::inference(ready.subject.system);
    let states = explain::states(&system);
    if states.is_empty() {
        return Err("no value depends on itself at other steps".into());
    }
    let mut series: BTreeMap<bool, Vec<Series>> = BTreeMap::new();
    for forward in [true, false] {
        let these: Vec<&explain::State> = states.iter().filter(|s| s.forward() == Some(forward)).collect();
        let Some(adjoint) = (!these.is_empty()).then(|| adjoint(&system, &these, forward)).flatten() else {
            continue;
        };
        let interpreter = Interpreter::new(&schedule(adjoint));
        let values = interpreter.run(&ready.inputs(&examples));
        for (i, state) in these.iter().enumerate() {
            let of = |r: &&Root| r.name == i.to_string();
            let s = &interpreter.program().system;
            let Some(root) = s.roots.iter().find(of) else { continue };
            let along = s
                .ty(root.value)
                .axes
                .without(AxisId::BATCH)
                .iter()
                .position(|a| a == state.over);
            let Some(along) = along else { continue };
            let mut norms: Vec<(f64, usize)> = Vec::new();
            for e in 0..examples.len() {
                let gradient = values.example(root.value, e);
                let squares: Vec<f64> = gradient
                    .axis_iter(ndarray::Axis(along))
                    .map(|row| row.iter().map(|x| x * x).sum())
                    .collect();
                let n = squares.len();
                norms.resize(norms.len().max(n), (0.0, 0));
                for (k, norm) in norms.iter_mut().enumerate().take(n) {
                    let at = if forward { n - 1 - k } else { k };
                    *norm = (norm.0 + squares[at].sqrt(), norm.1 + 1);
                }
            }
            let mean = |(k, (sum, n)): (usize, &(f64, usize))| (k as f64, sum / *n as f64);
            let points = norms.iter().enumerate().map(mean).filter(|p| p.1 > 0.0).collect();
            let name = format!("{} over {}", state.name, state.axis);
            series.entry(forward).or_default().push(Series::line(name, points));
        }
    }
    let note = match examples.len() {
        1 => "of one example".to_string(),
        n => format!("mean over {n} examples, at each lag over those that reach so far"),
    };
    let mut figures = Vec::new();
    for (forward, all) in series.into_iter().rev() {
        let all: Vec<Series> = all.into_iter().filter(|s| !s.points.is_empty()).collect();
        let (title, x) = match forward {
            true => ("states that run forwards", "steps back from the last"),
            false => ("states that run backwards", "steps ahead of the first"),
        };
        let mut left = all.into_iter().peekable();
        while left.peek().is_some() {
            let chart = Chart {
                title,
                x,
                y: "norm of the adjoint",
                series: left.by_ref().take(CURVES).collect(),
                log: true,
                whole: true,
            };
            figures.extend(chart::draw(&chart).map(|f| f.noted(note.clone())));
        }
    }
    match figures.is_empty() {
        true => Err("the loss does not depend on any state".into()),
        false => Ok(figures),
    }
}

/// A system whose root number `i` is the derivative by state `i` of the loss at one end of each example. None where there is no
/// loss.
fn adjoint(system: &System, states: &[&explain::State], forward: bool) -> Option<System> {
    let mut s = system.clone();
    let terms: Vec<Value> = match s.observations.is_empty() {
        true => s.root(RootKind::Loss).into_iter().collect(),
        false => s.observations.iter().map(|o| o.nll).collect(),
    };
    let mut loss = None;
    for term in terms {
        let end = end(&mut s, term, if forward { -1 } else { 1 });
        loss = Some(match loss {
            None => end,
            Some(sum) => s.push(Op::Binary(Binary::Add, sum, end), Origin::default()),
        });
    }
    let by: Vec<Value> = states.iter().map(|state| state.value).collect();
    let gradients = derive::gradients(&mut s, loss?, &by);
    let root = |(i, value): (usize, Option<Value>)| {
        let (kind, name) = (RootKind::Output, i.to_string());
        Some(Root {
            kind,
            name,
            value: value?,
        })
    };
    s.roots = gradients.into_iter().enumerate().filter_map(root).collect();
    (s.metrics, s.observations) = (Vec::new(), Vec::new());
    Some(rewrite::simplify(s))
}

/// The last, or first, step of a term, summed over the examples.
fn end(s: &mut System, term: Value, by: i32) -> Value {
    let mut x = term;
    for axis in s.ty(term).axes.without(AxisId::BATCH).iter() {
        x = s.push(Op::Edge { x, axis, by }, Origin::default());
    }
    match s.ty(x).axes.contains(AxisId::BATCH) {
        true => s.push(
            Op::Reduce {
                fold: Fold::Sum,
                x,
                axes: AxisSet::BATCH,
            },
            Origin::default(),
        ),
        false => x,
    }
}
