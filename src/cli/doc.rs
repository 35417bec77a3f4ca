use super::args::Doc;
use super::shell::Shell;
use crate::diagnostics::Severity;
use crate::driver::doc::Book;
use crate::driver::{Failure, load, review, write};
use serde_json::json;

pub fn run(args: &Doc, shell: &mut Shell) -> Result<(), Failure> {
    let mut book = Book::default();
    for path in &args.files {
        let loaded = load::load(path)?;
        shell.sources = loaded.sources.clone();
        let mut found = review::review(&loaded).diagnostics;
        found.list.retain(|d| d.severity == Severity::Error);
        shell.report(&found)?;
        book.add(loaded);
    }
    if args.std || args.files.is_empty() {
        book.add_standard();
    }
    let pages = book.pages();
    for page in &pages {
        write::file_if_changed(&args.out.join(&page.name), page.text.as_bytes())?;
    }
    let index = args.out.join("index.html");
    match shell.json {
        true => shell.document(&json!({
            "kind": "doc", "index": index, "pages": pages.iter().map(|p| &p.name).collect::<Vec<_>>(),
        })),
        false => shell.say(&format!("{} pages; start with {}", pages.len(), index.display())),
    }
    Ok(())
}
