//! Sentences of film reviews (Pang & Lee 2005) as JSON lines, cut for cross-validation: each tenth line is tested on, the line
//! after it is for validation.
//!
//! `cargo run --release --example sentiment -- FOLDER FOLD examples/data/reviews.jsonl`
//!
//! FOLDER holds `rt-polarity.pos.gz` and `rt-polarity.neg.gz`, a sentence a line; FOLD is from 0 to 9.

use rnn_runtime::data::files;
use serde_json::json;
use std::error::Error;
use std::path::Path;

const FOLDS: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, fold, to] = &arguments[..] else {
        return Err("usage: sentiment FOLDER FOLD OUT.jsonl".into());
    };
    let fold = fold
        .parse::<usize>()
        .ok()
        .filter(|f| *f < FOLDS)
        .ok_or("FOLD is 0 to 9")?;
    let mut lines = String::new();
    for opinion in ["neg", "pos"] {
        let text = files::text(&Path::new(from).join(format!("rt-polarity.{opinion}.gz")))?;
        for (k, sentence) in text.lines().enumerate() {
            let part = match (k + FOLDS - fold) % FOLDS {
                0 => "test",
                1 => "valid",
                _ => "train",
            };
            let object = json!({ "sentence": sentence.trim(), "opinion": opinion, "part": part });
            lines += &format!("{object}\n");
        }
    }
    if let Some(folder) = Path::new(to).parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(to, lines)?)
}
