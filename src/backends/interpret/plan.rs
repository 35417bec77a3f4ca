//! What must be stored, and for how long.

use crate::schedule::{Program, Region};
use crate::system::graph::is_delay;
use crate::system::{AxisId, AxisSet, Value};

/// The storage of a program's values.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The axes along which a value is stored. A value that a scan computes and reads at the same step only, has one
    /// place for all steps.
    pub stored: Vec<AxisSet>,
    /// The operations of each region of the program.
    pub computed: Vec<Vec<Value>>,
    /// The values that no region after this one reads.
    pub dead: Vec<Vec<Value>>,
    /// What outlives the run.
    pub kept: Vec<Value>,
}

/// Where an operation stands: its region in the program, and the scans around it, by number and axis, outermost first.
#[derive(Clone, Debug, Default)]
struct Home {
    region: usize,
    scans: Vec<(usize, AxisId)>,
}

impl Plan {
    pub fn new(program: &Program, kept: Vec<Value>) -> Plan {
        let system = &program.system;
        let mut homes: Vec<Option<Home>> = vec![None; system.nodes.len()];
        let mut scans = 0;
        for (i, region) in program.regions.iter().enumerate() {
            let home = Home {
                region: i,
                scans: Vec::new(),
            };
            settle(region, home, &mut scans, &mut homes);
        }
        let mut last: Vec<usize> = homes.iter().map(|h| h.as_ref().map_or(0, |h| h.region)).collect();
        let mut local: Vec<AxisSet> = homes
            .iter()
            .map(|h| {
                h.iter()
                    .flat_map(|h| &h.scans)
                    .fold(AxisSet::EMPTY, |s, (_, a)| s.with(*a))
            })
            .collect();
        for (reader, node) in system.nodes.iter() {
            let Some(at) = &homes[reader.index()] else { continue };
            for arg in node.op.args() {
                let Some(home) = &homes[arg.index()] else { continue };
                last[arg.index()] = last[arg.index()].max(at.region);
                for scan in &home.scans {
                    if !at.scans.contains(scan) || is_delay(system, reader, arg, Some(scan.1)) {
                        local[arg.index()] = local[arg.index()].without(scan.1);
                    }
                }
            }
        }
        for v in &kept {
            local[v.index()] = AxisSet::EMPTY;
            last[v.index()] = usize::MAX;
        }
        let mut computed = vec![Vec::new(); program.regions.len()];
        let mut dead = vec![Vec::new(); program.regions.len()];
        for v in system.nodes.ids() {
            if let Some(home) = &homes[v.index()] {
                computed[home.region].push(v);
                if let Some(dead) = dead.get_mut(last[v.index()]) {
                    dead.push(v);
                }
            }
        }
        let stored = system
            .nodes
            .iter()
            .map(|(v, node)| node.ty.axes.minus(local[v.index()]))
            .collect();
        Plan {
            stored,
            computed,
            dead,
            kept,
        }
    }
}

fn settle(region: &Region, home: Home, scans: &mut usize, homes: &mut [Option<Home>]) {
    match region {
        Region::Block { ops, .. } => ops.iter().for_each(|v| homes[v.index()] = Some(home.clone())),
        Region::Scan { axis, body, .. } => {
            let mut inside = home;
            inside.scans.push((*scans, *axis));
            *scans += 1;
            body.iter().for_each(|r| settle(r, inside.clone(), scans, homes));
        }
    }
}
