//! The statements and blocks of a text, with the comments between them.

use super::pieces::{Kind, Piece, pieces};
use crate::syntax::TokenKind;

#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// An empty line stands before it.
    pub blank: bool,
    pub node: Node<'a>,
}

#[derive(Debug)]
pub(super) enum Node<'a> {
    /// A comment or a doc comment on a line of its own.
    Note(&'a str),
    /// What ends in `;`, which is left out.
    Statement {
        pieces: Vec<Piece<'a>>,
        trailing: Option<&'a str>,
    },
    /// A head and what stands in its braces; comments behind the opening and behind the closing one.
    Block {
        head: Vec<Piece<'a>>,
        opening: Option<&'a str>,
        body: Vec<Entry<'a>>,
        closing: Option<&'a str>,
    },
}

/// The outline of a text that parses.
pub(super) fn outline(text: &str) -> Vec<Entry<'_>> {
    let mut reader = Reader {
        pieces: pieces(text),
        at: 0,
    };
    reader.body()
}

struct Reader<'a> {
    pieces: Vec<Piece<'a>>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn ends(&self) -> bool {
        let piece = &self.pieces[self.at];
        piece.kind == Kind::Token(TokenKind::End) || piece.text == "}"
    }

    fn body(&mut self) -> Vec<Entry<'a>> {
        let mut body = Vec::new();
        while !self.ends() {
            let piece = self.pieces[self.at];
            let blank = piece.breaks > 1;
            if piece.is_comment() || piece.is_doc() {
                self.at += 1;
                let node = Node::Note(piece.text);
                body.push(Entry { blank, node });
            } else {
                self.statement(blank, &mut body);
            }
        }
        body
    }

    /// A statement or a block, and the comments that stood before its `;` and have nowhere to go but behind it.
    fn statement(&mut self, blank: bool, body: &mut Vec<Entry<'a>>) {
        let mut line = Vec::new();
        while !self.ends() && !matches!(self.pieces[self.at].text, ";" | "{") {
            line.push(self.pieces[self.at]);
            self.at += 1;
        }
        let code = line.iter().rposition(|p| !p.is_comment()).map_or(0, |last| last + 1);
        let mut late = line.split_off(code);
        let is_block = self.pieces[self.at].text == "{";
        if !self.ends() {
            self.at += 1;
        }
        late.extend(self.trailing());
        let mut late = late.into_iter().peekable();
        let trailing = late.next_if(Piece::trails).map(|p| p.text);
        let notes = late.map(|p| Entry {
            blank: false,
            node: Node::Note(p.text),
        });
        if !is_block {
            let node = Node::Statement { pieces: line, trailing };
            body.push(Entry { blank, node });
            body.extend(notes);
            return;
        }
        let mut inside: Vec<Entry> = notes.collect();
        inside.extend(self.body());
        if self.pieces[self.at].text == "}" {
            self.at += 1;
        }
        let node = Node::Block {
            head: line,
            opening: trailing,
            body: inside,
            closing: self.trailing().map(|p| p.text),
        };
        body.push(Entry { blank, node });
    }

    /// The comment behind what was read last, on its line.
    fn trailing(&mut self) -> Option<Piece<'a>> {
        let piece = self.pieces[self.at];
        if !piece.trails() {
            return None;
        }
        self.at += 1;
        Some(piece)
    }
}
