//! The laws.

use crate::need::Need;
use rnnc::backends::interpret::{Inputs, Interpreter, Values};
use rnnc::backends::stepper::Stepper;
use rnnc::derive;
use rnnc::driver::compile;
use rnnc::driver::gradcheck::{Settings, examples, gradcheck};
use rnnc::rewrite::{freeze, simplify, stream, unroll, unroll_within_sequences};
use rnnc::schedule::{Program, schedule};
use rnnc::system::{AxisId, AxisKind, Data, DataId, DataRole, Op, RootKind, System, verify};
use std::borrow::Cow;

pub type Law = fn(&System) -> Result<(), String>;

pub const LAWS: &[(&str, Law)] = &[
    ("scheduled and rewritten = by need", by_need),
    ("rewritten = plain, with derivatives", rewritten),
    ("the batch = each alone", alone),
    ("reverse = differences", differences),
    ("reverse = forward", forward),
    ("loop = unrolled", unrolled),
    ("stream = whole", streamed),
];

const LENGTHS: [usize; 5] = [4, 0, 1, 3, 2];

/// Relative to the largest number.
fn same(what: &str, found: &[f64], expected: &[f64], tolerance: f64) -> Result<(), String> {
    if found.len() != expected.len() {
        return Err(format!("{what}: {} numbers for {}", found.len(), expected.len()));
    }
    let scale = expected
        .iter()
        .filter(|x| x.is_finite())
        .fold(1.0, |m: f64, x| m.max(x.abs()));
    let equal = |x: f64, y: f64| x == y || (x - y).abs() <= tolerance * scale || x.is_nan() && y.is_nan();
    match (0..found.len()).find(|&i| !equal(found[i], expected[i])) {
        Some(i) => Err(format!("{what}: {} for {} at {i}", found[i], expected[i])),
        None => Ok(()),
    }
}

/// What a run gives: every root but those of streams, by name.
fn named(system: &System, values: &Values<f64>) -> Vec<(String, Vec<f64>)> {
    let name = |kind: RootKind, name: &str| match kind {
        RootKind::Gradient(p) => format!("gradient of {}", system.params[p].name),
        RootKind::Loss | RootKind::Metric | RootKind::Output | RootKind::State(_) => format!("{kind:?} {name}"),
    };
    let of = |r: &rnnc::system::Root| (name(r.kind, &r.name), values.flat(r.value).to_vec());
    system.roots.iter().map(of).collect()
}

fn run(program: &Program, inputs: &Inputs<f64>) -> Vec<(String, Vec<f64>)> {
    let interpreter = Interpreter::new(program);
    named(&program.system, &interpreter.run(inputs))
}

/// The inputs of a system as those of another, in which an axis of fixed steps may have been written out.
fn fitted(inputs: &Inputs<'static, f64>, from: &System, to: &System) -> Inputs<'static, f64> {
    let along = |lengths: &[Vec<usize>]| -> Vec<Vec<usize>> {
        let of = |name: &str| from.axes.iter().position(|a| a.name == name);
        to.axes
            .iter()
            .map(|a| lengths[of(&a.name).expect("no new axis")].clone())
            .collect()
    };
    Inputs {
        lengths: along(&inputs.lengths),
        whole: along(&inputs.whole),
        ..inputs.clone()
    }
}

fn agree(found: &[(String, Vec<f64>)], expected: &[(String, Vec<f64>)], tolerance: f64) -> Result<(), String> {
    for (name, expected) in expected {
        let (_, found) = found
            .iter()
            .find(|(n, _)| n == name)
            .ok_or_else(|| format!("{name} is missing"))?;
        same(name, found, expected, tolerance)?;
    }
    Ok(())
}

fn inputs(system: &System) -> Inputs<'static, f64> {
    examples(system, &LENGTHS, 5)
}

/// Whether there are draws along an axis of fixed steps: written out, each step draws from a stream of its own.
fn draws_along_fixed_steps(system: &System) -> bool {
    let fixed = |a: AxisId| matches!(system.axis_info(a).kind, AxisKind::Steps(_));
    let mut nodes = system.nodes.iter();
    nodes.any(|(_, n)| matches!(n.op, Op::Draw { .. }) && n.ty.axes.iter().any(fixed))
}

