//! Brings a program into the form that the plan expects: every value lies in a known space; contractions that sum over
//! rows are matrix products or a product of rows followed by a reduction; operands of sums over rows run over all the
//! axes summed; a value over two axes is reduced along one at a time; no root is a leaf.

use super::product::classify;
use super::space::{Space, Spaces, Unsupported};
use crate::schedule::{Program, Region};
use crate::system::{AxisId, AxisKind, AxisSet, Binary, Contraction, Fold, Op, Origin, System, Type, Value};
use std::collections::{BTreeMap, BTreeSet};

/// `pairs` are products that stay as they are.
pub fn prepare(mut program: Program, spaces: &Spaces, pairs: &BTreeSet<Value>) -> Result<Program, Unsupported> {
    let system = &mut program.system;
    let ops = wrap_numbers(system);
    if !ops.is_empty() {
        let why = "numbers of steps that equations look along".into();
        program.regions.insert(0, Region::Block { ops, why });
    }
    for region in &mut program.regions {
        prepare_region(system, spaces, pairs, region)?;
    }
    let mut ops = Vec::new();
    for i in 0..system.roots.len() {
        let root = system.roots[i].value;
        if matches!(
            system.op(root),
            Op::Data(_) | Op::Param(_) | Op::Const(_) | Op::Count(_) | Op::Length(_) | Op::Position(_)
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

/// What looks along an axis reads memory, where the leaves that are numbers have no place.
fn wrap_numbers(system: &mut System) -> Vec<Value> {
    let mut wrapped: BTreeMap<Value, Value> = BTreeMap::new();
    for v in system.nodes.ids() {
        let mut op = system.op(v).clone();
        if !matches!(
            op,
            Op::Shift { .. } | Op::Edge { .. } | Op::Reverse { .. } | Op::Reduce { .. }
        ) {
            continue;
        }
        op.for_each_arg(|x| {
            if matches!(system.op(*x), Op::Count(_) | Op::Length(_) | Op::Position(_)) {
                let leaf = *x;
                *x = *wrapped
                    .entry(leaf)
                    .or_insert_with(|| spread(system, leaf, system.ty(leaf).clone()));
            }
        });
        system.nodes[v].op = op;
    }
    wrapped.into_values().collect()
}

fn prepare_region(
    system: &mut System,
    spaces: &Spaces,
    pairs: &BTreeSet<Value>,
    region: &mut Region,
) -> Result<(), Unsupported> {
    match region {
        Region::Scan { body, .. } => body
            .iter_mut()
            .try_for_each(|r| prepare_region(system, spaces, pairs, r)),
        Region::Block { ops, .. } => {
            let mut out = Vec::new();
            for &v in ops.iter() {
                check_axes(system, spaces, v)?;
                if !pairs.contains(&v) {
                    prepare_op(system, spaces, v, &mut out);
                }
                out.push(v);
            }
            for &v in &out {
                check(system, spaces, v)?;
            }
            *ops = out;
            Ok(())
        }
    }
}

/// Inserts into `before` what must come before `v`, and changes `v` to read it.
fn prepare_op(system: &mut System, spaces: &Spaces, v: Value, before: &mut Vec<Value>) {
    if let Op::Contract { a, b, ref over, .. } = *system.op(v)
        && !over.is_empty()
    {
        let axes = system.ty(a).axes.union(system.ty(b).axes);
        match inner_axis(spaces, axes) {
            None => contract_rows(system, spaces, v, before),
            Some(_) => contract_grid(system, spaces, v, before),
        }
    } else if let Op::Reduce { fold, x, axes } = *system.op(v) {
        if let Some(inner) = inner_axis(spaces, system.ty(x).axes)
            && axes.contains(inner)
            && axes.len() > 1
        {
            let first = AxisSet::of(&[inner]);
            let x = push_before(system, v, Op::Reduce { fold, x, axes: first }, before);
            let axes = axes.without(inner);
            system.nodes[v].op = Op::Reduce { fold, x, axes };
        }
    } else if let Op::Scatter { x, index, rows } = *system.op(v) {
        let axes = system.ty(x).axes.union(system.ty(index).axes);
        let x = widen(system, x, axes, before);
        let index = widen(system, index, axes, before);
        system.nodes[v].op = Op::Scatter { x, index, rows };
    }
}

/// Of values over two axes, the inner one.
fn inner_axis(spaces: &Spaces, axes: AxisSet) -> Option<AxisId> {
    match spaces.of_axes(axes) {
        Ok(Space::Grid(_, inner)) => Some(inner),
        Ok(Space::Once | Space::Examples | Space::Steps(_)) | Err(_) => None,
    }
}

fn push_before(system: &mut System, v: Value, op: Op, before: &mut Vec<Value>) -> Value {
    let origin = system.nodes[v].origin.clone();
    let x = system.push(op, origin);
    before.push(x);
    x
}

/// A sum of products of rows along one axis: a matrix product, or else a product of rows and its reduction.
fn contract_rows(system: &mut System, spaces: &Spaces, v: Value, before: &mut Vec<Value>) {
    let Op::Contract { a, b, spec, over } = system.op(v).clone() else {
        panic!("internal error: no contraction");
    };
    let axes = system.ty(a).axes.union(system.ty(b).axes);
    let (wide_a, wide_b) = (widen(system, a, axes, before), widen(system, b, axes, before));
    system.nodes[v].op = Op::Contract {
        a: wide_a,
        b: wide_b,
        spec: spec.clone(),
        over,
    };
    if classify(system, spaces, v).is_none() {
        // The copies made for the product are not needed.
        before.retain(|&w| w != wide_a && w != wide_b || w == a || w == b);
        split(system, v, (a, b, spec, over), before);
    }
}

/// The same of values over two axes between them. A factor that alone runs over an axis is summed along it first.
fn contract_grid(system: &mut System, spaces: &Spaces, v: Value, before: &mut Vec<Value>) {
    let Op::Contract {
        mut a,
        mut b,
        spec,
        mut over,
    } = system.op(v).clone()
    else {
        panic!("internal error: no contraction");
    };
    let (of_a, of_b) = (system.ty(a).axes, system.ty(b).axes);
    for (x, alone) in [(&mut a, of_a.minus(of_b)), (&mut b, of_b.minus(of_a))] {
        let axes = alone.intersect(over);
        if !axes.is_empty() {
            let fold = Fold::Sum;
            let mut sums = Vec::new();
            *x = push_before(system, v, Op::Reduce { fold, x: *x, axes }, &mut sums);
            prepare_op(system, spaces, *x, before);
            before.extend(sums);
            over = over.minus(axes);
        }
    }
    let spec_now = spec.clone();
    system.nodes[v].op = Op::Contract {
        a,
        b,
        spec: spec_now,
        over,
    };
    if over.is_empty() {
        return;
    }
    if inner_axis(spaces, system.ty(a).axes.union(system.ty(b).axes)).is_none() {
        contract_rows(system, spaces, v, before);
    } else if classify(system, spaces, v).is_none() {
        split(system, v, (a, b, spec, over), before);
        prepare_op(system, spaces, v, before);
    }
}

/// Makes a contraction over axes one over nothing and a sum.
fn split(
    system: &mut System,
    v: Value,
    (a, b, spec, over): (Value, Value, Contraction, AxisSet),
    before: &mut Vec<Value>,
) {
    let elementwise =
        spec.out == spec.a && (spec.b.is_empty() || spec.b == spec.a) || spec.out == spec.b && spec.a.is_empty();
    let op = match elementwise {
        true => Op::Binary(Binary::Mul, a, b),
        false => Op::Contract {
            a,
            b,
            spec,
            over: AxisSet::EMPTY,
        },
    };
    let x = push_before(system, v, op, before);
    system.nodes[v].op = Op::Reduce {
        fold: Fold::Sum,
        x,
        axes: over,
    };
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
        call: system.nodes[x].origin.call,
    };
    system.push_typed(Op::Spread(x), ty, origin)
}

/// That a value and its arguments lie in spaces.
fn check_axes(system: &System, spaces: &Spaces, v: Value) -> Result<Space, Unsupported> {
    let at = |e: Unsupported| Unsupported { value: Some(v), ..e };
    let mut all = system.ty(v).axes;
    for x in system.op(v).args() {
        spaces.of(system.ty(x)).map_err(at)?;
        all = all.union(system.ty(x).axes);
    }
    spaces.of_axes(all).map_err(at)?;
    spaces.of(system.ty(v)).map_err(at)
}

/// That an operation is one the plan knows.
fn check(system: &System, spaces: &Spaces, v: Value) -> Result<(), Unsupported> {
    let space = check_axes(system, spaces, v)?;
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
    if let Op::Rename { .. } = op
        && matches!(space, Space::Grid(..))
    {
        return refuse("a second name in a value over two axes");
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
    if let Op::Reduce { x, axes, .. } = op
        && *axes != system.ty(*x).axes
        && axes.contains(AxisId::BATCH)
    {
        return refuse("a reduction over the batch that keeps the steps");
    }
    if let (Op::Data(_), Space::Grid(outer, inner)) = (op, space)
        && outer > inner
    {
        return refuse("an input over two axes with a recurrence along the second");
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
