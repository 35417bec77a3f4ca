//! The lines of edges: they leave and reach nodes through their tops and bottoms, pass layers of nodes straight up, and
//! turn between the layers only, so that no line touches a node that is not its own.

use super::face;
use super::graph::{Edge, Graph};
use super::layout::{Laid, Line, Rect};
use std::collections::BTreeMap;

/// How far lines stay from the corners of a node, and from each other where they meet it.
const CORNER: f64 = 7.0;
const APART: f64 = 11.0;
/// The height of a box's title.
const TITLE: f64 = 18.0;

/// Where the layering leads an edge, ends left out; a loop with its ends.
pub(super) struct Way {
    pub points: Vec<(f64, f64)>,
    pub label: Option<(f64, f64)>,
}

/// Draws the lines along their ways, and closes gaps that nothing needs.
pub(super) fn route(graph: &Graph, nodes: Vec<Rect>, boxes: Vec<Rect>, ways: Vec<Way>) -> Laid {
    let bands = bands(&nodes);
    let ports = ports(graph, &nodes, &ways);
    let lines = graph.edges.iter().zip(&ways).enumerate().map(|(at, (edge, way))| {
        if edge.from == edge.to {
            return Line {
                pieces: vec![way.points.clone()],
                label: way.label,
            };
        }
        let ends = [&nodes[edge.from], &nodes[edge.to]];
        line(edge, way, ends, [ports[&(at, false)], ports[&(at, true)]], &bands)
    });
    let mut lines: Vec<Line> = lines.collect();
    for piece in lines.iter_mut().flat_map(|l| &mut l.pieces) {
        *piece = clear_of_titles(piece, &boxes);
    }
    let mut laid = Laid {
        edges: lines,
        nodes,
        boxes,
        ..Laid::default()
    };
    tighten(graph, &mut laid);
    laid
}

/// The layers of nodes, from top to bottom.
fn bands(nodes: &[Rect]) -> Vec<(f64, f64)> {
    let mut spans: Vec<(f64, f64)> = nodes.iter().map(|r| (r.y, r.y + r.height)).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut out: Vec<(f64, f64)> = Vec::new();
    for (top, bottom) in spans {
        match out.last_mut() {
            Some(last) if top < last.1 => last.1 = last.1.max(bottom),
            _ => out.push((top, bottom)),
        }
    }
    out
}

/// Where each edge touches its nodes, by edge and end.
fn ports(graph: &Graph, nodes: &[Rect], ways: &[Way]) -> BTreeMap<(usize, bool), (f64, f64)> {
    // By node and side: where the edge comes from, the edge, and which end of it.
    type Ends = Vec<(f64, usize, bool)>;
    let mut wanted: BTreeMap<(usize, bool), Ends> = BTreeMap::new();
    for (at, (edge, way)) in graph.edges.iter().zip(ways).enumerate() {
        let (Some(first), Some(last)) = (way.points.first(), way.points.last()) else {
            continue;
        };
        for (node, near, end) in [(edge.from, first, false), (edge.to, last, true)] {
            let r = &nodes[node];
            let below = near.1 > r.y + r.height / 2.0;
            wanted.entry((node, below)).or_default().push((near.0, at, end));
        }
    }
    let mut out = BTreeMap::new();
    for ((node, below), mut list) in wanted {
        let r = &nodes[node];
        list.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let y = if below { r.y + r.height } else { r.y };
        let (low, high) = (r.x + CORNER, r.x + r.width - CORNER);
        let apart = APART.min((high - low) / list.len() as f64);
        let mut xs: Vec<f64> = list.iter().map(|(x, ..)| x.clamp(low, high)).collect();
        for k in 1..xs.len() {
            xs[k] = xs[k].max(xs[k - 1] + apart);
        }
        let mut limit = high;
        for x in xs.iter_mut().rev() {
            *x = x.min(limit);
            limit = *x - apart;
        }
        for (x, (_, at, end)) in xs.into_iter().zip(list) {
            out.insert((at, end), (x, y));
        }
    }
    out
}

fn line(edge: &Edge, way: &Way, ends: [&Rect; 2], ports: [(f64, f64); 2], bands: &[(f64, f64)]) -> Line {
    let band = |y: f64| bands.iter().find(|(top, bottom)| *top <= y && y <= *bottom).copied();
    let leave = |r: &Rect, port: (f64, f64)| {
        let (top, bottom) = band(r.y + r.height / 2.0).unwrap_or((port.1, port.1));
        (port.0, if port.1 > r.y { bottom } else { top })
    };
    let (start, end) = (leave(ends[0], ports[0]), leave(ends[1], ports[1]));
    let up = end.1 < start.1;
    let (_, height) = face::label(edge);
    let mut pieces = vec![vec![ports[0], start]];
    for &(x, y) in &way.points {
        let (top, bottom) = band(y).unwrap_or((y, y));
        let (near, far) = if up { (bottom, top) } else { (top, bottom) };
        let lettered = way.label.is_some_and(|l| (l.1 - y).abs() < 0.5);
        let piece = pieces.last_mut().expect("internal error: a line has a piece");
        if !lettered {
            piece.extend([(x, near), (x, far)]);
            continue;
        }
        // The line leaves room for its label.
        let half = if up { -height / 2.0 } else { height / 2.0 };
        let far = if up { far.min(y + half) } else { far.max(y + half) };
        let near = if up { near.max(y - half) } else { near.min(y - half) };
        piece.extend([(x, near), (x, y - half)]);
        pieces.push(vec![(x, y + half), (x, far)]);
    }
    let piece = pieces.last_mut().expect("internal error: a line has a piece");
    piece.extend([end, ports[1]]);
    for piece in &mut pieces {
        piece.dedup();
    }
    Line {
        pieces,
        label: way.label,
    }
}

