//! Brings a program into the form that the plan expects: every value lies in a known space; contractions that sum over
//! rows are matrix products or a product of rows followed by a reduction; operands of sums over rows run over all the
//! axes summed; no root is a leaf.

use super::product::classify;
use super::space::{Space, Unsupported};
use crate::schedule::{Program, Region};
use crate::system::{AxisId, AxisKind, AxisSet, Fold, Op, Origin, System, Type, Value};

pub fn prepare(mut program: Program) -> Result<Program, Unsupported> {
    let system = &mut program.system;
    for region in &mut program.regions {
        prepare_region(system, region)?;
    }
    let mut ops = Vec::new();
    for i in 0..system.roots.len() {
        let root = system.roots[i].value;
        if matches!(
            system.op(root),
            Op::Data(_) | Op::Param(_) | Op::Const(_) | Op::Count(_) | Op::Length(_)
        ) {
            let copy = spread(system, root, system.ty(root).clone());
            system.roots[i].value = copy;
            ops.push(copy);
        }
    }
    if !ops.is_empty() {
        program.regions.push(Region::Block {
            ops,
            why: "results that are inputs or constants".into(),
        });
    }
    Ok(program)
}

fn prepare_region(system: &mut System, region: &mut Region) -> Result<(), Unsupported> {
    match region {
        Region::Scan { body, .. } => body.iter_mut().try_for_each(|r| prepare_region(system, r)),
        Region::Block { ops, .. } => {
            let mut out = Vec::new();
            for &v in ops.iter() {
                prepare_op(system, v, &mut out);
                out.push(v);
            }
            for &v in &out {
                check(system, v)?;
            }
            *ops = out;
            Ok(())
        }
    }
}

/// Inserts into `before` what must come before `v`, and changes `v` to read it.
fn prepare_op(system: &mut System, v: Value, before: &mut Vec<Value>) {
    let op = system.op(v).clone();
    if let Op::Contract { a, b, spec, over } = op {
        if !over.is_empty() {
            let axes = system.ty(a).axes.union(system.ty(b).axes);
            let (wide_a, wide_b) = (widen(system, a, axes, before), widen(system, b, axes, before));
            system.nodes[v].op = Op::Contract {
                a: wide_a,
                b: wide_b,
                spec: spec.clone(),
                over,
            };
            if classify(system, v).is_none() {
                let origin = system.nodes[v].origin.clone();
                let over_nothing = Op::Contract {
                    a,
                    b,
                    spec,
                    over: Default::default(),
                };
                let x = system.push(over_nothing, origin);
                // The copies made for the product are not needed.
                before.retain(|&w| w != wide_a && w != wide_b || w == a || w == b);
                before.push(x);
                system.nodes[v].op = Op::Reduce {
                    fold: Fold::Sum,
                    x,
                    axes: over,
                };
            }
        }
    } else if let Op::Scatter { x, index, rows } = op {
        let axes = system.ty(x).axes.union(system.ty(index).axes);
        let x = widen(system, x, axes, before);
        let index = widen(system, index, axes, before);
        system.nodes[v].op = Op::Scatter { x, index, rows };
    }
}

fn widen(system: &mut System, x: Value, axes: AxisSet, before: &mut Vec<Value>) -> Value {
    if system.ty(x).axes == axes {
        return x;
    }
    let ty = Type {
        axes,
        ..system.ty(x).clone()
    };
    let copy = spread(system, x, ty);
    before.push(copy);
    copy
}

fn spread(system: &mut System, x: Value, ty: Type) -> Value {
    let origin = Origin {
        name: system.nodes[x].origin.name.clone(),
        span: system.nodes[x].origin.span,
    };
    system.push_typed(Op::Spread(x), ty, origin)
}

/// That the spaces of a value and its arguments are ones the plan knows.
fn check(system: &System, v: Value) -> Result<(), Unsupported> {
    let at = |e: Unsupported| Unsupported { value: Some(v), ..e };
    let space = Space::of(system, system.ty(v)).map_err(at)?;
    for x in system.op(v).args() {
        Space::of(system, system.ty(x)).map_err(at)?;
    }
    let refuse = |what: &str| {
        Err(Unsupported {
            what: what.into(),
            value: Some(v),
        })
    };
    let op = system.op(v);
    if let Op::Training = op {
        return refuse("a choice between training and evaluation that was not made");
    }
    if let Op::Gather { table, .. } = op
        && !system.ty(*table).axes.is_empty()
    {
        return refuse("a look-up in a table with axes");
    }
    if let Op::Count(axes) = op
        && !axes.contains(AxisId::BATCH)
        && fixed_count(system, *axes).is_none()
    {
        return refuse("a count of steps without the batch");
    }
    if let Op::Reduce { x, axes, .. } = op {
        let rows = Space::of(system, system.ty(*x)).map_err(at)?;
        if *axes != rows.axes() && axes.contains(AxisId::BATCH) {
            return refuse("a reduction over the batch that keeps the steps");
        }
    }
    if matches!(op, Op::Draw { .. }) && space == Space::Once {
        return refuse("a draw shared by all examples");
    }
    Ok(())
}

/// The number of positions over axes that are of fixed lengths.
pub fn fixed_count(system: &System, axes: AxisSet) -> Option<usize> {
    axes.iter()
        .map(|a| match system.axis_info(a).kind {
            AxisKind::Steps(n) => Some(n),
            AxisKind::Batch | AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph => None,
        })
        .product()
}
