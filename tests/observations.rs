//! The distributions: what `-log p` says, and that samplers draw what it says.
#![cfg(feature = "cli")]

mod common;

use rnn_runtime::decode::{How, Machine, Sampling, Search, Start, search};
use rnnc::backends::interpret::{Inputs, Interpreter};
use rnnc::driver::compile;
use rnnc::driver::decode::Decoder;
use rnnc::driver::gradcheck::{Settings, gradcheck};
use rnnc::system::System;
use std::borrow::Cow;

/// The density of one number a step, at each of `ys`.
fn density(system: &System, params: &[f64], ys: &[f64]) -> Vec<f64> {
    let program = compile::evaluation(system);
    let nll = program.system.observations[0].nll;
    let interpreter = Interpreter::keeping(&program, &[nll]);
    let lengths = vec![vec![1], vec![ys.len()]];
    let values = interpreter.run(&Inputs::<f64>::new(params.to_vec(), [Cow::from(ys)], lengths));
    values.flat(nll).iter().map(|x| (-x).exp()).collect()
}

fn draws(system: &System, params: &[f64], count: usize) -> Vec<Vec<f64>> {
    let decoder = Decoder::new(system).unwrap();
    let mut machine = Machine::new(&decoder.plan, decoder.interpreted(), params);
    let settings = Search {
        how: How::Sample(Sampling::default()),
        count: 1,
    };
    let start = Start::alone(&decoder.plan, &[], count);
    let said = search(&mut machine, &[start], &settings, &mut |_, _| {}).unwrap();
    said[0][0].steps.iter().map(|step| step[0].clone()).collect()
}

/// Whether a share of so many draws is within four standard deviations of its probability.
fn likely(got: f64, want: f64, draws: usize) -> bool {
    (got - want).abs() < 4.0 * (want * (1.0 - want) / draws as f64).sqrt() + 1e-3
}

/// A density integrates to one, and as many draws fall into each of some bins as it says.
#[test]
fn samplers_of_numbers_draw_from_the_density() {
    const BINS: usize = 12;
    const FINE: usize = 400;
    let (low, high) = (-6.0, 6.0);
    let cases = [
        ("param m: real; y ~ normal(m, 1.5);", vec![0.5]),
        ("param m: real; y ~ laplace(m, 0.7);", vec![-0.5]),
        (
            "param w: [3]; param m: [3]; y ~ mixture(w, m, exp(m) / 3);",
            vec![0.3, -0.4, 1.0, -3.0, 0.0, 1.0],
        ),
        (
            "param w: [2]; param m: [2]; y ~ mixture(w, m, 0.4);",
            vec![1.0, 0.0, -2.0, 2.0],
        ),
    ];
    for (text, params) in cases {
        let system = common::system(&format!("model m {{ target y: real over t; {text} }}"), &[]);
        let drawn = draws(&system, &params, 2_000);
        let width = (high - low) / (BINS * FINE) as f64;
        let ys: Vec<f64> = (0..BINS * FINE).map(|i| low + width * (i as f64 + 0.5)).collect();
        let p = density(&system, &params, &ys);
        let whole: f64 = p.iter().map(|p| p * width).sum();
        assert!((whole - 1.0).abs() < 1e-3, "{text}: {whole}");
        for (bin, p) in p.chunks(FINE).enumerate() {
            let want: f64 = p.iter().map(|p| p * width).sum();
            let from = low + width * (bin * FINE) as f64;
            let inside = |x: f64| (from..from + width * FINE as f64).contains(&x);
            let got = drawn.iter().filter(|y| inside(y[0])).count() as f64 / drawn.len() as f64;
            assert!(likely(got, want, drawn.len()), "{text}: bin {bin}: {got} for {want}");
        }
    }
}

#[test]
fn a_mixture_of_vectors_is_drawn_by_its_components() {
    let text = "model m { target y: [2] over t; param w: [2]; param m: [4]; y ~ mixture(w, reshape(m, 2, 2), 0.1); }";
    let system = common::system(text, &[]);
    let params = [0.0, 3f64.ln(), 5.0, -5.0, -1.0, 2.0];
    let drawn = draws(&system, &params, 2_000);
    let near = |y: &[f64], c: [f64; 2]| (y[0] - c[0]).hypot(y[1] - c[1]) < 0.7;
    for (centre, want) in [([5.0, -5.0], 0.25), ([-1.0, 2.0], 0.75)] {
        let got = drawn.iter().filter(|y| near(y, centre)).count() as f64 / drawn.len() as f64;
        assert!(likely(got, want, drawn.len()), "{got} for {want}");
    }
}

#[test]
fn samplers_of_symbols_draw_by_their_probability() {
    let text = "model m { target y: index[3] over t; param w: [3]; y ~ categorical(w); }";
    let drawn = draws(&common::system(text, &[]), &[0.0, 1.0, -1.0], 2_000);
    let total = 1.0 + 1f64.exp() + (-1f64).exp();
    for (class, logit) in [0.0, 1.0, -1.0f64].into_iter().enumerate() {
        let got = drawn.iter().filter(|y| y[0] == class as f64).count() as f64 / drawn.len() as f64;
        assert!(likely(got, logit.exp() / total, drawn.len()));
    }
    let text = "model m { target y: bit[2] over t; param w: [2]; y ~ bernoulli(w); }";
    let drawn = draws(&common::system(text, &[]), &[0.5, -1.5], 2_000);
    for (bit, logit) in [0.5, -1.5f64].into_iter().enumerate() {
        let got = drawn.iter().map(|y| y[bit]).sum::<f64>() / drawn.len() as f64;
        assert!(likely(got, 1.0 / (1.0 + (-logit).exp()), drawn.len()));
    }
}

/// Far from every component the density underflows; its logarithm and its gradient do not.
#[test]
fn a_mixture_does_not_underflow() {
    let text = "model m { target y: real over t; param w: [2]; param m: [2]; y ~ mixture(w, m, 0.01); }";
    let program = compile::training(&common::system(text, &[]));
    let interpreter = Interpreter::new(&program);
    let data: [Cow<[f64]>; 1] = [Cow::from(vec![1e3])];
    let values = interpreter.run(&Inputs::new(vec![0.0, 0.0, -1.0, 1.0], data, vec![vec![1], vec![1]]));
    for root in &program.system.roots {
        assert!(values.flat(root.value).iter().all(|x| x.is_finite()), "{}", root.name);
    }
    let loss = values.scalar(program.system.roots[0].value);
    let want = 0.5 * (999.0 / 0.01f64).powi(2) + 0.01f64.ln() + 0.9189385332046727 + 2f64.ln();
    assert!((loss / want - 1.0).abs() < 1e-12);
}

#[test]
fn mixtures_have_true_gradients() {
    for text in [
        "input x: [3] over t; target y: real over t; h = lstm(4)(x);
         w: [3] = affine(h); m: [3] = affine(h); s: [3] = affine(h); y ~ mixture(w, m, exp(s));",
        "input x: [3] over t; target y: [2] over t; h = x ++ y[t-1] |> gru(4);
         y ~ mixture(logits: affine(h), mean: reshape(affine(h), 3, 2), std: softplus(reshape(affine(h), 3, 2)) + 0.1);",
        "input x: [3] over t; target y: [2]; h: [3] = mean(affine(x), over: t);
         w: [3] = affine(h); y ~ mixture(w, reshape(affine(h), 3, 2), 1);",
    ] {
        let system = common::system(&format!("model m {{ {text} }}"), &[]);
        let error = gradcheck(&compile::primal(&system), &Settings::default()).error();
        assert!(error < 1e-6, "{text}: {error:e}");
    }
}
