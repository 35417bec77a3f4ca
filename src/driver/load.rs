//! From a path to syntax trees: the file, what it uses, and the standard library.

use super::failure::{Failure, reason};
use super::standard;
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::elaborate::Unit;
use crate::source::{FileId, Sources};
use crate::syntax::{self, ast};
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// All texts of one compilation with their trees.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    pub sources: Sources,
    /// `files[i]` is the tree of `FileId(i)`: the user's file, those it uses in order of first mention, the standard
    /// library.
    pub files: Vec<ast::File>,
    /// How many of the files are the user's.
    pub own: usize,
    /// The folder that the first file's relative paths start from.
    pub folder: PathBuf,
    pub diagnostics: Diagnostics,
}

impl Loaded {
    /// What elaboration starts from.
    pub fn unit(&self) -> Unit<'_> {
        Unit {
            files: &self.files,
            std_from: self.own,
        }
    }

    /// The trees of the user's files, without the standard library.
    pub fn own_files(&self) -> &[ast::File] {
        &self.files[..self.own]
    }
}

/// Reads and parses a specification; `-` is the standard input. What is wrong inside the files is in the result's
/// diagnostics; only a first file that cannot be read at all fails.
pub fn load(path: &Path) -> Result<Loaded, Failure> {
    Ok(start(path)?.finish())
}

/// The same with no more of the standard library than it reaches: for models that are right, since what is wrong is told with
/// all of its names.
///
/// # Errors
/// As [`load`].
#[cfg(feature = "typed")]
pub fn load_reached(path: &Path) -> Result<Loaded, Failure> {
    Ok(start(path)?.finish_reached())
}

fn start(path: &Path) -> Result<Loader<'static>, Failure> {
    let (name, bytes) = read(path)?;
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let mut loader = Loader::new(folder, &|path| fs::read(path));
    loader.seen.insert(identity(path), FileId(0));
    loader.add(name, bytes);
    Ok(loader)
}

/// A file's name and its bytes; `-` is the standard input.
pub fn read(path: &Path) -> Result<(String, Vec<u8>), Failure> {
    let (name, bytes) = if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().read_to_end(&mut bytes);
        ("<stdin>".into(), read.map(|_| bytes))
    } else {
        (path.display().to_string(), fs::read(path))
    };
    let bytes = bytes.map_err(|e| Failure::io("read", path, &e))?;
    Ok((name, bytes))
}

/// Parses a text that has no file; its `use` lines are relative to `folder`.
pub fn load_text(name: &str, text: &str, folder: &Path) -> Loaded {
    start_text(name, text, folder).finish()
}

/// The same with no more of the standard library than it reaches.
#[cfg(feature = "typed")]
pub fn load_text_reached(name: &str, text: &str, folder: &Path) -> Loaded {
    start_text(name, text, folder).finish_reached()
}

fn start_text(name: &str, text: &str, folder: &Path) -> Loader<'static> {
    let mut loader = Loader::new(folder.to_path_buf(), &|path| fs::read(path));
    loader.add(name.into(), text.as_bytes().to_vec());
    loader
}

/// Parses a file as an editor has it, with what it uses as `read` gives it.
#[cfg(feature = "cli")]
pub fn load_open(path: &Path, text: &str, read: Read) -> Loaded {
    let mut loader = Loader::new(path.parent().unwrap_or(Path::new("")).to_path_buf(), read);
    loader.seen.insert(identity(path), FileId(0));
    loader.add(path.display().to_string(), text.as_bytes().to_vec());
    loader.finish()
}

/// Reads a file.
pub type Read<'r> = &'r dyn Fn(&Path) -> io::Result<Vec<u8>>;

struct Loader<'r> {
    read: Read<'r>,
    loaded: Loaded,
    seen: BTreeMap<PathBuf, FileId>,
    /// Files whose `use` lines are still to be followed, with their folders.
    queue: VecDeque<(usize, PathBuf)>,
}

impl<'r> Loader<'r> {
    fn new(folder: PathBuf, read: Read<'r>) -> Loader<'r> {
        Loader {
            read,
            loaded: Loaded {
                folder: folder.clone(),
                ..Loaded::default()
            },
            seen: BTreeMap::new(),
            queue: VecDeque::from([(0, folder)]),
        }
    }

    /// Adds one text and its tree; the number of trees and of sources stays the same.
    fn add(&mut self, name: String, bytes: Vec<u8>) {
        let text = syntax::decode(&name, bytes).unwrap_or_else(|bad| {
            self.loaded.diagnostics.push(bad);
            String::new()
        });
        let file = self.loaded.sources.add(name, text);
        let (tree, diagnostics) = syntax::parse(&self.loaded.sources, file);
        self.loaded.files.push(tree);
        self.loaded.diagnostics.extend(diagnostics);
    }

    fn own(&mut self) {
        while let Some((index, folder)) = self.queue.pop_front() {
            self.follow(index, &folder);
        }
        self.loaded.own = self.loaded.files.len();
    }

    #[cfg(feature = "typed")]
    fn finish_reached(mut self) -> Loaded {
        self.own();
        let texts: Vec<&str> = self.loaded.sources.files().map(|(_, f)| &*f.text).collect();
        let reached = standard::reached(&texts);
        for (name, text) in reached {
            self.add(format!("<std>/{name}"), text.into_bytes());
        }
        self.loaded
    }

    fn finish(mut self) -> Loaded {
        self.own();
        for (name, text) in standard::FILES {
            self.add(format!("<std>/{name}"), text.as_bytes().to_vec());
        }
        self.loaded
    }

    fn follow(&mut self, index: usize, folder: &Path) {
        let items = self.loaded.files[index].items.clone();
        for item in items {
            let ast::Item::Use(item) = item else { continue };
            let path = folder.join(&item.path);
            let identity = identity(&path);
            if self.seen.contains_key(&identity) {
                continue;
            }
            match (self.read)(&path) {
                Ok(bytes) => {
                    let next = self.loaded.files.len();
                    self.seen.insert(identity, FileId(next as u32));
                    self.add(path.display().to_string(), bytes);
                    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
                    self.queue.push_back((next, folder));
                }
                Err(e) => self.missing(&item, &path, &e),
            }
        }
    }

    fn missing(&mut self, item: &ast::UseItem, path: &Path, error: &std::io::Error) {
        let message = format!("cannot read \"{}\": {}", item.path, reason(error));
        let mut missing = Diagnostic::error(codes::MISSING_FILE, message)
            .label(item.span, format!("looked for `{}`", path.display()))
            .note("a path in `use` is relative to the file it stands in");
        if standard::FILES.iter().any(|(name, _)| *name == item.path) {
            missing = missing.help("the standard library needs no `use`");
        }
        self.loaded.diagnostics.push(missing);
    }
}

/// What tells whether two paths are one file.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}
