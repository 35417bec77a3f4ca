//! What the program says, and how: results to the standard output, everything else to the standard error.

use super::args::{Look, When};
use crate::diagnostics::{self, Diagnostic, Diagnostics, Severity, codes};
use crate::driver::Failure;
use crate::source::Sources;
use anstream::ColorChoice;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::io::{self, Write};

pub struct Shell {
    pub quiet: bool,
    pub json: bool,
    color: bool,
    when: When,
    /// The texts that diagnostics point into.
    pub sources: Sources,
    /// What has been reported: models of one file share what is wrong with it.
    said: RefCell<Diagnostics>,
}

impl Shell {
    pub fn new(look: &Look) -> Shell {
        let color = match look.color {
            When::Always => true,
            When::Never => false,
            When::Auto => !matches!(anstream::AutoStream::choice(&io::stderr()), ColorChoice::Never),
        };
        Shell {
            quiet: look.quiet || look.json,
            json: look.json,
            color,
            when: look.color,
            sources: Sources::default(),
            said: Default::default(),
        }
    }

    /// Whether the terminal shows colours.
    pub fn color(&self) -> bool {
        self.color
    }

    /// Whether results for people may be coloured.
    pub fn colours_results(&self) -> bool {
        match self.when {
            When::Always => true,
            When::Never => false,
            When::Auto => !matches!(anstream::AutoStream::choice(&io::stdout()), ColorChoice::Never),
        }
    }

    /// A result, as it is.
    pub fn print(&self, text: &str) {
        emit(io::stdout().lock(), text);
    }

    /// A result for programs: one JSON document on one line.
    pub fn document(&self, document: &Value) {
        emit(io::stdout().lock(), &format!("{document}\n"));
    }

    /// Something that is nice to know.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            emit(io::stderr().lock(), &format!("{text}\n"));
        }
    }

    /// Prints diagnostics; errors among them are a failure.
    pub fn report(&self, diagnostics: &Diagnostics) -> Result<(), Failure> {
        let mut new = diagnostics.clone();
        new.list.retain(|d| !self.said.borrow().list.contains(d));
        self.said.borrow_mut().extend(new.clone());
        if self.json {
            for d in &new.list {
                self.document(&document(d, &self.sources));
            }
        } else if !new.is_empty() {
            emit(
                io::stderr().lock(),
                &diagnostics::render(&new, &self.sources, self.color),
            );
        }
        match diagnostics.has_errors() {
            true => Err(Failure::Reported),
            false => Ok(()),
        }
    }

    /// Prints why a command stopped.
    pub fn fail(&self, failure: &Failure) {
        match failure {
            Failure::Diagnostics(d) => {
                let _ = self.report(d);
            }
            Failure::Message { text, notes, helps } if self.json => {
                self.document(&json!({
                    "kind": "error", "severity": "error", "message": text, "notes": notes, "helps": helps,
                }));
            }
            Failure::Message { text, notes, helps } => {
                let (red, bold, reset) = match self.color {
                    true => ("\x1b[1;31m", "\x1b[1m", "\x1b[0m"),
                    false => ("", "", ""),
                };
                let mut out = format!("{red}error{reset}{bold}: {text}{reset}\n");
                for (kind, lines) in [("note", notes), ("help", helps)] {
                    for line in lines {
                        out.push_str(&format!("  = {bold}{kind}{reset}: {}\n", line.replace('\n', "\n    ")));
                    }
                }
                emit(io::stderr().lock(), &out);
            }
            Failure::Reported => {}
        }
    }
}

/// Writes what can be written: a reader that has gone away is no error.
fn emit(mut to: impl Write, text: &str) {
    let _ = to.write_all(text.as_bytes()).and_then(|()| to.flush());
}

/// A diagnostic as data. Lines and columns count from 1, columns in characters; `start` and `end` are bytes.
fn document(d: &Diagnostic, sources: &Sources) -> Value {
    let place = |span: crate::source::Span| {
        let (line, column) = sources.position(span);
        json!({
            "file": sources.file(span.file).name, "line": line, "column": column, "start": span.start, "end": span.end,
        })
    };
    let labels: Vec<Value> = d
        .labels
        .iter()
        .map(|l| json!({ "at": place(l.span), "text": l.text }))
        .collect();
    let helps: Vec<Value> = d
        .helps
        .iter()
        .map(|h| {
            let patch = h
                .patch
                .as_ref()
                .map(|(span, text)| json!({ "at": place(*span), "replacement": text }));
            json!({ "text": h.text, "patch": patch })
        })
        .collect();
    json!({
        "kind": "diagnostic",
        "severity": match d.severity { Severity::Warning => "warning", Severity::Error => "error" },
        "code": d.code.0,
        "title": codes::find(d.code.0).map(|(_, title)| title),
        "message": d.message,
        "labels": labels,
        "notes": d.notes,
        "helps": helps,
    })
}
