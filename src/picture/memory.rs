//! A memory plan as a chart: a row a buffer, a column a region, and a bar for as long as a value is needed.

use super::layout::Rect;
use super::sheet::{Sheet, number};
use super::text::{Terminal, paint};
use crate::backends::rust::{Costs, Held, Place};

/// What is drawn of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// The regions in the order in which they run.
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
    /// What all of it takes together.
    pub totals: Vec<String>,
}

/// A buffer.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub label: String,
    pub size: String,
    pub bars: Vec<Bar>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub from: usize,
    /// The last region that reads it; the last of all where it is kept for the caller.
    pub to: usize,
    pub name: String,
    pub place: Place,
}

pub fn chart(costs: &Costs) -> Chart {
    let last = costs.regions.len().saturating_sub(1);
    let columns = costs.regions.iter().map(|r| match &r.scan {
        Some(scan) => format!(
            "scan {} {}",
            scan.axis,
            if scan.forward { "forward" } else { "backward" }
        ),
        None => r.why.clone(),
    });
    let rows = costs.memory.buffers.iter().map(|b| Row {
        label: b.holds.iter().map(name).collect::<Vec<_>>().join(", then "),
        size: format!("{} {}", bytes(b.bytes), b.each),
        bars: b
            .holds
            .iter()
            .map(|h| Bar {
                from: h.written,
                to: h.read.unwrap_or(last).max(h.written),
                name: name(h).to_string(),
                place: h.place,
            })
            .collect(),
    });
    Chart {
        columns: columns.collect(),
        rows: rows.collect(),
        totals: costs
            .memory
            .total
            .iter()
            .map(|a| format!("{} {}", bytes(a.bytes), a.each))
            .collect(),
    }
}

fn name(held: &Held) -> &str {
    held.equation.as_deref().unwrap_or(&held.name)
}

/// Three digits at least, in the largest unit that leaves so many.
fn bytes(n: usize) -> String {
    match n {
        0..10_000 => format!("{n} B"),
        10_000..10_000_000 => format!("{} kB", n / 1000),
        _ => format!("{} MB", n / 1_000_000),
    }
}

fn class(place: Place) -> &'static str {
    match place {
        Place::Tape => "tape",
        Place::Handed => "handed",
        Place::Step => "step",
        Place::Row => "row",
        Place::Sum => "sum",
    }
}

const PLACES: [(Place, &str); 5] = [
    (Place::Tape, "kept for the derivative"),
    (Place::Handed, "from one region to another"),
    (Place::Step, "one step of a scan"),
    (Place::Row, "one row"),
    (Place::Sum, "a sum"),
];

fn cut(text: &str, columns: usize) -> String {
    match text.chars().count() > columns {
        true => text
            .chars()
            .take(columns.saturating_sub(1))
            .chain(['\u{2026}'])
            .collect(),
        false => text.to_string(),
    }
}

const SIZE: f64 = 10.5;
const ADVANCE: f64 = SIZE * 0.61;
const LINE: f64 = 17.0;
const COLUMN: f64 = 24.0;

