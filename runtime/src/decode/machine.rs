//! A decoder: what is known of an example before it says anything, and the steps of hypotheses about what it says.

use super::part::{Part, column, pack, unpack};
use super::plan::Plan;
use crate::batch::{Batch, Steps};
use crate::data::{Example, Values};
use crate::model::{DataSpec, ModelSpec};
use crate::real::Real;

/// The systems of a decoder; what each is for stands at the compiler's `rewrite::decode`.
pub struct Parts<'a, R> {
    pub once: Option<Box<dyn Part<R> + 'a>>,
    pub start: Option<Box<dyn Part<R> + 'a>>,
    pub step: Box<dyn Part<R> + 'a>,
    pub absorb: Option<Box<dyn Part<R> + 'a>>,
}

/// What is known of one example.
#[derive(Clone, Debug)]
pub struct Known<R> {
    /// Along each axis of the model.
    lengths: Vec<usize>,
    /// The model's data, then what the first system made of them.
    pub(super) values: Vec<Vec<R>>,
    /// The first step of what runs along the drawn axis.
    pub(super) from: usize,
}

/// One way in which an example may go on.
#[derive(Clone, Debug)]
pub struct Hypothesis<R> {
    /// Its place among the examples.
    pub example: usize,
    registers: Vec<Vec<R>>,
    /// What was drawn at this step, by target.
    pub drawn: Vec<Vec<R>>,
}

/// Where a part's datum comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Origin {
    /// A known value for all steps.
    Whole(usize),
    /// Of a known value the step that is drawn.
    OfStep(usize),
    Register(usize),
    Target(usize),
}

/// A part, its data by origin, its axes by those of the model, and its last batch: most calls have the rows of the last.
struct Wired<'a, R> {
    part: Box<dyn Part<R> + 'a>,
    origins: Vec<Origin>,
    axes: Vec<usize>,
    /// Those of its axes that have a step more at every step.
    growing: Vec<bool>,
    examples: Vec<usize>,
    batch: Batch<R>,
}

/// A register, and what it is like.
#[derive(Clone, Debug, PartialEq)]
struct Register {
    name: String,
    data: DataSpec,
    /// Its axes among those of the model.
    axes: Vec<usize>,
    /// Whether it gets a further entry at every step.
    grows: bool,
}

pub struct Machine<'a, R> {
    plan: &'a Plan,
    params: &'a [R],
    once: Option<Wired<'a, R>>,
    start: Option<Wired<'a, R>>,
    step: Wired<'a, R>,
    absorb: Option<Wired<'a, R>>,
    registers: Vec<Register>,
    pub(super) known: Vec<Known<R>>,
}

