//! Between arrays and what models read and make.

use crate::data::memory::example;
use crate::data::{Datum, Example, Values};
use crate::train::Output;
use crate::{Error, ModelSpec, Real};
use ndarray::{Array, ArrayView, Dimension, IxDyn};

/// One example, or the inputs of one, as generated types hold it.
pub trait Given {
    /// In the order of the model's data; none for what is not given.
    fn data(&self) -> Vec<Option<Datum>>;
}

/// Reads examples of a model.
///
/// # Errors
/// [`Error::Data`] where shapes, lengths or classes are not the model's.
#[doc(hidden)]
pub fn read<G: Given>(spec: &ModelSpec, examples: impl IntoIterator<Item = G>) -> Result<Vec<Example>, Error> {
    let examples = examples.into_iter();
    examples.map(|e| example(spec, e.data())).collect()
}

/// Numbers, in the order of their indices.
pub fn real<R: Real, D: Dimension>(view: &ArrayView<'_, R, D>) -> Datum {
    Datum {
        shape: view.shape().to_vec(),
        values: Values::Real(view.iter().map(|x| x.to_f64()).collect()),
    }
}

/// Classes, in the order of their indices; `u32::MAX` is *nothing*.
pub fn index<D: Dimension>(view: &ArrayView<'_, u32, D>) -> Datum {
    Datum {
        shape: view.shape().to_vec(),
        values: Values::Index(view.iter().copied().collect()),
    }
}

/// An output of numbers. There is one for each field of generated types.
#[doc(hidden)]
pub fn reals<R: Real, D: Dimension>(output: Option<Output<R>>) -> Array<R, D> {
    let output = output.expect("internal error: an output is missing");
    let array = Array::from_shape_vec(IxDyn(&output.shape), output.values);
    array
        .and_then(Array::into_dimensionality)
        .unwrap_or_else(|e| panic!("internal error: an output of another shape: {e}"))
}

/// An output of classes.
#[doc(hidden)]
pub fn classes<R: Real, D: Dimension>(output: Option<Output<R>>) -> Array<u32, D> {
    let class = |x: &R| if *x < R::ZERO { u32::MAX } else { x.to_f64() as u32 };
    reals(output).map(class)
}
