//! The passes on hand-built systems: what is left, and how often.

mod systems;

use rnnc::backends::interpret::{Inputs, Interpreter};
use rnnc::derive::{adjoint, forward};
use rnnc::rewrite::{Scale, freeze, merge, rescale, simplify, unreverse};
use rnnc::schedule::schedule;
use rnnc::system::{Binary, Op, Origin, RootKind, System, Type, Unary, text, verify};
use std::borrow::Cow;
use systems::{Build, count};

fn products(s: &System) -> usize {
    count(s, |op| matches!(op, Op::Contract { .. }))
}

fn lstm() -> System {
    let mut b = Build::new("lstm");
    let x = b.input("x", &[3]);
    let h = b.lstm("h", x, 4, 1);
    b.square_loss(h);
    b.s
}

#[test]
fn simplify_shares_the_shifts_of_a_state_and_drops_names() {
    let s = simplify(lstm());
    verify::simplified(&s).unwrap();
    assert_eq!(count(&s, |op| matches!(op, Op::Shift { .. })), 2, "{}", text::print(&s));
    assert_eq!(products(&s), 8);
}

#[test]
fn simplify_is_idempotent() {
    let once = simplify(lstm());
    assert_eq!(text::print(&simplify(once.clone())), text::print(&once));
    let adjoint = simplify(adjoint(&once));
    assert_eq!(text::print(&simplify(adjoint.clone())), text::print(&adjoint));
}

#[test]
fn the_adjoint_of_an_lstm_has_a_gradient_for_every_parameter() {
    let s = simplify(adjoint(&simplify(lstm())));
    verify::simplified(&s).unwrap();
    println!("{}", text::print(&s));
    let gradients = s
        .roots
        .iter()
        .filter(|r| matches!(r.kind, RootKind::Gradient(_)))
        .count();
    assert_eq!(gradients, s.params.len());
    // Eight of the primal, eight weights' gradients, four by the state: none by the input.
    assert_eq!(products(&s), 20);
    let ahead = count(&s, |op| matches!(op, Op::Shift { by: -1, .. }));
    assert_eq!(ahead, 2, "the adjoints of the two states run backwards");
}

#[test]
fn merged_gates_are_one_product_each_way() {
    let s = simplify(merge(simplify(lstm())));
    assert_eq!(
        products(&s),
        2,
        "one with the input, one with the state:\n{}",
        text::print(&s)
    );
    let s = simplify(adjoint(&s));
    assert_eq!(count(&s, |op| matches!(op, Op::Pad { .. })), 0, "{}", text::print(&s));
    // Two of the primal, one gradient for each stack of weights, one by the state.
    assert_eq!(products(&s), 5, "{}", text::print(&s));
    let gates = |op: &Op| matches!(op, Op::Concat(parts) if parts.len() == 4);
    // The weights of the input, those of the state, and the adjoints of the gates.
    assert_eq!(count(&s, gates), 3, "{}", text::print(&s));
}

#[test]
fn merging_draws_no_product_into_a_loop() {
    let mut b = Build::new("peek");
    let x = b.input("x", &[3]);
    let h = b.lstm("h", x, 4, 1);
    let past = b.shift(h, 1, None);
    let w = b.param("peek", &[2, 4]);
    let peek = b.mat_vec(w, past);
    b.square_loss(peek);
    let s = simplify(merge(simplify(b.s)));
    assert_eq!(products(&s), 3, "{}", text::print(&s));
}

#[test]
fn a_reversed_chain_on_a_reversed_input_runs_backwards() {
    let mut b = Build::new("backward");
    let x = b.input("x", &[3]);
    let axis = b.t;
    let turned = b.push(Op::Reverse { x, axis });
    let h = b.lstm("h", turned, 4, 1);
    let y = b.push(Op::Reverse { x: h, axis });
    b.square_loss(y);

    let mut c = Build::new("backward");
    let x = c.input("x", &[3]);
    let h = c.lstm("h", x, 4, -1);
    c.square_loss(h);

    let (reversed, backward) = (simplify(unreverse(b.s)), simplify(unreverse(c.s)));
    assert_eq!(
        count(&reversed, |op| matches!(op, Op::Reverse { .. })),
        0,
        "{}",
        text::print(&reversed)
    );
    assert_eq!(count(&reversed, |op| matches!(op, Op::Shift { by: 1, .. })), 0);
    assert_eq!(reversed.nodes.len(), backward.nodes.len());
}

#[test]
fn the_last_step_of_a_reversed_value_is_its_first() {
    let mut b = Build::new("first");
    let x = b.input("x", &[3]);
    let axis = b.t;
    let turned = b.push(Op::Reverse { x, axis });
    let last = b.push(Op::Edge {
        x: turned,
        axis,
        by: -1,
    });
    b.square_loss(last);
    let s = simplify(unreverse(b.s));
    assert!(text::print(&s).contains("edge(%0, t-1)"), "{}", text::print(&s));
}

#[test]
fn data_read_in_both_orders_stays_reversed() {
    let mut b = Build::new("palindrome");
    let x = b.input("x", &[3]);
    let axis = b.t;
    let turned = b.push(Op::Reverse { x, axis });
    let d = b.binary(Binary::Sub, x, turned);
    b.square_loss(d);
    let s = simplify(unreverse(b.s));
    assert_eq!(count(&s, |op| matches!(op, Op::Reverse { .. })), 1);
}

