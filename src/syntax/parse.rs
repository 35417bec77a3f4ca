//! The parser: text is cut into items and statements by its tokens, and each is parsed by the grammar on its own, so
//! that a mistake costs one statement and several are reported in one run.

use pest::Parser as _;
use pest::iterators::Pair;

use super::ast::*;
use super::build::{Builder, next, nth};
use super::expect::{Chunk, Wanted, wanted};
use super::explain;
use super::grammar::{Grammar, Rule};
use super::items;
use super::lexical;
use super::tokens::{Token, TokenKind, tokens};
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::source::{FileId, Sources};

/// The most levels the tree of one expression may have.
pub const MAX_DEPTH: usize = 256;
/// The most brackets that may be open at once within a statement.
pub const MAX_NESTING: usize = 128;
/// The most blocks that may be open at once.
pub const MAX_BLOCKS: usize = 32;

/// The most mistakes of one text that are reported: a file that is no `.rnn` at all has one a word.
const MAX_ERRORS: usize = 50;

/// The editions of the language that this compiler knows.
const EDITIONS: [u32; 1] = [2026];

/// Parses one source text. The tree holds everything that could be understood; the diagnostics say what could not.
pub fn parse(sources: &Sources, file: FileId) -> (File, Diagnostics) {
    let text: &str = &sources.file(file).text;
    let mut parser = Parser {
        text,
        file,
        tokens: tokens(text),
        at: 0,
        unclosed: None,
        found: Diagnostics::default(),
    };
    let tree = parser.file();
    (tree, parser.found)
}

pub(super) struct Parser<'a> {
    pub text: &'a str,
    pub file: FileId,
    pub tokens: Vec<Token>,
    at: usize,
    /// Where blocks were last found to be unclosed: one report for all that miss their `}` there.
    unclosed: Option<usize>,
    found: Diagnostics,
}

