//! The two precisions.

use std::fmt::{Debug, Display};
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// `f32` or `f64`: generated code is generic over this. The transcendental functions are branch-free, so that loops
/// over slices vectorise.
pub trait Real:
    Copy
    + Default
    + Send
    + Sync
    + 'static
    + Debug
    + Display
    + PartialEq
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
{
    const ZERO: Self;
    const ONE: Self;
    const NEG_INFINITY: Self;
    /// `f32` or `f64`
    const NAME: &'static str;
    fn of(x: f64) -> Self;
    fn to_f64(self) -> f64;
}
