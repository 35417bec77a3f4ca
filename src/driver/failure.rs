//! Why a command stopped.

use crate::diagnostics::Diagnostics;

/// What ends a command: something the user can mend, said in full.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// Wrong places in specifications.
    Diagnostics(Diagnostics),
    /// Anything else: a file, a folder, the toolchain.
    Message {
        text: String,
        notes: Vec<String>,
        helps: Vec<String>,
    },
    /// Already printed, by this program or by one that it ran.
    Reported,
}

impl Failure {
    pub fn message(text: impl Into<String>) -> Failure {
        Failure::Message {
            text: text.into(),
            notes: Vec::new(),
            helps: Vec::new(),
        }
    }

    pub fn note(mut self, note: impl Into<String>) -> Failure {
        if let Failure::Message { notes, .. } = &mut self {
            notes.push(note.into());
        }
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Failure {
        if let Failure::Message { helps, .. } = &mut self {
            helps.push(help.into());
        }
        self
    }

    /// A file that cannot be read or written, named with the system's reason.
    pub fn io(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Failure {
        Failure::message(format!("cannot {doing} `{}`: {}", path.display(), reason(error)))
    }
}

/// In words, without colours or places in texts.
impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Message { text, notes, helps } => {
                f.write_str(text)?;
                notes.iter().try_for_each(|note| write!(f, "\nnote: {note}"))?;
                helps.iter().try_for_each(|help| write!(f, "\nhelp: {help}"))
            }
            Failure::Diagnostics(d) => {
                let messages: Vec<&str> = d.list.iter().map(|d| d.message.as_str()).collect();
                f.write_str(&messages.join("\n"))
            }
            Failure::Reported => Ok(()),
        }
    }
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Failure {
        Failure::Diagnostics(diagnostics)
    }
}

#[cfg(feature = "typed")]
impl From<rnn_runtime::error::Error> for Failure {
    fn from(error: rnn_runtime::error::Error) -> Failure {
        Failure::message(error.to_string())
    }
}

/// The system's reason, in lower case and without its number.
pub fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        std::io::ErrorKind::IsADirectory => "it is a folder".into(),
        std::io::ErrorKind::InvalidData => "it is not UTF-8 text".into(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        }
    }
}
