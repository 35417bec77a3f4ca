//! Where everything goes: layers of nodes from the inputs upwards.

use super::face;
use super::graph::{EdgeKind, Graph, Group};
use super::route::{Way, route};
use dagre::graph::{Graph as Layers, GraphOptions};
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, RankDir};

const MARGIN: f64 = 16.0;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// A graph with places: the rectangles of its nodes and boxes, the lines of its edges.
#[derive(Clone, Debug, Default)]
pub struct Laid {
    pub width: f64,
    pub height: f64,
    pub nodes: Vec<Rect>,
    pub boxes: Vec<Rect>,
    /// Where the titles of the boxes begin, at their tops.
    pub titles: Vec<(f64, f64)>,
    pub edges: Vec<Line>,
}

#[derive(Clone, Debug, Default)]
pub struct Line {
    /// More than one where a label or a title interrupts it. Between two points it goes straight up or down, or turns.
    pub pieces: Vec<Vec<(f64, f64)>>,
    /// The middle of the label.
    pub label: Option<(f64, f64)>,
}

pub fn lay_out(graph: &Graph) -> Laid {
    let mut layers: Layers<NodeLabel, EdgeLabel> = Layers::with_options(GraphOptions {
        directed: true,
        multigraph: true,
        compound: true,
    });
    let node = |at: usize| format!("n{at}");
    let group = |at: usize| format!("b{at}");
    for (at, n) in graph.nodes.iter().enumerate() {
        let (width, height) = face::node(n);
        layers.set_node(
            node(at),
            Some(NodeLabel {
                width,
                height,
                ..NodeLabel::default()
            }),
        );
    }
    for (at, _) in graph.boxes.iter().enumerate() {
        layers.set_node(group(at), Some(NodeLabel::default()));
    }
    for (at, b) in graph.boxes.iter().enumerate() {
        if let Some(outer) = b.within {
            layers.set_parent(&group(at), Some(&group(outer)));
        }
    }
    for (at, n) in graph.nodes.iter().enumerate() {
        if let Some(outer) = n.within {
            layers.set_parent(&node(at), Some(&group(outer)));
        }
    }
    let back = |at: usize| graph.edges[at].kind == EdgeKind::Delay { back: true };
    let ends = |at: usize| match back(at) {
        true => (node(graph.edges[at].to), node(graph.edges[at].from)),
        false => (node(graph.edges[at].from), node(graph.edges[at].to)),
    };
    for (at, e) in graph.edges.iter().enumerate() {
        let (from, to) = ends(at);
        let (width, height) = face::label(e);
        let label = EdgeLabel {
            width,
            height,
            weight: if e.kind == EdgeKind::Flow { 2 } else { 1 },
            labelpos: dagre::layout::types::LabelPos::Center,
            ..EdgeLabel::default()
        };
        layers.set_edge(from, to, Some(label), Some(&at.to_string()));
    }
    dagre::layout(
        &mut layers,
        Some(LayoutOptions {
            rankdir: RankDir::BT,
            nodesep: 24.0,
            edgesep: 14.0,
            ranksep: 44.0,
            marginx: MARGIN,
            marginy: MARGIN,
            ..LayoutOptions::default()
        }),
    );
    let rect = |name: &str| {
        let n = layers
            .node(name)
            .expect("internal error: a node that was given is laid out");
        let (x, y) = (n.x.unwrap_or(0.0), n.y.unwrap_or(0.0));
        Rect {
            x: x - n.width / 2.0,
            y: y - n.height / 2.0,
            width: n.width,
            height: n.height,
        }
    };
    let nodes: Vec<Rect> = (0..graph.nodes.len()).map(|at| rect(&node(at))).collect();
    let boxes: Vec<Rect> = (0..graph.boxes.len()).map(|at| rect(&group(at))).collect();
    let ways = (0..graph.edges.len()).map(|at| {
        let (from, to) = ends(at);
        let label = layers.edge(&from, &to, Some(&at.to_string()));
        let label = label.expect("internal error: an edge that was given is laid out");
        let mut points: Vec<(f64, f64)> = label.points.iter().map(|p| (p.x, p.y)).collect();
        if back(at) {
            points.reverse();
        }
        if from != to {
            points = points
                .get(1..points.len().saturating_sub(1))
                .unwrap_or_default()
                .to_vec();
            if points.is_empty() {
                let middle = |at: usize| {
                    let r: &Rect = &nodes[at];
                    (r.x + r.width / 2.0, r.y + r.height / 2.0)
                };
                let (a, b) = (middle(graph.edges[at].from), middle(graph.edges[at].to));
                points.push(((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0));
            }
        }
        Way {
            points,
            label: label.x.zip(label.y).filter(|_| !graph.edges[at].label.is_empty()),
        }
    });
    let ways: Vec<Way> = ways.collect();
    let mut laid = route(graph, nodes, boxes, ways);
    laid.shift();
    let rects = laid.nodes.iter().chain(&laid.boxes);
    let lines = laid.edges.iter().flat_map(|l| l.pieces.iter().flatten());
    let xs = lines.map(|p| p.0).chain(rects.clone().map(|r| r.x + r.width));
    laid.width = xs.fold(0.0, f64::max) + MARGIN;
    laid.height = rects.map(|r| r.y + r.height).fold(0.0, f64::max) + MARGIN;
    laid.titles = titles(graph, &laid);
    for (group, (x, y)) in graph.boxes.iter().zip(laid.titles.clone()) {
        let (width, height) = face::title(group);
        laid.interrupt(&Rect { x, y, width, height });
    }
    laid
}

impl Laid {
    /// Lines that pass straight through a title, where no other place was left for it, leave it room.
    fn interrupt(&mut self, title: &Rect) {
        let (top, bottom) = (title.y, title.y + title.height);
        for line in &mut self.edges {
            let mut pieces = Vec::new();
            for piece in line.pieces.drain(..) {
                let mut now: Vec<(f64, f64)> = piece.first().copied().into_iter().collect();
                for w in piece.windows(2) {
                    let ((x, from), (to_x, to)) = (w[0], w[1]);
                    let upright = (x - to_x).abs() < 0.05 && title.x < x && x < title.x + title.width;
                    if upright && from.min(to) < top && bottom < from.max(to) {
                        let (near, far) = if from < to { (top, bottom) } else { (bottom, top) };
                        now.push((x, near));
                        pieces.push(std::mem::replace(&mut now, vec![(x, far)]));
                    }
                    now.push((to_x, to));
                }
                pieces.push(now);
            }
            line.pieces = pieces;
        }
    }

    /// Moves all to the right where a line is too near to the left border.
    fn shift(&mut self) {
        let lines = self.edges.iter().flat_map(|l| l.pieces.iter().flatten()).map(|p| p.0);
        let left = lines
            .chain(self.boxes.iter().chain(&self.nodes).map(|r| r.x))
            .fold(f64::MAX, f64::min);
        let by = MARGIN - left;
        self.nodes.iter_mut().chain(&mut self.boxes).for_each(|r| r.x += by);
        for line in &mut self.edges {
            line.pieces
                .iter_mut()
                .flatten()
                .chain(&mut line.label)
                .for_each(|p| p.0 += by);
        }
    }
}

/// Beneath the tops of the boxes, the first place from the left that no line crosses.
fn titles(graph: &Graph, laid: &Laid) -> Vec<(f64, f64)> {
    let title = |(group, r): (&Group, &Rect)| {
        let (width, height) = face::title(group);
        let (low, high) = (r.x + 5.0, (r.x + r.width - 4.0 - width).max(r.x + 5.0));
        let top = r.y + 2.0;
        let crossed = |x: f64, apart: f64| {
            let mut spans = laid.edges.iter().flat_map(|l| &l.pieces).flat_map(|p| p.windows(2));
            spans.any(|w| {
                let (left, right) = (w[0].0.min(w[1].0), w[0].0.max(w[1].0));
                let (up, down) = (w[0].1.min(w[1].1), w[0].1.max(w[1].1));
                right > x - apart && left < x + width + apart && down > top && up < top + height
            })
        };
        let steps = ((high - low) / 6.0) as usize;
        let free = |apart| {
            let mut places = (0..=steps).map(|k| low + 6.0 * k as f64).chain([high]);
            places.find(|x| !crossed(*x, apart))
        };
        let found = free(3.0).or_else(|| free(0.0));
        (found.unwrap_or(low), top)
    };
    graph.boxes.iter().zip(&laid.boxes).map(title).collect()
}
