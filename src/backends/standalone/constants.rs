//! What depends on the parameters alone is computed here, once, and becomes weights.

use crate::backends::interpret::{Inputs, Interpreter};
use crate::schedule::{Program, schedule};
use crate::system::{Op, Root, RootKind, System, Value};
use std::collections::BTreeMap;

/// The fixed values that the rest of a system reads.
pub(super) struct Constants {
    numbers: BTreeMap<Value, Vec<f64>>,
    /// The parameters in each.
    names: BTreeMap<Value, Vec<String>>,
}

impl Constants {
    pub(super) fn numbers(&self, v: Value) -> &[f64] {
        match self.numbers.get(&v) {
            Some(numbers) => numbers,
            None => panic!("internal error: {v:?} is no constant"),
        }
    }

    pub(super) fn name(&self, v: Value) -> String {
        let names = self.names.get(&v).map(Vec::as_slice).unwrap_or_default();
        names.first().cloned().unwrap_or_else(|| "constant".into())
    }

    /// For a comment: which parameters are in it.
    pub(super) fn described(&self, v: Value) -> String {
        match self.names.get(&v).map(Vec::as_slice) {
            None | Some([]) => "A constant".into(),
            Some([one]) => format!("`{one}`"),
            Some([first, .., last]) => format!("`{first}` to `{last}`"),
        }
    }
}

/// `params` is flat, in the order of the system.
pub(super) fn evaluate(system: &System, fixed: &[bool], params: &[f64]) -> Constants {
    let mut wanted: Vec<Value> = system.roots.iter().map(|r| r.value).collect();
    for (v, node) in system.nodes.iter() {
        if !fixed[v.index()] {
            wanted.extend(node.op.args());
        }
    }
    wanted.retain(|v| fixed[v.index()]);
    wanted.sort();
    wanted.dedup();
    let roots = wanted.iter().map(|&value| Root {
        kind: RootKind::Output,
        name: String::new(),
        value,
    });
    let program: Program = schedule(System {
        roots: roots.collect(),
        ..system.clone()
    });
    let interpreter = Interpreter::new(&program);
    let nothing = system.data.ids().map(|_| vec![].into());
    let values = interpreter.run(&Inputs::new(params, nothing, vec![vec![1]; system.axes.len()]));
    Constants {
        numbers: wanted.iter().map(|&v| (v, values.flat(v).to_vec())).collect(),
        names: wanted.iter().map(|&v| (v, name(system, v))).collect(),
    }
}

/// The parameters that a value is made of, in order.
fn name(s: &System, v: Value) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut pending = vec![v];
    while let Some(v) = pending.pop() {
        if let Op::Param(p) = s.op(v)
            && !names.contains(&s.params[*p].name)
        {
            names.push(s.params[*p].name.clone());
        }
        pending.extend(s.op(v).args().into_iter().rev());
    }
    names
}
