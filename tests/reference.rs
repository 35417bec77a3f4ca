//! Every example of the language's reference and of the README compiles, and those marked to fail do so with their code.

mod common;

/// The fenced blocks of a Markdown text: what follows the fence, and the block.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in text.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(mark)) => open = Some((mark.trim().to_string(), String::new())),
            (Some(_), Some(_)) => out.extend(open.take()),
            (Some((_, body)), None) => {
                body.push_str(line);
                body.push('\n');
            }
            (None, None) => {}
        }
    }
    out
}

#[test]
fn every_example_of_the_reference_is_as_it_says() {
    let mut count = 0;
    let texts = [include_str!("../docs/language.md"), include_str!("../README.md")];
    for (mark, text) in texts.into_iter().flat_map(blocks) {
        let words: Vec<&str> = mark.split_whitespace().collect();
        let (system, found, sources) = common::elaborate(
            &text,
            &[("vocab", 65.0), ("words", 97.0), ("source_words", 89.0), ("tags", 9.0)],
        );
        let messages = rnnc::diagnostics::render(&found, &sources, false);
        match words[..] {
            ["rnn"] => assert!(system.is_some() && found.is_empty(), "{text}\n{messages}"),
            ["rnn", "fail", code] => assert!(messages.contains(code), "{code} expected of\n{text}\n{messages}"),
            _ => continue,
        }
        count += 1;
    }
    assert!(count >= 15, "only {count} examples were found");
}