impl<'a, R: Real> Machine<'a, R> {
    /// `params` is the arena of the model.
    pub fn new(plan: &'a Plan, parts: Parts<'a, R>, params: &'a [R]) -> Machine<'a, R> {
        let Parts {
            once,
            start,
            step,
            absorb,
        } = parts;
        let mut known: Vec<(String, bool)> = Vec::new();
        let along = |axes: &[usize]| plan.axis.is_some_and(|t| axes.contains(&t));
        known.extend(plan.model.data.iter().map(|d| (d.name.clone(), along(&d.axes))));
        if let Some(part) = &once {
            let axes = axes(plan, part.spec());
            let of_model = |part: &[usize]| part.iter().map(|a| axes[*a]).collect::<Vec<_>>();
            let outputs = part.spec().outputs.iter();
            known.extend(outputs.map(|o| (o.name.clone(), along(&of_model(&o.axes)))));
        }
        let mut registers: Vec<Register> = Vec::new();
        for part in std::iter::once(&step).chain(&absorb) {
            let axes = axes(plan, part.spec());
            for data in &part.spec().data {
                let new = !known.iter().any(|(n, _)| *n == data.name) && !registers.iter().any(|r| r.name == data.name);
                if new {
                    let axes: Vec<usize> = data.axes.iter().map(|a| axes[*a]).collect();
                    registers.push(Register {
                        name: data.name.clone(),
                        data: data.clone(),
                        grows: axes.iter().any(|a| plan.grows(*a)),
                        axes,
                    });
                }
            }
        }
        let wire = |part: Box<dyn Part<R> + 'a>, whole: bool| Wired {
            origins: part
                .spec()
                .data
                .iter()
                .map(|d| origin(plan, &known, &registers, &d.name, whole))
                .collect(),
            growing: axes(plan, part.spec()).iter().map(|a| plan.grows(*a)).collect(),
            axes: axes(plan, part.spec()),
            examples: Vec::new(),
            batch: Batch {
                ids: Vec::new(),
                axes: Vec::new(),
                columns: Vec::new(),
                whole: Vec::new(),
            },
            part,
        };
        Machine {
            once: once.map(|p| wire(p, true)),
            start: start.map(|p| wire(p, false)),
            step: wire(step, false),
            absorb: absorb.map(|p| wire(p, false)),
            plan,
            params,
            registers,
            known: Vec::new(),
        }
    }

    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    /// Reads examples of the model, in whose columns drawn targets are ignored; one hypothesis for each.
    pub fn begin<'e>(&mut self, examples: impl Iterator<Item = &'e Example>) -> Vec<Hypothesis<R>> {
        self.known = examples.map(|e| self.given(e)).collect();
        let mut hypotheses: Vec<Hypothesis<R>> = (0..self.known.len()).map(|e| self.hypothesis(e)).collect();
        // Rows of the same places are others from now on.
        let parts = [&mut self.once, &mut self.start, &mut self.absorb]
            .into_iter()
            .flatten();
        parts.chain([&mut self.step]).for_each(|wired| wired.examples.clear());
        if let Some(once) = &mut self.once {
            let made = once.run(self.params, &self.known, &hypotheses, 0);
            for (known, made) in self.known.iter_mut().zip(made) {
                known.values.extend(made);
            }
        }
        if let Some(start) = &mut self.start {
            let made = start.run(self.params, &self.known, &hypotheses, 0);
            move_registers(&self.registers, start.part.spec(), &mut hypotheses, &made);
        }
        hypotheses
    }

    /// The number of steps of an example, where the data say.
    pub fn steps(&self, example: usize) -> Option<usize> {
        match (self.plan.axis, self.plan.given) {
            (None, _) => Some(1),
            (Some(t), true) => Some(self.known[example].lengths[t]),
            (Some(_), false) => None,
        }
    }

    /// Step `t`: for each hypothesis, the parameters of each target's distribution.
    pub fn step(&mut self, hypotheses: &mut [Hypothesis<R>], t: usize) -> Vec<Vec<Vec<Vec<R>>>> {
        let made = self.outputs(hypotheses, t);
        let of = |made: &Vec<Vec<R>>| {
            let draws = self.plan.draws.iter();
            draws
                .map(|d| d.params.iter().map(|p| made[self.place(p)].clone()).collect())
                .collect()
        };
        made.iter().map(of).collect()
    }

    /// Where an output is among those of a step.
    pub(super) fn place(&self, name: &str) -> usize {
        let outputs = &self.step.part.spec().outputs;
        let found = outputs.iter().position(|o| o.name == name);
        found.expect("internal error: a step without one of its outputs")
    }

    /// Whether going on needs what this target was.
    pub(super) fn absorbs(&self, target: &str) -> bool {
        let read = |w: &Wired<R>| w.part.spec().data.iter().any(|d| d.name == target);
        self.absorb.as_ref().is_some_and(read)
    }

    /// Step `t`: for each hypothesis, all that the step makes.
    pub(super) fn outputs(&mut self, hypotheses: &mut [Hypothesis<R>], t: usize) -> Vec<Vec<Vec<R>>> {
        for (r, register) in self.registers.iter().enumerate().filter(|(_, r)| r.grows) {
            let entry = register.data.shape.iter().product::<usize>();
            let values = hypotheses.iter_mut().map(|h| &mut h.registers[r]);
            values.for_each(|v| v.resize((t + 1) * entry, register.nothing()));
        }
        let made = self.step.run(self.params, &self.known, hypotheses, t);
        move_registers(&self.registers, self.step.part.spec(), hypotheses, &made);
        made
    }

    /// Goes on from what each hypothesis has drawn.
    pub fn absorb(&mut self, hypotheses: &mut [Hypothesis<R>], t: usize) {
        if let Some(absorb) = &mut self.absorb {
            let made = absorb.run(self.params, &self.known, hypotheses, t);
            move_registers(&self.registers, absorb.part.spec(), hypotheses, &made);
        }
    }

    fn given(&self, example: &Example) -> Known<R> {
        let numbers = |values: &Values| -> Vec<R> {
            match values {
                Values::Real(xs) => xs.iter().map(|&x| R::of(x)).collect(),
                Values::Index(xs) => {
                    let class = |&c: &u32| if c == u32::MAX { -R::ONE } else { R::of(f64::from(c)) };
                    xs.iter().map(class).collect()
                }
            }
        };
        Known {
            lengths: (0..example.lengths.len())
                .map(|a| example.lengths[self.plan.model.steps_of(a)])
                .collect(),
            values: example.columns.iter().map(numbers).collect(),
            from: 0,
        }
    }

    fn hypothesis(&self, example: usize) -> Hypothesis<R> {
        let lengths = &self.known[example].lengths;
        let start = |r: &Register| {
            let positions: usize = match r.grows {
                true => 0,
                false => r.axes.iter().map(|a| lengths[*a]).product(),
            };
            vec![r.nothing(); positions * r.data.shape.iter().product::<usize>()]
        };
        Hypothesis {
            example,
            registers: self.registers.iter().map(start).collect(),
            drawn: vec![Vec::new(); self.plan.draws.len()],
        }
    }
}

/// The axes of a part among those of the model, which they are by name.
fn axes(plan: &Plan, part: &ModelSpec) -> Vec<usize> {
    let place = |name: &str| plan.model.axes.iter().position(|a| a.name == name);
    let found = part
        .axes
        .iter()
        .map(|a| place(&a.name).expect("internal error: an axis that the model lacks"));
    found.collect()
}

