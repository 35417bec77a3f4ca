//! The dependency graph of a system's operations: strongly connected components, reachability, short cycles.
//!
//! An edge leads from an operation to each of its arguments. A filter says which edges count, so that the shifts along
//! an axis can be cut.

use super::{AxisId, Op, System, Value};
use std::collections::VecDeque;

/// A strongly connected component.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// In increasing order of id.
    pub members: Vec<Value>,
    /// Whether a member depends on itself; always so with more than one member.
    pub cyclic: bool,
}

/// Which edges count: by the operation that reads and the value it reads.
pub type Edges<'a> = &'a dyn Fn(Value, Value) -> bool;

/// The arguments of every node, once each, in order.
pub struct Graph {
    args: Vec<Vec<Value>>,
}

impl Graph {
    pub fn new(system: &System) -> Graph {
        let args = system.nodes.iter().map(|(_, node)| {
            let mut args: Vec<Value> = Vec::new();
            for a in node.op.args() {
                if !args.contains(&a) {
                    args.push(a);
                }
            }
            args
        });
        Graph { args: args.collect() }
    }

    pub fn args(&self, v: Value) -> &[Value] {
        &self.args[v.index()]
    }

    /// The strongly connected components among `members`, each after all those that it depends on (Tarjan 1972).
    /// Deterministic; without recursion.
    pub fn components(&self, members: &[Value], edges: Edges) -> Vec<Component> {
        const UNSEEN: usize = usize::MAX;
        let n = self.args.len();
        let mut inside = vec![false; n];
        members.iter().for_each(|v| inside[v.index()] = true);
        let mut index = vec![UNSEEN; n];
        let mut low = vec![0; n];
        let mut open = vec![false; n];
        let mut stack: Vec<Value> = Vec::new();
        let mut next = 0;
        let mut out = Vec::new();
        // A node, and how many of its arguments have been visited.
        let mut calls: Vec<(Value, usize)> = Vec::new();
        for &start in members {
            if index[start.index()] != UNSEEN {
                continue;
            }
            calls.push((start, 0));
            while let Some((v, visited)) = calls.pop() {
                let i = v.index();
                if visited == 0 {
                    index[i] = next;
                    low[i] = next;
                    next += 1;
                    stack.push(v);
                    open[i] = true;
                } else {
                    let child = self.args[i][visited - 1];
                    if open[child.index()] && inside[child.index()] && edges(v, child) {
                        low[i] = low[i].min(low[child.index()]);
                    }
                }
                let mut k = visited;
                let mut descend = None;
                while k < self.args[i].len() {
                    let a = self.args[i][k];
                    k += 1;
                    if !inside[a.index()] || !edges(v, a) {
                        continue;
                    }
                    if index[a.index()] == UNSEEN {
                        descend = Some(a);
                        break;
                    }
                    if open[a.index()] {
                        low[i] = low[i].min(index[a.index()]);
                    }
                }
                if let Some(a) = descend {
                    calls.push((v, k));
                    calls.push((a, 0));
                    continue;
                }
                if low[i] == index[i] {
                    let mut members = Vec::new();
                    loop {
                        let m = stack.pop().expect("a component's root is on the stack");
                        open[m.index()] = false;
                        members.push(m);
                        if m == v {
                            break;
                        }
                    }
                    members.sort();
                    let cyclic = members.len() > 1 || self.args[i].iter().any(|&a| a == v && edges(v, v));
                    out.push(Component { members, cyclic });
                }
            }
        }
        out
    }

    /// A shortest path along arguments from `from` to `to` through `members`; both ends included. From a value to
    /// itself it is a cycle.
    pub fn path(&self, from: Value, to: Value, members: &[Value], edges: Edges) -> Option<Vec<Value>> {
        let mut inside = vec![false; self.args.len()];
        members.iter().for_each(|v| inside[v.index()] = true);
        let mut reader: Vec<Option<Value>> = vec![None; self.args.len()];
        let mut queue = VecDeque::from([from]);
        while let Some(v) = queue.pop_front() {
            for &a in &self.args[v.index()] {
                if !inside[a.index()] || !edges(v, a) {
                    continue;
                }
                if a == to {
                    let mut path = vec![to, v];
                    let mut at = v;
                    while at != from {
                        at = reader[at.index()].expect("every visited node but the first was read by one before it");
                        path.push(at);
                    }
                    path.reverse();
                    return Some(path);
                }
                if reader[a.index()].is_none() && a != from {
                    reader[a.index()] = Some(v);
                    queue.push_back(a);
                }
            }
        }
        None
    }

