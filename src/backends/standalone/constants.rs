//! What depends on the parameters alone is computed here, once, and becomes weights.

use crate::backends::interpret::{Inputs, Interpreter};
use crate::schedule::{Program, schedule};
use crate::system::{Op, Root, RootKind, System, Value};
use std::collections::BTreeMap;

/// The fixed values that the rest of a system reads.
pub(super) struct Constants {
    numbers: BTreeMap<Value, Vec<f64>>,
    names: BTreeMap<Value, String>,
}

impl Constants {
    pub(super) fn numbers(&self, v: Value) -> &[f64] {
        match self.numbers.get(&v) {
            Some(numbers) => numbers,
            None => panic!("internal error: {v:?} is no constant"),
        }
    }

    pub(super) fn name(&self, v: Value) -> String {
        self.names.get(&v).cloned().unwrap_or_else(|| "constant".into())
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
    let values = interpreter.run(&Inputs::new(params, nothing, vec![vec![]; system.axes.len()]));
    Constants {
        numbers: wanted.iter().map(|&v| (v, values.flat(v).to_vec())).collect(),
        names: wanted.iter().map(|&v| (v, name(system, v))).collect(),
    }
}

/// The parameter's, or that of the first parameter in it.
fn name(s: &System, v: Value) -> String {
    let mut value = v;
    loop {
        match s.op(value) {
            Op::Param(p) => return s.params[*p].name.clone(),
            op => match op.args().first() {
                Some(&a) => value = a,
                None => return s.nodes[v].origin.name.clone().unwrap_or_else(|| "constant".into()),
            },
        }
    }
}
