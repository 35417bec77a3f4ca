//! Models that between them use every form of kernel.

pub const CASES: &[(&str, &str)] = &[
    (
        "char_lm",
        "target text: index[5] over t;
         h = text[t-1] |> embed(3) |> stack(2, lstm(6));
         text ~ categorical(affine(h));",
    ),
    (
        "classifier",
        "input x: [3] over t;
         target label: index[4];
         h = x |> elman(5);
         label ~ categorical(affine(last(h), mean(h, over: t), first(h), max(h, over: t)));",
    ),
    (
        "tagger",
        "input x: [3] over t;
         target tag: index[4] over t;
         h = x |> bidirectional(gru(5));
         tag ~ categorical(affine(h));",
    ),
    (
        "jordan",
        "input x: [3] over t;
         target y: [4] over t;
         h: [5] = tanh(affine(x, p[t-1]));
         p: [4] = softmax(affine(h));
         y ~ normal(p, 0.5);
         output h = h;
         output most = argmax(p);",
    ),
    (
        "lags",
        "input x: [3] over t;
         target y: [4] over t;
         param h0: [5] ~ normal(0, 1);
         h[0] = h0;
         h: [5] = tanh(affine(x, h[t-1], h[t-3]));
         g: [5] = tanh(affine(x, g[t+2]));
         d: [5] = tanh(affine(h[t-2]) + g[t+1]);
         y ~ laplace(affine(d), 1.0);",
    ),
    (
        "translate",
        "input source: index[6] over s;
         target words: index[5] over t;
         e = source |> embed(3) |> gru(4);
         d[0] = tanh(affine(last(e)));
         d: [4] = tanh(affine(words[t-1], d[t-1]));
         words ~ categorical(affine(d));",
    ),
    (
        "masks",
        "input x: [3] over t;
         target y: [4] over t;
         a = x |> dense(5) |> dropout(0.3);
         b = a |> dropout(0.5, mask: sequence) |> elman(4);
         y ~ normal(b, 1.0);",
    ),
    (
        "norms",
        "input x: [3] over t;
         target bits: bit[4] over t;
         h = x |> gru_reset_after(5) |> layer_norm() |> residual(dense(5));
         bits ~ bernoulli(affine(h));
         metric size = mean(mean(h * h), over: t);",
    ),
];
