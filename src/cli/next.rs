//! What to do next, as commands that can be pasted.

use super::args::Spec;
use std::path::Path;

/// The commands that a run in a folder is for: whether its model writes, and can become a crate.
pub fn steps(spec: &Spec, model: &str, run: &Path, weights: &Path, writes: bool, ships: bool) -> String {
    let subject = match &spec.model {
        Some(model) => format!("{} {model}", quoted(&spec.file)),
        None => quoted(&spec.file),
    };
    let weights = quoted(weights);
    let report = format!("\n    rnnc report {}", quoted(run));
    let build = format!("\n    rnnc build {subject} --weights {weights} --out {model}-rs");
    match (writes, ships) {
        (true, true) => format!("\nnext\n    rnnc generate {subject} --weights {weights}{report}{build}"),
        (true, false) => format!("\nnext\n    rnnc generate {subject} --weights {weights}{report}"),
        (false, _) => format!("\nnext\n    rnnc eval {subject} --weights {weights}{report}"),
    }
}

/// A path as a shell reads it.
pub fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:,@\\".contains(c);
    match text.chars().all(plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_can_be_pasted() {
        assert_eq!(quoted(Path::new("runs/a-2/w.safetensors")), "runs/a-2/w.safetensors");
        assert_eq!(quoted(Path::new("my nets/it's.rnn")), r"'my nets/it'\''s.rnn'");
    }
}
