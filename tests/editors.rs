//! What editors know of the language by themselves keeps up with the grammar.

use serde_json::Value;
use std::fs;

const GRAMMAR: &str = include_str!("../grammar/rnn.pest");

fn editors(path: &str) -> String {
    fs::read_to_string(format!("{}/editors/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Every word that the grammar gives a meaning.
fn keywords() -> Vec<String> {
    let words = GRAMMAR
        .lines()
        .filter(|l| l.contains("_word") && l.contains("!word_char }"));
    let quoted = words.flat_map(|l| l.split('"').skip(1).step_by(2));
    let mut all: Vec<String> = quoted.map(String::from).collect();
    let rule = GRAMMAR.split("keyword = @{").nth(1).unwrap().split('~').next().unwrap();
    all.extend(rule.split('"').skip(1).step_by(2).map(String::from));
    all.sort();
    all.dedup();
    assert!(all.len() >= 28, "{all:?}");
    all
}

#[test]
fn every_keyword_has_its_colour() {
    let grammar: Value = serde_json::from_str(&editors("vscode/syntaxes/rnn.tmLanguage.json")).unwrap();
    let groups = ["keywords", "types"].map(|g| grammar["repository"][g].to_string());
    let words: Vec<&str> = groups
        .iter()
        .flat_map(|g| g.split(|c: char| !c.is_alphanumeric()))
        .collect();
    let tree = editors("tree-sitter-rnn/grammar.js");
    let queries = editors("tree-sitter-rnn/queries/highlights.scm");
    for keyword in keywords() {
        assert!(words.contains(&keyword.as_str()), "TextMate: {keyword}");
        let quoted = format!("\"{keyword}\"");
        assert!(
            tree.contains(&quoted) && queries.contains(&quoted),
            "tree-sitter: {keyword}"
        );
    }
}

#[test]
fn what_the_extension_names_is_there() {
    let package: Value = serde_json::from_str(&editors("vscode/package.json")).unwrap();
    let contributes = &package["contributes"];
    let mut named = vec![
        package["main"].clone(),
        contributes["languages"][0]["configuration"].clone(),
    ];
    named.extend(
        contributes["grammars"]
            .as_array()
            .unwrap()
            .iter()
            .map(|g| g["path"].clone()),
    );
    for path in named {
        let text = editors(&format!("vscode/{}", path.as_str().unwrap()));
        if path.as_str().unwrap().ends_with(".json") {
            serde_json::from_str::<Value>(&text).unwrap();
        }
    }
    assert_eq!(package["version"], env!("CARGO_PKG_VERSION"));
    serde_json::from_str::<Value>(&editors("tree-sitter-rnn/tree-sitter.json")).unwrap();
}
