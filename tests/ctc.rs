//! `ctc` against the definition: the sum over all paths that spell the labels.
#![cfg(feature = "cli")]

mod common;

use rnn_runtime::decode::{DistKind, Sampling, collapse, draw};
use rnn_runtime::draw::Stream;
use rnnc::backends::interpret::{Inputs, Interpreter};
use rnnc::driver::compile;
use rnnc::driver::gradcheck::{Settings, gradcheck};
use rnnc::schedule::{Program, Region};
use std::borrow::Cow;
use std::collections::BTreeMap;

fn program(k: usize) -> Program {
    let n = k + 1;
    let text = format!("model m {{ input x: [{n}] over t; target y: index[{k}] over s; y ~ ctc(x); }}");
    compile::evaluation(&common::system(&text, &[]))
}

/// -log p of each example, given its frames and its labels.
fn losses(program: &Program, examples: &[(Vec<Vec<f64>>, Vec<usize>)]) -> Vec<f64> {
    let nll = program.system.observations[0].nll;
    let x: Vec<f64> = examples.iter().flat_map(|(x, _)| x.concat()).collect();
    let y: Vec<f64> = examples.iter().flat_map(|(_, y)| y.iter().map(|&c| c as f64)).collect();
    let lengths = vec![
        vec![1; examples.len()],
        examples.iter().map(|(x, _)| x.len()).collect(),
        examples.iter().map(|(_, y)| y.len()).collect(),
    ];
    let interpreter = Interpreter::keeping(program, &[nll]);
    let data = [Cow::from(x), Cow::from(y)];
    interpreter.run(&Inputs::new(vec![], data, lengths)).flat(nll).to_vec()
}

fn frames(k: usize, steps: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Stream::new(seed, "ctc frames", 0);
    let frame = |_| (0..=k).map(|_| 2.0 * random.normal()).collect();
    (0..steps).map(frame).collect()
}

fn strings(classes: usize, length: usize) -> Vec<Vec<usize>> {
    let longer = |s: &Vec<usize>| (0..classes).map(|c| [&s[..], &[c]].concat()).collect::<Vec<_>>();
    (0..length).fold(vec![vec![]], |all, _| all.iter().flat_map(longer).collect())
}

/// The probability of every string of labels, by listing all paths.
fn by_paths(k: usize, x: &[Vec<f64>]) -> BTreeMap<Vec<usize>, f64> {
    let mut all = BTreeMap::new();
    for path in strings(k + 1, x.len()) {
        let p = path
            .iter()
            .zip(x)
            .map(|(&c, x)| x[c].exp() / x.iter().map(|x| x.exp()).sum::<f64>());
        *all.entry(collapse(&path, k)).or_insert(0.0) += p.product::<f64>();
    }
    all
}

#[test]
fn it_is_the_sum_over_all_paths() {
    for (k, longest) in [(1, 6), (2, 6), (3, 4)] {
        let program = program(k);
        for steps in 0..=longest {
            let x = frames(k, steps, steps as u64);
            let want = by_paths(k, &x);
            // Every string that is not too long for the frames, those that they cannot spell too.
            let labels: Vec<Vec<usize>> = (0..=steps).flat_map(|n| strings(k, n)).collect();
            let examples: Vec<_> = labels.iter().map(|y| (x.clone(), y.clone())).collect();
            let mut sum = 0.0;
            for (y, loss) in labels.iter().zip(losses(&program, &examples)) {
                let p = want.get(y).copied().unwrap_or(0.0);
                assert!(
                    ((-loss).exp() - p).abs() < 1e-12 * p.max(1e-3),
                    "{y:?} in {steps}: {loss} for {p}"
                );
                sum += (-loss).exp();
            }
            assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        }
    }
}

#[test]
fn labels_that_do_not_fit_have_no_chance() {
    let program = program(2);
    let examples = [
        (vec![], vec![0]),
        (frames(2, 1, 1), vec![0, 1]),
        (frames(2, 2, 2), vec![1, 1]),
        (frames(2, 3, 3), vec![0, 0, 0, 0, 0, 0]),
        (vec![], vec![]),
    ];
    let never = f64::INFINITY;
    assert_eq!(losses(&program, &examples), [never, never, never, never, 0.0]);
}

