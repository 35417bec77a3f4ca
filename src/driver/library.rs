//! The standard library's items, for reading.

use super::load;
use crate::source::docs_above;
use crate::syntax::ast;
use std::path::Path;

/// One item of the standard library.
pub struct Item {
    pub name: String,
    /// The file it stands in.
    pub file: String,
    /// Its head: `cell lstm(n, forget_bias = 1)(x) -> h`
    pub signature: String,
    pub doc: Vec<String>,
    /// Its text, docs included.
    pub source: String,
}

/// Every item that a specification can name, file by file in the order of the text.
pub fn items() -> Vec<Item> {
    let loaded = load::load_text("<none>", "", Path::new(""));
    let mut items = Vec::new();
    for (file, source) in loaded.sources.files().skip(loaded.own) {
        for item in &loaded.files[file.0 as usize].items {
            let (name, doc, span) = match item {
                ast::Item::Const(i) => (&i.name, &i.doc, i.span),
                ast::Item::Fn(i) => (&i.name, &i.doc, i.span),
                ast::Item::Layer(i) => (&i.name, &i.doc, i.span),
                ast::Item::Model(i) => (&i.name, &i.doc, i.span),
                ast::Item::Use(_) | ast::Item::Train(_) => continue,
            };
            let text = &source.text[span.start as usize..span.end as usize];
            items.push(Item {
                name: name.name.clone(),
                file: source.name.trim_start_matches("<std>/").to_string(),
                signature: signature(text),
                doc: doc.clone(),
                source: with_docs(&source.text, span.start as usize, span.end as usize),
            });
        }
    }
    items
}

/// What stands before the body of an item.
pub fn signature(text: &str) -> String {
    let code = text
        .lines()
        .filter(|l| !l.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join(" ");
    let head = code.split(['{', ';']).next().unwrap_or("");
    head.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The item and the doc comment above it.
fn with_docs(text: &str, start: usize, end: usize) -> String {
    text[docs_above(text, start)..end].trim_end().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docs_belong_to_the_item() {
        let text = "fn a(x) -> y { y = x; }\n\n/// One.\n/// Two.\nfn b(x) -> y { y = x; }\n";
        let start = text.find("fn b").unwrap();
        assert_eq!(
            with_docs(text, start, text.len()),
            "/// One.\n/// Two.\nfn b(x) -> y { y = x; }"
        );
        assert_eq!(signature(&text[start..]), "fn b(x) -> y");
        assert_eq!(with_docs(text, 0, 23), "fn a(x) -> y { y = x; }");
    }
}
