//! The interpreter against direct computations, on examples of unequal lengths.

use crate::build::Build;
use rnn_runtime::draw::Stream;
use rnnc::backends::interpret::{Inputs, Interpreter, Values};
use rnnc::schedule::{Program, schedule};
use rnnc::system::{
    AxisId, AxisKind, AxisSet, Binary, Contraction, Elem, Fold, Op, RootKind, System, Type, Unary, Value,
};
use std::borrow::Cow;

const LENGTHS: [usize; 4] = [5, 3, 1, 0];

/// Random parameters and data for a system whose second axis is a sequence.
fn inputs(s: &System, lengths: &[usize]) -> Inputs<'static, f64> {
    let mut random = Stream::new(7, "test", 0);
    let mut draw = |n: usize| (0..n).map(|_| random.uniform() * 2.0 - 1.0).collect::<Vec<f64>>();
    let params: Vec<f64> = s
        .params
        .iter()
        .flat_map(|(_, p)| draw(p.shape.iter().product()))
        .collect();
    let of = |ty: &Type, e: usize| {
        let along = |a: AxisId| match s.axis_info(a).kind {
            AxisKind::Steps(n) => n,
            _ if a == AxisId::BATCH => 1,
            _ => lengths[e],
        };
        ty.axes.iter().map(along).product::<usize>() * ty.size()
    };
    let data: Vec<Cow<[f64]>> = s
        .data
        .iter()
        .map(|(_, d)| {
            let xs = draw((0..lengths.len()).map(|e| of(&d.ty, e)).sum());
            match d.ty.elem {
                Elem::Index(n) => xs.iter().map(|x| ((x + 1.0) / 2.0 * n as f64).floor()).collect(),
                Elem::Real | Elem::Bit => xs.into(),
            }
        })
        .collect();
    let axes = s.axes.iter().map(|a| match a.kind {
        AxisKind::Batch => vec![1; lengths.len()],
        AxisKind::Steps(n) => vec![n; lengths.len()],
        _ => lengths.to_vec(),
    });
    Inputs::new(params, data, axes.collect())
}

struct Ran {
    program: Program,
    inputs: Inputs<'static, f64>,
}

fn ran(b: Build) -> Ran {
    let inputs = inputs(&b.s, &LENGTHS);
    Ran {
        program: schedule(b.s),
        inputs,
    }
}

impl Ran {
    /// The output of this name, by example; also checks that what is stored for one step only makes no difference.
    fn output(&self, name: &str) -> Vec<Vec<f64>> {
        let root = self.program.system.roots.iter().find(|r| r.name == name).unwrap().value;
        let of = |values: Values<f64>| -> Vec<Vec<f64>> {
            (0..LENGTHS.len())
                .map(|e| values.example(root, e).iter().copied().collect())
                .collect()
        };
        let plain = of(Interpreter::new(&self.program).run(&self.inputs));
        let live: Vec<Value> = rnnc::system::graph::live(&self.program.system);
        let kept = of(Interpreter::keeping(&self.program, &live).run(&self.inputs));
        let bits = |xs: &[Vec<f64>]| xs.concat().iter().map(|x| x.to_bits()).collect::<Vec<u64>>();
        assert_eq!(bits(&plain), bits(&kept));
        plain
    }

    fn param(&self, name: &str) -> Vec<f64> {
        let mut at = 0;
        for (_, p) in self.program.system.params.iter() {
            let n: usize = p.shape.iter().product();
            if p.name == name {
                return self.inputs.params[at..at + n].to_vec();
            }
            at += n;
        }
        panic!("no parameter {name}");
    }

    /// Of data `d`, with `n` elements a step: by example, then step.
    fn data(&self, d: usize, n: usize) -> Vec<Vec<Vec<f64>>> {
        let mut at = 0;
        let mut take = |k: usize| {
            at += k;
            self.inputs.data[d][at - k..at].to_vec()
        };
        LENGTHS.iter().map(|&l| (0..l).map(|_| take(n)).collect()).collect()
    }
}

fn close(a: &[Vec<f64>], b: &[Vec<f64>]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert_eq!(a.len(), b.len());
        for (x, y) in a.iter().zip(b) {
            assert!((x - y).abs() <= 1e-14 * (1.0 + y.abs()) || x == y, "{a:?} beside {b:?}");
        }
    }
}

