//! Every operation's derivative against finite differences, through the interpreter in double precision: by reverse
//! mode, by forward mode, and the derivative of the derivative.
#![cfg(feature = "cli")]

mod systems;

use std::collections::BTreeSet;

use rnnc::backends::interpret::{Inputs, Interpreter};
use rnnc::derive::{adjoint, forward, gradients};
use rnnc::rewrite::{merge, simplify, unreverse};
use rnnc::schedule::schedule;
use rnnc::system::{AxisKind, Binary, Elem, Fold, Op, Origin, RootKind, System, Unary, Value, causality, verify};
use systems::cases::{Case, cases};
use systems::random::random_system;

/// What a system computes, ready to run with other parameters.
struct Run {
    interpreter: Interpreter,
    data: Vec<Vec<f64>>,
    lengths: Vec<Vec<usize>>,
}

impl Run {
    fn new(s: &System, lengths: &[usize]) -> Run {
        verify::simplified(s).unwrap();
        let lengths: Vec<Vec<usize>> = s
            .axes
            .iter()
            .map(|a| match a.kind {
                _ if a.like.is_some() => Vec::new(),
                AxisKind::Steps(n) => vec![n; lengths.len()],
                AxisKind::Batch => vec![1; lengths.len()],
                // An axis of its own has lengths of its own.
                _ if a.name == "t" => lengths.to_vec(),
                _ => lengths.iter().rev().copied().collect(),
            })
            .collect();
        let mut random = Random(7);
        let data = s.data.iter().map(|(_, d)| {
            let axes: Vec<usize> = d.ty.axes.iter().map(|a| a.0 as usize).filter(|a| *a > 0).collect();
            let positions: usize = (0..lengths[0].len())
                .map(|e| axes.iter().map(|a| lengths[*a][e]).product::<usize>())
                .sum();
            (0..positions * d.ty.size())
                .map(|_| match d.ty.elem {
                    Elem::Index(n) => (random.unit() * n as f64).floor(),
                    Elem::Real | Elem::Bit => 2.0 * random.unit() - 1.0,
                })
                .collect()
        });
        let data = data.collect();
        Run {
            interpreter: Interpreter::new(&schedule(s.clone())),
            data,
            lengths,
        }
    }

    /// The loss, and the gradients one after another.
    fn at(&self, params: &[f64]) -> (f64, Vec<f64>) {
        let data = self.data.iter().map(|d| d.into());
        let values = self.interpreter.run(&Inputs::new(params, data, self.lengths.clone()));
        let s = &self.interpreter.program().system;
        let gradient = s.roots.iter().filter(|r| matches!(r.kind, RootKind::Gradient(_)));
        let gradient = gradient.flat_map(|r| values.flat(r.value).to_vec()).collect();
        (values.scalar(s.root(RootKind::Loss).unwrap()), gradient)
    }

    /// The loss's derivatives by some of the parameters, at most so many, by five-point differences.
    fn differences(&self, params: &[f64], at_most: usize) -> (Vec<usize>, Vec<f64>) {
        const H: f64 = 1e-3;
        let mut at = params.to_vec();
        (0..params.len())
            .step_by(params.len().div_ceil(at_most))
            .map(|i| {
                let mut f = |d: f64| {
                    at[i] = params[i] + d;
                    self.at(&at).0
                };
                let slope = (8.0 * (f(H) - f(-H)) - (f(2.0 * H) - f(-2.0 * H))) / (12.0 * H);
                at[i] = params[i];
                (i, slope)
            })
            .unzip()
    }
}

/// Reproducible, and good enough for test data.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn params(s: &System) -> Vec<f64> {
    let mut random = Random(11);
    let len = s.params.iter().map(|(_, p)| p.shape.iter().product::<usize>()).sum();
    (0..len).map(|_| 1.6 * random.unit() - 0.8).collect()
}

fn chosen(all: &[f64], places: &[usize]) -> Vec<f64> {
    places.iter().map(|i| all[*i]).collect()
}

fn lengths(case: &Case) -> &'static [usize] {
    if case.empty { &[5, 3, 1, 0] } else { &[5, 3, 1, 2] }
}

/// The largest difference, relative to the largest entry, and where it stands.
fn worst(a: &[f64], b: &[f64]) -> (f64, usize) {
    assert_eq!(a.len(), b.len());
    let scale = b.iter().fold(1e-3, |m: f64, x| m.max(x.abs()));
    let error = |i: usize| {
        if a[i].is_finite() {
            (a[i] - b[i]).abs() / scale
        } else {
            f64::INFINITY
        }
    };
    (0..a.len())
        .map(|i| (error(i), i))
        .fold((0.0, 0), |m, e| if e.0 > m.0 { e } else { m })
}

