//! The lines of an outline: indentation, empty lines, and comments behind statements in one column.

use super::line;
use super::outline::{Entry, Node};
use super::pieces::Piece;
use super::{INDENT, WIDTH};

/// One entry's lines, or one end of a block.
struct Row<'a> {
    blank: bool,
    text: String,
    trailing: Option<&'a str>,
    /// Comments of neighbouring statements stand in one column.
    statement: bool,
}

pub(super) fn lay_out(outline: &[Entry]) -> String {
    let mut rows = Vec::new();
    body(outline, 0, None, &mut rows);
    align_comments(&mut rows);
    let mut out = String::new();
    for row in rows {
        if row.blank && !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&row.text);
        if let Some(comment) = row.trailing {
            out.push(' ');
            out.push_str(comment);
        }
        out.push('\n');
    }
    out
}

/// Lays out the entries of one block; `keys` is the width of the column of keys, in a regime.
fn body<'a>(entries: &'a [Entry<'a>], indent: usize, keys: Option<usize>, rows: &mut Vec<Row<'a>>) {
    let spaces = " ".repeat(indent);
    let mut after_block = false;
    for (at, entry) in entries.iter().enumerate() {
        let documents = matches!(before(entries, at), Some(Node::Note(note)) if note.starts_with("///") && !note.starts_with("////"));
        // Items of several lines stand apart, with the notes above them.
        let apart = indent == 0 && (after_block || announces_block(entries, at) && !noted(entries, at));
        let first = rows.len();
        let mut row = |text, trailing, statement| {
            rows.push(Row {
                blank: false,
                text,
                trailing,
                statement,
            });
        };
        after_block = false;
        match &entry.node {
            Node::Note(note) => row(format!("{spaces}{note}"), None, false),
            Node::Statement { pieces, trailing } => {
                row(line::statement(pieces, indent, keys, ";"), *trailing, true);
            }
            Node::Block { head, closing, .. } if one_line(&entry.node, indent).is_some() => {
                let text = one_line(&entry.node, indent).unwrap_or_default();
                let empty = !head.is_empty() && text.ends_with("{}");
                row(text, *closing, !empty);
            }
            Node::Block {
                head,
                opening,
                body: inside,
                closing,
            } => {
                row(line::statement(head, indent, None, " {"), *opening, false);
                let keys = regime(head).then(|| key_width(inside));
                body(inside, indent + INDENT, keys, rows);
                rows.push(Row {
                    blank: false,
                    text: format!("{spaces}}}"),
                    trailing: *closing,
                    statement: false,
                });
                after_block = true;
            }
        }
        rows[first].blank = at > 0 && (entry.blank || apart) && !documents;
    }
}

fn before<'e, 'a>(entries: &'e [Entry<'a>], at: usize) -> Option<&'e Node<'a>> {
    at.checked_sub(1).map(|i| &entries[i].node)
}

/// Whether the entry before belongs to this one: a note right above it.
fn noted(entries: &[Entry], at: usize) -> bool {
    matches!(before(entries, at), Some(Node::Note(_))) && !entries[at].blank
}

/// Whether this is a block of several lines, or the first of the notes right above one.
fn announces_block(entries: &[Entry], at: usize) -> bool {
    let mut last = at;
    while matches!(entries[last].node, Node::Note(_))
        && last + 1 < entries.len()
        && (last == at || !entries[last].blank)
    {
        last += 1;
    }
    let joined = last == at || !entries[last].blank;
    joined && matches!(entries[last].node, Node::Block { .. }) && one_line(&entries[last].node, 0).is_none()
}

/// An empty block, and a function of one equation that fits into a line.
fn one_line(block: &Node, indent: usize) -> Option<String> {
    let Node::Block {
        head,
        opening: None,
        body,
        ..
    } = block
    else {
        return None;
    };
    match body.as_slice() {
        [] => Some(line::statement(head, indent, None, " {}")),
        [
            Entry {
                node: Node::Statement { pieces, trailing: None },
                ..
            },
        ] if head.first().is_some_and(|p| p.text == "fn") && !pieces.iter().chain(head).any(Piece::is_comment) => {
            let head = line::statement(head, indent, None, " {");
            let inside = line::statement(pieces, 0, None, ";");
            let text = format!("{head} {inside} }}");
            (!text.contains('\n') && text.chars().count() <= WIDTH).then_some(text)
        }
        _ => None,
    }
}

fn regime(head: &[Piece]) -> bool {
    head.first().is_some_and(|p| p.text == "train")
}

/// The longest key of a regime.
fn key_width(settings: &[Entry]) -> usize {
    let key = |e: &Entry| match &e.node {
        Node::Statement { pieces, .. } => pieces.first().map_or(0, |p| p.text.chars().count()),
        Node::Note(_) | Node::Block { .. } => 0,
    };
    settings.iter().map(key).max().unwrap_or(0)
}

/// Pads neighbouring statements that have comments behind them to one width.
fn align_comments(rows: &mut [Row]) {
    let runs = rows
        .chunk_by_mut(|a, b| a.trailing.is_some() && b.trailing.is_some() && a.statement && b.statement && !b.blank);
    for run in runs.filter(|run| run.len() > 1) {
        let last_line = |row: &Row| row.text.rsplit('\n').next().map_or(0, |l| l.chars().count());
        let width = run.iter().map(last_line).max().unwrap_or(0);
        for row in run {
            row.text.push_str(&" ".repeat(width - last_line(row)));
        }
    }
}
