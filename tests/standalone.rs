//! One step at a time is the whole sequence, interpreted and as a crate of its own.

use rnn_runtime::decode::Sampling;
use rnnc::backends::interpret::{Inputs, Interpreter};
use rnnc::backends::spec::model_spec;
use rnnc::backends::standalone::{Export, Precision, emit};
use rnnc::backends::stepper::Stepper;
use rnnc::diagnostics::Diagnostics;
use rnnc::driver::Failure;
use rnnc::driver::decode::symbols;
use rnnc::elaborate::{Unit, elaborate, models};
use rnnc::rewrite::{freeze, merge, simplify, stream, unreverse, unroll};
use rnnc::schedule::schedule;
use rnnc::source::Sources;
use rnnc::syntax;
use rnnc::system::{AxisKind, DataId, DataRole, Elem, RootKind, System};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The evaluation system of the one model in a text.
fn system(text: &str) -> System {
    prepare(elaborated(text))
}

fn elaborated(text: &str) -> System {
    let mut sources = Sources::default();
    let mut files = vec![parse(&mut sources, "model.rnn", text)];
    let mut library: Vec<PathBuf> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("std"))
        .expect("std")
        .map(|entry| entry.expect("entry").path())
        .collect();
    library.sort();
    for path in library {
        let text = std::fs::read_to_string(&path).expect("text");
        files.push(parse(&mut sources, &path.display().to_string(), &text));
    }
    let unit = Unit {
        files: &files,
        std_from: 1,
    };
    let (system, diagnostics) = elaborate(unit, models(unit)[0], &[]);
    assert!(!diagnostics.has_errors(), "{text}\n{diagnostics:#?}");
    system.expect("a system")
}

fn parse(sources: &mut Sources, name: &str, text: &str) -> syntax::ast::File {
    let id = sources.add(name, text);
    let (file, diagnostics) = syntax::parse(sources, id);
    assert!(!diagnostics.has_errors(), "{diagnostics:#?}");
    file
}

fn prepare(system: System) -> System {
    simplify(merge(simplify(unreverse(freeze(system, false)))))
}

fn params(system: &System) -> Vec<f64> {
    rnn_runtime::init::initialise(&model_spec(system), 3)
}

const STEPS: usize = 7;

/// Made-up values of one input or target over all steps.
fn column(system: &System, d: DataId) -> Vec<f64> {
    let ty = &system.data[d].ty;
    let steps = if ty.axes.len() > 1 { STEPS } else { 1 };
    let element = |i: usize| {
        let x = ((i * 7 + d.index() * 3 + 1) as f64 * 0.7).sin();
        match ty.elem {
            Elem::Real => x,
            Elem::Bit => f64::from(x > 0.0),
            Elem::Index(n) => ((x + 1.0) * 0.5 * n as f64).floor().min(n as f64 - 1.0),
        }
    };
    (0..steps * ty.size()).map(element).collect()
}

/// Runs the whole sequence, and every prefix of it for outputs that do not run over it, and one step at a time.
fn streaming_is_whole(text: &str) {
    let mut system = system(text);
    system.roots.retain(|r| r.kind == RootKind::Output);
    let system = simplify(system);
    let params = params(&system);
    let columns: Vec<Vec<f64>> = system.data.ids().map(|d| column(&system, d)).collect();
    let streaming = stream(&system).unwrap_or_else(|d| panic!("{text}\n{d:#?}"));
    let at = |role: DataRole, per_step: bool, t: usize| -> Vec<(DataId, Vec<f64>)> {
        let wanted = system.data.ids().filter(|&d| system.data[d].role == role);
        let wanted = wanted.filter(|&d| (system.data[d].ty.axes.len() > 1) == per_step);
        wanted
            .map(|d| {
                let size = system.data[d].ty.size();
                (d, columns[d.index()][t * size..(t + 1) * size].to_vec())
            })
            .collect()
    };
    let mut stepper = Stepper::new(&streaming, params.clone());
    stepper.reset(&at(DataRole::Input, false, 0));
    let whole = Interpreter::new(&schedule(system.clone()));
    for t in 0..STEPS {
        let outputs = stepper.step(&at(DataRole::Input, true, t));
        stepper.observe(&at(DataRole::Target, true, t));
        let data = system.data.iter().map(|(d, info)| {
            let steps = if info.ty.axes.len() > 1 { t + 1 } else { 1 };
            Cow::from(columns[d.index()][..steps * info.ty.size()].to_vec())
        });
        let lengths = system
            .axes
            .iter()
            .map(|a| vec![if a.name == "batch" { 1 } else { t + 1 }]);
        let values = whole.run(&Inputs::new(params.clone(), data, lengths.collect()));
        assert_eq!(outputs.len(), system.roots.len());
        for (root, output) in system.roots.iter().zip(outputs) {
            let all = values.flat(root.value);
            for (x, y) in output.iter().zip(&all[all.len() - output.len()..]) {
                assert!(
                    (x - y).abs() <= 1e-12 * y.abs().max(1.0),
                    "{text}\nstep {t}, {}: {x} {y}",
                    root.name
                );
            }
        }
    }
}

