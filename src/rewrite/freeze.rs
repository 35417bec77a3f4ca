//! Fixes whether a system trains or evaluates.

use crate::system::{AxisSet, Elem, Op, Origin, System, Type, Value};

/// Replaces `Training` by what it is: with it, in evaluation, goes all that only training does.
pub fn freeze(system: System, training: bool) -> System {
    let mut s = system;
    let uses: Vec<Value> = s.nodes.ids().filter(|v| matches!(s.op(*v), Op::Training)).collect();
    if uses.is_empty() {
        return s;
    }
    let number = s.push(Op::Const(if training { 1.0 } else { 0.0 }), Origin::default());
    let bit = Type {
        elem: Elem::Bit,
        shape: vec![],
        axes: AxisSet::EMPTY,
    };
    let bit = s.push_typed(Op::Spread(number), bit, Origin::default());
    for v in uses {
        s.nodes[v].op = Op::Equal(bit);
    }
    s
}
