//! A graph as text: one value below the other, boxes as brackets at the left, and what each reads as rails at the right.

use super::graph::{EdgeKind, Graph, Node, NodeKind};
use std::collections::BTreeMap;
use unicode_width::UnicodeWidthStr;

/// How text is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    pub width: usize,
    pub color: bool,
}

/// A row: the brackets and words at its left.
#[derive(Default)]
struct Row {
    /// Pieces with what colours them.
    words: Vec<(&'static str, String)>,
    /// The node whose arrows end here, or start.
    ends: Option<usize>,
    starts: Option<usize>,
}

/// A line from a node upwards or downwards to all that read it so.
struct Rail {
    dashed: bool,
    from: usize,
    to: Vec<usize>,
    lane: usize,
}

const DIM: &str = "\x1b[2m";
const BOLD: &str = "\x1b[1m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const BLUE: &str = "\x1b[34m";
const RED: &str = "\x1b[31m";
const PLAIN: &str = "";

pub fn text(graph: &Graph, terminal: &Terminal) -> String {
    let mut rows = Vec::new();
    put_items(graph, None, &mut rows);
    let ends: BTreeMap<usize, usize> = rows
        .iter()
        .enumerate()
        .filter_map(|(y, r)| Some((r.ends?, y)))
        .collect();
    let starts: BTreeMap<usize, usize> = rows
        .iter()
        .enumerate()
        .filter_map(|(y, r)| Some((r.starts?, y)))
        .collect();
    let mut rails: Vec<Rail> = Vec::new();
    // What reads itself tells so by name.
    for edge in graph.edges.iter().filter(|e| e.from != e.to) {
        let (from, to) = (starts[&edge.from], ends[&edge.to]);
        let dashed = edge.kind != EdgeKind::Flow;
        match rails.iter_mut().find(|r| r.from == from && r.dashed == dashed) {
            Some(rail) if rail.to.contains(&to) => {}
            Some(rail) => rail.to.push(to),
            None => rails.push(Rail {
                dashed,
                from,
                to: vec![to],
                lane: 0,
            }),
        }
    }
    let lanes = choose_lanes(&mut rails);
    let gutter = 2 * lanes + 3;
    let left = rows.iter().map(Row::width).max().unwrap_or(0);
    let left = (left + 1).min(terminal.width.saturating_sub(gutter).max(24));
    let mut out = String::new();
    for (y, row) in rows.iter().enumerate() {
        let rails = gutter_at(y, &rails, lanes, row);
        let mut line = row.print(left, terminal.color);
        if !rails.trim().is_empty() {
            let fill = if rails.starts_with(['\u{25c2}', '\u{2500}', '\u{254c}']) {
                rails.chars().nth(1)
            } else {
                None
            };
            let gap = left.saturating_sub(row.width());
            let fill = fill.filter(|c| matches!(c, '\u{2500}' | '\u{254c}')).unwrap_or(' ');
            // An arrow ends where the words do.
            match (rails.starts_with('\u{25c2}'), gap) {
                (_, 0) => line.push_str(&rails),
                (true, _) => {
                    line.push_str(" \u{25c2}");
                    line.extend(std::iter::repeat_n(fill, gap));
                    line.extend(rails.chars().skip(2));
                }
                (false, _) => {
                    line.push(' ');
                    line.extend(std::iter::repeat_n(fill, gap));
                    line.extend(rails.chars().skip(1));
                }
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The rows of what stands directly in a box, in the order of what they need.
fn put_items(graph: &Graph, within: Option<usize>, rows: &mut Vec<Row>) {
    let depth = depth(graph, within);
    let bars = || ("\u{2502} ".repeat(depth)).to_string();
    for item in order(graph, within) {
        match item {
            Item::Box(at) => {
                let group = &graph.boxes[at];
                let dot = if group.name.is_empty() { "" } else { " \u{b7} " };
                rows.push(Row {
                    words: vec![
                        (DIM, format!("{}\u{256d}\u{2500} ", bars())),
                        (DIM, format!("{}{dot}", group.name)),
                        (BOLD, group.item.clone()),
                    ],
                    ..Row::default()
                });
                put_items(graph, Some(at), rows);
                rows.push(Row {
                    words: vec![(DIM, format!("{}\u{2570}\u{2500}", bars()))],
                    ..Row::default()
                });
            }
            Item::Node(at) => put_node(graph, at, &bars(), rows),
        }
    }
}

fn put_node(graph: &Graph, at: usize, bars: &str, rows: &mut Vec<Row>) {
    let node = &graph.nodes[at];
    let role = match node.kind {
        NodeKind::Input => "input ",
        NodeKind::Target => "target ",
        NodeKind::Output => "output ",
        NodeKind::Value | NodeKind::State | NodeKind::Start | NodeKind::Observation | NodeKind::Loss => "",
    };
    let mut first = vec![
        (DIM, bars.to_string()),
        (DIM, role.to_string()),
        (colour(node), node.name.clone()),
    ];
    let bare = node.does.is_empty() && node.params.is_empty();
    if !bare {
        first.push((DIM, format!("  {}", node.ty)));
    }
    let steps = steps(graph, at);
    if !steps.is_empty() {
        first.push((GREEN, format!("  {}", steps.join(", "))));
    }
    let mut second = vec![(DIM, bars.to_string()), (PLAIN, format!("  {}", node.does))];
    if bare {
        second.push((DIM, node.ty.clone()));
    }
    if !node.params.is_empty() {
        let space = if node.does.is_empty() { "" } else { "  " };
        second.push((DIM, format!("{space}{}", node.params.join(", "))));
    }
    rows.push(Row {
        words: first,
        ends: Some(at),
        starts: None,
    });
    rows.push(Row {
        words: second,
        ends: None,
        starts: Some(at),
    });
}

/// What a node reads of other steps, by name: `h[t-1]`.
fn steps(graph: &Graph, at: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for edge in graph.edges.iter().filter(|e| e.to == at) {
        let from = &graph.nodes[edge.from].name;
        let told = match (edge.kind, edge.label.is_empty()) {
            (EdgeKind::Start, _) => format!("{} at first", from),
            (_, true) => continue,
            (EdgeKind::Delay { .. }, false) => format!("{from}[{}]", edge.label),
            (EdgeKind::Flow, false) => format!("{from}: {}", edge.label),
        };
        if !out.contains(&told) {
            out.push(told);
        }
    }
    out
}

fn colour(node: &Node) -> &'static str {
    match node.kind {
        NodeKind::Input => BLUE,
        NodeKind::Target | NodeKind::Observation => YELLOW,
        NodeKind::State => GREEN,
        NodeKind::Output | NodeKind::Loss => RED,
        NodeKind::Value | NodeKind::Start => BOLD,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Item {
    Node(usize),
    Box(usize),
}

fn depth(graph: &Graph, mut within: Option<usize>) -> usize {
    let mut depth = 0;
    while let Some(at) = within {
        depth += 1;
        within = graph.boxes[at].within;
    }
    depth
}

/// What stands directly in a box, each after what it needs; of what may come next, that which was needed last.
fn order(graph: &Graph, within: Option<usize>) -> Vec<Item> {
    let boxes = (0..graph.boxes.len())
        .filter(|b| graph.boxes[*b].within == within)
        .map(Item::Box);
    let nodes = (0..graph.nodes.len())
        .filter(|n| graph.nodes[*n].within == within)
        .map(Item::Node);
    let mut left: Vec<Item> = nodes.chain(boxes).collect();
    // The item that a node belongs to.
    let item = |node: usize| {
        let mut at = graph.nodes[node].within;
        if at == within {
            return Some(Item::Node(node));
        }
        while let Some(b) = at {
            if graph.boxes[b].within == within {
                return Some(Item::Box(b));
            }
            at = graph.boxes[b].within;
        }
        None
    };
    let mut needs: Vec<(Item, Item)> = Vec::new();
    for edge in &graph.edges {
        let back = edge.kind == EdgeKind::Delay { back: true };
        if let (Some(a), Some(b), false) = (item(edge.from), item(edge.to), back)
            && a != b
        {
            needs.push((a, b));
        }
    }
    let mut out: Vec<Item> = Vec::new();
    while !left.is_empty() {
        let ready = |i: &Item| !needs.iter().any(|(a, b)| b == i && left.contains(a));
        let last_need = |i: &Item| {
            let met = needs.iter().filter(|(_, b)| b == i);
            met.filter_map(|(a, _)| out.iter().position(|o| o == a)).max()
        };
        let next = left
            .iter()
            .copied()
            .filter(ready)
            .max_by_key(|i| (last_need(i), is_box(i)));
        // Boxes that need each other: the first comes first.
        let next = next.unwrap_or(left[0]);
        left.retain(|i| *i != next);
        out.push(next);
    }
    out
}

fn is_box(item: &Item) -> bool {
    matches!(item, Item::Box(_))
}

impl Row {
    fn width(&self) -> usize {
        self.words.iter().map(|(_, w)| w.width()).sum()
    }

    /// The words, cut to the width.
    fn print(&self, width: usize, color: bool) -> String {
        let (mut out, mut left) = (String::new(), width);
        let cut = self.width() > width;
        for (style, word) in &self.words {
            let mut text = String::new();
            for c in word.chars() {
                let w = UnicodeWidthStr::width(c.encode_utf8(&mut [0; 4]) as &str);
                if w + usize::from(cut) > left {
                    break;
                }
                left -= w;
                text.push(c);
            }
            let full = text.len() == word.len();
            match color && !style.is_empty() {
                true => out.push_str(&format!("{style}{text}\x1b[0m")),
                false => out.push_str(&text),
            }
            if !full {
                break;
            }
        }
        if cut {
            out.push('\u{2026}');
        }
        out
    }
}

/// Gives rails lanes, short ones the inner; two in one lane do not meet.
fn choose_lanes(rails: &mut [Rail]) -> usize {
    let span = |r: &Rail| {
        let low = r.to.iter().copied().min().unwrap_or(r.from).min(r.from);
        let high = r.to.iter().copied().max().unwrap_or(r.from).max(r.from);
        (low, high)
    };
    let mut by_length: Vec<usize> = (0..rails.len()).collect();
    by_length.sort_by_key(|at| {
        let (low, high) = span(&rails[*at]);
        (high - low, low, rails[*at].dashed)
    });
    let mut lanes: Vec<Vec<(usize, usize)>> = Vec::new();
    for at in by_length {
        let (low, high) = span(&rails[at]);
        let free = |lane: &Vec<(usize, usize)>| lane.iter().all(|(a, b)| high < *a || *b < low);
        let lane = lanes.iter().position(free).unwrap_or(lanes.len());
        if lane == lanes.len() {
            lanes.push(Vec::new());
        }
        lanes[lane].push((low, high));
        rails[at].lane = lane;
    }
    lanes.len()
}

/// Where lines leave the middle of a cell.
#[derive(Clone, Copy, Default)]
struct Cell {
    up: bool,
    down: bool,
    left: bool,
    right: bool,
    dashed: bool,
}

/// The rails of a row: an arrow or the start of a line, then the lanes.
fn gutter_at(y: usize, rails: &[Rail], lanes: usize, row: &Row) -> String {
    let mut cells = vec![Cell::default(); 2 * lanes + 2];
    let (mut arrow, mut dashed_run, mut full_run) = (false, false, false);
    for rail in rails {
        let low = rail.to.iter().copied().min().unwrap_or(rail.from).min(rail.from);
        let high = rail.to.iter().copied().max().unwrap_or(rail.from).max(rail.from);
        if y < low || y > high {
            continue;
        }
        let x = 2 * rail.lane + 2;
        let (ends, starts) = (rail.to.contains(&y), rail.from == y);
        let cell = &mut cells[x];
        cell.up |= y > low;
        cell.down |= y < high;
        if !ends && !starts {
            cell.dashed = rail.dashed;
            continue;
        }
        cell.left = true;
        arrow |= ends;
        match rail.dashed {
            true => dashed_run = true,
            false => full_run = true,
        }
        for (at, cell) in cells[..x].iter_mut().enumerate() {
            cell.right = true;
            cell.left |= at > 0;
        }
    }
    let dashed = dashed_run && !full_run;
    let mut out = String::new();
    for (x, cell) in cells.iter().enumerate() {
        out.push(match x {
            0 if arrow => '\u{25c2}',
            0 if cell.right && row.starts.is_some() => line(false, false, true, true, dashed),
            0 => ' ',
            _ => line(
                cell.up,
                cell.down,
                cell.left,
                cell.right,
                if cell.left { dashed } else { cell.dashed },
            ),
        });
    }
    out
}

fn line(up: bool, down: bool, left: bool, right: bool, dashed: bool) -> char {
    match (up, down, left, right) {
        (false, false, false, false) => ' ',
        (false, false, _, _) if dashed => '\u{254c}',
        (false, false, _, _) => '\u{2500}',
        (_, _, false, false) if dashed => '\u{2506}',
        (_, _, false, false) => '\u{2502}',
        (true, true, true, true) => '\u{253c}',
        (true, true, true, false) => '\u{2524}',
        (true, true, false, true) => '\u{251c}',
        (true, false, true, true) => '\u{2534}',
        (false, true, true, true) => '\u{252c}',
        (true, false, true, false) => '\u{256f}',
        (false, true, true, false) => '\u{256e}',
        (true, false, false, true) => '\u{2570}',
        (false, true, false, true) => '\u{256d}',
    }
}

/// A word in its colour, if there are colours.
pub(super) fn paint(terminal: &Terminal, class: &str, text: &str) -> String {
    let style = match class {
        "dim" | "note" | "row" => DIM,
        "head1" => BOLD,
        "carries" | "handed" => GREEN,
        "type" | "tape" => BLUE,
        "step" => YELLOW,
        "sum" => RED,
        _ => PLAIN,
    };
    match terminal.color && !style.is_empty() && !text.is_empty() {
        true => format!("{style}{text}\x1b[0m"),
        false => text.to_string(),
    }
}

/// The words of a text in lines of so many columns; none of an empty one.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}