const LANGUAGE_MODEL: &str = "/// Characters, one after another.
    model char_lm(n = 24) {
        target text: index[11] over t;
        h = text[t-1] |> embed(6) |> stack(2, lstm(n));
        text ~ categorical(affine(h));
    }";

const FILTER: &str = "model filter {
        input x: real over t;
        y = 0.5 * x + 0.3 * y[t-1] - 0.2 * y[t-2] + 0.1 * x[t-2];
        output y = y;
    }";

const TAGGER: &str = "model tagger {
        input word: index[9] over t;
        input case: bit[3] over t;
        target tag: index[4] over t;
        h = gru(20)(embed(5)(word) ++ dense(4, bias: 1)(case));
        tag ~ categorical(affine(h));
    }";

const CLASSIFIER: &str = "model classifier {
        input x: [3] over t;
        target label: index[5];
        h = lstm(9)(x);
        label ~ categorical(affine(last(h), mean(h, over: t), max(h, over: t)));
    }";

const COUPLED: &str = "model coupled {
        input x: [2] over t;
        input c: [4];
        target y: [2] over t;
        h: [8] = tanh(affine(x, h[t-1], h[t-3], y[t-1], y[t-2], c));
        h[0] = tanh(affine(c));
        param k0: [8];
        k: [8] = tanh(affine(y, h, k[t-1]));
        k[0] = k0;
        y ~ normal(affine(h, k[t-1]), 1.0);
    }";

/// The numbers of steps.
const CLOCKS: &str = "model clocks {
        input x: [2] over t;
        output h = x |> clockwork(4, k: 2);
        output wave = x + sin(0.5 * t);
    }";

/// Some inner steps at each step.
const PONDERING: &str = "model pondering {
        input x: [3] over t;
        axis k: 4;
        h: [5] = tanh(affine(x, h[k-1], g[t-1]));
        g = mean(h, over: k);
        output g = g;
        output all = h;
        axis j: like k;
        output before = mean(sum(h[j] * j, over: j < k), over: k);
    }";

fn drawn(text: &str, sampling: Sampling, prime: &[u32], length: usize) -> Result<Vec<u32>, Failure> {
    let system = elaborated(text);
    let params = rnn_runtime::init::initialise(&model_spec(&prepare(system.clone())), 3);
    let mut out = Vec::new();
    symbols(&system, &params, sampling, prime, length, |s| out.push(s))?;
    Ok(out)
}

#[test]
fn the_likeliest_symbols_are_those_of_the_whole_sequence() {
    let greedy = Sampling {
        temperature: 0.0,
        ..Sampling::default()
    };
    let prime = [3, 1, 4];
    let free = drawn(LANGUAGE_MODEL, greedy, &prime, 20).expect("a model that runs freely");
    assert_eq!(free.len(), 20);
    let all: Vec<f64> = prime.iter().chain(&free).map(|&s| s as f64).collect();
    let system = system(LANGUAGE_MODEL);
    let whole = Interpreter::new(&schedule(system.clone()));
    let values = whole.run(&Inputs::new(
        params(&system),
        [Cow::from(all.clone())],
        vec![vec![1], vec![all.len()]],
    ));
    let logits = system.roots.iter().find(|r| r.name == "text.logits").expect("logits");
    for (t, logits) in values.flat(logits.value).chunks(11).enumerate().skip(prime.len()) {
        let best = (0..11)
            .max_by(|&a, &b| logits[a].total_cmp(&logits[b]))
            .expect("classes");
        assert_eq!(best as f64, all[t], "step {t}");
    }
}

