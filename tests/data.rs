//! Models trained on tables, from the command line.
#![cfg(feature = "cli")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SPEC: &str = r#"
/// A word and a number a step, a label an example.
model probe(words, d, labels, n = 3) {
    input word: index[words] over t;
    input x: [d] over t;
    target label: index[labels];
    h: [n] = tanh(affine(embed(2)(word), x));
    logits = affine(mean(h, over: t));
    label ~ categorical(logits);
    output logits;
}

train probe {
    data csv("a.csv", valid: "b.csv", test: "b.csv", group: "id", columns: "label = kind", unknown: word, standardize: x);
    epochs 2;
}
"#;

const ROWS: &str = "id,word,x1,x2,kind\n1,a,0,10,yes\n1,a,1,20,yes\n2,b,0,30,no\n3,a,5,10,no\n3,b,7,10,no\n";

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("rnnc-data-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("probe.rnn"), SPEC).unwrap();
    fs::write(folder.join("a.csv"), ROWS).unwrap();
    fs::write(folder.join("b.csv"), ROWS.replace(",b,", ",new,")).unwrap();
    folder
}

/// The exit code, and all that was said.
fn rnnc(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_rnnc"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn tables_train_evaluate_and_ship() {
    let here = folder("ship");
    let (code, said) = rnnc(&here, &["train", "probe.rnn", "--interpret", "--out", "run"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("3 examples, 3 for validation"), "{said}");
    for part in ["train", "test", "all"] {
        let (code, said) = rnnc(
            &here,
            &["eval", "probe.rnn", "--interpret", "--weights", "run", "--part", part],
        );
        assert_eq!(code, Some(0), "{said}");
        let examples = if part == "all" { "9 examples" } else { "3 examples" };
        assert!(said.contains(examples), "{part}: {said}");
    }
    let (code, said) = rnnc(
        &here,
        &["eval", "probe.rnn", "--interpret", "--weights", "run", "--part", "last"],
    );
    assert!(
        code == Some(2) && said.contains("`train`, `valid`, `test` or `all`"),
        "{said}"
    );
    // The crate takes inputs as they were measured: the scale is among its weights.
    let (code, said) = rnnc(&here, &["build", "probe.rnn", "--weights", "run", "--out", "crate"]);
    assert_eq!(code, Some(0), "{said}");
    fs::remove_dir_all(here).unwrap();
}

#[test]
fn what_does_not_fit_is_said_before_training() {
    let here = folder("wrong");
    for (from, to, expected) in [
        (
            "7,10,no",
            "NaN,10,no",
            "a.csv:6, `x1`: expected a finite number, found \"NaN\"",
        ),
        ("id,word", "id,ward", "a.csv; there is no column `word`; is it `ward`?"),
        (
            "5,10,no",
            "5,10,yes",
            "a.csv:6, `kind`: expected \"yes\" as in the rows before, found \"no\"",
        ),
    ] {
        fs::write(here.join("a.csv"), ROWS.replace(from, to)).unwrap();
        let (code, said) = rnnc(&here, &["train", "probe.rnn", "--interpret", "--out", "run"]);
        assert_eq!(code, Some(1), "{said}");
        for part in expected.split("; ") {
            assert!(said.contains(part), "{expected}: {said}");
        }
        assert!(
            said.contains("error[E0405]") && said.contains("probe.rnn:14:10"),
            "{said}"
        );
    }
    fs::write(here.join("a.csv"), ROWS).unwrap();
    for (change, expected) in [
        ("train.data.group=ids", "there is no column `ids`; is it `id`?"),
        (
            "train.data.standardize=word",
            "`word` cannot be standardised: its values are classes",
        ),
        ("train.data.unknown=wrd", "no input or target `wrd`; is it `word`?"),
        ("train.data.group=7", "`group` must be a text"),
        ("train.data.on=x", "there is no setting `on`"),
    ] {
        let (code, said) = rnnc(
            &here,
            &["train", "probe.rnn", "--interpret", "--out", "run", "--set", change],
        );
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(expected), "{change}: {said}");
    }
    fs::remove_dir_all(here).unwrap();
}

/// Two labels and one frame.
#[test]
fn an_example_without_a_chance_is_named() {
    let here = folder("chance");
    let spec = "model m { input x: [1] over t; target y: index[2] over s; y ~ ctc(dense(3)(x)); }
        train m { data jsonl(\"train.jsonl\", valid: \"valid.jsonl\"); batch 2; epochs 1; }";
    fs::write(here.join("m.rnn"), spec).unwrap();
    let (fits, no) = ("{\"x\":[[0],[1]],\"y\":[0]}\n", "{\"x\":[[0]],\"y\":[0,1]}\n");
    for (train, valid, batch, want) in [
        (
            [fits, no, fits],
            [fits, fits],
            "2",
            Some("example 2 of the part `train` is inf at step 1 "),
        ),
        (
            [fits, no, fits],
            [fits, fits],
            "1",
            Some("example 2 of the part `train` is inf"),
        ),
        (
            [fits, fits, fits],
            [fits, no],
            "2",
            Some("example 2 of the part `valid` is inf"),
        ),
        (
            [no, no, no],
            [fits, fits],
            "2",
            Some("the training loss is inf at step 1 "),
        ),
        ([fits, fits, fits], [fits, fits], "2", None),
    ] {
        fs::write(here.join("train.jsonl"), train.concat()).unwrap();
        fs::write(here.join("valid.jsonl"), valid.concat()).unwrap();
        let batch = format!("train.batch={batch}");
        let run = ["train", "m.rnn", "--interpret", "--set", &batch];
        let (code, said) = rnnc(&here, &run);
        assert_eq!(code, Some(i32::from(want.is_some())), "{said}");
        assert!(said.contains(want.unwrap_or("1 epochs")), "{said}");
    }
}
