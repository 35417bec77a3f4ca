//! Generated modules against the interpreter: all models are compiled as one program and run on a ragged batch with
//! examples of length 0 and 1, in both precisions.

mod batch;
mod cases;
#[path = "../common/mod.rs"]
mod common;
#[path = "../laws/spec.rs"]
mod spec;
#[path = "../systems/mod.rs"]
mod systems;

use rnn_runtime::Real;
use rnnc::backends::interpret::Interpreted;
use rnnc::backends::rust::{Compiled, emit, emit_bounded, type_name};
use rnnc::driver::compile;
use rnnc::rewrite::simplify;
use rnnc::schedule::schedule;
use rnnc::system::RootKind;
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

/// A scan within a scan.
const REFUSED: &[&str] = &["a recurrence inside each step of another"];

/// The hand-built systems that hold every operation and its derivative; reversals are left in.
fn operations() -> impl Iterator<Item = (String, Compiled)> {
    let compiled = systems::cases::cases()
        .into_iter()
        .filter(|c| !REFUSED.contains(&c.name.as_str()));
    compiled.enumerate().map(|(i, case)| {
        let mut system = case.system;
        system.name = format!("operation_{i}");
        system.doc = vec![case.name];
        let system = simplify(system);
        let model = Compiled {
            train: schedule(simplify(rnnc::derive::adjoint(&system))),
            evaluate: schedule(system.clone()),
        };
        (system.name, model)
    })
}

/// Random specifications that Rust is written for. `MODELS=40 SEED=7` takes more of them, and others.
fn random() -> Vec<(String, Compiled)> {
    let setting = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().expect(name));
    let first = setting("SEED", 1) * 1_000_000;
    let named = (first..first + setting("MODELS", 6)).map(|seed| (seed, format!("random_{seed}")));
    let models = named.filter_map(|(seed, name)| {
        let (system, ..) = common::elaborate(&spec::model(&name, &spec::statements(seed)), &[]);
        let system = system?;
        let model = Compiled {
            train: compile::training(&system),
            evaluate: compile::evaluation(&system),
        };
        emit(&model).is_ok().then_some((name, model))
    });
    models.collect()
}

/// Writes a program of these modules in a folder of the target directory, with the workspace's lock file.
fn write_program(folder: &Path, models: &[(String, Compiled)], calls: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::create_dir_all(folder.join("src")).unwrap();
    // Tests run side by side, and programs of one name would be one file.
    let name = folder.file_name().unwrap().to_str().unwrap();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nrnn-runtime = {{ path = {:?}, default-features = false }}\n\n[lints.rust]\nwarnings = \"deny\"\n\n\
         [profile.dev]\nopt-level = 1\ndebug = \"line-tables-only\"\n[profile.dev.package.rnn-runtime]\nopt-level = 3\n\
         [profile.dev.package.{name}]\nopt-level = 0\ndebug = false\n",
        root.join("runtime")
    );
    let mut main = String::new();
    for module in ["batch", "show"] {
        let path = root.join(format!("tests/compiled/{module}.rs"));
        writeln!(main, "#[allow(dead_code)]\n#[path = {path:?}]\nmod {module};").unwrap();
    }
    for (name, model) in models {
        let code = emit(model).unwrap_or_else(|e| panic!("{name}: {e}"));
        let code = match folder.ends_with("segments") {
            true => emit_bounded(model).unwrap_or_else(|e| panic!("{name}: {e}")),
            false => code,
        };
        std::fs::write(folder.join(format!("src/{name}.rs")), code).unwrap();
        writeln!(main, "mod {name};").unwrap();
    }
    write!(
        main,
        "\n#[global_allocator]\nstatic ALLOCATOR: show::Counting = show::Counting;\n"
    )
    .unwrap();
    write!(main, "\nfn main() {{\n{calls}}}\n").unwrap();
    std::fs::write(folder.join("src/main.rs"), main).unwrap();
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

fn run_program(folder: &Path, target: &Path, arguments: &[&str], flags: &str) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--message-format", "short"])
        .args(arguments)
        .arg("--target-dir")
        .arg(target)
        .env("RUSTFLAGS", flags)
        .current_dir(folder)
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

/// Builds all modules with the workspace's own dependencies, and returns what they compute.
fn run_compiled(models: &[(String, Compiled)]) -> String {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = target.join("compiled");
    let mut calls = String::new();
    for (name, _) in models {
        let ty = type_name(name);
        writeln!(
            calls,
            "    show::show::<f32, _>(&{name}::{ty}::new());\n    show::show::<f64, _>(&{name}::{ty}::new());"
        )
        .unwrap();
    }
    write_program(&folder, models, &calls);
    run_program(&folder, target.parent().unwrap(), &[], "")
}

