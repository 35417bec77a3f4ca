//! E0301 and E0302.

use crate::build::Build;
use rnnc::diagnostics::{Diagnostic, codes};
use rnnc::system::{AxisId, AxisKind, Op, Unary, Value, causality};

fn only(b: &Build) -> Diagnostic {
    let found = causality::check(&b.s).list;
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].clone()
}

#[test]
fn recurrences_are_causal() {
    let mut b = Build::new();
    let axes = b.over_t();
    let x = b.real("x", &[3], &axes);
    let h = b.tanh_rnn("h", x, 4, 1, None);
    let back = b.tanh_rnn("g", h, 4, -1, None);
    b.root("g", back);
    assert!(causality::check(&b.s).is_empty());
}

#[test]
fn a_cycle_without_delay_is_printed_equation_by_equation() {
    let mut b = Build::new();
    let axes = b.over_t();
    b.equation("c");
    let c = b.later(&[2], &axes);
    b.equation("h");
    let before = b.shift(c, 1, None);
    let both = b.add(before, c);
    let h = b.unary(Unary::Tanh, both);
    b.equation("c");
    let out = b.unary(Unary::Exp, h);
    b.define(c, out);
    let d = only(&b);
    assert_eq!(d.code, codes::CYCLE);
    assert_eq!(d.message, "`c` depends on itself at the same step");
    assert_eq!(d.notes, ["the cycle is `c` → `h` → `c`"]);
    let labels: Vec<_> = d
        .labels
        .iter()
        .map(|l| (l.span.start as usize, l.text.as_str()))
        .collect();
    // The place in `c` that reads `h`, and the place in `h` that reads `c` undelayed.
    assert_eq!(
        labels,
        [(out.index(), "`c` needs `h`"), (both.index(), "`h` needs `c`")]
    );
    assert_eq!(
        d.helps[0].text,
        "let one of the equations look back, for instance `h[t-1]`"
    );
}

#[test]
fn an_equation_of_itself() {
    let mut b = Build::new();
    b.equation("x");
    let x = b.later(&[2], &[AxisId::BATCH]);
    let y = b.unary(Unary::Exp, x);
    b.define(x, y);
    let d = only(&b);
    assert_eq!(d.notes, ["the cycle is `x` → `x`"]);
    assert_eq!(
        d.helps[0].text,
        "no axis gives these equations an order: take one of the dependencies away"
    );
}

/// A library layer's own equations stand at its call; and what a stack repeats is wrong once.
#[test]
fn library_layers_are_part_of_the_equation_that_calls_them() {
    let mut b = Build::new();
    let axes = b.over_t();
    for stack in ["h.1", "h.2"] {
        b.equation(stack);
        let h = b.later(&[2], &axes);
        b.equation(&format!("{stack}.g.part"));
        let part = b.unary(Unary::Neg, h);
        b.equation(stack);
        let out = b.unary(Unary::Tanh, part);
        b.define(h, out);
        let spans = [h, part, out];
        spans
            .iter()
            .for_each(|v| b.s.nodes[*v].origin.span = b.s.nodes[Value::new(0)].origin.span);
    }
    let d = only(&b);
    assert_eq!(d.message, "`h.1` depends on itself at the same step");
    assert_eq!(d.notes, ["the cycle is `h.1` → `h.1`"]);
    assert_eq!(d.labels.len(), 1);
}

#[test]
fn an_initial_value_is_no_delay() {
    let mut b = Build::new();
    b.equation("h");
    let init = b.later(&[2], &[AxisId::BATCH]);
    let h = b.shift(init, 1, Some(init));
    let (axis, by) = (b.t, -1);
    let last = b.push(Op::Edge { x: h, axis, by });
    b.define(init, last);
    assert_eq!(only(&b).code, codes::CYCLE);
}

#[test]
fn both_directions_in_one_cycle() {
    let mut b = Build::new();
    let axes = b.over_t();
    b.equation("h");
    let h = b.later(&[2], &axes);
    let back = b.shift(h, 1, None);
    let ahead = b.shift(h, -2, None);
    let out = b.add(back, ahead);
    b.define(h, out);
    let d = only(&b);
    assert_eq!(d.code, codes::DIRECTIONS);
    let labels: Vec<_> = d
        .labels
        .iter()
        .map(|l| (l.span.start as usize, l.text.as_str()))
        .collect();
    assert_eq!(
        labels,
        [
            (back.index(), "an earlier step is read here"),
            (ahead.index(), "a later step is read here")
        ]
    );
}

#[test]
fn a_step_that_needs_all_steps() {
    let mut b = Build::new();
    let axes = b.over_t();
    b.equation("h");
    let h = b.later(&[2], &axes);
    let before = b.shift(h, 1, None);
    b.equation("m");
    let m = b.sum(before, &[b.t]);
    b.equation("h");
    let x = b.real("x", &[2], &axes);
    let out = b.add(x, m);
    b.define(h, out);
    let d = only(&b);
    assert_eq!(d.code, codes::CYCLE);
    assert_eq!(d.message, "`m` needs every step of `t`, and those steps need it");
    assert_eq!(d.notes, ["the cycle is `m` → `h` → `m`"]);
}

/// A grid, and a fixed number of inner steps in each step, are nested scans; a shift both ways within a step is not.
#[test]
fn nested_axes() {
    for (inner_ahead, fine) in [(false, true), (true, false)] {
        let mut b = Build::new();
        let k = b.s.axis("k", AxisKind::Steps(3));
        let axes = [AxisId::BATCH, b.t, k];
        b.equation("d");
        let d = b.later(&[2], &axes);
        let above = b.shift(d, 1, None);
        let left = b.push(Op::Shift {
            x: d,
            axis: k,
            by: 1,
            init: None,
        });
        let mut out = b.add(above, left);
        if inner_ahead {
            let right = b.push(Op::Shift {
                x: d,
                axis: k,
                by: -1,
                init: None,
            });
            out = b.add(out, right);
        }
        b.define(d, out);
        assert_eq!(causality::check(&b.s).is_empty(), fine);
        if !fine {
            assert_eq!(only(&b).code, codes::DIRECTIONS);
        }
    }
}
