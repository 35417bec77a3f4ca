//! Numbers over rows and columns, as shades.

use super::figure::{Figure, rounded};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;

pub(super) struct Heat {
    pub title: String,
    pub note: String,
    /// Row by row.
    pub values: Vec<Vec<f64>>,
    /// What rows and columns are called; as many as there are, or none.
    pub rows: Vec<String>,
    pub columns: Vec<String>,
    /// What rows and columns are.
    pub along: [String; 2],
}

/// Shades each way from 0.
const SHADES: f64 = 8.0;
const WIDTH: f64 = 600.0;
const LABELS: f64 = 96.0;

/// None where there are no entries.
pub(super) fn draw(heat: &Heat) -> Option<Figure> {
    let (rows, columns) = (heat.values.len(), heat.values.first().map_or(0, Vec::len));
    if rows == 0 || columns == 0 {
        return None;
    }
    let finite = heat.values.iter().flatten().filter(|x| x.is_finite());
    let most = finite.fold(0.0f64, |m, x| m.max(x.abs()));
    let scale = if most > 0.0 { most } else { 1.0 };
    let left = if heat.rows.is_empty() { 8.0 } else { LABELS };
    let across = ((WIDTH - left) / columns as f64).clamp(2.0, 22.0);
    let down = if heat.rows.is_empty() {
        (240.0 / rows as f64).clamp(3.0, 14.0)
    } else {
        14.0
    };
    let labelled = !heat.columns.is_empty() && across >= 7.0;
    let under = if labelled { 18.0 } else { 4.0 };
    let (width, height) = (left + across * columns as f64 + 8.0, down * rows as f64 + under);
    let mut svg = format!(r#"<svg viewBox="0 0 {width:.1} {height:.1}" width="{width:.0}" height="{height:.0}">"#);
    let _ = write!(
        svg,
        r#"<g transform="translate({left:.1} 0) scale({across:.4} {down:.4})"><rect class="ground" width="{columns}" height="{rows}"/>"#
    );
    for (shade, path) in shades(&heat.values, scale) {
        let _ = write!(svg, r#"<path class="{shade}" d="{path}"/>"#);
    }
    svg.push_str("</g>");
    for (i, name) in heat.rows.iter().enumerate() {
        let y = down * (i as f64 + 0.5) + 4.0;
        let _ = write!(svg, r#"<text x="{:.1}" y="{y:.1}" text-anchor="end">"#, left - 4.0);
        escape(&mut svg, &short(name, 14));
        svg.push_str("</text>");
    }
    if labelled {
        for (i, name) in heat.columns.iter().enumerate() {
            let (x, y) = (left + across * (i as f64 + 0.5), down * rows as f64 + 13.0);
            let _ = write!(svg, r#"<text x="{x:.1}" y="{y:.1}" text-anchor="middle">"#);
            escape(&mut svg, &short(name, ((across / 6.5) as usize).max(1)));
            svg.push_str("</text>");
        }
    }
    svg.push_str("</svg>");
    let whole = |x: &f64| {
        if x.is_finite() {
            (x / scale * 999.0).round() as i32
        } else {
            -1000
        }
    };
    let numbers: Vec<i32> = heat.values.iter().flatten().map(whole).collect();
    let hover = json!({
        "at": [left, across, down], "rows": rows, "columns": columns, "scale": rounded(scale / 999.0),
        "names": [heat.rows, heat.columns], "along": heat.along, "values": numbers,
    });
    Some(Figure {
        title: heat.title.clone(),
        svg,
        kind: "heat",
        hover: hover.to_string(),
        legend: Vec::new(),
        note: Some(format!("{}; at most {} from 0", heat.note, rounded(most))),
    })
}

/// For each shade a path over all its entries, a stroke of one for each run of them.
fn shades(values: &[Vec<f64>], scale: f64) -> BTreeMap<String, String> {
    let of = |x: f64| {
        if x.is_finite() {
            (x / scale * SHADES).round() as i32
        } else {
            i32::MAX
        }
    };
    let mut paths: BTreeMap<String, String> = BTreeMap::new();
    for (y, row) in values.iter().enumerate() {
        let mut x = 0;
        while x < row.len() {
            let shade = of(row[x]);
            let run = row[x..].iter().take_while(|v| of(**v) == shade).count();
            let class = match shade {
                0 => None,
                i32::MAX => Some("none".to_string()),
                s if s > 0 => Some(format!("p{s}")),
                s => Some(format!("n{}", -s)),
            };
            if let Some(class) = class {
                let _ = write!(paths.entry(class).or_default(), "M{x} {y}h{run}v1h-{run}z");
            }
            x += run;
        }
    }
    paths
}

/// At most so many characters; what has no look of its own gets one.
pub(super) fn short(text: &str, most: usize) -> String {
    let shown: String = text
        .chars()
        .map(|c| match c {
            ' ' => '␣',
            '\n' => '⏎',
            '\t' => '⇥',
            c if c.is_control() => '·',
            c => c,
        })
        .collect();
    match shown.chars().count() > most {
        true => shown
            .chars()
            .take(most.saturating_sub(1).max(1))
            .chain(['…'].into_iter().filter(|_| most > 2))
            .collect(),
        false => shown,
    }
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
}