fn check(what: &str, case: &Case, found: &[f64], expected: &[f64], tolerance: f64) {
    let (error, at) = worst(found, expected);
    assert!(
        error < tolerance,
        "{}: {what}: relative error {error:e} at {at}: {} instead of {}",
        case.name,
        found[at],
        expected[at],
    );
}

#[test]
fn the_adjoint_agrees_with_finite_differences() {
    for case in cases() {
        let s = simplify(case.system.clone());
        let at = params(&s);
        let (places, expected) = Run::new(&s, lengths(&case)).differences(&at, 60);
        assert!(
            expected.iter().any(|x: &f64| x.abs() > 1e-4),
            "{}: nothing to differentiate",
            case.name
        );
        let (_, found) = Run::new(&simplify(adjoint(&s)), lengths(&case)).at(&at);
        check("reverse mode", &case, &chosen(&found, &places), &expected, 1e-8);
    }
}

#[test]
fn merged_and_unreversed_systems_have_the_same_loss_and_gradients() {
    for case in cases() {
        let plain = simplify(case.system.clone());
        let rewritten = simplify(merge(simplify(unreverse(case.system.clone()))));
        let at = params(&plain);
        let run = |s: &System| Run::new(&simplify(adjoint(s)), lengths(&case)).at(&at);
        let ((loss, expected), (same, found)) = (run(&plain), run(&rewritten));
        check("loss", &case, &[same], &[loss], 1e-12);
        check("rewritten", &case, &found, &expected, 1e-11);
    }
}

#[test]
fn forward_mode_agrees_with_reverse_mode() {
    for case in cases() {
        let s = simplify(case.system.clone());
        let at = params(&s);
        let (_, expected) = Run::new(&simplify(adjoint(&s)), lengths(&case)).at(&at);
        let (_, found) = Run::new(&simplify(forward(&s)), lengths(&case)).at(&at);
        check("forward mode", &case, &found, &expected, 1e-11);
    }
}

/// A random system with the sum of the sines of its outputs for a loss.
fn random_case(seed: u64) -> Case {
    let mut s = random_system(seed);
    let mut loss = s.push(Op::Const(0.0), Origin::default());
    for output in std::mem::take(&mut s.roots) {
        let y = s.push(Op::Unary(Unary::Sin, output.value), Origin::default());
        let y = s.push(Op::Fold { fold: Fold::Sum, x: y }, Origin::default());
        let axes = s.ty(y).axes;
        let y = s.push(
            Op::Reduce {
                fold: Fold::Sum,
                x: y,
                axes,
            },
            Origin::default(),
        );
        loss = s.push(Op::Binary(Binary::Add, loss, y), Origin::default());
    }
    s.roots.push(rnnc::system::Root {
        kind: RootKind::Loss,
        name: "loss".into(),
        value: loss,
    });
    Case {
        name: format!("seed {seed}"),
        system: s,
        empty: true,
    }
}

#[test]
fn the_modes_agree_on_random_systems() {
    let (mut tried, mut moved) = (0, 0);
    for case in (0..100)
        .map(random_case)
        .filter(|c| causality::check(&c.system).is_empty())
    {
        let s = simplify(case.system.clone());
        let at = params(&s);
        let (_, expected) = Run::new(&simplify(forward(&s)), lengths(&case)).at(&at);
        for rewritten in [s, simplify(merge(simplify(unreverse(case.system.clone()))))] {
            let (_, found) = Run::new(&simplify(adjoint(&rewritten)), lengths(&case)).at(&at);
            check("reverse mode", &case, &found, &expected, 1e-10);
        }
        tried += 1;
        moved += usize::from(expected.iter().any(|g| g.abs() > 1e-3));
    }
    assert!(moved > 20, "{moved} of {tried} systems with a gradient are too few");
}

/// The same system with half the squared norm of the loss's gradient for a loss.
fn gradient_norm(s: &System) -> System {
    let mut s = s.clone();
    let loss = s.root(RootKind::Loss).unwrap();
    let wrt: Vec<Value> = s
        .nodes
        .iter()
        .filter(|(_, n)| matches!(n.op, Op::Param(_)))
        .map(|(v, _)| v)
        .collect();
    let mut sum = s.push(Op::Const(0.0), Origin::default());
    for g in gradients(&mut s, loss, &wrt).into_iter().flatten() {
        let square = s.push(Op::Binary(Binary::Mul, g, g), Origin::default());
        let part = s.push(
            Op::Fold {
                fold: Fold::Sum,
                x: square,
            },
            Origin::default(),
        );
        sum = s.push(Op::Binary(Binary::Add, sum, part), Origin::default());
    }
    s.roots.retain(|r| r.kind != RootKind::Loss);
    s.roots.push(rnnc::system::Root {
        kind: RootKind::Loss,
        name: "norm".into(),
        value: sum,
    });
    simplify(s)
}

