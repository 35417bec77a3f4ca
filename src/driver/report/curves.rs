//! Loss and metrics as training went.

use super::chart::{self, Chart, Series};
use super::figure::Figure;
use crate::driver::runs::{Run, Table};

/// Points of a curve; more are averaged.
const POINTS: usize = 600;

/// A picture for each metric, by epoch, then the loss within epochs, and the learning rate where it changes.
pub(super) fn curves(run: &Run) -> Vec<Figure> {
    let epochs = &run.epochs;
    let metrics = epochs.names.iter().filter_map(|n| n.strip_prefix("train_"));
    let mut figures = Vec::new();
    for metric in metrics {
        let of = |part: &str| thinned(points(epochs, "epoch", &format!("{part}_{metric}")));
        let series = ["train", "valid"].map(|part| Series::line(part, of(part)));
        let chart = Chart {
            title: metric,
            x: "epoch",
            y: metric,
            series: series.into_iter().filter(|s| !s.points.is_empty()).collect(),
            log: false,
            whole: true,
        };
        figures.extend(chart::draw(&chart));
    }
    let steps = run.steps.as_ref().unwrap_or(epochs);
    for (title, column) in [("training loss", "train_loss"), ("learning rate", "learning_rate")] {
        let points = thinned(points(steps, "step", column));
        let changes = points.iter().any(|p| p.1 != points[0].1);
        let chart = Chart {
            title,
            x: "step",
            y: title,
            series: vec![Series::line(title, points)],
            log: false,
            whole: true,
        };
        if changes {
            figures.extend(chart::draw(&chart));
        }
    }
    figures
}

fn points(table: &Table, x: &str, y: &str) -> Vec<(f64, f64)> {
    let (Some(xs), Some(ys)) = (table.column(x), table.column(y)) else {
        return Vec::new();
    };
    xs.into_iter().zip(ys).filter_map(|(x, y)| Some((x?, y?))).collect()
}

fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let run = points.len().div_ceil(POINTS).max(1);
    let mean = |run: &[(f64, f64)]| {
        let n = run.len() as f64;
        (run[run.len() - 1].0, run.iter().map(|p| p.1).sum::<f64>() / n)
    };
    points.chunks(run).map(mean).collect()
}
