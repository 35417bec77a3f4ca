//! One statement or head: its spaces, and where it is broken when it is too long.

use super::pieces::{Kind, Piece};
use super::{INDENT, WIDTH};
use crate::syntax::{TokenKind, is_keyword};
use pretty::{Arena, DocAllocator, DocBuilder};

type Doc<'a> = DocBuilder<'a, Arena<'a>>;

/// Binary operators, loosest first, as in the grammar.
const OPERATORS: [&[&str]; 6] = [
    &["|>"],
    &["==", "!=", "<", "<=", ">", ">="],
    &["++"],
    &["+", "-"],
    &["*", "/", "%"],
    &["@"],
];

/// The text of a statement on lines of at most [`WIDTH`] columns; `keys` is the width of a regime's column of keys.
pub(super) fn statement(pieces: &[Piece], indent: usize, keys: Option<usize>, end: &str) -> String {
    let trees = read(pieces);
    let arena = Arena::new();
    let printer = Printer { arena: &arena };
    let code = match (keys, trees.split_first()) {
        (Some(width), Some((key, values))) if !values.is_empty() => {
            let gap = printer.gap(values[0].first(), Gap::None);
            let values = printer.sequence(values);
            printer
                .text(format!("{:width$} ", key.first().text))
                .append(gap.append(values).align())
        }
        _ => printer.sequence(&trees),
    };
    let doc = arena
        .text(" ".repeat(indent))
        .append(code.append(end.to_string()).nest(indent as isize));
    let mut out = String::new();
    doc.render_fmt(WIDTH, &mut out)
        .unwrap_or_else(|e| panic!("internal error: a text cannot be written to: {e}"));
    let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// A token with the comments before it.
#[derive(Debug)]
struct Token<'a> {
    text: &'a str,
    kind: TokenKind,
    comments: Vec<Piece<'a>>,
}

/// A token, or what stands between two brackets, split by its commas.
#[derive(Debug)]
enum Tree<'a> {
    Token(Token<'a>),
    Bracket {
        open: Token<'a>,
        items: Vec<Vec<Tree<'a>>>,
        close: Token<'a>,
    },
}

impl<'a> Tree<'a> {
    fn first(&self) -> &Token<'a> {
        match self {
            Tree::Token(token) | Tree::Bracket { open: token, .. } => token,
        }
    }

    fn is(&self, words: &[&str]) -> bool {
        matches!(self, Tree::Token(t) if words.contains(&t.text))
    }

    /// Whether an operator behind this one is binary, and a bracket a call or an index.
    fn ends_operand(&self) -> bool {
        match self {
            Tree::Bracket { .. } => true,
            Tree::Token(t) => match t.kind {
                TokenKind::Word => !is_keyword(t.text),
                TokenKind::Number | TokenKind::Str => true,
                _ => t.text == "...",
            },
        }
    }

    fn has_comments(&self) -> bool {
        match self {
            Tree::Token(t) => !t.comments.is_empty(),
            Tree::Bracket { open, items, close } => {
                let inside = items.iter().flatten().any(Tree::has_comments);
                inside || !open.comments.is_empty() || !close.comments.is_empty()
            }
        }
    }
}

fn read<'a>(pieces: &[Piece<'a>]) -> Vec<Tree<'a>> {
    let mut comments = Vec::new();
    let mut tokens = Vec::new();
    for piece in pieces {
        match piece.kind {
            Kind::Comment => comments.push(*piece),
            // What stands before a comma is said behind it.
            Kind::Token(kind) => tokens.push(Token {
                text: piece.text,
                kind,
                comments: match piece.text {
                    "," => Vec::new(),
                    _ => std::mem::take(&mut comments),
                },
            }),
        }
    }
    let mut tokens = tokens.into_iter().peekable();
    trees(&mut tokens)
}

type Tokens<'a> = std::iter::Peekable<std::vec::IntoIter<Token<'a>>>;

/// Up to the closing bracket, which is left, or the end.
fn trees<'a>(tokens: &mut Tokens<'a>) -> Vec<Tree<'a>> {
    let mut out = Vec::new();
    while let Some(token) = tokens.next_if(|t| !matches!(t.text, ")" | "]")) {
        if !matches!(token.text, "(" | "[") {
            out.push(Tree::Token(token));
            continue;
        }
        let inside = trees(tokens);
        let close = tokens.next();
        let close = close.unwrap_or_else(|| panic!("internal error: a bracket is open in a text that parses"));
        out.push(Tree::Bracket {
            open: token,
            items: split(inside),
            close,
        });
    }
    out
}