fn by_need(system: &System) -> Result<(), String> {
    let inputs = inputs(system);
    let written = match draws_along_fixed_steps(system) {
        true => unroll_within_sequences(system.clone()),
        false => system.clone(),
    };
    for (what, program, plain) in [
        (
            "evaluation",
            compile::evaluation(system),
            freeze(written.clone(), false),
        ),
        ("training", compile::training(system), freeze(written, true)),
    ] {
        verify::simplified(&program.system).map_err(|e| format!("{what}: {e:?}"))?;
        let found = run(&program, &fitted(&inputs, system, &program.system));
        // The loss and the outputs as the equations say, and the gradients as theirs say.
        let adjoint = program.system.clone();
        for s in [&plain, &adjoint] {
            let inputs = fitted(&inputs, system, s);
            let mut need = Need::new(s, &inputs);
            let wanted = s.roots.iter().filter(|r| match r.kind {
                RootKind::Loss | RootKind::Metric => true,
                RootKind::Output => what == "evaluation",
                RootKind::Gradient(_) => true,
                RootKind::State(_) => false,
            });
            let mut expected = Vec::new();
            for root in wanted {
                let name = match root.kind {
                    RootKind::Gradient(p) => format!("gradient of {}", s.params[p].name),
                    kind => format!("{kind:?} {}", root.name),
                };
                expected.push((name, need.all(root.value)?));
            }
            agree(&found, &expected, 1e-9).map_err(|e| format!("{what}: {e}"))?;
        }
    }
    Ok(())
}

fn rewritten(system: &System) -> Result<(), String> {
    let inputs = inputs(system);
    let written = match draws_along_fixed_steps(system) {
        true => unroll_within_sequences(system.clone()),
        false => system.clone(),
    };
    let mut plain = simplify(freeze(written, true));
    plain
        .roots
        .retain(|r| matches!(r.kind, RootKind::Loss | RootKind::Metric));
    let adjoint = schedule(simplify(derive::adjoint(&plain)));
    let expected = run(&adjoint, &fitted(&inputs, system, &adjoint.system));
    let training = compile::training(system);
    let found = run(&training, &fitted(&inputs, system, &training.system));
    agree(&found, &expected, 1e-9)?;
    agree(&expected, &found, 1e-9)
}