#[test]
fn draws_depend_on_the_seed_alone_and_end_where_the_model_says() {
    let seed = |seed| Sampling {
        seed,
        ..Sampling::default()
    };
    let draw = |s| drawn(LANGUAGE_MODEL, seed(s), &[], 40).expect("symbols");
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    let ending = LANGUAGE_MODEL.replace("categorical(affine(h));", "categorical(affine(h)) until 2;");
    let drawn_until = drawn(&ending, seed(1), &[], 4000).expect("symbols");
    assert_eq!(drawn_until.iter().position(|&s| s == 2), Some(drawn_until.len() - 1));
    let Err(Failure::Message { text, .. }) = drawn(TAGGER, seed(1), &[], 5) else {
        panic!("a tagger has nothing to read");
    };
    assert!(text.contains("it reads `word`"), "{text}");
}

/// Names that mean something in Rust, and the operations that the others leave out.
const ODD: &str = "model default {
        input symbol: index[4] over t;
        input type: [5] over t;
        input gate: bit over t;
        input i: [3];
        h: [6] = tanh(affine(type, symbol, h[t-1], i));
        w: [6, 6] = 0.9 * w[t-1] + outer(h, h);
        r = w @ h;
        p = softmax(slice(r, 1, 4));
        held = where(gate, p, held[t-1]);
        back: [4] = dense(4)(onehot(argmax(held[t-1])));
        self = abs(sum(p * held)) ++ sign(min(r, 0.1)) ++ back;
        output best = argmax(held);
        output self = self;
        output norms = norm(h) / (1 + dot(h, r));
        output first = first(h) + last(r);
        output big = h > 0.1;
    }";

#[test]
fn streaming_equals_the_whole_sequence() {
    for text in [LANGUAGE_MODEL, FILTER, TAGGER, CLASSIFIER, COUPLED, CLOCKS, ODD] {
        streaming_is_whole(text);
    }
}

#[test]
fn fixed_steps_written_out_are_the_same() {
    let system = system(PONDERING);
    let params = params(&system);
    let run = |s: &System| -> Vec<Vec<f64>> {
        let length = |kind| match kind {
            AxisKind::Steps(n) => n,
            AxisKind::Sequence => STEPS,
            AxisKind::Batch | AxisKind::Tree | AxisKind::Graph => 1,
        };
        let lengths = s.axes.iter().map(|a| vec![length(a.kind)]).collect();
        let data = s.data.ids().map(|d| Cow::from(column(s, d)));
        let interpreter = Interpreter::new(&schedule(s.clone()));
        let values = interpreter.run(&Inputs::new(params.clone(), data, lengths));
        s.roots.iter().map(|r| values.flat(r.value).to_vec()).collect()
    };
    let written_out = simplify(unroll(system.clone()));
    assert!(!written_out.axes.iter().any(|a| matches!(a.kind, AxisKind::Steps(_))));
    let (a, b) = (run(&system), run(&written_out));
    let close = |x: f64, y: f64| assert!((x - y).abs() < 1e-12, "{x} {y}");
    a[0].iter().zip(&b[0]).for_each(|(&x, &y)| close(x, y));
    a[2].iter().zip(&b[2]).for_each(|(&x, &y)| close(x, y));
    // Written out, the steps of `k` are the first dimension of the features: within those of `t`, not around them.
    let (k_steps, size) = (4, 5);
    assert_eq!(
        (a[1].len(), b[1].len()),
        (STEPS * k_steps * size, STEPS * k_steps * size)
    );
    for (place, &y) in b[1].iter().enumerate() {
        let (t, k, i) = (place / (k_steps * size), place / size % k_steps, place % size);
        close(a[1][(k * STEPS + t) * size + i], y);
    }
}

