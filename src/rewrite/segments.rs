//! A program that need not hold all steps of a sequence at once: its equations in five parts, of which two run segment by
//! segment. Between them stand slots: data that one part writes and another reads.
//!
//! | part | what it computes | how often |
//! |---|---|---|
//! | before | what needs no step | once |
//! | forward | the states at the end of a segment, and sums that the derivative of a step needs | for each segment, first to last |
//! | between | what follows from those sums | once |
//! | backward | a segment's values again, and their derivatives | for each segment, last to first |
//! | after | what follows from the sums of the derivatives | once |

mod phase;

use crate::system::graph::live;
use crate::system::{
    AxisId, AxisKind, AxisSet, Data, DataId, DataRole, Op, Origin, Root, RootKind, System, Type, Value,
};
use phase::{Part, Phases};
use std::collections::{BTreeMap, BTreeSet};

/// Every part has the same data: those of the model, then slots. A root `State(slot)` is what is written to a slot: of a
/// value at each step that of an example's last step within the segment, backwards its first.
#[derive(Clone, Debug)]
pub struct Segments {
    pub axis: AxisId,
    /// How many data the model has of its own.
    pub given: usize,
    pub before: System,
    pub forward: System,
    pub between: System,
    /// Nothing where no derivative is taken.
    pub backward: System,
    pub after: System,
    /// What slots hold before the first segment, and what a segment leaves in them, where that is a number.
    pub starts: Vec<(DataId, f64)>,
    pub forward_numbers: Vec<(DataId, f64)>,
    pub backward_numbers: Vec<(DataId, f64)>,
    /// The slots that are handed on from segment to segment, and those of them of the forward part.
    pub registers: Vec<DataId>,
    pub states: Vec<DataId>,
}

/// Cuts a simplified system along that of its sequences over which it has the most values.
///
/// # Errors
/// Why it cannot be cut, in words that follow "because".
pub fn segments(system: &System) -> Result<Segments, String> {
    let live = live(system);
    let size = |a: AxisId| -> usize {
        let over = live.iter().filter(|v| system.ty(**v).axes.contains(a));
        over.map(|v| system.ty(*v).size()).sum()
    };
    let sequences = (0..system.axes.len() as u8).map(AxisId);
    let sequences = sequences.filter(|a| matches!(system.axis_info(*a).kind, AxisKind::Sequence));
    let axis = sequences.max_by_key(|a| (size(*a), std::cmp::Reverse(*a)));
    let axis = axis.ok_or("it has no sequence")?;
    let phases = Phases::new(system, &live, axis)?;
    Cutter::new(system, live, axis, phases).cut()
}

struct Cutter {
    /// With all slots.
    system: System,
    live: Vec<Value>,
    axis: AxisId,
    phases: Phases,
    given: usize,
    /// Of values that other parts read.
    slots: BTreeMap<Value, DataId>,
    registers: BTreeMap<(Value, i32, Option<Value>), DataId>,
    starts: Vec<(DataId, f64)>,
    /// By whether it is backward.
    numbers: [Vec<(DataId, f64)>; 2],
    carried: [Vec<(DataId, Value)>; 2],
    /// What registers hold before the first segment, where it is computed.
    inits: Vec<(DataId, Value)>,
}

impl Cutter {
    fn new(system: &System, live: Vec<Value>, axis: AxisId, phases: Phases) -> Cutter {
        Cutter {
            system: system.clone(),
            live,
            axis,
            phases,
            given: system.data.len(),
            slots: BTreeMap::new(),
            registers: BTreeMap::new(),
            starts: Vec::new(),
            numbers: [Vec::new(), Vec::new()],
            carried: [Vec::new(), Vec::new()],
            inits: Vec::new(),
        }
    }

    fn cut(mut self) -> Result<Segments, String> {
        self.find_slots()?;
        let plain = self.system.clone();
        for v in self.live.clone() {
            self.cut_shift(v);
        }
        let cut = std::mem::replace(&mut self.system, plain);
        // Outside of segments the shifts are not read.
        let once = System {
            nodes: self.system.nodes.clone(),
            ..cut.clone()
        };
        let forward = self.part(&cut, Part::Forward, self.carried[0].clone());
        let backward = self.part(&cut, Part::Backward, self.carried[1].clone());
        let inits = |part: Part| -> Vec<(DataId, Value)> {
            let those = self.inits.iter().filter(|(_, v)| self.phases.init_part(*v) == part);
            those.copied().collect()
        };
        let before = self.part(&once, Part::Before, inits(Part::Before));
        let between = self.part(&once, Part::Between, inits(Part::Between));
        let mut after = self.reading(&once, Part::After);
        after.roots = self.system.roots.clone();
        let [forward_numbers, backward_numbers] = self.numbers;
        Ok(Segments {
            axis: self.axis,
            given: self.given,
            before,
            forward,
            between,
            backward,
            after,
            starts: self.starts,
            forward_numbers,
            backward_numbers,
            registers: self.registers.values().copied().collect(),
            states: self
                .registers
                .iter()
                .filter(|(k, _)| k.1 > 0)
                .map(|(_, d)| *d)
                .collect(),
        })
    }