/// The parts between the commas; an empty one at the end is left out.
fn split(trees: Vec<Tree>) -> Vec<Vec<Tree>> {
    let mut parts = Vec::new();
    let mut part = Vec::new();
    for tree in trees {
        match tree.is(&[","]) {
            true => parts.push(std::mem::take(&mut part)),
            false => part.push(tree),
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

/// What stands between two tokens where no comment does.
#[derive(Clone, Copy)]
enum Gap {
    None,
    Space,
    /// A space, or a new line where its group is broken.
    Line,
}

struct Printer<'a> {
    arena: &'a Arena<'a>,
}

impl<'a> Printer<'a> {
    fn text(&self, text: impl Into<String>) -> Doc<'a> {
        self.arena.text(text.into())
    }

    fn gap(&self, next: &Token, gap: Gap) -> Doc<'a> {
        if next.comments.is_empty() {
            return match gap {
                Gap::None => self.arena.nil(),
                Gap::Space => self.arena.space(),
                // At the beginning of a line `const` begins an item.
                Gap::Line if next.text == "const" => self.arena.space(),
                Gap::Line => self.arena.line(),
            };
        }
        let comments = next
            .comments
            .iter()
            .enumerate()
            .map(|(i, c)| match c.trails() && i == 0 {
                true => self.text(format!(" {}", c.text)),
                false => self.arena.hardline().append(c.text.to_string()),
            });
        self.arena.concat(comments).append(self.arena.hardline())
    }

    /// A token behind a gap.
    fn token(&self, token: &Token, gap: Gap) -> Doc<'a> {
        self.gap(token, gap).append(token.text.to_string())
    }

    /// A statement: clauses between commas.
    fn sequence(&self, trees: &[Tree]) -> Doc<'a> {
        let parts: Vec<&[Tree]> = trees.split(|t| t.is(&[","])).collect();
        self.fill(&parts, 0).nest(INDENT as isize)
    }

    /// As many of them on a line as fit, none broken that fits on a line of its own.
    fn fill(&self, parts: &[&[Tree]], nest: usize) -> Doc<'a> {
        let part = |(i, trees): (usize, &&[Tree])| match (i, trees.first()) {
            (_, None) => self.text(","),
            (0, Some(_)) => self.clause(trees, nest),
            (_, Some(tree)) => {
                let part = self.gap(tree.first(), Gap::Line).append(self.clause(trees, nest));
                self.text(",").append(part.group())
            }
        };
        self.arena.concat(parts.iter().enumerate().map(part))
    }

    /// `a = b`, `a: b`, `a..b`, or an expression, whose loosest operators stand `nest` columns to the right.
    fn clause(&self, trees: &[Tree], nest: usize) -> Doc<'a> {
        for (marks, before, after) in [
            (["=", "~"].as_slice(), Gap::Space, Gap::Space),
            (&[":"], Gap::None, Gap::Space),
            (&[".."], Gap::None, Gap::None),
        ] {
            let at = trees.iter().position(|t| t.is(marks)).filter(|at| *at > 0);
            if let Some((at, next)) = at.and_then(|at| Some((at, trees.get(at + 1)?))) {
                return self
                    .clause(&trees[..at], nest)
                    .append(self.token(trees[at].first(), before))
                    .append(self.gap(next.first(), after))
                    .append(self.clause(&trees[at + 1..], nest));
            }
        }
        self.operators(trees, nest)
    }

    /// An expression, broken at its loosest operators or nowhere.
    fn operators(&self, trees: &[Tree], nest: usize) -> Doc<'a> {
        let levels = std::iter::once(["when", "until"].as_slice()).chain(OPERATORS);
        for level in levels {
            let binary = |at: &usize| trees[*at].is(level) && *at > 0 && trees[*at - 1].ends_operand();
            let places: Vec<usize> = (0..trees.len()).filter(binary).collect();
            if places.is_empty() {
                continue;
            }
            let mut doc = self.operators(&trees[..places[0]], INDENT);
            for (i, at) in places.iter().enumerate() {
                let end = places.get(i + 1).copied().unwrap_or(trees.len());
                doc = doc.append(self.token(trees[*at].first(), Gap::Line));
                if let Some(next) = trees.get(at + 1) {
                    doc = doc
                        .append(self.gap(next.first(), Gap::Space))
                        .append(self.operators(&trees[at + 1..end], INDENT));
                }
            }
            return doc.nest(nest as isize).group();
        }
        self.plain(trees)
    }

    /// Trees side by side.
    fn plain(&self, trees: &[Tree]) -> Doc<'a> {
        let mut doc = self.arena.nil();
        for (i, tree) in trees.iter().enumerate() {
            let before = i.checked_sub(1).map(|i| &trees[i]);
            if let Some(before) = before {
                let unary = before.is(&["-"]) || before.is(&["."]);
                let call = matches!(tree, Tree::Bracket { .. }) && before.ends_operand();
                let gap = match unary || call || tree.is(&[".", "..."]) {
                    true => Gap::None,
                    false => Gap::Space,
                };
                doc = doc.append(self.gap(tree.first(), gap));
            }
            doc = doc.append(match tree {
                Tree::Token(token) => self.text(token.text),
                Tree::Bracket { open, items, close } => self.bracket(before, open, items, close),
            });
        }
        doc
    }

    fn bracket(&self, before: Option<&Tree>, open: &Token, items: &[Vec<Tree>], close: &Token) -> Doc<'a> {
        let inside = match items {
            [] => self.arena.nil(),
            [item] if is_step(before, open, item) => self.text(item.iter().map(|t| t.first().text).collect::<String>()),
            [first, ..] => {
                let parts: Vec<&[Tree]> = items.iter().map(Vec::as_slice).collect();
                let gap = first
                    .first()
                    .map_or(self.arena.nil(), |t| self.gap(t.first(), Gap::None));
                gap.append(self.fill(&parts, INDENT))
            }
        };
        self.text(open.text)
            .append(inside.append(self.token(close, Gap::None)).align())
    }
}

/// `h[t-1]` stands close together: an index that is a name and a distance.
fn is_step(before: Option<&Tree>, open: &Token, index: &[Tree]) -> bool {
    let [Tree::Token(_), op, Tree::Token(_)] = index else {
        return false;
    };
    open.text == "["
        && before.is_some_and(|b| b.ends_operand() && !b.is(&["index", "bit"]))
        && op.is(&["+", "-"])
        && !index.iter().any(Tree::has_comments)
}
