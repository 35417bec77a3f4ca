//! `rnnc expand`: the text is read again as the same system: the same loss, gradients, metrics and outputs.

mod common;

use rnnc::backends::interpret::{Inputs, Interpreter};
use rnnc::driver::gradcheck::examples;
use rnnc::driver::{compile, expand, load, models};
use rnnc::schedule::Program;
use rnnc::system::{RootKind, System};
use std::fs;
use std::path::Path;

/// The values of every root, by kind and place.
fn roots(program: &Program, inputs: &Inputs<f64>) -> Vec<(RootKind, Vec<f64>)> {
    let interpreter = Interpreter::new(program);
    let values = interpreter.run(inputs);
    let roots = program.system.roots.iter();
    roots.map(|r| (r.kind, values.flat(r.value).to_vec())).collect()
}

#[track_caller]
fn agrees(name: &str, system: &System, trains: bool) {
    let text = expand::expand(system).unwrap_or_else(|e| panic!("{name}: {e:?}"));
    let (again, found, sources) = common::elaborate(&text, &[]);
    let said = rnnc::diagnostics::render(&found, &sources, false);
    let again = again.unwrap_or_else(|| panic!("{name}:\n{text}\n{said}"));
    assert!(found.is_empty(), "{name}:\n{text}\n{said}");
    // What is flat already stays as it is.
    assert_eq!(expand::expand(&again).as_deref().ok(), Some(text.as_str()), "{name}");
    let programs = [system, &again].map(|s| match trains {
        true => compile::training(s),
        false => compile::evaluation(s),
    });
    let [a, b] = &programs;
    let inputs = examples(&a.system, &[4, 2, 1], 3);
    let mut same = examples(&b.system, &[4, 2, 1], 3);
    // The same numbers under other names.
    same.params = inputs.params.clone();
    let (a, b) = (roots(a, &inputs), roots(b, &same));
    assert_eq!(a.len(), b.len(), "{name}:\n{text}");
    for ((kind, a), (other, b)) in a.iter().zip(&b) {
        assert!(kind == other && a.len() == b.len(), "{name}:\n{text}");
        let near = |a: f64, b: f64| a == b || (a - b).abs() <= 1e-9 * (1.0 + a.abs()) || a.is_nan() && b.is_nan();
        let far = a.iter().zip(b).find(|(a, b)| !near(**a, **b));
        assert!(far.is_none(), "{name}: {kind:?} {far:?}\n{text}");
    }
}

fn each_model(name: &str, text: &str, folder: &Path, trains: bool) -> usize {
    let loaded = load::load_text(name, text, folder);
    let models = models::all(&loaded);
    for model in &models {
        let sizes: Vec<(String, f64)> = models::free(model, &[]).iter().map(|s| (s.name.clone(), 7.0)).collect();
        let small = model
            .sizes
            .iter()
            .filter(|s| s.name.name == "n")
            .map(|s| (s.name.name.clone(), 4.0));
        let sizes: Vec<(String, f64)> = sizes.into_iter().chain(small).collect();
        if let (Some(system), _) = compile::equations(&loaded, model, &sizes) {
            agrees(&format!("{name} {}", model.name.name), &system, trains);
        }
    }
    models.len()
}

#[test]
fn every_example_is_read_again_as_the_same_system() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut paths: Vec<_> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "rnn"));
    paths.sort();
    for path in paths {
        each_model(
            &path.display().to_string(),
            &fs::read_to_string(&path).unwrap(),
            &folder,
            false,
        );
    }
}

#[test]
fn so_is_every_model_of_the_reference() {
    let mut count = 0;
    let reference = include_str!("../docs/language.md").split("\n```").skip(1).step_by(2);
    for (i, block) in reference.enumerate() {
        if let Some(text) = block.strip_prefix("rnn\n") {
            count += each_model(&format!("block {i}"), text, Path::new(""), false);
        }
    }
    assert!(count > 25, "{count}");
}

/// In training, with its draws.
#[test]
fn so_are_cells_of_every_kind() {
    for cell in [
        "lstm_peephole",
        "lstm_layer_norm",
        "lstm_chrono",
        "slstm",
        "rhn",
        "cfc",
        "clockwork",
        "zoneout_rnn",
        "lstm_zoneout",
        "qrnn",
        "cornn",
    ] {
        let text = format!(
            "model m {{\n    input x: [3] over t;\n    target y: [4] over t;\n    \
             h = x |> {cell}(4) |> dropout(0.5);\n    y ~ normal(affine(h), 1);\n}}\n"
        );
        each_model(cell, &text, Path::new(""), true);
    }
}

/// The text itself, as an example of what is printed.
#[test]
fn equations_read_as_in_a_paper() {
    let text = "model m { input x: [3] over t; h = lstm(4)(x); h[0] = 1; output h; }";
    let (system, ..) = common::elaborate(text, &[]);
    let expanded = expand::expand(&system.unwrap()).unwrap();
    let equations: Vec<&str> = expanded.lines().filter(|l| l.contains(" = ")).map(str::trim).collect();
    assert_eq!(
        equations,
        [
            "h_i: [4] = sigmoid(h_i_x_weight @ x + h_i_h_weight @ h[t-1] + h_i_bias);",
            "h_f: [4] = sigmoid(h_f_x_weight @ x + h_f_h_weight @ h[t-1] + h_f_bias);",
            "h_g: [4] = tanh(h_g_x_weight @ x + h_g_h_weight @ h[t-1] + h_g_bias);",
            "h_c: [4] = h_f * h_c[t-1] + h_i * h_g;",
            "h: [4] = sigmoid(h_o_x_weight @ x + h_o_h_weight @ h[t-1] + h_o_bias) * tanh(h_c);",
            "h[0] = 1;",
        ],
        "{expanded}"
    );
}
