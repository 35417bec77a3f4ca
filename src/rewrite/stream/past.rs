//! What a step reads of the steps before it under a second name of their axis. The value of each step is kept, so what
//! is read must not go beyond the steps so far: a reduction needs a condition like `s <= t`.

use crate::system::bound::{ANY, Bounds, hold};
use crate::system::{AxisId, AxisKind, AxisSet, Binary, DataRole, Fold, Op, System, Unary, Value};

/// The streamed axis and its second names.
pub(super) struct Past {
    axis: Option<AxisId>,
    names: AxisSet,
    /// Whether nothing is known of the steps to come, so that the names have as many steps as there were so far.
    growing: bool,
    /// By node: a value under a name that is known up to this step.
    grown: Vec<bool>,
    /// By node: whether it needs a target of this step.
    late: Vec<bool>,
    /// By node: grown, and this step's entry is known only once its targets are.
    strict: Vec<bool>,
    neutral: Vec<Neutral>,
}

/// The second names of an axis.
pub(super) fn names(s: &System, axis: Option<AxisId>) -> AxisSet {
    let Some(t) = axis else { return AxisSet::EMPTY };
    let all = (1..s.axes.len()).map(|a| AxisId(a as u8));
    let named = all.filter(|&a| a != t && s.axis_info(a).kind == AxisKind::Sequence && s.steps_of(a) == s.steps_of(t));
    named.fold(AxisSet::EMPTY, AxisSet::with)
}

impl Past {
    pub(super) fn new(s: &System, live: &[Value], axis: Option<AxisId>, growing: bool) -> Past {
        let count = s.nodes.len();
        let mut past = Past {
            axis,
            names: names(s, axis),
            growing,
            grown: vec![false; count],
            late: vec![false; count],
            strict: vec![false; count],
            neutral: Vec::new(),
        };
        // Shifts along other axes may come before what they read: all only rise, so this ends.
        loop {
            let changed = live.iter().filter(|v| past.visit(s, **v)).count();
            if changed == 0 {
                break;
            }
        }
        let cases = past.names.iter().flat_map(|a| [false, true].map(|strict| (a, strict)));
        past.neutral = cases.map(|(a, strict)| past.neutral(s, live, a, strict)).collect();
        past
    }

    fn visit(&mut self, s: &System, v: Value) -> bool {
        let op = s.op(v);
        let args = op.args();
        let any = |of: &[bool]| args.iter().any(|a| of[a.index()]);
        let remembers = self.remembers(op);
        let shifted = matches!(*op, Op::Shift { axis, .. } if Some(axis) == self.axis);
        let named = !s.ty(v).axes.intersect(self.names).is_empty();
        let target = matches!(*op, Op::Data(d) if s.data[d].role == DataRole::Target);
        let new = (
            named && (self.growing || remembers || any(&self.grown)),
            target || !remembers && !shifted && any(&self.late),
            named && (remembers && any(&self.late) || any(&self.strict)),
        );
        let old = (self.grown[v.index()], self.late[v.index()], self.strict[v.index()]);
        (self.grown[v.index()], self.late[v.index()], self.strict[v.index()]) = new;
        new != old
    }

    /// Whether an operation keeps what a value was at every step so far.
    fn remembers(&self, op: &Op) -> bool {
        matches!(*op, Op::Rename { from, .. } if Some(from) == self.axis)
    }

    pub(super) fn grown(&self, v: Value) -> bool {
        self.grown[v.index()]
    }

    pub(super) fn late(&self, v: Value) -> bool {
        self.late[v.index()]
    }

    pub(super) fn names(&self, a: AxisId) -> bool {
        self.names.contains(a)
    }

    pub(super) fn growing(&self) -> bool {
        self.growing
    }

    /// Whether the length of an axis is known only at the end.
    pub(super) fn open(&self, a: AxisId) -> bool {
        Some(a) == self.axis || self.growing && self.names.contains(a)
    }

    /// Whether it has an entry for every step so far and for every step of another sequence.
    pub(super) fn crossed(&self, s: &System, v: Value) -> bool {
        let others = s.ty(v).axes.iter().filter(|a| Some(*a) != self.axis);
        self.grown(v) && others.filter(|a| s.axis_info(*a).kind == AxisKind::Sequence).count() > 1
    }

    /// Whether the edge of a value by so many steps is known at every step.
    pub(super) fn has_edge(&self, x: Value, by: i32) -> bool {
        !self.grown(x) || by == 1 && !self.strict[x.index()]
    }