impl Parser<'_> {
    fn report(&mut self, d: Diagnostic) {
        if self.gives_up() {
            return;
        }
        self.found.push(d);
        if self.gives_up() {
            let message = format!("{MAX_ERRORS} mistakes: the rest of the text was not read");
            let here = self.span(self.at);
            self.found
                .push(Diagnostic::error(codes::SYNTAX, message).label(here, "stopped here"));
        }
    }

    fn gives_up(&self) -> bool {
        self.found.list.len() >= MAX_ERRORS
    }

    fn docs(&mut self) -> Vec<String> {
        let mut docs = Vec::new();
        while self.kind(self.at) == TokenKind::Doc {
            let line = self.word(self.at).trim_end().trim_start_matches("///");
            docs.push(line.strip_prefix(' ').unwrap_or(line).to_string());
            self.at += 1;
        }
        docs
    }

    fn file(&mut self) -> File {
        let mut file = File::default();
        loop {
            let doc = self.docs();
            let first = self.at;
            match self.word(first) {
                _ if self.kind(first) == TokenKind::End || self.gives_up() => return file,
                "edition" => self.edition(&mut file),
                "use" | "const" => {
                    let chunk = self.chunk(Rule::one_item);
                    let item = self.chunk_items(&chunk, |b, pair| items::simple_item(b, pair, doc));
                    self.semicolon(Rule::one_item, &chunk, item.is_some());
                    file.items.extend(item);
                }
                "fn" | "layer" | "cell" | "model" | "train" => file.items.extend(self.block_item(doc)),
                _ => self.not_an_item(),
            }
        }
    }

    fn edition(&mut self, file: &mut File) {
        let first = self.at;
        let chunk = self.chunk(Rule::one_item);
        let number = self.chunk_items(&chunk, |b, pair| {
            let number = nth(&mut pair.into_inner(), 1);
            (number.as_str().to_string(), b.number(&number), b.span(&number))
        });
        self.semicolon(Rule::one_item, &chunk, number.is_some());
        let Some((written, value, span)) = number else { return };
        let year = EDITIONS.iter().copied().find(|e| f64::from(*e) == value);
        if let Some((_, before)) = file.edition {
            self.report(
                Diagnostic::error(codes::EDITION, "a second `edition`")
                    .label(span, "the edition is already chosen")
                    .label(before, "here"),
            );
        } else if first != 0 {
            self.report(
                Diagnostic::error(codes::EDITION, "`edition` after other items")
                    .label(span, "must be the first line of its file"),
            );
        } else if let Some(year) = year {
            file.edition = Some((year, span));
        } else {
            self.report(
                Diagnostic::error(codes::EDITION, format!("an unknown edition `{written}`"))
                    .label(span, "no such edition")
                    .fix("the newest edition is 2026", span, "2026"),
            );
        }
    }

    /// A head, then a body in braces.
    fn block_item(&mut self, doc: Vec<String>) -> Option<Item> {
        let first = self.at;
        let train = self.word(first) == "train";
        let chunk = self.chunk(Rule::one_item);
        let item = self.chunk_items(&chunk, |b, pair| items::block_item(b, pair, doc));
        if !self.open_brace(Rule::one_item, &chunk, item.is_some()) {
            return None;
        }
        let (mut body, mut settings) = (Vec::new(), Vec::new());
        if train {
            settings = self.settings(chunk.end);
        } else {
            body = self.body(chunk.end, 1);
        }
        let whole = self.span_of(first, self.at);
        let mut item = item?;
        match &mut item {
            Item::Fn(i) => (i.body, i.span) = (body, whole),
            Item::Layer(i) => (i.body, i.span) = (body, whole),
            Item::Model(i) => (i.body, i.span) = (body, whole),
            Item::Train(i) => (i.settings, i.span) = (settings, whole),
            Item::Use(_) | Item::Const(_) => {}
        }
        Some(item)
    }

    /// The chunk that starts here: up to what can only end it. The parser stands behind it.
    fn chunk(&mut self, rule: Rule) -> Chunk {
        let first = self.at;
        let mut end = first + 1;
        while !(self.ends_chunk(end) || rule == Rule::one_stmt && end > first + 1 && self.starts_equation(end)) {
            end += 1;
        }
        self.at = end;
        Chunk { first, end }
    }

    /// Parses a chunk as one item, statement or setting, by `rule`; what fails is reported.
    fn chunk_as<T>(&mut self, rule: Rule, chunk: &Chunk, build: impl FnOnce(&Builder, Pair<Rule>) -> T) -> Option<T> {
        if let Some(d) = lexical::check(self, chunk) {
            self.report(d);
            return None;
        }
        let (start, end) = (self.tokens[chunk.first].start, self.tokens[chunk.end - 1].end);
        match Grammar::parse(rule, &self.text[start..end]) {
            Ok(mut pairs) => {
                let pair = next(&mut next(&mut pairs).into_inner());
                let builder = Builder::new(self.file, start, &self.tokens);
                let built = build(&builder, pair);
                for d in builder.found.into_inner().list {
                    self.report(d);
                }
                Some(built)
            }
            Err(_) => {
                let wanted = wanted(self, rule, chunk);
                let d = explain::explain(self, rule, chunk, &wanted);
                self.report(d);
                self.resume(rule, chunk, &wanted, build)
            }
        }
    }

    /// Where a statement was complete when the next line began, a `;` is missing: what stands before it is parsed, and
    /// the parser goes on with the new line.
    fn resume<T>(
        &mut self,
        rule: Rule,
        chunk: &Chunk,
        wanted: &Wanted,
        build: impl FnOnce(&Builder, Pair<Rule>) -> T,
    ) -> Option<T> {
        if !(wanted.complete && wanted.at > chunk.first && wanted.at < chunk.end && self.starts_line(wanted.at)) {
            return None;
        }
        self.at = wanted.at;
        let shorter = Chunk {
            first: chunk.first,
            end: wanted.at,
        };
        self.chunk_as(rule, &shorter, build)
    }

    fn chunk_items<T>(&mut self, chunk: &Chunk, build: impl FnOnce(&Builder, Pair<Rule>) -> T) -> Option<T> {
        self.chunk_as(Rule::one_item, chunk, build)
    }

    /// The `;` behind a chunk; reported if it is missing and the chunk itself parsed.
    fn semicolon(&mut self, rule: Rule, chunk: &Chunk, parsed: bool) {
        if self.at < chunk.end {
            return;
        }
        match self.word(self.at) {
            ";" => self.at += 1,
            "{" => {
                if parsed {
                    let brace = self.span(self.at);
                    let what = explain::what(self, rule, chunk);
                    self.report(
                        Diagnostic::error(codes::SYNTAX, format!("expected `;` after {what}, found `{{`"))
                            .label(brace, "no block can stand here"),
                    );
                }
                self.skip_block();
                if self.word(self.at) == ";" {
                    self.at += 1;
                }
            }
            _ if parsed => {
                let d = explain::missing_semicolon(self, rule, chunk, self.at);
                self.report(d);
            }
            _ => {}
        }
    }

    /// The `{` behind a head. Without one, the item is given up.
    fn open_brace(&mut self, rule: Rule, chunk: &Chunk, parsed: bool) -> bool {
        if self.word(self.at) == "{" {
            self.at += 1;
            return true;
        }
        if self.at >= chunk.end && parsed {
            let what = explain::what(self, rule, chunk);
            let found = explain::found(self, self.at);
            let d = Diagnostic::error(codes::SYNTAX, format!("expected `{{` after {what}, found {found}"))
                .label(explain::after(self, self.at), "a block in braces must follow");
            self.report(d);
        }
        if self.word(self.at) == ";" {
            self.at += 1;
        }
        false
    }

    /// The `}` of the block whose `{` is token `open`: true where the block ends, whether closed or not.
    fn closes(&mut self, open: usize) -> bool {
        if self.word(self.at) == "}" {
            self.at += 1;
            return true;
        }
        if self.gives_up() {
            return true;
        }
        if self.kind(self.at) != TokenKind::End && !self.starts_item(self.at) {
            return false;
        }
        // An open string may have swallowed the `}`.
        let swallowed = self.tokens[open..self.at]
            .iter()
            .any(|t| t.kind == TokenKind::BadString);
        if self.unclosed.replace(self.at) == Some(self.at) || swallowed {
            return true;
        }
        let at_end = self.kind(self.at) == TokenKind::End;
        let what = if at_end {
            "the text ends here, before the `}`"
        } else {
            "an item begins here, before the `}`"
        };
        let after = explain::after(self, self.at);
        let here = if at_end { after } else { self.span(self.at) };
        let d = Diagnostic::error(codes::SYNTAX, "this `{` is never closed")
            .label(self.span(open), "opened here")
            .label(here, what)
            .fix("close the block", after, " }");
        self.report(d);
        true
    }

    fn body(&mut self, open: usize, level: usize) -> Vec<Stmt> {
        let mut body = Vec::new();
        loop {
            let doc = self.docs();
            if self.closes(open) {
                return body;
            }
            let first = self.at;
            let kind = self.stmt(level);
            let span = self.span_of(first, self.at);
            body.push(Stmt { doc, kind, span });
        }
    }

    fn stmt(&mut self, level: usize) -> StmtKind {
        if matches!(self.word(self.at), ";" | "{") {
            return self.not_a_stmt();
        }
        let chunk = self.chunk(Rule::one_stmt);
        let kind = self.chunk_as(Rule::one_stmt, &chunk, |b, pair| b.stmt(pair));
        if self.word(chunk.first) != "for" {
            self.semicolon(Rule::one_stmt, &chunk, kind.is_some());
            return kind.unwrap_or(StmtKind::Error);
        }
        if !self.open_brace(Rule::one_stmt, &chunk, kind.is_some()) {
            return StmtKind::Error;
        }
        if level >= MAX_BLOCKS {
            let d = Diagnostic::error(
                codes::NESTING,
                format!("more than {MAX_BLOCKS} blocks within each other"),
            )
            .label(self.span(chunk.first), "this one is too deep");
            self.report(d);
            self.at = chunk.end;
            self.skip_block();
            return StmtKind::Error;
        }
        let inside = self.body(chunk.end, level + 1);
        match kind {
            Some(StmtKind::For { var, range, .. }) => StmtKind::For {
                var,
                range,
                body: inside,
            },
            _ => StmtKind::Error,
        }
    }

    fn settings(&mut self, open: usize) -> Vec<Setting> {
        let mut settings = Vec::new();
        loop {
            self.docs();
            if self.closes(open) {
                return settings;
            }
            if matches!(self.word(self.at), ";" | "{") {
                self.not_a_stmt();
                continue;
            }
            let first = self.at;
            let chunk = self.chunk(Rule::one_setting);
            let setting = self.chunk_as(Rule::one_setting, &chunk, |b, pair| b.setting(pair));
            self.semicolon(Rule::one_setting, &chunk, setting.is_some());
            let span = self.span_of(first, self.at);
            settings.extend(setting.map(|s| Setting { span, ..s }));
        }
    }

    fn not_a_stmt(&mut self) -> StmtKind {
        let here = self.span(self.at);
        if self.word(self.at) == ";" {
            self.at += 1;
            self.report(
                Diagnostic::error(codes::SYNTAX, "expected a statement, found `;`")
                    .label(here, "nothing stands before it")
                    .fix("remove it", here, ""),
            );
        } else {
            self.report(
                Diagnostic::error(codes::SYNTAX, "expected a statement, found `{`")
                    .label(here, "a block needs a `for`"),
            );
            self.skip_block();
        }
        StmtKind::Error
    }

    fn not_an_item(&mut self) {
        let first = self.at;
        let d = match lexical::bad_token(self, first) {
            Some(d) => d,
            None => explain::not_an_item(self, first),
        };
        self.report(d);
        while self.kind(self.at) != TokenKind::End {
            match self.word(self.at) {
                "{" => return self.skip_block(),
                ";" | "}" => {
                    self.at += 1;
                    return;
                }
                _ if self.at > first && self.starts_item(self.at) => return,
                _ => self.at += 1,
            }
        }
    }

    /// Skips from a `{` to behind its `}`, or to the next item.
    fn skip_block(&mut self) {
        let mut open = 0usize;
        while self.kind(self.at) != TokenKind::End {
            match self.word(self.at) {
                "{" => open += 1,
                "}" => open -= 1,
                _ if self.starts_line(self.at) && self.starts_item(self.at) => return,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return;
            }
        }
    }
}