const NET: &str = "model m {
    input x: [3] over t;
    target y: index[2] over s;
    y ~ ctc(x |> bidirectional(gru(3)) |> dense(3));
}";

#[test]
fn gradients_are_true() {
    let settings = Settings {
        lengths: vec![7, 4, 2, 1, 0],
        ..Settings::default()
    };
    let report = gradcheck(&compile::primal(&common::system(NET, &[])), &settings);
    assert!(report.loss < 100.0, "{}", report.loss);
    assert!(report.error() < 1e-7, "{:e}", report.error());
}

/// Neither labels that no frames can spell nor no labels at all leave a derivative that is not a number.
#[test]
fn gradients_are_numbers() {
    let program = compile::training(&common::system(NET, &[]));
    let count: usize = program
        .system
        .params
        .iter()
        .map(|(_, p)| p.shape.iter().product::<usize>())
        .sum();
    let params: Vec<f64> = (0..count).map(|i| (i as f64).sin()).collect();
    let gradient = |frames: &[usize], labels: &[usize]| -> Vec<f64> {
        let x: Vec<f64> = (0..3 * frames.iter().sum::<usize>())
            .map(|i| (i as f64).cos())
            .collect();
        let y = vec![1.0; labels.iter().sum()];
        let lengths = vec![vec![1; frames.len()], frames.to_vec(), labels.to_vec()];
        let data = [Cow::from(x), Cow::from(y)];
        let interpreter = Interpreter::new(&program);
        let values = interpreter.run(&Inputs::new(params.clone(), data, lengths));
        program
            .system
            .roots
            .iter()
            .flat_map(|r| values.flat(r.value).to_vec())
            .collect()
    };
    let all = gradient(&[2, 3, 0, 0, 1], &[2, 0, 2, 0, 1]);
    assert!(
        all[0] == f64::INFINITY && all[1..].iter().all(|x| x.is_finite()),
        "{all:?}"
    );
    // Labels that do not fit teach nothing.
    assert!(gradient(&[2], &[2])[1..].iter().all(|g| *g == 0.0));
}

/// One pass along the frames, forwards for the loss and backwards for its gradient, for all labels at once.
#[test]
fn the_lattice_is_one_scan_along_the_frames() {
    let text = "model m { target y: index[2] over s; input x: [3] over t; y ~ ctc(affine(x)); }";
    let program = compile::training(&common::system(text, &[]));
    let scans: Vec<_> = program
        .regions
        .iter()
        .filter_map(|r| match r {
            Region::Scan { axis, body, .. } => {
                let inner = body.iter().any(|r| matches!(r, Region::Scan { .. }));
                Some((program.system.axis_info(*axis).name.as_str(), inner))
            }
            Region::Block { .. } => None,
        })
        .collect();
    assert!(scans.iter().all(|s| *s == ("t", false)), "{scans:?}");
}

#[test]
fn sampled_frames_spell_labels_as_often_as_they_should() {
    let (x, mut counts) = (frames(2, 3, 5), BTreeMap::new());
    let mut random = Stream::new(1, "test", 0);
    const DRAWS: usize = 20_000;
    for _ in 0..DRAWS {
        let mut frame = |x: &Vec<f64>| draw(DistKind::Ctc, &[x], &Sampling::default(), &mut random)[0] as usize;
        let path: Vec<usize> = x.iter().map(&mut frame).collect();
        *counts.entry(collapse(&path, 2)).or_insert(0) += 1;
    }
    for (y, p) in by_paths(2, &x) {
        let got = counts.get(&y).copied().unwrap_or(0) as f64 / DRAWS as f64;
        assert!(
            (got - p).abs() < 4.0 * (p * (1.0 - p) / DRAWS as f64).sqrt() + 1e-3,
            "{y:?}: {got} for {p}"
        );
    }
}
