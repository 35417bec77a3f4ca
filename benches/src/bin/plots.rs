//! The pictures of `docs/performance.md`, from the numbers that the programs here and `peers.py` print.
//!
//! `cargo run --release -p rnn-benches --features plots --bin plots -- docs/performance`
//!
//! The folder holds `rnnc.csv` (what `lstm`, `gru`, `elman` and `invented` print), `peers.csv` (what `peers.py measure`
//! prints) and `growth.csv` (what `growth` prints). It gets `ahead.svg`, `peak.svg` and `growth.svg`.

use plotters::coord::Shift;
use plotters::prelude::*;
use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;
use std::path::Path;

/// One line of a program of this crate.
#[derive(Clone, Debug)]
struct Point {
    cell: String,
    units: f64,
    rows: f64,
    steps: f64,
    ms: f64,
    fraction: f64,
}

/// A curve with its name.
type Curve = (String, Vec<(f64, f64)>);

const COLOURS: [RGBColor; 3] = [RGBColor(31, 119, 180), RGBColor(214, 39, 40), RGBColor(44, 160, 44)];
const PANEL: (u32, u32) = (300, 300);

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("the folder of the numbers is missing")?;
    let folder = Path::new(&folder);
    let ours = points(&folder.join("rnnc.csv"))?;
    let cells = names(&ours);
    let mut fractions = Vec::new();
    for cell in &cells {
        fractions.push((cell.as_str(), by_rows(&ours, cell, |p| Some(p.fraction))));
    }
    panels(
        &folder.join("peak.svg"),
        "fraction of the peak of fused multiply-adds",
        "units",
        false,
        &fractions,
    )?;
    let better = better_peers(&folder.join("peers.csv"))?;
    let ratio = |p: &Point| Some(better.get(&key(&p.cell, p.units, p.rows))? / p.ms);
    let mut ratios = Vec::new();
    for cell in &cells {
        let curves = by_rows(&ours, cell, ratio);
        if !curves.is_empty() {
            ratios.push((cell.as_str(), curves));
        }
    }
    panels(
        &folder.join("ahead.svg"),
        "times as fast as the better of PyTorch and JAX",
        "units",
        true,
        &ratios,
    )?;
    growth(&folder.join("growth.svg"), &points(&folder.join("growth.csv"))?)
}

fn table(path: &Path) -> Result<Vec<BTreeMap<String, String>>, Box<dyn Error>> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    // The programs' headings are lines like any other where they were joined.
    let lines = lines.filter(|l| !l.is_empty() && *l != head.join(","));
    let row = |l: &str| {
        head.iter()
            .map(|h| h.to_string())
            .zip(l.split(',').map(String::from))
            .collect()
    };
    Ok(lines.map(row).collect())
}

fn number(row: &BTreeMap<String, String>, column: &str) -> Result<f64, Box<dyn Error>> {
    let field = row
        .get(column)
        .ok_or_else(|| format!("there is no column `{column}`"))?;
    Ok(field
        .parse()
        .map_err(|_| format!("`{field}` in column `{column}` is no number"))?)
}

fn points(path: &Path) -> Result<Vec<Point>, Box<dyn Error>> {
    let point = |row: &BTreeMap<String, String>| {
        Ok(Point {
            cell: row.get("cell").cloned().unwrap_or_default(),
            units: number(row, "units")?,
            rows: number(row, "rows")?,
            steps: number(row, "steps")?,
            ms: number(row, "ms")?,
            fraction: number(row, "fraction_of_peak")?,
        })
    };
    table(path)?.iter().map(point).collect()
}

fn key(cell: &str, units: f64, rows: f64) -> (String, usize, usize) {
    (cell.into(), units as usize, rows as usize)
}

/// The milliseconds of the quicker peer at each point.
fn better_peers(path: &Path) -> Result<BTreeMap<(String, usize, usize), f64>, Box<dyn Error>> {
    let mut best = BTreeMap::new();
    for row in table(path)? {
        let cell = row.get("cell").cloned().unwrap_or_default();
        let (at, ms) = (
            key(&cell, number(&row, "units")?, number(&row, "rows")?),
            number(&row, "ms")?,
        );
        best.entry(at).and_modify(|b: &mut f64| *b = b.min(ms)).or_insert(ms);
    }
    Ok(best)
}

fn names(points: &[Point]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for p in points {
        if !names.contains(&p.cell) {
            names.push(p.cell.clone());
        }
    }
    names
}

/// One curve over units for each number of rows.
fn by_rows(points: &[Point], cell: &str, value: impl Fn(&Point) -> Option<f64>) -> Vec<Curve> {
    let mut curves: BTreeMap<usize, Vec<(f64, f64)>> = BTreeMap::new();
    for p in points.iter().filter(|p| p.cell == cell) {
        if let Some(y) = value(p) {
            curves.entry(p.rows as usize).or_default().push((p.units, y));
        }
    }
    let named = |rows: usize| {
        if rows == 1 {
            "1 row".into()
        } else {
            format!("{rows} rows")
        }
    };
    curves.into_iter().map(|(rows, curve)| (named(rows), curve)).collect()
}

