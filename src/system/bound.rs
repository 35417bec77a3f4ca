//! Up to which steps a condition admits what it chooses: `s <= t` bounds `s` by the step of `t`.

use super::{Binary, Op, System, Value};

/// By axis: how many steps after one that is looked from a value may be read at most; less than 0 is before it.
pub type Bounds = Vec<i64>;

/// At any step.
pub const ANY: i64 = i64::MAX;

/// What follows for the steps where a condition holds.
pub fn hold(s: &System, cond: Value, bounds: &mut Bounds) {
    match *s.op(cond) {
        Op::Equal(x) | Op::Spread(x) => hold(s, x, bounds),
        Op::Binary(Binary::And, a, b) => {
            hold(s, a, bounds);
            hold(s, b, bounds);
        }
        Op::Binary(Binary::Lt, a, b) => at_most(s, a, upper(s, b, bounds, -1), bounds),
        Op::Binary(Binary::Le, a, b) => at_most(s, a, upper(s, b, bounds, 0), bounds),
        Op::Binary(Binary::Eq, a, b) => {
            at_most(s, a, upper(s, b, bounds, 0), bounds);
            at_most(s, b, upper(s, a, bounds, 0), bounds);
        }
        _ => {}
    }
}

fn at_most(s: &System, step: Value, bound: Option<i64>, bounds: &mut Bounds) {
    match (s.op(step), bound) {
        (Op::Equal(x) | Op::Spread(x), _) => at_most(s, *x, bound, bounds),
        (Op::Position(a), Some(bound)) => {
            let own = &mut bounds[a.0 as usize];
            *own = bound.min(*own);
        }
        _ => {}
    }
}

/// The largest that the number of a step, or that and a constant, can be; relative to the predicted step.
fn upper(s: &System, x: Value, bounds: &Bounds, and: i64) -> Option<i64> {
    match *s.op(x) {
        Op::Equal(x) | Op::Spread(x) => upper(s, x, bounds, and),
        Op::Position(a) => Some(later(bounds[a.0 as usize], and)),
        Op::Binary(f @ (Binary::Add | Binary::Sub), a, b) => {
            let c = number(s, b)?;
            let more = if f == Binary::Add { c } else { -c };
            upper(s, a, bounds, and + more.floor() as i64)
        }
        _ => None,
    }
}

fn number(s: &System, x: Value) -> Option<f64> {
    match *s.op(x) {
        Op::Equal(x) | Op::Spread(x) => number(s, x),
        Op::Const(c) if c.abs() < 1e9 => Some(c),
        _ => None,
    }
}

/// A bound so many steps later.
pub fn later(bound: i64, by: i64) -> i64 {
    if bound == ANY { ANY } else { bound + by }
}
