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
    workspace: Workspace<R>,
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
        let nothing = |(_, d): (DataId, &crate::system::Data)| {
            let start = match d.ty.elem {
                Elem::Index(_) => R::of(-1.0),
                Elem::Real | Elem::Bit => R::ZERO,
            };
            vec![start; size(self.system(), &d.ty)]
        };
        self.data = self.system().data.iter().map(nothing).collect();
        self.give(inputs);
        run(&self.start, &self.params, &mut self.data, &mut self.workspace);
    }

    /// One step: the outputs, in the order of the system's roots.
    pub fn step(&mut self, inputs: &[(DataId, Vec<R>)]) -> Vec<Vec<R>> {
        self.give(inputs);
        run(&self.step, &self.params, &mut self.data, &mut self.workspace)
    }

    /// What this step's targets turned out to be.
    pub fn observe(&mut self, targets: &[(DataId, Vec<R>)]) {
        self.give(targets);
        if let Some(absorb) = &self.absorb {
            run(absorb, &self.params, &mut self.data, &mut self.workspace);
        }
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
    workspace: &mut Workspace<R>,
) -> Vec<Vec<R>> {
    let system = &interpreter.program().system;
    let borrowed: Vec<Cow<[R]>> = data.iter().map(|d| Cow::from(d.as_slice())).collect();
    let values = interpreter.run_in(workspace, &Inputs::new(params, borrowed, lengths(system)));
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

fn lengths(s: &System) -> Vec<Vec<usize>> {
    let length = |kind| match kind {
        AxisKind::Steps(n) => vec![n],
        AxisKind::Batch | AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph => vec![1],
    };
    s.axes.iter().map(|a| length(a.kind)).collect()
}

fn size(s: &System, ty: &crate::system::Type) -> usize {
    let steps = |kind| match kind {
        AxisKind::Steps(n) => n,
        AxisKind::Batch | AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph => 1,
    };
    ty.size() * ty.axes.iter().map(|a| steps(s.axis_info(a).kind)).product::<usize>()
}