/// One panel a cell, side by side. Ratios are drawn on a scale of powers, from the line where both are as fast.
fn panels(path: &Path, title: &str, x: &str, ratio: bool, cells: &[(&str, Vec<Curve>)]) -> Result<(), Box<dyn Error>> {
    let mut picture = String::new();
    {
        let area = canvas(&mut picture, title, cells.len())?;
        for (area, (cell, curves)) in area.iter().zip(cells) {
            let ys = || curves.iter().flat_map(|c| &c.1).map(|p| p.1);
            let (low, high) = match ratio {
                true => (ys().fold(1.0, f64::min) * 0.9, ys().fold(1.0, f64::max) * 1.1),
                false => (0.0, 1.0),
            };
            match ratio {
                true => panel(area, cell, x, Scale::Powers(low..high), curves)?,
                false => panel(area, cell, x, Scale::Plain(low..high), curves)?,
            }
        }
        present(&area)?;
    }
    write(path, &picture)
}

/// How a training step grows with steps, rows and units.
fn growth(path: &Path, points: &[Point]) -> Result<(), Box<dyn Error>> {
    let base = |p: &&Point| (p.units == 64.0, p.rows == 16.0, p.steps == 100.0);
    let of = |keep: &dyn Fn(&Point) -> Option<f64>| -> Vec<(f64, f64)> {
        let mut curve: Vec<(f64, f64)> = points.iter().filter_map(|p| Some((keep(p)?, p.ms))).collect();
        curve.sort_by(|a, b| a.0.total_cmp(&b.0));
        curve.dedup_by(|a, b| a.0 == b.0);
        curve
    };
    let steps = of(&|p| (p.rows == 1.0 && p.units == 64.0).then_some(p.steps));
    let rows = of(&|p| (base(&p).0 && base(&p).2).then_some(p.rows));
    let units = of(&|p| (base(&p).1 && base(&p).2).then_some(p.units));
    let panels = [
        ("1 row, 64 units", "steps", steps),
        ("100 steps, 64 units", "rows", rows),
        ("100 steps, 16 rows", "units", units),
    ];
    let mut picture = String::new();
    {
        let area = canvas(
            &mut picture,
            "milliseconds of a training step of the LSTM",
            panels.len(),
        )?;
        for (area, (title, x, curve)) in area.iter().zip(panels) {
            let ys = || curve.iter().map(|p| p.1);
            let (low, high) = (ys().fold(f64::INFINITY, f64::min) * 0.7, ys().fold(0.0, f64::max) * 1.4);
            panel(area, title, x, Scale::Powers(low..high), &[(String::new(), curve)])?;
        }
        present(&area)?;
    }
    write(path, &picture)
}

/// How the values of a panel are laid out.
enum Scale {
    Plain(Range<f64>),
    Powers(Range<f64>),
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn canvas<'a>(picture: &'a mut String, title: &str, panels: usize) -> Result<Vec<Area<'a>>, Box<dyn Error>> {
    let area = SVGBackend::with_string(picture, (PANEL.0 * panels as u32, PANEL.1 + 30)).into_drawing_area();
    area.fill(&WHITE)?;
    Ok(area.titled(title, ("sans-serif", 16))?.split_evenly((1, panels)))
}

/// Ends the picture: once, after the last panel, whichever of them is asked.
fn present(panels: &[Area<'_>]) -> Result<(), Box<dyn Error>> {
    match panels.last() {
        Some(area) => Ok(area.present()?),
        None => Ok(()),
    }
}

fn panel(area: &Area<'_>, title: &str, x: &str, y: Scale, curves: &[Curve]) -> Result<(), Box<dyn Error>> {
    let xs = || curves.iter().flat_map(|c| &c.1).map(|p| p.0);
    let (first, last) = (xs().fold(f64::INFINITY, f64::min), xs().fold(0.0, f64::max));
    // Steps go up in tens, rows and units are powers of two.
    let base = if last > 1e4 { 10.0 } else { 2.0 };
    let x_range = (first * 0.9..last * 1.1).log_scale().base(base);
    let corner = match y {
        Scale::Plain(_) => SeriesLabelPosition::LowerRight,
        Scale::Powers(_) => SeriesLabelPosition::UpperRight,
    };
    let mut chart = ChartBuilder::on(area);
    chart
        .caption(title, ("sans-serif", 13))
        .margin(8)
        .x_label_area_size(32)
        .y_label_area_size(40);
    macro_rules! draw {
        ($chart:expr) => {{
            let mut chart = $chart;
            chart
                .configure_mesh()
                .x_desc(x)
                .x_label_formatter(&|x| format!("{x:.0}"))
                .y_label_formatter(&|y| format!("{y}"))
                .light_line_style(WHITE.mix(0.0))
                .draw()?;
            for ((name, curve), colour) in curves.iter().zip(COLOURS.iter().cycle()) {
                let line = LineSeries::new(curve.iter().copied(), colour.stroke_width(2));
                let drawn = chart.draw_series(line)?;
                if !name.is_empty() {
                    drawn
                        .label(name)
                        .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
                }
                chart.draw_series(curve.iter().map(|&p| Circle::new(p, 2, colour.filled())))?;
            }
            if curves.iter().any(|c| !c.0.is_empty()) {
                chart
                    .configure_series_labels()
                    .position(corner)
                    .background_style(WHITE.mix(0.8))
                    .border_style(BLACK.mix(0.3))
                    .draw()?;
            }
        }};
    }
    match y {
        Scale::Plain(y) => draw!(chart.build_cartesian_2d(x_range, y)?),
        Scale::Powers(y) => draw!(chart.build_cartesian_2d(x_range, y.log_scale())?),
    }
    Ok(())
}

fn write(path: &Path, picture: &str) -> Result<(), Box<dyn Error>> {
    let temporary = path.with_extension("svg.part");
    std::fs::write(&temporary, picture)?;
    std::fs::rename(&temporary, path)?;
    println!("{}", path.display());
    Ok(())
}
