//! Generated modules against the interpreter: all models are compiled as one program and run on a ragged batch with
//! examples of length 0 and 1, in both precisions.

mod batch;
mod cases;
#[path = "../common/mod.rs"]
mod common;

use rnn_runtime::Real;
use rnnc::backends::interpret::Interpreted;
use rnnc::backends::rust::{Compiled, emit, type_name};
use rnnc::driver::compile;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

fn compiled(text: &str) -> Compiled {
    let system = common::system(text, &[]);
    Compiled {
        train: compile::training(&system),
        evaluate: compile::evaluation(&system),
    }
}

/// Writes a program of all modules, builds it with the workspace's own dependencies, and returns what it prints.
fn run_compiled(models: &[(String, Compiled)]) -> String {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = target.join("compiled");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"compiled\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nrnn-runtime = {{ path = {:?}, default-features = false }}\n\n[lints.rust]\nwarnings = \"deny\"\n\n\
         [profile.dev]\nopt-level = 1\ndebug = \"line-tables-only\"\n[profile.dev.package.rnn-runtime]\nopt-level = 3\n",
        root.join("runtime")
    );
    let mut main = format!("#[path = {:?}]\nmod batch;\n", root.join("tests/compiled/batch.rs"));
    let mut calls = String::new();
    for (name, model) in models {
        let code = emit(model).unwrap_or_else(|e| panic!("{name}: {e}"));
        std::fs::write(folder.join(format!("src/{name}.rs")), code).unwrap();
        let ty = type_name(name);
        writeln!(main, "mod {name};").unwrap();
        writeln!(
            calls,
            "    show::<f32, _>(&{name}::{ty}::new());\n    show::<f64, _>(&{name}::{ty}::new());"
        )
        .unwrap();
    }
    let show = "
fn show<R: rnn_runtime::Real, M: rnn_runtime::Model<R>>(model: &M) {
    for (what, values) in batch::results::<R, M>(model) {
        print!(\"{} {} {what}\", model.spec().name, R::NAME);
        values.iter().for_each(|x| print!(\" {}\", x.to_bits()));
        println!();
    }
}
";
    write!(main, "{show}\nfn main() {{\n{calls}}}\n").unwrap();
    std::fs::write(folder.join("src/main.rs"), main).unwrap();
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--target-dir"])
        .arg(target.parent().unwrap())
        .current_dir(&folder)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{}",
        stderr.chars().take(6000).collect::<String>()
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Largest difference, relative to the largest number.
fn difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let size = a.iter().fold(1e-30, |m: f64, x| m.max(x.abs()));
    a.iter()
        .zip(b)
        .fold(0.0, |m: f64, (x, y)| match x == y || x.is_nan() && y.is_nan() {
            true => m,
            false => m.max(((x - y).abs() / size).max(if y.is_nan() { f64::INFINITY } else { 0.0 })),
        })
}

fn compare<R: Real + rnnc::backends::interpret::Number>(
    name: &str,
    model: &Compiled,
    got: &BTreeMap<String, Vec<f64>>,
    tolerance: f64,
    wrong: &mut String,
) {
    let interpreted = Interpreted::new(&model.train, &model.evaluate);
    for (what, want) in batch::results::<R, _>(&interpreted) {
        let key = format!("{name} {} {what}", R::NAME);
        let Some(got) = got.get(&key) else {
            writeln!(wrong, "{key}: missing").unwrap();
            continue;
        };
        if got.len() != want.len() {
            writeln!(wrong, "{key}: {} numbers for {}", got.len(), want.len()).unwrap();
            continue;
        }
        let d = difference(&want, got);
        // A gradient that is all rounding (a bias before a softmax, say) has no scale of its own.
        let small = want.iter().chain(got).all(|x| x.abs() < tolerance * 1e-2);
        if d.is_nan() || d > tolerance && !small {
            writeln!(
                wrong,
                "{key}: off by {d:e}\n  want {:?}\n  got  {:?}",
                &want[..want.len().min(8)],
                &got[..got.len().min(8)]
            )
            .unwrap();
        }
    }
}

#[test]
fn compiled_models_agree_with_the_interpreter() {
    let only = std::env::var("ONLY").ok();
    let models: Vec<(String, Compiled)> = cases::CASES
        .iter()
        .filter(|(name, _)| only.as_ref().is_none_or(|o| o == name))
        .map(|(name, text)| (name.to_string(), compiled(&format!("model {name}() {{ {text} }}"))))
        .collect();
    let printed = run_compiled(&models);
    let mut got = BTreeMap::new();
    for line in printed.lines() {
        let mut words = line.split(' ');
        let key: Vec<&str> = words.by_ref().take(3).collect();
        got.insert(
            key.join(" "),
            words.map(|w| f64::from_bits(w.parse().unwrap())).collect(),
        );
    }
    let mut wrong = String::new();
    for (name, model) in &models {
        compare::<f64>(name, model, &got, 1e-12, &mut wrong);
        compare::<f32>(name, model, &got, 1e-5, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_is_not_compiled_is_said() {
    let attention = "model attention() {
        input q: [4] over t;
        input k: [4] over s;
        target y: [4] over t;
        w = exp(dot(q, k));
        y ~ normal(sum(w * k, over: s), 1.0);
    }";
    let error = emit(&compiled(attention)).unwrap_err();
    assert!(error.to_string().contains("several sequence axes"), "{error}");
}
