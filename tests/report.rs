//! `rnnc report`: pages of small runs, opened in a browser where there is one.
#![cfg(feature = "cli")]

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// The exit code, and all that was said.
fn rnnc(folder: &Path, args: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_rnnc"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr]
        .map(|s| String::from_utf8(s).unwrap())
        .concat();
    (output.status.code().unwrap_or(-1), text)
}

#[track_caller]
fn expect(said: &(i32, String), code: i32, texts: &[&str]) {
    assert_eq!(said.0, code, "{}", said.1);
    for text in texts {
        assert!(said.1.contains(text), "`{text}` is missing from:\n{}", said.1);
    }
}

/// Trains a specification for some epochs and reports on the run; the page, after a look at it in a browser.
#[track_caller]
fn page(folder: &Path, spec: &str, epochs: &str) -> String {
    fs::write(folder.join("net.rnn"), spec).unwrap();
    let train = [
        "train",
        "net.rnn",
        "--interpret",
        "--out",
        "run",
        "--threads",
        "1",
        "--epochs",
        epochs,
    ];
    expect(&rnnc(folder, &train), 0, &[]);
    expect(&rnnc(folder, &["report", "run"]), 0, &["run/report.html"]);
    let path = folder.join("run/report.html");
    open(&path);
    fs::read_to_string(path).unwrap()
}

fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let runs = |name: &&str| {
        let version = Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        version.is_ok_and(|s| s.success())
    };
    names.into_iter().find(runs)
}

/// Moves the pointer over every picture.
const POINTER: &str = r#"<script>
let told = 0;
for (const svg of document.querySelectorAll("figure svg")) {
  const b = svg.getBoundingClientRect();
  svg.dispatchEvent(new MouseEvent("mousemove", { clientX: b.left + 0.6 * b.width, clientY: b.top + 0.4 * b.height }));
  if (!document.getElementById("tip").hidden && document.getElementById("tip").textContent.includes("\n")) told += 1;
}
document.body.dataset.told = told;
</script></body>"#;

