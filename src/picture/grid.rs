//! A grid as SVG and as text.

use super::face;
use super::graph::EdgeKind;
use super::layout::Rect;
use super::sheet::{Sheet, number, upright};
use super::svg::{put_loop, put_node};
use super::text::{Terminal, paint};
use super::unrolled::{Cell, Grid, Link};
use std::collections::BTreeMap;
use unicode_width::UnicodeWidthStr;

const MARGIN: f64 = 16.0;
/// Between columns and rows.
const ACROSS: f64 = 46.0;
const ABOVE: f64 = 34.0;
/// For the numbers of steps, beneath the lines that turn below the lowest row.
const HEADER: f64 = 46.0;
/// How far lines that run beside each other stay apart.
const APART: f64 = 5.0;

/// The rectangles of the cells, and the size of the whole.
pub fn places(grid: &Grid) -> (Vec<Rect>, f64, f64) {
    let sizes: Vec<(f64, f64)> = grid.cells.iter().map(|c| face::node(&c.node)).collect();
    let of = |pick: &dyn Fn(&Cell) -> bool, size: &dyn Fn(&(f64, f64)) -> f64| {
        let those = grid.cells.iter().zip(&sizes).filter(|(c, _)| pick(c));
        those.map(|(_, s)| size(s)).fold(0.0, f64::max)
    };
    let mut x = MARGIN + ACROSS / 2.0;
    let mut xs = Vec::new();
    for at in 0..grid.columns.len() {
        let width = of(&|c| c.column == at, &|s| s.0);
        xs.push((x, width));
        x += width + ACROSS + if grid.columns[at].last { ACROSS / 2.0 } else { 0.0 };
    }
    let heights: Vec<f64> = (0..grid.rows).map(|row| of(&|c| c.row == row, &|s| s.1)).collect();
    let whole: f64 = heights.iter().map(|h| h + ABOVE).sum::<f64>();
    let mut bottom = MARGIN + whole;
    let mut ys = Vec::new();
    for height in &heights {
        ys.push(bottom - height / 2.0);
        bottom -= height + ABOVE;
    }
    let cells = grid.cells.iter().zip(&sizes).map(|(c, (width, height))| {
        let (x, room) = xs[c.column];
        Rect {
            x: x + (room - width) / 2.0,
            y: ys[c.row] - height / 2.0,
            width: *width,
            height: *height,
        }
    });
    (
        cells.collect(),
        x - ACROSS / 2.0 + MARGIN,
        MARGIN + whole + HEADER + MARGIN,
    )
}

