//! The two precisions.

use crate::kernels::Kernel;
use crate::math;
use std::fmt::{Debug, Display};
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// `f32` or `f64`: generated code is generic over this. The transcendental functions are branch-free, so that loops
/// over slices vectorise; their accuracy is stated in [`crate::math`]. Every function of NaN is NaN.
pub trait Real:
    Copy
    + Default
    + Send
    + Sync
    + 'static
    + Kernel
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

    fn exp(self) -> Self;
    /// The natural logarithm: minus infinity at 0, NaN below.
    fn ln(self) -> Self;
    fn sqrt(self) -> Self;
    fn abs(self) -> Self;
    fn sin(self) -> Self;
    fn cos(self) -> Self;
    fn tanh(self) -> Self;
    /// `1 / (1 + exp(-x))`
    fn sigmoid(self) -> Self;
    /// `ln(1 + exp(x))`, without overflow
    fn softplus(self) -> Self;
    fn floor(self) -> Self;
    /// This to the power `y`.
    fn powf(self, y: Self) -> Self;
    /// `self * a + b`, in one rounding where the target has the instruction, else in two.
    fn mul_add(self, a: Self, b: Self) -> Self;

    /// -1, 0 or 1
    #[inline(always)]
    fn sign(self) -> Self {
        if self > Self::ZERO {
            Self::ONE
        } else if self < Self::ZERO {
            -Self::ONE
        } else {
            self
        }
    }

    /// 0 where this is negative.
    #[inline(always)]
    fn relu(self) -> Self {
        if self < Self::ZERO { Self::ZERO } else { self }
    }

    /// The larger one; NaN where either is (`f64::max` would drop it). Of equals, the second.
    #[inline(always)]
    #[allow(clippy::eq_op)]
    fn maximum(self, y: Self) -> Self {
        if (self > y) | (self != self) { self } else { y }
    }

    /// The smaller one; NaN where either is. Of equals, the second.
    #[inline(always)]
    #[allow(clippy::eq_op)]
    fn minimum(self, y: Self) -> Self {
        if (self < y) | (self != self) { self } else { y }
    }

    #[inline(always)]
    fn is_finite(self) -> bool {
        self.to_f64().is_finite()
    }
}

macro_rules! real {
    ($type:ident, $math:ident) => {
        impl Real for $type {
            const ZERO: $type = 0.0;
            const ONE: $type = 1.0;
            const NEG_INFINITY: $type = $type::NEG_INFINITY;
            const NAME: &'static str = stringify!($type);

            #[inline(always)]
            fn of(x: f64) -> $type {
                x as $type
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn exp(self) -> $type {
                math::$math::exp(self)
            }
            #[inline(always)]
            fn ln(self) -> $type {
                math::$math::ln(self)
            }
            #[inline(always)]
            fn sqrt(self) -> $type {
                $type::sqrt(self)
            }
            #[inline(always)]
            fn abs(self) -> $type {
                $type::abs(self)
            }
            #[inline(always)]
            fn sin(self) -> $type {
                math::$math::sin(self)
            }
            #[inline(always)]
            fn cos(self) -> $type {
                math::$math::cos(self)
            }
            #[inline(always)]
            fn tanh(self) -> $type {
                math::$math::tanh(self)
            }
            #[inline(always)]
            fn sigmoid(self) -> $type {
                math::$math::sigmoid(self)
            }
            #[inline(always)]
            fn softplus(self) -> $type {
                math::$math::softplus(self)
            }
            #[inline(always)]
            fn floor(self) -> $type {
                math::$math::floor(self)
            }
            #[inline(always)]
            fn powf(self, y: $type) -> $type {
                math::$math::powf(self, y)
            }
            #[inline(always)]
            fn mul_add(self, a: $type, b: $type) -> $type {
                if cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
                    $type::mul_add(self, a, b)
                } else {
                    self * a + b
                }
            }
        }
    };
}

real!(f32, single);
real!(f64, double);

#[cfg(test)]
mod tests {
    use super::Real;

    #[test]
    fn selects_keep_nan() {
        let nan = f32::NAN;
        for (a, b) in [(nan, 1.0), (1.0, nan), (nan, nan)] {
            assert!(Real::maximum(a, b).is_nan() && Real::minimum(a, b).is_nan());
        }
        assert!(nan.relu().is_nan() && nan.sign().is_nan());
        assert_eq!((Real::maximum(2.0f32, 3.0), Real::minimum(2.0f32, 3.0)), (3.0, 2.0));
        assert_eq!(((-2.0f64).relu(), (-2.0f64).sign(), 0.0f64.sign()), (0.0, -1.0, 0.0));
    }
}
