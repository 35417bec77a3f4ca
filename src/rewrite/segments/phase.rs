//! When a value can be computed, if its sequence comes in segments.

use crate::system::{AxisId, Op, System, Value};
use std::collections::BTreeSet;

/// See [`super::Segments`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Before,
    Forward,
    Between,
    Backward,
    After,
}

/// Values at each step are of phase 1 where they need earlier steps alone, else 3; others of phase 0, 2 or 4, after which
/// of those they can be computed.
pub struct Phases {
    phase: Vec<u8>,
    /// Whether it runs over the axis, and whether it reads what does.
    along: Vec<bool>,
    sums: Vec<bool>,
    /// Whether examples have a part in it.
    of_examples: Vec<bool>,
    is_leaf: Vec<bool>,
}

impl Phases {
    pub fn new(s: &System, live: &[Value], axis: AxisId) -> Result<Phases, String> {
        let along: Vec<bool> = s.nodes.iter().map(|(_, n)| n.ty.axes.contains(axis)).collect();
        let reads_along = |v: &Value| s.op(*v).args().iter().any(|a| along[a.index()]);
        let mut phases = Phases {
            phase: along.iter().map(|a| u8::from(*a)).collect(),
            sums: s.nodes.ids().map(|v| !along[v.index()] && reads_along(&v)).collect(),
            of_examples: of_examples(s, live),
            is_leaf: s
                .nodes
                .iter()
                .map(|(_, n)| matches!(n.op, Op::Data(_) | Op::Param(_) | Op::Const(_) | Op::Count(_)))
                .collect(),
            along,
        };
        phases.settle(s, live, axis);
        phases.check(s, live, axis)?;
        phases.postpone(s, live);
        Ok(phases)
    }

    /// The least phases that hold together.
    fn settle(&mut self, s: &System, live: &[Value], axis: AxisId) {
        loop {
            let before = self.phase.clone();
            for &v in live {
                let args = s.op(v).args();
                let latest = args.iter().map(|a| self.phase[a.index()]).max().unwrap_or(0);
                let ahead = matches!(*s.op(v), Op::Shift { axis: a, by, .. } if a == axis && by < 0);
                let phase = match (self.along[v.index()], self.sums[v.index()]) {
                    (true, _) if ahead || latest >= 2 => 3.max(latest),
                    (true, _) => 1,
                    (false, true) if latest <= 1 => 2,
                    (false, true) => 4,
                    (false, false) => latest,
                };
                self.phase[v.index()] = phase.max(self.phase[v.index()]);
            }
            if self.phase == before {
                return;
            }
        }
    }

    fn check(&self, s: &System, live: &[Value], axis: AxisId) -> Result<(), String> {
        let t = &s.axis_info(axis).name;
        let called = |v: Value| match &s.nodes[v].origin.name {
            Some(name) => format!("`{name}`"),
            None => "a value".into(),
        };
        for &v in live {
            let at = |x: Value| self.phase[x.index()];
            let args = s.op(v).args();
            let axes = args.iter().fold(s.ty(v).axes, |all, a| all.union(s.ty(*a).axes));
            if !axes.contains(axis) {
                continue;
            }
            if let Some(other) = axes.without(AxisId::BATCH).without(axis).iter().next() {
                let other = &s.axis_info(other).name;
                return Err(format!("{} runs over `{t}` and `{other}` together", called(v)));
            }
            let both_ways = || Err(format!("{} needs steps of `{t}` on both sides", called(v)));
            if self.along[v.index()] && at(v) > 3 {
                return both_ways();
            }
            if let Op::Shift { x, by, init, .. } = *s.op(v) {
                let number = !self.along[x.index()] && super::constant(s, x).is_some();
                let fits = match by > 0 {
                    true => at(v) == 1,
                    false => number || at(x) == 3,
                };
                if !fits || !number && !self.along[x.index()] || init.is_some_and(|i| at(i) > 2) {
                    return both_ways();
                }
            } else if let Op::Edge { by, .. } = *s.op(v)
                && by.abs() != 1
            {
                return Err(format!("{} needs several steps at the end of `{t}`", called(v)));
            } else if matches!(s.op(v), Op::Reverse { .. } | Op::Rename { .. }) {
                return both_ways();
            }
        }
        Ok(())
    }

    /// Sums that no step needs are taken when the segments run for the last time.
    fn postpone(&mut self, s: &System, live: &[Value]) {
        let mut needed: BTreeSet<Value> = BTreeSet::new();
        let last = live
            .iter()
            .filter(|v| self.along[v.index()] && self.phase[v.index()] == 3);
        let mut open: Vec<Value> = last.copied().collect();
        if open.is_empty() {
            return;
        }
        while let Some(v) = open.pop() {
            for a in s.op(v).args() {
                if !self.along[a.index()] && needed.insert(a) {
                    open.push(a);
                }
            }
        }
        for v in live.iter().filter(|v| !needed.contains(v)) {
            let phase = &mut self.phase[v.index()];
            *phase += 2 * u8::from(*phase == 2);
        }
    }

    /// Where a value is computed first.
    pub fn part(&self, v: Value) -> Part {
        match (self.phase[v.index()], self.sums[v.index()]) {
            (0, _) => Part::Before,
            (1, _) | (2, true) => Part::Forward,
            (2, false) => Part::Between,
            (3, _) | (4, true) => Part::Backward,
            _ => Part::After,
        }
    }

    /// The parts that compute a value.
    pub fn parts(&self, v: Value) -> Vec<Part> {
        match self.phase[v.index()] {
            1 => vec![Part::Forward, Part::Backward],
            _ if !self.of_examples[v.index()] => {
                vec![Part::Before, Part::Forward, Part::Between, Part::Backward, Part::After]
            }
            _ => vec![self.part(v)],
        }
    }

    /// Whether other parts have a value from a slot: it is neither given, nor quickly found from parameters alone, nor one
    /// at each step.
    pub fn is_handed_on(&self, v: Value) -> bool {
        !self.along[v.index()] && self.of_examples[v.index()] && !self.is_leaf[v.index()]
    }

    /// Where a register's value before the first segment is computed.
    pub fn init_part(&self, v: Value) -> Part {
        match self.phase[v.index()] {
            0 => Part::Before,
            _ => Part::Between,
        }
    }
}

/// Everything but what parameters, and the lengths of the whole batch, determine.
fn of_examples(s: &System, live: &[Value]) -> Vec<bool> {
    let mut of: Vec<bool> = s
        .nodes
        .iter()
        .map(|(_, n)| !n.ty.axes.is_empty() || matches!(n.op, Op::Draw { .. } | Op::Data(_)))
        .collect();
    loop {
        let before = of.clone();
        for &v in live {
            of[v.index()] |= s.op(v).args().iter().any(|a| of[a.index()]);
        }
        if of == before {
            return of;
        }
    }
}