/// One example of some, as a part of their batch.
fn example(system: &System, inputs: &Inputs<'static, f64>, e: usize) -> Inputs<'static, f64> {
    let data = system.data.iter().zip(&inputs.data).map(|((_, d), column)| {
        let size = |e: usize| elements(d, &inputs.lengths, e);
        let start: usize = (0..e).map(size).sum();
        Cow::Owned(column[start..start + size(e)].to_vec())
    });
    Inputs {
        params: inputs.params.clone(),
        data: data.collect(),
        lengths: inputs.lengths.iter().map(|l| vec![l[e]]).collect(),
        whole: inputs.whole.clone(),
        ids: vec![inputs.ids[e]],
        draws: inputs.draws,
    }
}

fn elements(d: &Data, lengths: &[Vec<usize>], e: usize) -> usize {
    let steps = d.ty.axes.without(AxisId::BATCH).iter();
    steps.map(|a| lengths[a.0 as usize][e]).product::<usize>() * d.ty.size()
}

fn alone(system: &System) -> Result<(), String> {
    for program in [compile::evaluation(system), compile::training(system)] {
        let inputs = fitted(&inputs(system), system, &program.system);
        let whole = run(&program, &inputs);
        let mut parts: Vec<(String, Vec<f64>)> = Vec::new();
        for e in 0..LENGTHS.len() {
            for (i, (name, part)) in run(&program, &example(&program.system, &inputs, e))
                .into_iter()
                .enumerate()
            {
                let axes = program.system.ty(program.system.roots[i].value).axes;
                match parts.get_mut(i) {
                    None => parts.push((name, part)),
                    Some((_, all)) if axes.contains(AxisId::BATCH) => all.extend(part),
                    // Of all examples: losses, metrics and gradients are sums over them.
                    Some((_, all)) if !matches!(program.system.roots[i].kind, RootKind::Output) => {
                        all.iter_mut().zip(part).for_each(|(a, x)| *a += x);
                    }
                    Some(_) => {}
                }
            }
        }
        agree(&whole, &parts, 1e-11)?;
    }
    Ok(())
}

fn differences(system: &System) -> Result<(), String> {
    let settings = Settings {
        entries: 2,
        lengths: LENGTHS.to_vec(),
        ..Settings::default()
    };
    let report = gradcheck(&compile::primal(system), &settings);
    if !report.loss.is_finite() {
        return Ok(());
    }
    match report.params.iter().find(|p| p.error.is_nan() || p.error > 1e-5) {
        Some(worst) => Err(format!("{worst:?}")),
        None => Ok(()),
    }
}

/// As many weights as forward mode is worth waiting for.
const MOST_WEIGHTS: usize = 150;

fn forward(system: &System) -> Result<(), String> {
    let primal = compile::primal(system);
    let inputs = fitted(&inputs(system), system, &primal);
    if inputs.params.len() > MOST_WEIGHTS {
        return Ok(());
    }
    let [reverse, forward] =
        [derive::adjoint(&primal), derive::forward(&primal)].map(|s| run(&schedule(simplify(s)), &inputs));
    agree(&forward, &reverse, 1e-9)
}

/// With every sequence of three steps, as one of fixed steps.
fn unrolled(system: &System) -> Result<(), String> {
    let lengths = [3; 2];
    let mut fixed = freeze(system.clone(), false);
    for axis in &mut fixed.axes {
        if axis.kind == AxisKind::Sequence {
            (axis.kind, axis.like) = (AxisKind::Steps(3), None);
        }
    }
    if draws_along_fixed_steps(&fixed) {
        return Ok(());
    }
    fixed.roots.retain(|r| r.kind == RootKind::Output);
    let looped = simplify(fixed);
    let written_out = simplify(unroll(looped.clone()));
    let inputs = examples(&looped, &lengths, 5);
    let run = |s: &System| {
        let inputs = Inputs {
            lengths: s
                .axes
                .iter()
                .map(|a| match a.kind {
                    AxisKind::Steps(n) => vec![n; 2],
                    _ => vec![1; 2],
                })
                .collect(),
            ..inputs.clone()
        };
        run(&schedule(s.clone()), &inputs)
    };
    agree(&run(&written_out), &run(&looped), 1e-11)
}

fn streamed(system: &System) -> Result<(), String> {
    const STEPS: usize = 5;
    let system = compile::inference(system);
    let mut system = system;
    system.roots.retain(|r| r.kind == RootKind::Output);
    let system = simplify(system);
    let Ok(streaming) = stream(&system) else {
        return Ok(());
    };
    let inputs = examples(&system, &[STEPS], 5);
    let sequence = |d: DataId| {
        let mut axes = system.data[d].ty.axes.without(AxisId::BATCH).iter();
        axes.any(|a| system.axis_info(a).kind == AxisKind::Sequence)
    };
    let at = |role: DataRole, per_step: bool, t: usize| -> Vec<(DataId, Vec<f64>)> {
        let wanted = system
            .data
            .ids()
            .filter(|&d| system.data[d].role == role && sequence(d) == per_step);
        let size = |d: DataId| system.data[d].ty.size();
        wanted
            .map(|d| (d, inputs.data[d.index()][t * size(d)..(t + 1) * size(d)].to_vec()))
            .collect()
    };
    let mut stepper = Stepper::new(&streaming, inputs.params.to_vec());
    stepper.reset(&at(DataRole::Input, false, 0));
    let whole = Interpreter::new(&schedule(system.clone()));
    for t in 0..STEPS {
        let outputs = stepper.step(&at(DataRole::Input, true, t));
        stepper.observe(&at(DataRole::Target, true, t));
        let data = system.data.ids().map(|d| {
            let steps = if sequence(d) { t + 1 } else { 1 };
            Cow::Owned(inputs.data[d.index()][..steps * system.data[d].ty.size()].to_vec())
        });
        let lengths = system.axes.iter().map(|a| match a.kind {
            AxisKind::Batch => vec![1],
            AxisKind::Steps(n) => vec![n],
            AxisKind::Sequence | AxisKind::Tree | AxisKind::Graph => vec![t + 1],
        });
        let values = whole.run(&Inputs::new(inputs.params.to_vec(), data, lengths.collect()));
        for (root, output) in system.roots.iter().zip(outputs) {
            let axes: Vec<AxisId> = system.ty(root.value).axes.without(AxisId::BATCH).iter().collect();
            // The last step of the sequence, wherever it stands among the axes.
            let all = values.example(root.value, 0);
            let along = axes
                .iter()
                .position(|a| system.axis_info(*a).kind == AxisKind::Sequence);
            let last: Vec<f64> = match along {
                Some(i) => all.index_axis(ndarray::Axis(i), t).iter().copied().collect(),
                None => all.iter().copied().collect(),
            };
            same(&format!("step {t}, {}", root.name), &output, &last, 1e-11)?;
        }
    }
    Ok(())
}
