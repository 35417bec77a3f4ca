//! What the scheduler finds, as listings of regions.

use crate::build::Build;
use rnnc::schedule::{Program, Region, schedule};
use rnnc::system::{AxisId, AxisKind, AxisSet, Contraction, Fold, Op, Unary, Value, graph};

/// One line a region: its kind, its axes and how many operations.
fn outline(p: &Program) -> String {
    fn walk(p: &Program, r: &Region, cut: AxisSet, depth: usize, out: &mut String) {
        let name = |a: AxisId| p.system.axis_info(a).name.clone();
        let pad = "  ".repeat(depth);
        match r {
            Region::Block { ops, .. } => {
                let axes = p.system.ty(ops[0]).axes.minus(cut).without(AxisId::BATCH);
                let axes: Vec<String> = axes.iter().map(name).collect();
                let what = if axes.is_empty() {
                    "once".into()
                } else {
                    format!("map {}", axes.join(","))
                };
                out.push_str(&format!("{pad}{what} {}\n", ops.len()));
            }
            Region::Scan {
                axis, direction, body, ..
            } => {
                out.push_str(&format!("{pad}{} {direction:?}\n", name(*axis)));
                body.iter().for_each(|r| walk(p, r, cut.with(*axis), depth + 1, out));
            }
        }
    }
    let mut out = String::new();
    p.regions.iter().for_each(|r| walk(p, r, AxisSet::EMPTY, 0, &mut out));
    out
}

fn all_ops(regions: &[Region]) -> Vec<Value> {
    let of = |r: &Region| match r {
        Region::Block { ops, .. } => ops.clone(),
        Region::Scan { body, .. } => all_ops(body),
    };
    regions.iter().flat_map(of).collect()
}

fn scheduled(b: Build) -> Program {
    let p = schedule(b.s);
    let mut ops = all_ops(&p.regions);
    ops.sort();
    assert_eq!(
        ops,
        graph::live(&p.system),
        "every live operation stands in exactly one block"
    );
    p
}

#[test]
fn the_input_projection_is_hoisted() {
    let mut b = Build::new();
    let axes = b.over_t();
    let x = b.real("x", &[3], &axes);
    let h = b.tanh_rnn("h", x, 4, 1, None);
    let last = b.push(Op::Edge {
        x: h,
        axis: b.t,
        by: -1,
    });
    b.root("last", last);
    let p = scheduled(b);
    // w, u, b; x and W x; in the scan: the state, its shift, U h, two sums, tanh; the last step.
    assert_eq!(outline(&p), "once 3\nmap t 2\nt Forward\n  once 6\nonce 1\n");
    let Region::Scan { why, .. } = &p.regions[2] else {
        panic!()
    };
    assert!(why.starts_with("h depends on itself one step back: %"), "{why}");
}

#[test]
fn directions_are_scans_of_their_own() {
    let mut b = Build::new();
    let axes = b.over_t();
    let x = b.real("x", &[3], &axes);
    let f = b.tanh_rnn("f", x, 4, 1, None);
    let g = b.tanh_rnn("g", x, 4, -1, None);
    let y = b.push(Op::Concat(vec![f, g]));
    b.root("y", y);
    let p = scheduled(b);
    assert_eq!(
        outline(&p),
        "once 6\nmap t 3\nt Forward\n  once 6\nt Backward\n  once 6\nmap t 1\n"
    );
}

#[test]
fn layers_are_scans_with_a_map_between() {
    let mut b = Build::new();
    let axes = b.over_t();
    let x = b.real("x", &[3], &axes);
    let f = b.tanh_rnn("f", x, 4, 1, None);
    let g = b.tanh_rnn("g", f, 4, 3, None);
    b.root("g", g);
    let p = scheduled(b);
    assert_eq!(
        outline(&p),
        "once 6\nmap t 2\nt Forward\n  once 6\nmap t 1\nt Forward\n  once 6\n"
    );
}

/// A Jordan network runs in a scan on its own output; with the truth in its place there is no cycle left.
fn jordan(forced: bool) -> Program {
    let mut b = Build::new();
    let axes = b.over_t();
    let x = b.real("x", &[3], &axes);
    let y = b.real("y", &[2], &axes);
    b.equation("h");
    let w = b.param("w", &[4, 3]);
    let u = b.param("u", &[4, 2]);
    let v = b.param("v", &[2, 4]);
    let out = b.later(&[2], &axes);
    let context = b.shift(if forced { y } else { out }, 1, None);
    let a = b.matvec(w, x);
    let c = b.matvec(u, context);
    let sum = b.add(a, c);
    let h = b.unary(Unary::Tanh, sum);
    b.equation("p");
    let z = b.matvec(v, h);
    let p = b.unary(Unary::Sigmoid, z);
    b.define(out, p);
    b.root("p", p);
    scheduled(b)
}

#[test]
fn strict_teacher_forcing_has_no_scan() {
    assert_eq!(outline(&jordan(false)), "once 3\nmap t 2\nt Forward\n  once 7\n");
    assert_eq!(outline(&jordan(true)), "once 3\nmap t 9\n");
}

