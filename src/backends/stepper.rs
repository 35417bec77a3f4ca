//! A streaming model run by the interpreter, one step at a time, for one example.

use crate::backends::interpret::{Inputs, Interpreter, Number, Workspace};
use crate::rewrite::Streaming;
use crate::schedule::schedule;
use crate::system::{AxisKind, DataId, DataRole, Elem, RootKind, System};
use std::borrow::Cow;

/// Interpreted equations of one step, and what their registers hold.
pub struct Stepper<'a, R: Clone> {
    start: Interpreter,
    step: Interpreter,
    absorb: Option<Interpreter>,
    params: Cow<'a, [R]>,
    /// The value of every input, target and register, by the order of the data.
    data: Vec<Vec<R>>,
    /// So far.
    steps: usize,
    workspace: Workspace<R>,
}

/// What a stream knows between two steps: it can go back there.
#[derive(Clone, Debug)]
pub struct Memory<R> {
    data: Vec<Vec<R>>,
    steps: usize,
}

impl<'a, R: Number> Stepper<'a, R> {
    /// `params` is flat, in the order of the system.
    pub fn new(streaming: &Streaming, params: impl Into<Cow<'a, [R]>>) -> Stepper<'a, R> {
        let interpreter = |s: &System| Interpreter::new(&schedule(s.clone()));
        let mut stepper = Stepper {
            start: interpreter(&streaming.start),
            step: interpreter(&streaming.step),
            absorb: streaming.absorb.as_ref().map(interpreter),
            params: params.into(),
            data: Vec::new(),
            steps: 0,
            workspace: Workspace::default(),
        };
        stepper.reset(&[]);
        stepper
    }

    fn system(&self) -> &System {
        &self.step.program().system
    }

    /// Before the first step; with the inputs that are given once per example.
    pub fn reset(&mut self, inputs: &[(DataId, Vec<R>)]) {
        self.steps = 0;
        self.data = vec![Vec::new(); self.system().data.len()];
        self.grow();
        self.give(inputs);
        run(&self.start, &self.params, &mut self.data, 0, &mut self.workspace);
    }

    /// Zeros or *nothing* for what the data lack, of this many steps.
    fn grow(&mut self) {
        let Stepper { step, data, steps, .. } = self;
        let system = &step.program().system;
        for (data, (_, d)) in data.iter_mut().zip(system.data.iter()) {
            let nothing = match d.ty.elem {
                Elem::Index(_) => R::of(-1.0),
                Elem::Real | Elem::Bit => R::ZERO,
            };
            data.resize(size(system, &d.ty, *steps), nothing);
        }
    }

    /// One step: the outputs, in the order of the system's roots.
    pub fn step(&mut self, inputs: &[(DataId, Vec<R>)]) -> Vec<Vec<R>> {
        self.steps += 1;
        self.grow();
        self.give(inputs);
        run(
            &self.step,
            &self.params,
            &mut self.data,
            self.steps,
            &mut self.workspace,
        )
    }

    /// What this step's targets turned out to be.
    pub fn observe(&mut self, targets: &[(DataId, Vec<R>)]) {
        self.give(targets);
        if let Some(absorb) = &self.absorb {
            run(absorb, &self.params, &mut self.data, self.steps, &mut self.workspace);
        }
    }

    pub fn memory(&self) -> Memory<R> {
        Memory {
            data: self.data.clone(),
            steps: self.steps,
        }
    }

    /// `memory` is of this stream.
    pub fn go_back(&mut self, memory: &Memory<R>) {
        self.data.clone_from(&memory.data);
        self.steps = memory.steps;
    }

    /// What a register holds; of one that grows, an entry a step.
    pub fn register(&self, d: DataId) -> &[R] {
        &self.data[d.index()]
    }

    fn give(&mut self, values: &[(DataId, Vec<R>)]) {
        for (d, value) in values {
            assert!(
                self.system().data[*d].role != DataRole::State,
                "internal error: {d:?} is a register"
            );
            self.data[d.index()].clone_from(value);
        }
    }
}

/// Runs one system, moves its registers all at once, and returns its outputs.
fn run<R: Number>(
    interpreter: &Interpreter,
    params: &[R],
    data: &mut [Vec<R>],
    steps: usize,
    workspace: &mut Workspace<R>,
) -> Vec<Vec<R>> {
    let system = &interpreter.program().system;
    let borrowed: Vec<Cow<[R]>> = data.iter().map(|d| Cow::from(d.as_slice())).collect();
    let values = interpreter.run_in(workspace, &Inputs::new(params, borrowed, lengths(system, steps)));
    let mut outputs = Vec::new();
    let mut states = Vec::new();
    for root in &system.roots {
        let value = values.flat(root.value).to_vec();
        match root.kind {
            RootKind::State(d) => states.push((d, value)),
            RootKind::Output => outputs.push(value),
            RootKind::Loss | RootKind::Metric | RootKind::Gradient(_) => {}
        }
    }
    workspace.reclaim(values);
    for (d, value) in states {
        data[d.index()] = value;
    }
    outputs
}

/// A sequence within a step is a second name of the one that is streamed.
fn length(kind: AxisKind, steps: usize) -> usize {
    match kind {
        AxisKind::Steps(n) => n,
        AxisKind::Sequence => steps,
        AxisKind::Batch | AxisKind::Tree | AxisKind::Graph => 1,
    }
}

fn lengths(s: &System, steps: usize) -> Vec<Vec<usize>> {
    s.axes.iter().map(|a| vec![length(a.kind, steps)]).collect()
}

fn size(s: &System, ty: &crate::system::Type, steps: usize) -> usize {
    let positions = ty.axes.iter().map(|a| length(s.axis_info(a).kind, steps));
    ty.size() * positions.product::<usize>()
}
