//! `rnnc lint`: the repository's own specifications give it nothing to say, and its fixes change nothing else.

use rnnc::driver::{load, review};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn specs(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "rnn"));
    paths.sort();
    paths
}

#[test]
fn the_repository_is_clean() {
    for path in ["std", "examples"].into_iter().flat_map(specs) {
        let loaded = load::load(&path).unwrap();
        let found = review::review(&loaded).diagnostics;
        let said = rnnc::diagnostics::render(&found, &loaded.sources, false);
        assert!(found.is_empty(), "{}:\n{said}", path.display());
    }
}

fn fixed(name: &str, text: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lint");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    let mut rnnc = Command::new(env!("CARGO_BIN_EXE_rnnc"));
    assert!(rnnc.args(["lint", "--fix"]).arg(&path).status().unwrap().success());
    fs::read_to_string(&path).unwrap()
}

#[test]
fn what_nothing_needs_is_removed() {
    let text = "model m {
    input x: [3] over t;
    input spare: [2] over t; // a column
    axis s: like t;
    module enc = lstm(8);
    /// Once it was of use.
    g: [7] = affine(x);
    h = 2 * g; k = h; output y = sum(x);
    u: [2] = tanh(affine(u[t-1]));
    u[0] = 1;
    /// The end.
}
";
    let mended = "model m {
    input x: [3] over t;
     // a column
      output y = sum(x);
    u: [2] = tanh(affine(u[t-1]));
    u[0] = 1;
    // The end.
}
";
    assert_eq!(fixed("removed.rnn", text), mended);
}

#[test]
fn what_is_still_named_stays() {
    // `b` has its size from `a`, and `t` its name from `x`.
    let text = "model m {
    input x: [3] over t;
    input z: [3] over t;
    a: [4] = affine(z);
    param b: [a] ~ zeros;
    output y = z + sum(b) * t;
}
";
    assert_eq!(fixed("named.rnn", text), text);
}

#[test]
fn warnings_can_be_denied() {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/W0105_stray.rnn");
    let lint = |deny: &[&str]| {
        let mut rnnc = Command::new(env!("CARGO_BIN_EXE_rnnc"));
        rnnc.arg("lint").args(deny).arg(&spec).output().unwrap().status.code()
    };
    assert_eq!((lint(&[]), lint(&["--deny"])), (Some(0), Some(1)));
}