/// In each step of `t` an inner iteration over `k`, started from the step before, whose result is the next state.
#[test]
fn an_iteration_in_each_step_is_a_nested_scan() {
    let mut b = Build::new();
    let k = b.s.axis("k", AxisKind::Steps(3));
    let axes = b.over_t();
    let x = b.real("x", &[2], &axes);
    b.equation("h");
    let h = b.later(&[2], &axes);
    let before = b.shift(h, 1, None);
    b.equation("d");
    let d = b.later(&[2], &[AxisId::BATCH, b.t, k]);
    let start = b.add(before, x);
    let inner = b.push(Op::Shift {
        x: d,
        axis: k,
        by: 1,
        init: Some(start),
    });
    let next = b.unary(Unary::Tanh, inner);
    b.define(d, next);
    b.equation("h");
    let (axis, by) = (k, -1);
    let out = b.push(Op::Edge { x: d, axis, by });
    b.define(h, out);
    b.root("h", h);
    let p = scheduled(b);
    assert_eq!(
        outline(&p),
        "map t 1\nt Forward\n  once 2\n  k Forward\n    once 3\n  once 2\n"
    );
}

#[test]
fn a_value_that_is_its_own_past() {
    let mut b = Build::new();
    let axes = b.over_t();
    b.equation("h");
    let h0 = b.param("h0", &[2]);
    let h = b.later(&[2], &axes);
    let axis = b.t;
    b.s.nodes[h].op = Op::Shift {
        x: h,
        axis,
        by: 1,
        init: Some(h0),
    };
    b.root("h", h);
    assert_eq!(outline(&scheduled(b)), "once 1\nt Forward\n  once 1\n");
}

#[test]
fn the_kind_that_leads_to_the_fewest_blocks_goes_first() {
    let mut b = Build::new();
    let axes = b.over_t();
    let x = b.real("x", &[3], &axes);
    let w = b.param("w", &[3, 3]);
    let mean = b.sum(x, &axes);
    let spec = Contraction::new(&[0, 1], &[1], &[0]);
    let over = AxisSet::EMPTY;
    let y = b.push(Op::Contract { a: w, b: x, spec, over });
    let fold = b.push(Op::Fold { fold: Fold::Sum, x: y });
    let total = b.add(fold, mean);
    b.root("total", total);
    assert_eq!(outline(&scheduled(b)), "map t 1\nonce 2\nmap t 3\n");
}

/// What only the scan reads and costs nothing extra is computed there; products and what others read stay outside.
#[test]
fn a_scan_absorbs_what_only_it_reads() {
    let mut b = Build::new();
    let axes = b.over_t();
    let x = b.real("x", &[4], &axes);
    let w = b.param("w", &[8, 4]);
    let wx = b.matvec(w, x);
    let gates = b.unary(Unary::Exp, wx);
    let first = b.push(Op::Slice {
        x: gates,
        start: 0,
        len: 4,
    });
    let second = b.push(Op::Slice {
        x: wx,
        start: 4,
        len: 4,
    });
    let seen = b.unary(Unary::Neg, x);
    let late = b.shift(seen, 1, None);
    let h = b.later(&[4], &axes);
    let before = b.shift(h, 1, None);
    let mut sum = before;
    for v in [first, second, seen, late] {
        sum = b.add(sum, v);
    }
    b.define(h, sum);
    b.root("h", sum);
    b.root("second", second);
    let p = scheduled(b);
    // Outside: w; x, W x, its second slice, which is wanted itself, -x, which is read a step late as well, and that
    // shift. Inside: exp, the first slice, the state and its shift, and four sums.
    assert_eq!(outline(&p), "once 1\nmap t 5\nt Forward\n  once 8\n");
}

/// `h = a * h[t-1] + x`, and the derivatives by all of it.
#[test]
fn linear_recurrences_are_found_in_the_equations() {
    let linear = |equations: &str| {
        let text = format!(
            "model m {{ input x: [4] over t; target y: [4] over t; param p: [4]; z: [4] = sigmoid(affine(x)); {equations}
             y ~ normal(h, 1.0); }}"
        );
        let system = crate::common::system(&text, &[]);
        let program = rnnc::driver::compile::training(&system);
        let scans = program.regions.iter().filter_map(|r| match r {
            Region::Scan { linear, .. } => Some(*linear),
            Region::Block { .. } => None,
        });
        scans.collect::<Vec<_>>()
    };
    assert_eq!(linear("h = (1 - z) * h[t-1] + z * x;"), [true, true]);
    assert_eq!(linear("h = where(x > 0, h[t-1] / (2 + p), z) - h[t-3];"), [true, true]);
    assert_eq!(
        linear("h = relu(p * h[t-1] + z);"),
        [false, true],
        "its derivative is linear"
    );
    assert_eq!(linear("h: [4] = affine(x, h[t-1]);"), [false, false], "units are mixed");
    assert_eq!(linear("h = z * h[t-1] * h[t-2] + x;"), [false, true]);
}
