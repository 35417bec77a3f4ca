//! The sentences of the shared task of CoNLL 2000 as JSON lines: each word in lower case with its digits as 0, its last three
//! letters, its part of speech, and its chunk tag as a class: 0 outside, then B-ADJP, B-ADVP and so on, then I-ADJP, I-ADVP
//! and so on, the kinds in alphabetical order.
//!
//! `cargo run --release --example chunking -- FOLDER OUT`
//!
//! FOLDER holds train.txt.gz and test.txt.gz: word, part of speech and chunk tag a line, an empty line between sentences.

use rnn_runtime::data::files;
use serde_json::json;
use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = &arguments[..] else {
        return Err("usage: chunking FOLDER OUT".into());
    };
    let (from, to) = (Path::new(from), Path::new(to));
    let parts = ["train", "test"];
    let texts: Vec<String> = parts
        .map(|part| files::text(&from.join(format!("{part}.txt.gz"))))
        .into_iter()
        .collect::<Result<_, _>>()?;
    let tags = texts.iter().flat_map(|t| t.lines()).filter_map(|l| l.split(' ').nth(2));
    let kinds: BTreeSet<&str> = tags.filter_map(|tag| tag.get(2..)).collect();
    let kinds: Vec<&str> = kinds.into_iter().collect();
    std::fs::create_dir_all(to)?;
    for (part, text) in parts.iter().zip(&texts) {
        let sentences = text.split("\n\n").map(str::trim).filter(|s| !s.is_empty());
        let lines: Vec<String> = sentences.map(|s| sentence(s, &kinds)).collect::<Result<_, _>>()?;
        std::fs::write(to.join(format!("chunks.{part}.jsonl")), lines.join("\n") + "\n")?;
    }
    Ok(())
}

fn sentence(text: &str, kinds: &[&str]) -> Result<String, String> {
    let (mut words, mut suffixes, mut pos, mut chunks) = (vec![], vec![], vec![], vec![]);
    for line in text.lines() {
        let cells: Vec<&str> = line.split(' ').collect();
        let &[word, part_of_speech, tag] = &cells[..] else {
            return Err(format!("three columns were expected: {line}"));
        };
        let letters: Vec<char> = word.to_lowercase().chars().map(digitless).collect();
        words.push(letters.iter().collect::<String>());
        suffixes.push(letters[letters.len().saturating_sub(3)..].iter().collect::<String>());
        pos.push(part_of_speech);
        chunks.push(class(tag, kinds).ok_or_else(|| format!("neither O, B-KIND nor I-KIND: {line}"))?);
    }
    Ok(json!({ "word": words, "suffix": suffixes, "pos": pos, "chunk": chunks }).to_string())
}

fn digitless(c: char) -> char {
    if c.is_ascii_digit() { '0' } else { c }
}

fn class(tag: &str, kinds: &[&str]) -> Option<usize> {
    if tag == "O" {
        return Some(0);
    }
    let (sign, kind) = tag.split_once('-')?;
    let kind = kinds.iter().position(|k| *k == kind)?;
    match sign {
        "B" => Some(1 + kind),
        "I" => Some(1 + kinds.len() + kind),
        _ => None,
    }
}