/// Attention over the past, in which every name of the steps is used in another way.
const PAST: &[&str] = &[
    "model m { target text: index[7] over t; axis s: like t;
       x = text[t-1] |> embed(4); q: [3] = linear(x); k: [3] = linear(x); v: [5] = linear(x);
       weight = softmax(dot(q, k[s]) / sqrt(3), over: s <= t);
       text ~ categorical(affine(sum(weight * v[s], over: s <= t))); }",
    "layer block(n, heads)(x) -> y {
       z = x + (x |> layer_norm() |> self_attention(n, heads));
       y = z + (z |> layer_norm() |> dense(2 * n) |> relu |> dense(n)); }
     model m { input x: [3] over t; h = x |> dense(4) |> positions(4) |> stack(2, block(4, heads: 2)) |> layer_norm();
       output h = h; }",
    // The very target, of the steps before.
    "model m { target y: index[5] over t; axis s: like t;
       e = y |> embed(4); q: [4] = linear(y[t-1]);
       c = sum(softmax(dot(q, e[s]), over: s < t) * e[s], over: s < t);
       y ~ categorical(affine(c, y[t-1], mean(e[s], over: t - 3 <= s < t))); }",
    // States, windows, maxima, steps by their numbers, what is computed under the second name only.
    "model m { input x: [3] over t; axis s: like t; h = lstm(4)(x); g: [4] = tanh(affine(h[s] * s, x[s-1]));
       near = mean(g, over: t - 3 < s <= t);
       most = max(sum(g) + sum(x), over: s < t - 1);
       mass = log_sum_exp(dot(x[s], x), over: s <= t);
       first = first(sum(h[s]), over: s);
       output near = near; output first = first; output mass = mass; output most = where(t > 3, most, 0);
       output both = gru(3)(near); }",
    // A comparison of all pairs of steps so far.
    "model m { input x: [3] over t; axis s: like t; axis r: like t; k: [3] = affine(x);
       inner = sum(softmax(dot(k[s], k[r]), over: r <= s) * x[r], over: r <= s);
       output y = sum(softmax(dot(k, inner), over: s <= t) * inner, over: s <= t); }",
];

#[test]
fn what_is_read_of_the_past_is_kept() {
    PAST.iter().for_each(|text| streaming_is_whole(text));
}

#[test]
fn what_is_yet_to_come_is_not_read_under_another_name() {
    let model = |c: &str| {
        format!(
            "model m {{ input x: [3] over t; axis s: like t; axis r: like t; h = gru(3)(x); output y = sum(x) + {c}; }}"
        )
    };
    for (c, why) in [
        ("sum(mean(x[s] * x, over: s))", "would leave them out"),
        ("sum(mean(x[s] * x, over: s >= t))", "would leave them out"),
        ("sum(mean(x[s] * x, over: s <= t + 1))", "would leave them out"),
        ("sum(mean(x[s], over: s <= 3))", "a value of the whole sequence"),
        (
            "sum(mean(backward(gru(3))(x)[s], over: s <= t))",
            "reads a step to come",
        ),
        ("sum(mean(x[s+1] * x, over: s <= t))", "reads a step to come"),
        ("sum(mean((h * x[s])[t-1], over: s <= t))", "keeps something for each"),
    ] {
        let d = refusal(&model(c));
        assert!(d.list.iter().any(|d| d.message.contains(why)), "{c}: {d:#?}");
    }
}

fn refusal(text: &str) -> Diagnostics {
    match stream(&system(text)) {
        Ok(_) => panic!("accepted: {text}"),
        Err(diagnostics) => diagnostics,
    }
}

#[test]
fn what_looks_ahead_is_refused() {
    let d = refusal(
        "model m { input x: [2] over t; target y: index[3] over t; y ~ categorical(affine(bidirectional(lstm(3))(x))); }",
    );
    assert!(d.list.iter().all(|d| d.code.0 == "E0406"), "{d:#?}");
    assert!(
        d.list[0].message.contains("reads a step to come"),
        "{}",
        d.list[0].message
    );
    let d = refusal("model m { input x: [2] over t; h: [2] = x - mean(x, over: t); output h = h; }");
    assert!(
        d.list[0].message.contains("value of the whole sequence"),
        "{}",
        d.list[0].message
    );
}

fn export<'a>(name: &'a str, system: &'a System, params: &'a [f64]) -> Export<'a> {
    Export {
        system,
        params,
        vocabulary: None,
        outputs: &[],
        precision: Precision::F32,
        name,
        spec: None,
    }
}

fn write(folder: &Path, export: &Export) {
    let files = emit(export).unwrap_or_else(|d| panic!("{d:#?}"));
    for (path, bytes) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        // Unchanged files keep their time, so that nothing is built twice.
        if std::fs::read(&path).ok().as_deref() != Some(&bytes) {
            std::fs::write(path, bytes).expect("file");
        }
    }
}

fn cargo(folder: &Path, arguments: &[&str]) -> String {
    run(folder, arguments, "-D warnings")
}

