//! Which values are nodes: data, what has a name, what another body reads, what several others read.

use super::calls::{Calls, Shown};
use super::folded::Detail;
use super::sinks::Sink;
use super::words::step;
use crate::system::{CallId, Op, System, Value};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Choice<'s> {
    pub s: &'s System,
    pub calls: Calls<'s>,
    /// The equation that a value is called by in the body that computes it.
    pub named: BTreeMap<Value, Value>,
    /// The values that are nodes.
    pub anchors: BTreeSet<Value>,
    live: Vec<Value>,
}

impl<'s> Choice<'s> {
    pub(super) fn new(system: &'s System, live: Vec<Value>, sinks: &[Sink], detail: Detail) -> Choice<'s> {
        let mut choice = Choice {
            s: system,
            calls: Calls::new(system, &live, detail),
            named: BTreeMap::new(),
            anchors: BTreeSet::new(),
            live,
        };
        choice.name();
        choice.choose(sinks, detail);
        choice
    }

    /// The operation behind equations that are but other names of it.
    pub(super) fn resolve(&self, mut v: Value) -> Value {
        while let Op::Equal(x) | Op::Spread(x) = *self.s.op(v) {
            v = x;
        }
        v
    }

    pub(super) fn is_leaf(&self, v: Value) -> bool {
        self.s.op(v).args().is_empty() && !matches!(self.s.op(v), Op::Data(_))
    }

    /// Finds the names that values have where they are computed.
    fn name(&mut self) {
        for &v in &self.live {
            let node = &self.s.nodes[v];
            if !matches!(node.op, Op::Equal(_)) || node.origin.name.is_none() {
                continue;
            }
            let r = self.resolve(v);
            let around = self.calls.around(v);
            let own = node.origin.call == Some(around) && self.calls.shown(around) == Shown::Open;
            if own && around == self.calls.around(r) && !self.is_leaf(r) {
                self.named.entry(r).or_insert(v);
            }
        }
    }

    fn choose(&mut self, sinks: &[Sink], detail: Detail) {
        for &v in &self.live {
            let op = self.s.op(v);
            let sealed = self.calls.shown(self.calls.around(v)) == Shown::Sealed;
            let every = detail == Detail::Ops && step(self.s, op).is_none();
            let is_name = matches!(op, Op::Equal(_) | Op::Spread(_));
            if matches!(op, Op::Data(_))
                || self.named.contains_key(&v)
                || ((every || sealed) && !is_name && !self.is_leaf(v))
            {
                self.anchors.insert(v);
            }
        }
        let mut starts: Vec<Value> = Vec::new();
        loop {
            let before = (self.anchors.len(), starts.len());
            let mut owner: BTreeMap<Value, usize> = BTreeMap::new();
            for (by, sink) in sinks.iter().enumerate() {
                let roots = sink.values.iter().map(|v| (CallId::new(0), *v)).collect();
                self.claim(by, roots, &mut owner, &mut starts);
            }
            let owners: Vec<Value> = self.anchors.iter().copied().chain(starts.clone()).collect();
            for v in owners {
                let around = self.calls.around(v);
                let read = self.below(v, &mut starts).into_iter().map(|x| (around, x)).collect();
                self.claim(sinks.len() + v.index(), read, &mut owner, &mut starts);
            }
            if before == (self.anchors.len(), starts.len()) {
                return;
            }
        }
    }

    /// Walks from what an owner reads to the nodes below, and makes nodes of what it must not own alone.
    fn claim(
        &mut self,
        by: usize,
        mut todo: Vec<(CallId, Value)>,
        owner: &mut BTreeMap<Value, usize>,
        starts: &mut Vec<Value>,
    ) {
        while let Some((reader, v)) = todo.pop() {
            let r = self.resolve(v);
            if self.anchors.contains(&r) || self.is_leaf(r) {
                continue;
            }
            let moves = step(self.s, self.s.op(r)).is_some();
            let shared = owner.get(&r).is_some_and(|o| *o != by);
            if shared || !moves && self.calls.around(r) != reader {
                self.anchors.insert(r);
                continue;
            }
            if owner.insert(r, by).is_none() {
                let around = if moves { reader } else { self.calls.around(r) };
                todo.extend(self.below(r, starts).into_iter().map(|x| (around, x)));
            }
        }
    }

    /// What an operation reads, base cases apart: those are nodes of their own.
    fn below(&self, v: Value, starts: &mut Vec<Value>) -> Vec<Value> {
        if let Op::Shift { x, init, .. } = *self.s.op(v) {
            if let Some(init) = init
                && !starts.contains(&init)
            {
                starts.push(init);
            }
            return vec![x];
        }
        self.s.op(v).args()
    }

    /// What a value is called where it is computed; nothing of one without a name.
    pub(super) fn called(&self, v: Value) -> &str {
        let r = self.resolve(v);
        if let Op::Data(d) = self.s.op(r) {
            return &self.s.data[*d].name;
        }
        let path = self.named.get(&r).and_then(|e| self.s.nodes[*e].origin.name.as_deref());
        path.map_or("", |path| self.calls.local(self.calls.around(r), path))
    }

    /// Whether a value is what a call gives.
    pub(super) fn is_output(&self, call: CallId, v: Value) -> bool {
        let path = &self.s.calls[call].path;
        let named = |e: &&Value| self.s.nodes[**e].origin.name.as_ref() == Some(path) && self.resolve(**e) == v;
        self.live.iter().any(|e| named(&e))
    }
}
