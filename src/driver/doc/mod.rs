//! Reference pages: for each file one, and an index. Each page is one HTML file that needs nothing else.

mod entry;
mod page;
mod papers;
mod probe;
mod text;

use super::load::{self, Loaded};
use crate::lint::names::{self, Names};
use crate::source::{FileId, Span};
use crate::syntax::ast;
use crate::typeset;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A file to write: its name and its text.
pub struct Page {
    pub name: String,
    pub text: String,
}

/// What was read to be described.
#[derive(Default)]
pub struct Book {
    units: Vec<Unit>,
    chapters: Vec<Chapter>,
    /// Who uses whom, by addresses.
    uses: BTreeSet<(String, String)>,
    /// Files that have a chapter.
    seen: BTreeSet<PathBuf>,
}

/// One compilation.
struct Unit {
    loaded: Loaded,
    names: Names,
    scalar_functions: BTreeSet<String>,
    /// Pages by file, of this unit's files that have one.
    pages: BTreeMap<FileId, String>,
}

/// One file of a unit.
struct Chapter {
    title: String,
    href: String,
    unit: usize,
    file: FileId,
}

impl Book {
    /// Adds a specification, and the files that it uses, unless they are there.
    pub fn add(&mut self, loaded: Loaded) {
        let own = loaded.own;
        let files: Vec<FileId> = (0..own).map(|i| FileId(i as u32)).collect();
        self.add_files(loaded, &files);
    }

    /// Adds the standard library.
    pub fn add_standard(&mut self) {
        let loaded = load::load_text("<none>", "", Path::new(""));
        let files: Vec<FileId> = (loaded.own..loaded.files.len()).map(|i| FileId(i as u32)).collect();
        self.add_files(loaded, &files);
    }

    fn add_files(&mut self, loaded: Loaded, files: &[FileId]) {
        let unit = self.units.len();
        for file in files {
            let name = &loaded.sources.file(*file).name;
            let path = Path::new(name);
            if !self.seen.insert(path.canonicalize().unwrap_or(path.to_path_buf())) {
                continue;
            }
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let (title, stem) = match name.strip_prefix("<std>/") {
                Some(file) => (format!("std/{file}"), format!("std-{stem}")),
                None => (name.clone(), stem.into_owned()),
            };
            self.chapters.push(Chapter {
                title,
                href: self.free_name(&stem),
                unit,
                file: *file,
            });
        }
        let names = names::names(loaded.unit());
        let scalar_functions = typeset::scalar_functions(loaded.files.iter().flat_map(|f| &f.items));
        self.units.push(Unit {
            loaded,
            names,
            scalar_functions,
            pages: BTreeMap::new(),
        });
    }

    fn free_name(&self, stem: &str) -> String {
        let safe = |c: char| if c.is_alphanumeric() || c == '_' { c } else { '-' };
        let stem: String = stem.chars().map(safe).collect();
        let taken = |name: &str| name == "index.html" || self.chapters.iter().any(|c| c.href == name);
        let numbered = (2..).map(|n| format!("{stem}-{n}.html"));
        let mut names = std::iter::once(format!("{stem}.html")).chain(numbered);
        names.find(|name| !taken(name)).unwrap_or_default()
    }

    /// All pages, the index first.
    pub fn pages(mut self) -> Vec<Page> {
        self.connect();
        let mut index = Vec::new();
        let mut pages = Vec::new();
        for chapter in &self.chapters {
            let unit = &self.units[chapter.unit];
            let entries = entry::entries(&self, unit, chapter);
            let source = unit.loaded.sources.file(chapter.file);
            pages.push(page::chapter(chapter, &introduction(&source.text), &entries));
            index.push((chapter, entries));
        }
        pages.insert(0, page::index(&index));
        pages
    }

    /// Finds which page a file has in each unit, and what names what.
    fn connect(&mut self) {
        for unit in &mut self.units {
            for (file, source) in unit.loaded.sources.files() {
                let path = Path::new(&source.name).canonicalize().ok();
                let title = match source.name.strip_prefix("<std>/") {
                    Some(file) => format!("std/{file}"),
                    None => source.name.clone(),
                };
                let same = |c: &&Chapter| {
                    c.title == title || path.is_some() && Path::new(&c.title).canonicalize().ok() == path
                };
                if let Some(chapter) = self.chapters.iter().find(same) {
                    unit.pages.insert(file, chapter.href.clone());
                }
            }
        }
        for unit in &self.units {
            for (at, def) in unit.names.defs.iter().enumerate().filter(|(_, d)| d.kind.is_item()) {
                let Some(to) = unit.address(def) else { continue };
                for span in unit.names.of(at) {
                    let from = unit.names.item_around(span).map(|i| &unit.names.defs[i]);
                    if let Some(from) = from.and_then(|def| unit.address(def)).filter(|from| *from != to) {
                        self.uses.insert((from, to.clone()));
                    }
                }
            }
        }
    }
}

impl Unit {
    fn address(&self, def: &names::Def) -> Option<String> {
        let page = self.pages.get(&def.span.file)?;
        Some(format!(
            "{page}#{}",
            anchor(&def.name, def.kind == names::DefKind::Model)
        ))
    }

    /// The address of the item that is named at a place.
    fn link(&self, span: Span) -> Option<String> {
        let (found, def) = self.names.at(span)?;
        let def = &self.names.defs[def];
        let named = found == span && def.kind.is_item() && def.span != span;
        named.then(|| self.address(def)).flatten()
    }

    /// The address of an item by its name.
    fn link_name(&self, name: &str) -> Option<String> {
        let def = self.names.defs.iter().find(|d| d.kind.is_item() && d.name == name)?;
        self.address(def)
    }
}

/// Models have names of their own.
fn anchor(name: &str, model: bool) -> String {
    match model {
        true => format!("model-{name}"),
        false => name.to_string(),
    }
}

/// The plain comment at the top of a file.
fn introduction(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .take_while(|l| l.starts_with("//") && !l.starts_with("///"));
    lines.map(|l| l.trim_start_matches('/').to_string()).collect()
}

/// The doc of an item.
fn item_doc(item: &ast::Item) -> &[String] {
    match item {
        ast::Item::Use(_) => &[],
        ast::Item::Const(i) => &i.doc,
        ast::Item::Fn(i) => &i.doc,
        ast::Item::Layer(i) => &i.doc,
        ast::Item::Model(i) => &i.doc,
        ast::Item::Train(i) => &i.doc,
    }
}
