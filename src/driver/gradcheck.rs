//! Whether a system's gradients are those of its loss: the derived ones against central differences.

mod examples;

pub use examples::examples;

use crate::backends::interpret::{Inputs, Interpreter, Workspace};
use crate::derive;
use crate::rewrite;
use crate::schedule::schedule;
use crate::system::{Data, DataRole, Op, RootKind, System, Value, graph};
use rnn_runtime::draw::Stream;
use std::borrow::Cow;

/// What is checked, and how thoroughly.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub seed: u64,
    /// The lengths of the examples.
    pub lengths: Vec<usize>,
    /// At most so many entries of each parameter: half of them those with the largest gradients, the others at random.
    pub entries: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            seed: 1,
            lengths: vec![5, 3, 1, 0],
            entries: 24,
        }
    }
}

impl Settings {
    /// With a first example that is longer than the furthest look back or ahead, as far as that is bearable.
    pub fn reaching(mut self, primal: &System) -> Settings {
        let lags = primal.nodes.iter().filter_map(|(_, n)| {
            let Op::Shift { by, .. } = n.op else { return None };
            Some(by.unsigned_abs() as usize)
        });
        let furthest = lags.max().unwrap_or(0).min(FURTHEST);
        if let Some(first) = self.lengths.first_mut() {
            *first = (*first).max(furthest + 2);
        }
        self
    }
}

/// The longest lag that an example is made longer for.
const FURTHEST: usize = 100;

/// The comparison for every trained parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub loss: f64,
    /// The lengths used: an empty example is left out where the loss is not a finite number with it.
    pub lengths: Vec<usize>,
    pub params: Vec<Checked>,
}

impl Report {
    /// The largest error of all; NaN if any is.
    pub fn error(&self) -> f64 {
        self.params.iter().map(|p| p.error).fold(0.0, worse)
    }
}

/// The comparison for one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    pub name: String,
    pub shape: Vec<usize>,
    /// The largest derived entry, by its size; where it is 0 no example saw the parameter.
    pub largest: f64,
    /// How many entries were compared.
    pub entries: usize,
    /// The largest error: `|derived - measured|` relative to the largest of the two, a thousandth of the parameter's
    /// largest gradient, and a millionth of `1 + |loss|`, below which differences measure nothing but rounding.
    pub error: f64,
    /// The entry with the largest error, and what was found there.
    pub worst: Vec<usize>,
    pub derived: f64,
    pub measured: f64,
}

/// Compares, in f64, the gradients of a simplified system that has a loss. The same settings give the same report.
///
/// Draws are the same in every evaluation, and what stands under `stop_gradient` is held at its value.
pub fn gradcheck(primal: &System, settings: &Settings) -> Report {
    let loss = primal
        .root(RootKind::Loss)
        .unwrap_or_else(|| panic!("internal error: no loss to differentiate"));
    let mut lengths = settings.lengths.clone();
    let mut inputs = examples(primal, &lengths, settings.seed);
    let plain = Interpreter::new(&schedule(primal.clone()));
    let mut value = plain.run(&inputs).scalar(loss);
    if !value.is_finite() && lengths.contains(&0) {
        lengths.retain(|&l| l > 0);
        inputs = examples(primal, &lengths, settings.seed);
        value = plain.run(&inputs).scalar(loss);
    }

    let trained = Interpreter::new(&schedule(rewrite::simplify(derive::adjoint(primal))));
    let derived = trained.run(&inputs);
    let mut measure = Measure::new(primal, loss, &inputs);
    let mut params = Vec::new();
    let mut offset = 0;
    for (id, param) in primal.params.iter() {
        let size: usize = param.shape.iter().product();
        let root = trained.program().system.root(RootKind::Gradient(id));
        if let Some(gradient) = root.map(|root| derived.flat(root)) {
            let at = choose(gradient, settings, &param.name);
            let largest = gradient.iter().fold(0.0f64, |m, g| m.max(g.abs()));
            let floor = (largest * 1e-3).max(1e-6 * (1.0 + value.abs()));
            let compare = |&i: &usize| {
                let (measured, error) = measure.entry(offset + i, gradient[i], floor);
                (i, measured, error)
            };
            let found: Vec<(usize, f64, f64)> = at.iter().map(compare).collect();
            let worst = found
                .iter()
                .copied()
                .reduce(|a, b| if worse(a.2, b.2) == a.2 { a } else { b });
            let (i, measured, error) = worst.unwrap_or((0, 0.0, 0.0));
            params.push(Checked {
                name: param.name.clone(),
                shape: param.shape.clone(),
                largest,
                entries: found.len(),
                error,
                worst: index(&param.shape, i),
                derived: gradient.get(i).copied().unwrap_or(0.0),
                measured,
            });
        }
        offset += size;
    }
    Report {
        loss: value,
        lengths,
        params,
    }
}

