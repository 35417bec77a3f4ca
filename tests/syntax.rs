use rnnc::{source::Sources, syntax};
#[test]
fn every_construct_parses() {
    let text = r#"
edition 2026;
/// Character-level language model (Graves 2013).
model char_lm(vocab, n = 256, depth = 2) {
    target text: index[vocab] over t;
    h = text[t-1] |> embed(64) |> stack(depth, lstm(n)); // comment
    text ~ categorical(affine(h)) until 2;
    param W: [n, _] ~ glorot;
    d.c[0] = i * g @ x + -1e-3 ++ y % 2;
    for l in 1..k { z[l] = x when l < 3; } for x in xs { }
    input word: index[V] over n: tree, t; input b: bit[88] over t; axis s: like t; axis k: 3; h[end] = d[0];
    fixed U: [n] ~ reservoir(radius: 0.9, density: 0.1);
    assert n % heads == 0, "{n} units";
    output code; output q = 3; loss 0.1 * mse(z, x); metric m = xs[t]; y = f(xs..., bias: 1)(x).c[0];
}
layer linear(xs...) -> y { }
layer bidirectional(m)(x) -> y, z { y = m(x) ++ backward(m)(x); }
train char_lm as fine { data chars("input.txt", window: 128, split: 0.9); force p: y; batch 32; 
  penalty   jacobian(0.1) + l2(1e-5); optimizer adam; }
"#;
    let mut s = Sources::default();
    let f = s.add("a.rnn", text);
    let (file, d) = syntax::parse(&s, f);
    assert!(d.is_empty(), "{}", rnnc::diagnostics::render(&d, &s, false));
    assert!(syntax::dump(&file).contains("equation d.c[0] = (++ (+ (* i (@ g x)) (neg 0.001)) (% y 2))"));
}
