//! The loss curve, as a picture.

use super::record::Row;
use crate::error::Error;
use plotters::prelude::*;
use std::path::Path;

/// Draws training and validation loss against the epoch.
pub(super) fn draw(path: &Path, title: &str, rows: &[Row]) -> Result<(), Error> {
    let mut picture = String::new();
    curves(&mut picture, title, rows).map_err(|e| Error::Plot(e.to_string()))?;
    crate::weights::replace(path, picture.as_bytes())
}

fn curves(picture: &mut String, title: &str, rows: &[Row]) -> Result<(), Box<dyn std::error::Error>> {
    let train: Vec<(u32, f64)> = rows.iter().map(|r| (r.epoch as u32, r.train[0])).collect();
    let valid: Vec<(u32, f64)> = rows
        .iter()
        .filter_map(|r| Some((r.epoch as u32, r.valid.as_ref()?[0])))
        .collect();
    let losses = || train.iter().chain(&valid).map(|p| p.1).filter(|x| x.is_finite());
    let (low, high) = (
        losses().fold(f64::INFINITY, f64::min),
        losses().fold(f64::NEG_INFINITY, f64::max),
    );
    if low > high {
        return Ok(());
    }
    let margin = ((high - low) * 0.05).max(1e-6 * high.abs()).max(1e-12);
    let last = train.last().map_or(1, |p| p.0);
    let area = SVGBackend::with_string(picture, (720, 420)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(56)
        .build_cartesian_2d(0..last + 1, low - margin..high + margin)?;
    chart
        .configure_mesh()
        .x_desc("epoch")
        .y_desc("loss")
        .light_line_style(WHITE.mix(0.0))
        .draw()?;
    for (name, points, colour) in [
        ("train", train, RGBColor(31, 119, 180)),
        ("valid", valid, RGBColor(214, 39, 40)),
    ] {
        if points.is_empty() {
            continue;
        }
        // A single epoch is a point, which a line would not show.
        let dots: Vec<_> = points.iter().map(|&p| Circle::new(p, 2, colour.filled())).collect();
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
        chart.draw_series(dots)?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()?;
    Ok(())
}