fn origin(plan: &Plan, known: &[(String, bool)], registers: &[Register], name: &str, whole: bool) -> Origin {
    if let Some(i) = plan.draws.iter().position(|d| d.target == name) {
        return Origin::Target(i);
    }
    if let Some(i) = known.iter().position(|(n, _)| n == name) {
        return if known[i].1 && !whole {
            Origin::OfStep(i)
        } else {
            Origin::Whole(i)
        };
    }
    let register = registers.iter().position(|r| r.name == name);
    Origin::Register(register.expect("internal error: data from nowhere"))
}

/// What a part made for each hypothesis, in the registers of the same names.
fn move_registers<R: Clone>(
    registers: &[Register],
    spec: &ModelSpec,
    hypotheses: &mut [Hypothesis<R>],
    made: &[Vec<Vec<R>>],
) {
    let place = |name: &str| registers.iter().position(|r| r.name == name);
    let places: Vec<Option<usize>> = spec.outputs.iter().map(|o| place(&o.name)).collect();
    for (hypothesis, values) in hypotheses.iter_mut().zip(made) {
        for (place, value) in places.iter().zip(values) {
            if let Some(r) = place {
                hypothesis.registers[*r].clone_from(value);
            }
        }
    }
}

impl Register {
    fn nothing<R: Real>(&self) -> R {
        if self.data.classes.is_some() { -R::ONE } else { R::ZERO }
    }
}

impl<R: Real> Wired<'_, R> {
    /// For each hypothesis, every output.
    fn run(&mut self, params: &[R], known: &[Known<R>], rows: &[Hypothesis<R>], t: usize) -> Vec<Vec<Vec<R>>> {
        if rows.is_empty() {
            return Vec::new();
        }
        self.gather(known, rows, t);
        let outputs = self.part.run(params, &self.batch).to_vec();
        let mut made = vec![Vec::with_capacity(outputs.len()); rows.len()];
        for (spec, packed) in self.part.spec().outputs.iter().zip(outputs) {
            let size = row(self.part.spec(), &spec.axes, &spec.shape);
            let steps = along(&self.batch, &spec.axes);
            let values = unpack(steps, size, rows.len(), &packed);
            made.iter_mut().zip(values).for_each(|(m, v)| m.push(v));
        }
        made
    }

    fn gather(&mut self, known: &[Known<R>], rows: &[Hypothesis<R>], t: usize) {
        let same = self.examples.len() == rows.len() && self.examples.iter().zip(rows).all(|(e, r)| *e == r.example);
        let spec = self.part.spec();
        if !same || self.growing.contains(&true) {
            self.examples = rows.iter().map(|r| r.example).collect();
            let length = |axis: usize, e: usize| match (axis, spec.axes[axis].steps) {
                (0, _) => 1,
                _ if self.growing[axis] => t + 1,
                (_, Some(n)) => n,
                (_, None) => known[e].lengths[self.axes[axis]],
            };
            let lengths = |axis| self.examples.iter().map(|&e| length(axis, e)).collect::<Vec<_>>();
            self.batch.ids = (0..rows.len() as u64).collect();
            self.batch.whole = (0..spec.axes.len()).map(lengths).collect();
            self.batch.axes = self.batch.whole.iter().cloned().map(Steps::new).collect();
        }
        let mut columns = std::mem::take(&mut self.batch.columns);
        for (i, (data, origin)) in spec.data.iter().zip(&self.origins).enumerate() {
            let size = row(spec, &data.axes, &data.shape);
            let values: Vec<&[R]> = match *origin {
                Origin::Whole(_) if same => continue,
                Origin::Whole(k) => rows.iter().map(|r| &known[r.example].values[k][..]).collect(),
                Origin::OfStep(k) => rows
                    .iter()
                    .map(|r| &known[r.example])
                    .map(|known| &known.values[k][(t - known.from) * size..][..size])
                    .collect(),
                Origin::Register(k) => rows.iter().map(|r| &r.registers[k][..]).collect(),
                Origin::Target(k) => rows.iter().map(|r| &r.drawn[k][..]).collect(),
            };
            let column = column(data.classes, pack(along(&self.batch, &data.axes), size, &values));
            match columns.get_mut(i) {
                Some(old) => *old = column,
                None => columns.push(column),
            }
        }
        self.batch.columns = columns;
    }
}

/// The elements of a row: inner axes, of a fixed number of steps, are part of it.
fn row(spec: &ModelSpec, axes: &[usize], shape: &[usize]) -> usize {
    let inner = axes.iter().skip(1).map(|a| spec.axes[*a].steps.unwrap_or(1));
    shape.iter().copied().chain(inner).product()
}

/// How the rows of a value over these axes lie.
fn along<'b, R>(batch: &'b Batch<R>, axes: &[usize]) -> Option<&'b Steps> {
    axes.first().map(|a| &batch.axes[*a])
}
