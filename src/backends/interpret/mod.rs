//! The meaning of a [`Program`]: each operation exactly as [`crate::system::op`] states it, example by example.
//!
//! There is no padding here and no mask, and nothing is fused: it is what generated code is compared with. It is also
//! what runs a model where there is no Rust toolchain, so buffers are reused and products go to a library.

mod axes;
mod contract;
mod features;
mod inputs;
mod layout;
mod lookup;
mod machine;
mod model;
mod number;
mod ops;
mod plan;

pub use inputs::{Inputs, Values, Workspace};
pub use model::Interpreted;
pub use number::Number;

use crate::schedule::Program;
use crate::system::Value;

/// A program, ready to run.
#[derive(Clone, Debug)]
pub struct Interpreter {
    program: Program,
    plan: plan::Plan,
}

impl Interpreter {
    /// Keeps the roots' values.
    pub fn new(program: &Program) -> Interpreter {
        Interpreter::keeping(program, &[])
    }

    /// Keeps these values beside the roots'.
    pub fn keeping(program: &Program, values: &[Value]) -> Interpreter {
        let roots = program.system.roots.iter().map(|r| r.value);
        let kept: Vec<Value> = roots.chain(values.iter().copied()).collect();
        Interpreter {
            plan: plan::Plan::new(program, kept),
            program: program.clone(),
        }
    }

    pub fn program(&self) -> &Program {
        &self.program
    }

    pub fn run<R: Number>(&self, inputs: &Inputs<R>) -> Values<'_, R> {
        self.run_in(&mut Workspace::default(), inputs)
    }

    /// The same with buffers from an earlier run.
    pub fn run_in<R: Number>(&self, workspace: &mut Workspace<R>, inputs: &Inputs<R>) -> Values<'_, R> {
        let machine = machine::Machine::new(&self.program.system, &self.plan, inputs);
        let (extents, layouts, buffers) = machine.run(&self.program, &self.plan, workspace);
        Values {
            system: &self.program.system,
            extents,
            layouts,
            buffers,
        }
    }
}
