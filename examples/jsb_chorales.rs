//! Bach's chorales, a line each, as JSON lines: the frames so far, and those that follow.
//!
//! `cargo run --release --example jsb_chorales -- FOLDER examples/data`
//!
//! FOLDER holds `jsb.train.txt.gz`, `jsb.valid.txt.gz` and `jsb.test.txt.gz`: a chorale a line, its frames separated by
//! semicolons, the MIDI pitches of a frame by commas.

use rnn_runtime::data::files;
use serde_json::json;
use std::error::Error;
use std::path::Path;

/// The lowest pitch of a piano.
const LOWEST: u32 = 21;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = &arguments[..] else {
        return Err("usage: jsb_chorales FOLDER OUT".into());
    };
    std::fs::create_dir_all(to)?;
    for part in ["train", "valid", "test"] {
        let text = files::text(&Path::new(from).join(format!("jsb.{part}.txt.gz")))?;
        let mut lines = String::new();
        for line in text.lines() {
            let frames = line.split(';').map(frame).collect::<Result<Vec<_>, _>>()?;
            let (x, y) = (&frames[..frames.len() - 1], &frames[1..]);
            lines += &format!("{}\n", json!({ "x": x, "y": y }));
        }
        std::fs::write(Path::new(to).join(format!("jsb.{part}.jsonl")), lines)?;
    }
    Ok(())
}

/// The keys of a frame, from 0 on.
fn frame(text: &str) -> Result<Vec<u32>, Box<dyn Error>> {
    let pitches = text.split(',').filter(|p| !p.is_empty());
    let key = |p: &str| {
        p.parse::<u32>()?
            .checked_sub(LOWEST)
            .ok_or_else(|| format!("the pitch {p} is too low").into())
    };
    pitches.map(key).collect()
}
