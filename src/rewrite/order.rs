//! An order of the live operations: what an operation needs stands before it, save where a cycle is cut at a shift.

use crate::system::{Op, System, Value};

/// Every value that the roots need, dependencies first. Inside a cycle a shift may stand before the value it shifts.
///
/// The components are Tarjan's (1972), without recursion; within a component the edges into its own shifts are cut.
pub fn order(s: &System, roots: &[Value]) -> Vec<Value> {
    let args: Vec<Vec<Value>> = s.nodes.iter().map(|(_, n)| n.op.args()).collect();
    let components = components(&args, roots);
    let mut component = vec![usize::MAX; s.nodes.len()];
    for (i, c) in components.iter().enumerate() {
        c.iter().for_each(|v| component[v.index()] = i);
    }
    let (mut done, mut open) = (vec![false; s.nodes.len()], vec![false; s.nodes.len()]);
    let mut out = Vec::new();
    for (i, c) in components.iter().enumerate() {
        let own_shift = |v: Value| match s.op(v) {
            Op::Shift { x, .. } if component[x.index()] == i => Some(*x),
            _ => None,
        };
        let mut members = c.clone();
        members.sort();
        for start in members {
            if done[start.index()] {
                continue;
            }
            open[start.index()] = true;
            let mut path = vec![(start, 0)];
            while let Some((v, next)) = path.pop() {
                match args[v.index()].get(next) {
                    Some(&a) => {
                        path.push((v, next + 1));
                        let cut = own_shift(v) == Some(a) && next == 0;
                        if component[a.index()] == i && !done[a.index()] && !cut {
                            assert!(!open[a.index()], "internal error: a cycle without a shift at {a:?}");
                            open[a.index()] = true;
                            path.push((a, 0));
                        }
                    }
                    None => {
                        done[v.index()] = true;
                        out.push(v);
                    }
                }
            }
        }
    }
    out
}

/// The strongly connected components that the roots reach, dependencies first.
fn components(args: &[Vec<Value>], roots: &[Value]) -> Vec<Vec<Value>> {
    const NEW: usize = usize::MAX;
    let (mut index, mut low) = (vec![NEW; args.len()], vec![0; args.len()]);
    let (mut on_stack, mut stack, mut out) = (vec![false; args.len()], Vec::new(), Vec::new());
    let mut count = 0;
    for &root in roots {
        if index[root.index()] != NEW {
            continue;
        }
        let mut path = vec![(root, 0)];
        while let Some((v, next)) = path.pop() {
            let i = v.index();
            if next == 0 {
                index[i] = count;
                low[i] = count;
                count += 1;
                stack.push(v);
                on_stack[i] = true;
            } else {
                low[i] = low[i].min(low[args[i][next - 1].index()]);
            }
            let mut descended = false;
            for (k, a) in args[i].iter().enumerate().skip(next) {
                let j = a.index();
                if index[j] == NEW {
                    path.push((v, k + 1));
                    path.push((*a, 0));
                    descended = true;
                    break;
                } else if on_stack[j] {
                    low[i] = low[i].min(index[j]);
                }
            }
            if !descended && low[i] == index[i] {
                let mut component = Vec::new();
                while let Some(x) = stack.pop() {
                    on_stack[x.index()] = false;
                    component.push(x);
                    if x == v {
                        break;
                    }
                }
                out.push(component);
            }
        }
    }
    out
}
