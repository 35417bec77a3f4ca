//! What stands on a node and on an edge, and how much room it takes. Letters are all of one width, so that sizes are
//! known without a font.

use super::graph::{Edge, Group, Node};

/// The width of a letter as a share of its height.
const ADVANCE: f64 = 0.61;
const PAD: f64 = 8.0;
/// The height of the letters of a title.
const TITLE: f64 = 11.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Name,
    /// What is done.
    Note,
    Type,
    Param,
}

impl Style {
    /// The height of the letters.
    pub(super) fn size(self) -> f64 {
        match self {
            Style::Name => 13.0,
            Style::Note | Style::Type => 10.5,
            Style::Param => 9.0,
        }
    }

    pub(super) fn line(self) -> f64 {
        self.size() * 1.3
    }
}

pub(super) fn lines(node: &Node) -> Vec<(Style, &str)> {
    let fixed = [
        (Style::Name, node.name.as_str()),
        (Style::Note, node.does.as_str()),
        (Style::Type, node.ty.as_str()),
    ];
    let params = node.params.iter().map(|p| (Style::Param, p.as_str()));
    fixed
        .into_iter()
        .chain(params)
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

pub(super) fn width(style: Style, text: &str) -> f64 {
    style.size() * ADVANCE * text.chars().count() as f64
}

/// Width and height of a node.
pub(super) fn node(node: &Node) -> (f64, f64) {
    let lines = lines(node);
    let widest = lines
        .iter()
        .map(|(style, text)| width(*style, text))
        .fold(0.0, f64::max);
    let height: f64 = lines.iter().map(|(style, _)| style.line()).sum();
    ((widest + 2.0 * PAD).max(36.0).ceil(), (height + PAD).ceil())
}

/// Width and height of an edge's label; nothing of one without.
pub(super) fn label(edge: &Edge) -> (f64, f64) {
    match edge.label.is_empty() {
        true => (0.0, 0.0),
        false => (
            (width(Style::Note, &edge.label) + 6.0).ceil(),
            Style::Note.line().ceil(),
        ),
    }
}

/// Width and height of a box's title.
pub(super) fn title(group: &Group) -> (f64, f64) {
    let dot = if group.name.is_empty() { 0 } else { 3 };
    let letters = group.name.chars().count() + dot + group.item.chars().count();
    (letters as f64 * TITLE * ADVANCE, TITLE * 1.3)
}
