//! The crate `examples/counting` is what `rnnc build` writes: the same spec and weights, the same bytes. `BLESS=1` writes it anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What was built there is not part of it.
fn files(folder: &Path, at: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(folder).unwrap().to_path_buf();
        match path.is_dir() {
            true if name == Path::new("target") => {}
            true => files(folder, &path, found),
            false if name == Path::new("Cargo.lock") => {}
            false => {
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
}

#[test]
fn the_example_is_what_is_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let committed = root.join("examples/counting");
    let made = match std::env::var_os("BLESS") {
        Some(_) => committed.clone(),
        None => Path::new(env!("CARGO_TARGET_TMPDIR")).join("shipped/counting"),
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_rnnc"));
    command
        .current_dir(root)
        .args(["build", "examples/counting.rnn", "--weights"]);
    let said = command
        .arg("examples/counting.safetensors")
        .arg("--out")
        .arg(&made)
        .output()
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let all = |folder: &Path| {
        let mut found = BTreeMap::new();
        files(folder, folder, &mut found);
        found
    };
    let (made, committed) = (all(&made), all(&committed));
    assert_eq!(made.keys().collect::<Vec<_>>(), committed.keys().collect::<Vec<_>>());
    for (name, bytes) in &made {
        let same = committed[name] == *bytes;
        assert!(same, "{} differs: BLESS=1 writes the crate anew", name.display());
    }
}
