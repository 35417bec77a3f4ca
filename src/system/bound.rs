//! Up to which steps a condition admits what it chooses: `s <= t` bounds `s` by the step of `t`.

use super::{Binary, Op, System, Value};

/// By axis: how many steps after one that is looked from a value may be read at most; less than 0 is before it.
pub type Bounds = Vec<i64>;

/// At any step.
pub const ANY: i64 = i64::MAX;

/// What follows for the steps where a condition holds.
pub fn hold(s: &System, cond: Value, bounds: &mut Bounds) {
    let Op::Binary(f, a, b) = *s.op(named(s, cond)) else {
        return;
    };
    match f {
        Binary::And => {
            hold(s, a, bounds);
            hold(s, b, bounds);
        }
        Binary::Lt => at_most(s, a, upper(s, b, bounds, -1), bounds),
        Binary::Le => at_most(s, a, upper(s, b, bounds, 0), bounds),
        Binary::Eq => {
            at_most(s, a, upper(s, b, bounds, 0), bounds);
            at_most(s, b, upper(s, a, bounds, 0), bounds);
        }
        Binary::Add
        | Binary::Sub
        | Binary::Mul
        | Binary::Div
        | Binary::Max
        | Binary::Min
        | Binary::Pow
        | Binary::Ne
        | Binary::Or => {}
    }
}

/// What a value is another name of, or a copy at more places.
fn named(s: &System, mut v: Value) -> Value {
    while let Op::Equal(x) | Op::Spread(x) = *s.op(v) {
        v = x;
    }
    v
}

fn at_most(s: &System, step: Value, bound: Option<i64>, bounds: &mut Bounds) {
    if let (Op::Position(a), Some(bound)) = (s.op(named(s, step)), bound) {
        let own = &mut bounds[a.0 as usize];
        *own = bound.min(*own);
    }
}

/// The largest that the number of a step, or that and a constant, can be; relative to the predicted step.
fn upper(s: &System, x: Value, bounds: &Bounds, and: i64) -> Option<i64> {
    let op = s.op(named(s, x));
    if let Op::Position(a) = op {
        return Some(later(bounds[a.0 as usize], and));
    }
    let Op::Binary(f @ (Binary::Add | Binary::Sub), a, b) = *op else {
        return None;
    };
    let c = number(s, b)?;
    let more = if f == Binary::Add { c } else { -c };
    upper(s, a, bounds, and + more.floor() as i64)
}

fn number(s: &System, x: Value) -> Option<f64> {
    let Op::Const(c) = *s.op(named(s, x)) else {
        return None;
    };
    (c.abs() < 1e9).then_some(c)
}

/// A bound so many steps later.
pub fn later(bound: i64, by: i64) -> i64 {
    if bound == ANY { ANY } else { bound + by }
}
