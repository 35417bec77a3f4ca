//! The frame of a page, and the index.

use super::entry::Entry;
use super::text::{escape, markdown};
use super::{Chapter, Page};
use std::collections::BTreeMap;

const STYLE: &str = include_str!("style.css");
const SEARCH: &str = include_str!("search.js");

fn frame(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escape(title)
    )
}

pub fn chapter(chapter: &Chapter, introduction: &[String], entries: &[Entry]) -> Page {
    let contents: Vec<String> = entries
        .iter()
        .map(|e| format!("<a href=\"#{}\">{}</a>", e.anchor, escape(&e.name)))
        .collect();
    let body = format!(
        "<nav><a href=\"index.html\">Index</a></nav>\n<main>\n<h1>{}</h1>\n{}<p class=\"contents\">{}</p>\n{}</main>\n",
        escape(&chapter.title),
        markdown(introduction, &|_| None),
        contents.join("\n"),
        entries.iter().map(|e| e.html.as_str()).collect::<String>(),
    );
    Page {
        name: chapter.href.clone(),
        text: frame(&chapter.title, &body),
    }
}

/// Every item in a line, by file, and every paper. What is typed in the field hides the lines without it; where no
/// script runs there is no field, and the browser's own search finds all.
pub fn index(chapters: &[(&Chapter, Vec<Entry>)]) -> Page {
    let mut body = String::from(
        "<main class=\"index\">\n<h1>Reference</h1>\n\
         <p id=\"field\" hidden=\"hidden\"><input id=\"search\" type=\"search\" placeholder=\"Search names, words, papers\" \
         aria-label=\"Search\" /></p>\n",
    );
    let mut papers: BTreeMap<(String, &str), Vec<String>> = BTreeMap::new();
    for (chapter, entries) in chapters {
        let rows: String = entries
            .iter()
            .map(|e| {
                let link = format!("{}#{}", chapter.href, e.anchor);
                for paper in &e.papers {
                    let year = paper.rsplit(' ').next().unwrap_or("").to_string();
                    let place = papers.entry((year, paper)).or_default();
                    place.push(format!("<a href=\"{link}\">{}</a>", escape(&e.name)));
                }
                format!(
                    "<tr><td><a href=\"{link}\" title=\"{}\">{}</a> <span class=\"kind\">{}</span></td><td>{}</td></tr>\n",
                    escape(&e.signature),
                    escape(&e.name),
                    e.kind,
                    e.brief
                )
            })
            .collect();
        body.push_str(&format!(
            "<section>\n<h2><a href=\"{}\">{}</a></h2>\n<table>\n{rows}</table>\n</section>\n",
            chapter.href,
            escape(&chapter.title)
        ));
    }
    if !papers.is_empty() {
        let rows: String = papers
            .iter()
            .map(|((_, paper), items)| format!("<tr><td>{}</td><td>{}</td></tr>\n", escape(paper), items.join(", ")))
            .collect();
        body.push_str(&format!(
            "<section>\n<h2>Papers</h2>\n<table>\n{rows}</table>\n</section>\n"
        ));
    }
    body.push_str(&format!("</main>\n<script>\n{SEARCH}</script>\n"));
    Page {
        name: "index.html".into(),
        text: frame("Reference", &body),
    }
}
