//! Names by nationality as one table: a file a language, a name a line.
//!
//! `cargo run --release --example names -- FOLDER examples/data/names.csv`

use rnn_runtime::data::files;
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = &arguments[..] else {
        return Err("usage: names FOLDER OUT.csv".into());
    };
    let mut rows = String::from("name,language\n");
    for file in files::files(from, Path::new(""))? {
        let language = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for name in files::text(&file)?.lines().map(str::trim).filter(|n| !n.is_empty()) {
            rows += &format!("\"{}\",{language}\n", name.replace('"', "\"\""));
        }
    }
    if let Some(folder) = Path::new(to).parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(to, rows)?)
}
