//! The gradient check on hand-built systems: it passes what is right, and finds what is wrong.

use crate::build::Build;
use rnnc::driver::gradcheck::{Settings, gradcheck};
use rnnc::rewrite;
use rnnc::system::{AxisId, AxisKind, AxisSet, Fold, Op, Root, RootKind, Type, Unary, Value};

/// The mean over all positions of the sum of squares.
fn loss(b: &mut Build, y: Value) {
    let square = b.push(Op::Binary(rnnc::system::Binary::Mul, y, y));
    let sum = b.push(Op::Fold {
        fold: Fold::Sum,
        x: square,
    });
    let axes: Vec<AxisId> = b.s.ty(sum).axes.iter().collect();
    let total = b.sum(sum, &axes);
    let count = b.push(Op::Count(AxisSet::of(&axes)));
    let value = b.push(Op::Binary(rnnc::system::Binary::Div, total, count));
    b.s.roots.push(Root {
        kind: RootKind::Loss,
        name: "loss".into(),
        value,
    });
}

fn error(b: Build) -> f64 {
    let report = gradcheck(&rewrite::simplify(b.s), &Settings::default());
    assert!(report.loss.is_finite() && report.params.iter().all(|p| p.entries > 0));
    assert!(report.params.iter().any(|p| p.derived != 0.0), "{report:#?}");
    assert_eq!(report.lengths, [5, 3, 1, 0]);
    report.error()
}

#[test]
fn chains() {
    for by in [1, 3, 7, -1, -2] {
        let mut b = Build::new();
        let axes = b.over_t();
        let x = b.real("x", &[3], &axes);
        let h0 = b.param("h0", &[4]);
        let h = b.tanh_rnn("h", x, 4, by, Some(h0));
        loss(&mut b, h);
        let found = error(b);
        assert!(found < 1e-7, "{by}: {found}");
    }
}

#[test]
fn directions_layers_and_the_last_step() {
    let mut b = Build::new();
    let axes = b.over_t();
    let x = b.real("x", &[3], &axes);
    let f = b.tanh_rnn("f", x, 4, 1, None);
    let g = b.tanh_rnn("g", x, 2, -1, None);
    let both = b.push(Op::Concat(vec![f, g]));
    let start = b.push(Op::Edge {
        x: f,
        axis: b.t,
        by: -1,
    });
    let y = b.tanh_rnn("y", both, 4, 1, Some(start));
    let y = b.push(Op::Edge {
        x: y,
        axis: b.t,
        by: -1,
    });
    loss(&mut b, y);
    let found = error(b);
    assert!(found < 1e-7, "{found}");
}

#[test]
fn an_iteration_in_each_step() {
    let mut b = Build::new();
    let k = b.s.axis("k", AxisKind::Steps(3));
    let axes = b.over_t();
    let x = b.real("x", &[2], &axes);
    let u = b.param("u", &[2, 2]);
    let h = b.later(&[2], &axes);
    let d = b.later(&[2], &[AxisId::BATCH, b.t, k]);
    let before = b.shift(h, 1, None);
    let start = b.add(before, x);
    let inner = b.push(Op::Shift {
        x: d,
        axis: k,
        by: 1,
        init: Some(start),
    });
    let product = b.matvec(u, inner);
    let next = b.unary(Unary::Tanh, product);
    b.define(d, next);
    let out = b.push(Op::Edge { x: d, axis: k, by: -1 });
    b.define(h, out);
    loss(&mut b, out);
    let found = error(b);
    assert!(found < 1e-7, "{found}");
}

/// A stopped value is a constant for the derivative and for the differences; kinks and draws do no harm.
#[test]
fn stops_kinks_and_draws() {
    let mut b = Build::new();
    let axes = b.over_t();
    let x = b.real("x", &[3], &axes);
    let h = b.tanh_rnn("h", x, 4, 1, None);
    let stopped = b.push(Op::Stop(h));
    let product = b.push(Op::Binary(rnnc::system::Binary::Mul, h, stopped));
    let draw = b.typed(Op::Draw { stream: 1 }, &[4], &axes);
    let noisy = b.add(product, draw);
    let kinked = b.unary(Unary::Relu, noisy);
    loss(&mut b, kinked);
    let found = error(b);
    assert!(found < 1e-6, "{found}");
}

/// A value that the derivative takes for a constant and that is none: the check must see it.
#[test]
fn a_wrong_derivative_is_found() {
    let mut b = Build::new();
    let axes = b.over_t();
    let x = b.real("x", &[3], &axes);
    let h = b.tanh_rnn("h", x, 4, 1, None);
    // A step has no derivative where it is differentiable, but these steps are a millionth apart.
    let many = b.push(Op::Const(1e6));
    let scaled = b.push(Op::Binary(rnnc::system::Binary::Mul, h, many));
    let stairs = b.unary(Unary::Floor, scaled);
    let y = b.push(Op::Binary(rnnc::system::Binary::Div, stairs, many));
    let both = b.add(y, h);
    loss(&mut b, both);
    let found = error(b);
    assert!(found > 0.1, "{found}");
}

#[test]
fn an_empty_example_is_left_out_where_it_has_no_mean() {
    let mut b = Build::new();
    let axes = b.over_t();
    let x = b.real("x", &[3], &axes);
    let h = b.tanh_rnn("h", x, 4, 1, None);
    let sum = b.sum(h, &axes[1..]);
    let length = b.push(Op::Length(b.t));
    let mean = b.push(Op::Binary(rnnc::system::Binary::Div, sum, length));
    loss(&mut b, mean);
    let report = gradcheck(&rewrite::simplify(b.s), &Settings::default());
    assert_eq!(report.lengths, [5, 3, 1]);
    assert!(report.error() < 1e-7, "{report:#?}");
}

#[test]
fn an_embedding_and_a_cross_entropy() {
    let mut b = Build::new();
    let ty = Type {
        elem: rnnc::system::Elem::Index(5),
        shape: vec![],
        axes: AxisSet::of(&b.over_t()),
    };
    let w = b.data("w", ty);
    let table = b.param("table", &[5, 3]);
    let v = b.param("v", &[5, 4]);
    let before = b.shift(w, 1, None);
    let x = b.push(Op::Gather { table, index: before });
    let h = b.tanh_rnn("h", x, 4, 1, None);
    let logits = b.matvec(v, h);
    let max = b.push(Op::Fold {
        fold: Fold::Max,
        x: logits,
    });
    let less = b.push(Op::Binary(rnnc::system::Binary::Sub, logits, max));
    let exp = b.unary(Unary::Exp, less);
    let sum = b.push(Op::Fold {
        fold: Fold::Sum,
        x: exp,
    });
    let log = b.unary(Unary::Log, sum);
    let picked = b.push(Op::Pick { x: less, index: w });
    let nll = b.push(Op::Binary(rnnc::system::Binary::Sub, log, picked));
    let axes = b.over_t();
    let value = b.sum(nll, &axes);
    b.s.roots.push(Root {
        kind: RootKind::Loss,
        name: "loss".into(),
        value,
    });
    let found = error(b);
    assert!(found < 1e-7, "{found}");
}
