//! Models that between them use every form of kernel.

pub const CASES: &[(&str, &str)] = &[
    (
        "parts_of_data",
        "input x: [5] over t; input code: [4]; target y: [2] over t;
         y ~ normal(slice(x, 1, 2), 1.0);
         output middle = slice(x, 2, 2); output third = slice(x, 3, 1); output rest = slice(code, 1, 3);",
    ),
    (
        "char_lm",
        "target text: index[5] over t;
         h = text[t-1] |> embed(3) |> stack(2, lstm(6));
         text ~ categorical(affine(h));",
    ),
    (
        "bits",
        "target text: index[4] over t;
         same = text[t-1] == text[t-2];
         h: [5] = tanh(affine(same[t-1], same, h[t-1]));
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
        "numbered",
        "input x: [3] over t;
         target y: [4] over t;
         axis s: like t;
         h: [4] = tanh(affine(x, h[t-1], sin(0.3 * t))) when t % 3 != 1;
         u: [4] = tanh(affine(x, u[t+1], t / 7));
         k = h[s];
         z: [4] = tanh(affine(k[s-1], z[s-1], s));
         y ~ normal(h + u + z[t], 1.0);",
    ),
    (
        "attention",
        "input source: [3] over s;
         input x: [4] over t;
         target y: [4] over t;
         e = source |> bidirectional(gru(2));
         h = x |> positions(4) |> self_attention(4, heads: 2) |> gru(4);
         a = additive_attention(h, e, e, n: 3, over: s);
         b = dot_attention(h, e, source, over: s);
         c = bilinear_attention(h[t-1], e, e, over: s);
         y ~ normal(affine(h, a, b, c), 1.0);",
    ),
    (
        "more_cells",
        "input x: [3] over t;
         target y: [4] over t;
         a = x |> lstm_multiplicative(2) |> lstm_chrono(2) |> ligru(3);
         b = a |> leaky(3) |> orthogonal_rnn(3) |> zoneout_rnn(3, p: 0.4);
         c = b |> clockwork(4, k: 2);
         y ~ normal(affine(a, b, c), 1.0);",
    ),
    (
        "dropped",
        "input x: [3] over t;
         target y: [4] over t;
         a = where(t % 3 < 2, dropout(x, p: 0.3), x);
         h: [4] = tanh(affine(a, dropout(h[t-1], p: 0.2)));
         g: [4] = tanh(affine(h, dropout(g[t-1], p: 0.4, mask: sequence)));
         y ~ normal(g, 1.0);",
    ),
    (
        "states",
        "input x: [3] over t;
         input code: [2];
         target y: [4] over t;
         param start: [4] ~ normal(0, 1);
         a: [4] = tanh(affine(x, a[t-1], b[t-1], a[t-2], a[t-6]));
         a[0] = start;
         b = 0.5 * b[t-1] + a * b[t-3];
         b[0] = tanh(affine(code));
         m = 0.9 * m[t-1] + outer(a, x);
         m[0] = outer(start, x0);
         x0: [3] = affine(code);
         d = lstm(4)(a ++ m @ x[t-1] ++ x[t+2]);
         d.c[0] = start;
         d[0] = -start;
         e: [4] = tanh(affine(d, e[t+1]));
         e[end] = tanh(affine(last(d)));
         z = backward(gru(4))(e);
         z[end] = start;
         y ~ normal(z + e, 1.0);
         output m = m;
         output c = d.c;",
    ),
    (
        "held",
        "input x: [3] over t;
         input tick: real over t;
         target y: [4] over t;
         param start: [4] ~ normal(0, 1);
         h: [4] = tanh(affine(x, h[t-1])) when tick > 0;
         h[0] = start;
         g: [4] = tanh(affine(h, g[t-1], g[t-2])) when t % 2 == 0;
         k: [4] = tanh(affine(g, k[t+1]));
         slow = stack(2, gru(4))(k) when sum(x) > tick;
         n = n[t-1] + 1 when tick < 0;
         n[0] = 2;
         y ~ normal(slow + k + n, 1.0);",
    ),
    (
        "context",
        "input x: [3] over t;
         input code: [2];
         target y: [4] over t;
         target word: index[3] over t;
         alone: [4] = tanh(affine(y[t-1], alone[t-1]));
         y[0] = affine(code);
         stateless: [4] = tanh(affine(word[t-1], word[t-2], code));
         all: [4] = tanh(affine(x, all[t-1], y[t-1], y[t-3], word[t-1], p[t-1]));
         p: [3] = softmax(affine(all));
         word[0] = 1;
         word ~ categorical(prob: p);
         y ~ normal(alone + stateless + all, softplus(affine(all)) + 0.1);",
    ),
    (
        "families",
        "input x: [3] over t;
         target y: [4] over t;
         z[0] = x;
         for l in 1..3 {
             z[l]: [3] = tanh(affine(z[l-1], z[l][t-1], z[l][t-2]));
         }
         up = z[3] ++ sum(z[1][t+1]);
         y ~ normal(up, 1.0);",
    ),
    (
        "changing_table",
        "input x: [3] over t;
         input i: index[3] over t;
         target y: [2] over t;
         m = outer(x, affine(x, i));
         param w: [2, 3];
         y ~ normal(m[i] + affine(m @ slice(x, 0, 2)), 1.0);",
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
    (
        "clocks",
        "target text: index[4] over t;
         input x: [4] over t;
         text[0] = 2;
         same = text[t-1] == text[t-2];
         h: [5] = tanh(affine(text[t-1], h[t-1])) when sum(x) > 0;
         g: [5] = tanh(affine(h, g[t-1])) when same;
         logits: [4] = affine(g);
         text ~ categorical(logits);
         metric right = mean(where(argmax(logits) == text, 1, 0), over: t);
         output where_to = argmax(x);",
    ),
    (
        "settling",
        "input x: [3];
         target y: index[4];
         axis k: 3;
         h: [5] = tanh(affine(x, h[k-1]));
         y ~ categorical(affine(last(h)));",
    ),
    (
        "wide",
        "target text: index[2500] over t;
         h = text[t-1] |> embed(3) |> elman(7);
         text ~ categorical(affine(h));",
    ),
    (
        "scales",
        "input x: [3] over t;
         target y: real over t;
         param a: [3] ~ uniform(-1, 1);
         param b: [] ~ const(0.5);
         param m: [3, 3] ~ glorot;
         s = dot(a, x) * b;
         v: [3] = m @ (m @ x);
         w = gelu(x) ++ elu(v) ++ hard_sigmoid(s * v) ++ x;
         c = cosine(x, v + 1) + norm(a);
         z: [1] = affine(w, z[t-1]);
         y ~ normal(sum(z) + c, exp(b));
         loss 0.1 * sum(a * a) + 0.01 * sum(m * m);
         metric error = mean(abs(y - sum(z)), over: t);",
    ),
    (
        "shared",
        "input x: [3] over t;
         target y: [4] over t;
         module m = lstm(4);
         a = m(x);
         b = backward(m)(x) * sin(a) + cos(a);
         c: [4] = relu(affine(b, a[t-1], c[t-1]));
         d = log_softmax(c) + silu(sqrt(abs(c) + 1));
         y ~ normal(d, softplus(c) + 0.1);
         output d = d;
         output last = last(d);",
    ),
    (
        "real",
        "input x: [3] over t;
         target row: [3] over t;
         sum = x * x;
         max: [3] = affine(sum, max[t-1]);
         a: [3] = tanh(affine(max));
         o = sum(max) * a;
         rows = o + dot(sum, max) + bit;
         bit = where(x > 0, x, a);
         row ~ normal(rows, 1.0);",
    ),
    (
        "perceptron",
        "input x: [3];
         input c: index[4];
         target y: index[5];
         target z: [2];
         fixed w: [6, 3] ~ normal(0, 1);
         h: [10] = relu(w @ x) ++ tanh(affine(x, c, bias: 1));
         g: [6] = h |> dropout(0.2) |> layer_norm() |> dense(6);
         y ~ categorical(affine(g));
         z ~ laplace(affine(g), 0.5);
         output h = h;",
    ),
    (
        "deep",
        "input x: [2, 3] over t;
         input bits_in: bit[3] over t;
         target bits: bit[3] over t;
         param m: [2, 3] ~ normal(0, 1);
         a = sum(x * m) + sum(bits_in[t-1]);
         b: [4] = affine(bits_in[t-1], bits_in[t-2]) + a;
         h = b |> stack(3, bidirectional(lstm(2)));
         bits ~ bernoulli(affine(h, first(h), mean(bits_in[t-1], over: t)));
         loss 0.1 * mean(sum(h * h), over: t);",
    ),
    (
        "lone",
        "target v: real over t;
         s: [1] = tanh(affine(v[t-1], s[t-1]));
         v ~ normal(sum(s) * v[t-1], 1.0);
         output s = s;",
    ),
    (
        "cells_of_the_library",
        "input x: [3] over t;
         target y: [2] over t;
         h0 = lstm_1997(3)(x);
         h1 = lstm_peephole(3)(x);
         h2 = lstm_coupled(3)(x);
         h3 = lstm_projected(4, 2)(x);
         h4 = lstm_layer_norm(3)(x);
         h5 = slstm(3)(x);
         h6 = janet(3)(x);
         h7 = mgu(3)(x);
         h8 = global_gate(3)(x);
         h9 = fast_grnn(3)(x);
         h10 = rhn(3, 2)(x);
         h11 = cfc(3)(x);
         y ~ normal(affine(h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, h10, h11), 1);",
    ),
    (
        "simple_cells",
        "input x: [3] over t;
         target y: [2] over t;
         h0 = gru(3)(x);
         h1 = leaky_learned(3)(x);
         h2 = skip(3, 2)(x);
         h3 = skip_also(3, 3)(x);
         h4 = irnn(3)(x);
         h5 = lstm_zoneout(3)(x);
         h6 = indrnn(3)(x);
         h7 = sru(3)(x);
         h8 = qrnn(3)(x);
         h9 = min_gru(3)(x);
         h10 = min_lstm(3)(x);
         h11 = cornn(3)(x);
         y ~ normal(affine(h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, h10, h11), 1);",
    ),
    (
        "translator",
        "input word: index[5] over s;
         target y: index[4] over t;
         source = word |> embed(3) |> gru(4);
         d = gru(4)(y[t-1] |> embed(3));
         d[0] = tanh(affine(last(source)));
         y ~ categorical(affine(d, mean(source, over: s)));",
    ),
    (
        "rounds",
        "input x: [3] over t;
         target y: real over t;
         axis k: 3;
         r: [4] = tanh(affine(x, r[k-1]));
         y ~ normal(sum(last(r, over: k)), 1);",
    ),
    (
        "mixtures",
        "input x: [3] over t;
         target v: real over t;
         target y: [2] over t;
         h = lstm(4)(x);
         w: [3] = affine(h);
         m: [3] = affine(h, v[t-1]);
         v ~ mixture(w, m, 0.5);
         y ~ mixture(affine(h), reshape(affine(h), 2, 2), softplus(reshape(affine(h), 2, 2)) + 0.1);",
    ),
    (
        "dot_attention",
        "input word: index[5] over s;
         target y: index[4] over t;
         k = word |> embed(3) |> gru(4);
         q = y[t-1] |> embed(3) |> gru(4);
         score = dot(q, k);
         e = exp(score - max(score, over: s));
         w = e / sum(e, over: s);
         c = sum(w * k, over: s);
         y ~ categorical(affine(q, c));
         output weights = w;
         output context = c;",
    ),
    (
        "additive_attention",
        "input word: index[5] over s;
         target y: index[4] over t;
         k = word |> embed(3) |> bidirectional(gru(2));
         d: [4] = tanh(affine(y[t-1], d[t-1], c));
         param v: [5];
         query: [5] = affine(d[t-1]);
         key: [5] = linear(k);
         e = exp(dot(v, tanh(query + key)));
         w = e / (sum(e, over: s) + 0.001);
         c: [4] = sum(w * k, over: s);
         y ~ categorical(affine(d));
         output weights = w;",
    ),
    (
        "coverage",
        "input word: index[5] over s;
         target y: index[4] over t;
         k = word |> embed(3) |> gru(4);
         d: [4] = tanh(affine(y[t-1], d[t-1], c[t-1]));
         pre: [4] = tanh(affine(d, k) + 0.3 * covered[t-1]);
         e = exp(dot(pre, k));
         w = e / (sum(e, over: s) + 0.001);
         covered = covered[t-1] + w;
         c: [4] = sum(w * k, over: s);
         y ~ categorical(affine(d, c));
         output covered = covered;
         loss 0.1 * sum(covered * covered, over: s);",
    ),
    (
        "lattice",
        "input x: [3] over t;
         target y: index[4] over s;
         logits = x |> gru(4) |> dense(4);
         p = exp(0.1 * sum(logits[y]));
         first = where(y == y[s-1], 0.5, 1);
         a = p * (0.5 * a[t-1] + 0.3 * before[t-1] + 0.2 * first * further[t-1]);
         before = a[s-1];
         further = before[s-1];
         output a = a;
         output ends = last(last(a, over: s), over: t);
         loss log(1 + sum(last(a, over: t), over: s));",
    ),
    (
        "folds_of_grids",
        "input x: [3] over t;
         input z: [3] over s;
         target y: [2] over t;
         target v: [2] over s;
         a = x |> elman(2);
         b = z |> elman(2);
         g = tanh(affine(x, z)) + a * b + 0.1 * draw(a * b);
         h: [2] = affine(g);
         last_s = last(h, over: s);
         first_t = first(h, over: t);
         y ~ normal(affine(mean(g, over: s), max(h, over: s), last_s, first(g, over: s)), 1);
         v ~ normal(affine(mean(g, over: t), max(h, over: t), first_t, last(g, over: t)), 1);
         loss 0.1 * sum(h * h);
         metric most = max(max(sum(g), over: s), over: t);
         output g = g;
         output turned = reverse(g, over: s) + reverse(h, over: t);",
    ),
    (
        "connectionist",
        "input x: [3] over t;
         target y: index[4] over s;
         h = x |> lstm(4);
         y ~ ctc(affine(h));",
    ),
    (
        "reported",
        "input guess: index[3] over t;
         target y: index[3] over t;
         target label: index[3];
         logits: [3] = affine(guess, y[t-1]);
         y ~ categorical(logits);
         label ~ categorical(mean(logits, over: t));
         loss 0.01 * sum(logits * logits);
         metric hard = perplexity(y, logits);
         metric hits = accuracy(y, logits);
         metric f = f1(y, guess, 1) + micro_f1(y, guess, 2);
         metric examples = total(1);",
    ),
    (
        "recogniser",
        "input x: [3] over t;
         target y: index[3] over s;
         logits: [4] = affine(x);
         y ~ ctc(logits);
         metric errors = label_error_rate(y, logits);
         output decoded = edit_distance(argmax(slice(logits, 0, 3)), sum(x), y);",
    ),
    (
        "wide_attention",
        "input word: index[5] over s;
         target y: index[4] over t;
         k = word |> embed(3) |> gru(9);
         v: [10] = affine(k);
         q = y[t-1] |> embed(3) |> gru(9);
         w = softmax(dot(q, k), over: s);
         c = sum(v * w, over: s);
         y ~ categorical(affine(q, c));
         loss 0.1 * mean(sum(sum(w * q, over: t)), over: s);
         output context = c;",
    ),
    (
        "self_attention",
        "target text: index[6] over t;
         axis s: like t;
         x = text[t-1] |> embed(8);
         q: [8] = linear(x);
         k: [8] = linear(x);
         weight = softmax(dot(q, k[s]) / sqrt(8), over: s <= t);
         context = sum(weight * x[s], over: s <= t);
         text ~ categorical(affine(context));",
    ),
    (
        "heads",
        "input word: index[5] over s;
         target y: index[4] over t;
         k: [16] = affine(word |> embed(3) |> bidirectional(gru(2)));
         q: [16] = affine(y[t-1] |> embed(3) |> elman(4));
         w1 = softmax(dot(slice(q, 0, 8), slice(k, 0, 8)), over: s);
         w2 = softmax(dot(slice(q, 8, 8), slice(k, 8, 8)), over: s);
         c = sum(w1 * slice(k, 8, 8), over: s) ++ sum(w2 * k, over: s);
         y ~ categorical(affine(q, c));",
    ),
    (
        "window",
        "input word: index[5] over u;
         target y: [2] over t;
         code = onehot(word);
         h: [6] = tanh(affine(y[t-1], h[t-1], window[t-1]));
         step: [1] = affine(h);
         place = place[t-1] + exp(0.1 * sum(step));
         phi = exp(0 - 0.5 * (place - u) * (place - u));
         window: [5] = sum(phi * code, over: u);
         y ~ normal(affine(h, window), 1);
         output phi = phi;",
    ),
    (
        "matches",
        "input a: index[5] over t;
         input b: index[5] over s;
         target y: [2] over t;
         target z: [3] over s;
         param m: [5, 5];
         same = a == b;
         share = mean(where(same, 1, 0), over: s);
         mixed = where(a == a[t-1], a, b);
         rows = mixed |> embed(4);
         r: [4] = layer_norm(tanh(affine(rows, a, b))) |> dropout(0.2);
         y ~ normal(affine(sum(r, over: s)) + share, 1);
         z ~ laplace(affine(max(r, over: t), mean(rows, over: t)), 1);
         metric most = mean(max(where(same, 1, 0), over: t), over: s);",
    ),
    (
        "states_of_a_grid",
        "input x: [3] over s;
         target y: [2] over t;
         memory: [9] = tanh(affine(x, y[t-1], memory[t-1], read[t-1]));
         read = sum(memory * softmax(dot(query, memory[t-1]), over: s), over: s);
         query: [9] = affine(y[t-1]);
         y ~ normal(affine(read), 1);
         h = both |> each(bidirectional(gru(3)), over: s);
         both: [3] = affine(x, y[t-1]);
         loss 0.1 * sum(last(h, over: t)) * sum(last(h, over: t));
         output memory = memory;
         output h = h;",
    ),
    (
        "attention_from_behind",
        "input word: index[5] over s;
         input x: [3] over t;
         target y: index[4] over t;
         k = word |> embed(8);
         d: [8] = tanh(affine(x, d[t+1], c));
         c: [8] = sum(softmax(dot(d[t+1], k), over: s) * k, over: s);
         d[end] = mean(k, over: s);
         y ~ categorical(affine(d, c));",
    ),
    (
        "past_and_source",
        "input word: index[5] over u;
         target text: index[6] over t;
         axis s: like t;
         k = word |> embed(8);
         x = text[t-1] |> embed(8) |> gru(8);
         past = sum(softmax(dot(x, x[s]), over: s < t) * x[s], over: s < t);
         d: [8] = tanh(affine(past, d[t-1], c[t-1]));
         c = sum(softmax(dot(d, k), over: u) * k, over: u);
         mean_past = mean(x[s], over: t - 3 < s <= t);
         text ~ categorical(affine(d, c, mean_past));",
    ),
];
