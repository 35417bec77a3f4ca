//! Which calls are drawn as boxes: those that mix steps. What a layer does at each step by itself is part of the value
//! that it gives.

use super::folded::Detail;
use crate::system::{AxisId, Call, CallId, CallKind, Op, System, Value};

/// How each call is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// As a box around what it computes.
    Open,
    /// As one node.
    Sealed,
    /// As part of the values that are computed by it.
    Dissolved,
}

pub(super) struct Calls<'s> {
    system: &'s System,
    shown: Vec<Shown>,
}

impl<'s> Calls<'s> {
    pub(super) fn new(system: &'s System, live: &[Value], detail: Detail) -> Calls<'s> {
        let mut mixes = vec![false; system.calls.len()];
        let mut computes = vec![false; system.calls.len()];
        for &v in live {
            let mut at = system.nodes[v].origin.call;
            while let Some(call) = at {
                mixes[call.index()] |= mixes_steps(system.op(v));
                computes[call.index()] = true;
                at = system.calls[call].within;
            }
        }
        let boxed = |call: CallId, c: &Call| match (c.kind, detail) {
            (CallKind::Model, _) => true,
            (CallKind::Function, Detail::Ops) => computes[call.index()],
            (CallKind::Function, Detail::Modules | Detail::Values) => false,
            (CallKind::Layer | CallKind::Cell, Detail::Ops) => computes[call.index()],
            (CallKind::Layer | CallKind::Cell, Detail::Modules | Detail::Values) => mixes[call.index()],
        };
        let mut holds_boxes = vec![false; system.calls.len()];
        for (call, c) in system.calls.iter() {
            if let (true, Some(outer)) = (boxed(call, c), c.within) {
                holds_boxes[outer.index()] = true;
            }
        }
        let shown = system.calls.iter().map(|(call, c)| match boxed(call, c) {
            false => Shown::Dissolved,
            true if detail == Detail::Modules && c.within.is_some() && !holds_boxes[call.index()] => Shown::Sealed,
            true => Shown::Open,
        });
        Calls {
            system,
            shown: shown.collect(),
        }
    }

    pub(super) fn shown(&self, call: CallId) -> Shown {
        self.shown[call.index()]
    }

    /// The innermost call around an operation that is not dissolved.
    pub(super) fn around(&self, v: Value) -> CallId {
        let mut at = self.system.nodes[v].origin.call.unwrap_or(CallId::new(0));
        while let (Shown::Dissolved, Some(outer)) = (self.shown(at), self.system.calls[at].within) {
            at = outer;
        }
        at
    }

    /// The outermost dissolved call around an operation.
    pub(super) fn dissolved(&self, v: Value) -> Option<CallId> {
        let (mut at, mut found) = (self.system.nodes[v].origin.call?, None);
        while self.shown(at) == Shown::Dissolved {
            found = Some(at);
            at = self.system.calls[at].within?;
        }
        found
    }

    /// What a path is called within a call.
    pub(super) fn local<'n>(&'n self, call: CallId, path: &'n str) -> &'n str {
        let c = &self.system.calls[call];
        match path.strip_prefix(c.path.as_str()) {
            Some("") => &c.output,
            Some(rest) if c.path.is_empty() => rest,
            Some(rest) => rest.strip_prefix('.').unwrap_or(path),
            None => path,
        }
    }
}

/// Whether an operation reads other steps than its own.
fn mixes_steps(op: &Op) -> bool {
    match op {
        Op::Shift { .. } | Op::Edge { .. } | Op::Reverse { .. } | Op::Rename { .. } => true,
        Op::Reduce { axes, .. } => !axes.contains(AxisId::BATCH),
        Op::Contract { over, .. } => !over.is_empty(),
        Op::Data(_)
        | Op::Param(_)
        | Op::Const(_)
        | Op::Count(_)
        | Op::Length(_)
        | Op::Position(_)
        | Op::Draw { .. }
        | Op::Training
        | Op::Equal(_)
        | Op::Unary(..)
        | Op::Binary(..)
        | Op::Select { .. }
        | Op::Concat(_)
        | Op::Slice { .. }
        | Op::Pad { .. }
        | Op::Reshape(_)
        | Op::Transpose(_)
        | Op::Fold { .. }
        | Op::ArgMax(_)
        | Op::OneHot(_)
        | Op::Spread(_)
        | Op::Gather { .. }
        | Op::Scatter { .. }
        | Op::Pick { .. }
        | Op::Place { .. }
        | Op::Stop(_) => false,
    }
}