fn matvec(w: &[f64], x: &[f64]) -> Vec<f64> {
    w.chunks(x.len())
        .map(|row| row.iter().zip(x).map(|(a, b)| a * b).sum())
        .collect()
}

/// `h[t] = tanh(W x[t] + U h[t-by] + b)` by steps; beyond the ends `h` is `init`.
fn tanh_rnn(r: &Ran, name: &str, xs: &[Vec<f64>], by: i32, init: &[f64]) -> Vec<Vec<f64>> {
    let [w, u, b] = ["w", "u", "b"].map(|p| r.param(&format!("{name}.{p}")));
    let mut h: Vec<Vec<f64>> = vec![vec![]; xs.len()];
    let order: Vec<usize> = if by > 0 {
        (0..xs.len()).collect()
    } else {
        (0..xs.len()).rev().collect()
    };
    for t in order {
        let from = t as i64 - i64::from(by);
        let before = if (0..xs.len() as i64).contains(&from) {
            h[from as usize].clone()
        } else {
            init.to_vec()
        };
        let (wx, uh) = (matvec(&w, &xs[t]), matvec(&u, &before));
        h[t] = (0..b.len()).map(|i| (wx[i] + uh[i] + b[i]).tanh()).collect();
    }
    h
}

fn flat(examples: Vec<Vec<Vec<f64>>>) -> Vec<Vec<f64>> {
    examples.into_iter().map(|e| e.concat()).collect()
}

#[test]
fn chains_of_every_lag_and_direction() {
    for by in [1, 3, 7, -1, -2] {
        let mut b = Build::new();
        let axes = b.over_t();
        let x = b.real("x", &[3], &axes);
        let init = b.param("h0", &[4]);
        let h = b.tanh_rnn("h", x, 4, by, Some(init));
        b.root("h", h);
        let r = ran(b);
        let init = r.param("h0");
        let expected = r.data(0, 3).iter().map(|xs| tanh_rnn(&r, "h", xs, by, &init)).collect();
        close(&r.output("h"), &flat(expected));
    }
}

#[test]
fn layers_and_directions() {
    let mut b = Build::new();
    let axes = b.over_t();
    let x = b.real("x", &[3], &axes);
    let f = b.tanh_rnn("f", x, 4, 1, None);
    let g = b.tanh_rnn("g", x, 2, -1, None);
    let both = b.push(Op::Concat(vec![f, g]));
    let y = b.tanh_rnn("y", both, 3, 1, None);
    b.root("y", y);
    let r = ran(b);
    let by_example = |xs: &Vec<Vec<f64>>| {
        let f = tanh_rnn(&r, "f", xs, 1, &[0.0; 4]);
        let g = tanh_rnn(&r, "g", xs, -1, &[0.0; 2]);
        let both: Vec<Vec<f64>> = f.iter().zip(&g).map(|(f, g)| [&f[..], g].concat()).collect();
        tanh_rnn(&r, "y", &both, 1, &[0.0; 3])
    };
    let expected = r.data(0, 3).iter().map(by_example).collect();
    close(&r.output("y"), &flat(expected));
}

/// Output feedback: free, and with the truth in its place.
#[test]
fn jordan() {
    for forced in [false, true] {
        let mut b = Build::new();
        let axes = b.over_t();
        let x = b.real("x", &[3], &axes);
        let y = b.real("y", &[2], &axes);
        let [w, u] = [b.param("w", &[2, 3]), b.param("u", &[2, 2])];
        let p = b.later(&[2], &axes);
        let context = b.shift(if forced { y } else { p }, 1, None);
        let [a, c] = [b.matvec(w, x), b.matvec(u, context)];
        let sum = b.add(a, c);
        let out = b.unary(Unary::Sigmoid, sum);
        b.define(p, out);
        b.root("p", out);
        let r = ran(b);
        let [w, u] = [r.param("w"), r.param("u")];
        let (xs, ys) = (r.data(0, 3), r.data(1, 2));
        let mut expected = Vec::new();
        for (xs, ys) in xs.iter().zip(&ys) {
            let mut ps: Vec<Vec<f64>> = Vec::new();
            for t in 0..xs.len() {
                let before = match t {
                    0 => vec![0.0; 2],
                    _ if forced => ys[t - 1].clone(),
                    _ => ps[t - 1].clone(),
                };
                let (a, c) = (matvec(&w, &xs[t]), matvec(&u, &before));
                ps.push(a.iter().zip(&c).map(|(a, c)| 1.0 / (1.0 + (-a - c).exp())).collect());
            }
            expected.push(ps);
        }
        close(&r.output("p"), &flat(expected));
    }
}