fn run(folder: &Path, arguments: &[&str], flags: &str) -> String {
    let out = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(folder)
        .env(
            "CARGO_TARGET_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("standalone-target"),
        )
        .env("RUSTFLAGS", flags)
        .output()
        .expect("cargo runs");
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success(),
        "{}\n{text}\n{}",
        folder.display(),
        String::from_utf8_lossy(&out.stderr)
    );
    text
}

/// More weights than a first-level cache holds: loops over them turn around every second step.
const WIDE: &str =
    "model wide { input x: [2] over t; h = x |> lstm(68) |> gru(64); y: [1] = affine(h); output y = y; }";

#[test]
fn crates_pass_their_own_tests() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("standalone");
    let vocabulary: Vec<char> = "\n abcdefghi".chars().collect();
    let cases = [
        ("char-lm", LANGUAGE_MODEL, Precision::F32),
        ("filter", FILTER, Precision::F64),
        ("tagger", TAGGER, Precision::F32),
        ("classifier", CLASSIFIER, Precision::F32),
        ("coupled", COUPLED, Precision::F64),
        ("clocks", CLOCKS, Precision::F64),
        ("match", ODD, Precision::F32),
        ("pondering", PONDERING, Precision::F32),
        ("wide", WIDE, Precision::F32),
    ];
    for (name, text, precision) in cases {
        let system = system(text);
        let params = params(&system);
        let folder = root.join(name);
        let export = Export {
            vocabulary: (name == "char-lm").then_some(&vocabulary[..]),
            precision,
            spec: Some(text),
            ..export(name, &system, &params)
        };
        write(&folder, &export);
        assert!(cargo(&folder, &["test", "--offline", "--quiet"]).contains("test result: ok. 1 passed"));
    }
    let wide = std::fs::read_to_string(root.join("wide/src/lib.rs")).expect("text");
    assert!(wide.contains("if self.back { 3 - block } else { block }"), "{wide}");
    builds_without_std(&root.join("char-lm"));
    let printed = cargo(
        &root.join("char-lm"),
        &[
            "run",
            "--offline",
            "--quiet",
            "--example",
            "generate",
            "--",
            "50",
            "1.0",
        ],
    );
    assert_eq!(printed.chars().count(), 51, "{printed}");
}

/// Every distribution; `z` goes on from what it was.
const DRAWS: &str = "model draws {
        target k: index[3] over t; target b: bit[2] over t; target c: bit over t; target z: real over t;
        target l: [2] over t; target w: [2] over t; target normal: real over t;
        param a: [3] ~ normal(0, 1); param d: [2] ~ normal(0, 1); param e: [2, 2] ~ normal(0, 2);
        k ~ categorical(a);
        b ~ bernoulli(d);
        c ~ bernoulli(1);
        z ~ normal(1 + 0.5 * z[t-1], 0.6);
        l ~ laplace(d, 0.5);
        w ~ mixture(d, e, 0.5);
        normal ~ mixture(d, d, 0.5);
    }";

