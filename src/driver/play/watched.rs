//! A stream whose inputs, outputs and registers have names.

use super::frame::{Row, Value, heat};
use crate::backends::stepper::{Memory, Stepper};
use crate::rewrite::Streaming;
use crate::rewrite::stream::{DistKind, Sampler};
use crate::system::{AxisId, Data, DataId, DataRole, Elem, RootKind, System, Type};
use rnn_runtime::data::{Encoding, Example, Tokens, Values, Vocabulary};
use rnn_runtime::decode::sample::{log_probability, log_softmax};
use rnn_runtime::model::ModelSpec;

/// Symbols that are told apart at all.
const MOST: usize = 64;

pub struct Watched {
    stepper: Stepper<'static, f64>,
    streaming: Streaming,
    /// Of the whole sequence.
    spec: ModelSpec,
    encoding: Encoding,
}

/// The values of inputs or targets.
type Given = Vec<(DataId, Vec<f64>)>;

impl Watched {
    /// `spec` is of the system that `streaming` is made of, `params` its arena.
    pub fn new(streaming: Streaming, spec: ModelSpec, params: Vec<f64>, encoding: Encoding) -> Watched {
        Watched {
            stepper: Stepper::new(&streaming, params),
            streaming,
            spec,
            encoding,
        }
    }

    fn system(&self) -> &System {
        &self.streaming.step
    }

    pub fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    /// The one target of a model that says a symbol a step and reads nothing else.
    pub fn symbol(&self) -> Option<&Sampler> {
        let inputs = self.system().data.iter().any(|(_, d)| d.role == DataRole::Input);
        match self.streaming.samplers.as_slice() {
            [one] if one.dist == DistKind::Categorical && !inputs => Some(one),
            _ => None,
        }
    }

    /// What the classes of a target stand for, else their numbers.
    pub fn vocabulary(&self, target: &Sampler) -> Vocabulary {
        let Data { name, ty, .. } = &self.system().data[target.target];
        let numbers = || match ty.elem {
            Elem::Index(n) => (0..n).map(|c| c.to_string()).collect(),
            Elem::Real | Elem::Bit => Vec::new(),
        };
        let known = self.encoding.vocabularies.get(name).cloned();
        known.unwrap_or_else(|| Vocabulary::new(Tokens::Values, numbers()))
    }

    /// The axis that the steps are of; none where there is one step.
    fn axis(&self) -> Option<usize> {
        let axes = &self.spec.axes;
        let used = |a: &usize| self.spec.data.iter().any(|d| d.axes.contains(a) && self.has(&d.name));
        (1..axes.len()).find(|a| axes[*a].steps.is_none() && axes[*a].like.is_none() && used(a))
    }

    /// Whether the steps know of such data.
    fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn find(&self, name: &str) -> Option<DataId> {
        let mut data = self.system().data.iter();
        data.find(|(_, d)| d.role != DataRole::State && d.name == name)
            .map(|(d, _)| d)
    }

    pub fn steps(&self, example: &Example) -> usize {
        self.axis().map_or(1, |a| example.lengths[a])
    }

    /// What an example gives at a step (of a role), else what it gives at all of them.
    fn given(&self, example: &Example, role: DataRole, at: Option<usize>) -> Given {
        let axis = self.axis();
        let mut given = Vec::new();
        for (spec, values) in self.spec.data.iter().zip(&example.columns) {
            let Some(d) = self.find(&spec.name).filter(|d| self.system().data[*d].role == role) else {
                continue;
            };
            let stepwise = axis.is_some_and(|a| spec.axes.contains(&a));
            let numbers: Vec<f64> = match values {
                Values::Real(x) => x.clone(),
                Values::Index(x) => x
                    .iter()
                    .map(|&c| if c == u32::MAX { -1.0 } else { f64::from(c) })
                    .collect(),
            };
            match (stepwise, at) {
                (true, Some(t)) => {
                    let size: usize = spec.shape.iter().product();
                    given.push((d, numbers[t * size..(t + 1) * size].to_vec()));
                }
                (false, None) => given.push((d, numbers)),
                (true, None) | (false, Some(_)) => {}
            }
        }
        given
    }

    /// Before the first step, of an example or of nothing.
    pub fn reset(&mut self, example: Option<&Example>) {
        let given = example.map_or(Vec::new(), |e| self.given(e, DataRole::Input, None));
        self.stepper.reset(&given);
    }

    /// Step `t`, of an example or of nothing.
    pub fn step(&mut self, at: Option<(&Example, usize)>) -> Vec<Vec<f64>> {
        let given = at.map_or(Vec::new(), |(e, t)| self.given(e, DataRole::Input, Some(t)));
        self.stepper.step(&given)
    }

