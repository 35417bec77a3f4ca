//! Elaboration: names, sizes, modules, shapes, and the messages for what is wrong.

mod common;

fn params(text: &str, sizes: &[(&str, f64)]) -> Vec<String> {
    let s = common::system(text, sizes);
    s.params
        .iter()
        .map(|(_, p)| format!("{} {:?}", p.name, p.shape))
        .collect()
}

#[test]
fn a_language_model_has_the_documented_parameter_names() {
    let text = include_str!("../examples/char_lm.rnn");
    let names = params(text, &[("vocab", 65.0)]);
    assert_eq!(names[0], "h.embed.weight [65, 64]");
    assert!(names.contains(&"h.1.f.x.weight [256, 64]".to_string()), "{names:#?}");
    assert!(names.contains(&"h.2.f.h.weight [256, 256]".to_string()), "{names:#?}");
    assert!(names.contains(&"h.2.f.bias [256]".to_string()), "{names:#?}");
    assert!(names.contains(&"text.h.weight [65, 256]".to_string()), "{names:#?}");
    assert!(names.contains(&"text.bias [65]".to_string()), "{names:#?}");
    assert_eq!(names.len(), 1 + 2 * 12 + 2);
}

/// Prints the messages of many wrong specs; read them aloud.
#[test]
fn wrong_specs_get_messages() {
    let cases = [
        (
            "E0101",
            "model m { input x: [3] over t; target y: real over t; h = tanh(affine(x, hh[t-1])); y ~ normal(mean: sum(h), std: 1); }",
        ),
        (
            "E0101",
            "model m { input x: [3] over t; target y: [4] over t; h = x |> lstmm(4); y ~ normal(h, 1); }",
        ),
        (
            "E0102",
            "model m { input x: [3] over t; h: [4] = affine(x); h = tanh(x); output h; }",
        ),
        (
            "E0103",
            "model m { input x: [3] over t; h = lstm(4, 5, 6)(x); output h; }",
        ),
        (
            "E0103",
            "model m { input x: [3] over t; h = x |> lstm(4, units: 5); output h; }",
        ),
        (
            "E0201",
            "model m { input x: [3] over t; target y: [5] over t; h = lstm(4)(x); y ~ normal(h, 1); }",
        ),
        (
            "E0202",
            "model m { input x: [3] over t; h = tanh(affine(x)); output h; }",
        ),
        (
            "E0402",
            "model m { input x: [3] over t; target y: index[9] over t; y ~ ctc(affine(x)); }",
        ),
        (
            "E0402",
            "model m { input x: [3] over t; target y: index[9]; y ~ ctc(affine(x)); }",
        ),
        (
            "E0201",
            "model m { input x: [3] over t; target y: index[9] over s; h: [9] = affine(x); y ~ ctc(h); }",
        ),
        (
            "E0203",
            "model m { target w: index[9] over t; h: [3] = tanh(w[t-1] * 2); output h; }",
        ),
        (
            "E0204",
            "model m { input x: [3] over t; input z: [3]; output y = sum(z, over: t); }",
        ),
        (
            "E0103",
            "model m { input x: [3] over t; h = lstm(sum(x))(x); output h; }",
        ),
        (
            "E0205",
            "model m { input x: [3] over t; h = x |> lstm(n: sum(x)); output h; }",
        ),
        (
            "E0206",
            "model m { input x: [3] over t; h = x |> stack(0, lstm(3)); output h; }",
        ),
        (
            "E0207",
            "layer a(n)(x) -> y { y = a(n)(x); } model m { input x: [3] over t; h = a(3)(x); output h; }",
        ),
        (
            "E0301",
            "model m { input x: [3] over t; h: [3] = tanh(affine(x, g)); g = h * 2; output h; }",
        ),
        (
            "E0302",
            "model m { input x: [3] over t; h: [3] = tanh(affine(x, h[t-1], h[t+1])); output h; }",
        ),
        (
            "E0304",
            "layer l(x) -> y { y: [3] = affine(x, y[t-1]); } model m { input x: [3] over t; h = l(x); output h; }",
        ),
        (
            "E0305",
            "model m { target w: index[9] over t; h = w |> embed(4) |> lstm(5); w ~ categorical(affine(h)); }",
        ),
        ("E0401", "model m { input x: [3] over t; h: [3] = affine(x); }"),
        (
            "E0402",
            "model m { input x: [3] over t; target y: [3]; h: [3] = affine(x); y ~ normal(h, 1); }",
        ),
        (
            "E0404",
            "model m { input x: [3] over t; target y: index[3] over t; y ~ categorical(softmax(affine(x))); }",
        ),
        (
            "W0101",
            "model m { input x: [3] over t; g: [7] = affine(x); output y = sum(x); }",
        ),
        ("E0106", "model m(n) { input x: [n] over t; output y = sum(x); }"),
        (
            "E0201",
            "model m { input x: [3] over t; param w: [900000, 900000]; output y = sum(x) + sum(w); }",
        ),
        (
            "E0201",
            "model m { input x: [5] over t; input y: index[4] over t; output same = where(argmax(x) == y, 1, 0); }",
        ),
    ];
    for (code, text) in cases {
        let messages = common::messages(text, &[]);
        println!("{messages}\n");
        assert!(messages.contains(code), "{code} is missing from:\n{text}\n{messages}");
    }
}

#[test]
fn short_texts_that_expand_without_measure_are_refused() {
    let doubling: String = (1..60)
        .map(|i| format!("layer l{i}(x) -> y {{ y = l{j}(l{j}(x)); }} ", j = i - 1))
        .collect();
    let loops = "layer l0(x) -> y { y = x; for a in 1..9999 { for b in 1..9999 { for c in 1..9999 { z = x; } } } }";
    let model = "model m { input x: [3] over t; output h = ";
    for text in [
        format!("layer l0(x) -> y {{ y = tanh(x); }} {doubling} {model} l59(x); }}"),
        format!("{loops} {model} l0(x); }}"),
    ] {
        let messages = common::messages(&text, &[]);
        assert!(messages.contains("E0207"), "{messages}");
    }
}

#[test]
fn all_calls_of_a_named_module_share_all_of_its_parameters() {
    let text = "model m {
        input a: [3] over t;
        input b: [3] over t;
        module deep = bidirectional(stack(2, gru(4)));
        module out = affine;
        h: [5] = out(deep(a)) - out(deep(b));
        output h;
    }";
    let twice = params(text, &[]);
    let once = params(&text.replace(" - out(deep(b))", " + sum(b)"), &[]);
    assert_eq!(twice, once);
    assert_eq!(twice.len(), 2 * 2 * 9 + 2, "{twice:#?}");
    let unlike = common::messages(&text.replace("b: [3]", "b: [6]"), &[]);
    assert!(unlike.contains("[3] and [6] do not agree"), "{unlike}");
}
