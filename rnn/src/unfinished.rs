//! The program of a model that has errors: the compiler has said which, and the rest of the crate is checked.

use crate::{Batch, Draws, Model, ModelSpec, Real};

#[doc(hidden)]
pub struct Unfinished;

impl Unfinished {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Unfinished {
        Unfinished
    }
}

#[doc(hidden)]
pub fn unfinished() -> ! {
    panic!("{NEVER}")
}

const NEVER: &str = "internal error: a model with errors has been run";

impl<R: Real> Model<R> for Unfinished {
    type Workspace = ();

    fn spec(&self) -> &ModelSpec {
        panic!("{NEVER}")
    }

    fn workspace(&self) {}

    fn train(&self, (): &mut (), _: &[R], _: &mut [R], _: &Batch<R>, _: Draws, _: &mut [f64]) {
        panic!("{NEVER}")
    }

    fn evaluate(&self, (): &mut (), _: &[R], _: &Batch<R>, _: &mut [f64], _: Option<&mut Vec<Vec<R>>>) {
        panic!("{NEVER}")
    }
}
