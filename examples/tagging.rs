//! Sentences with a tag a word, as JSON lines: each word in lower case with its digits as 0, its last three letters, and
//! how it was written.
//!
//! `cargo run --release --example tagging -- FILE WORD TAG OUT.jsonl`
//!
//! FILE has a word a line and an empty line between sentences; WORD and TAG are the numbers of columns, from 1 on, which
//! white space separates. `train.txt.gz 1 2` is right for CoNLL 2000, `train.tsv.gz 2 3` for Universal Dependencies.

use rnn_runtime::data::files;
use serde_json::json;
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, word, tag, to] = &arguments[..] else {
        return Err("usage: tagging FILE WORD TAG OUT.jsonl".into());
    };
    let (word, tag): (usize, usize) = (word.parse()?, tag.parse()?);
    let text = files::text(Path::new(from))?;
    let mut lines = String::new();
    for sentence in text.split("\n\n").map(str::trim).filter(|s| !s.is_empty()) {
        let column = |number: usize| {
            let cell = move |line: &'_ str| line.split_whitespace().nth(number.max(1) - 1).map(str::to_owned);
            let cells = sentence
                .lines()
                .map(|l| cell(l).ok_or_else(|| format!("{from}: no column {number}: {l}")));
            cells.collect::<Result<Vec<String>, _>>()
        };
        let (words, tags) = (column(word)?, column(tag)?);
        let plain: Vec<String> = words.iter().map(|w| plain(w)).collect();
        let suffixes: Vec<String> = plain.iter().map(|w| suffix(w)).collect();
        let shapes: Vec<&str> = words.iter().map(|w| shape(w)).collect();
        lines += &format!(
            "{}\n",
            json!({ "word": plain, "suffix": suffixes, "shape": shapes, "tag": tags })
        );
    }
    if let Some(folder) = Path::new(to).parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(to, lines)?)
}

fn plain(word: &str) -> String {
    let digit = |c: char| if c.is_ascii_digit() { '0' } else { c };
    word.to_lowercase().chars().map(digit).collect()
}

fn suffix(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    letters[letters.len().saturating_sub(3)..].iter().collect()
}

fn shape(word: &str) -> &'static str {
    let upper = |c: char| c.is_uppercase();
    match word {
        w if w.contains(|c: char| c.is_ascii_digit()) => "digits",
        w if w.contains(upper) && !w.contains(char::is_lowercase) => "capitals",
        w if w.starts_with(upper) => "capital",
        w if w.contains('-') => "hyphen",
        _ => "plain",
    }
}