#[test]
fn crates_draw_from_every_distribution() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("standalone/draws");
    let system = system(DRAWS);
    let params = params(&system);
    write(&folder, &export("draws", &system, &params));
    let generate = |seed: &str| {
        let steps = ["20000", "1.0", seed];
        cargo(
            &folder,
            &[
                &["run", "--offline", "--quiet", "--example", "generate", "--"][..],
                &steps,
            ]
            .concat(),
        )
    };
    let printed = generate("5");
    assert!(printed == generate("5") && printed != generate("6"));
    let rows: Vec<Vec<f64>> = printed
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| line.split(' ').map(|x| x.parse().expect("a number")).collect())
        .collect();
    assert_eq!((rows.len(), rows[0].len()), (20_000, 10));
    let mean = |f: &dyn Fn(&[f64]) -> f64| rows.iter().map(|r| f(r)).sum::<f64>() / rows.len() as f64;
    let of = |name: &str| {
        let spec = model_spec(&system);
        let p = spec.params.iter().find(|p| p.name == name).expect("a parameter");
        params[p.offset..p.offset + p.len()].to_vec()
    };
    let (a, d, e) = (of("a"), of("d"), of("e"));
    let share = |logits: &[f64], i: usize| logits[i].exp() / logits.iter().map(|x| x.exp()).sum::<f64>();
    let odds = |logit: f64| 1.0 / (1.0 + (-logit).exp());
    let close = |what: &str, found: f64, expected: f64, within: f64| {
        assert!((found - expected).abs() < within, "{what}: {found}, not {expected}");
    };
    for class in 0..3 {
        close("k", mean(&|r| f64::from(r[0] == class as f64)), share(&a, class), 0.015);
    }
    for (i, p) in [odds(d[0]), odds(d[1]), odds(1.0)].into_iter().enumerate() {
        close("bits", mean(&|r| r[1 + i]), p, 0.015);
    }
    // Mean and variance: of a chain that forgets half a step, of Laplace numbers, of components.
    let mixed = |m: [f64; 2]| {
        let p = [share(&d, 0), share(&d, 1)];
        let centre = p[0] * m[0] + p[1] * m[1];
        (centre, 0.25 + p[0] * m[0] * m[0] + p[1] * m[1] * m[1] - centre * centre)
    };
    let expected = [
        (2.0, 0.36 / 0.75),
        (d[0], 0.5),
        (d[1], 0.5),
        mixed([e[0], e[2]]),
        mixed([e[1], e[3]]),
        mixed([d[0], d[1]]),
    ];
    for (i, (centre, variance)) in expected.into_iter().enumerate() {
        let found = mean(&|r| r[4 + i]);
        close("mean", found, centre, 0.05);
        let spread = mean(&|r| (r[4 + i] - found) * (r[4 + i] - found));
        close("variance", spread, variance, 0.05 * variance.max(0.5));
    }
}

/// Builds for a machine without an operating system, where that target is installed.
fn builds_without_std(folder: &Path) {
    let installed = Command::new("rustup").args(["target", "list", "--installed"]).output();
    let installed = installed
        .map(|out| String::from_utf8_lossy(&out.stdout).into_owned())
        .unwrap_or_default();
    match installed
        .lines()
        .find(|t| t.starts_with("thumbv") || t.contains("-none"))
    {
        Some(target) => drop(cargo(
            folder,
            &["build", "--offline", "--quiet", "--lib", "--target", target],
        )),
        None => eprintln!("skipped: no target without an operating system is installed"),
    }
}

/// Nanoseconds a step, as RTNeural measures them: one input, a layer of a cell, a dense output of one; and of a character
/// model. `cargo test --release --test standalone -- --ignored --nocapture speed`
#[test]
#[ignore = "measures"]
fn speed() {
    for cell in ["lstm", "gru", "gru_reset_after"] {
        for n in [8, 16, 20, 32, 40, 64, 128, 256] {
            let text =
                format!("model net {{ input x: [1] over t; h = {cell}({n})(x); y: [1] = affine(h); output y = y; }}");
            measure(
                &format!("{cell}-{n}"),
                &text,
                "net.step(std::hint::black_box(&[t as f32 * 1e-3]))",
            );
        }
    }
    let text = LANGUAGE_MODEL
        .replace("n = 24", "n = 256")
        .replace("embed(6)", "embed(64)")
        .replace("index[11]", "index[65]")
        .replace("model char_lm", "model net");
    measure("char-model", &text, "{ net.observe(t % 65); net.step() }");
}

fn measure(name: &str, text: &str, step: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("speed").join(name);
    let system = system(text);
    let params = params(&system);
    let started = std::time::Instant::now();
    write(&folder, &export(name, &system, &params));
    let emitted = started.elapsed().as_millis();
    let example = SPEED.replace("LIBRARY", &name.replace('-', "_")).replace("STEP", step);
    std::fs::write(folder.join("examples/speed.rs"), example).expect("file");
    let arguments = ["run", "--offline", "--quiet", "--release", "--example", "speed"];
    let nanoseconds = run(&folder, &arguments, "-C target-cpu=native");
    println!("{name}: {} (written in {emitted} ms)", nanoseconds.trim());
}

const SPEED: &str = "
fn main() {
    let mut net = LIBRARY::Net::new();
    let mut best = f64::INFINITY;
    for _ in 0..20 {
        let steps: usize = 1000;
        let start = std::time::Instant::now();
        for t in 0..steps {
            std::hint::black_box(STEP);
        }
        best = best.min(start.elapsed().as_nanos() as f64 / steps as f64);
    }
    println!(\"{best:.0} ns\");
}
";
