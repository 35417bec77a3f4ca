//! Where generated training programs live: one crate a specification, one target folder for all, so that the runtime is
//! built once.

use super::failure::Failure;
use super::write;
use etcetera::base_strategy::{BaseStrategy, choose_base_strategy};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// What a cached crate is made of.
pub struct Source<'a> {
    /// The model's name.
    pub name: &'a str,
    /// The specification's path: two files with models of one name get two crates.
    pub path: &'a Path,
    /// The Rust module of the model.
    pub module: &'a str,
    /// The name of the model's type in it.
    pub type_name: &'a str,
    /// `f32` or `f64`
    pub precision: &'a str,
}

/// A crate that is ready to be built.
#[derive(Clone, Debug)]
pub struct Crate {
    pub folder: PathBuf,
    pub target: PathBuf,
    /// The name of the package and of its program.
    pub package: String,
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
    let package = format!("train_{}_{:08x}", source.name, place(source.path));
    let made = Crate {
        folder: root.join("crates").join(&package),
        target: root.join("target"),
        package,
    };
    let file = |name: &str, text: &str| write::file_if_changed(&made.folder.join(name), text.as_bytes());
    file("Cargo.toml", &manifest(&made.package))?;
    file("src/main.rs", &main(source.type_name, source.precision))?;
    file("src/model.rs", source.module)?;
    if let Some(lock) = lock_of_this_build() {
        // Cargo edits its copy, so what tells whether the versions have changed is a second one.
        let copy = made.folder.join("versions.lock");
        if std::fs::read(&copy).ok().as_deref() != Some(lock.as_bytes()) {
            file("Cargo.lock", &lock)?;
            file("versions.lock", &lock)?;
        }
    }
    Ok(made)
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
         rnn-runtime = {{ {}, features = [\"program\"] }}\n\
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
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).ok()
}

fn main(type_name: &str, precision: &str) -> String {
    format!(
        "// Written by rnnc; changes are overwritten.\n\
         mod model;\n\
         \n\
         fn main() -> std::process::ExitCode {{\n    \
             rnn_runtime::program::main_in::<{precision}, _>(model::{type_name}::new())\n\
         }}\n"
    )
}

fn place(path: &Path) -> u32 {
    let mut hasher = DefaultHasher::new();
    path.canonicalize()
        .unwrap_or_else(|_| path.to_path_buf())
        .hash(&mut hasher);
    hasher.finish() as u32
}