pub fn grid_svg(grid: &Grid) -> String {
    let (cells, width, height) = places(grid);
    let mut sheet = Sheet::new(&grid.title, width, height);
    let mut columns: BTreeMap<usize, f64> = BTreeMap::new();
    for (cell, r) in grid.cells.iter().zip(&cells) {
        columns.insert(cell.column, r.x + r.width / 2.0);
    }
    for (at, x) in columns {
        if let Some((axis, step)) = &grid.columns[at].step {
            sheet.text("note", 11.0, (x, height - MARGIN), &format!("{axis} = {step}"));
        }
    }
    let tops: Vec<f64> = (0..grid.rows)
        .map(|row| {
            let those = grid.cells.iter().zip(&cells).filter(|(c, _)| c.row == row);
            those.map(|(_, r)| r.y).fold(f64::MAX, f64::min)
        })
        .collect();
    let bottoms: Vec<f64> = (0..grid.rows)
        .map(|row| {
            let those = grid.cells.iter().zip(&cells).filter(|(c, _)| c.row == row);
            those.map(|(_, r)| r.y + r.height).fold(0.0, f64::max)
        })
        .collect();
    let left = |column: usize| {
        let those = grid.cells.iter().zip(&cells).filter(|(c, _)| c.column == column);
        those.map(|(_, r)| r.x).fold(f64::MAX, f64::min)
    };
    let right = |column: usize| {
        let those = grid.cells.iter().zip(&cells).filter(|(c, _)| c.column == column);
        those.map(|(_, r)| r.x + r.width).fold(0.0, f64::max)
    };
    // Lines of different axes that run beside each other.
    let group = |column: usize| grid.columns[..column].iter().filter(|c| c.last).count();
    for link in &grid.links {
        let class = match link.kind {
            EdgeKind::Flow => "flow",
            EdgeKind::Delay { .. } => "delay",
            EdgeKind::Start => "first",
        };
        let (a, b) = (&grid.cells[link.from], &grid.cells[link.to]);
        let (r, s) = (&cells[link.from], &cells[link.to]);
        let (dx, same) = (b.column as f64 - a.column as f64, a.column == b.column);
        let (middle_r, middle_s) = (r.y + r.height / 2.0, s.y + s.height / 2.0);
        if link.from == link.to {
            put_loop(&mut sheet, class, r, 14.0, 0.0);
        } else if same && b.row == a.row + 1 {
            let line = [(r.x + r.width / 2.0, r.y), (s.x + s.width / 2.0, s.y + s.height)];
            sheet.path(class, &upright(&line));
            sheet.head(class, line[1], (0.0, -1.0));
        } else if dx.abs() == 1.0 && link.kind != EdgeKind::Flow && !grid.columns[a.column.min(b.column)].last {
            // To a neighbour, through the room between the columns.
            let (x, to) = match dx > 0.0 {
                true => (r.x + r.width, s.x),
                false => (r.x, s.x + s.width),
            };
            // Straight as far as the widest of the column.
            let (out, into) = match (a.row == b.row, dx > 0.0) {
                (true, _) => (x, to),
                (false, true) => (right(a.column), left(b.column)),
                (false, false) => (left(a.column), right(b.column)),
            };
            let shift = if a.row == b.row { 0.0 } else { s.height / 4.0 };
            let (y, to_y) = (middle_r, middle_s + shift);
            let between = number((out + into) / 2.0);
            let d = format!(
                "M{} {}H{}C{between} {} {between} {} {} {}H{}",
                number(x),
                number(y),
                number(out),
                number(y),
                number(to_y),
                number(into),
                number(to_y),
                number(to)
            );
            sheet.path(class, &d);
            sheet.head(class, (to, to_y), (dx.signum(), 0.0));
        } else {
            let lane = lane(grid, link);
            let beside = left(b.column) - 9.0 - APART * lane;
            let above = tops[a.row] - 7.0 - APART * ((a.row + group(a.column)) % 4) as f64;
            let below = bottoms[b.row] + 9.0 + APART * lane.min(3.0);
            let (from, to) = (
                r.x + r.width / 2.0 - 6.0,
                s.x + s.width / 2.0 - 6.0 - 4.0 * lane.min(3.0),
            );
            let corners = [
                (from, r.y),
                (from, above),
                (beside, above),
                (beside, below),
                (to, below),
                (to, s.y + s.height),
            ];
            sheet.path(class, &rounded(&corners));
            sheet.head(class, corners[5], (0.0, -1.0));
        }
    }
    for (cell, r) in grid.cells.iter().zip(&cells) {
        if let Some(way) = cell.goes_on {
            let way = f64::from(way);
            let x = if way > 0.0 { r.x + r.width } else { r.x };
            let y = r.y + r.height / 2.0;
            sheet.path(
                "delay",
                &format!("M{} {}H{}", number(x), number(y), number(x + 14.0 * way)),
            );
            sheet.text("label", 10.5, (x + 22.0 * way, y + 3.0), "\u{2026}");
        }
        put_node(&mut sheet, &cell.node, r);
    }
    sheet.finish()
}

/// Which of the lines beside its column a link takes: one for each row that it comes from.
fn lane(grid: &Grid, link: &Link) -> f64 {
    let (row, column) = (grid.cells[link.from].row, grid.cells[link.to].column);
    let beside = |l: &&Link| {
        let (a, b) = (&grid.cells[l.from], &grid.cells[l.to]);
        b.column == column && !(a.column == column && b.row == a.row + 1)
    };
    let mut rows: Vec<usize> = grid
        .links
        .iter()
        .filter(beside)
        .map(|l| grid.cells[l.from].row)
        .collect();
    rows.sort();
    rows.dedup();
    rows.iter().position(|r| *r == row).unwrap_or(0).min(5) as f64
}

