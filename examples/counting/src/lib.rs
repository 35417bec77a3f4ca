//! The model `counting`, one step at a time.
//!
//! Strings a^n b^n (Gers & Schmidhuber 2001): after each symbol, which may follow? An LSTM with peepholes counts in its cells.
//!
//! The target is what may follow and not what did: after ten `a`s of strings that are never longer, a `b` always did.
//!
//! No `std`, no allocation, no dependency, no unsafe code; nothing here panics. The weights are read in place, so
//! they stay in flash or in the file. The same inputs give the same bits on every machine; built for processors with
//! fused multiply-add (`-C target-cpu=native`, say), which under an operating system is used, the same on all of those.
//!
//! ```
//! use counting::Counting;
//!
//! let mut model = Counting::new();
//! for _ in 0..10 {
//!     let output = model.step(Some(0));
//!     let _answer = &output.legal_logits;
//! }
//! model.reset();
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![allow(clippy::needless_range_loop, clippy::new_without_default)]

#[cfg(all(any(target_feature = "fma", target_arch = "aarch64"), any(unix, windows)))]
extern crate std;

#[allow(dead_code)]
mod math;

#[allow(dead_code)]
mod vector;

use math::single as real;

/// No symbol: looking it up gives zeros.
const NOTHING: usize = usize::MAX;

/// A class, or nothing.
fn symbol(class: Option<usize>, classes: usize) -> usize {
    class.filter(|&c| c < classes).unwrap_or(NOTHING)
}

/// What one step computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// `legal.logits`: 3 numbers.
    pub legal_logits: [f32; 3],
}

/// Strings a^n b^n (Gers & Schmidhuber 2001): after each symbol, which may follow? An LSTM with peepholes counts in its cells.
///
/// The target is what may follow and not what did: after ten `a`s of strings that are never longer, a `b` always did.
///
/// Holds all of its state; clone it to keep a state for later.
#[derive(Clone, Debug)]
pub struct Counting {
    /// `logits.lstm_peephole[t-1]`
    logits_lstm_peephole_t_1: [f32; 2],
    /// `logits.lstm_peephole.c[t-1]`
    logits_lstm_peephole_c_t_1: [f32; 2],
    output: Output,
}

impl Counting {
    /// Before the first step.
    pub const fn new() -> Self {
        Self {
            logits_lstm_peephole_t_1: [0.0; 2],
            logits_lstm_peephole_c_t_1: [0.0; 2],
            output: Output { legal_logits: [0.0; 3] },
        }
    }

    /// Back to before the first step.
    pub fn reset(&mut self) {
        *self = Self::new();
    }

    /// One step.
    ///
    /// `x`: one of 3 classes. `None`, and what is no class, is no symbol: looking it up gives zeros.
    pub fn step(&mut self, x: impl Into<Option<usize>>) -> &Output {
        let x = symbol(x.into(), 3);
        let mut value = [0.0; 8];
        if let Some(row) = LOGITS_LSTM_PEEPHOLE_I_AFFINE_X_WEIGHT
            .as_chunks::<8>()
            .0
            .get(x)
        {
            for i in 0..8 {
                value[i] = f32::from_le_bytes(row[i]);
            }
        }
        let mut logits_lstm_peephole_c = [0.0; 2];
        let mut logits_lstm_peephole = [0.0; 2];
        {
            let mut logits_lstm_peephole_i_sums = [0.0; 8];
            vector::block(
                LOGITS_LSTM_PEEPHOLE_I_AFFINE_H_WEIGHT,
                0,
                &self.logits_lstm_peephole_t_1,
                &mut logits_lstm_peephole_i_sums,
            );
            for i in 0..2 {
                let logits_lstm_peephole_c_i = real::sigmoid(
                    value[i + 2] + logits_lstm_peephole_i_sums[i + 2]
                        + f32::from_le_bytes(LOGITS_LSTM_PEEPHOLE_F_AFFINE_BIAS[i])
                        + f32::from_le_bytes(LOGITS_LSTM_PEEPHOLE_F_WEIGHT[i])
                            * self.logits_lstm_peephole_c_t_1[i],
                ) * self.logits_lstm_peephole_c_t_1[i]
                    + real::sigmoid(
                        value[i] + logits_lstm_peephole_i_sums[i]
                            + f32::from_le_bytes(LOGITS_LSTM_PEEPHOLE_I_AFFINE_BIAS[i])
                            + f32::from_le_bytes(LOGITS_LSTM_PEEPHOLE_I_WEIGHT[i])
                                * self.logits_lstm_peephole_c_t_1[i],
                    )
                        * real::tanh(
                            value[i + 4] + logits_lstm_peephole_i_sums[i + 4]
                                + f32::from_le_bytes(LOGITS_LSTM_PEEPHOLE_G_BIAS[i]),
                        );
                logits_lstm_peephole_c[i] = logits_lstm_peephole_c_i;
                let logits_lstm_peephole_i = real::sigmoid(
                    value[i + 6] + logits_lstm_peephole_i_sums[i + 6]
                        + f32::from_le_bytes(LOGITS_LSTM_PEEPHOLE_O_AFFINE_BIAS[i])
                        + f32::from_le_bytes(LOGITS_LSTM_PEEPHOLE_O_WEIGHT[i])
                            * logits_lstm_peephole_c_i,
                ) * real::tanh(logits_lstm_peephole_c_i);
                logits_lstm_peephole[i] = logits_lstm_peephole_i;
            }
        }
        let mut logits = [0.0; 3];
        for i in 0..3 {
            logits[i] = f32::from_le_bytes(LOGITS_BIAS[i]);
        }
        vector::product(LOGITS_X_WEIGHT, &logits_lstm_peephole, &mut logits);
        self.output.legal_logits = logits;
        self.logits_lstm_peephole_c_t_1 = logits_lstm_peephole_c;
        self.logits_lstm_peephole_t_1 = logits_lstm_peephole;
        &self.output
    }
}