    /// A slot for every value that a part reads and another computes.
    fn find_slots(&mut self) -> Result<(), String> {
        let mut wanted: BTreeSet<Value> = BTreeSet::new();
        let mut want = |phases: &Phases, v: Value, by: Part| {
            if phases.is_handed_on(v) && phases.part(v) != by {
                wanted.insert(v);
            }
        };
        for &v in &self.live {
            for a in self.system.op(v).args() {
                for part in self.phases.parts(v) {
                    want(&self.phases, a, part);
                }
            }
        }
        for root in &self.system.roots {
            want(&self.phases, root.value, Part::After);
        }
        for v in wanted {
            if self.system.ty(v).axes.without(AxisId::BATCH).len() > 1 {
                return Err("values over two other axes are needed for long".into());
            }
            let slot = self.slot(self.system.ty(v).clone());
            self.slots.insert(v, slot);
        }
        Ok(())
    }

    fn slot(&mut self, ty: Type) -> DataId {
        let name = format!("slot {}", self.system.data.len() - self.given);
        self.system.data.push(Data {
            name,
            role: DataRole::State,
            ty,
            doc: Vec::new(),
            span: None,
        })
    }

    /// A shift becomes a chain of shifts by one step, each of which reads a register where the segment begins.
    fn cut_shift(&mut self, v: Value) {
        let Op::Shift { x, axis, by, init } = *self.system.op(v) else {
            return;
        };
        if axis != self.axis {
            return;
        }
        let way = by.signum();
        let (ty, origin) = (self.system.ty(v).clone(), self.system.nodes[v].origin.clone());
        let mut from = x;
        for lag in 1..=by.abs() {
            let slot = self.register(from, way, init, &ty);
            let data = Op::Data(slot);
            let at_start = self.system.push_typed(
                data,
                Type {
                    axes: AxisSet::BATCH,
                    ..ty.clone()
                },
                Origin::default(),
            );
            let op = Op::Shift {
                x: from,
                axis,
                by: way,
                init: Some(at_start),
            };
            if lag == by.abs() {
                self.system.nodes[v].op = op;
            } else {
                from = self.system.push_typed(op, ty.clone(), origin.clone());
            }
        }
    }

    /// Where `x` of a neighbouring segment's last (first) step is found.
    fn register(&mut self, x: Value, way: i32, init: Option<Value>, ty: &Type) -> DataId {
        if let Some(slot) = self.registers.get(&(x, way, init)) {
            return *slot;
        }
        let slot = self.slot(Type {
            axes: AxisSet::BATCH,
            ..ty.clone()
        });
        self.registers.insert((x, way, init), slot);
        let backward = usize::from(way < 0);
        match constant(&self.system, x) {
            Some(c) => self.numbers[backward].push((slot, c)),
            None => self.carried[backward].push((slot, x)),
        }
        if let Some(init) = init {
            match constant(&self.system, init) {
                Some(c) => self.starts.push((slot, c)),
                None => self.inits.push((slot, init)),
            }
        }
        slot
    }

    /// A part with these roots and what it hands on.
    fn part(&self, base: &System, part: Part, roots: Vec<(DataId, Value)>) -> System {
        let mut s = self.reading(base, part);
        s.roots.clear();
        let handed = self.slots.iter().filter(|(v, _)| self.phases.part(**v) == part);
        for (slot, mut value) in roots.into_iter().chain(handed.map(|(v, d)| (*d, *v))) {
            let ty = s.data[slot].ty.clone();
            if !s.ty(value).axes.contains(self.axis) && s.ty(value).axes != ty.axes {
                value = s.push_typed(Op::Spread(value), ty, Origin::default());
            }
            s.roots.push(Root {
                kind: RootKind::State(slot),
                name: s.data[slot].name.clone(),
                value,
            });
        }
        s.metrics.clear();
        s.observations.clear();
        s
    }

    /// The equations, where this part finds what others have computed in slots.
    fn reading(&self, base: &System, part: Part) -> System {
        let mut s = base.clone();
        for (v, slot) in &self.slots {
            if self.phases.part(*v) != part {
                s.nodes[*v].op = Op::Data(*slot);
            }
        }
        s
    }
}

/// The number that a value is everywhere.
fn constant(s: &System, v: Value) -> Option<f64> {
    if let Op::Spread(x) = *s.op(v) {
        return constant(s, x);
    }
    if let Op::Const(c) = *s.op(v) { Some(c) } else { None }
}
