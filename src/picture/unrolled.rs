//! A graph written out over some steps: a column a step, a row a value; each sequence has columns of its own.

use super::graph::{Edge, EdgeKind, Graph, Node, NodeKind, Step};

/// Where each copy of each node stands, and what leads from one to another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    pub title: String,
    pub columns: Vec<Column>,
    /// From the lowest row up.
    pub rows: usize,
    pub cells: Vec<Cell>,
    pub links: Vec<Link>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The axis and the number of the step; none of what there is once an example.
    pub step: Option<(String, usize)>,
    pub last: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub node: Node,
    pub column: usize,
    pub row: usize,
    /// Whether later steps than those drawn read it: the way they lie, 1 to the right.
    pub goes_on: Option<i32>,
    /// What it reads, in words.
    pub reads: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub from: usize,
    pub to: usize,
    pub kind: EdgeKind,
}

/// The graph over so many steps of each axis.
pub fn unrolled(graph: &Graph, steps: usize) -> Grid {
    let (edges, mirrored) = straighten(graph);
    let kept: Vec<usize> = (0..graph.nodes.len()).filter(|n| !graph.nodes[*n].mirrors).collect();
    let rows = rows(graph, &kept, &edges);
    let mut axes: Vec<Option<String>> = Vec::new();
    for &n in &kept {
        let axis = graph.nodes[n].axes.last().cloned();
        if !axes.contains(&axis) {
            axes.push(axis);
        }
    }
    // Sequences that are read by what there is once, that, and sequences that read it.
    let rank = |axis: &Option<String>| {
        let mut on = kept.iter().filter(|n| graph.nodes[**n].axes.last().cloned() == *axis);
        match axis {
            None => 1,
            Some(_)
                if on
                    .clone()
                    .any(|n| edges.iter().any(|e| e.from == *n && graph.nodes[e.to].axes.is_empty())) =>
            {
                0
            }
            Some(_) if on.any(|n| sink(&graph.nodes[*n])) => 3,
            Some(_) => 2,
        }
    };
    axes.sort_by_key(rank);
    let mut grid = Grid {
        title: graph.title.clone(),
        rows: kept.iter().map(|n| rows[*n] + 1).max().unwrap_or(0),
        ..Grid::default()
    };
    let mut first_column: Vec<(Option<String>, usize)> = Vec::new();
    for axis in &axes {
        first_column.push((axis.clone(), grid.columns.len()));
        let count = if axis.is_some() { steps } else { 1 };
        for k in 1..=count {
            grid.columns.push(Column {
                step: axis.clone().map(|a| (a, k)),
                last: k == count,
            });
        }
    }
    // The cells of a node, by step.
    let mut cells: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    for &n in &kept {
        let axis = graph.nodes[n].axes.last().cloned();
        let start = first_column.iter().find(|(a, _)| *a == axis).map_or(0, |(_, at)| *at);
        for k in 0..if axis.is_some() { steps } else { 1 } {
            cells[n].push(grid.cells.len());
            grid.cells.push(Cell {
                node: face(&graph.nodes[n]),
                column: start + k,
                row: rows[n],
                goes_on: None,
                reads: reads(graph, &edges, n, mirrored[n]),
            });
        }
    }
    for e in &edges {
        let (from, to) = (&cells[e.from], &cells[e.to]);
        let (a, b) = (graph.nodes[e.from].axes.last(), graph.nodes[e.to].axes.last());
        let mut link = |from: usize, to: usize| {
            let link = Link { from, to, kind: e.kind };
            if !grid.links.contains(&link) {
                grid.links.push(link);
            }
        };
        let lag: i32 = e.steps.iter().filter_map(|s| s.lag(a.map(String::as_str))).sum();
        let way = if mirrored[e.to] { -1 } else { 1 };
        if a == b {
            for (k, &to) in to.iter().enumerate() {
                let at = k as i32 - lag * way;
                if let Some(&from) = usize::try_from(at).ok().and_then(|at| from.get(at)) {
                    link(from, to);
                }
            }
            if lag != 0
                && let Some(&end) = if lag * way > 0 { from.last() } else { from.first() }
            {
                grid.cells[end].goes_on = Some((lag * way).signum());
            }
        } else if e.kind == EdgeKind::Start {
            let first = if mirrored[e.to] { to.last() } else { to.first() };
            if let (Some(&from), Some(&to)) = (from.last(), first) {
                link(from, to);
            }
        } else {
            let end = e.steps.iter().find_map(|s| s.end(a.map(String::as_str)));
            let from: Vec<usize> = match end {
                Some(last) if last != mirrored[e.from] => from.last().into_iter().copied().collect(),
                Some(_) => from.first().into_iter().copied().collect(),
                None => from.clone(),
            };
            for &to in to {
                from.iter().for_each(|&from| link(from, to));
            }
        }
    }
    grid
}

fn sink(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Observation | NodeKind::Output | NodeKind::Loss)
}