impl Default for Counting {
    fn default() -> Self {
        Self::new()
    }
}

/// At the start of a line of the cache.
#[repr(C, align(64))]
struct Aligned<T>(T);

/// The weights, little-endian, one array after another.
static WEIGHTS: Aligned<[u8; 728]> = Aligned(*include_bytes!("../weights.bin"));

/// The array of weights that starts at a byte of the file; evaluated while compiling.
const fn weights<const N: usize>(offset: usize) -> &'static [[u8; 4]; N] {
    match WEIGHTS.0.split_at(offset).1.as_chunks::<4>().0.first_chunk() {
        Some(array) => array,
        None => panic!("weights.bin is too short"),
    }
}

/// `logits.lstm_peephole.i.affine.x.weight` to `logits.lstm_peephole.o.affine.x.weight`: [3, 8]
const LOGITS_LSTM_PEEPHOLE_I_AFFINE_X_WEIGHT: &[[u8; 4]; 24] = weights(0);

/// `logits.lstm_peephole.i.affine.h.weight` to `logits.lstm_peephole.o.affine.h.weight`: 8 of 8 rows by 2, in blocks of 8
const LOGITS_LSTM_PEEPHOLE_I_AFFINE_H_WEIGHT: &[[u8; 4]; 16] = weights(
    128,
);

/// `logits.lstm_peephole.o.affine.bias`: [2]
const LOGITS_LSTM_PEEPHOLE_O_AFFINE_BIAS: &[[u8; 4]; 2] = weights(192);

/// `logits.lstm_peephole.f.affine.bias`: [2]
const LOGITS_LSTM_PEEPHOLE_F_AFFINE_BIAS: &[[u8; 4]; 2] = weights(256);

/// `logits.lstm_peephole.f.weight`: [2]
const LOGITS_LSTM_PEEPHOLE_F_WEIGHT: &[[u8; 4]; 2] = weights(320);

/// `logits.lstm_peephole.i.affine.bias`: [2]
const LOGITS_LSTM_PEEPHOLE_I_AFFINE_BIAS: &[[u8; 4]; 2] = weights(384);

/// `logits.lstm_peephole.i.weight`: [2]
const LOGITS_LSTM_PEEPHOLE_I_WEIGHT: &[[u8; 4]; 2] = weights(448);

/// `logits.lstm_peephole.g.bias`: [2]
const LOGITS_LSTM_PEEPHOLE_G_BIAS: &[[u8; 4]; 2] = weights(512);

/// `logits.lstm_peephole.o.weight`: [2]
const LOGITS_LSTM_PEEPHOLE_O_WEIGHT: &[[u8; 4]; 2] = weights(576);

/// `logits.bias`: [3]
const LOGITS_BIAS: &[[u8; 4]; 3] = weights(640);

/// `logits.x.weight`: 3 by 2, in panels
const LOGITS_X_WEIGHT: &[[u8; 4]; 6] = weights(704);
