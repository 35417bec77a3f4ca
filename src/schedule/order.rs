//! The order of what can run: at each level the condensation of the dependencies, with as few regions as a greedy
//! choice gives.

use super::{Direction, Region, reason};
use crate::system::causality::recurrence;
use crate::system::graph::{Component, Graph, is_delay};
use crate::system::{AxisId, AxisSet, System, Value};
use std::collections::BTreeSet;
use std::rc::Rc;

/// What a component becomes: a scan of its own, or part of a block over these axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Of the axes that no enclosing scan fixes, the batch aside.
    Block(AxisSet),
    Scan,
}

/// The regions that compute `members` where enclosing scans run along `cut`.
///
/// Blocks go as early as they can, so that neighbours merge: of the kinds of block that are ready, the one that can take
/// most operations; a scan only when no block is.
pub(super) fn regions(system: &System, graph: &Graph, members: &[Value], cut: AxisSet) -> Vec<Region> {
    let components = graph.components(members, &|r, a| {
        !cut.iter().any(|axis| is_delay(system, r, a, Some(axis)))
    });
    let kinds: Vec<Kind> = components.iter().map(|c| kind(system, c, cut)).collect();
    let mut ready = Ready::new(system, graph, &components, cut);
    let mut out = Vec::new();
    while !ready.now.is_empty() {
        let blocks: BTreeSet<Kind> = ready
            .now
            .iter()
            .map(|&c| kinds[c])
            .filter(|k| *k != Kind::Scan)
            .collect();
        let most = blocks
            .into_iter()
            .rev()
            .max_by_key(|&k| ready.clone().drain(&kinds, k).len());
        match most {
            Some(kind) => {
                let ops: Vec<Value> = ready
                    .drain(&kinds, kind)
                    .iter()
                    .flat_map(|&c| components[c].members.clone())
                    .collect();
                let Kind::Block(axes) = kind else {
                    unreachable!("scans were left out")
                };
                let why = reason::block(system, &ops, axes, cut);
                out.push(Region::Block { ops, why });
            }
            None => {
                let first = *ready.now.first().expect("the loop's condition");
                ready.take(first);
                out.push(scan(system, graph, &components[first], cut));
            }
        }
    }
    out
}

fn kind(system: &System, component: &Component, cut: AxisSet) -> Kind {
    if component.cyclic {
        return Kind::Scan;
    }
    Kind::Block(system.ty(component.members[0]).axes.minus(cut).without(AxisId::BATCH))
}

fn scan(system: &System, graph: &Graph, component: &Component, cut: AxisSet) -> Region {
    let found = recurrence(system, graph, &component.members, cut)
        .unwrap_or_else(|fault| panic!("internal error: a system that is not causal was scheduled: {fault:?}"));
    Region::Scan {
        axis: found.axis,
        direction: if found.forward {
            Direction::Forward
        } else {
            Direction::Backward
        },
        body: regions(system, graph, &component.members, cut.with(found.axis)),
        why: reason::scan(system, graph, &component.members, found.axis),
    }
}

/// The components whose needs are met.
#[derive(Clone)]
struct Ready {
    now: BTreeSet<usize>,
    /// How many needs of each component are not met.
    waiting: Vec<usize>,
    users: Rc<Vec<Vec<usize>>>,
}

impl Ready {
    fn new(system: &System, graph: &Graph, components: &[Component], cut: AxisSet) -> Ready {
        let mut of = vec![None; system.nodes.len()];
        for (i, c) in components.iter().enumerate() {
            c.members.iter().for_each(|v| of[v.index()] = Some(i));
        }
        let mut users = vec![Vec::new(); components.len()];
        let mut waiting = vec![0; components.len()];
        for (i, c) in components.iter().enumerate() {
            let args = c
                .members
                .iter()
                .flat_map(|&v| graph.args(v).iter().map(move |&a| (v, a)));
            let counted = args.filter(|&(v, a)| !cut.iter().any(|axis| is_delay(system, v, a, Some(axis))));
            let needs: BTreeSet<usize> = counted.filter_map(|(_, a)| of[a.index()]).filter(|&n| n != i).collect();
            waiting[i] = needs.len();
            needs.iter().for_each(|&n| users[n].push(i));
        }
        let now = (0..components.len()).filter(|&i| waiting[i] == 0).collect();
        Ready {
            now,
            waiting,
            users: Rc::new(users),
        }
    }

    fn take(&mut self, component: usize) {
        self.now.remove(&component);
        for &u in &self.users.clone()[component] {
            self.waiting[u] -= 1;
            if self.waiting[u] == 0 {
                self.now.insert(u);
            }
        }
    }

    /// Takes all of a kind, and what becomes ready by that.
    fn drain(&mut self, kinds: &[Kind], kind: Kind) -> Vec<usize> {
        let mut out = Vec::new();
        while let Some(&next) = self.now.iter().find(|&&c| kinds[c] == kind) {
            self.take(next);
            out.push(next);
        }
        out
    }
}