/// Three inner steps in each step, started from the step before; and the same on a grid.
#[test]
fn scans_within_scans() {
    let mut b = Build::new();
    let k = b.s.axis("k", AxisKind::Steps(3));
    let axes = b.over_t();
    let x = b.real("x", &[2], &axes);
    let h = b.later(&[2], &axes);
    let d = b.later(&[2], &[AxisId::BATCH, b.t, k]);
    let before = b.shift(h, 1, None);
    let start = b.add(before, x);
    let (axis, init) = (k, Some(start));
    let inner = b.push(Op::Shift {
        x: d,
        axis,
        by: 1,
        init,
    });
    let next = b.unary(Unary::Tanh, inner);
    b.define(d, next);
    let out = b.push(Op::Edge { x: d, axis: k, by: -1 });
    b.define(h, out);
    b.root("h", out);
    let mean = b.sum(d, &[k]);
    b.root("sum", mean);
    let r = ran(b);
    let (mut hs, mut sums) = (Vec::new(), Vec::new());
    for xs in r.data(0, 2) {
        let (mut before, mut h, mut sum) = (vec![0.0; 2], vec![], vec![]);
        for x in xs {
            let mut d: Vec<f64> = before.iter().zip(&x).map(|(h, x)| h + x).collect();
            let mut total = vec![0.0; 2];
            for _ in 0..3 {
                d = d.iter().map(|d| d.tanh()).collect();
                total = total.iter().zip(&d).map(|(s, d)| s + d).collect();
            }
            sum.push(total);
            h.push(d.clone());
            before = d;
        }
        hs.push(h);
        sums.push(sum);
    }
    close(&r.output("h"), &flat(hs));
    close(&r.output("sum"), &flat(sums));
}

#[test]
fn a_grid_of_steps() {
    let mut b = Build::new();
    let k = b.s.axis("k", AxisKind::Steps(3));
    let axes = [AxisId::BATCH, b.t, k];
    let x = b.real("x", &[], &axes);
    let d = b.later(&[], &axes);
    let above = b.shift(d, 1, None);
    let (axis, init) = (k, None);
    let right = b.push(Op::Shift {
        x: d,
        axis,
        by: -1,
        init,
    });
    let sum = b.add(above, right);
    let sum = b.add(sum, x);
    b.define(d, sum);
    b.root("d", sum);
    let r = ran(b);
    let mut expected = Vec::new();
    for xs in r.data(0, 3) {
        let mut d = vec![vec![0.0; 4]; xs.len() + 1];
        for (t, x) in xs.iter().enumerate() {
            for k in (0..3).rev() {
                d[t + 1][k] = d[t][k] + d[t + 1][k + 1] + x[k];
            }
        }
        expected.push(d[1..].iter().map(|row| row[..3].to_vec()).collect());
    }
    close(&r.output("d"), &flat(expected));
}

