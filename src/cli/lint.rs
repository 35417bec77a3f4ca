use super::args::Lint;
use super::shell::Shell;
use crate::diagnostics::{Diagnostics, Severity};
use crate::driver::load::{self, Loaded};
use crate::driver::{Failure, review, write};
use crate::source::{FileId, Span};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is removed may have been all that used something else.
const ROUNDS: usize = 32;

pub fn run(args: &Lint, shell: &mut Shell) -> Result<(), Failure> {
    let loaded = load::load(&args.file)?;
    let loaded = if args.fix { fixed(loaded, args, shell)? } else { loaded };
    shell.sources = loaded.sources.clone();
    let found = review::review(&loaded).diagnostics;
    shell.report(&found)?;
    match args.deny && !found.is_empty() {
        true => Err(Failure::Reported),
        false => Ok(()),
    }
}

/// The specification with every fix applied, and the files written.
fn fixed(first: Loaded, args: &Lint, shell: &Shell) -> Result<Loaded, Failure> {
    let mut texts: BTreeMap<PathBuf, String> = BTreeMap::new();
    let mut loaded = first;
    for _ in 0..ROUNDS {
        let edits = fixes(&loaded, &review::review(&loaded).diagnostics);
        if edits.is_empty() {
            break;
        }
        let mut new = texts.clone();
        for (file, edits) in edits {
            let source = loaded.sources.file(file);
            new.insert(PathBuf::from(&source.name), applied(&source.text, &edits));
        }
        let next = again(&loaded, &new);
        // What would break is left alone.
        if review::review(&next).diagnostics.has_errors() {
            break;
        }
        (loaded, texts) = (next, new);
    }
    let stdin = args.file == Path::new("-");
    for (path, text) in &texts {
        if !stdin {
            let path = path.canonicalize().map_err(|e| Failure::io("find", path, &e))?;
            write::file(&path, text.as_bytes())?;
            shell.say(&format!("mended {}", path.display()));
        }
    }
    if stdin {
        shell.print(&loaded.sources.file(FileId(0)).text);
    }
    Ok(loaded)
}

/// The specification with other texts of some files.
fn again(loaded: &Loaded, texts: &BTreeMap<PathBuf, String>) -> Loaded {
    let first = loaded.sources.file(FileId(0));
    let path = PathBuf::from(&first.name);
    let text = texts.get(&path).map_or(&*first.text, String::as_str);
    load::load_open(&path, text, &|path| match texts.get(path) {
        Some(text) => Ok(text.clone().into_bytes()),
        None => std::fs::read(path),
    })
}

/// The edits that warnings propose, by file, none over another. Errors only guess.
fn fixes(loaded: &Loaded, found: &Diagnostics) -> BTreeMap<FileId, Vec<(Span, String)>> {
    let warnings = found.list.iter().filter(|d| d.severity == Severity::Warning);
    let mut edits: Vec<(Span, String)> = warnings
        .flat_map(|d| &d.helps)
        .filter_map(|h| h.patch.clone())
        .collect();
    edits.retain(|(span, _)| (span.file.0 as usize) < loaded.own);
    edits.sort_by_key(|(span, _)| *span);
    let mut out: BTreeMap<FileId, Vec<(Span, String)>> = BTreeMap::new();
    for (span, text) in edits {
        let of_file = out.entry(span.file).or_default();
        if of_file.last().is_none_or(|(before, _)| before.end <= span.start) {
            of_file.push((span, text));
        }
    }
    out
}

fn applied(text: &str, edits: &[(Span, String)]) -> String {
    let mut out = String::new();
    let mut end = 0;
    for (span, replacement) in edits {
        out.push_str(&text[end..span.start as usize]);
        out.push_str(replacement);
        end = span.end as usize;
    }
    out + &text[end..]
}
