//! An SVG page: light and dark, searchable, no scripts, the same bytes each time.

use super::layout::Rect;
use std::fmt::Write;

const STYLE: &str = "\
svg { background: #fff; font-family: ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
text { fill: #1b1f24; text-anchor: middle; }
.name { font-weight: 600; } .note { fill: #57606a; } .type { fill: #0550ae; } .param { fill: #57606a; }
.title { text-anchor: start; font-size: 11px; fill: #57606a; } .title .item, .head1 { fill: #1b1f24; font-weight: 600; }
.left { text-anchor: start; } .right { text-anchor: end; }
rect { fill: #fff; stroke: #57606a; }
.box { fill: #57606a; fill-opacity: .05; stroke: #8c959f; }
.input { fill: #ddf4ff; } .target { fill: #fff8c5; } .observation { fill: #fff8c5; stroke-width: 2; }
.state, .scan { stroke: #1a7f37; stroke-width: 2; } .output, .loss { fill: #ffebe9; } .start { stroke-dasharray: 2 2; }
path { fill: none; stroke: #424a53; stroke-width: 1.1; } .delay { stroke: #1a7f37; stroke-dasharray: 5 3; }
.first { stroke-dasharray: 1.5 2.5; } .faint { stroke-width: .6; stroke-opacity: .55; }
.label { fill: #1a7f37; font-size: 10.5px; } .head { fill: #424a53; stroke: none; } .head.delay { fill: #1a7f37; }
.carries { fill: #1a7f37; } .line { stroke: #d0d7de; }
.tape { fill: #54aeff; stroke: none; } .handed { fill: #4ac26b; stroke: none; } .step { fill: #d4a72c; stroke: none; }
.row { fill: #afb8c1; stroke: none; } .sum { fill: #ff8182; stroke: none; }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117; } text { fill: #e6edf3; } .note, .param, .title { fill: #9198a1; } .type { fill: #79c0ff; }
.title .item, .head1 { fill: #e6edf3; } rect { fill: #151b23; stroke: #9198a1; }
.box { fill: #9198a1; fill-opacity: .07; stroke: #656c76; } .input { fill: #0c2d4d; } .target, .observation { fill: #3b2f00; }
.state, .scan { stroke: #3fb950; } .output, .loss { fill: #4c1513; } path { stroke: #b1bac4; } .delay { stroke: #3fb950; }
.label, .carries { fill: #3fb950; } .head { fill: #b1bac4; } .head.delay { fill: #3fb950; } .line { stroke: #30363d; }
.tape { fill: #1f6feb; } .handed { fill: #2ea043; } .step { fill: #9e6a03; } .row { fill: #656c76; } .sum { fill: #b62324; }
}
";

pub(super) struct Sheet {
    out: String,
}

impl Sheet {
    pub(super) fn new(title: &str, width: f64, height: f64) -> Sheet {
        let (w, h) = (number(width), number(height));
        Sheet {
            out: format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\">\n\
                 <title>{}</title>\n<style>\n{STYLE}</style>\n",
                escape(title)
            ),
        }
    }

    pub(super) fn finish(mut self) -> String {
        self.out.push_str("</svg>\n");
        self.out
    }

    /// What is written between goes together; a browser shows the tale of what it points at.
    pub(super) fn group(&mut self, tale: &str, inside: impl FnOnce(&mut Sheet)) {
        let _ = writeln!(self.out, "<g><title>{}</title>", escape(tale));
        inside(self);
        self.out.push_str("</g>\n");
    }

    pub(super) fn rect(&mut self, class: &str, r: &Rect, round: f64) {
        let _ = writeln!(
            self.out,
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
            number(r.x),
            number(r.y),
            number(r.width),
            number(r.height),
            number(round)
        );
    }

    pub(super) fn text(&mut self, class: &str, size: f64, (x, y): (f64, f64), text: &str) {
        let _ = writeln!(
            self.out,
            "<text class=\"{class}\" font-size=\"{}\" x=\"{}\" y=\"{}\">{}</text>",
            number(size),
            number(x),
            number(y),
            escape(text)
        );
    }

    /// The title of a box: what it is called, and what was called.
    pub(super) fn title(&mut self, (x, y): (f64, f64), name: &str, item: &str) {
        let dot = if name.is_empty() { "" } else { " \u{b7} " };
        let _ = writeln!(
            self.out,
            "<text class=\"title\" x=\"{}\" y=\"{}\">{}{dot}<tspan class=\"item\">{}</tspan></text>",
            number(x),
            number(y),
            escape(name),
            escape(item)
        );
    }

    pub(super) fn path(&mut self, class: &str, d: &str) {
        let _ = writeln!(self.out, "<path class=\"{class}\" d=\"{d}\"/>");
    }

    /// A head at the end of an arrow that comes from a direction.
    pub(super) fn head(&mut self, class: &str, end: (f64, f64), (dx, dy): (f64, f64)) {
        let back = (end.0 - 7.0 * dx, end.1 - 7.0 * dy);
        let d = format!(
            "M{} {}L{} {}L{} {}Z",
            number(end.0),
            number(end.1),
            number(back.0 - 3.0 * dy),
            number(back.1 + 3.0 * dx),
            number(back.0 + 3.0 * dy),
            number(back.1 - 3.0 * dx)
        );
        self.path(&format!("head {class}"), &d);
    }
}

/// Through points: straight where two are one above the other, else in a turn from upright to upright.
pub(super) fn upright(points: &[(f64, f64)]) -> String {
    let Some(first) = points.first() else {
        return String::new();
    };
    let mut d = format!("M{} {}", number(first.0), number(first.1));
    for w in points.windows(2) {
        let (a, b) = (w[0], w[1]);
        let middle = (a.1 + b.1) / 2.0;
        let _ = match (a.0 - b.0).abs() < 0.05 {
            true => write!(d, "V{}", number(b.1)),
            false => write!(
                d,
                "C{} {} {} {} {} {}",
                number(a.0),
                number(middle),
                number(b.0),
                number(middle),
                number(b.0),
                number(b.1)
            ),
        };
    }
    d
}

/// At most one digit behind the point.
pub(super) fn number(x: f64) -> String {
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