pub fn chart_svg(title: &str, chart: &Chart) -> String {
    let labels: Vec<String> = chart.rows.iter().map(|r| cut(&r.label, 48)).collect();
    let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0) as f64 * ADVANCE;
    let left = 16.0 + widest(&mut labels.iter().map(|l| l.chars().count())) + 10.0;
    let right = left + COLUMN * chart.columns.len() as f64 + 10.0;
    let sizes = widest(&mut chart.rows.iter().map(|r| r.size.chars().count()));
    let notes = chart
        .columns
        .iter()
        .enumerate()
        .map(|(at, c)| format!("{} {c}", at + 1));
    let notes: Vec<String> = notes
        .chain(chart.totals.iter().map(|t| format!("together {t}")))
        .collect();
    let width = (right + sizes).max(16.0 + widest(&mut notes.iter().map(|n| n.chars().count()))) + 16.0;
    let top = 64.0;
    let bottom = top + LINE * chart.rows.len() as f64;
    let mut sheet = Sheet::new(title, width.max(700.0), bottom + 20.0 + LINE * notes.len() as f64);
    sheet.text("head1 left", 13.0, (16.0, 26.0), title);
    let mut x = 16.0;
    for (place, words) in PLACES {
        let swatch = Rect {
            x,
            y: 36.0,
            width: 10.0,
            height: 10.0,
        };
        sheet.rect(class(place), &swatch, 2.0);
        sheet.text("note left", SIZE, (x + 14.0, 45.0), words);
        x += 14.0 + ADVANCE * words.chars().count() as f64 + 14.0;
    }
    for at in 0..chart.columns.len() {
        let x = left + COLUMN * at as f64;
        sheet.path(
            "line",
            &format!("M{} {}V{}", number(x), number(top - 2.0), number(bottom)),
        );
        sheet.text("note", SIZE, (x + COLUMN / 2.0, top - 4.0), &(at + 1).to_string());
    }
    for (at, (row, label)) in chart.rows.iter().zip(&labels).enumerate() {
        let y = top + LINE * at as f64;
        sheet.text("left", SIZE, (16.0, y + 12.0), label);
        for bar in &row.bars {
            sheet.group(&bar.name, |sheet| {
                let rect = Rect {
                    x: left + COLUMN * bar.from as f64 + 1.0,
                    y: y + 3.0,
                    width: COLUMN * (bar.to - bar.from + 1) as f64 - 2.0,
                    height: LINE - 6.0,
                };
                sheet.rect(class(bar.place), &rect, 2.0);
            });
        }
        sheet.text("note left", SIZE, (right, y + 12.0), &row.size);
    }
    for (at, note) in notes.iter().enumerate() {
        sheet.text("note left", SIZE, (16.0, bottom + 20.0 + LINE * at as f64), note);
    }
    sheet.finish()
}

/// The same as text: a letter a region.
pub fn chart_text(chart: &Chart, terminal: &Terminal) -> String {
    let regions = chart.columns.len();
    let sizes = chart.rows.iter().map(|r| r.size.chars().count()).max().unwrap_or(0);
    let step = if terminal.width > 2 * regions + sizes + 30 {
        2
    } else {
        1
    };
    let label = terminal.width.saturating_sub(step * regions + sizes + 3).max(12);
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(text.trim_end());
        out.push('\n');
    };
    let numbers: String = (1..=regions).map(|n| format!("{:<step$}", n % 10)).collect();
    line(format!("{:label$} {numbers}", ""));
    for row in &chart.rows {
        let mut cells: Vec<(Option<Place>, char)> = vec![(None, '\u{b7}'); regions];
        for bar in &row.bars {
            for (at, cell) in cells.iter_mut().enumerate().take(bar.to + 1).skip(bar.from) {
                *cell = (Some(bar.place), letter(bar.place, at == bar.from));
            }
        }
        let mut text = format!("{:label$} ", cut(&row.label, label));
        for (at, (place, c)) in cells.iter().enumerate() {
            let goes_on = step == 2 && place.is_some() && row.bars.iter().any(|b| b.from <= at && at < b.to);
            let cell = match (step, goes_on) {
                (2, true) => format!("{c}\u{2501}"),
                (2, false) => format!("{c} "),
                _ => c.to_string(),
            };
            text.push_str(&match place {
                Some(place) => paint(terminal, class(*place), &cell),
                None => paint(terminal, "dim", &cell),
            });
        }
        text.push_str(&paint(terminal, "dim", &format!(" {}", row.size)));
        line(text);
    }
    line(String::new());
    for (place, words) in PLACES {
        line(format!("{} {words}", letter(place, true)));
    }
    line(String::new());
    for (at, column) in chart.columns.iter().enumerate() {
        line(format!("{} {column}", at + 1));
    }
    for total in &chart.totals {
        line(format!("together {total}"));
    }
    out
}

/// What a bar begins with says what it is for.
fn letter(place: Place, first: bool) -> char {
    match (first, place) {
        (false, _) => '\u{2501}',
        (true, Place::Tape) => 'T',
        (true, Place::Handed) => 'H',
        (true, Place::Step) => 'S',
        (true, Place::Row) => 'R',
        (true, Place::Sum) => '\u{3a3}',
    }
}
