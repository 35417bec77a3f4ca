//! What is computed of a value under a second name of the streamed axis is computed at the step itself, and read under
//! that name: `f(x[s])` becomes `f(x)[s]`, so that a step computes its own and remembers those before.

use crate::system::{AxisId, AxisSet, Node, Op, System, Type, Value};
use std::collections::BTreeMap;

/// `names` are the second names of `axis`. Values over one of them and not over `axis` become renamed ones, where
/// nothing keeps them from being computed along `axis`: data that are given under the name, say.
pub(super) fn lift(system: &System, axis: AxisId, names: AxisSet) -> System {
    let liftable: BTreeMap<AxisId, Vec<bool>> = liftable(system, axis, names);
    let past = reads_past(system, axis, names);
    let mut lift = Lift {
        source: system,
        axis,
        system: system.clone(),
        made: BTreeMap::new(),
        open: Vec::new(),
    };
    for (v, node) in system.nodes.iter() {
        let own: Vec<AxisId> = node.ty.axes.intersect(names).iter().collect();
        let [name] = own[..] else { continue };
        let renamed = matches!(node.op, Op::Rename { from, .. } if from == axis);
        if past[v.index()] && liftable[&name][v.index()] && !renamed {
            let x = lift.at_axis(v, name);
            lift.system.nodes[v].op = Op::Rename {
                x,
                from: axis,
                to: name,
            };
        }
    }
    lift.finish()
}

/// For each name, the values that can be computed along the axis itself.
fn liftable(s: &System, axis: AxisId, names: AxisSet) -> BTreeMap<AxisId, Vec<bool>> {
    let over = |v: Value, a: AxisId| s.ty(v).axes.contains(a);
    let candidates = |name: AxisId| {
        s.nodes
            .ids()
            .map(|v| over(v, name) && !over(v, axis))
            .collect::<Vec<_>>()
    };
    let mut table: BTreeMap<AxisId, Vec<bool>> = names.iter().map(|name| (name, candidates(name))).collect();
    loop {
        let mut changed = false;
        for name in names.iter() {
            for v in s.nodes.ids() {
                if table[&name][v.index()] && !can_move(s, axis, name, v, &table) {
                    table.entry(name).and_modify(|t| t[v.index()] = false);
                    changed = true;
                }
            }
        }
        if !changed {
            return table;
        }
    }
}

fn can_move(s: &System, axis: AxisId, name: AxisId, v: Value, table: &BTreeMap<AxisId, Vec<bool>>) -> bool {
    match *s.op(v) {
        Op::Rename { from, to, .. } if to == name && from == axis => true,
        Op::Rename { x, from, to } if to == name => table.get(&from).is_some_and(|t| t[x.index()]),
        Op::Data(_) | Op::Draw { .. } => false,
        ref op => op.args().into_iter().all(|a| {
            let axes = s.ty(a).axes;
            !axes.contains(axis) && (!axes.contains(name) || table[&name][a.index()])
        }),
    }
}

/// The values under a name that were read from the axis.
fn reads_past(s: &System, axis: AxisId, names: AxisSet) -> Vec<bool> {
    let mut past = vec![false; s.nodes.len()];
    loop {
        let mut changed = false;
        for (v, node) in s.nodes.iter() {
            let named = !node.ty.axes.intersect(names).is_empty();
            let reads = matches!(node.op, Op::Rename { from, .. } if from == axis)
                || node.op.args().iter().any(|a| past[a.index()]);
            changed |= named && reads && !past[v.index()];
            past[v.index()] |= named && reads;
        }
        if !changed {
            return past;
        }
    }
}

struct Lift<'a> {
    source: &'a System,
    axis: AxisId,
    system: System,
    /// A value of the source and the name that it loses, to what it is along the axis.
    made: BTreeMap<(Value, AxisId), Value>,
    /// Of these, those whose operation is still to be written.
    open: Vec<(Value, AxisId)>,
}

impl Lift<'_> {
    /// What `v` is along the axis instead of under the name.
    fn at_axis(&mut self, v: Value, name: AxisId) -> Value {
        if let Op::Rename { x, from, to } = *self.source.op(v)
            && to == name
        {
            return if from == self.axis { x } else { self.at_axis(x, from) };
        }
        if let Some(&made) = self.made.get(&(v, name)) {
            return made;
        }
        let Node { ty, origin, .. } = self.source.nodes[v].clone();
        let ty = Type {
            axes: ty.axes.without(name).with(self.axis),
            ..ty
        };
        let made = self.system.push_typed(Op::Const(0.0), ty, origin);
        self.made.insert((v, name), made);
        self.open.push((v, name));
        made
    }

    fn finish(mut self) -> System {
        while let Some((v, name)) = self.open.pop() {
            let mut op = self.source.op(v).clone();
            op.for_each_arg(|a| {
                if self.source.ty(*a).axes.contains(name) {
                    *a = self.at_axis(*a, name);
                }
            });
            if let Op::Shift { axis, .. } | Op::Reverse { axis, .. } | Op::Position(axis) = &mut op
                && *axis == name
            {
                *axis = self.axis;
            }
            let made = self.made[&(v, name)];
            self.system.nodes[made].op = op;
        }
        self.system
    }
}
