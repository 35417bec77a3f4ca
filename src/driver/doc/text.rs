//! Doc comments and source texts as HTML.

use crate::source::{FileId, Span};
use crate::syntax::{TokenKind, is_keyword, tokens};
use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, html};

pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Markdown without raw HTML; a name between backticks that is an item leads to it.
pub fn markdown(doc: &[String], link: &dyn Fn(&str) -> Option<String>) -> String {
    let text: Vec<&str> = doc.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let text = text.join("\n");
    let events = Parser::new_ext(&text, Options::ENABLE_TABLES).flat_map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => vec![Event::Text(raw)],
        Event::Code(code) => match link(&code) {
            Some(href) => {
                let tag = Tag::Link {
                    link_type: LinkType::Inline,
                    dest_url: CowStr::from(href),
                    title: CowStr::from(""),
                    id: CowStr::from(""),
                };
                vec![Event::Start(tag), Event::Code(code), Event::End(TagEnd::Link)]
            }
            None => vec![Event::Code(code)],
        },
        // A doc comment stands below a heading of its own.
        Event::Start(Tag::Image { .. } | Tag::HtmlBlock) | Event::End(TagEnd::Image | TagEnd::HtmlBlock) => Vec::new(),
        event => vec![event],
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

/// The text of a span in colours, its names as links.
pub fn source(text: &str, file: FileId, from: usize, to: usize, link: &dyn Fn(Span) -> Option<String>) -> String {
    let mut out = String::new();
    let mut at = from;
    for token in tokens(text).iter().filter(|t| from <= t.start && t.end <= to) {
        plain(&mut out, &text[at..token.start]);
        let word = &text[token.start..token.end];
        let shown = escape(word);
        let class = match token.kind {
            TokenKind::Word if is_keyword(word) || word == "const" => Some("k"),
            TokenKind::Number => Some("n"),
            TokenKind::Str => Some("s"),
            TokenKind::Doc => Some("c"),
            TokenKind::Word
            | TokenKind::Punct
            | TokenKind::BadNumber
            | TokenKind::BadString
            | TokenKind::BadBlock
            | TokenKind::BadChar
            | TokenKind::End => None,
        };
        let href = match token.kind {
            TokenKind::Word => link(Span::new(file, token.start, token.end)),
            _ => None,
        };
        out.push_str(&match (class, href) {
            (Some(class), _) => format!("<span class=\"{class}\">{shown}</span>"),
            (None, Some(href)) => format!("<a href=\"{}\">{shown}</a>", escape(&href)),
            (None, None) => shown,
        });
        at = token.end;
    }
    plain(&mut out, &text[at..to]);
    out
}

/// White space and comments.
fn plain(out: &mut String, text: &str) {
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        match line.find("//") {
            Some(at) => {
                let (before, comment) = line.split_at(at);
                out.push_str(before);
                out.push_str(&format!("<span class=\"c\">{}</span>", escape(comment)));
            }
            None => out.push_str(&escape(line)),
        }
    }
}