#[test]
fn a_derivative_can_be_differentiated_again() {
    for case in cases() {
        // The slope of a root at 0 is infinite: the first derivative leaves it out, the second meets it in a product.
        if case.name == "what is not selected may be infinite" {
            continue;
        }
        let s = gradient_norm(&simplify(case.system.clone()));
        let at = params(&s);
        let (places, expected) = Run::new(&s, lengths(&case)).differences(&at, 12);
        let (_, found) = Run::new(&simplify(adjoint(&s)), lengths(&case)).at(&at);
        check("second derivative", &case, &chosen(&found, &places), &expected, 1e-6);
    }
}

/// What an operation is called in the list of those that a case must hold; none for what has no derivative.
fn differentiable(op: &Op) -> Option<String> {
    let name = match op {
        Op::Data(_)
        | Op::Param(_)
        | Op::Const(_)
        | Op::Count(_)
        | Op::Length(_)
        | Op::Position(_)
        | Op::Draw { .. }
        | Op::Training
        | Op::Equal(_)
        | Op::ArgMax(_)
        | Op::OneHot(_)
        | Op::Stop(_) => return None,
        Op::Unary(f, _) => return Some(format!("{f:?}")),
        Op::Binary(f, ..) => return Some(format!("{f:?}")),
        Op::Fold { fold, .. } => return Some(format!("Fold {fold:?}")),
        Op::Reduce { fold, .. } => return Some(format!("Reduce {fold:?}")),
        Op::Shift { init, .. } => return Some(format!("Shift, init: {}", init.is_some())),
        Op::Select { .. } => "Select",
        Op::Concat(_) => "Concat",
        Op::Slice { .. } => "Slice",
        Op::Pad { .. } => "Pad",
        Op::Reshape(_) => "Reshape",
        Op::Transpose(_) => "Transpose",
        Op::Spread(_) => "Spread",
        Op::Edge { .. } => "Edge",
        Op::Reverse { .. } => "Reverse",
        Op::Rename { .. } => "Rename",
        Op::Contract { .. } => "Contract",
        Op::Gather { .. } => "Gather",
        Op::Scatter { .. } => "Scatter",
        Op::Pick { .. } => "Pick",
        Op::Place { .. } => "Place",
    };
    Some(name.into())
}

#[test]
fn every_operation_with_a_derivative_stands_in_a_case() {
    let held: BTreeSet<String> = cases()
        .into_iter()
        .flat_map(|case| {
            let s = simplify(case.system);
            s.nodes
                .iter()
                .filter_map(|(_, n)| differentiable(&n.op))
                .collect::<Vec<_>>()
        })
        .collect();
    let x = Value::new(0);
    let unary = [
        Unary::Neg,
        Unary::Exp,
        Unary::Log,
        Unary::Sqrt,
        Unary::Abs,
        Unary::Sign,
        Unary::Sin,
        Unary::Cos,
        Unary::Tanh,
        Unary::Sigmoid,
        Unary::Softplus,
        Unary::Relu,
        Unary::Floor,
    ];
    let binary = [
        Binary::Add,
        Binary::Sub,
        Binary::Mul,
        Binary::Div,
        Binary::Max,
        Binary::Min,
        Binary::Pow,
    ];
    let functions = unary
        .map(|f| Op::Unary(f, x))
        .into_iter()
        .chain(binary.map(|f| Op::Binary(f, x, x)));
    let others = [
        "Fold Sum",
        "Fold Max",
        "Reduce Sum",
        "Reduce Max",
        "Shift, init: true",
        "Shift, init: false",
        "Select",
        "Concat",
        "Slice",
        "Pad",
        "Reshape",
        "Transpose",
        "Spread",
        "Edge",
        "Reverse",
        "Rename",
        "Contract",
        "Gather",
        "Scatter",
        "Pick",
        "Place",
    ];
    let wanted = functions
        .filter_map(|op| differentiable(&op))
        .chain(others.map(String::from));
    let missing: Vec<String> = wanted.filter(|name| !held.contains(name)).collect();
    assert!(missing.is_empty(), "no case holds {missing:?}");
}
