//! Curves and clouds of points, as SVG.

use super::figure::{Figure, rounded};
use plotters::prelude::*;
use serde_json::json;

pub(super) struct Chart<'a> {
    pub title: &'a str,
    pub x: &'a str,
    pub y: &'a str,
    pub series: Vec<Series>,
    /// The vertical axis counts powers of ten; what is not positive is left out.
    pub log: bool,
    /// The horizontal axis counts.
    pub whole: bool,
}

pub(super) struct Series {
    pub name: String,
    pub points: Vec<(f64, f64)>,
    /// Points, not a line.
    pub cloud: bool,
}

impl Series {
    pub(super) fn line(name: impl Into<String>, points: Vec<(f64, f64)>) -> Series {
        Series {
            name: name.into(),
            points,
            cloud: false,
        }
    }
}

/// Told apart on light and on dark ground, also by those who do not see red and green (after Okabe & Ito 2008).
pub(super) const COLOURS: [&str; 6] = ["#2485D0", "#D55E00", "#009E73", "#CC79A7", "#B8860B", "#56B4E9"];

/// None where there is nothing finite to draw.
pub(super) fn draw(chart: &Chart) -> Option<Figure> {
    let height = |y: f64| if chart.log { y.log10() } else { y };
    let drawn = |s: &Series| -> Vec<(f64, f64)> {
        let points = s.points.iter().map(|&(x, y)| (x, height(y)));
        points.filter(|(x, y)| x.is_finite() && y.is_finite()).collect()
    };
    let series: Vec<(String, Vec<(f64, f64)>)> = chart.series.iter().map(|s| (s.name.clone(), drawn(s))).collect();
    let all = || series.iter().flat_map(|(_, points)| points);
    let range = |of: fn(&(f64, f64)) -> f64| {
        let low = all().map(of).fold(f64::INFINITY, f64::min);
        let high = all().map(of).fold(f64::NEG_INFINITY, f64::max);
        (low <= high).then(|| {
            let margin = ((high - low) * 0.04).max(1e-6 * high.abs()).max(1e-9);
            (low - margin, high + margin)
        })
    };
    let (x, y) = (range(|p| p.0)?, range(|p| p.1)?);
    let mut svg = String::new();
    let pixels = paint(&mut svg, chart, &series, x, y)
        .unwrap_or_else(|e| panic!("internal error: a chart that cannot be drawn into a text: {e}"));
    let points = series.iter().map(|(name, points)| {
        let (xs, ys): (Vec<_>, Vec<_>) = points.iter().map(|p| (rounded(p.0), rounded(p.1))).unzip();
        json!({ "name": name, "x": xs, "y": ys })
    });
    let hover = json!({
        "box": pixels, "x": [x.0, x.1], "y": [y.0, y.1], "log": chart.log,
        "names": [chart.x, chart.y], "series": points.collect::<Vec<_>>(),
    });
    Some(Figure {
        title: chart.title.into(),
        svg,
        kind: "chart",
        hover: hover.to_string(),
        legend: series.into_iter().map(|(name, _)| name).collect(),
        note: None,
    })
}

/// The pixels of the plotting area: left, top, right, bottom.
fn paint(
    svg: &mut String,
    chart: &Chart,
    series: &[(String, Vec<(f64, f64)>)],
    x: (f64, f64),
    y: (f64, f64),
) -> Result<[i32; 4], Box<dyn std::error::Error>> {
    let area = SVGBackend::with_string(svg, (600, 290)).into_drawing_area();
    let mut plot = ChartBuilder::on(&area)
        .margin(8)
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(x.0..x.1, y.0..y.1)?;
    let power = |y: &f64| format!("{:.1e}", 10f64.powf(*y));
    // A tick at 0 is not quite there.
    let nought = 1e-9 * (y.1 - y.0).min(x.1 - x.0);
    let number = |y: &f64| rounded(if y.abs() < nought { 0.0 } else { *y }).to_string();
    let count = |x: &f64| match (x - x.round()).abs() < 1e-6 {
        true => x.round().to_string(),
        false => String::new(),
    };
    let steps = if chart.whole { (x.1 - x.0) as usize } else { 10 };
    plot.configure_mesh()
        .x_desc(chart.x)
        .y_desc(chart.y)
        .light_line_style(WHITE.mix(0.0))
        .bold_line_style(BLACK.mix(0.12))
        .x_labels(steps.clamp(1, 10))
        .x_label_formatter(if chart.whole { &count } else { &number })
        .y_label_formatter(if chart.log { &power } else { &number })
        .draw()?;
    for (i, (_, points)) in series.iter().enumerate() {
        let colour = colour(i);
        let alone = points.len() == 1;
        let cloud = chart.series[i].cloud;
        if !cloud {
            plot.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?;
        }
        // One epoch is a point, which a line would not show.
        if cloud || alone {
            plot.draw_series(points.iter().map(|&p| Circle::new(p, 3, colour.mix(0.6).filled())))?;
        }
    }
    let (across, down) = plot.plotting_area().get_pixel_range();
    drop(plot);
    area.present()?;
    drop(area);
    Ok([across.start, down.start, across.end, down.end])
}

fn colour(i: usize) -> RGBColor {
    let hex = |at: usize| u8::from_str_radix(&COLOURS[i % COLOURS.len()][at..at + 2], 16);
    let part = |at: usize| hex(at).expect("internal error: a colour is three bytes");
    RGBColor(part(1), part(3), part(5))
}