    /// Whether folding these away takes nothing of the steps to come, where at least one of them is nothing there.
    pub(super) fn admits(&self, fold: Fold, factors: &[Value], axes: AxisSet) -> bool {
        let grown = factors.iter().any(|x| self.grown(*x));
        let strict = factors.iter().any(|x| self.strict[x.index()]);
        let nothing = |n: &Neutral, x: &Value| match fold {
            Fold::Sum => n.zero[x.index()],
            Fold::Max => n.low[x.index()],
        };
        let safe = |n: &&Neutral| n.strict != strict || !axes.contains(n.axis) || factors.iter().any(|x| nothing(n, x));
        !grown || self.neutral.iter().all(|n| safe(&n))
    }

    /// Which values add nothing to a sum, or to a maximum, at the steps of `a` after this one, or from this one on.
    fn neutral(&self, s: &System, live: &[Value], a: AxisId, strict: bool) -> Neutral {
        let mut out = Neutral {
            axis: a,
            strict,
            zero: vec![false; s.nodes.len()],
            low: vec![false; s.nodes.len()],
        };
        let mut bounds: Bounds = vec![ANY; s.axes.len()];
        for known in self.names.without(a).iter().chain(self.axis) {
            bounds[known.0 as usize] = 0;
        }
        let bounded = |cond: Value| {
            let mut held = bounds.clone();
            hold(s, cond, &mut held);
            held[a.0 as usize] <= -i64::from(strict)
        };
        for &v in live {
            (out.zero[v.index()], out.low[v.index()]) = out.of(s, v, a, &bounded);
        }
        out
    }
}

struct Neutral {
    axis: AxisId,
    strict: bool,
    zero: Vec<bool>,
    low: Vec<bool>,
}

impl Neutral {
    /// Of a value whose arguments are known: zero there, minus infinity there.
    fn of(&self, s: &System, v: Value, a: AxisId, bounded: &dyn Fn(Value) -> bool) -> (bool, bool) {
        let zero = |x: Value| self.zero[x.index()];
        let low = |x: Value| self.low[x.index()];
        match *s.op(v) {
            Op::Const(c) => (c == 0.0, c == f64::NEG_INFINITY),
            Op::Equal(x) | Op::Reshape(x) | Op::Transpose(x) | Op::Spread(x) | Op::Stop(x) | Op::Slice { x, .. } => {
                (zero(x), low(x))
            }
            Op::Unary(f, x) => match f {
                Unary::Exp => (low(x), false),
                Unary::Log => (false, zero(x)),
                Unary::Neg | Unary::Sqrt | Unary::Abs | Unary::Sign => (zero(x), false),
                Unary::Sin | Unary::Tanh | Unary::Relu | Unary::Floor => (zero(x), false),
                Unary::Cos | Unary::Sigmoid | Unary::Softplus | Unary::Not => (false, false),
            },
            Op::Binary(f, p, q) => match f {
                Binary::Add => (zero(p) && zero(q), low(p) || low(q)),
                Binary::Sub => (zero(p) && zero(q), low(p)),
                Binary::Mul | Binary::And => (zero(p) || zero(q), false),
                Binary::Div => (zero(p), false),
                Binary::Max | Binary::Or => (zero(p) && zero(q), low(p) && low(q)),
                Binary::Min => (zero(p) && zero(q), low(p) || low(q)),
                Binary::Pow | Binary::Lt | Binary::Le | Binary::Eq | Binary::Ne => (false, false),
            },
            Op::Select { cond, yes, no } => {
                let admitted = bounded(cond);
                ((admitted || zero(yes)) && zero(no), (admitted || low(yes)) && low(no))
            }
            Op::Concat(ref parts) => (parts.iter().all(|&p| zero(p)), parts.iter().all(|&p| low(p))),
            Op::Fold { x, .. } | Op::Pad { x, .. } | Op::Pick { x, .. } | Op::Place { x, .. } => (zero(x), false),
            Op::Reduce { x, axes, .. } => (zero(x) && !axes.contains(a), false),
            Op::Contract { a: p, b: q, over, .. } => ((zero(p) || zero(q)) && !over.contains(a), false),
            Op::Data(_)
            | Op::Param(_)
            | Op::Count(_)
            | Op::Length(_)
            | Op::Position(_)
            | Op::Draw { .. }
            | Op::Training
            | Op::ArgMax(_)
            | Op::OneHot(_)
            | Op::Shift { .. }
            | Op::Edge { .. }
            | Op::Reverse { .. }
            | Op::Rename { .. }
            | Op::Gather { .. }
            | Op::Scatter { .. } => (false, false),
        }
    }
}
