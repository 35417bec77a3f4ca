//! What there is to see at a step, as data, as text and as JSON.

use serde_json::{Value as Json, json};
use std::fmt::Write;

#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub model: String,
    /// Taken so far, and of how many where data say so.
    pub step: usize,
    pub steps: Option<usize>,
    /// Its place among the examples of the data.
    pub example: Option<(usize, usize)>,
    pub text: Vec<Piece>,
    /// Letters that are no symbol yet.
    pub pending: String,
    /// -log p of the last step in nats, and the mean over all steps.
    pub surprise: Option<(f64, f64)>,
    pub temperature: Option<f64>,
    pub inputs: Vec<Row>,
    pub outputs: Vec<Row>,
    pub states: Vec<Row>,
    pub note: Option<String>,
}

/// A symbol of the text, and who said it.
#[derive(Clone, Debug)]
pub struct Piece {
    pub text: String,
    pub drawn: bool,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub shape: Vec<usize>,
    pub value: Value,
    /// What the data say that it is.
    pub truth: Option<String>,
}

#[derive(Clone, Debug)]
pub enum Value {
    /// Symbols and their probabilities, the likeliest first.
    Bars(Vec<(String, f64)>),
    /// Too many numbers to read.
    Heat(Vec<f64>),
    Numbers(Vec<f64>),
    Word(String),
}

/// More are not told apart.
const FEW: usize = 4;

/// Of a distribution that is printed.
const BARS: usize = 8;

impl Value {
    pub fn of(numbers: Vec<f64>) -> Value {
        match numbers.len() {
            0..=FEW => Value::Numbers(numbers),
            _ => Value::Heat(numbers),
        }
    }
}

impl Row {
    /// `h [256]`
    pub fn title(&self) -> String {
        let truth = self.truth.as_ref().map_or(String::new(), |t| format!(" (data: {t})"));
        match self.shape.is_empty() {
            true => format!("{}{truth}", self.name),
            false => format!("{} {:?}{truth}", self.name, self.shape),
        }
    }
}

impl Frame {
    /// `step 3 of 9, example 1 of 20, surprise 2.04 nats (mean 1.80), temperature 1.0`
    pub fn status(&self) -> String {
        let mut parts = vec![match self.steps {
            Some(steps) => format!("step {} of {steps}", self.step),
            None => format!("step {}", self.step),
        }];
        parts.extend(self.example.map(|(i, n)| format!("example {} of {n}", i + 1)));
        let surprise = |(last, mean)| format!("surprise {last:.3} nats (mean {mean:.3})");
        parts.extend(self.surprise.map(surprise));
        parts.extend(self.temperature.map(|t| format!("temperature {t:.1}")));
        parts.join(", ")
    }

    /// A few lines that end in an empty one.
    pub fn plain(&self) -> String {
        let mut out = format!("{}: {}\n", self.model, self.status());
        if self.example.is_none() {
            let text: String = self.text.iter().map(|p| p.text.as_str()).collect();
            let _ = writeln!(out, "  text {:?}", text + &self.pending);
        }
        for (what, rows) in [("in", &self.inputs), ("out", &self.outputs), ("state", &self.states)] {
            for row in rows {
                let _ = write!(out, "  {what} {}", row.title());
                let _ = match &row.value {
                    Value::Bars(bars) => {
                        let mut bars = bars.iter().take(BARS);
                        bars.try_for_each(|(symbol, p)| write!(out, "\n    {p:.4} {} {symbol}", bar(*p, 20)))
                    }
                    Value::Heat(values) => {
                        write!(out, " {}", values.iter().map(|&x| heat(x, values)).collect::<String>())
                    }
                    Value::Numbers(values) => values.iter().try_for_each(|x| write!(out, " {x:.4}")),
                    Value::Word(word) => write!(out, " {word}"),
                };
                out.push('\n');
            }
        }
        if let Some(note) = &self.note {
            let _ = writeln!(out, "  note: {note}");
        }
        out + "\n"
    }

    pub fn json(&self) -> Json {
        let row = |row: &Row| {
            let value = match &row.value {
                Value::Bars(bars) => json!(bars),
                Value::Heat(values) | Value::Numbers(values) => json!(values),
                Value::Word(word) => json!(word),
            };
            json!({ "name": row.name, "shape": row.shape, "value": value, "data": row.truth })
        };
        let rows = |rows: &[Row]| rows.iter().map(row).collect::<Vec<Json>>();
        json!({
            "kind": "frame",
            "model": self.model,
            "step": self.step,
            "example": self.example.map(|(i, _)| i),
            "text": self.text.iter().map(|p| p.text.as_str()).collect::<String>(),
            "surprise": self.surprise.map(|(last, _)| last),
            "inputs": rows(&self.inputs),
            "outputs": rows(&self.outputs),
            "states": rows(&self.states),
            "note": self.note,
        })
    }
}

/// A probability as a bar of at most so many characters, padded.
pub fn bar(p: f64, width: usize) -> String {
    let eighths = (p.clamp(0.0, 1.0) * 8.0 * width as f64).round() as usize;
    let (full, rest) = (eighths / 8, eighths % 8);
    let mut bar = "█".repeat(full);
    bar.extend(['▏', '▎', '▍', '▌', '▋', '▊', '▉'].get(rest.wrapping_sub(1)));
    let left = width.saturating_sub(full + usize::from(rest > 0));
    bar + &" ".repeat(left)
}

/// The largest magnitude among values, at least 1: what is drawn as the highest.
pub fn largest(values: &[f64]) -> f64 {
    let finite = values.iter().filter(|x| x.is_finite());
    finite.fold(1.0, |most: f64, x| most.max(x.abs()))
}

/// A value among others as a block: the lowest for minus the largest magnitude, half for 0.
pub fn heat(x: f64, among: &[f64]) -> char {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    if x.is_nan() {
        return '?';
    }
    let place = (x / largest(among)).clamp(-1.0, 1.0) * 0.5 + 0.5;
    BLOCKS[(place * 7.0).round() as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_blocks() {
        assert_eq!(
            (bar(0.5, 4), bar(0.0, 2), bar(1.0, 2)),
            ("██  ".into(), "  ".into(), "██".into())
        );
        assert_eq!(bar(0.3, 2), "▋ ");
        let values = [-2.0, 0.0, 2.0, f64::NAN, f64::INFINITY];
        let blocks: String = values.iter().map(|&x| heat(x, &values)).collect();
        assert_eq!(blocks, "▁▅█?█");
    }
}
