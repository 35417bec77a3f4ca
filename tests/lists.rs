//! Lists of sizes and of modules, layers given without their sizes, tied weights.

mod common;

use rnnc::driver::compile;
use rnnc::driver::gradcheck::{Settings, gradcheck};

fn model(items: &str, body: &str) -> String {
    format!("{items} model m {{ input x: [3] over t; target y: [2] over t; {body} y ~ normal(affine(h), 1); }}")
}

fn params(text: &str) -> Vec<String> {
    let s = common::system(text, &[]);
    s.params
        .iter()
        .map(|(_, p)| format!("{} {:?}", p.name, p.shape))
        .collect()
}

#[test]
fn stacks_of_several_sizes_and_kinds() {
    let names = params(&model("", "h = x |> stack([5, 4], lstm);"));
    assert!(names.contains(&"h.1.f.x.weight [5, 3]".to_string()), "{names:#?}");
    assert!(names.contains(&"h.2.f.x.weight [4, 5]".to_string()), "{names:#?}");
    let names = params(&model(
        "",
        "h = x |> stack([lstm(5), bidirectional(gru(2)), dense(3)]);",
    ));
    assert!(names.contains(&"h.2.forth.z.x.weight [2, 5]".to_string()), "{names:#?}");
    assert!(names.contains(&"h.3.x.weight [3, 4]".to_string()), "{names:#?}");
    assert_eq!(params(&model("", "h = x |> stack(2, gru(4));")).len(), 2 * 9 + 2);
}

#[test]
fn a_layer_is_given_without_its_sizes() {
    let items = "layer both(m, n)(x) -> y { y = m(n)(x) ++ backward(m(n))(x); }";
    let names = params(&model(items, "h = x |> both(gru, 4);"));
    assert_eq!(names.len(), 2 * 9 + 2, "{names:#?}");
}

#[test]
fn tied_weights_have_true_gradients() {
    let text = "model m {
        target w: index[6] over t;
        param table: [6, 4] ~ normal(0, 1);
        h = table[w[t-1]] |> stack([3, 4], lstm);
        w ~ categorical(table @ h);
    }";
    let s = compile::primal(&common::system(text, &[]));
    let error = gradcheck(&s, &Settings::default()).error();
    assert!(error < 1e-6, "{error:e}");
}

#[test]
fn what_is_wrong_with_a_list_is_said() {
    for (body, code) in [
        ("h = x |> stack([], lstm);", "E0206"),
        ("h = x |> stack([4], lstm(3));", "E0103"),
        ("h = x |> stack(2);", "E0103"),
        ("h = x |> stack(2, lstm);", "E0103"),
        ("h = x |> stack([\"a\"], lstm);", "E0103"),
        ("h = x |> lstm;", "E0103"),
        ("h = lstm + x;", "E0104"),
    ] {
        let messages = common::messages(&model("", body), &[]);
        println!("{messages}\n");
        assert!(messages.contains(code), "{code} is missing: {body}\n{messages}");
    }
}
