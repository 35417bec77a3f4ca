//! Between arrays and what models read and make.

use crate::Real;
use crate::data::{Datum, Values};
use crate::train::Output;
use ndarray::{Array, ArrayView, Dimension, IxDyn};

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
