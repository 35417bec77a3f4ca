//! Sums of equal parts of two products become parts of one sum, so that both products add into one buffer.

use crate::rewrite::simplify;
use crate::system::{Binary, Node, Op, Origin, System, Value};
use std::collections::BTreeMap;

/// As long as there are any; each round joins one more product to a sum of several.
pub(super) fn join(mut s: System) -> System {
    for _ in 0..8 {
        let nodes = s.nodes.len();
        s = once(s);
        if s.nodes.len() == nodes {
            break;
        }
    }
    s
}

/// `slice(a) + slice(b)` becomes `slice(a + b)` where `a` and `b` are products read in no other way.
fn once(mut s: System) -> System {
    let mut uses: BTreeMap<Value, usize> = BTreeMap::new();
    for (_, node) in s.nodes.iter() {
        node.op.args().iter().for_each(|a| *uses.entry(*a).or_default() += 1);
    }
    s.roots.iter().for_each(|r| *uses.entry(r.value).or_default() += 1);
    let pairs: Vec<(Value, Value, Value, usize, usize)> = s
        .nodes
        .ids()
        .filter_map(|v| pair(&s, v).map(|(a, b, start, len)| (v, a, b, start, len)))
        .collect();
    let mut read: BTreeMap<(Value, Value), usize> = BTreeMap::new();
    pairs
        .iter()
        .for_each(|&(_, a, b, ..)| *read.entry((a, b)).or_default() += 1);
    let mut sums: BTreeMap<(Value, Value), Value> = BTreeMap::new();
    for (v, a, b, start, len) in pairs {
        if [a, b].iter().any(|x| uses[x] != read[&(a, b)]) {
            continue;
        }
        let x = *sums.entry((a, b)).or_insert_with(|| {
            let Node { ty, .. } = s.nodes[a].clone();
            s.push_typed(Op::Binary(Binary::Add, a, b), ty, Origin::default())
        });
        s.nodes[v].op = Op::Slice { x, start, len };
    }
    simplify(s)
}

fn pair(s: &System, v: Value) -> Option<(Value, Value, usize, usize)> {
    let Op::Binary(Binary::Add, left, right) = *s.op(v) else {
        return None;
    };
    let (
        &Op::Slice { x: a, start, len },
        &Op::Slice {
            x: b,
            start: also,
            len: other,
        },
    ) = (s.op(left), s.op(right))
    else {
        return None;
    };
    let sum = |x: Value| matches!(s.op(x), Op::Contract { .. } | Op::Binary(Binary::Add, ..));
    let same = (start, len) == (also, other) && s.ty(a) == s.ty(b) && a != b;
    (sum(a) && sum(b) && same).then_some((a, b, start, len))
}