#[test]
fn edges_shifts_and_reductions_of_short_examples() {
    let mut b = Build::new();
    let axes = b.over_t();
    let x = b.real("x", &[2], &axes);
    let axis = b.t;
    for by in [-3, -1, 1, 3] {
        let e = b.push(Op::Edge { x, axis, by });
        b.root(&format!("edge {by}"), e);
    }
    let reversed = b.push(Op::Reverse { x, axis });
    b.root("reversed", reversed);
    for fold in [Fold::Sum, Fold::Max] {
        let axes = AxisSet::of(&[axis]);
        let v = b.push(Op::Reduce { fold, x, axes });
        b.root(&format!("{fold:?}"), v);
    }
    let length = b.push(Op::Length(axis));
    b.root("length", length);
    for (name, set) in [("count t", &axes[..]), ("count", &axes[..1])] {
        let c = b.push(Op::Count(AxisSet::of(set)));
        b.root(name, c);
    }
    let r = ran(b);
    let xs = r.data(0, 2);
    for by in [-3i64, -1, 1, 3] {
        let outside = |t: usize, l: usize| !(0..l as i64).contains(&(t as i64 - by));
        let sum = |e: &Vec<Vec<f64>>| -> Vec<f64> {
            let rows = e.iter().enumerate().filter(|(t, _)| outside(*t, e.len()));
            rows.fold(vec![0.0; 2], |s, (_, x)| vec![s[0] + x[0], s[1] + x[1]])
        };
        close(
            &r.output(&format!("edge {by}")),
            &xs.iter().map(sum).collect::<Vec<_>>(),
        );
    }
    assert_eq!(r.output("edge -1")[0], xs[0][4], "the last step");
    assert_eq!(r.output("edge 1")[1], xs[1][0], "the first step");
    close(
        &r.output("reversed"),
        &flat(xs.iter().map(|e| e.iter().rev().cloned().collect()).collect()),
    );
    assert_eq!(r.output("Sum")[3], [0.0, 0.0]);
    assert_eq!(r.output("Max")[3], [f64::NEG_INFINITY; 2]);
    let largest = xs[0].iter().map(|x| x[0]).fold(f64::NEG_INFINITY, f64::max);
    assert_eq!(r.output("Max")[0][0], largest);
    assert_eq!(r.output("length").concat(), [5.0, 3.0, 1.0, 0.0]);
    assert_eq!((r.output("count t")[0][0], r.output("count")[0][0]), (9.0, 4.0));
}

#[test]
fn a_value_that_is_its_own_past() {
    let mut b = Build::new();
    let axes = b.over_t();
    let h0 = b.param("h0", &[2]);
    let h = b.later(&[2], &axes);
    let (axis, init) = (b.t, Some(h0));
    b.s.nodes[h].op = Op::Shift {
        x: h,
        axis,
        by: 1,
        init,
    };
    b.root("h", h);
    let r = ran(b);
    let h0 = r.param("h0");
    close(
        &r.output("h"),
        &LENGTHS.iter().map(|&l| h0.repeat(l)).collect::<Vec<_>>(),
    );
}

#[test]
fn nothing_looks_up_zeros() {
    let mut b = Build::new();
    let (axis, axes) = (b.t, b.over_t());
    let index = Type {
        elem: Elem::Index(3),
        shape: vec![],
        axes: AxisSet::of(&axes),
    };
    let w = b.data("w", index);
    let x = b.real("x", &[3], &axes);
    let table = b.param("table", &[3, 2]);
    let before = b.shift(w, 1, None);
    let rows = b.push(Op::Gather { table, index: before });
    b.root("rows", rows);
    let hot = b.push(Op::OneHot(before));
    b.root("hot", hot);
    let picked = b.push(Op::Pick { x, index: before });
    b.root("picked", picked);
    let placed = b.push(Op::Place {
        x: picked,
        index: before,
        len: 3,
    });
    b.root("placed", placed);
    let scattered = b.push(Op::Scatter {
        x: rows,
        index: before,
        rows: 3,
    });
    b.root("scattered", scattered);
    let last = b.push(Op::Edge { x: w, axis, by: -1 });
    b.root("last", last);
    let best = b.push(Op::ArgMax(x));
    b.root("best", best);
    let r = ran(b);
    let (w, x, table) = (r.data(0, 1), r.data(1, 3), r.param("table"));
    let before: Vec<Vec<Option<usize>>> = (w.iter())
        .map(|e| {
            (0..e.len())
                .map(|t| t.checked_sub(1).map(|t| e[t][0] as usize))
                .collect()
        })
        .collect();
    let map = |f: &dyn Fn(usize, usize, Option<usize>) -> Vec<f64>| -> Vec<Vec<f64>> {
        let example = |(e, b): (usize, &Vec<Option<usize>>)| {
            b.iter()
                .enumerate()
                .flat_map(|(t, c)| f(e, t, *c))
                .collect::<Vec<f64>>()
        };
        before.iter().enumerate().map(example).collect()
    };
    let row = |c: usize| table[2 * c..2 * c + 2].to_vec();
    let hot = |c: Option<usize>, x: f64| (0..3).map(|k| if Some(k) == c { x } else { 0.0 }).collect::<Vec<f64>>();
    close(&r.output("rows"), &map(&|_, _, c| c.map_or(vec![0.0; 2], row)));
    close(&r.output("hot"), &map(&|_, _, c| hot(c, 1.0)));
    close(
        &r.output("picked"),
        &map(&|e, t, c| vec![c.map_or(0.0, |c| x[e][t][c])]),
    );
    close(
        &r.output("placed"),
        &map(&|e, t, c| hot(c, c.map_or(0.0, |c| x[e][t][c]))),
    );
    let mut sums = vec![0.0; 6];
    for c in before.concat().into_iter().flatten() {
        sums[2 * c] += table[2 * c];
        sums[2 * c + 1] += table[2 * c + 1];
    }
    close(&r.output("scattered")[..1], &[sums]);
    assert_eq!(r.output("last").concat(), [w[0][4][0], w[1][2][0], w[2][0][0], -1.0]);
    let best = |x: &Vec<f64>| (0..3).max_by(|a, b| x[*a].total_cmp(&x[*b])).unwrap() as f64;
    close(
        &r.output("best"),
        &x.iter().map(|e| e.iter().map(best).collect()).collect::<Vec<_>>(),
    );
}