    pub fn observe(&mut self, example: &Example, t: usize) {
        let mut given = self.given(example, DataRole::Target, Some(t));
        given.extend(self.given(example, DataRole::Target, None));
        self.stepper.observe(&given);
    }

    pub fn say(&mut self, target: DataId, class: usize) {
        self.stepper.observe(&[(target, vec![class as f64])]);
    }

    pub fn memory(&self) -> Memory<f64> {
        self.stepper.memory()
    }

    pub fn go_back(&mut self, memory: &Memory<f64>) {
        self.stepper.go_back(memory);
    }

    /// What the data say of each target at a step; none for labels that frames spell.
    fn truth(&self, sampler: &Sampler, at: Option<(&Example, usize)>) -> Option<Vec<f64>> {
        let (example, t) = at?;
        let mut given = self.given(example, DataRole::Target, Some(t));
        given.extend(self.given(example, DataRole::Target, None));
        let (_, value) = given.into_iter().find(|(d, _)| *d == sampler.target)?;
        let known = sampler.dist != DistKind::Ctc && value.iter().all(|&x| x >= 0.0 || !self.is_index(sampler));
        known.then_some(value)
    }

    fn is_index(&self, sampler: &Sampler) -> bool {
        matches!(self.system().data[sampler.target].ty.elem, Elem::Index(_))
    }

