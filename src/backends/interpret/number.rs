//! The numbers that the interpreter computes with, by the standard library's functions: not those of generated code,
//! so that each checks the other.

use crate::system::{Binary, Unary};
use ndarray::LinalgScalar;
use rnn_runtime::Real;

/// `f32` or `f64`. An index is the number of its class, *nothing* is -1; a bit is 0 or 1.
pub trait Number: Real + LinalgScalar {
    fn unary(f: Unary) -> fn(Self) -> Self;
    fn binary(f: Binary) -> fn(Self, Self) -> Self;
}

macro_rules! number {
    ($r:ident) => {
        impl Number for $r {
            fn unary(f: Unary) -> fn($r) -> $r {
                match f {
                    Unary::Neg => |x| -x,
                    Unary::Exp => $r::exp,
                    Unary::Log => $r::ln,
                    Unary::Sqrt => $r::sqrt,
                    Unary::Abs => $r::abs,
                    Unary::Sign => |x| if x == 0.0 || x.is_nan() { x } else { x.signum() },
                    Unary::Sin => $r::sin,
                    Unary::Cos => $r::cos,
                    Unary::Tanh => $r::tanh,
                    Unary::Sigmoid => |x| {
                        // exp of a number that is not positive cannot overflow.
                        let e = $r::exp(-$r::abs(x));
                        if x < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
                    },
                    Unary::Softplus => |x| {
                        if x > 0.0 {
                            x + (-x).exp().ln_1p()
                        } else {
                            x.exp().ln_1p()
                        }
                    },
                    Unary::Relu => |x| if x < 0.0 { 0.0 } else { x },
                    Unary::Floor => $r::floor,
                    Unary::Not => |x| bit(x == 0.0),
                }
            }

            fn binary(f: Binary) -> fn($r, $r) -> $r {
                match f {
                    Binary::Add => |a, b| a + b,
                    Binary::Sub => |a, b| a - b,
                    Binary::Mul => |a, b| a * b,
                    Binary::Div => |a, b| a / b,
                    Binary::Max => |a, b| if a > b || a.is_nan() { a } else { b },
                    Binary::Min => |a, b| if a < b || a.is_nan() { a } else { b },
                    Binary::Pow => $r::powf,
                    Binary::Lt => |a, b| bit(a < b),
                    Binary::Le => |a, b| bit(a <= b),
                    Binary::Eq => |a, b| bit(a == b),
                    Binary::Ne => |a, b| bit(a != b),
                    Binary::And => |a, b| bit(a != 0.0 && b != 0.0),
                    Binary::Or => |a, b| bit(a != 0.0 || b != 0.0),
                }
            }
        }
    };
}

number!(f32);
number!(f64);

fn bit<R: Real>(holds: bool) -> R {
    if holds { R::ONE } else { R::ZERO }
}
