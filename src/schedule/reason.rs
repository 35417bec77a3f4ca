//! Why each region is where it is, in words.

use crate::system::graph::{Graph, is_delay};
use crate::system::{AxisId, AxisSet, Op, System, Value};

/// Of a block within scans along `cut`.
pub(super) fn block(system: &System, ops: &[Value], cut: AxisSet) -> String {
    let axes = ops.iter().fold(AxisSet::EMPTY, |all, &v| all.union(system.ty(v).axes));
    let names: Vec<&str> = axes
        .minus(cut)
        .without(AxisId::BATCH)
        .iter()
        .map(|a| system.axis_info(a).name.as_str())
        .collect();
    let names = names.join(" and ");
    let mut read = ops.iter().flat_map(|&v| system.op(v).args());
    let reads_many = read.any(|a| !system.ty(a).axes.is_empty());
    match (names.is_empty(), cut.is_empty()) {
        (true, true) if axes.is_empty() && reads_many => "summed over all examples and steps at once".into(),
        (true, true) if axes.is_empty() => "the same for all examples".into(),
        (true, true) => "once for each example, or for all".into(),
        (false, true) => format!("needs no earlier step: all steps of {names} at once"),
        (true, false) => "once in each step".into(),
        (false, false) => format!("within a step, all steps of {names} at once"),
    }
}

/// Of a scan along `axis`: a shortest cycle through one of its shifts.
pub(super) fn scan(system: &System, graph: &Graph, members: &[Value], axis: AxisId) -> String {
    let delayed = members.iter().filter_map(|&v| {
        let Op::Shift { x, by, .. } = *system.op(v) else {
            return None;
        };
        (is_delay(system, v, x, Some(axis)) && members.binary_search(&x).is_ok()).then_some((v, x, by))
    });
    let cycles = delayed.filter_map(|(v, x, by)| {
        let path = if v == x {
            vec![v]
        } else {
            graph.path(x, v, members, &|_, _| true)?
        };
        Some((path, by))
    });
    let (mut path, by) = cycles
        .min_by_key(|(path, _)| path.len())
        .expect("a scan has a shift that closes a cycle");
    let state = path[0];
    let name = path
        .iter()
        .find_map(|&v| system.nodes[v].origin.name.clone())
        .unwrap_or(format!("{state:?}"));
    path.reverse();
    path.insert(0, state);
    path.dedup();
    let path: Vec<String> = path.iter().map(|v| format!("{v:?}")).collect();
    let steps = match by.unsigned_abs() {
        1 => "one step".to_string(),
        n => format!("{n} steps"),
    };
    let way = if by > 0 { "back" } else { "ahead" };
    format!("{name} depends on itself {steps} {way}: {}", path.join(" → "))
}
