//! No text makes the compiler panic, loop, or fail inside: specs that were changed at random are compiled as far as they
//! go. What passes the check must also schedule, and give Rust or a refusal that says why.
//!
//! `MUTATIONS=100000 SEED=7 cargo test --test mutations` does more of it. The text that is being compiled lies in the
//! target's `tmp/mutant.rnn`, should the process itself die.

mod corpus;
mod mutate;

use rnn_runtime::draw::Stream;
use rnnc::backends::rust::{Compiled, emit};
use rnnc::backends::standalone::{self, Export, Precision};
use rnnc::diagnostics::{Diagnostics, Severity, render};
use rnnc::driver::load::{Loaded, load_text};
use rnnc::driver::{compile, regime};
use rnnc::elaborate;
use rnnc::source::Sources;
use rnnc::syntax;
use rnnc::system::{System, verify};
use std::path::Path;
use std::sync::{LazyLock, mpsc};
use std::time::{Duration, Instant};

/// The stack of a thread that the standard library starts: what a macro or a server would give the compiler.
const STACK: usize = 2 << 20;
const LIMIT: Duration = Duration::from_secs(60);

/// How far a text came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    Parsed,
    Checked,
    Emitted,
}

/// Every diagnostic is about a place that there is, and can be shown.
fn shown(found: &Diagnostics, loaded: &Loaded) {
    for d in &found.list {
        let patches = d.helps.iter().filter_map(|h| h.patch.as_ref().map(|(span, _)| *span));
        for span in d.labels.iter().map(|l| l.span).chain(patches) {
            let text = &loaded.sources.file(span.file).text;
            assert!(
                text.get(span.start as usize..span.end as usize).is_some(),
                "a span outside of the text: {d:?}"
            );
        }
        assert_ne!(d.code.0, "E0901", "{d:?}");
        assert!(
            !d.labels.is_empty() || d.severity == Severity::Warning,
            "no place: {d:?}"
        );
    }
    render(found, &loaded.sources, false);
}

/// As a file of its own, beside the standard library, which is parsed once.
fn load(text: &str) -> Loaded {
    static STANDARD: LazyLock<Loaded> = LazyLock::new(|| load_text("mutant.rnn", "", Path::new("")));
    let mut loaded = STANDARD.clone();
    loaded.sources = Sources::default();
    let file = loaded.sources.add("mutant.rnn", text);
    for (_, source) in STANDARD.sources.files().skip(1) {
        loaded.sources.add(source.name.clone(), source.text.clone());
    }
    (loaded.files[0], loaded.diagnostics) = syntax::parse(&loaded.sources, file);
    loaded
}

fn compile(text: &str) -> Option<Reached> {
    let loaded = load(text);
    shown(&loaded.diagnostics, &loaded);
    if loaded.diagnostics.has_errors() {
        return None;
    }
    let mut reached = Reached::Parsed;
    let mut diagnostics = Diagnostics::default();
    for block in regime::blocks(&loaded) {
        let _ = regime::regime(block, &loaded, &regime::Changes::default(), &mut diagnostics);
    }
    shown(&diagnostics, &loaded);
    for model in elaborate::models(loaded.unit()) {
        let free = elaborate::free_sizes(model);
        let sizes: Vec<(String, f64)> = free.iter().map(|s| (s.name.clone(), 9.0)).collect();
        let (system, found) = compile::equations(&loaded, model, &sizes);
        shown(&found, &loaded);
        let Some(system) = system else { continue };
        reached = reached.max(Reached::Checked);
        if build(&system, &loaded) {
            reached = Reached::Emitted;
        }
    }
    Some(reached)
}

/// Through every later stage. Whether there is Rust for it.
fn build(system: &System, loaded: &Loaded) -> bool {
    let evaluate = compile::evaluation(system);
    let compiled = compile::trainable(system).ok().map(|system| Compiled {
        train: compile::training(system),
        evaluate: evaluate.clone(),
    });
    for program in compiled.iter().flat_map(|c| [&c.train, &c.evaluate]).chain([&evaluate]) {
        if let Err(wrong) = verify(&program.system) {
            panic!("an ill-formed system: {wrong:?}");
        }
    }
    let entries: usize = evaluate
        .system
        .params
        .iter()
        .map(|(_, p)| p.shape.iter().product::<usize>())
        .sum();
    let largest = evaluate.system.nodes.iter().map(|(_, n)| n.ty.size()).max();
    if entries.max(largest.unwrap_or(0)) < 20_000 {
        let export = Export {
            system: &evaluate.system,
            params: &vec![0.1; entries],
            vocabulary: None,
            outputs: &[],
            precision: Precision::F32,
            name: "mutant",
            spec: None,
        };
        if let Err(found) = standalone::emit(&export) {
            render(&found, &loaded.sources, false);
        }
    }
    compiled.is_some_and(|c| emit(&c).is_ok())
}

/// Compiles a text on a thread of its own; what went wrong inside, if anything did.
fn survives(text: String) -> Result<(Option<Reached>, Duration), String> {
    let (done, result) = mpsc::channel();
    let started = Instant::now();
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        let reached = compile(&text);
        let _ = done.send(reached);
    });
    match result.recv_timeout(LIMIT) {
        Ok(reached) => Ok((reached, started.elapsed())),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(format!("took more than {LIMIT:?}")),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let panic = thread.unwrap().join().unwrap_err();
            let text = panic.downcast_ref::<String>().cloned();
            Err(text.unwrap_or_else(|| panic.downcast_ref::<&str>().unwrap_or(&"panicked").to_string()))
        }
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect(name))
}

#[test]
fn mutants_of_every_spec_are_survived() {
    let (count, seed) = (setting("MUTATIONS", 450), setting("SEED", 1));
    let corpus = corpus::corpus();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("mutant{seed}.rnn"));
    let mut reached = [0; 4];
    let mut slowest = (Duration::ZERO, String::new());
    let mut wrong = Vec::new();
    for i in 0..count {
        let text = mutate::mutant(&corpus, &mut Stream::new(seed, "mutants", i));
        std::fs::write(&path, &text).unwrap();
        match survives(text.clone()) {
            Ok((how_far, time)) => {
                reached[how_far.map_or(0, |r| r as usize + 1)] += 1;
                if time > slowest.0 {
                    slowest = (time, text);
                }
            }
            Err(why) => {
                println!("{i}: {why}\n----\n{text}\n----");
                wrong.push(format!("{i}: {why}"));
            }
        }
    }
    println!(
        "{count} mutants: {reached:?} refused, parsed, checked, emitted; the slowest took {:?}:\n{}",
        slowest.0, slowest.1
    );
    assert!(wrong.is_empty(), "seed {seed}:\n{}", wrong.join("\n"));
    assert!(reached[3] * 20 > count, "hardly any mutant still compiles: {reached:?}");
}

#[test]
fn every_spec_of_the_corpus_compiles() {
    for (name, text) in corpus::corpus() {
        let reached = survives(text).unwrap_or_else(|why| panic!("{name}: {why}")).0;
        assert!(reached >= Some(Reached::Checked), "{name}: {reached:?}");
    }
}
