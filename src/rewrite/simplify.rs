//! Simplification: names resolved, algebra done, the same thing computed once, the dead gone, the arena in order.

use super::{pads, rebuild};
use crate::system::{Op, System, Value, verify};

/// The same system with no `Equal`, no operation that a root does not need, and none that stands there twice.
///
/// Ids are renumbered so that arguments stand before their uses wherever the cycles allow it; roots, and the
/// observations whose values are still alive, follow. Data and parameters all stay: their order is the flat layout's.
pub fn simplify(system: System) -> System {
    let mut s = system;
    let mut before = String::new();
    // Each round may open the way for a rule that looked at an argument too early, inside a cycle.
    for _ in 0..64 {
        resolve(&mut s);
        pads::join(&mut s);
        resolve(&mut s);
        s = rebuild::rebuild(s);
        let now = fingerprint(&s);
        if now == before {
            break;
        }
        before = now;
    }
    if cfg!(debug_assertions) {
        verify::simplified(&s).unwrap_or_else(|why| panic!("internal error: simplify: {why}"));
    }
    s
}

fn fingerprint(s: &System) -> String {
    s.nodes
        .iter()
        .map(|(_, n)| format!("{:?} {:?}\n", n.op, n.ty))
        .collect()
}

/// Makes every use of an `Equal` a use of what it equals. One whose type is wider becomes a `Spread`.
pub(super) fn resolve(s: &mut System) {
    for v in s.nodes.ids() {
        if let Op::Equal(x) = *s.op(v)
            && s.ty(x) != s.ty(v)
        {
            s.nodes[v].op = Op::Spread(x);
        }
    }
    let target: Vec<Value> = s.nodes.ids().map(|v| end(s, v)).collect();
    for v in s.nodes.ids() {
        let to = target[v.index()];
        if to != v && s.nodes[to].origin.name.is_none() && s.nodes[v].origin.name.is_some() {
            s.nodes[to].origin = s.nodes[v].origin.clone();
        }
        s.nodes[v].op.for_each_arg(|a| *a = target[a.index()]);
    }
    s.roots.iter_mut().for_each(|r| r.value = target[r.value.index()]);
    for o in &mut s.observations {
        o.nll = target[o.nll.index()];
        o.dist.values_mut().into_iter().for_each(|v| *v = target[v.index()]);
    }
}

fn end(s: &System, start: Value) -> Value {
    let mut v = start;
    let mut steps = 0;
    while let Op::Equal(x) = *s.op(v) {
        v = x;
        steps += 1;
        assert!(
            steps <= s.nodes.len(),
            "internal error: {start:?} is defined by itself alone"
        );
    }
    v
}