    fn params<'o>(sampler: &Sampler, outputs: &'o [Vec<f64>]) -> Vec<&'o [f64]> {
        sampler.params.iter().map(|p| outputs[*p].as_slice()).collect()
    }

    /// -log p of a value in nats.
    pub fn surprise(sampler: &Sampler, outputs: &[Vec<f64>], value: &[f64]) -> f64 {
        -log_probability(sampler.dist, &Self::params(sampler, outputs), value)
    }

    /// -log p of all that the data say of a step.
    pub fn surprise_of(&self, outputs: &[Vec<f64>], example: &Example, t: usize) -> Option<f64> {
        let each = self.streaming.samplers.iter().filter_map(|s| {
            let truth = self.truth(s, Some((example, t)))?;
            Some(Self::surprise(s, outputs, &truth))
        });
        each.reduce(|a, b| a + b)
    }

    /// What a class of some data stands for.
    pub fn symbol_name(&self, data: &str, class: usize) -> String {
        let vocabulary = self.encoding.vocabularies.get(data);
        match vocabulary.and_then(|v| v.symbols.get(class)) {
            Some(symbol) => visible(symbol),
            None => class.to_string(),
        }
    }

    /// Numbers as they stand in the data, where the model was trained on standardised ones.
    fn raw(&self, data: &str, values: &[f64]) -> Vec<f64> {
        match self.encoding.scales.get(data) {
            Some(s) if s.mean.len() == values.len() => {
                let scaled = values.iter().zip(s.std.iter().zip(&s.mean));
                scaled.map(|(x, (std, mean))| x * std + mean).collect()
            }
            _ => values.to_vec(),
        }
    }

    fn value(&self, data: &str, ty: &Type, values: &[f64]) -> Value {
        match ty.elem {
            Elem::Index(_) if values.len() == 1 => Value::Word(match values[0] {
                class if class < 0.0 => "nothing".into(),
                class => self.symbol_name(data, class as usize),
            }),
            Elem::Index(_) | Elem::Bit => Value::of(values.to_vec()),
            Elem::Real => Value::of(self.raw(data, values)),
        }
    }

    pub fn inputs(&self, example: &Example, t: usize) -> Vec<Row> {
        let mut given = self.given(example, DataRole::Input, None);
        given.extend(self.given(example, DataRole::Input, Some(t)));
        let row = |(d, values): (DataId, Vec<f64>)| {
            let Data { name, ty, .. } = &self.system().data[d];
            row(name, ty.shape.clone(), self.value(name, ty, &values))
        };
        given.into_iter().map(row).collect()
    }

    /// The distributions, then the other outputs.
    pub fn outputs(&self, outputs: &[Vec<f64>], at: Option<(&Example, usize)>) -> Vec<Row> {
        if outputs.is_empty() {
            return Vec::new();
        }
        let mut rows: Vec<Row> = self
            .streaming
            .samplers
            .iter()
            .map(|s| self.distribution(s, outputs, at))
            .collect();
        let roots = self.system().roots.iter().filter(|r| r.kind == RootKind::Output);
        for (i, (root, values)) in roots.zip(outputs).enumerate() {
            let ty = self.system().ty(root.value);
            if !self.streaming.samplers.iter().any(|s| s.params.contains(&i)) {
                rows.push(row(&root.name, ty.shape.clone(), self.value(&root.name, ty, values)));
            }
        }
        rows
    }

    fn distribution(&self, sampler: &Sampler, outputs: &[Vec<f64>], at: Option<(&Example, usize)>) -> Row {
        let Data { name, ty, .. } = &self.system().data[sampler.target];
        let params = Self::params(sampler, outputs);
        let truth = self.truth(sampler, at);
        let numbers = |values: &[f64]| -> String {
            let few: Vec<String> = values.iter().map(|x| format!("{x:.4}")).collect();
            match Value::of(values.to_vec()) {
                Value::Heat(all) => all.iter().map(|&x| heat(x, &all)).collect(),
                Value::Bars(_) | Value::Numbers(_) | Value::Word(_) => few.join(" "),
            }
        };
        let (value, truth) = match sampler.dist {
            DistKind::Categorical | DistKind::Ctc => {
                let truth = truth.map(|t| self.symbol_name(name, t[0] as usize));
                (Value::Bars(self.bars(sampler, name, params[0])), truth)
            }
            DistKind::Bernoulli => {
                let sigmoid = |x: &f64| 1.0 / (1.0 + (-x).exp());
                (
                    Value::of(params[0].iter().map(sigmoid).collect()),
                    truth.map(|t| numbers(&t)),
                )
            }
            DistKind::Normal | DistKind::Laplace => {
                let centre = self.raw(name, params[0]);
                (Value::of(centre), truth.map(|t| numbers(&self.raw(name, &t))))
            }
            DistKind::Mixture => {
                // The centre of the likeliest component.
                let likeliest = (0..params[0].len()).max_by(|a, b| params[0][*a].total_cmp(&params[0][*b]));
                let size = params[1].len() / params[0].len().max(1);
                let from = likeliest.unwrap_or(0) * size;
                let centre = self.raw(name, &params[1][from..from + size]);
                (Value::of(centre), truth.map(|t| numbers(&self.raw(name, &t))))
            }
        };
        Row {
            truth,
            ..row(name, ty.shape.clone(), value)
        }
    }

    fn bars(&self, sampler: &Sampler, name: &str, logits: &[f64]) -> Vec<(String, f64)> {
        let p = log_softmax(logits);
        let mut order: Vec<usize> = (0..p.len()).collect();
        order.sort_by(|a, b| p[*b].total_cmp(&p[*a]));
        order.truncate(MOST);
        let symbol = |class: usize| match sampler.dist == DistKind::Ctc && class + 1 == p.len() {
            true => "blank".into(),
            false => self.symbol_name(name, class),
        };
        order.into_iter().map(|c| (symbol(c), p[c].exp())).collect()
    }

    /// What a register holds now, of which it has the name that the next step gives it: `h[t-1]` is `h` by then. What was
    /// typed belongs to the step before that whose symbol is expected.
    fn now(&self, d: DataId, typed: bool) -> String {
        let name = &self.system().data[d].name;
        let absorbed = |s: &System| s.roots.iter().any(|r| r.kind == RootKind::State(d));
        if typed && self.streaming.absorb.as_ref().is_some_and(absorbed) {
            return name.clone();
        }
        let lag = name.strip_suffix(']').and_then(|n| n.rsplit_once('-'));
        match lag.and_then(|(start, k)| Some((start, k.parse::<usize>().ok()?))) {
            Some((start, 1)) => start.split('[').next().unwrap_or(start).to_string(),
            Some((start, k)) => format!("{start}-{}]", k - 1),
            None => name.clone(),
        }
    }

    /// The registers; of one that grows, its last entry.
    pub fn states(&self, typed: bool) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for d in self.streaming.registers() {
            let Data { ty, .. } = &self.system().data[d];
            let values = self.stepper.register(d);
            let grows = !ty.axes.without(AxisId::BATCH).is_empty();
            let values = match grows {
                true => &values[values.len().saturating_sub(ty.size())..],
                false => values,
            };
            let name = self.now(d, typed);
            let same = rows
                .iter()
                .filter(|r| r.name == name || r.name.starts_with(&format!("{name} #")));
            let title = match same.count() {
                0 => name.clone(),
                n => format!("{name} #{}", n + 1),
            };
            let whose = name.split('[').next().unwrap_or(&name);
            let value = self.value(whose, ty, values);
            rows.push(row(&title, ty.shape.clone(), value));
        }
        rows
    }
}

fn row(name: &str, shape: Vec<usize>, value: Value) -> Row {
    Row {
        name: name.to_string(),
        shape,
        value,
        truth: None,
    }
}

/// A symbol that can be seen.
fn visible(symbol: &str) -> String {
    match symbol {
        " " => "␣".into(),
        "\n" => "⏎".into(),
        "\t" => "⇥".into(),
        other => other
            .escape_debug()
            .to_string()
            .replace("\\'", "'")
            .replace("\\\"", "\""),
    }
}
