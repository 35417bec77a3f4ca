//! Recurrent networks written as equations: the one crate a Rust user adds. It holds the runtime that generated code
//! links to, and the macros that generate it.
//!
//! ```
//! rnn::rnn! {
//!     /// Is the sum of the numbers so far positive?
//!     model sign(n = 4) {
//!         input x: [1] over t;
//!         target y: index[2] over t;
//!         y ~ categorical(affine(x |> gru(n)));
//!     }
//!
//!     train sign {
//!         optimizer adam(lr: 0.01);
//!     }
//! }
//!
//! use rnn::ndarray::{array, Axis};
//!
//! let mut sign: Sign = Sign::new(1);
//! let (x, y) = (array![[0.5f32], [-1.0], [2.0]], array![1u32, 0, 1]);
//! let before = sign.train_step([SignExample { x: x.view(), y: y.view() }])?;
//! let after = sign.evaluate([SignExample { x: x.view(), y: y.view() }])?;
//! assert!(after.loss < before.loss);
//! let outputs = sign.forward([SignInputs { x: x.view() }])?;
//! assert_eq!(outputs[0].y_logits.len_of(Axis(0)), 3);
//! # Ok::<(), rnn::Error>(())
//! ```

pub mod arrays;
#[doc(hidden)]
pub mod steps;
mod unfinished;

pub use ndarray;
#[doc(inline)]
pub use rnn_macros::{include_rnn, rnn};
#[doc(inline)]
pub use rnn_runtime::*;
#[doc(hidden)]
pub use unfinished::{Unfinished, unfinished};

/// The types that `rnnc::build` made of `NAME.rnn` in a build script: `rnn::include_specs!("NAME");`.
#[macro_export]
macro_rules! include_specs {
    ($name:literal) => {
        include!(concat!(env!("OUT_DIR"), "/", $name, ".rs"));
    };
}

/// The regime that generated code holds as JSON.
#[doc(hidden)]
pub fn settings(json: &str) -> regime::Regime {
    serde_json::from_str(json).unwrap_or_else(|e| panic!("internal error: a regime that is none: {e}"))
}
