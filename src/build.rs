//! Specifications compiled by a build script, as types that `rnn` runs.
//!
//! ```no_run
//! // in `main` of build.rs
//! rnnc::build::compile(&["src/tagger.rnn"]);
//! ```
//!
//! and where the types shall be, `rnn::include_specs!("tagger");`. They are those of the macro `rnn!`.

// The example is a whole file.
#![allow(clippy::needless_doctest_main)]

use crate::backends::typed::{Dress, code};
use crate::diagnostics::{Severity, render_one};
use crate::driver::typed::{self, Made};
use crate::driver::{Failure, write};
use quote::quote;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Compiles specifications, each to `OUT_DIR/NAME.rs`, and has Cargo do so again when one of their files changes.
///
/// Where something is wrong, it says so as `rnnc` does and ends the build.
pub fn compile(specs: &[impl AsRef<Path>]) {
    Build::new().compile(specs);
}

/// What is compiled how.
#[derive(Clone, Debug, Default)]
pub struct Build {
    out: Option<PathBuf>,
    weights: BTreeMap<String, PathBuf>,
}

impl Build {
    pub fn new() -> Build {
        Build::default()
    }

    /// Another folder than `OUT_DIR`.
    pub fn out(mut self, folder: impl Into<PathBuf>) -> Build {
        self.out = Some(folder.into());
        self
    }

    /// Has the trained parameters of a model inside of the program: its type gets `trained()`.
    pub fn weights(mut self, model: impl Into<String>, file: impl Into<PathBuf>) -> Build {
        self.weights.insert(model.into(), file.into());
        self
    }

    /// See [`compile`].
    pub fn compile(&self, specs: &[impl AsRef<Path>]) {
        let results = specs.iter().map(|spec| self.one(spec.as_ref()));
        let failed: Vec<String> = results.filter_map(Result::err).collect();
        if !failed.is_empty() {
            eprintln!("{}", failed.join("\n\n"));
            std::process::exit(1);
        }
    }

    /// Compiles one, and gives the file that it wrote.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn one(&self, spec: &Path) -> Result<PathBuf, String> {
        println!("cargo::rerun-if-changed={}", spec.display());
        let made = typed::of_file(spec).map_err(|e| e.to_string())?;
        for (_, file) in made.loaded.sources.files().take(made.loaded.own) {
            println!("cargo::rerun-if-changed={}", file.name);
        }
        let text = self.text(made)?;
        let folder = self
            .out
            .clone()
            .or_else(|| std::env::var_os("OUT_DIR").map(PathBuf::from));
        let folder =
            folder.ok_or("there is no OUT_DIR: this is for build scripts; elsewhere name a folder, `.out(...)`")?;
        let name = spec.file_stem().unwrap_or_default();
        let path = folder.join(name).with_extension("rs");
        write::file(&path, text.as_bytes()).map_err(|e| e.to_string())?;
        Ok(path)
    }

    fn text(&self, made: Made) -> Result<String, String> {
        let Made {
            loaded,
            models,
            diagnostics,
            failures,
        } = made;
        let (mut wrong, mut tokens) = (Vec::new(), quote!());
        for d in &diagnostics.list {
            match d.severity {
                Severity::Error => wrong.push(render_one(d, &loaded.sources, false)),
                Severity::Warning => println!("cargo::warning={}", d.message),
            }
        }
        wrong.extend(failures.iter().map(|f| format!("error: {f}")));
        let names: Vec<String> = models.iter().map(|m| m.face.name.clone()).collect();
        for model in models {
            match self.dress(&model.face.name) {
                Ok(dress) => tokens.extend(code(&model.face, model.code, &dress)),
                Err(failure) => wrong.push(format!("error: {failure}")),
            }
        }
        for model in self.weights.keys().filter(|m| !names.contains(m)) {
            wrong.push(format!(
                "error: there are weights for a model `{model}`, which the specification does not have"
            ));
        }
        if !wrong.is_empty() {
            return Err(wrong.join("\n\n"));
        }
        let file = syn::parse2(tokens).map_err(|e| format!("internal error: generated code does not parse: {e}"))?;
        Ok(prettyplease::unparse(&file))
    }

    fn dress(&self, model: &str) -> Result<Dress, Failure> {
        let weights = self.weights.get(model).map(|path| {
            println!("cargo::rerun-if-changed={}", path.display());
            let full = path.canonicalize().map_err(|e| Failure::io("read", path, &e))?;
            Ok::<_, Failure>(full.display().to_string())
        });
        Ok(Dress {
            visibility: quote!(pub),
            weights: weights.transpose()?,
            ..Dress::default()
        })
    }
}