/// By its whole path, since boxes are not drawn.
fn called(node: &Node) -> &str {
    match node.tale.is_empty() {
        true => &node.name,
        false => &node.tale,
    }
}

/// A node as it stands in a column: its parameters are the same in all.
fn face(node: &Node) -> Node {
    Node {
        name: called(node).to_string(),
        ty: node.ty.split(" over ").next().unwrap_or_default().to_string(),
        params: Vec::new(),
        ..node.clone()
    }
}

fn reads(graph: &Graph, edges: &[Edge], node: usize, mirrored: bool) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for e in edges.iter().filter(|e| e.to == node && e.kind != EdgeKind::Start) {
        let name = called(&graph.nodes[e.from]);
        let turned = |step: &Step| match step {
            Step::Lag(axis, by) if mirrored => Step::Lag(axis.clone(), -by).to_string(),
            step => step.to_string(),
        };
        let steps: Vec<String> = e.steps.iter().map(turned).collect();
        let told = match steps.is_empty() {
            true => name.to_string(),
            false => format!("{name}[{}]", steps.join(", ")),
        };
        if !out.contains(&told) {
            out.push(told);
        }
    }
    out
}

/// The edges without the nodes that only reverse, and which nodes run the other way.
fn straighten(graph: &Graph) -> (Vec<Edge>, Vec<bool>) {
    let turns = |e: &Edge| e.steps.iter().filter(|s| matches!(s, Step::Reverse(_))).count() % 2 == 1;
    let mut known: Vec<Option<bool>> = graph.nodes.iter().map(|n| n.axes.is_empty().then_some(false)).collect();
    let data = |n: &Node| matches!(n.kind, NodeKind::Input | NodeKind::Target);
    graph
        .nodes
        .iter()
        .zip(&mut known)
        .filter(|(n, _)| data(n))
        .for_each(|(_, k)| *k = Some(false));
    loop {
        let before = known.clone();
        for e in graph.edges.iter().filter(|e| e.kind == EdgeKind::Flow) {
            let (from, to) = (&graph.nodes[e.from], &graph.nodes[e.to]);
            if let (Some(way), None, true) = (known[e.from], known[e.to], from.axes.last() == to.axes.last()) {
                known[e.to] = Some(way ^ turns(e) ^ to.mirrors);
            }
        }
        if before == known {
            break;
        }
    }
    let mirrored: Vec<bool> = known.into_iter().map(|k| k.unwrap_or(false)).collect();
    let mut edges = graph.edges.clone();
    for n in (0..graph.nodes.len()).filter(|n| graph.nodes[*n].mirrors) {
        let into: Vec<Edge> = edges.iter().filter(|e| e.to == n).cloned().collect();
        let out: Vec<Edge> = edges.iter().filter(|e| e.from == n).cloned().collect();
        edges.retain(|e| e.from != n && e.to != n);
        for (a, b) in into.iter().flat_map(|a| out.iter().map(move |b| (a, b))) {
            edges.push(Edge {
                from: a.from,
                to: b.to,
                kind: a.kind.max(b.kind),
                label: String::new(),
                steps: a.steps.iter().chain(&b.steps).cloned().collect(),
            });
        }
    }
    for e in &mut edges {
        e.steps.retain(|s| !matches!(s, Step::Reverse(_)));
    }
    (edges, mirrored)
}

/// In the columns of each axis a row a node, above what it needs at its own step. What there is once stands above what
/// it is computed from.
fn rows(graph: &Graph, kept: &[usize], edges: &[Edge]) -> Vec<usize> {
    let axis = |n: usize| graph.nodes[n].axes.last();
    let mut rows: Vec<Option<usize>> = vec![None; graph.nodes.len()];
    let mut placed: Vec<usize> = Vec::new();
    let back = EdgeKind::Delay { back: true };
    while placed.len() < kept.len() {
        let left = || kept.iter().copied().filter(|n| !placed.contains(n));
        let needs = |n: usize| {
            edges
                .iter()
                .filter(move |e| e.to == n && e.from != n && e.kind != back)
                .map(|e| e.from)
        };
        let ready = |n: &usize| needs(*n).all(|from| placed.contains(&from));
        // What was needed last goes on.
        let last = |n: &usize| {
            needs(*n)
                .filter_map(|from| placed.iter().position(|p| *p == from))
                .max()
        };
        let next = left().filter(ready).max_by_key(|n| (last(n), std::cmp::Reverse(*n)));
        let Some(next) = next.or_else(|| left().next()) else {
            break;
        };
        let beside = placed.iter().filter(|n| axis(**n) == axis(next));
        let below = beside.filter_map(|n| rows[*n]).max();
        let read = needs(next)
            .filter_map(|from| rows[from])
            .max()
            .filter(|_| axis(next).is_none());
        rows[next] = Some(below.max(read).map_or(0, |row| row + 1));
        placed.push(next);
    }
    rows.into_iter().map(|row| row.unwrap_or(0)).collect()
}