/// Its script runs to the end, every picture tells its values, and nothing is complained of.
#[track_caller]
fn open(path: &Path) {
    let Some(browser) = browser() else {
        eprintln!("no browser is installed: `{}` was not opened", path.display());
        return;
    };
    let (profile, moved) = (path.with_extension("profile"), path.with_extension("moved.html"));
    let html = fs::read_to_string(path).unwrap();
    fs::write(&moved, html.replace("</body>", POINTER)).unwrap();
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", moved.display()))
        .output()
        .unwrap();
    let _ = fs::remove_dir_all(profile);
    let _ = fs::remove_file(moved);
    let (dom, log) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(dom.contains("data-ready=\"yes\""), "the script did not end:\n{log}");
    let told = format!("data-told=\"{}\"", html.matches("<figure").count());
    assert!(
        dom.contains(&told),
        "not every picture tells its values: {told} is not there"
    );
    let complaints: Vec<&str> = log.lines().filter(|l| l.contains("CONSOLE")).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What the script knows of each picture, by title.
fn pictures(page: &str) -> Vec<(String, Value)> {
    let figure = |part: &str| {
        let hover = part.split("data-hover=\"").nth(1)?.split('"').next()?;
        let hover = hover
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&");
        let title = part.split("<b>").nth(1)?.split("</b>").next()?.to_owned();
        Some((title, serde_json::from_str(&hover).unwrap()))
    };
    page.split("<figure").skip(1).filter_map(figure).collect()
}

#[track_caller]
fn picture(page: &str, title: &str) -> Value {
    let all = pictures(page);
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    match all.iter().find(|(name, _)| name == title) {
        Some((_, hover)) => hover.clone(),
        None => panic!("no picture `{title}` among {names:?}"),
    }
}

const TEXT: &str = r#"
/// A <b>text</b> & "its" symbols.
model tiny(vocab, n = 6) {
    target text: index[vocab] over t;
    h = text[t-1] |> embed(4) |> lstm(n);
    text ~ categorical(affine(h));
}

train tiny {
    data      chars("input.txt", window: 16, split: 0.8);
    optimizer adam(lr: 1e-2);
    batch     8;
}
"#;

#[test]
fn a_text() {
    let here = folder("text");
    fs::write(
        here.join("input.txt"),
        "the cat <sat> on the mat & the rat; ".repeat(10),
    )
    .unwrap();
    let html = page(&here, TEXT, "2");
    assert!(html.contains("A &lt;b&gt;text&lt;/b&gt; &amp; &quot;its&quot; symbols."));
    assert!(html.contains("<pre class=\"text\">"), "no sample");
    assert!(html.contains("Not shown: no value runs over pairs of steps"));
    let named = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    assert!(!named.contains("://"), "the page names the network");
    let loss = picture(&html, "loss");
    assert_eq!(loss["series"][0]["x"], serde_json::json!([1.0, 2.0]));
    for state in ["h.c", "h", "h.i", "h.f"] {
        let states = picture(&html, state);
        assert_eq!(
            (&states["rows"], &states["columns"]),
            (&6.into(), &16.into()),
            "{state}"
        );
    }
    // Each step's probabilities, rounded to thousandths of the largest.
    let chances = picture(&html, "probability of text");
    assert_eq!(
        chances["rows"].as_u64().unwrap(),
        chances["names"][0].as_array().unwrap().len() as u64
    );

    // The same run, the same page; also where the specification has gone.
    expect(
        &rnnc(&here, &["report", "run", "--out", "again.html"]),
        0,
        &["again.html"],
    );
    assert!(fs::read_to_string(here.join("again.html")).unwrap() == html);
    fs::remove_file(here.join("net.rnn")).unwrap();
    expect(
        &rnnc(&here, &["report", "run", "--json"]),
        0,
        &["\"kind\":\"report\"", "\"section\":\"Attention\""],
    );
    let html = fs::read_to_string(here.join("run/report.html")).unwrap();
    assert!(html.contains("its file is not there") && html.contains("<pre class=\"text\">"));
    // Without data there is less to show, and it says so; data that were asked for must be there.
    fs::rename(here.join("input.txt"), here.join("moved.txt")).unwrap();
    expect(
        &rnnc(&here, &["report", "run"]),
        0,
        &["not shown: Predictions and truth", "input.txt"],
    );
    expect(
        &rnnc(&here, &["report", "run", "--data", "moved.txt"]),
        0,
        &["run/report.html"],
    );
    let nowhere = ["report", "run", "--data", "nowhere.txt", "--out", "none.html"];
    expect(&rnnc(&here, &nowhere), 1, &["nowhere.txt"]);
    assert!(!here.join("none.html").exists());
}

#[test]
fn what_is_no_run() {
    let here = folder("wrong");
    expect(
        &rnnc(&here, &["report", "nothing"]),
        1,
        &["`nothing` is no run: there is no such folder", "rnnc train"],
    );
    fs::create_dir(here.join("empty")).unwrap();
    expect(&rnnc(&here, &["report", "empty"]), 1, &["`empty` holds no run"]);
    fs::write(here.join("input.txt"), "the cat sat on the mat; ".repeat(10)).unwrap();
    fs::write(here.join("net.rnn"), TEXT).unwrap();
    let train = ["train", "net.rnn", "--interpret", "--out", "run", "--epochs", "1"];
    expect(&rnnc(&here, &train), 0, &["rnnc report run"]);
    let other = TEXT.replace("lstm(n)", "gru(n)");
    fs::write(here.join("other.rnn"), &other).unwrap();
    expect(
        &rnnc(&here, &["report", "run", "--spec", "other.rnn"]),
        1,
        &["does not fit the model `tiny`", "is missing"],
    );
    fs::write(here.join("other.rnn"), TEXT.replace("tiny", "small")).unwrap();
    let renamed = rnnc(&here, &["report", "run", "--spec", "other.rnn"]);
    expect(
        &renamed,
        1,
        &["is a run of the model `tiny`, and `other.rnn` has none of this name"],
    );
    fs::write(here.join("other.rnn"), TEXT.replace("affine(h)", "affine(g)")).unwrap();
    expect(&rnnc(&here, &["report", "run", "--spec", "other.rnn"]), 1, &["E0101"]);
    fs::write(
        here.join("run/steps.csv"),
        "epoch,step,learning_rate,train_loss\n1,2,x,3\n",
    )
    .unwrap();
    expect(
        &rnnc(&here, &["report", "run"]),
        1,
        &["`run/steps.csv`, line 2: `x` is not a number"],
    );
    fs::remove_file(here.join("run/weights.safetensors")).unwrap();
    expect(
        &rnnc(&here, &["report", "run"]),
        1,
        &["there is no `weights.safetensors` in it"],
    );
    let left: Vec<_> = fs::read_dir(here.join("run"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert!(
        left.iter().all(|name| !name.to_string_lossy().contains("report")),
        "{left:?}"
    );
}

#[test]
fn a_classifier() {
    let here = folder("classifier");
    let html = page(
        &here,
        "model net(vocab, classes, n = 5) {
            input x: index[vocab] over t;
            target y: index[classes];
            logits = affine(mean(x |> embed(4) |> bidirectional(gru(n)), over: t));
            y ~ categorical(logits);
            metric accuracy = argmax(logits) == y;
        }
        train net {
            data temporal_order(length: 12, examples: 60, valid: 30);
            optimizer adam(lr: 1e-2);
        }",
        "2",
    );
    // The table counts what the metric counts.
    let eval = rnnc(&here, &["eval", "net.rnn", "--interpret", "--weights", "run"]);
    let accuracy: f64 = eval
        .1
        .lines()
        .find_map(|l| l.strip_prefix("accuracy "))
        .unwrap()
        .parse()
        .unwrap();
    let right = (accuracy * 30.0).round();
    assert!(html.contains(&format!("{right} of 30 right")), "{accuracy}");
    assert!(html.contains("<table class=\"confusion\">") && html.contains("true y") && html.contains("said y"));
    for way in ["states that run forwards", "states that run backwards"] {
        assert_eq!(picture(&html, way)["log"], true);
    }
}

#[test]
fn an_encoder_and_a_decoder_with_attention() {
    let here = folder("attention");
    let spec = "model net(vocab, classes, n = 6) {
            input x: index[vocab] over s;
            target y: index[classes] over t;
            enc = x |> embed(4) |> bidirectional(gru(4));
            c = additive_attention(d[t-1], enc, enc, n: 4, over: s);
            d = gru(n)(embed(4)(y[t-1]) ++ c);
            y ~ categorical(affine(d, c)) until 8;
        }
        train net { data reversal(shortest: 2, longest: 6, examples: 40, valid: 10); batch 10; }";
    let html = page(&here, spec, "1");
    let map = picture(&html, "c.weight");
    let (rows, columns) = (map["rows"].as_u64().unwrap(), map["columns"].as_u64().unwrap());
    // The target has an end symbol more, and what is looked at lies across.
    assert_eq!((rows, &map["along"]), (columns + 1, &serde_json::json!(["t", "s"])));
    let values: Vec<f64> = map["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect();
    let scale = map["scale"].as_f64().unwrap();
    for row in values.chunks(columns as usize) {
        let sum: f64 = row.iter().sum::<f64>() * scale;
        assert!((sum - 1.0).abs() < 0.01, "{sum}");
    }
    assert!(html.contains("weights of the steps of s at each of t"));
    picture(&html, "d");
    picture(&html, "enc.back");

    // What is read backwards has steps that are not those of the symbols.
    fs::remove_dir_all(here.join("run")).unwrap();
    let html = page(&here, &spec.replace("x |> embed", "reverse(x) |> embed"), "1");
    let map = picture(&html, "c.weight");
    assert_eq!(map["names"][1].as_array().unwrap()[..2], ["1", "2"]);
}

/// The adjoint of `h = h[t-1] / 2 + x` halves with each step back.
#[test]
fn numbers_and_the_adjoint_by_lag() {
    let here = folder("numbers");
    let html = page(
        &here,
        "model net {
            input x: real over t;
            target y: real over t;
            param k: [1] ~ constant(1);
            h = 0.5 * h[t-1] + x;
            y ~ normal(sum(k) * h, 1);
        }
        train net { data moving_average(length: 20, examples: 20, valid: 10); }",
        "2",
    );
    assert!(html.contains("root mean square error") && html.contains("R²"));
    assert_eq!(picture(&html, "y")["names"], serde_json::json!(["true", "predicted"]));
    let lags = picture(&html, "states that run forwards");
    let norms: Vec<f64> = lags["series"][0]["y"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect();
    assert_eq!(norms.len(), 20);
    for pair in norms.windows(2) {
        assert!((pair[1] - pair[0] - 0.5f64.log10()).abs() < 1e-3, "{norms:?}");
    }
}

/// What a model lacks is named: no step that predicts a label, no sequence, no target at all.
#[test]
fn what_cannot_be_shown() {
    let here = folder("without");
    let example = r#"{"x": [[1, 0], [1, 0], [-1, -1], [0, 1]], "y": [0, 1]}"#;
    fs::write(here.join("spell.jsonl"), [example; 10].join("\n")).unwrap();
    let spelt = page(
        &here,
        "model net {
            input x: [2] over t;
            target y: index[3] over s;
            y ~ ctc(affine(x |> gru(3)));
        }
        train net { data jsonl(\"spell.jsonl\"); }",
        "1",
    );
    assert!(spelt.contains("frames spell `y`") && spelt.contains("said y"));
    let chances = picture(&spelt, "probability of y");
    assert_eq!(chances["names"][0], serde_json::json!(["0", "1", "2", "blank"]));

    let rows: String = (0..20).map(|i| format!("{i},{},{}\n", 20 - i, i % 3)).collect();
    fs::write(here.join("flat.csv"), format!("x1,x2,y\n{rows}")).unwrap();
    fs::remove_dir_all(here.join("run")).unwrap();
    let rounds = page(
        &here,
        "model net {
            input x: [2];
            target y: real;
            axis k: 4;
            r: [3] = tanh(affine(x, r[k-1]));
            out: [1] = affine(last(r));
            d = sum(out) - y;
            loss d * d;
        }
        train net { data csv(\"flat.csv\"); }",
        "1",
    );
    assert!(rounds.contains("observes nothing that could be drawn") && rounds.contains("it has a loss of its own"));
    let state = picture(&rounds, "r");
    assert_eq!((&state["rows"], &state["columns"]), (&3.into(), &4.into()));
    let lags = picture(&rounds, "states that run forwards");
    assert_eq!(lags["series"][0]["x"], serde_json::json!([0.0, 1.0, 2.0, 3.0]));
}
