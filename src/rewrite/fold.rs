//! Elementwise operations on constants.

use crate::system::{Binary, Unary};

/// The value of a unary operation; a bit is 0 or 1.
pub fn unary(f: Unary, x: f64) -> f64 {
    match f {
        Unary::Neg => -x,
        Unary::Exp => x.exp(),
        Unary::Log => x.ln(),
        Unary::Sqrt => x.sqrt(),
        Unary::Abs => x.abs(),
        Unary::Sign if x == 0.0 => 0.0,
        Unary::Sign => x.signum(),
        Unary::Sin => x.sin(),
        Unary::Cos => x.cos(),
        Unary::Tanh => x.tanh(),
        Unary::Sigmoid if x < 0.0 => x.exp() / (1.0 + x.exp()),
        Unary::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Unary::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        Unary::Relu => x.max(0.0),
        Unary::Floor => x.floor(),
        Unary::Not => bit(x == 0.0),
    }
}

/// The value of a binary operation; a bit is 0 or 1.
pub fn binary(f: Binary, a: f64, b: f64) -> f64 {
    match f {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
        Binary::Div => a / b,
        Binary::Max => a.max(b),
        Binary::Min => a.min(b),
        Binary::Pow => a.powf(b),
        Binary::Lt => bit(a < b),
        Binary::Le => bit(a <= b),
        Binary::Eq => bit(a == b),
        Binary::Ne => bit(a != b),
        Binary::And => bit(a != 0.0 && b != 0.0),
        Binary::Or => bit(a != 0.0 || b != 0.0),
    }
}

fn bit(b: bool) -> f64 {
    f64::from(u8::from(b))
}
