//! The `rnnc` program from outside: what it says, its exit codes, and that nothing is left half-written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A fresh folder for one test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

struct Said {
    code: i32,
    out: String,
    err: String,
}

fn rnnc(folder: &Path, args: &[&str]) -> Said {
    said(command(folder, args).output().unwrap())
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rnnc"));
    command
        .args(args)
        .current_dir(folder)
        .env("RNNC_CACHE", folder.join("cache"))
        .stdin(Stdio::null());
    command
}

fn said(output: Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Asserts an exit code and that each of these texts was said, on one stream or the other.
#[track_caller]
fn expect(said: &Said, code: i32, texts: &[&str]) {
    let all = format!("{}{}", said.out, said.err);
    assert_eq!(said.code, code, "{all}");
    for text in texts {
        assert!(all.contains(text), "`{text}` is missing from:\n{all}");
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

const TEXT: &str = "the cat sat on the mat and the rat sat on the cat; ";

const SPEC: &str = r#"
model tiny(vocab, n = 8) {
    target text: index[vocab] over t;
    h = text[t-1] |> embed(4) |> lstm(n);
    text ~ categorical(affine(h));
}

train tiny {
    data      chars("input.txt", window: 16, split: 0.8);
    optimizer adam(lr: 1e-2);
    batch     8;
    epochs    2;
}
"#;

/// A folder with a small specification and a small text.
fn tiny(name: &str) -> PathBuf {
    let folder = folder(name);
    fs::write(folder.join("tiny.rnn"), SPEC).unwrap();
    fs::write(folder.join("input.txt"), TEXT.repeat(12)).unwrap();
    folder
}

#[test]
fn usage() {
    let here = folder("usage");
    expect(&rnnc(&here, &[]), 2, &["Usage: rnnc"]);
    expect(&rnnc(&here, &["frobnicate"]), 2, &["unrecognized subcommand"]);
    expect(&rnnc(&here, &["train"]), 2, &["<FILE>"]);
    expect(&rnnc(&here, &["--version"]), 0, &[env!("CARGO_PKG_VERSION")]);
    expect(&rnnc(&here, &["check", "x.rnn", "-D", "n=many"]), 2, &["not a number"]);
    for command in [
        "new",
        "check",
        "fmt",
        "expand",
        "graph",
        "lint",
        "emit",
        "train",
        "eval",
        "generate",
        "report",
        "build",
        "gradcheck",
        "std",
        "explain",
        "lsp",
    ] {
        expect(&rnnc(&here, &[command, "--help"]), 0, &["Usage: rnnc"]);
    }
    for shell in ["bash", "zsh", "fish", "powershell"] {
        expect(&rnnc(&here, &["completions", shell]), 0, &["rnnc"]);
    }
}

#[test]
fn explain() {
    let here = folder("explain");
    expect(&rnnc(&here, &["explain", "E0203"]), 0, &["# E0203: "]);
    expect(&rnnc(&here, &["explain", "e0203"]), 0, &["# E0203: "]);
    expect(
        &rnnc(&here, &["explain", "203"]),
        1,
        &["no diagnostic `203`", "is it `E0203`?"],
    );
    expect(&rnnc(&here, &["explain", "nonsense"]), 1, &["no diagnostic `nonsense`"]);
}

#[test]
fn the_standard_library_is_shown() {
    let here = folder("std");
    expect(
        &rnnc(&here, &["std"]),
        0,
        &["cell lstm(n, forget_bias = 1)(x) -> h", "Gated recurrent unit"],
    );
    let lstm = rnnc(&here, &["std", "lstm"]);
    expect(&lstm, 0, &["/// Long short-term memory", "cell lstm(n", "tanh(c)"]);
    assert!(!lstm.out.contains("cell gru"), "{}", lstm.out);
    expect(&rnnc(&here, &["std", "ltsm"]), 1, &["no `ltsm`", "is it `lstm`?"]);
}

#[test]
fn check() {
    let here = tiny("check");
    expect(&rnnc(&here, &["check", "tiny.rnn"]), 0, &["tiny: no errors"]);
    expect(
        &rnnc(&here, &["check", "tiny.rnn", "-D", "m=3"]),
        1,
        &["has no size `m`"],
    );
    expect(&rnnc(&here, &["check", "tiny.rnn", "huge"]), 1, &["no model `huge`"]);
    expect(
        &rnnc(&here, &["check", "absent.rnn"]),
        1,
        &["cannot read `absent.rnn`: there is no such file"],
    );
    expect(&rnnc(&here, &["check", "."]), 1, &["cannot read"]);
    fs::remove_file(here.join("input.txt")).unwrap();
    expect(
        &rnnc(&here, &["check", "tiny.rnn"]),
        0,
        &["the data of `tiny` are not there", "tiny: no errors"],
    );
}

#[test]
fn check_from_the_standard_input() {
    let here = tiny("stdin");
    let mut child = command(&here, &["check", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"model m { x = ; }").unwrap();
    expect(
        &said(child.wait_with_output().unwrap()),
        1,
        &["<stdin>:1:15", "error[E0001]"],
    );
}

#[test]
fn files_that_are_used() {
    let here = tiny("use");
    fs::create_dir(here.join("parts")).unwrap();
    let spec = format!("use \"parts/cells.rnn\";\n{}", SPEC.replace("lstm(n)", "mine(n)"));
    fs::write(here.join("tiny.rnn"), &spec).unwrap();
    // A file that uses the first again: nothing is read twice.
    let cell = "use \"../tiny.rnn\";\ncell mine(n)(x) -> h { h: [n] = tanh(affine(x, h[t-1])); }";
    fs::write(here.join("parts/cells.rnn"), cell).unwrap();
    expect(&rnnc(&here, &["check", "tiny.rnn"]), 0, &["no errors"]);
    fs::remove_file(here.join("parts/cells.rnn")).unwrap();
    expect(
        &rnnc(&here, &["check", "tiny.rnn"]),
        1,
        &["error[E0105]", "tiny.rnn:1:1", "parts/cells.rnn"],
    );
    fs::write(here.join("parts/cells.rnn"), b"const a = 1;\n\xff").unwrap();
    expect(
        &rnnc(&here, &["check", "tiny.rnn"]),
        1,
        &["error[E0003]", "parts/cells.rnn"],
    );
    fs::write(here.join("parts/cells.rnn"), "const a = ;").unwrap();
    expect(
        &rnnc(&here, &["check", "tiny.rnn"]),
        1,
        &["error[E0001]", "parts/cells.rnn:1:11"],
    );
}

#[test]
fn settings_are_checked_where_they_stand() {
    let here = tiny("settings");
    let with = |settings: &str| {
        let spec = SPEC.replace("batch     8;", settings);
        fs::write(here.join("tiny.rnn"), spec).unwrap();
        rnnc(&here, &["check", "tiny.rnn"])
    };
    for (settings, texts) in [
        ("batch 0;", &["`batch` must be a whole number, 1 or more", "11:11"][..]),
        ("batch 2.5;", &["whole number"]),
        ("batch;", &["`batch` needs a value", "for instance `batch 32;`"]),
        ("batch 8; batch 9;", &["`batch` is set twice", "first set here"]),
        ("bach 8;", &["no setting `bach`", "is it `batch`?"]),
        ("clip norms(1);", &["no `clip` called `norms`", "is it `norm`?"]),
        ("clip norm;", &["`norm` needs a number above 0"]),
        ("clip norm(-1);", &["must be a number above 0"]),
        (
            "schedule cosine(wramup: 3);",
            &["`cosine` takes no `wramup`", "is it `warmup`?"],
        ),
        ("schedule cosine(1, 2, 3);", &["too many arguments"]),
        ("precision f16;", &["must be `f32` or `f64`"]),
        ("penalty l2(1e-3);", &["`penalty` is not supported yet"]),
        ("force p: text;", &["no equation `p` to force"]),
        ("force 3;", &["`force` takes a name and a name", "force p: y;"]),
        (
            "teacher scheduled(from: 1);",
            &["`teacher scheduled` is not supported yet"],
        ),
        ("method rtrl;", &["`method rtrl` is not supported yet"]),
        (
            "method bptt(window: 3);",
            &["`bptt` with arguments is not supported yet"],
        ),
    ] {
        let code = if texts[0].contains("not supported yet") {
            "error[E0499]"
        } else {
            "error[E0403]"
        };
        expect(&with(settings), 1, &[texts, &[code]].concat());
    }
    for settings in [
        "method bptt;",
        "teacher always;",
        "clip value(5);",
        "stop patience(3, on: train_loss);",
    ] {
        expect(&with(settings), 0, &["no errors"]);
    }
    let spec = format!("const B = 4;\n{}", SPEC.replace("batch     8;", "batch 2 * B;"));
    fs::write(here.join("tiny.rnn"), spec).unwrap();
    expect(
        &rnnc(&here, &["emit", "tiny.rnn", "--stage", "regime"]),
        0,
        &["batch: 8"],
    );
}

#[test]
fn settings_from_the_command_line() {
    let here = tiny("set");
    let regime = |sets: &[&str]| {
        let mut args = vec!["emit", "tiny.rnn", "--stage", "regime"];
        sets.iter().for_each(|s| args.extend(["--set", s]));
        rnnc(&here, &args)
    };
    expect(&regime(&[]), 0, &["lr: 0.01", "path: input.txt", "batch: 8"]);
    expect(&regime(&["train.optimizer.lr=5e-4"]), 0, &["adam:\n    lr: 0.0005"]);
    expect(
        &regime(&["train.optimizer.adam.beta1=0.5"]),
        0,
        &["lr: 0.01", "beta1: 0.5"],
    );
    expect(
        &regime(&["train.optimizer=sgd", "train.optimizer.lr=3"]),
        0,
        &["sgd:\n    lr: 3.0"],
    );
    expect(
        &regime(&["train.clip.norm=2", "train.stop.patience=4"]),
        0,
        &["norm: 2.0", "patience: 4"],
    );
    expect(&regime(&["train.data.window=5"]), 0, &["window: 5", "split: 0.8"]);
    expect(
        &regime(&["train.optimzer.lr=1"]),
        1,
        &["no setting `optimzer`", "is it `optimizer`?"],
    );
    expect(
        &regime(&["train.optimizer.rl=1"]),
        1,
        &["no setting `rl`", "is it `lr`?"],
    );
    expect(&regime(&["train.batch=0"]), 1, &["`batch` must be", "`train.batch`"]);
    expect(&regime(&["train.batch=many"]), 1, &["`batch` must be", "\"many\""]);
    expect(&regime(&["train.penalty=1"]), 1, &["not supported yet"]);
    expect(&regime(&["train.batch.size=1"]), 1, &["no parts"]);
    expect(&regime(&["batch"]), 2, &["KEY=VALUE"]);
}

#[test]
fn stages() {
    let here = tiny("stages");
    let stage = |stage: &str, more: &[&str]| {
        let mut args = vec!["emit", "tiny.rnn", "--stage", stage];
        args.extend(more);
        rnnc(&here, &args)
    };
    expect(&stage("ast", &[]), 0, &["model tiny", "observe text"]);
    expect(&stage("system", &[]), 0, &["embed", "over"]);
    expect(&stage("adjoint", &[]), 0, &["gradient"]);
    expect(&stage("program", &[]), 0, &["scan"]);
    expect(&stage("rust", &[]), 0, &["pub struct Tiny"]);
    expect(
        &stage("system", &["--format", "yaml"]),
        0,
        &["name: tiny", "params:", "operations:"],
    );
    expect(&stage("program", &["--format", "yaml"]), 0, &["regions:", "kind: scan"]);
    expect(
        &stage("program", &["--costs"]),
        0,
        &[
            "train_3_scan  t forward",
            "products in one",
            "packed once a batch",
            "memory of a training step",
        ],
    );
    expect(
        &stage("program", &["--costs", "--evaluation", "--format", "yaml"]),
        0,
        &["name: evaluate_1_map", "kind: product", "memory:", "compute_from:"],
    );
    expect(&stage("ast", &["--format", "yaml"]), 1, &["text form only"]);
    expect(&stage("nonsense", &[]), 2, &["possible values"]);
    let again = stage("rust", &[]);
    assert_eq!(
        stage("rust", &[]).out,
        again.out,
        "the same specification gives the same code"
    );
    expect(&stage("system", &["--out", "deep/system.txt"]), 0, &[]);
    assert_eq!(
        fs::read_to_string(here.join("deep/system.txt")).unwrap(),
        stage("system", &[]).out
    );
}

#[test]
fn diagnostics_as_json() {
    let here = tiny("json");
    fs::write(here.join("tiny.rnn"), SPEC.replace("batch     8;", "batch 0;")).unwrap();
    let said = rnnc(&here, &["check", "tiny.rnn", "--json"]);
    assert_eq!((said.code, said.err.as_str()), (1, ""));
    let documents: Vec<serde_json::Value> = said.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let wrong = documents.iter().find(|d| d["kind"] == "diagnostic").unwrap();
    assert_eq!((&wrong["code"], &wrong["severity"]), (&"E0403".into(), &"error".into()));
    let at = &wrong["labels"][0]["at"];
    assert_eq!(
        (at["file"].as_str(), at["line"].as_u64(), at["column"].as_u64()),
        (Some("tiny.rnn"), Some(11), Some(11))
    );
    let said = rnnc(&here, &["check", "absent.rnn", "--json"]);
    assert_eq!((said.code, said.err.as_str()), (1, ""));
    assert!(said.out.contains("\"kind\":\"error\""), "{}", said.out);
}

#[test]
fn colours() {
    let here = tiny("color");
    fs::write(here.join("tiny.rnn"), "model m { x = ; }").unwrap();
    assert!(
        rnnc(&here, &["check", "tiny.rnn", "--color", "always"])
            .err
            .contains("\x1b[")
    );
    assert!(!rnnc(&here, &["check", "tiny.rnn"]).err.contains("\x1b["));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let here = folder("pipe");
    let mut child = command(&here, &["std"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let said = said(child.wait_with_output().unwrap());
    assert_eq!((said.code, said.err.as_str()), (0, ""));
}

#[test]
fn new_folders_are_whole_and_right() {
    let here = folder("new");
    expect(&rnnc(&here, &["new", "my-net"]), 0, &["rnnc train my_net.rnn"]);
    assert_eq!(
        names(&here.join("my-net")),
        [".gitignore", "README.md", "input.txt", "my_net.rnn"]
    );
    expect(
        &rnnc(&here.join("my-net"), &["check", "my_net.rnn"]),
        0,
        &["my_net: no errors"],
    );
    expect(&rnnc(&here, &["new", "my-net"]), 1, &["already there"]);
    expect(&rnnc(&here, &["new", ".."]), 1, &["names no new folder"]);
}

#[test]
fn data_that_are_not_there() {
    let here = tiny("data");
    fs::remove_file(here.join("input.txt")).unwrap();
    let train = ["train", "tiny.rnn", "--interpret"];
    expect(&rnnc(&here, &train), 1, &["error[E0405]", "input.txt", "tiny.rnn:9:15"]);
    fs::write(here.join("input.txt"), "").unwrap();
    expect(&rnnc(&here, &train), 1, &["error[E0405]", "is empty"]);
    fs::write(here.join("input.txt"), b"abc\xffdef").unwrap();
    expect(&rnnc(&here, &train), 1, &["error[E0405]", "UTF-8", "offset 3"]);
    assert_eq!(names(&here), ["input.txt", "tiny.rnn"], "nothing was written");
    let elsewhere = rnnc(&here, &["train", "tiny.rnn", "--interpret", "--data", "nowhere.txt"]);
    expect(&elsewhere, 1, &["error[E0405]", "nowhere.txt"]);
    assert!(
        !elsewhere.err.contains("tiny.rnn"),
        "the specification does not name these: {}",
        elsewhere.err
    );
    // Data of another kind are found out before a program is built.
    fs::write(here.join("input.txt"), TEXT).unwrap();
    let spec = SPEC.replace(
        "target text: index[vocab] over t;",
        "input x: [3] over t; target text: index[vocab] over t;",
    );
    fs::write(
        here.join("tiny.rnn"),
        spec.replace("h = text[t-1] |> embed(4)", "e: [4] = affine(text[t-1], x); h = e"),
    )
    .unwrap();
    expect(
        &rnnc(&here, &["train", "tiny.rnn"]),
        1,
        &["error[E0405]", "the model has 2 data: `x`, `text`"],
    );
}

#[test]
fn a_model_without_a_state_writes_and_is_not_built() {
    let here = tiny("stateless");
    let spec = SPEC.replace("lstm(n)", "self_attention(n)");
    fs::write(here.join("tiny.rnn"), spec).unwrap();
    let trained = rnnc(&here, &["train", "tiny.rnn", "--interpret", "--epochs", "1"]);
    expect(&trained, 0, &["a sample", "rnnc generate tiny.rnn"]);
    assert!(!trained.err.contains("rnnc build"), "{}", trained.err);
    let run = |command: &[&str]| rnnc(&here, &[command, &["tiny.rnn", "--weights", "runs/tiny"]].concat());
    let text = run(&["generate", "--interpret", "--length", "30"]);
    expect(&text, 0, &[]);
    assert_eq!(text.out.chars().count(), 31, "{:?}", text.out);
    let beam = run(&[
        "generate",
        "--interpret",
        "--length",
        "9",
        "--beam",
        "3",
        "--prime",
        "the",
    ]);
    expect(&beam, 0, &["the"]);
    let refused = run(&["build", "--out", "x"]);
    expect(&refused, 1, &["error[E0406]", "needs all steps so far"]);
    assert!(!here.join("x").exists());
}

#[test]
fn without_a_toolchain_there_is_the_interpreter() {
    let here = tiny("no_cargo");
    let mut train = command(&here, &["train", "tiny.rnn"]);
    let said = said(train.env("RNNC_CARGO", "no-such-program").output().unwrap());
    expect(&said, 1, &["`cargo` was not found", "--interpret"]);
    assert!(!here.join("runs").exists());
}

#[test]
fn interpreted_training() {
    let here = tiny("interpret");
    let trained = rnnc(&here, &["train", "tiny.rnn", "--interpret"]);
    expect(
        &trained,
        0,
        &[
            "runs/tiny/weights.safetensors",
            "runs/tiny/metrics.csv",
            "runs/tiny/loss.svg",
        ],
    );
    expect(
        &trained,
        0,
        &["rnnc generate tiny.rnn --weights", "rnnc build tiny.rnn --weights"],
    );
    for file in [
        "weights.safetensors",
        "metrics.csv",
        "steps.csv",
        "loss.svg",
        "regime.json",
        "run.json",
        "checkpoint.safetensors",
    ] {
        assert!(here.join("runs/tiny").join(file).exists(), "{file}");
    }
    // Training again keeps what is there; the same folder again is refused.
    let again = ["train", "tiny.rnn", "--interpret", "--epochs", "1"];
    expect(&rnnc(&here, &again), 0, &["runs/tiny-2/weights.safetensors"]);
    let same = [&again[..], &["--out", "runs/tiny"]].concat();
    expect(&rnnc(&here, &same), 1, &["already holds a run", "--resume"]);
    let nowhere = [&again[..], &["--out", "elsewhere", "--resume"]].concat();
    expect(&rnnc(&here, &nowhere), 1, &["no checkpoint"]);

    let weights = "runs/tiny/weights.safetensors";
    let eval = rnnc(&here, &["eval", "tiny.rnn", "--interpret", "--weights", weights]);
    expect(&eval, 0, &["loss", "bits a symbol"]);
    let missing = rnnc(
        &here,
        &["eval", "tiny.rnn", "--interpret", "--weights", "none.safetensors"],
    );
    expect(&missing, 1, &["cannot read `none.safetensors`"]);
    let other = rnnc(
        &here,
        &["eval", "tiny.rnn", "--interpret", "--weights", weights, "-D", "n=16"],
    );
    expect(&other, 1, &["does not fit the model `tiny`"]);
    // A run that is resumed is the run that was never interrupted.
    let first = [
        "train",
        "tiny.rnn",
        "--interpret",
        "--epochs",
        "1",
        "--out",
        "runs/parts",
    ];
    expect(&rnnc(&here, &first), 0, &[]);
    let rest = ["train", "tiny.rnn", "--interpret", "--out", "runs/parts", "--resume"];
    expect(&rnnc(&here, &rest), 0, &["going on"]);
    for file in ["weights.safetensors", "metrics.csv", "steps.csv"] {
        let bytes = |run: &str| fs::read(here.join("runs").join(run).join(file)).unwrap();
        assert!(bytes("parts") == bytes("tiny"), "{file}");
    }
    // Sizes that were given in training need not be given again.
    let sized = [
        "train",
        "tiny.rnn",
        "--interpret",
        "--epochs",
        "1",
        "-D",
        "n=5",
        "--out",
        "runs/five",
    ];
    expect(&rnnc(&here, &sized), 0, &[]);
    let eval = rnnc(
        &here,
        &[
            "eval",
            "tiny.rnn",
            "--interpret",
            "--weights",
            "runs/five/weights.safetensors",
        ],
    );
    expect(&eval, 0, &["loss"]);
}

#[test]
fn drawn_tasks_train_stop_and_resume() {
    let here = folder("drawn");
    let spec = include_str!("../examples/jordan.rnn").replace("examples: 1000, valid: 1000", "examples: 40, valid: 20");
    let spec = spec.replace("stop      at_most(0, on: valid_wrong);", "");
    fs::write(here.join("jordan.rnn"), &spec).unwrap();
    let run = |rest: &[&str]| {
        rnnc(
            &here,
            &[&["train", "jordan.rnn", "--interpret", "--out"], rest].concat(),
        )
    };
    expect(
        &run(&["whole", "--epochs", "4"]),
        0,
        &["40 examples, 20 for validation"],
    );
    expect(&run(&["parts", "--epochs", "2"]), 0, &[]);
    expect(&run(&["parts", "--epochs", "4", "--resume"]), 0, &["going on"]);
    for file in ["weights.safetensors", "metrics.csv", "steps.csv"] {
        let bytes = |run: &str| fs::read(here.join(run).join(file)).unwrap();
        assert!(bytes("parts") == bytes("whole"), "{file}");
    }
    let stop = ["train.stop={at_most: 0.9, on: valid_wrong}"];
    let stopped = run(&["stopped", "--set", stop[0]]);
    expect(&stopped, 0, &["1 epochs, 3 steps, reached after 40 examples"]);
    let eval = ["eval", "jordan.rnn", "--interpret", "--weights", "whole"];
    expect(&rnnc(&here, &eval), 0, &["20 examples", "wrong "]);
    let wrong = run(&["wrong", "--set", "train.data={reversal: {}}"]);
    expect(
        &wrong,
        1,
        &[
            "error[E0405]",
            "`reversal` does not fit",
            "asks for `x: index[2] over t`",
        ],
    );
}

#[test]
fn json_results_of_training() {
    let here = tiny("json_train");
    let said = rnnc(&here, &["train", "tiny.rnn", "--interpret", "--json"]);
    expect(&said, 0, &[]);
    assert_eq!(said.err, "");
    let documents: Vec<serde_json::Value> = said.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(documents.last().unwrap()["kind"], "trained");
    assert!(documents.len() > 2, "{}", said.out);
}

#[test]
fn gradients_are_checked() {
    let here = tiny("gradcheck");
    expect(
        &rnnc(&here, &["gradcheck", "tiny.rnn", "-D", "vocab=5", "-D", "n=3"]),
        0,
        &["h.f.x.weight", "agree"],
    );
    let strict = [
        "gradcheck",
        "tiny.rnn",
        "-D",
        "vocab=5",
        "-D",
        "n=3",
        "--tolerance",
        "1e-30",
    ];
    expect(
        &rnnc(&here, &strict),
        1,
        &["differ from finite differences", "derived", "measured"],
    );
    let json = rnnc(
        &here,
        &["gradcheck", "tiny.rnn", "-D", "vocab=5", "-D", "n=3", "--json"],
    );
    expect(&json, 0, &["\"passed\":true"]);
}

#[test]
fn text_is_generated() {
    let here = tiny("generate");
    expect(&rnnc(&here, &["train", "tiny.rnn", "--interpret"]), 0, &["a sample"]);
    let weights = ["--weights", "runs/tiny/weights.safetensors", "--length", "40"];
    let generate = |more: &[&str]| {
        rnnc(
            &here,
            &[&["generate", "tiny.rnn", "--interpret"], &weights[..], more].concat(),
        )
    };
    let plain = generate(&[]);
    expect(&plain, 0, &[]);
    assert_eq!(plain.out.chars().count(), 41, "{:?}", plain.out);
    assert!(
        plain.out.trim_end_matches('\n').chars().all(|c| TEXT.contains(c)),
        "{:?}",
        plain.out
    );
    assert_eq!(generate(&[]).out, plain.out, "the same seed writes the same text");
    assert_ne!(generate(&["--seed", "9"]).out, plain.out);
    let greedy = generate(&["--temperature", "0", "--seed", "1"]);
    assert_eq!(generate(&["--temperature", "0", "--seed", "2"]).out, greedy.out);
    assert_eq!(generate(&["--top-k", "1"]).out, greedy.out);
    assert!(generate(&["--prime", "the cat"]).out.starts_with("the cat"));
    expect(
        &generate(&["--prime", "Zebra"]),
        1,
        &["has never seen the character \"Z\""],
    );
    expect(&generate(&["--temperature", "-1"]), 2, &["from 0 up"]);
    expect(&generate(&["--top-p", "0"]), 2, &["above 0"]);
    expect(&generate(&["--json"]), 0, &["\"kind\":\"text\""]);
    let beam = generate(&["--beam", "4"]);
    assert_eq!(beam.out.chars().count(), 41, "{:?}", beam.out);
    assert_eq!(generate(&["--beam", "4", "--count", "2"]).out.lines().count(), 2);
    expect(
        &generate(&["--beam", "4", "--temperature", "1"]),
        2,
        &["cannot be used with"],
    );
    let missing = rnnc(&here, &["generate", "tiny.rnn", "--weights", "none.safetensors"]);
    expect(&missing, 1, &["cannot read `none.safetensors`"]);
    fs::write(here.join("junk.safetensors"), "junk").unwrap();
    expect(
        &rnnc(&here, &["generate", "tiny.rnn", "--weights", "junk.safetensors"]),
        1,
        &["not a safetensors file"],
    );
}

#[test]
fn what_is_said_is_compared_with_the_data() {
    let here = folder("decode");
    let spec = "model back(n = 12) {\n input x: index[4] over s;\n target y: index[5] over t;\n \
                e = x |> embed(n) |> gru(n);\n d = y[t-1] |> embed(n) |> gru(n);\n d[0] = last(e);\n \
                y ~ categorical(affine(d)) until 4;\n}\n\
                train back { data reversal(symbols: 4, shortest: 1, longest: 3, examples: 40, valid: 20); epochs 1; }\n";
    fs::write(here.join("back.rnn"), spec).unwrap();
    expect(&rnnc(&here, &["train", "back.rnn", "--interpret"]), 0, &[]);
    let run = |command: &str, more: &[&str]| {
        let common = [command, "back.rnn", "--interpret", "--weights", "runs/back"];
        rnnc(&here, &[&common[..], more].concat())
    };
    let greedy = run("eval", &["--decode"]);
    expect(&greedy, 0, &[]);
    assert!(greedy.out.starts_with("20 examples of `y`\nexact ") && greedy.out.contains("error_rate"));
    assert_eq!(run("eval", &["--decode", "--beam", "1"]).out, greedy.out);
    let json = run(
        "eval",
        &[
            "--decode",
            "--beam",
            "3",
            "--length-penalty",
            "1",
            "--examples",
            "7",
            "--json",
        ],
    );
    expect(&json, 0, &["\"examples\":7", "\"exact\":"]);
    let said = run(
        "generate",
        &["--beam", "3", "--count", "2", "--part", "valid", "--examples", "5"],
    );
    expect(&said, 0, &[]);
    assert_eq!(said.out.lines().count(), 10, "{}", said.out);
    let drawn = run("generate", &["--seed", "3", "--json", "--length", "2"]);
    expect(&drawn, 0, &["\"kind\":\"sequence\"", "\"said\":{\"y\":["]);
    expect(&run("generate", &["--prime", "1"]), 1, &["by themselves"]);
}

#[test]
fn crates_are_built_whole_and_over_nothing() {
    let here = tiny("build");
    expect(
        &rnnc(&here, &["train", "tiny.rnn", "--interpret", "--epochs", "1"]),
        0,
        &[],
    );
    let build = |out: &str, more: &[&str]| {
        let args = [
            "build",
            "tiny.rnn",
            "--weights",
            "runs/tiny/weights.safetensors",
            "--out",
            out,
        ];
        rnnc(&here, &[&args[..], more].concat())
    };
    expect(&build("tiny-rs", &[]), 0, &["made the crate `tiny-rs`", "cargo test"]);
    for file in ["Cargo.toml", "src/lib.rs", "weights.bin", "README.md"] {
        assert!(here.join("tiny-rs").join(file).exists(), "{file}");
    }
    expect(&build("tiny-rs", &[]), 0, &["made the crate"]);
    fs::create_dir(here.join("mine")).unwrap();
    fs::write(here.join("mine/thesis.txt"), "precious").unwrap();
    expect(&build("mine", &[]), 1, &["is there already"]);
    assert_eq!(names(&here.join("mine")), ["thesis.txt"]);
    expect(&build("other", &["--output", "nonsense"]), 1, &["nonsense"]);
    assert_eq!(
        names(&here),
        ["input.txt", "mine", "runs", "tiny-rs", "tiny.rnn"],
        "nothing half-written"
    );
}

/// A `cargo` that says something and fails.
#[cfg(unix)]
fn failing_cargo(folder: &Path, says: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("cargo.sh");
    fs::write(&path, format!("#!/bin/sh\necho '{says}' >&2\nexit 101\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[cfg(unix)]
#[test]
fn what_cargo_says_is_explained() {
    let here = tiny("cargo");
    for (says, texts) in [
        (
            "error: failed to download `x`; try again without --offline",
            &["dependencies cannot be fetched", "network"][..],
        ),
        ("error: linker `cc` not found", &["no linker"]),
        (
            "error: x@1.0.0 requires rustc 2.0",
            &[concat!("older than ", env!("CARGO_PKG_RUST_VERSION")), "rustup update"],
        ),
        ("error: No space left on device", &["could not build", "No space left"]),
    ] {
        let cargo = failing_cargo(&here, says);
        let output = command(&here, &["train", "tiny.rnn"])
            .env("RNNC_CARGO", cargo)
            .output()
            .unwrap();
        let said = said(output);
        expect(&said, 1, &[texts, &["--interpret"]].concat());
        assert!(!said.err.contains("internal error"), "{}", said.err);
        assert!(!here.join("runs").exists());
    }
}

#[test]
fn every_example_is_right() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for name in names(&examples).iter().filter(|n| n.ends_with(".rnn")) {
        let said = rnnc(&examples, &["check", name]);
        expect(&said, 0, &["no errors"]);
        assert!(!said.err.contains("warning"), "{}", said.err);
    }
}

#[test]
fn quiet_is_quiet() {
    let here = tiny("quiet");
    let said = rnnc(&here, &["train", "tiny.rnn", "--interpret", "--epochs", "1", "--quiet"]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "", ""));
    fs::write(here.join("tiny.rnn"), "model m { x = ; }").unwrap();
    expect(&rnnc(&here, &["check", "tiny.rnn", "--quiet"]), 1, &["error[E0001]"]);
}

#[test]
fn models_and_regimes_are_chosen() {
    let here = tiny("choose");
    let second = SPEC.replace("tiny", "other");
    let fine = "train tiny as fine { data chars(\"input.txt\"); batch 3; }";
    fs::write(here.join("tiny.rnn"), format!("{SPEC}{fine}")).unwrap();
    let regime = |more: &[&str]| rnnc(&here, &[&["emit", "tiny.rnn", "--stage", "regime"], more].concat());
    expect(&regime(&[]), 0, &["batch: 8"]);
    expect(&regime(&["--regime", "fine"]), 0, &["batch: 3"]);
    expect(
        &regime(&["--regime", "fien"]),
        1,
        &["no regime `fien`", "is it `fine`?"],
    );
    fs::write(
        here.join("tiny.rnn"),
        format!("{SPEC}{fine}{}", second.replace("8;", "5;")),
    )
    .unwrap();
    expect(&regime(&[]), 1, &["several regimes", "--regime"]);
    expect(&regime(&["other"]), 0, &["batch: 5"]);
    expect(
        &rnnc(&here, &["check", "tiny.rnn"]),
        0,
        &["tiny: no errors", "other: no errors"],
    );
    expect(
        &rnnc(&here, &["emit", "tiny.rnn", "othr", "--stage", "system"]),
        1,
        &["is it `other`?"],
    );
    let train = ["train", "tiny.rnn", "--interpret", "--epochs", "1", "--regime", "fine"];
    expect(&rnnc(&here, &train), 0, &["runs/fine/weights.safetensors"]);
}

/// Slow: builds the runtime. `cargo test --test cli -- --ignored`
#[test]
#[ignore = "builds a training program"]
fn compiled_training_agrees_with_the_interpreter() {
    let here = tiny("compiled");
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    let train = |args: &[&str]| {
        let mut train = command(
            &here,
            &[&["train", "tiny.rnn", "--set", "train.precision=f64"], args].concat(),
        );
        said(train.env("RNNC_CACHE", &cache).output().unwrap())
    };
    expect(&train(&["--out", "a"]), 0, &["a sample", "rnnc generate"]);
    expect(&train(&["--out", "b", "--interpret"]), 0, &[]);
    let losses = |folder: &str| -> Vec<f64> {
        let text = fs::read_to_string(here.join(folder).join("metrics.csv")).unwrap();
        text.lines()
            .last()
            .unwrap()
            .split(',')
            .filter_map(|x| x.parse().ok())
            .collect()
    };
    let (a, b) = (losses("a"), losses("b"));
    assert_eq!(a.len(), b.len());
    assert!(
        a.iter().zip(&b).all(|(x, y)| (x - y).abs() < 1e-9 * (1.0 + y.abs())),
        "{a:?} and {b:?}"
    );
    let mut eval = command(&here, &["eval", "tiny.rnn", "--weights", "a"]);
    expect(
        &said(eval.env("RNNC_CACHE", &cache).output().unwrap()),
        0,
        &["bits a symbol"],
    );
}

#[test]
#[ignore = "builds decoders"]
fn built_decoders_say_what_the_interpreter_says() {
    let here = folder("decoders");
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    let models = [
        "e = x |> embed(n) |> gru(n);\n d = y[t-1] |> embed(n) |> gru(n);\n d[0] = last(e);\n y ~ categorical(affine(d)) until 4;",
        "e = x |> embed(n) |> bidirectional(gru(n));\n d = gru(n)(embed(n)(y[t-1]) ++ c[t-1]);\n c = bilinear_attention(d, e, e, over: s);\n \
         y ~ categorical(affine(d, c)) until 4;",
        "e = x |> embed(n) |> gru(n);\n d = y[t-1] |> embed(n) |> positions(n) |> self_attention(n);\n \
         axis r: like t;\n f = y |> embed(n);\n \
         y ~ categorical(affine(d, additive_attention(d, e, e, n: n, over: s), mean(f[r], over: r < t))) until 4;",
    ];
    for (i, equations) in models.iter().enumerate() {
        let spec = format!(
            "model m{i}(n = 8) {{\n input x: index[4] over s;\n target y: index[5] over t;\n {equations}\n}}\n\
             train m{i} {{ data reversal(symbols: 4, shortest: 0, longest: 4, examples: 40, valid: 20); epochs 1; precision f64; }}\n"
        );
        let (file, weights) = (format!("m{i}.rnn"), format!("runs/m{i}"));
        fs::write(here.join(&file), spec).unwrap();
        expect(&rnnc(&here, &["train", &file, "--interpret"]), 0, &[]);
        let run = |more: &[&str]| {
            let mut built = command(
                &here,
                &[&["generate", &file, "--json", "--weights", &weights], more].concat(),
            );
            said(built.env("RNNC_CACHE", &cache).output().unwrap()).out
        };
        for how in [&["--seed", "4", "--count", "3"][..], &["--beam", "3", "--count", "2"]] {
            let (built, interpreted) = (run(how), run(&[how, &["--interpret"]].concat()));
            assert_eq!(built.lines().count(), interpreted.lines().count());
            for (a, b) in built.lines().zip(interpreted.lines()) {
                let parse = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
                let (a, b) = (parse(a), parse(b));
                assert_eq!((&a["said"], &a["ended"]), (&b["said"], &b["ended"]));
                assert!((a["log_p"].as_f64().unwrap() - b["log_p"].as_f64().unwrap()).abs() < 1e-9);
            }
        }
    }
}

#[test]
fn fmt() {
    let here = folder("fmt");
    let (messy, neat) = (
        "model m{input x:[3];// why\noutput y=x ;}",
        "model m {\n    input x: [3]; // why\n    output y = x;\n}\n",
    );
    fs::write(here.join("a.rnn"), messy).unwrap();
    fs::write(here.join("b.rnn"), neat).unwrap();
    fs::write(here.join("broken.rnn"), "model m { h = ; }").unwrap();
    expect(
        &rnnc(&here, &["fmt", "--check", "a.rnn", "b.rnn"]),
        1,
        &["--- a.rnn", "+    input x: [3]; // why"],
    );
    assert_eq!(fs::read_to_string(here.join("a.rnn")).unwrap(), messy);
    // What is wrong with one file keeps no other from its layout.
    expect(
        &rnnc(&here, &["fmt", "broken.rnn", "a.rnn", "none.rnn"]),
        1,
        &["[E0001]", "broken.rnn", "`none.rnn`"],
    );
    assert_eq!(fs::read_to_string(here.join("a.rnn")).unwrap(), neat);
    assert_eq!(
        fs::read_to_string(here.join("broken.rnn")).unwrap(),
        "model m { h = ; }"
    );
    expect(&rnnc(&here, &["fmt", "--check", "a.rnn", "b.rnn"]), 0, &[]);
    assert_eq!(names(&here), ["a.rnn", "b.rnn", "broken.rnn"]);
    let mut piped = command(&here, &["fmt", "-"]);
    let child = piped.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), messy.as_bytes()).unwrap();
    assert_eq!(said(child.wait_with_output().unwrap()).out, neat);
}

#[test]
fn expand() {
    let here = tiny("expand");
    let said = rnnc(&here, &["expand", "tiny.rnn"]);
    expect(&said, 0, &["h_i: [8] = sigmoid("]);
    expect(&rnnc(&here, &["expand", "tiny.rnn", "-o", "flat.rnn"]), 0, &[]);
    assert_eq!(fs::read_to_string(here.join("flat.rnn")).unwrap(), said.out);
    let counts = |file: &str| {
        rnnc(&here, &["check", file])
            .err
            .rsplit(';')
            .next()
            .unwrap()
            .to_string()
    };
    assert_eq!(counts("flat.rnn"), counts("tiny.rnn"));
    expect(
        &rnnc(&here, &["expand", "tiny.rnn", "other"]),
        1,
        &["there is no model `other`"],
    );
}

#[test]
fn graph() {
    let here = tiny("graph");
    let said = rnnc(&here, &["graph", "tiny.rnn", "--width", "80"]);
    expect(&said, 0, &["\u{b7} lstm", "[t\u{2212}1]", "\u{256f}"]);
    assert!(said.out.lines().all(|l| l.chars().count() <= 80), "{}", said.out);
    for (view, text) in [
        ("folded", "lstm"),
        ("unrolled", "t = 4"),
        ("schedule", "scan along t, forward"),
        ("memory", "kept for the derivative"),
    ] {
        let args = ["graph", "tiny.rnn", "--view", view, "--steps", "4", "-o", "tiny.svg"];
        expect(&rnnc(&here, &args), 0, &[]);
        let drawn = fs::read_to_string(here.join("tiny.svg")).unwrap();
        assert!(drawn.starts_with("<svg") && drawn.contains(text), "{view}: {drawn}");
    }
    expect(&rnnc(&here, &["graph", "tiny.rnn", "-o", "tiny.txt"]), 0, &[]);
    assert!(fs::read_to_string(here.join("tiny.txt")).unwrap().contains("lstm"));
    expect(
        &rnnc(&here, &["graph", "tiny.rnn", "other"]),
        1,
        &["there is no model `other`"],
    );
    expect(&rnnc(&here, &["graph", "tiny.rnn", "--steps", "0"]), 2, &["--steps"]);
}
