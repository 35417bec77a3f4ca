//! Sums of equal parts of two products become parts of one sum, so that both products add into one buffer.

use crate::rewrite::simplify;
use crate::system::{Binary, Node, Op, Origin, System, Value};
use std::collections::BTreeMap;

/// As long as there are any; each round joins one more product to a sum of several.
pub(super) fn join(s: System) -> System {
    let mut s = split(s);
    for _ in 0..8 {
        let nodes = s.nodes.len();
        s = once(s);
        if s.nodes.len() == nodes {
            break;
        }
    }
    s
}

/// A product whose parts are added to different products becomes one for each of them: a GRU's candidate waits for the
/// reset gate, whose sums its part of the input's product must not wait with.
fn split(mut s: System) -> System {
    let mut readers: BTreeMap<Value, Vec<Value>> = BTreeMap::new();
    for (v, node) in s.nodes.iter() {
        node.op
            .args()
            .iter()
            .for_each(|a| readers.entry(*a).or_default().push(v));
    }
    let roots: Vec<Value> = s.roots.iter().map(|r| r.value).collect();
    let products: Vec<Value> = s.nodes.ids().filter(|v| splits(&s, *v) && !roots.contains(v)).collect();
    for product in products {
        let Op::Contract { a, b, spec, over } = s.op(product).clone() else {
            continue;
        };
        let Some(mut slices) = readers.get(&product).and_then(|r| parts(&s, r)) else {
            continue;
        };
        slices.sort();
        // Neighbours that go to the same product stay together.
        let mut groups: Vec<(Option<Value>, usize, usize)> = Vec::new();
        for &(start, len, v) in &slices {
            let to = added_to(&s, readers.get(&v), v);
            match groups.last_mut() {
                Some((other, _, end)) if *other == to && *end == start => *end += len,
                _ => groups.push((to, start, start + len)),
            }
        }
        if groups.len() < 2 || groups.windows(2).any(|g| g[0].2 > g[1].1) {
            continue;
        }
        for (_, start, end) in groups {
            let weights = s.push(
                Op::Slice {
                    x: a,
                    start,
                    len: end - start,
                },
                Origin::default(),
            );
            let (a, spec) = (weights, spec.clone());
            let part = s.push(Op::Contract { a, b, spec, over }, Origin::default());
            for &(from, len, v) in slices.iter().filter(|p| (start..end).contains(&p.0)) {
                s.nodes[v].op = Op::Slice {
                    x: part,
                    start: from - start,
                    len,
                };
            }
        }
    }
    simplify(s)
}

/// Weights by a vector, one row of weights for each number of the product.
fn splits(s: &System, v: Value) -> bool {
    let Op::Contract { b, spec, .. } = s.op(v) else {
        return false;
    };
    spec.out.len() == 1
        && spec.a.first() == spec.out.first()
        && !spec.b.contains(&spec.out[0])
        && !spec.b.is_empty()
        && !matches!(s.op(*b), Op::Param(_))
}

/// Start, length and value of each reader, where all are slices.
fn parts(s: &System, readers: &[Value]) -> Option<Vec<(usize, usize, Value)>> {
    let part = |v: &Value| {
        let Op::Slice { start, len, .. } = *s.op(*v) else {
            return None;
        };
        Some((start, len, *v))
    };
    readers.iter().map(part).collect()
}

/// The product that a part of another is added to, itself or a part of it.
fn added_to(s: &System, readers: Option<&Vec<Value>>, v: Value) -> Option<Value> {
    let &[reader] = &readers?[..] else {
        return None;
    };
    let Op::Binary(Binary::Add, a, b) = *s.op(reader) else {
        return None;
    };
    let other = if a == v { b } else { a };
    let whole = if let Op::Slice { x, .. } = *s.op(other) {
        x
    } else {
        other
    };
    matches!(s.op(whole), Op::Contract { .. }).then_some(whole)
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
