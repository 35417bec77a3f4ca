//! Captions of pictures in two languages (Multi30k, Elliott et al. 2016) as JSON lines of words.
//!
//! `cargo run --release --example translation -- FOLDER examples/data/captions.jsonl`
//!
//! FOLDER holds `train`, `val` and `test_2016_flickr`, each as `.lc.norm.tok.de.gz` and `.lc.norm.tok.en.gz`, a caption a line.

use rnn_runtime::data::files;
use serde_json::json;
use std::error::Error;
use std::path::Path;

/// What ends a caption: it sorts before every word, so it is the first class.
const END: &str = "\n";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = &arguments[..] else {
        return Err("usage: translation FOLDER OUT.jsonl".into());
    };
    let mut lines = String::new();
    for (part, name) in [("train", "train"), ("valid", "val"), ("test", "test_2016_flickr")] {
        let text = |language: &str| files::text(&Path::new(from).join(format!("{name}.lc.norm.tok.{language}.gz")));
        let (german, english) = (text("de")?, text("en")?);
        if german.lines().count() != english.lines().count() {
            return Err(format!("`{name}` has not as many lines in one language as in the other").into());
        }
        for (source, goal) in german.lines().zip(english.lines()) {
            let source: Vec<&str> = source.split_whitespace().collect();
            let goal: Vec<&str> = goal.split_whitespace().chain([END]).collect();
            lines += &format!("{}\n", json!({ "source": source, "goal": goal, "part": part }));
        }
    }
    if let Some(folder) = Path::new(to).parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(to, lines)?)
}
