//! Every cell and module of the standard library, and cells that nobody wrote before: the gradient of every parameter
//! against finite differences, in f64, over examples of unequal lengths.

mod common;

use rnnc::driver::compile;
use rnnc::driver::gradcheck::{Settings, gradcheck};

const TOLERANCE: f64 = 1e-6;

/// The largest relative error of a model's gradient.
fn error(text: &str) -> f64 {
    let system = common::system(text, &[("vocab", 7.0)]);
    let settings = Settings {
        entries: 3,
        ..Settings::default()
    };
    gradcheck(&compile::primal(&system), &settings).error()
}

fn module(items: &str, module: &str) -> f64 {
    error(&format!(
        "{items} model m {{ input x: [3] over t; target y: [2] over t; h = x |> {module}; y ~ normal(affine(h), 1); }}"
    ))
}

#[test]
fn the_standard_library_has_true_gradients() {
    let modules = [
        "elman(4)",
        "srn(4)",
        "lstm(4)",
        "gru(4)",
        "gru_reset_after(4)",
        "lstm_1997(4)",
        "lstm_peephole(4)",
        "lstm_coupled(4)",
        "lstm_projected(5, 3)",
        "lstm_layer_norm(4)",
        "lstm_multiplicative(4)",
        "lstm_chrono(4)",
        "lstm_zoneout(4)",
        "slstm(4)",
        "janet(4)",
        "mgu(4)",
        "global_gate(4)",
        "ligru(4)",
        "fast_grnn(4)",
        "rhn(4)",
        "cfc(4)",
        "leaky(4)",
        "leaky_learned(4)",
        "skip(4, 3)",
        "clockwork(4, k: 2)",
        "skip_also(4, 3)",
        "irnn(4)",
        "orthogonal_rnn(4)",
        "zoneout_rnn(4, p: 0.3)",
        "indrnn(4)",
        "sru(4)",
        "qrnn(4)",
        "min_gru(4)",
        "min_lstm(4)",
        "cornn(4)",
        "dense(4)",
        "stack([4, 3], gru)",
        "dense(4) |> positions(4) |> self_attention(4, heads: 2)",
        "stack(3, lstm(2))",
        "stack(2, bidirectional(gru(2)))",
        "backward(lstm(3))",
        "residual(elman(3))",
        "layer_norm(1e-3) |> elman(3)",
        "dropout(0.3) |> gru(3)",
        "dropout(0.3, mask: sequence) |> gru(3)",
    ];
    for m in modules {
        let e = module("", m);
        assert!(e < TOLERANCE, "{m}: {e:e}");
    }
    // What nobody trains by itself is tested by `tests/ctc.rs` and `tests/metrics.rs`.
    let apart = ["distributions.rnn", "metrics.rnn"];
    let files = rnnc::driver::standard::FILES
        .iter()
        .filter(|(file, _)| !apart.contains(file));
    for (file, text) in files {
        for cell in text.lines().filter_map(|l| l.strip_prefix("cell ")?.split('(').next()) {
            let tested = modules.iter().any(|m| m.contains(&format!("{cell}(")));
            assert!(tested, "the cell `{cell}` of {file} is not tested here");
        }
    }
}

#[test]
fn invented_cells_have_true_gradients() {
    let cases = [
        // Two lags, a product of states, a learned start, a clock that holds.
        (
            "cell odd(n)(x) -> h {
                param start: [n] ~ normal(0, 1);
                param mix: [n, n] ~ orthogonal;
                a: [n] = tanh(affine(x, h[t-1], a[t-3]));
                b: [n] = softplus(mix @ (a * h[t-2])) - 0.3;
                h = where(sum(x) > 0, gelu(a + b), 0.5 * h[t-1]);
                h[0] = start;
            }",
            "odd(3)",
        ),
        // A matrix as state: fast weights that decay (Schmidhuber 1992).
        (
            "cell fast(n)(x) -> y {
                k: [n] = softmax(affine(x));
                v: [n] = tanh(affine(x));
                m = 0.9 * m[t-1] + outer(v, k);
                y = layer_norm(1e-2)(m @ affine(x));
            }",
            "fast(3)",
        ),
        // Looks ahead with memory of its own, and its last state meets every step.
        (
            "cell ahead(n)(x) -> h {
                u: [n] = tanh(affine(x, u[t+1]));
                w: [n] = sigmoid(affine(x, w[t-1])) * u;
                h = w ++ slice(u, 0, 2) ++ max(u, w);
            }",
            "ahead(4)",
        ),
    ];
    for (items, m) in cases {
        let e = module(items, m);
        assert!(e < TOLERANCE, "{m}: {e:e}");
    }
}

#[test]
fn observations_have_true_gradients() {
    let cases = [
        "model m { input x: [3] over t; target y: real over t; axis k: 3; r: [4] = tanh(affine(x, r[k-1])); y ~ normal(sum(last(r, over: k)), 1); }",
        "model m { input word: index[5] over s; target y: index[5] over t; d = gru(4)(y[t-1] |> embed(3)); d[0] = tanh(affine(last(word |> embed(3) |> gru(4)))); y ~ categorical(affine(d)); }",
        "model m { input x: [3] over t; target y: [2] over t; param end: [2]; z = backward(gru(2))(x); z[end] = end; y ~ normal(z, 1); }",
        "model m(vocab) { target w: index[vocab] over t; w ~ categorical(affine(w[t-1] |> embed(3) |> lstm(4))); }",
        "model m { input x: [3] over t; target y: index[4] over t; h: [3] = tanh(affine(x, p[t-1])); p = softmax(affine(h)); y ~ categorical(prob: p); }",
        "model m { input x: [3] over t; target y: bit[4] over t; y ~ bernoulli(affine(gru(3)(x), y[t-1])); }",
        "model m { input x: [3] over t; target y: [2]; h = bidirectional(elman(2))(x); y ~ normal(affine(last(h)), softplus(affine(mean(h, over: t)))); }",
        "model m { input x: [3] over t; target y: [2] over t; y ~ laplace(affine(lstm(3)(x)), 2); loss 0.1 * mse(elman(2)(x), y); }",
    ];
    for text in cases {
        let e = error(text);
        assert!(e < TOLERANCE, "{text}: {e:e}");
    }
}
