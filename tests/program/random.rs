//! Random systems: what the causality check passes, scheduled and interpreted, is what asking for each position of each
//! value, and for whatever that needs, gives. There a cycle has no end; here it must have been reported.

use crate::build::Build;
use crate::need::Need;
use rnn_runtime::draw::Stream;
use rnnc::backends::interpret::{Inputs, Interpreter};
use rnnc::rewrite;
use rnnc::schedule::schedule;
use rnnc::system::{AxisId, AxisKind, AxisSet, Binary, Fold, Op, System, Unary, Value, causality};
use std::borrow::Cow;

const LENGTHS: [usize; 4] = [4, 2, 1, 0];
const STEPS: usize = 3;
const K: AxisId = AxisId(2);

/// Scalars over the batch, over `t`, over `k`, or over both, some of which are later ones by another name.
fn system(random: &mut Stream) -> System {
    let mut b = Build::new();
    b.s.axis("k", AxisKind::Steps(STEPS));
    let (batch, t) = (AxisId::BATCH, b.t);
    let sets: [&[AxisId]; 4] = [&[batch], &[batch, t], &[batch, K], &[batch, t, K]];
    let mut values: Vec<Value> = sets.iter().map(|axes| b.real("x", &[], axes)).collect();
    let later: Vec<Value> = (0..random.below(4))
        .map(|_| b.later(&[], sets[[0, 1, 3, 3, 3][random.below(5) as usize]]))
        .collect();
    values.extend(&later);
    let ways = [0, 1].map(|_| if random.below(2) == 0 { 1 } else { -1 });
    for _ in 0..12 + random.below(8) {
        // Later values are read often, so that there are cycles.
        let pick = |random: &mut Stream, from: &[Value]| from[random.below(from.len() as u64) as usize];
        let x = if random.below(3) == 0 && !later.is_empty() {
            pick(random, &later)
        } else {
            pick(random, &values)
        };
        let y = pick(random, &values);
        let axis = if random.below(2) == 0 { t } else { K };
        // Mostly one way along each axis: more than a few ways in one cycle are none.
        let way = if random.below(12) == 0 {
            -ways[axis.0 as usize - 1]
        } else {
            ways[axis.0 as usize - 1]
        };
        let by = way * [1, 1, 2][random.below(3) as usize];
        let over = b.s.ty(x).axes;
        let op = match random.below(9) {
            0..=3 => {
                let init = (random.below(2) == 0 && !b.s.ty(y).axes.contains(axis)).then_some(y);
                Op::Shift { x, axis, by, init }
            }
            4 if over.contains(axis) => Op::Edge { x, axis, by },
            5 if over.contains(axis) && random.below(2) == 0 => Op::Reverse { x, axis },
            5 if over.contains(axis) => Op::Reduce {
                fold: Fold::Sum,
                x,
                axes: AxisSet::of(&[axis]),
            },
            6 => Op::Binary(Binary::Mul, x, y),
            7 => Op::Unary(Unary::Tanh, x),
            _ => Op::Binary(Binary::Add, x, y),
        };
        let v = b.push(op);
        values.push(v);
    }
    for v in later {
        let same: Vec<Value> = values
            .iter()
            .copied()
            .filter(|w| b.s.ty(*w) == b.s.ty(v) && w.index() > v.index())
            .collect();
        let Some(&last) = same.last() else {
            b.define(
                v,
                values[sets.iter().position(|s| AxisSet::of(s) == b.s.ty(v).axes).unwrap()],
            );
            continue;
        };
        let both = b.add(last, same[random.below(same.len() as u64) as usize]);
        b.define(v, both);
        values.push(both);
    }
    let names: Vec<Value> = values[values.len() - 4..].to_vec();
    names.into_iter().for_each(|v| b.root("out", v));
    b.s
}

#[test]
fn what_passes_the_check_is_what_asking_gives() {
    let (mut passed, mut scans, mut nested) = (0, 0, 0);
    for seed in 0..1500 {
        let mut random = Stream::new(seed, "random systems", 0);
        let s = system(&mut random);
        if causality::check(&s).has_errors() {
            continue;
        }
        passed += 1;
        let s = rewrite::simplify(s);
        let lengths = vec![vec![1; 4], LENGTHS.to_vec(), vec![STEPS; 4]];
        let total: usize = LENGTHS.iter().sum();
        let sizes = [4, total, 4 * STEPS, total * STEPS];
        let data = sizes.map(|n| Cow::Owned((0..n).map(|_| random.normal()).collect::<Vec<f64>>()));
        let inputs = Inputs::new(vec![], data, lengths);
        let program = schedule(s.clone());
        let listing = rnnc::schedule::print(&program);
        scans += usize::from(listing.contains("scan"));
        nested += usize::from(listing.contains("  scan"));
        let interpreter = Interpreter::new(&program);
        let values = interpreter.run(&inputs);
        let mut need = Need::new(&s, &inputs);
        for root in &s.roots {
            let expected = need
                .all(root.value)
                .unwrap_or_else(|why| panic!("{seed}: {why}\n{listing}"));
            let found = values.flat(root.value);
            assert_eq!(found.len(), expected.len());
            for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
                let close = (found - expected).abs() <= 1e-9 * (1.0 + expected.abs());
                let same = close || *found == expected || found.is_nan() && expected.is_nan();
                assert!(
                    same,
                    "{seed}: {:?} at {at}: {found} for {expected}\n{listing}",
                    root.value
                );
            }
        }
    }
    assert!(
        passed > 500 && scans > 100 && nested > 5,
        "{passed} passed, {scans} with scans, {nested} nested"
    );
    assert!(passed < 1400, "hardly any system was refused");
}