/// How long a training step of the char model takes: `cargo test --test compiled -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn time_of_a_step() {
    let mut models = vec![(
        "char_lm".to_string(),
        "target text: index[65] over t;
         h = text[t-1] |> embed(64) |> stack(2, lstm(256));
         text ~ categorical(affine(h));"
            .to_string(),
    )];
    for (cell, n) in [
        ("elman", 32),
        ("elman", 128),
        ("gru", 64),
        ("gru", 256),
        ("lstm", 32),
        ("lstm", 128),
        ("lstm", 256),
    ] {
        let text = format!("input x: [{n}] over t; target y: [{n}] over t; h = x |> {cell}({n}); y ~ normal(h, 1.0);");
        models.push((format!("{cell}_{n}"), text));
    }
    let calls: String = models
        .iter()
        .flat_map(|(name, _)| [50, 16, 1].map(|b| (name, b)))
        .filter(|(name, b)| (name.as_str() == "char_lm") == (*b == 50))
        .map(|(name, b)| {
            format!(
                "    show::time::<f32, _>(&{name}::{}::new(), 100, {b});\n",
                type_name(name)
            )
        })
        .collect();
    let models: Vec<_> = models
        .into_iter()
        .map(|(name, text)| (name.clone(), compiled(&format!("model {name}() {{ {text} }}"))))
        .collect();
    time_program("speed", &models, &calls);
}

/// How long a training step of an encoder-decoder with attention takes: embedding 64, GRU of 128, both sequences of 30
/// steps and of 100, 64 examples.
#[test]
#[ignore = "a measurement"]
fn time_of_attention() {
    let encoder = "input word: index[100] over s; target y: index[100] over t; k = word |> embed(64) |> gru(128);";
    let softmax = "e = exp(score - max(score, over: s)); w = e / sum(e, over: s); c: [128] = sum(w * k, over: s);";
    let without = "q = y[t-1] |> embed(64) |> gru(128); y ~ categorical(affine(q, last(k)));";
    let dot =
        format!("q = y[t-1] |> embed(64) |> gru(128); score = dot(q, k); {softmax} y ~ categorical(affine(q, c));");
    let additive = format!(
        "q = gru(128)(y[t-1] |> embed(64)); param v: [128]; a: [128] = linear(q); b: [128] = affine(k);
         score = dot(v, tanh(a + b)); {softmax} y ~ categorical(affine(q, c));"
    );
    let decoder = format!(
        "q = gru(128)(embed(64)(y[t-1]) ++ c); past = q[t-1]; param v: [128]; a: [128] = linear(past);
         b: [128] = affine(k); score = dot(v, tanh(a + b)); {softmax} y ~ categorical(affine(q, c));"
    );
    let models = [
        ("without", without),
        ("dot", &dot),
        ("additive", &additive),
        ("in_decoder", &decoder),
    ];
    let calls: String = models
        .iter()
        .flat_map(|(name, _)| [30, 100].map(|steps| (name, steps)))
        .map(|(name, steps)| {
            format!(
                "    show::time::<f32, _>(&{name}::{}::new(), {steps}, 64);\n",
                type_name(name)
            )
        })
        .collect();
    let models: Vec<_> = models
        .into_iter()
        .map(|(name, text)| {
            (
                name.to_string(),
                compiled(&format!("model {name}() {{ {encoder} {text} }}")),
            )
        })
        .collect();
    time_program("attention", &models, &calls);
}

