//! `rnnc play` by scripts: what is to be seen after each key.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const TEXT: &str = "the cat sat on the mat and the rat sat on the cat; ";

const SPEC: &str = r#"
model letters(vocab, n = 8) {
    target text: index[vocab] over t;
    h = text[t-1] |> embed(4) |> lstm(n);
    text ~ categorical(affine(h));
}

train letters {
    data   chars("input.txt", window: 16, split: 0.8);
    batch  8;
    epochs 1;
}

model words(vocab, n = 8) {
    target text: index[vocab] over t;
    text ~ categorical(affine(text[t-1] |> embed(4) |> gru(n)));
}

train words {
    data   words("input.txt", window: 8, split: 0.8);
    batch  8;
    epochs 1;
}

model filter {
    input x: real over t;
    target y: real over t;
    h: [6] = tanh(affine(x, x[t-2], h[t-1]));
    y ~ normal(sum(h), 1);
    output size = sum(h * h);
}

train filter {
    data   moving_average(length: 5, keep: 0.9, examples: 8, valid: 3);
    batch  8;
    epochs 1;
}

model both_ways {
    input x: real over t;
    target y: real over t;
    y ~ normal(sum(x |> dense(2) |> bidirectional(gru(2))), 1);
}

train both_ways {
    data   moving_average(length: 5, keep: 0.9, examples: 8, valid: 3);
    batch  8;
    epochs 1;
}
"#;

fn rnnc(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rnnc"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with the trained model.
fn trained(model: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("play").join(model);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("input.txt"), TEXT.repeat(8)).unwrap();
    fs::write(folder.join("m.rnn"), SPEC).unwrap();
    let said = rnnc(&folder, &["train", "m.rnn", model, "--interpret", "--out", "run"]);
    assert!(said.status.success(), "{}", text(&said.stderr));
    folder
}

fn frames(folder: &Path, script: &str, more: &[&str]) -> Vec<Value> {
    let args = ["play", "m.rnn", "--weights", "run", "--json", "--script", script];
    let said = rnnc(folder, &[&args[..], more].concat());
    assert!(said.status.success(), "{}", text(&said.stderr));
    let lines = text(&said.stdout);
    lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[test]
fn letters_are_fed_one_by_one() {
    let folder = trained("letters");
    let typed = frames(&folder, "at<BS>é<Tab>", &[]);
    let texts: Vec<&str> = typed.iter().map(|f| f["text"].as_str().unwrap()).collect();
    assert_eq!(texts[..5], ["", "a", "at", "a", "a"]);
    // Back is where it was, states and all.
    for what in ["outputs", "states", "surprise", "step"] {
        assert_eq!(typed[1][what], typed[3][what], "{what}");
    }
    assert!(typed[4]["note"].as_str().unwrap().contains("never seen the character"));
    // The surprise is -log p of what was typed; Tab takes the likeliest.
    let bars = |f: &Value| f["outputs"][0]["value"].as_array().unwrap().clone();
    let of = |f: &Value, symbol: &str| {
        let found = bars(f).into_iter().find(|b| b[0] == *symbol).unwrap();
        found[1].as_f64().unwrap()
    };
    let surprise = typed[2]["surprise"].as_f64().unwrap();
    assert!((surprise + of(&typed[1], "t").ln()).abs() < 1e-9);
    let likeliest = bars(&typed[4])[0][0].as_str().unwrap().replace('␣', " ");
    assert_eq!(texts[5], format!("a{likeliest}"));
    let states: Vec<&str> = typed[2]["states"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["name"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["text[t-1]", "h", "h.c"]);
    assert_eq!(typed[2]["states"][0]["value"], "t");

    // What is drawn is what `rnnc generate` says with the same seed.
    let drawn = frames(&folder, "<C-r>", &["--run", "30", "--seed", "3"]);
    let generate = [
        "generate",
        "m.rnn",
        "--weights",
        "run",
        "--interpret",
        "--length",
        "30",
        "--seed",
        "3",
        "--json",
    ];
    let said = rnnc(&folder, &generate);
    let said: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(drawn[1]["text"], said["text"]);
    assert_eq!(drawn[1]["step"], 30);

    // Keys from the standard input, a text for each.
    let script = folder.join("keys");
    fs::write(&script, "ca").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rnnc"));
    let command = command.args(["play", "m.rnn", "--weights", "run"]).current_dir(&folder);
    let said = command.stdin(fs::File::open(script).unwrap()).output().unwrap();
    let out = text(&said.stdout);
    assert_eq!(out.matches("letters: step ").count(), 3, "{out}");
    assert!(out.contains("text \"ca\"") && out.contains("state h [8] "), "{out}");
    let wrong = rnnc(&folder, &["play", "m.rnn", "--weights", "run", "--script", "<Tob>"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("`<Tob>` is no key"));
}

#[test]
fn words_wait_for_their_end() {
    let folder = trained("words");
    let typed = frames(&folder, "cat sa<BS><Tab>dog ", &[]);
    let steps: Vec<u64> = typed.iter().map(|f| f["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
    let text = typed[8]["text"].as_str().unwrap();
    assert_eq!(text, "cat sat");
    assert!(
        typed[12]["note"].as_str().unwrap().contains("the word \"dog\""),
        "{}",
        typed[12]
    );
}

#[test]
fn examples_are_gone_through_step_by_step() {
    let folder = trained("filter");
    let seen = frames(&folder, "<Right><Right><Left><C-r><Down><Right><Up><Up>", &[]);
    let steps: Vec<u64> = seen.iter().map(|f| f["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [0, 1, 2, 1, 5, 0, 1, 0, 0]);
    let examples: Vec<u64> = seen.iter().map(|f| f["example"].as_u64().unwrap()).collect();
    assert_eq!(examples, [0, 0, 0, 0, 0, 1, 1, 0, 0]);
    for what in ["inputs", "outputs", "states"] {
        assert_eq!(seen[1][what], seen[3][what], "{what}");
    }
    // x[t-1] is the step before's x; the state h is what the other output is made of.
    let value = |frame: &Value, part: &str, name: &str| {
        let rows = frame[part].as_array().unwrap();
        let row = rows.iter().find(|r| r["name"] == *name);
        row.unwrap_or_else(|| panic!("no {name} in {frame}"))["value"].clone()
    };
    assert_eq!(value(&seen[2], "states", "x[t-1]"), value(&seen[1], "inputs", "x"));
    assert_eq!(value(&seen[2], "states", "x"), value(&seen[2], "inputs", "x"));
    let h = value(&seen[2], "states", "h");
    let h: Vec<f64> = h.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    let sum: f64 = h.iter().sum();
    let size: f64 = h.iter().map(|x| x * x).sum();
    assert!((value(&seen[2], "outputs", "y")[0].as_f64().unwrap() - sum).abs() < 1e-9);
    assert!((value(&seen[2], "outputs", "size")[0].as_f64().unwrap() - size).abs() < 1e-9);
    assert!(seen[8]["note"].as_str().unwrap().contains("no other example"));
    let wrong = ["play", "m.rnn", "--weights", "run", "--script", "", "--example", "9"];
    let wrong = rnnc(&folder, &wrong);
    assert!(text(&wrong.stderr).contains("there is no example 9 in `valid`, which has 3"));
}

#[test]
fn what_looks_ahead_is_refused() {
    let folder = trained("both_ways");
    let wrong = rnnc(&folder, &["play", "m.rnn", "--weights", "run", "--script", ""]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("error[E0406]"), "{}", text(&wrong.stderr));
}