#[test]
fn evaluation_drops_what_only_training_does() {
    let build = || {
        let mut b = Build::new("dropout");
        let x = b.input("x", &[3]);
        let axes = b.over_t();
        let draw =
            b.s.push_typed(Op::Draw { stream: 0 }, Type::real(&[3], axes), Origin::default());
        let half = b.constant(0.5);
        let kept = b.binary(Binary::Lt, draw, half);
        let training = b.push(Op::Training);
        let zero = b.constant(0.0);
        let dropped = b.push(Op::Select {
            cond: kept,
            yes: x,
            no: zero,
        });
        let y = b.push(Op::Select {
            cond: training,
            yes: dropped,
            no: x,
        });
        b.square_loss(y);
        b.s
    };
    let draws = |s: &System| count(s, |op| matches!(op, Op::Draw { .. }));
    let selects = |s: &System| count(s, |op| matches!(op, Op::Select { .. }));
    let train = simplify(freeze(build(), true));
    assert_eq!((draws(&train), selects(&train)), (1, 1));
    let evaluate = simplify(freeze(build(), false));
    assert_eq!((draws(&evaluate), selects(&evaluate)), (0, 0));
}

#[test]
fn forward_mode_has_no_chain_that_runs_backwards() {
    let s = simplify(forward(&simplify(lstm())));
    assert_eq!(
        count(&s, |op| matches!(op, Op::Shift { by: -1, .. })),
        0,
        "{}",
        text::print(&s)
    );
    let gradients = s
        .roots
        .iter()
        .filter(|r| matches!(r.kind, RootKind::Gradient(_)))
        .count();
    assert_eq!(gradients, s.params.len());
}

#[test]
fn columns_looked_up_by_one_index_are_one_look_up() {
    let mut b = Build::new("columns");
    let s = b.symbol("s", 5);
    let mut sum = None;
    for k in 0..3 {
        let w = b.param(&format!("w{k}"), &[4, 5]);
        let table = b.push(Op::Transpose(w));
        let column = b.push(Op::Gather { table, index: s });
        sum = Some(sum.map_or(column, |s| b.mul(s, column)));
    }
    b.square_loss(sum.unwrap());
    let s = simplify(adjoint(&simplify(merge(simplify(b.s)))));
    assert_eq!(
        count(&s, |op| matches!(op, Op::Gather { .. })),
        1,
        "{}",
        text::print(&s)
    );
    assert_eq!(
        count(&s, |op| matches!(op, Op::Scatter { .. })),
        1,
        "{}",
        text::print(&s)
    );
}

#[test]
fn a_sum_of_slices_adjoints_is_one_concatenation_whatever_stands_between() {
    let mut b = Build::new("pads");
    let (x, y) = (b.input("x", &[2]), b.input("y", &[6]));
    let pad = |b: &mut Build, start| b.push(Op::Pad { x, start, len: 6 });
    let (first, second, third) = (pad(&mut b, 0), pad(&mut b, 4), pad(&mut b, 0));
    let sum = b.add(first, y);
    let sum = b.add(sum, second);
    let sum = b.add(sum, third);
    let bent = b.unary(Unary::Tanh, sum);
    b.square_loss(bent);
    let s = simplify(b.s);
    assert_eq!(count(&s, |op| matches!(op, Op::Pad { .. })), 0, "{}", text::print(&s));
    assert_eq!(count(&s, |op| matches!(op, Op::Concat(_))), 1, "{}", text::print(&s));
}

#[test]
fn a_rescaled_model_takes_what_was_measured() {
    let mut b = Build::new("scaled");
    let x = b.input("x", &[2]);
    let h = b.lstm("h", x, 3, 1);
    b.square_loss(h);
    let scale = Scale {
        input: "x".into(),
        mean: vec![10.0, -1.0],
        std: vec![4.0, 0.5],
    };
    let plain = simplify(b.s.clone());
    let (rescaled, values) = rescale(b.s, &[scale]);
    let rescaled = simplify(rescaled);
    verify::simplified(&rescaled).unwrap();
    assert_eq!(values, [10.0, -1.0, 4.0, 0.5]);
    let loss = |s: &System, x: &[f64], scales: &[f64]| {
        let count: usize = plain
            .params
            .iter()
            .map(|(_, p)| p.shape.iter().product::<usize>())
            .sum();
        let params: Vec<f64> = (0..count).map(|i| (i as f64 * 0.7).sin()).collect();
        let interpreter = Interpreter::new(&schedule(s.clone()));
        let inputs = Inputs::new([&params[..], scales].concat(), [Cow::from(x)], vec![vec![1], vec![2]]);
        let values = interpreter.run(&inputs);
        values.scalar(interpreter.program().system.root(RootKind::Loss).unwrap())
    };
    let measured = loss(&rescaled, &[14.0, -1.5, 8.0, 0.0], &values);
    assert_eq!(measured, loss(&plain, &[1.0, -1.0, -0.5, 2.0], &[]));
}
