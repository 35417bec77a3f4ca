//! What compiling costs: for every model of the examples, and for one of two layers, the compiler's own time from reading
//! the text to the generated module, and the lines of that; then what rustc takes for the model of two layers, the runtime
//! being built. Sizes that data bind are 100. Times are of the processor; the compiler's are the quickest of five.
//!
//! `cargo run --release -p rnn-benches --features compiler --bin compiling`

use rnn_benches::busy_seconds;
use rnnc::backends::rust::type_name;
use rnnc::driver::cache::{self, Source};
use rnnc::driver::{Failure, cargo, compile, load, models, train};
use std::path::{Path, PathBuf};
use std::time::Instant;

const TWO_LAYERS: &str = "model two_layers(vocab = 65, n = 256, depth = 2) {
    target text: index[vocab] over t;
    text ~ categorical(affine(text[t-1] |> embed(64) |> stack(depth, lstm(n))));
}
";

/// The same recurrence over an axis of so many steps.
fn steps(n: usize) -> String {
    format!(
        "model steps_{n} {{
    input x: [16];
    target y: [16];
    axis k: {n};
    h: [16] = tanh(affine(x, h[k-1]));
    y ~ normal(last(h, over: k), 1);
}}
"
    )
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    println!("spec,model,lines,ms");
    let mut specs = files(&root.join("examples"));
    let folder = std::env::temp_dir().join(format!("rnnc-compiling-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for specifications");
    for (name, text) in [
        ("steps_10", steps(10)),
        ("steps_1000", steps(1000)),
        ("two_layers", TWO_LAYERS.into()),
    ] {
        let path = folder.join(format!("{name}.rnn"));
        std::fs::write(&path, text).expect("a specification");
        specs.push(path);
    }
    let mut last = String::new();
    for path in &specs {
        let loaded = load::load(path).unwrap_or_else(|e| panic!("{}: {e:?}", path.display()));
        for model in models::all(&loaded) {
            let name = &model.name.name;
            let mut best = f64::INFINITY;
            let mut module = None;
            for _ in 0..5 {
                let start = busy_seconds();
                module = compiled(path, name).unwrap_or_else(|e| panic!("{name}: {e:?}"));
                best = best.min(busy_seconds() - start);
            }
            let lines = module.as_ref().map_or("-".into(), |m| m.lines().count().to_string());
            let spec = path.file_stem().unwrap_or_default().to_string_lossy();
            println!("{spec},{name},{lines},{:.1}", best * 1e3);
            last = module.unwrap_or_default();
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
    println!("\nrustc,wall s,processor s");
    // The first has the runtime built, if it was not.
    build("warm", last.clone());
    let (wall, busy) = build("timed", last);
    println!("two_layers,{wall:.1},{busy:.1}");
}

/// The generated module of a model, or none of one that has no loss.
fn compiled(path: &Path, model: &str) -> Result<Option<String>, Failure> {
    let loaded = load::load(path)?;
    let item = models::choose(&loaded, Some(model))?;
    let known = models::free(item, &[])
        .iter()
        .map(|s| (s.name.clone(), 100.0))
        .collect();
    let sizes = models::bind(item, &[], &known)?;
    let (system, _) = compile::equations(&loaded, item, &sizes);
    let system = system.ok_or_else(|| Failure::message("the specification has errors"))?;
    match compile::trainable(&system) {
        Ok(system) => train::module(system, false).map(Some),
        Err(_) => Ok(None),
    }
}

/// Seconds to build a training program, by the clock and by the processor. The note makes a module that was never built.
fn build(note: &str, module: String) -> (f64, f64) {
    let module = format!("{module}\n// {note} {}\n", std::process::id());
    let source = Source::training("two_layers", module, &type_name("two_layers"), "f32");
    let made = cache::write_crate(&source).unwrap_or_else(|e| panic!("{e:?}"));
    let (start, busy) = (Instant::now(), children());
    cargo::build(&made, true).unwrap_or_else(|e| panic!("{e:?}"));
    (start.elapsed().as_secs_f64(), children() - busy)
}

/// Seconds that ended children of this program have run, where the system tells.
fn children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .map(|f| f.parse().unwrap_or(0.0))
        .collect();
    // User and system time, in hundredths.
    (fields.get(13).unwrap_or(&0.0) + fields.get(14).unwrap_or(&0.0)) / 100.0
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .expect("the examples")
        .flatten()
        .map(|e| e.path());
    let mut files: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "rnn")).collect();
    files.sort();
    files
}