    /// Everything that the given values depend on, themselves included, in increasing order of id.
    pub fn reachable(&self, from: impl IntoIterator<Item = Value>) -> Vec<Value> {
        let mut seen = vec![false; self.args.len()];
        let mut stack: Vec<Value> = from.into_iter().collect();
        while let Some(v) = stack.pop() {
            if !std::mem::replace(&mut seen[v.index()], true) {
                stack.extend(&self.args[v.index()]);
            }
        }
        (0..seen.len()).filter(|&i| seen[i]).map(Value::new).collect()
    }
}

/// The operations that the system's roots need, in increasing order of id.
pub fn live(system: &System) -> Vec<Value> {
    Graph::new(system).reachable(system.roots.iter().map(|r| r.value))
}

/// Whether `reader` reads `arg` only at another step of `axis`: the delay that makes a cycle computable.
pub fn is_delay(system: &System, reader: Value, arg: Value, axis: Option<AxisId>) -> bool {
    let Op::Shift { x, axis: a, init, .. } = *system.op(reader) else {
        return false;
    };
    x == arg && init != Some(arg) && axis.is_none_or(|axis| axis == a)
}

#[cfg(test)]
mod tests {
    use super::super::{AxisKind, AxisSet, Origin, Type, Unary};
    use super::*;

    /// a → b → c → a through a shift, and d that reads c.
    fn system() -> (System, [Value; 4]) {
        let mut s = System::new("s");
        let t = s.axis("t", AxisKind::Sequence);
        let ty = Type::real(&[2], AxisSet::of(&[AxisId::BATCH, t]));
        let a = s.push_typed(Op::Equal(Value::new(2)), ty, Origin::default());
        let b = s.push(
            Op::Shift {
                x: a,
                axis: t,
                by: 1,
                init: None,
            },
            Origin::default(),
        );
        let c = s.push(Op::Unary(Unary::Tanh, b), Origin::default());
        let d = s.push(Op::Unary(Unary::Neg, c), Origin::default());
        (s, [a, b, c, d])
    }

    #[test]
    fn components_come_after_what_they_need() {
        let (s, [a, b, c, d]) = system();
        let all: Vec<Value> = s.nodes.ids().collect();
        let found = Graph::new(&s).components(&all, &|_, _| true);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].members.clone(), found[0].cyclic), (vec![a, b, c], true));
        assert_eq!((found[1].members.clone(), found[1].cyclic), (vec![d], false));
    }

    #[test]
    fn cutting_the_delay_leaves_no_cycle() {
        let (s, [a, b, c, d]) = system();
        let all: Vec<Value> = s.nodes.ids().collect();
        let found = Graph::new(&s).components(&all, &|r, x| !is_delay(&s, r, x, None));
        let order: Vec<Value> = found.iter().flat_map(|f| f.members.clone()).collect();
        assert!(found.iter().all(|f| !f.cyclic));
        assert_eq!(order, [b, c, a, d]);
    }

    #[test]
    fn a_shortest_cycle() {
        let (s, [a, b, c, _]) = system();
        let all: Vec<Value> = s.nodes.ids().collect();
        let graph = Graph::new(&s);
        assert_eq!(graph.path(a, a, &all, &|_, _| true), Some(vec![a, c, b, a]));
        assert_eq!(graph.path(a, a, &all, &|r, x| !is_delay(&s, r, x, None)), None);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let mut s = System::new("chain");
        let mut v = s.push(Op::Const(1.0), Origin::default());
        for _ in 0..100_000 {
            v = s.push(Op::Unary(Unary::Neg, v), Origin::default());
        }
        let found = Graph::new(&s).components(&[v], &|_, _| true);
        assert_eq!(found.len(), 1, "only members count");
        let all: Vec<Value> = s.nodes.ids().rev().collect();
        assert_eq!(Graph::new(&s).components(&all, &|_, _| true).len(), 100_001);
    }
}
