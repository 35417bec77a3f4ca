//! The manual page of every code: there is one, its failing example fails with that code, and mending it helps.

mod common;

use rnnc::diagnostics::{self, Diagnostics, codes};
use rnnc::driver::load;
use rnnc::lint;
use std::path::Path;

fn block<'p>(page: &'p str, fence: &str) -> Option<&'p str> {
    let start = page.find(&format!("\n```{fence}\n"))? + fence.len() + 5;
    page[start..].find("```").map(|end| &page[start..start + end])
}

/// What `rnnc lint` says besides.
fn lints(text: &str) -> String {
    let loaded = load::load_text("spec.rnn", text, Path::new(""));
    let mut found = Diagnostics::default();
    lint::lint(
        &loaded.sources,
        loaded.unit(),
        &lint::names::names(loaded.unit()),
        &mut found,
    );
    diagnostics::render(&found, &loaded.sources, false)
}

#[test]
fn every_code_has_a_page_whose_examples_hold() {
    for (code, title) in codes::ALL {
        let path = format!("{}/docs/errors/{code}.md", env!("CARGO_MANIFEST_DIR"));
        let page = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{code} has no page"));
        assert!(page.starts_with(&format!("# {code}: {title}\n")), "the title of {code}");
        let sizes = [("vocab", 65.0)];
        if let Some(text) = block(&page, "rnn fail") {
            let messages = common::messages(text, &sizes) + &lints(text);
            assert!(
                messages.contains(&format!("[{code}]")),
                "{code} expected of\n{text}\n{messages}"
            );
        }
        if let Some(text) = block(&page, "rnn") {
            let (system, found, sources) = common::elaborate(text, &sizes);
            let messages = rnnc::diagnostics::render(&found, &sources, false);
            assert!(
                system.is_some() && found.is_empty(),
                "the mended example of {code}:\n{text}\n{messages}"
            );
            assert_eq!(lints(text), "", "the mended example of {code}");
        }
    }
}
