//! The order of what can run: at each level the condensation of the dependencies, with as few regions as a greedy
//! choice gives.

use super::absorb::{Item, items};
use super::{Direction, Region, linear, reason};
use crate::system::graph::{Graph, is_delay};
use crate::system::{AxisId, AxisSet, System, Value};
use std::collections::BTreeSet;
use std::rc::Rc;

/// What an item becomes: a scan of its own, or part of a block over these axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Of the axes that no enclosing scan fixes, the batch aside.
    Block(AxisSet),
    Scan,
}

/// The regions that compute `members` where enclosing scans run along `cut`.
///
/// Blocks go as early as they can, so that neighbours merge; a scan only when no block is ready. Of the kinds of block
/// that are ready, the one from which the fewest blocks lead to the next scan.
pub(super) fn regions(system: &System, graph: &Graph, members: &[Value], cut: AxisSet) -> Vec<Region> {
    let items = items(system, graph, members, cut);
    let kinds: Vec<Kind> = items.iter().map(|item| kind(system, item, cut)).collect();
    let mut ready = Ready::new(system, graph, &items, cut);
    let mut out = Vec::new();
    while let Some(&first) = ready.now.first() {
        let next = ready
            .blocks(&kinds)
            .into_iter()
            .min_by_key(|&kind| ready.blocks_from(&kinds, kind));
        match next {
            Some(kind) => {
                let taken = ready.drain(&kinds, kind);
                let ops: Vec<Value> = taken.iter().flat_map(|&c| items[c].members.clone()).collect();
                let why = reason::block(system, &ops, cut);
                out.push(Region::Block { ops, why });
            }
            None => {
                ready.take(first);
                out.push(scan(system, graph, &items[first], cut));
            }
        }
    }
    out
}

fn kind(system: &System, item: &Item, cut: AxisSet) -> Kind {
    match item.recurrence {
        Some(_) => Kind::Scan,
        None => Kind::Block(system.ty(item.members[0]).axes.minus(cut).without(AxisId::BATCH)),
    }
}

fn scan(system: &System, graph: &Graph, item: &Item, cut: AxisSet) -> Region {
    let recurrence = item.recurrence.expect("a scan is of a recurrence");
    Region::Scan {
        axis: recurrence.axis,
        direction: if recurrence.forward {
            Direction::Forward
        } else {
            Direction::Backward
        },
        body: regions(system, graph, &item.members, cut.with(recurrence.axis)),
        linear: linear::is_linear(system, &item.cycle),
        why: reason::scan(system, graph, &item.cycle, recurrence.axis),
    }
}

/// The items whose needs are met.
#[derive(Clone)]
struct Ready {
    now: BTreeSet<usize>,
    /// How many needs of each item are not met.
    waiting: Vec<usize>,
    users: Rc<Vec<Vec<usize>>>,
}

impl Ready {
    fn new(system: &System, graph: &Graph, items: &[Item], cut: AxisSet) -> Ready {
        let mut of = vec![None; system.nodes.len()];
        for (i, item) in items.iter().enumerate() {
            item.members.iter().for_each(|v| of[v.index()] = Some(i));
        }
        let mut users = vec![Vec::new(); items.len()];
        let mut waiting = vec![0; items.len()];
        for (i, item) in items.iter().enumerate() {
            let args = item
                .members
                .iter()
                .flat_map(|&v| graph.args(v).iter().map(move |&a| (v, a)));
            let counted = args.filter(|&(v, a)| !cut.iter().any(|axis| is_delay(system, v, a, Some(axis))));
            let needs: BTreeSet<usize> = counted.filter_map(|(_, a)| of[a.index()]).filter(|&n| n != i).collect();
            waiting[i] = needs.len();
            needs.iter().for_each(|&n| users[n].push(i));
        }
        Ready {
            now: (0..items.len()).filter(|&i| waiting[i] == 0).collect(),
            waiting,
            users: Rc::new(users),
        }
    }

    fn take(&mut self, item: usize) {
        self.now.remove(&item);
        for &u in &self.users.clone()[item] {
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
    /// The kinds of block that are ready, those with the fewest axes first.
    fn blocks(&self, kinds: &[Kind]) -> BTreeSet<Kind> {
        self.now
            .iter()
            .map(|&c| kinds[c])
            .filter(|k| *k != Kind::Scan)
            .collect()
    }

    /// How many blocks come before the next scan, of which the first is of this kind.
    fn blocks_from(&self, kinds: &[Kind], kind: Kind) -> usize {
        let (mut ready, mut next, mut count) = (self.clone(), Some(kind), 0);
        while let Some(kind) = next {
            ready.drain(kinds, kind);
            count += 1;
            next = ready.blocks(kinds).first().copied();
        }
        count
    }
}
