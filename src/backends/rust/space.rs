//! Where the rows of a value lie.

use crate::schedule::{Program, Region};
use crate::system::{AxisId, AxisKind, AxisSet, Op, System, Type, Value};
use std::collections::BTreeMap;

/// The positions that a value has a row of features for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Space {
    /// One row in all.
    Once,
    /// A row an example, in the order of the examples.
    Examples,
    /// A row for each example and each of its steps along an axis, packed step by step.
    Steps(AxisId),
    /// For each row over the first axis, as they are packed, a row for each step of its example along the second.
    Grid(AxisId, AxisId),
}

/// Something that this back end does not compile yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    pub what: String,
    /// The value, for its name and span.
    pub value: Option<Value>,
}

impl std::fmt::Display for Unsupported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the Rust back end does not compile {} yet", self.what)
    }
}

impl Space {
    pub fn axes(self) -> AxisSet {
        match self {
            Space::Once => AxisSet::EMPTY,
            Space::Examples => AxisSet::BATCH,
            Space::Steps(a) => AxisSet::BATCH.with(a),
            Space::Grid(outer, inner) => AxisSet::BATCH.with(outer).with(inner),
        }
    }

    /// Whether the rows of one step along the axis are contiguous.
    pub fn is_packed_by(self, axis: AxisId) -> bool {
        match self {
            Space::Once | Space::Examples => false,
            Space::Steps(a) | Space::Grid(a, _) => a == axis,
        }
    }
}

/// The spaces of a program's values: of two axes the outer one is that along which a recurrence runs, else
/// the one along which fewer numbers are reduced, else the first.
#[derive(Clone, Debug)]
pub struct Spaces {
    names: Vec<String>,
    kinds: Vec<AxisKind>,
    /// Pairs of which the later axis is the outer one.
    turned: Vec<(AxisId, AxisId)>,
}

impl Spaces {
    /// # Errors
    /// Recurrences along both axes of a pair.
    pub fn new(program: &Program) -> Result<Spaces, Unsupported> {
        let mut pairs = Vec::new();
        for region in &program.regions {
            scanned_pairs(&program.system, region, None, &mut pairs);
        }
        if let Some((outer, inner, value)) = pairs
            .iter()
            .find(|(o, i, _)| pairs.iter().any(|p| (p.0, p.1) == (*i, *o)))
        {
            let name = |a: &AxisId| program.system.axis_info(*a).name.as_str();
            return Err(Unsupported {
                what: format!(
                    "recurrences along `{}` and along `{}` of values over both",
                    name(inner),
                    name(outer)
                ),
                value: Some(*value),
            });
        }
        let turned = pairs.iter().map(|p| (p.0, p.1)).filter(|(o, i)| o > i);
        let scanned = |o: AxisId, i: AxisId| pairs.iter().any(|p| (p.0, p.1) == (o, i) || (p.0, p.1) == (i, o));
        let reduced_first = reduced_along_first(&program.system)
            .into_iter()
            .filter(|(o, i)| !scanned(*o, *i));
        Ok(Spaces {
            names: program.system.axes.iter().map(|a| a.name.clone()).collect(),
            kinds: program.system.axes.iter().map(|a| a.kind).collect(),
            turned: turned.chain(reduced_first).collect(),
        })
    }

    pub fn of(&self, ty: &Type) -> Result<Space, Unsupported> {
        self.of_axes(ty.axes)
    }

    pub fn of_axes(&self, set: AxisSet) -> Result<Space, Unsupported> {
        let unsupported = |what: &str| {
            let axes: Vec<&str> = set.iter().map(|a| self.names[a.0 as usize].as_str()).collect();
            Err(Unsupported {
                what: format!("{what} ({})", axes.join(", ")),
                value: None,
            })
        };
        let axes: Vec<AxisId> = set.without(AxisId::BATCH).iter().collect();
        for a in &axes {
            match self.kinds[a.0 as usize] {
                AxisKind::Sequence | AxisKind::Steps(_) => {}
                AxisKind::Batch => unreachable!("the batch is axis 0"),
                AxisKind::Tree => return unsupported("a value over a tree"),
                AxisKind::Graph => return unsupported("a value over a graph"),
            }
        }
        match axes[..] {
            [] if set.is_empty() => Ok(Space::Once),
            [] => Ok(Space::Examples),
            _ if !set.contains(AxisId::BATCH) => unsupported("a value over an axis without the batch"),
            [axis] => Ok(Space::Steps(axis)),
            [first, second] if self.turned.contains(&(second, first)) => Ok(Space::Grid(second, first)),
            [first, second] => Ok(Space::Grid(first, second)),
            _ => unsupported("a value over more than two sequence axes at once"),
        }
    }
}

/// The pairs, turned, of which more numbers are reduced along the first axis than along the second: each row of a softmax
/// is best contiguous. An input over both lies as it was given.
fn reduced_along_first(system: &System) -> Vec<(AxisId, AxisId)> {
    let mut counts: BTreeMap<(AxisId, AxisId), i32> = BTreeMap::new();
    for (_, node) in system.nodes.iter() {
        let pair = |axes: AxisSet| match axes.without(AxisId::BATCH).iter().collect::<Vec<_>>()[..] {
            [first, second] => Some((first, second)),
            _ => None,
        };
        if let Op::Reduce { x, axes, .. } = node.op
            && let Some((first, second)) = pair(system.ty(x).axes)
            && system.ty(x).size() == 1
        {
            let count = counts.entry((first, second)).or_default();
            *count += i32::from(axes.contains(first)) - i32::from(axes.contains(second));
        } else if let (Op::Data(_), Some(pair)) = (&node.op, pair(node.ty.axes)) {
            *counts.entry(pair).or_default() -= 1_000_000;
        }
    }
    let more = counts.into_iter().filter(|(_, count)| *count > 0);
    more.map(|((first, second), _)| (second, first)).collect()
}

/// The axis of each scan with every other axis of the values that it computes and reads.
fn scanned_pairs(system: &System, region: &Region, scan: Option<AxisId>, pairs: &mut Vec<(AxisId, AxisId, Value)>) {
    match region {
        Region::Scan { axis, body, .. } => {
            body.iter()
                .for_each(|r| scanned_pairs(system, r, Some(scan.unwrap_or(*axis)), pairs));
        }
        Region::Block { ops, .. } => {
            for (outer, v) in scan.iter().flat_map(|a| ops.iter().map(move |v| (*a, *v))) {
                let read = system.op(v).args().into_iter().map(|x| system.ty(x).axes);
                let read = read
                    .filter(|axes| axes.contains(outer))
                    .fold(system.ty(v).axes, AxisSet::union);
                let others = read.without(AxisId::BATCH).without(outer);
                for inner in others.iter() {
                    if !pairs.iter().any(|p| (p.0, p.1) == (outer, inner)) {
                        pairs.push((outer, inner, v));
                    }
                }
            }
        }
    }
}
