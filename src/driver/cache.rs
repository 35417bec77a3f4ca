//! Where generated training programs live: one crate for each generated module, so that a model compiled before is not
//! compiled again and runs at the same time do not touch each other's; one target folder for all, so that the runtime is
//! built once.

use super::failure::Failure;
use super::write;
use etcetera::base_strategy::{BaseStrategy, choose_base_strategy};
use rnn_runtime::draw::fnv1a;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How many crates are kept: those used last.
const KEPT: usize = 64;

/// What a cached crate is made of.
pub struct Source {
    /// The model's name with what its program does: the first part of the package's name.
    pub name: String,
    /// Modules by name.
    pub modules: Vec<(&'static str, String)>,
    pub main: String,
    /// What the program is called in messages.
    pub what: &'static str,
}

impl Source {
    /// A program that trains the model of a module, a type of this name, in `f32` or `f64`.
    pub fn training(name: &str, module: String, type_name: &str, precision: &str) -> Source {
        Source {
            name: format!("train_{name}"),
            modules: vec![("model", module)],
            main: format!("rnn_runtime::program::main_in::<{precision}, _>(model::{type_name}::new())"),
            what: "training program",
        }
    }

    fn main(&self) -> String {
        let modules: String = self.modules.iter().map(|(name, _)| format!("mod {name};\n")).collect();
        format!(
            "// Written by rnnc; changes are overwritten.\n{modules}\nfn main() -> std::process::ExitCode {{\n    {}\n}}\n",
            self.main
        )
    }
}

/// A crate that is ready to be built.
#[derive(Clone, Debug)]
pub struct Crate {
    pub folder: PathBuf,
    pub target: PathBuf,
    /// The name of the package and of its program.
    pub package: String,
    /// What the program is called in messages.
    pub what: &'static str,
}

/// `RNNC_CACHE`, else `rnnc` in the platform's cache folder.
pub fn folder() -> Result<PathBuf, Failure> {
    if let Some(folder) = std::env::var_os("RNNC_CACHE").filter(|f| !f.is_empty()) {
        return std::path::absolute(&folder).map_err(|e| Failure::io("find", Path::new(&folder), &e));
    }
    match choose_base_strategy() {
        Ok(base) => Ok(base.cache_dir().join("rnnc")),
        Err(_) => Err(Failure::message("this system names no folder for caches").help("set RNNC_CACHE to a folder")),
    }
}

/// Writes the crate; what has not changed is left alone, so that building again does nothing.
pub fn write_crate(source: &Source) -> Result<Crate, Failure> {
    let root = folder()?;
    let main = source.main();
    let texts = source.modules.iter().map(|(_, text)| text.as_str());
    let hash = fnv1a(
        std::iter::once(main.as_str())
            .chain(texts)
            .collect::<String>()
            .as_bytes(),
    );
    let package = format!("{}_{hash:016x}", source.name);
    let made = Crate {
        folder: root.join("crates").join(&package),
        target: root.join("target"),
        package,
        what: source.what,
    };
    let file = |name: &str, text: &str| write::file_if_changed(&made.folder.join(name), text.as_bytes());
    file("Cargo.toml", &manifest(&made.package))?;
    file("src/main.rs", &main)?;
    for (name, text) in &source.modules {
        file(&format!("src/{name}.rs"), text)?;
    }
    if let Some(lock) = lock_of_this_build() {
        // Cargo edits its copy, so what tells whether the versions have changed is a second one.
        let copy = made.folder.join("versions.lock");
        if fs::read(&copy).ok().as_deref() != Some(lock.as_bytes()) {
            file("Cargo.lock", &lock)?;
            file("versions.lock", &lock)?;
        }
    }
    write::file(&made.folder.join(USED), b"")?;
    forget_all_but(KEPT, &root);
    Ok(made)
}

/// A crate's file whose time says when the crate was used last.
const USED: &str = "used";

/// Removes the crates that were not used for longest, and what was built of them. A crate that cannot be removed stays.
fn forget_all_but(kept: usize, root: &Path) {
    let Ok(entries) = fs::read_dir(root.join("crates")) else {
        return;
    };
    let used = |folder: &Path| fs::metadata(folder.join(USED)).and_then(|m| m.modified());
    let mut crates: Vec<(SystemTime, PathBuf)> = entries
        .flatten()
        .map(|entry| (used(&entry.path()).unwrap_or(SystemTime::UNIX_EPOCH), entry.path()))
        .collect();
    crates.sort();
    for (_, folder) in crates.iter().rev().skip(kept) {
        let Some(package) = folder.file_name().and_then(|n| n.to_str()) else {
            continue;
        };
        let release = root.join("target/release");
        for place in [release.clone(), release.join("deps"), release.join(".fingerprint")] {
            for built in fs::read_dir(place).into_iter().flatten().flatten() {
                if built.file_name().to_str().is_some_and(|name| name.starts_with(package)) {
                    let _ = fs::remove_file(built.path()).or_else(|_| fs::remove_dir_all(built.path()));
                }
            }
        }
        let _ = fs::remove_dir_all(folder);
    }
}

fn manifest(package: &str) -> String {
    format!(
        "# Written by rnnc; changes are overwritten.\n\
         [package]\n\
         name = \"{package}\"\n\
         version = \"0.0.0\"\n\
         edition = \"2024\"\n\
         publish = false\n\
         \n\
         [workspace]\n\
         \n\
         [dependencies]\n\
         rnn-runtime = {{ {}, features = [\"files\", \"program\"] }}\n\
         \n\
         [profile.release]\n\
         opt-level = 3\n\
         debug = false\n",
        runtime()
    )
}

/// The runtime of this checkout where there is one, else the published one of this version.
fn runtime() -> String {
    let here = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/runtime"));
    if here.join("Cargo.toml").is_file() {
        format!("path = {:?}", here.display().to_string())
    } else {
        format!("version = \"={}\"", env!("CARGO_PKG_VERSION"))
    }
}

/// The versions that this program itself was built with.
fn lock_of_this_build() -> Option<String> {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn only_what_was_used_last_is_kept() {
        let root = std::env::temp_dir().join(format!("rnnc-cache-{}", std::process::id()));
        for (age, name) in [(3, "train_c_3"), (1, "train_a_1"), (2, "train_b_2")] {
            let used = root.join("crates").join(name).join(USED);
            write::file(&used, b"").unwrap();
            let time = SystemTime::now() - Duration::from_secs(60 * age);
            fs::File::options()
                .write(true)
                .open(&used)
                .unwrap()
                .set_modified(time)
                .unwrap();
            write::file(&root.join("target/release").join(name), b"program").unwrap();
            write::file(
                &root
                    .join("target/release/.fingerprint")
                    .join(format!("{name}-9"))
                    .join("x"),
                b"",
            )
            .unwrap();
        }
        forget_all_but(2, &root);
        let there = |path: &str| root.join(path).exists();
        assert!(there("crates/train_a_1") && there("crates/train_b_2") && !there("crates/train_c_3"));
        assert!(there("target/release/train_b_2") && !there("target/release/train_c_3"));
        assert!(there("target/release/.fingerprint/train_b_2-9") && !there("target/release/.fingerprint/train_c_3-9"));
        fs::remove_dir_all(&root).unwrap();
    }
}