/// Every product against the definition: the sum over labels and axes.
#[test]
fn contractions() {
    let shape = |labels: &[u8]| labels.iter().map(|l| [2, 3, 4][*l as usize]).collect::<Vec<usize>>();
    let cases: &[(&[u8], &[u8], &[u8])] = &[
        (&[0, 1], &[1], &[0]),
        (&[0, 1], &[0], &[1]),
        (&[1], &[0, 1], &[0]),
        (&[0], &[0, 1], &[1]),
        (&[0], &[1], &[0, 1]),
        (&[0], &[1], &[1, 0]),
        (&[0], &[0], &[]),
        (&[0], &[0], &[0]),
        (&[], &[1], &[1]),
        (&[0, 1], &[1, 2], &[0, 2]),
        (&[0, 1], &[0, 1], &[0, 1]),
        (&[0, 1], &[2], &[2, 1]),
    ];
    for (a, b, out) in cases {
        for (a_over, b_over) in [(0, 2), (2, 0), (2, 2), (1, 2), (0, 1)] {
            for over in 0..4 {
                let mut build = Build::new();
                let axes = build.over_t();
                let x = build.real("x", &shape(a), &axes);
                let y = build.real("y", &shape(b), &axes);
                // Parameters, values once per example, and values over the steps.
                let mut over_axes = |labels: &[u8], which: usize, v: Value, name: &str| match which {
                    0 => build.param(name, &shape(labels)),
                    1 => build.sum(v, &axes[1..]),
                    _ => v,
                };
                let (x, y) = (over_axes(a, a_over, x, "a"), over_axes(b, b_over, y, "b"));
                let all = build.s.ty(x).axes.union(build.s.ty(y).axes);
                let over = AxisSet::of([&[], &axes[..1], &axes[1..], &axes[..]][over]);
                // A value over the steps of no example does not exist.
                if !over.is_subset(all) || (over == AxisSet::BATCH && all.len() == 2) {
                    continue;
                }
                let spec = Contraction::new(a, b, out);
                let v = build.push(Op::Contract { a: x, b: y, spec, over });
                build.root("v", v);
                // The definition: copies of both over all labels and axes, multiplied, summed.
                build.root("x", x);
                build.root("y", y);
                let r = ran(build);
                let expected = contract(&r, [x, y, v], [a, b, out]);
                let count = if r.program.system.ty(v).axes.is_empty() {
                    1
                } else {
                    LENGTHS.len()
                };
                close(&r.output("v")[..count], &expected);
            }
        }
    }
}

fn contract(r: &Ran, [x, y, v]: [Value; 3], labels: [&[u8]; 3]) -> Vec<Vec<f64>> {
    let interpreter = Interpreter::new(&r.program);
    let values = interpreter.run(&r.inputs);
    let s = &r.program.system;
    let t = AxisId(1);
    let has = |v: Value, a: AxisId| s.ty(v).axes.contains(a);
    let mut out: Vec<Vec<f64>> = (0..LENGTHS.len())
        .map(|e| vec![0.0; values.example(v, e).len()])
        .collect();
    if !has(v, AxisId::BATCH) {
        out.truncate(1);
    }
    let size = |v: Value| s.ty(v).size();
    let either = has(x, AxisId::BATCH) || has(y, AxisId::BATCH);
    for e in 0..if either { LENGTHS.len() } else { 1 } {
        let steps = if has(x, t) || has(y, t) { LENGTHS[e] } else { 1 };
        for step in 0..steps {
            for i in 0..24 {
                let label = [i % 2, i / 2 % 3, i / 6];
                // Labels that neither argument has are visited once.
                if (0..3u8).any(|l| labels.iter().all(|ls| !ls.contains(&l)) && label[l as usize] > 0) {
                    continue;
                }
                let at = |v: Value, ls: &[u8]| {
                    let within = ls
                        .iter()
                        .fold(0, |at, l| at * [2, 3, 4][*l as usize] + label[*l as usize]);
                    within + if has(v, t) { step * size(v) } else { 0 }
                };
                let product = values.example(x, e).as_slice().unwrap()[at(x, labels[0])]
                    * values.example(y, e).as_slice().unwrap()[at(y, labels[1])];
                out[if has(v, AxisId::BATCH) { e } else { 0 }][at(v, labels[2])] += product;
            }
        }
    }
    out
}

