//! The schedule in words: what runs step by step, what for all steps at once, and why.

use super::called;
use super::costs::operations;
use crate::driver::compile;
use crate::schedule::{Direction, Program, Region, Work};
use crate::system::graph::Graph;
use crate::system::{Op, RootKind, System, Value};
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// Whether these are the regions of a training step, or of evaluation.
    pub trains: bool,
    pub regions: Vec<Part>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// The axis it runs along step by step, and whether from the first to the last; none of a block.
    pub scan: Option<super::Direction>,
    pub operations: usize,
    pub products: usize,
    /// Of one position of what is computed, all operations together.
    pub flops: usize,
    pub why: String,
}

pub(super) fn plan(system: &System) -> Plan {
    let trains = system.root(RootKind::Loss).is_some();
    let program = match trains {
        true => compile::training(system),
        false => compile::evaluation(system),
    };
    let graph = Graph::new(&program.system);
    let regions = program.regions.iter().map(|r| part(&program, &graph, r)).collect();
    Plan { trains, regions }
}

fn part(program: &Program, graph: &Graph, region: &Region) -> Part {
    let s = &program.system;
    let ops = operations(region);
    let (scan, why) = match region {
        Region::Block { why, .. } => (None, why.clone()),
        Region::Scan {
            axis,
            direction,
            linear,
            ..
        } => {
            let forward = *direction == Direction::Forward;
            let axis_name = s.axis_info(*axis).name.clone();
            let state = |v: &Value| {
                let Op::Shift { x, axis: a, by, .. } = *s.op(*v) else {
                    return None;
                };
                (a == *axis && ops.contains(&x)).then_some((x, by))
            };
            let states: Vec<(Value, i32)> = ops.iter().filter_map(state).collect();
            let mut why = reason(s, graph, &states);
            if *linear {
                why.push_str(", linearly, each unit its own");
            }
            (
                Some(super::Direction {
                    axis: axis_name,
                    forward,
                }),
                why,
            )
        }
    };
    Part {
        scan,
        operations: ops.len(),
        products: ops.iter().filter(|v| matches!(s.op(**v), Op::Contract { .. })).count(),
        flops: ops.iter().map(|v| Work::of(s, *v).flops()).sum(),
        why,
    }
}

/// `h.c and h need themselves one step back`
fn reason(s: &System, graph: &Graph, states: &[(Value, i32)]) -> String {
    let mut names: Vec<String> = states.iter().map(|(x, _)| called(s, graph, *x)).collect();
    names.sort();
    names.dedup();
    let mut lags: Vec<u32> = states.iter().map(|(_, by)| by.unsigned_abs()).collect();
    lags.sort();
    lags.dedup();
    let way = if states.iter().all(|(_, by)| *by > 0) {
        "back"
    } else {
        "ahead"
    };
    let lags: Vec<String> = lags.iter().map(u32::to_string).collect();
    let steps = if lags == ["1"] { "step" } else { "steps" };
    format!("each step needs {} {} {steps} {way}", few(&names), lags.join(" and "))
}

/// The first of many.
fn few(names: &[String]) -> String {
    match names {
        [one, two, three, four, _, ..] => format!("{one}, {two}, {three}, {four} and {} more", names.len() - 4),
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        names => names.join(""),
    }
}
