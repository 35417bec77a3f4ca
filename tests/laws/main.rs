//! Equalities that hold for every system, on random specifications: what a value means step by step is what the
//! schedule computes, before and after every rewrite; a batch is each example alone; a derivative is a derivative.
//!
//! `LAWS=5000 SEED=7 cargo test --test laws` does more of it. A specification that breaks a law is printed with as few
//! statements as break it.

mod equalities;
mod need;
mod spec;

use rnnc::diagnostics::render;
use rnnc::driver::compile;
use rnnc::driver::load::{Loaded, load_text};
use rnnc::elaborate;
use rnnc::source::Sources;
use rnnc::syntax;
use rnnc::system::System;
use std::path::Path;
use std::sync::LazyLock;

/// Values by need are asked for deep inside of each other.
const STACK: usize = 512 << 20;

/// The system of a text; none where the check refuses it.
fn system(text: &str) -> Result<System, String> {
    static STANDARD: LazyLock<Loaded> = LazyLock::new(|| load_text("law.rnn", "", Path::new("")));
    let mut loaded = STANDARD.clone();
    loaded.sources = Sources::default();
    let file = loaded.sources.add("law.rnn", text);
    for (_, source) in STANDARD.sources.files().skip(1) {
        loaded.sources.add(source.name.clone(), source.text.clone());
    }
    (loaded.files[0], loaded.diagnostics) = syntax::parse(&loaded.sources, file);
    assert!(!loaded.diagnostics.has_errors(), "{text}");
    let model = elaborate::models(loaded.unit())[0];
    let (system, found) = compile::equations(&loaded, model, &[]);
    system.ok_or_else(|| render(&found, &loaded.sources, false))
}

/// What a law says of a system: nothing, or where it does not hold. A panic is one too.
fn broken(law: equalities::Law, system: &System) -> Option<String> {
    let run = std::panic::AssertUnwindSafe(|| law(system));
    match std::panic::catch_unwind(run) {
        Ok(Ok(())) => None,
        Ok(Err(why)) => Some(why),
        Err(panic) => Some(
            panic
                .downcast_ref::<String>()
                .cloned()
                .unwrap_or_else(|| "panicked".into()),
        ),
    }
}

/// The same with as few statements as still break the law.
fn shrunk(law: equalities::Law, mut statements: Vec<String>) -> String {
    let mut i = statements.len();
    while i > 0 {
        i -= 1;
        let mut fewer = statements.clone();
        fewer.remove(i);
        if system(&spec::model("law", &fewer)).is_ok_and(|s| broken(law, &s).is_some()) {
            statements = fewer;
            i = statements.len();
        }
    }
    spec::model("law", &statements)
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect(name))
}

#[test]
fn every_law_holds_for_random_specifications() {
    let run = || {
        let (count, seed) = (setting("LAWS", 12), setting("SEED", 1));
        let (mut accepted, mut failures) = (0, Vec::new());
        let mut refusals = String::new();
        for i in seed * 1_000_000..seed * 1_000_000 + count {
            let statements = spec::statements(i);
            let system = match system(&spec::model("law", &statements)) {
                Ok(system) => system,
                Err(why) => {
                    refusals += &why;
                    continue;
                }
            };
            accepted += 1;
            for (name, law) in equalities::LAWS {
                if let Some(why) = broken(*law, &system) {
                    let text = shrunk(*law, statements.clone());
                    println!("{i}: {name}: {why}\n{text}");
                    failures.push(format!("{i}: {name}: {why}"));
                }
            }
        }
        println!("{accepted} of {count} were accepted");
        if std::env::var("REFUSALS").is_ok() {
            println!("{refusals}");
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        assert!(accepted * 2 > count, "most are refused:\n{refusals}");
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap();
    thread.join().unwrap();
}
