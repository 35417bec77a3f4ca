//! Sums of pads over disjoint ranges become one concatenation: the adjoints of slices come together.

use std::collections::BTreeMap;

use crate::system::{AxisSet, Binary, Op, System, Type, Value};

/// Rewrites every sum that holds two or more pads to the same length and over ranges that do not overlap, however the
/// sum is nested and whatever stands between them. Gaps are filled with zeros.
pub(super) fn join(s: &mut System) {
    let mut uses = vec![0usize; s.nodes.len()];
    let mut inner = vec![false; s.nodes.len()];
    for (_, n) in s.nodes.iter() {
        for a in n.op.args() {
            uses[a.index()] += 1;
            inner[a.index()] = matches!(n.op, Op::Binary(Binary::Add, ..));
        }
    }
    for r in &s.roots {
        uses[r.value.index()] += 2;
    }
    for v in s.nodes.ids() {
        let whole = |v: Value| !(uses[v.index()] == 1 && inner[v.index()]);
        if matches!(s.op(v), Op::Binary(Binary::Add, ..)) && whole(v) {
            let terms = terms(s, v, &|x| x == v || !whole(x));
            if let Some(sum) = joined(s, v, &terms) {
                s.nodes[v].op = Op::Equal(sum);
            }
        }
    }
}

/// The terms of a sum, opening the additions that nothing else reads.
fn terms(s: &System, v: Value, open: &dyn Fn(Value) -> bool) -> Vec<Value> {
    let (mut out, mut todo) = (Vec::new(), vec![v]);
    while let Some(x) = todo.pop() {
        if let Op::Binary(Binary::Add, a, b) = *s.op(x)
            && open(x)
            && s.ty(x).shape == s.ty(v).shape
        {
            todo.extend([b, a]);
        } else {
            out.push(x);
        }
    }
    out
}

fn joined(s: &mut System, v: Value, terms: &[Value]) -> Option<Value> {
    let origin = s.nodes[v].origin.clone();
    // By range, what stands there; terms that overlap a range without being the same one stay as they are.
    let mut ranges: BTreeMap<(usize, usize), Vec<Value>> = BTreeMap::new();
    let mut rest = Vec::new();
    for &t in terms {
        let Op::Pad { x, start, .. } = *s.op(t) else {
            rest.push(t);
            continue;
        };
        let end = start + s.ty(x).shape[0];
        let clash = ranges
            .keys()
            .any(|&(a, b)| (a, b) != (start, end) && a < end && start < b);
        if clash || start == end {
            rest.push(t);
        } else {
            ranges.entry((start, end)).or_default().push(x);
        }
    }
    if ranges.values().map(Vec::len).sum::<usize>() < 2 {
        return None;
    }
    let ty = s.ty(v).clone();
    let only = ranges.len() == 1;
    let (mut parts, mut at) = (Vec::new(), 0);
    for ((start, end), xs) in ranges {
        if at < start && !only {
            parts.push(zeros(s, start - at, &ty));
        }
        let mut sum = xs[0];
        for &x in &xs[1..] {
            sum = s.push(Op::Binary(Binary::Add, sum, x), origin.clone());
        }
        parts.push(sum);
        at = end;
        if only {
            let len = ty.shape[0];
            parts = vec![s.push(Op::Pad { x: sum, start, len }, origin.clone())];
            at = len;
        }
    }
    if at < ty.shape[0] {
        parts.push(zeros(s, ty.shape[0] - at, &ty));
    }
    let mut sum = match parts[..] {
        [one] => one,
        _ => s.push(Op::Concat(parts), origin.clone()),
    };
    for t in rest {
        sum = s.push(Op::Binary(Binary::Add, sum, t), origin.clone());
    }
    Some(sum)
}

fn zeros(s: &mut System, len: usize, like: &Type) -> Value {
    let mut shape = like.shape.clone();
    shape[0] = len;
    let zero = s.push(Op::Const(0.0), Default::default());
    s.push_typed(Op::Spread(zero), Type::real(&shape, AxisSet::EMPTY), Default::default())
}