/// Along right angles with round corners.
fn rounded(corners: &[(f64, f64)]) -> String {
    let mut d = format!("M{} {}", number(corners[0].0), number(corners[0].1));
    for w in corners.windows(3) {
        let (a, b, c) = (w[0], w[1], w[2]);
        let near = |from: (f64, f64), to: (f64, f64)| {
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let length = (dx * dx + dy * dy).sqrt();
            let part = if length < 0.01 {
                0.0
            } else {
                4.0_f64.min(length / 2.0) / length
            };
            (from.0 + dx * part, from.1 + dy * part)
        };
        let (into, out) = (near(b, a), near(b, c));
        d.push_str(&format!(
            "L{} {}Q{} {} {} {}",
            number(into.0),
            number(into.1),
            number(b.0),
            number(b.1),
            number(out.0),
            number(out.1)
        ));
    }
    let last = corners[corners.len() - 1];
    d.push_str(&format!("L{} {}", number(last.0), number(last.1)));
    d
}

/// A row a value, those of each axis by themselves, the last computed above; what it reads stands at the right.
pub fn grid_text(grid: &Grid, terminal: &Terminal) -> String {
    let name = |c: &Cell| match c.node.does.is_empty() {
        true => c.node.name.clone(),
        false => format!("{} ({})", c.node.name, c.node.does),
    };
    let label = grid
        .cells
        .iter()
        .map(|c| name(c).width())
        .max()
        .unwrap_or(0)
        .min(terminal.width / 3);
    let mut blocks: Vec<String> = Vec::new();
    let mut start = 0;
    while start < grid.columns.len() {
        let end = (start..grid.columns.len())
            .find(|at| grid.columns[*at].last)
            .unwrap_or(start)
            + 1;
        let mut block = String::new();
        for row in (0..grid.rows).rev() {
            let inside = |c: &&usize| grid.cells[**c].row == row && (start..end).contains(&grid.cells[**c].column);
            let all: Vec<usize> = (0..grid.cells.len()).collect();
            let cells: Vec<usize> = all.iter().filter(inside).copied().collect();
            let Some(first) = cells.first().map(|c| &grid.cells[*c]) else {
                continue;
            };
            let mut line = format!("{:label$.label$} ", name(first));
            for (at, cell) in cells.iter().enumerate() {
                let linked = |from: usize, to: usize| grid.links.iter().any(|l| l.from == from && l.to == to);
                let next = cells.get(at + 1).copied();
                line.push('\u{25cf}');
                line.push_str(match next {
                    Some(next) if linked(*cell, next) => "\u{2504}\u{2504}\u{2504}\u{25b8}",
                    Some(next) if linked(next, *cell) => "\u{25c2}\u{2504}\u{2504}\u{2504}",
                    Some(_) => "    ",
                    None if grid.cells[*cell].goes_on == Some(1) => "\u{2504}\u{2026}",
                    None => "  ",
                });
            }
            if !first.reads.is_empty() {
                line.push_str(&paint(
                    terminal,
                    "dim",
                    &format!("  \u{2190} {}", first.reads.join(", ")),
                ));
            }
            block.push_str(line.trim_end());
            block.push('\n');
        }
        let steps = grid.columns[start..end].iter().filter_map(|c| c.step.as_ref());
        let heads: String = steps
            .map(|(axis, step)| format!("{:<5}", format!("{axis}={step}")))
            .collect();
        if !heads.is_empty() {
            block.push_str(format!("{:label$} {heads}", "").trim_end());
            block.push('\n');
        }
        blocks.push(block);
        start = end;
    }
    // What is computed last stands above.
    blocks.reverse();
    blocks.join("\n")
}