/// The loss as a function of one entry of the parameters.
struct Measure {
    interpreter: Interpreter,
    inputs: Inputs<'static, f64>,
    loss: Value,
    workspace: Workspace<f64>,
}

impl Measure {
    fn new(primal: &System, loss: Value, inputs: &Inputs<f64>) -> Measure {
        let (system, stopped) = hold_stopped(primal, inputs);
        let data = inputs
            .data
            .iter()
            .map(|d| d.clone().into_owned())
            .chain(stopped)
            .map(Cow::Owned);
        Measure {
            interpreter: Interpreter::new(&schedule(system)),
            inputs: Inputs {
                params: Cow::Owned(inputs.params.to_vec()),
                data: data.collect(),
                lengths: inputs.lengths.clone(),
                whole: inputs.whole.clone(),
                ids: inputs.ids.clone(),
                draws: inputs.draws,
            },
            loss,
            workspace: Workspace::default(),
        }
    }

    fn at(&mut self, entry: usize, x: f64) -> f64 {
        let before = std::mem::replace(&mut self.inputs.params.to_mut()[entry], x);
        let values = self.interpreter.run_in(&mut self.workspace, &self.inputs);
        let loss = values.scalar(self.loss);
        self.workspace.reclaim(values);
        self.inputs.params.to_mut()[entry] = before;
        loss
    }

    /// The measured derivative and its error. Smaller steps are tried where the first disagrees: a kink within the step
    /// spoils the measure, and no step makes a wrong derivative right.
    fn entry(&mut self, entry: usize, derived: f64, floor: f64) -> (f64, f64) {
        let scale = self.inputs.params[entry].abs().max(1.0);
        let mut best = (f64::NAN, f64::NAN);
        for step in [1e-3, 1e-4, 1e-5, 1e-6] {
            let measured = self.derivative(entry, step * scale);
            let error = (derived - measured).abs() / derived.abs().max(measured.abs()).max(floor);
            if best.1.is_nan() || error < best.1 {
                best = (measured, error);
            }
            if best.1 < 1e-8 {
                break;
            }
        }
        best
    }

    /// Central differences with steps `h` and `h / 2`, extrapolated (Richardson 1911): the error is of order `h^4`.
    fn derivative(&mut self, entry: usize, h: f64) -> f64 {
        let x = self.inputs.params[entry];
        let mut central = |h: f64| (self.at(entry, x + h) - self.at(entry, x - h)) / (2.0 * h);
        let (wide, narrow) = (central(h), central(h / 2.0));
        narrow + (narrow - wide) / 3.0
    }
}

/// The system with every stopped value turned into data, and those data: differences would see through a stop.
fn hold_stopped(primal: &System, inputs: &Inputs<f64>) -> (System, Vec<Vec<f64>>) {
    let is_stop = |v: &Value| matches!(primal.op(*v), Op::Stop(_));
    let stops: Vec<Value> = graph::live(primal).into_iter().filter(is_stop).collect();
    let interpreter = Interpreter::keeping(&schedule(primal.clone()), &stops);
    let values = interpreter.run(inputs);
    let mut system = primal.clone();
    let held = stops.iter().map(|&v| {
        let data = system.data.push(Data {
            name: format!("stopped {v:?}"),
            role: DataRole::Input,
            ty: primal.ty(v).clone(),
            doc: Vec::new(),
            span: None,
        });
        system.nodes[v].op = Op::Data(data);
        values.flat(v).to_vec()
    });
    let held = held.collect();
    (system, held)
}

/// Which entries to compare.
fn choose(gradient: &[f64], settings: &Settings, name: &str) -> Vec<usize> {
    let mut at: Vec<usize> = (0..gradient.len()).collect();
    if at.len() > settings.entries {
        let largest = settings.entries.div_ceil(2);
        at.sort_by(|a, b| gradient[*b].abs().total_cmp(&gradient[*a].abs()).then(a.cmp(b)));
        Stream::new(settings.seed, &format!("gradcheck {name}"), 0).shuffle(&mut at[largest..]);
        at.truncate(settings.entries);
        at.sort();
    }
    at
}

fn worse(a: f64, b: f64) -> f64 {
    if a >= b || a.is_nan() { a } else { b }
}

fn index(shape: &[usize], mut flat: usize) -> Vec<usize> {
    let mut out = vec![0; shape.len()];
    for (i, n) in out.iter_mut().zip(shape).rev() {
        *i = flat % n;
        flat /= n;
    }
    out
}
