//! The interpreter as the runtime's model: packed batches in and out.

use crate::build::Build;
use rnn_runtime::{Batch, Column, Draws, Model, Steps};
use rnnc::backends::interpret::{Inputs, Interpreted, Interpreter};
use rnnc::rewrite;
use rnnc::schedule::schedule;
use rnnc::system::{AxisSet, Binary, Elem, Fold, Op, Root, RootKind, Type};
use std::borrow::Cow;

/// A look-up of `w` and a once-per-example `z` into a chain; the loss is the mean of its squares over all steps.
fn model() -> (Interpreted, rnnc::schedule::Program) {
    let mut b = Build::new();
    let axes = b.over_t();
    let ty = Type {
        elem: Elem::Index(4),
        shape: vec![],
        axes: AxisSet::of(&axes),
    };
    let w = b.data("w", ty);
    let z = b.real("z", &[3], &axes[..1]);
    let table = b.param("table", &[4, 3]);
    let x = b.push(Op::Gather { table, index: w });
    let x = b.add(x, z);
    let h = b.tanh_rnn("h", x, 3, 1, None);
    let square = b.push(Op::Binary(Binary::Mul, h, h));
    let sum = b.push(Op::Fold {
        fold: Fold::Sum,
        x: square,
    });
    let total = b.sum(sum, &axes);
    let count = b.push(Op::Count(AxisSet::of(&axes)));
    let value = b.push(Op::Binary(Binary::Div, total, count));
    b.s.roots.push(Root {
        kind: RootKind::Loss,
        name: "loss".into(),
        value,
    });
    b.root("h", h);
    b.root("z", z);
    let system = rewrite::simplify(b.s);
    let evaluate = schedule(system.clone());
    let train = schedule(rewrite::simplify(rnnc::derive::adjoint(&system)));
    (Interpreted::new(&train, &evaluate), evaluate)
}

/// The class of example `e` at step `t`, and the features of an example.
fn class(e: usize, t: usize) -> u32 {
    if (e, t) == (1, 0) {
        u32::MAX
    } else {
        ((3 * e + t) % 4) as u32
    }
}

fn features(e: usize) -> [f64; 3] {
    [e as f64 / 3.0, -0.5, 0.25 * e as f64]
}

fn batch(of: &[usize], whole: &[usize]) -> Batch<f64> {
    let steps = Steps::new(of.iter().map(|&e| whole[e]).collect());
    let packed = (0..steps.steps()).flat_map(|t| steps.order[..steps.active(t)].iter().map(move |&j| (j, t)));
    let w = packed.map(|(j, t)| class(of[j], t)).collect();
    Batch {
        ids: of.iter().map(|&e| e as u64).collect(),
        axes: vec![Steps::new(vec![1; of.len()]), steps],
        columns: vec![
            Column::Index(w),
            Column::Real(of.iter().flat_map(|&e| features(e)).collect()),
        ],
        whole: vec![vec![1; whole.len()], whole.to_vec()],
    }
}

const LENGTHS: [usize; 5] = [2, 5, 0, 3, 5];

fn params() -> Vec<f64> {
    (0..12 + 9 + 9 + 3).map(|i| ((i * 7 % 11) as f64 - 5.0) / 8.0).collect()
}

#[test]
fn a_packed_batch_is_its_examples() {
    let (model, program) = model();
    let batch = batch(&[0, 1, 2, 3, 4], &LENGTHS);
    let mut metrics = [0.0];
    let mut outputs = Vec::new();
    let mut workspace = Model::<f64>::workspace(&model);
    model.evaluate(&mut workspace, &params(), &batch, &mut metrics, Some(&mut outputs));

    let words = LENGTHS
        .iter()
        .enumerate()
        .flat_map(|(e, &l)| (0..l).map(move |t| class(e, t)));
    let words = words.map(|c| if c == u32::MAX { -1.0 } else { f64::from(c) }).collect();
    let data = [words, Cow::Owned((0..5).flat_map(features).collect())];
    let inputs = Inputs::new(params(), data, vec![vec![1; 5], LENGTHS.to_vec()]);
    let interpreter = Interpreter::new(&program);
    let values = interpreter.run(&inputs);
    let root = |name: &str| program.system.roots.iter().find(|r| r.name == name).unwrap().value;
    assert_eq!(metrics[0], values.scalar(root("loss")));
    let steps = &batch.axes[1];
    for t in 0..steps.steps() {
        for (j, &e) in steps.order[..steps.active(t)].iter().enumerate() {
            let row = (steps.offsets[t] + j) * 3;
            let example = values.example(root("h"), e);
            assert_eq!(
                &outputs[0][row..row + 3],
                &example.as_slice().unwrap()[t * 3..t * 3 + 3]
            );
        }
    }
    assert_eq!(outputs[1], values.flat(root("z")));
}

#[test]
fn shards_add_up_to_the_batch() {
    let (model, _) = model();
    let run = |shards: &[&[usize]]| {
        let mut workspace = Model::<f64>::workspace(&model);
        let (mut gradients, mut loss) = (vec![0.0; params().len()], 0.0);
        for shard in shards {
            let mut metrics = [0.0];
            let batch = batch(shard, &LENGTHS);
            model.train(
                &mut workspace,
                &params(),
                &mut gradients,
                &batch,
                Draws::default(),
                &mut metrics,
            );
            loss += metrics[0];
        }
        gradients.push(loss);
        gradients
    };
    let (whole, parts) = (run(&[&[0, 1, 2, 3, 4]]), run(&[&[3, 0], &[2], &[4, 1]]));
    assert!(whole.iter().any(|g| g.abs() > 1e-3));
    for (a, b) in whole.iter().zip(&parts) {
        assert!((a - b).abs() < 1e-14, "{a} {b}");
    }
}
