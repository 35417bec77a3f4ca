//! The equations to write down: which values get a name, and which are read where they stand.

use crate::system::{AxisId, Binary, Op, RootKind, System, Value};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Flat<'s> {
    pub system: &'s System,
    /// The values that are written as equations, in order of id.
    pub equations: Vec<Value>,
    /// What a shift reads where its variable begins otherwise: another name of it.
    pub others: BTreeMap<Value, Value>,
    /// The base cases of a variable: before the first step, and behind the last.
    pub inits: BTreeMap<(Value, bool), Option<Value>>,
    /// The shortest path of each equation, of those that name the same value: the outermost.
    pub paths: BTreeMap<Value, &'s str>,
}

/// What an equation that is but another name stands for.
pub(super) fn end(s: &System, mut v: Value) -> Value {
    while let Op::Equal(x) = *s.op(v)
        && s.ty(x) == s.ty(v)
        && matches!(s.op(x), Op::Equal(_) | Op::Draw { .. })
    {
        v = x;
    }
    v
}

/// A value as what it is broadcast from, where it is.
pub(super) fn unspread(s: &System, v: Value) -> Value {
    if let Op::Spread(x) = *s.op(v) { x } else { v }
}

/// Whether two base cases are the same, each made for a shift of its own.
fn same(s: &System, a: Option<Value>, b: Option<Value>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => {
            let class = class(s, a);
            unspread(s, a) == unspread(s, b) || class.is_some() && class == self::class(s, b)
        }
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn paths(s: &System) -> BTreeMap<Value, &str> {
    let mut paths: BTreeMap<Value, &str> = BTreeMap::new();
    for (v, node) in s.nodes.iter() {
        if let (Some(path), Op::Equal(_)) = (&node.origin.name, &node.op) {
            let shortest = paths.entry(end(s, v)).or_insert(path);
            if path.len() < shortest.len() {
                *shortest = path;
            }
        }
    }
    paths
}

/// A class as a number: the place of the one in a one-hot vector.
pub(super) fn class(s: &System, v: Value) -> Option<usize> {
    let Op::ArgMax(x) = *s.op(v) else { return None };
    let Op::Pad { start, .. } = *s.op(x) else { return None };
    Some(start)
}

impl<'s> Flat<'s> {
    pub(super) fn new(system: &'s System, roots: &[Value]) -> Flat<'s> {
        let mut flat = Flat {
            system,
            equations: Vec::new(),
            others: BTreeMap::new(),
            inits: BTreeMap::new(),
            paths: paths(system),
        };
        let mut readers: BTreeMap<Value, Value> = BTreeMap::new();
        let mut reads: BTreeMap<Value, usize> = BTreeMap::new();
        let (mut seen, mut begun) = (BTreeSet::new(), BTreeSet::new());
        let mut todo: Vec<Value> = roots.iter().map(|v| end(system, *v)).collect();
        todo.iter().for_each(|v| *reads.entry(*v).or_insert(0) += 1);
        let mut shifts = Vec::new();
        while let Some(v) = todo.pop() {
            if !seen.insert(v) || class(system, v).is_some() {
                continue;
            }
            let mut args = system.op(v).args();
            if let Op::Shift { x, by, init, .. } = *system.op(v) {
                shifts.push((v, end(system, x), by < 0, init));
                // All shifts of a variable have one base case.
                let begin = init.map(|i| unspread(system, i)).filter(|i| begun.insert(*i));
                args = [x].into_iter().chain(begin).collect();
            }
            for x in args {
                let x = end(system, x);
                *reads.entry(x).or_insert(0) += 1;
                readers.insert(x, v);
                todo.push(x);
            }
        }
        shifts.sort();
        let mut named: BTreeSet<Value> = BTreeSet::new();
        for (v, x, ahead, init) in shifts {
            named.insert(x);
            match flat.inits.get(&(x, ahead)) {
                Some(first) if !same(system, *first, init) => {
                    flat.others.insert(v, x);
                }
                Some(_) => {}
                None => {
                    flat.inits.insert((x, ahead), init);
                }
            }
        }
        for v in &seen {
            let many = reads.get(v).is_some_and(|n| *n > 1);
            let equation = match system.op(*v) {
                Op::Equal(x) => {
                    let plain = !many && !named.contains(v) && system.ty(*x) == system.ty(*v);
                    !(plain && flat.inner(*v, &readers))
                }
                Op::Draw { .. } => true,
                // A scalar that stands for many entries has a shape only where one is written.
                Op::Spread(_) => !system.ty(*v).shape.is_empty() && !is_vector(system, *v),
                op => !op.args().is_empty() && (named.contains(v) || many && class(system, *v).is_none()),
            };
            if equation {
                flat.equations.push(*v);
            }
        }
        flat
    }

    /// Whether a value is a layer's own, read within the equation that calls the layer: `h.i.x.part` within `h.i`.
    fn inner(&self, v: Value, readers: &BTreeMap<Value, Value>) -> bool {
        let mut at = v;
        while let Some(reader) = readers.get(&at).copied() {
            if let Op::Equal(_) = self.system.op(reader) {
                let paths = self.paths.get(&v).zip(self.paths.get(&reader));
                return paths.is_some_and(|(own, outer)| {
                    own == outer || own.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'))
                });
            }
            at = reader;
        }
        false
    }

    pub(super) fn is_equation(&self, v: Value) -> bool {
        self.equations.binary_search(&v).is_ok()
    }
}

/// A scalar as the one entry of a vector, where a vector is needed.
pub(super) fn is_vector(s: &System, v: Value) -> bool {
    let (Op::Spread(x) | Op::Reshape(x)) = *s.op(v) else {
        return false;
    };
    s.ty(v).shape == [1] && s.ty(x).shape.is_empty()
}

/// The value of which a root is the average or the total over all positions.
pub(super) fn of_all(s: &System, v: Value) -> Option<Value> {
    let sum = if let Op::Binary(Binary::Div, sum, _) = *s.op(v) {
        sum
    } else {
        v
    };
    let Op::Reduce { x, axes, .. } = *s.op(sum) else {
        return None;
    };
    let inner = unspread(s, x);
    let same = s.ty(inner).shape == s.ty(x).shape;
    axes.contains(AxisId::BATCH).then_some(if same { inner } else { x })
}

/// The terms of the loss, in order.
pub(super) fn terms(s: &System) -> Vec<Value> {
    let mut out = Vec::new();
    let mut todo: Vec<Value> = s.root(RootKind::Loss).into_iter().collect();
    while let Some(v) = todo.pop() {
        match (of_all(s, v), s.op(v)) {
            (Some(x), _) => out.push(x),
            (None, Op::Binary(Binary::Add, a, b)) => todo.extend([*b, *a]),
            (None, _) => out.push(v),
        }
    }
    out
}
