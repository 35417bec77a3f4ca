//! The passes on hand-built systems: what is left, and how often.

mod systems;

use rnnc::derive::adjoint;
use rnnc::rewrite::simplify;
use rnnc::system::{Op, RootKind, System, text, verify};
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
