//! Series of the UEA archive as JSON lines: the channels of each step, and a label.
//!
//! `cargo run --release --example basic_motions -- FILE.ts.gz OUT.jsonl`
//!
//! After lines that start with `#` or `@` a series a line: channels separated by colons, their values by commas, the label
//! last.

use rnn_runtime::data::files;
use serde_json::json;
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = &arguments[..] else {
        return Err("usage: basic_motions FILE.ts OUT.jsonl".into());
    };
    let text = files::text(Path::new(from))?;
    let mut lines = String::new();
    for line in text
        .lines()
        .filter(|l| !l.starts_with(['#', '@']) && !l.trim().is_empty())
    {
        let (channels, label) = line.rsplit_once(':').ok_or("a series has no label")?;
        let channels = channels
            .split(':')
            .map(|c| c.split(',').map(|x| x.trim().parse::<f64>()).collect());
        let channels: Vec<Vec<f64>> = channels.collect::<Result<_, _>>()?;
        let steps = channels.iter().map(Vec::len).min().unwrap_or(0);
        let x: Vec<Vec<f64>> = (0..steps).map(|t| channels.iter().map(|c| c[t]).collect()).collect();
        lines += &format!("{}\n", json!({ "x": x, "motion": label.trim() }));
    }
    if let Some(folder) = Path::new(to).parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(to, lines)?)
}
