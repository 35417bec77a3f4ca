//! A graph with places as SVG.

use super::face::{self, Style};
use super::graph::{EdgeKind, Graph, Node, NodeKind};
use super::layout::{Laid, Line, Rect};
use super::sheet::{Sheet, number, upright};

pub fn svg(graph: &Graph, laid: &Laid) -> String {
    let mut sheet = Sheet::new(&graph.title, laid.width, laid.height);
    for rect in &laid.boxes {
        sheet.rect("box", rect, 6.0);
    }
    for (group, at) in graph.boxes.iter().zip(&laid.titles) {
        sheet.title((at.0, at.1 + 11.0), &group.name, &group.item);
    }
    for (at, (edge, line)) in graph.edges.iter().zip(&laid.edges).enumerate() {
        let class = match edge.kind {
            EdgeKind::Flow => "flow",
            EdgeKind::Delay { .. } => "delay",
            EdgeKind::Start => "first",
        };
        match line.label {
            Some(label) if edge.from == edge.to => {
                let r = &laid.nodes[edge.from];
                let (width, _) = face::label(edge);
                // The loops of a node lie around each other.
                let inner = graph.edges[..at]
                    .iter()
                    .filter(|e| (e.from, e.to) == (edge.from, edge.to));
                let reach = label.0 - width / 2.0 - r.x - r.width;
                put_loop(&mut sheet, class, r, reach, inner.count() as f64);
            }
            _ => put_line(&mut sheet, class, line),
        }
    }
    for (node, rect) in graph.nodes.iter().zip(&laid.nodes) {
        put_node(&mut sheet, node, rect);
    }
    for (edge, line) in graph.edges.iter().zip(&laid.edges) {
        if let Some((x, y)) = line.label {
            sheet.text("label", Style::Note.size(), (x, y + 3.5), &edge.label);
        }
    }
    sheet.finish()
}

pub(super) fn put_node(sheet: &mut Sheet, node: &Node, r: &Rect) {
    let class = match node.kind {
        NodeKind::Input => "input",
        NodeKind::Target => "target",
        NodeKind::Value => "value",
        NodeKind::State => "state",
        NodeKind::Start => "start",
        NodeKind::Observation => "observation",
        NodeKind::Output => "output",
        NodeKind::Loss => "loss",
    };
    sheet.group(&node.tale, |sheet| {
        sheet.rect(class, r, 4.0);
        let mut y = r.y + 4.0;
        for (style, text) in face::lines(node) {
            let class = match style {
                Style::Name => "name",
                Style::Note => "note",
                Style::Type => "type",
                Style::Param => "param",
            };
            sheet.text(class, style.size(), (r.x + r.width / 2.0, y + style.size()), text);
            y += style.line();
        }
    });
}

fn put_line(sheet: &mut Sheet, class: &str, line: &Line) {
    let pieces: String = line.pieces.iter().map(|p| upright(p)).collect();
    sheet.path(class, &pieces);
    if let [.., before, last] = line.pieces.last().map(Vec::as_slice).unwrap_or_default() {
        let down = if last.1 < before.1 { -1.0 } else { 1.0 };
        sheet.head(class, *last, (0.0, down));
    }
}

/// From a node's right side to itself, around so many loops.
pub(super) fn put_loop(sheet: &mut Sheet, class: &str, r: &Rect, reach: f64, inner: f64) {
    let (x, y) = (r.x + r.width, r.y + r.height / 2.0);
    let half = (8.0 + 7.0 * inner).min(r.height / 2.0 - 3.0);
    let (top, bottom, far, near) = (y - half, y + half, x + reach, x + reach * 0.6);
    let d = [
        x,
        top,
        near,
        top - 6.0,
        far,
        y - half - 1.0,
        far,
        y,
        far,
        y + half + 1.0,
        near,
        bottom + 6.0,
        x,
        bottom,
    ];
    let d: Vec<String> = d.into_iter().map(number).collect();
    sheet.path(
        class,
        &format!("M{}C{}C{}", d[..2].join(" "), d[2..8].join(" "), d[8..].join(" ")),
    );
    sheet.head(class, (x, bottom), (-0.94, -0.34));
}