/// Turns above or below the titles of boxes rather than across them.
fn clear_of_titles(piece: &[(f64, f64)], boxes: &[Rect]) -> Vec<(f64, f64)> {
    let mut out: Vec<(f64, f64)> = piece.first().copied().into_iter().collect();
    for w in piece.windows(2) {
        let (a, b) = (w[0], w[1]);
        let (left, right) = (a.0.min(b.0), a.0.max(b.0));
        let (mut top, bottom) = (a.1.min(b.1), a.1.max(b.1));
        let over = |r: &&Rect| left < r.x + r.width && r.x < right && top < r.y + TITLE && r.y < bottom;
        let mut strips: Vec<(f64, f64)> = boxes.iter().filter(over).map(|r| (r.y, r.y + TITLE)).collect();
        if right - left > 0.5 && !strips.is_empty() {
            strips.sort_by(|a, b| a.0.total_cmp(&b.0));
            strips.push((bottom, bottom));
            let mut room = (top, top);
            for (from, to) in strips {
                if from - top > room.1 - room.0 {
                    room = (top, from);
                }
                top = top.max(to);
            }
            if room.1 - room.0 > 2.0 {
                let (first, second) = if a.1 < b.1 { room } else { (room.1, room.0) };
                out.extend([(a.0, first), (b.0, second)]);
            }
        }
        out.push(b);
    }
    out.dedup();
    out
}

/// Closes vertical gaps to what the lines need that turn in them.
fn tighten(graph: &Graph, laid: &mut Laid) {
    let mut kept: Vec<(f64, f64)> = laid.nodes.iter().map(|r| (r.y, r.y + r.height)).collect();
    kept.extend(laid.boxes.iter().map(|r| (r.y, r.y + TITLE)));
    for (edge, line) in graph.edges.iter().zip(&laid.edges) {
        let (_, height) = face::label(edge);
        kept.extend(line.label.map(|(_, y)| (y - height / 2.0, y + height / 2.0)));
        if edge.from == edge.to {
            let ys = line.pieces.iter().flatten().map(|p| p.1);
            kept.push((ys.clone().fold(f64::MAX, f64::min), ys.fold(f64::MIN, f64::max)));
        }
    }
    let turns: Vec<((f64, f64), f64)> = laid
        .edges
        .iter()
        .flat_map(|l| &l.pieces)
        .flat_map(|p| p.windows(2))
        .map(|w| ((w[0].1.min(w[1].1), w[0].1.max(w[1].1)), (w[0].0 - w[1].0).abs()))
        .collect();
    let mut levels: Vec<f64> = kept.iter().flat_map(|(a, b)| [*a, *b]).collect();
    levels.extend(laid.boxes.iter().map(|r| r.y + r.height));
    levels.extend(laid.edges.iter().flat_map(|l| &l.pieces).flatten().map(|p| p.1));
    levels.sort_by(f64::total_cmp);
    levels.dedup_by(|a, b| (*a - *b).abs() < 0.01);
    let mut map: Vec<(f64, f64)> = Vec::new();
    for &y in &levels {
        let Some(&(before, new)) = map.last() else {
            map.push((y, 16.0));
            continue;
        };
        let gap = y - before;
        let overlaps = |(a, b): (f64, f64)| a < y - 0.005 && b > before + 0.005;
        let turn = turns
            .iter()
            .filter(|(span, _)| overlaps(*span))
            .map(|(_, dx)| *dx)
            .fold(0.0, f64::max);
        let needed = match kept.iter().any(|span| overlaps(*span)) {
            true => gap,
            false if turn < 1.0 => gap.min(9.0),
            false => (9.0 + turn.sqrt() * 1.1).min(44.0),
        };
        map.push((y, new + needed));
    }
    let at = |y: f64| {
        let k = map
            .partition_point(|(old, _)| *old < y - 0.01)
            .min(map.len().saturating_sub(1));
        match (map.get(k.wrapping_sub(1)), map.get(k)) {
            (Some(a), Some(b)) if b.0 - a.0 > 0.01 => a.1 + (y - a.0) * (b.1 - a.1) / (b.0 - a.0),
            (_, Some(b)) => b.1 + (y - b.0),
            (_, None) => y,
        }
    };
    for r in laid.nodes.iter_mut().chain(&mut laid.boxes) {
        let (top, bottom) = (at(r.y), at(r.y + r.height));
        (r.y, r.height) = (top, bottom - top);
    }
    for line in &mut laid.edges {
        line.pieces.iter_mut().flatten().for_each(|p| p.1 = at(p.1));
        line.label.iter_mut().for_each(|p| p.1 = at(p.1));
    }
}
