//! A graph with places as SVG: light and dark, searchable, no scripts.

use super::face::{self, Style};
use super::graph::{EdgeKind, Graph, Node, NodeKind};
use super::layout::{Laid, Line, Rect};
use std::fmt::Write;

const STYLE: &str = "\
svg { background: #fff; font-family: ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
text { fill: #1b1f24; text-anchor: middle; }
.name { font-weight: 600; } .note { fill: #57606a; } .type { fill: #0550ae; } .param { fill: #57606a; }
.title { text-anchor: start; font-size: 11px; fill: #57606a; } .title .item { fill: #1b1f24; font-weight: 600; }
rect { fill: #fff; stroke: #57606a; }
.box { fill: #57606a; fill-opacity: .05; stroke: #8c959f; }
.input { fill: #ddf4ff; } .target { fill: #fff8c5; } .observation { fill: #fff8c5; stroke-width: 2; }
.state { stroke: #1a7f37; stroke-width: 2; } .output, .loss { fill: #ffebe9; } .start { stroke-dasharray: 2 2; }
path { fill: none; stroke: #424a53; stroke-width: 1.1; } .delay { stroke: #1a7f37; stroke-dasharray: 5 3; }
.first { stroke-dasharray: 1.5 2.5; } .label { fill: #1a7f37; font-size: 10.5px; } .head { fill: #424a53; stroke: none; }
.head.delay { fill: #1a7f37; }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117; } text { fill: #e6edf3; } .note, .param, .title { fill: #9198a1; } .type { fill: #79c0ff; }
.title .item { fill: #e6edf3; } rect { fill: #151b23; stroke: #9198a1; } .box { fill: #9198a1; fill-opacity: .07; stroke: #656c76; }
.input { fill: #0c2d4d; } .target, .observation { fill: #3b2f00; } .state { stroke: #3fb950; } .output, .loss { fill: #4c1513; }
path { stroke: #b1bac4; } .delay { stroke: #3fb950; } .label { fill: #3fb950; } .head { fill: #b1bac4; } .head.delay { fill: #3fb950; }
}
";

pub fn svg(graph: &Graph, laid: &Laid) -> String {
    let mut out = String::new();
    let (w, h) = (number(laid.width), number(laid.height));
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n",
        escape(&graph.title)
    );
    for rect in &laid.boxes {
        put_rect(&mut out, "box", rect, 6.0);
    }
    for (group, at) in graph.boxes.iter().zip(&laid.titles) {
        let _ = writeln!(
            out,
            "<text class=\"title\" x=\"{}\" y=\"{}\">{}{}<tspan class=\"item\">{}</tspan></text>",
            number(at.0),
            number(at.1 + 11.0),
            escape(&group.name),
            if group.name.is_empty() { "" } else { " \u{b7} " },
            escape(&group.item)
        );
    }
    for (edge, line) in graph.edges.iter().zip(&laid.edges) {
        let class = match edge.kind {
            EdgeKind::Flow => "flow",
            EdgeKind::Delay { .. } => "delay",
            EdgeKind::Start => "first",
        };
        match line.label {
            Some(label) if edge.from == edge.to => {
                let r = &laid.nodes[edge.from];
                let (width, _) = face::label(edge);
                put_loop(&mut out, class, r, label.0 - width / 2.0 - r.x - r.width);
            }
            _ => put_line(&mut out, class, line),
        }
    }
    for (node, rect) in graph.nodes.iter().zip(&laid.nodes) {
        put_node(&mut out, node, rect);
    }
    for (edge, line) in graph.edges.iter().zip(&laid.edges) {
        if let Some((x, y)) = line.label {
            let _ = writeln!(
                out,
                "<text class=\"label\" x=\"{}\" y=\"{}\">{}</text>",
                number(x),
                number(y + 3.5),
                escape(&edge.label)
            );
        }
    }
    out.push_str("</svg>\n");
    out
}

fn put_rect(out: &mut String, class: &str, r: &Rect, round: f64) {
    let _ = writeln!(
        out,
        "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
        number(r.x),
        number(r.y),
        number(r.width),
        number(r.height),
        number(round)
    );
}

fn put_node(out: &mut String, node: &Node, r: &Rect) {
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
    let _ = writeln!(out, "<g><title>{}</title>", escape(&node.tale));
    put_rect(out, class, r, 4.0);
    let mut y = r.y + 4.0;
    for (style, text) in face::lines(node) {
        let class = match style {
            Style::Name => "name",
            Style::Note => "note",
            Style::Type => "type",
            Style::Param => "param",
        };
        let _ = writeln!(
            out,
            "<text class=\"{class}\" font-size=\"{}\" x=\"{}\" y=\"{}\">{}</text>",
            number(style.size()),
            number(r.x + r.width / 2.0),
            number(y + style.size()),
            escape(text)
        );
        y += style.line();
    }
    out.push_str("</g>\n");
}

/// A line with an arrow's head; it turns smoothly, from upright to upright.
fn put_line(out: &mut String, class: &str, line: &Line) {
    let mut d = String::new();
    for piece in &line.pieces {
        let mut before = piece[0];
        let _ = write!(d, "M{} {}", number(before.0), number(before.1));
        for &at in &piece[1..] {
            let middle = (before.1 + at.1) / 2.0;
            let _ = match (before.0 - at.0).abs() < 0.05 {
                true => write!(d, "V{}", number(at.1)),
                false => write!(
                    d,
                    "C{} {} {} {} {} {}",
                    number(before.0),
                    number(middle),
                    number(at.0),
                    number(middle),
                    number(at.0),
                    number(at.1)
                ),
            };
            before = at;
        }
    }
    let _ = writeln!(out, "<path class=\"{class}\" d=\"{d}\"/>");
    let [.., before, last] = line.pieces.last().map(Vec::as_slice).unwrap_or_default() else {
        return;
    };
    let down = if last.1 < before.1 { -1.0 } else { 1.0 };
    put_head(out, class, *last, (0.0, down));
}

/// From a node's right side to itself.
fn put_loop(out: &mut String, class: &str, r: &Rect, reach: f64) {
    let (x, y) = (r.x + r.width, r.y + r.height / 2.0);
    let (top, bottom, far) = (y - 8.0, y + 8.0, x + reach);
    let _ = writeln!(
        out,
        "<path class=\"{class}\" d=\"M{} {}C{} {} {} {} {} {}C{} {} {} {} {} {}\"/>",
        number(x),
        number(top),
        number(x + reach * 0.6),
        number(top - 6.0),
        number(far),
        number(y - 9.0),
        number(far),
        number(y),
        number(far),
        number(y + 9.0),
        number(x + reach * 0.6),
        number(bottom + 6.0),
        number(x),
        number(bottom)
    );
    put_head(out, class, (x, bottom), (-0.94, -0.34));
}

/// A head at the end of an arrow that comes from a direction.
fn put_head(out: &mut String, class: &str, end: (f64, f64), (dx, dy): (f64, f64)) {
    let back = (end.0 - 7.0 * dx, end.1 - 7.0 * dy);
    let _ = writeln!(
        out,
        "<path class=\"head {class}\" d=\"M{} {}L{} {}L{} {}Z\"/>",
        number(end.0),
        number(end.1),
        number(back.0 - 3.0 * dy),
        number(back.1 + 3.0 * dx),
        number(back.0 + 3.0 * dy),
        number(back.1 - 3.0 * dx)
    );
}

/// At most one digit behind the point.
fn number(x: f64) -> String {
    let text = format!("{x:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".into() } else { text.into() }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
