//! Doc comments behind which nothing stands that could keep them.

use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::elaborate::Unit;
use crate::source::{FileId, Sources, Span};
use crate::syntax::{Token, TokenKind, tokens};

pub(super) fn undocumented(sources: &Sources, unit: Unit, found: &mut Diagnostics) {
    for (file, source) in sources.files().take(unit.std_from) {
        let all = tokens(&source.text);
        let mut blocks: Vec<&str> = Vec::new();
        let mut head = "";
        for (at, token) in all.iter().enumerate() {
            let word = &source.text[token.start..token.end];
            match (token.kind, word) {
                (TokenKind::Doc, _) => {
                    let next = all[at..].iter().find(|t| t.kind != TokenKind::Doc);
                    let next = next.map_or("", |t| &source.text[t.start..t.end]);
                    let kept = !matches!(next, "" | "}" | "use" | "edition") && blocks.last() != Some(&"train");
                    if !kept {
                        found.push(warning(file, *token));
                    }
                }
                (_, "{") => {
                    blocks.push(head);
                    head = "";
                }
                (_, "}") => {
                    blocks.pop();
                    head = "";
                }
                (_, ";") => head = "",
                _ if head.is_empty() => head = word,
                _ => {}
            }
        }
    }
}

fn warning(file: FileId, token: Token) -> Diagnostic {
    let mark = Span::new(file, token.start, token.start + "///".len());
    Diagnostic::warning(codes::STRAY_DOC, "a doc comment of nothing")
        .label(
            Span::new(file, token.start, token.end),
            "no item and no statement follows that keeps it",
        )
        .fix("make it a plain comment", mark, "//")
}