fn time_program(name: &str, models: &[(String, Compiled)], calls: &str) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = target.join(name);
    write_program(&folder, models, calls);
    print!(
        "{}",
        run_program(&folder, &target.join("native"), &["--release"], "-C target-cpu=native")
    );
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
    let wanted = |name: &str| only.as_ref().is_none_or(|o| o.split(',').any(|o| o == name));
    let cases = cases::CASES.iter().filter(|(name, _)| wanted(name));
    let models = cases.map(|(name, text)| (name.to_string(), compiled(&format!("model {name}() {{ {text} }}"))));
    let others = operations().chain(random()).filter(|(name, _)| wanted(name));
    let models: Vec<(String, Compiled)> = models.chain(others).collect();
    let printed = run_compiled(&models);
    let mut got: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for line in printed.lines() {
        let mut words = line.split(' ');
        let key: Vec<&str> = words.by_ref().take(3).collect();
        got.insert(
            key.join(" "),
            words.map(|w| f64::from_bits(w.parse().unwrap())).collect(),
        );
    }
    let mut wrong = String::new();
    for (what, count) in got
        .iter()
        .filter(|(what, count)| what.ends_with("allocations") && count[0] != 0.0)
    {
        writeln!(wrong, "{what}: {} in a training step", count[0]).unwrap();
    }
    for (name, model) in &models {
        compare::<f64>(name, model, &got, 1e-12, &mut wrong);
        // Rounding chooses another side of a random step now and then.
        if !name.starts_with("operation") && !name.starts_with("random") {
            compare::<f32>(name, model, &got, 1e-5, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Models whose steps come in segments: with states, sums over steps before and after them, draws, several lags.
const SEGMENTED: &[(&str, &str)] = &[
    (
        "language",
        "target text: index[9] over t;
         h = text[t-1] |> embed(4) |> stack(2, lstm(5));
         text ~ categorical(affine(dropout(h, p: 0.3)));
         logits: [9] = affine(h); metric right = argmax(logits) == text;",
    ),
    (
        "last_state",
        "input x: [3] over t; input code: [5]; target y: index[4];
         h = gru(5)(x); h[0] = tanh(affine(code));
         y ~ categorical(affine(last(h), mean(h, over: t)));",
    ),
    (
        "lags",
        "input x: [2] over t; target y: [3] over t;
         h: [3] = tanh(affine(x, x[t-2], h[t-1], h[t-3], dropout(h[t-1], p: 0.25, mask: sequence)));
         late = where(t > 100, h, 2 * h);
         y ~ normal(late, 1.0);",
    ),
    (
        "normed",
        "input x: [3] over t; target y: real;
         h = min_gru(6)(x) |> layer_norm;
         total: [6] = sum(h, over: t) / 100;
         out: [2] = affine(total); y ~ normal(sum(out), 1.0);",
    ),
];

#[test]
fn segments_compute_the_same_bits() {
    let models: Vec<_> = SEGMENTED
        .iter()
        .map(|(name, text)| (name.to_string(), compiled(&format!("model {name}() {{ {text} }}"))))
        .collect();
    for (name, model) in &models {
        for program in [&model.train, &model.evaluate] {
            let mut system = program.system.clone();
            system.roots.retain(|r| r.kind != RootKind::Output);
            if let Err(why) = rnnc::rewrite::segments(&system) {
                panic!("{name} cannot be cut: {why}");
            }
        }
    }
    let mut calls = String::new();
    for (name, _) in &models {
        let ty = type_name(name);
        for real in ["f32", "f64"] {
            writeln!(calls, "    show::segments::<{real}, _>(&{name}::{ty}::new());").unwrap();
        }
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = target.join("segments");
    write_program(&folder, &models, &calls);
    let printed = run_program(&folder, target.parent().unwrap(), &[], "");
    for line in printed.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(words[2], "0", "{printed}");
        let (least, plain): (usize, usize) = (words[6].parse().unwrap(), words[7].parse().unwrap());
        assert!(least < plain, "{printed}");
    }
}

#[test]
fn code_is_safe_short_and_the_same_every_time() {
    let text = "model two_layers(vocab = 65) {
        target text: index[vocab] over t;
        h = text[t-1] |> embed(64) |> stack(2, lstm(256));
        text ~ categorical(affine(h));
    }";
    let code = emit(&compiled(text)).unwrap();
    assert_eq!(code, emit(&compiled(text)).unwrap());
    assert!(!code.contains("unsafe"));
    assert!(code.lines().count() < 3000, "{} lines", code.lines().count());
    // The four gates are one product in each of the two regions that have them, forwards and backwards.
    let scan = code.split("fn train_3_scan<").nth(1).unwrap();
    let scan = scan.split("\nfn ").next().unwrap();
    assert_eq!(scan.matches(".product(").count(), 1, "{scan}");
}

#[test]
fn what_is_not_compiled_is_said() {
    let cube = "model cube() {
        input a: [4] over t;
        input b: [4] over s;
        input c: [4] over u;
        target y: [4] over t;
        w = exp(dot(a, b) * dot(b, c));
        y ~ normal(sum(sum(w * c, over: u), over: s), 1.0);
    }";
    let error = emit(&compiled(cube)).unwrap_err();
    assert!(error.to_string().contains("more than two sequence axes"), "{error}");
}
