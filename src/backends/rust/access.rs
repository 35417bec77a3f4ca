//! Views: which stored (or computed) value an operand is read from, and at what offset.

use super::class::{Class, class};
use crate::system::{Op, System, Value};
use std::collections::BTreeSet;

/// Element `i` of a value is element `offset + i` of `base` or, if it is broadcast, element `offset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    pub base: Value,
    pub offset: usize,
    pub broadcast: bool,
}

/// Follows views down to a value that is no view, or is one of the `copied`.
pub fn access(system: &System, copied: &BTreeSet<Value>, v: Value) -> Access {
    let mut at = Access {
        base: v,
        offset: 0,
        broadcast: false,
    };
    while !copied.contains(&at.base) {
        match *system.op(at.base) {
            Op::Slice { x, start, .. } => {
                at.offset += start * system.ty(x).shape[1..].iter().product::<usize>();
                at.base = x;
            }
            Op::Spread(x) => {
                if system.ty(x).size() == 1 && system.ty(at.base).size() > 1 {
                    at.broadcast = true;
                    at.offset = 0;
                }
                at.base = x;
            }
            Op::Reshape(x) | Op::Equal(x) | Op::Stop(x) | Op::Rename { x, .. } => at.base = x,
            ref op => {
                assert!(class(op) != Class::View, "internal error: {op:?} is a view of what?");
                break;
            }
        }
    }
    at
}