#[test]
fn elementwise_with_broadcasts() {
    let mut b = Build::new();
    let axes = b.over_t();
    let x = b.real("x", &[2], &axes);
    let s = b.real("s", &[], &axes[..1]);
    let w = b.param("w", &[2]);
    let positive = b.push(Op::Binary(Binary::Lt, s, x));
    let not = b.unary(Unary::Not, positive);
    b.root("not", not);
    let log = b.unary(Unary::Log, x);
    let chosen = b.push(Op::Select {
        cond: positive,
        yes: w,
        no: s,
    });
    b.root("chosen", chosen);
    let both = b.add(log, w);
    b.root("both", both);
    let spread = b.typed(Op::Spread(s), &[2], &axes);
    b.root("spread", spread);
    let total = b.push(Op::Fold { fold: Fold::Max, x });
    b.root("max", total);
    let slice = b.push(Op::Slice { x, start: 1, len: 1 });
    let padded = b.push(Op::Pad {
        x: slice,
        start: 2,
        len: 4,
    });
    b.root("padded", padded);
    let r = ran(b);
    let (xs, w) = (r.data(0, 2), r.param("w"));
    let ss: Vec<f64> = r.inputs.data[1].to_vec();
    let map = |f: &dyn Fn(&[f64], f64) -> Vec<f64>| -> Vec<Vec<f64>> {
        xs.iter()
            .zip(&ss)
            .map(|(e, s)| e.iter().flat_map(|x| f(x, *s)).collect())
            .collect()
    };
    let each = |f: &dyn Fn(usize, f64, f64) -> f64| map(&|x, s| (0..2).map(|k| f(k, x[k], s)).collect());
    close(&r.output("not"), &each(&|_, x, s| if s < x { 0.0 } else { 1.0 }));
    close(&r.output("chosen"), &each(&|k, x, s| if s < x { w[k] } else { s }));
    close(&r.output("spread"), &each(&|_, _, s| s));
    close(&r.output("max"), &map(&|x, _| vec![x[0].max(x[1])]));
    close(&r.output("padded"), &map(&|x, _| vec![0.0, 0.0, x[1], 0.0]));
    for (got, expected) in r
        .output("both")
        .concat()
        .iter()
        .zip(each(&|k, x, _| x.ln() + w[k]).concat())
    {
        assert!(got.is_nan() && expected.is_nan() || (got - expected).abs() < 1e-14);
    }
}

#[test]
fn draws_depend_on_the_example_not_on_the_batch() {
    let mut b = Build::new();
    let axes = b.over_t();
    let d = b.typed(Op::Draw { stream: 3 }, &[2], &axes);
    let kind = RootKind::Output;
    b.root("d", d);
    let program = schedule(b.s);
    let interpreter = Interpreter::new(&program);
    let lengths = |ls: &[usize]| vec![vec![1; ls.len()], ls.to_vec()];
    let mut all: Inputs<f64> = Inputs::new(vec![], [], lengths(&[2, 3]));
    all.ids = vec![10, 11];
    let mut one: Inputs<f64> = Inputs::new(vec![], [], lengths(&[3]));
    one.ids = vec![11];
    let root = program.system.root(kind).unwrap();
    let (all, one) = (interpreter.run(&all), interpreter.run(&one));
    assert_eq!(all.example(root, 1), one.example(root, 0));
    assert!(all.flat(root).iter().all(|x| (0.0..1.0).contains(x)));
    assert_ne!(all.flat(root)[0], all.flat(root)[1]);
}
