//! Text, a symbol for each character, cut into windows.

use super::{Dataset, Example, Part, Pass, Values, Vocabulary};
use crate::draw::{Stream, fnv1a};
use crate::error::Error;
use crate::model::ModelSpec;
use crate::regime;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Training windows start at an offset that is drawn anew each epoch; they are all of the full length, so up to two
/// windows' worth of characters is left out of an epoch. Validation windows follow each other and cover every character;
/// the last may be shorter. A text that is shorter than a window is one window.
pub struct Chars {
    vocabulary: Vocabulary,
    symbols: Vec<u32>,
    window: usize,
    /// Symbols before this one are for training.
    cut: usize,
    fingerprint: u64,
    layout: Layout,
}

/// Where the text goes in the model that it is bound to.
#[derive(Default)]
struct Layout {
    /// The axis that the text runs over.
    axis: usize,
    /// The lengths along the other axes.
    lengths: Vec<usize>,
}

impl Chars {
    /// # Errors
    /// See [`super::open`].
    pub fn open(settings: &regime::Chars, base: &Path, vocabulary: Option<&Vocabulary>) -> Result<Chars, Error> {
        let files = files(&settings.path, base)?;
        let texts: Vec<String> = files.iter().map(|f| read(f)).collect::<Result<_, _>>()?;
        let text = texts.join("\n");
        if text.is_empty() {
            let empty = if let [file] = &files[..] {
                file.display().to_string()
            } else {
                settings.path.clone()
            };
            return Err(Error::Data(format!(
                "`{empty}` is empty: there is no text to learn from"
            )));
        }
        let vocabulary = vocabulary.cloned().unwrap_or_else(|| Vocabulary::of(&text));
        let symbols = vocabulary.encode(&text).map_err(|at| unknown(&files, &texts, at))?;
        let len = symbols.len();
        // Neither part is lost to rounding.
        let cut = match (len as f64 * settings.split).round() as usize {
            0 if settings.split > 0.0 => 1,
            n if n == len && settings.split < 1.0 && len > 1 => len - 1,
            n => n,
        };
        Ok(Chars {
            vocabulary,
            symbols,
            window: settings.window,
            cut,
            fingerprint: fnv1a(text.as_bytes()),
            layout: Layout::default(),
        })
    }

    fn part(&self, part: Part) -> &[u32] {
        match part {
            Part::Train => &self.symbols[..self.cut],
            Part::Valid => &self.symbols[self.cut..],
            Part::Whole => &self.symbols,
        }
    }

    /// The symbols of a window, within its part.
    fn range(&self, pass: Pass, index: usize) -> Range<usize> {
        let len = self.part(pass.part).len();
        let window = self.window.min(len);
        let offset = match pass.part {
            Part::Train => {
                let spare = len - self.examples(Part::Train) * window;
                let offsets = spare.min(self.window - 1) as u64 + 1;
                Stream::new(pass.seed, "windows", pass.epoch).below(offsets) as usize
            }
            Part::Valid | Part::Whole => 0,
        };
        let start = offset + index * self.window;
        start..(start + self.window).min(len)
    }
}

impl Dataset for Chars {
    fn sizes(&self) -> Vec<(&'static str, usize)> {
        vec![("vocab", self.vocabulary.len())]
    }

    fn vocabulary(&self) -> Option<&Vocabulary> {
        Some(&self.vocabulary)
    }

    fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    fn bind(&mut self, spec: &ModelSpec) -> Result<(), Error> {
        let refuse = |why: String| {
            Err(Error::Data(format!(
                "`chars` does not fit the model `{}`: {why}",
                spec.name
            )))
        };
        let [slot] = &spec.data[..] else {
            let names: Vec<String> = spec.data.iter().map(|d| format!("`{}`", d.name)).collect();
            return refuse(format!(
                "it gives one text, and the model has {} data: {}",
                names.len(),
                names.join(", ")
            ));
        };
        let Some(classes) = slot.classes else {
            return refuse(format!("`{}` is not an index", slot.name));
        };
        if classes != self.vocabulary.len() {
            let symbols = self.vocabulary.len();
            return refuse(format!(
                "`{}` has {classes} classes, the text {symbols} symbols",
                slot.name
            ));
        }
        let [axis] = slot.axes[..] else {
            return refuse(format!("`{}` does not run over one sequence axis", slot.name));
        };
        let mut lengths = vec![1; spec.axes.len()];
        for (a, info) in spec.axes.iter().enumerate().skip(1) {
            lengths[a] = match info.steps {
                Some(_) if a == axis => {
                    return refuse(format!(
                        "`{}` runs over `{}`, whose length is fixed",
                        slot.name, info.name
                    ));
                }
                Some(steps) => steps,
                None if a == axis => 0,
                None => return refuse(format!("nothing gives the axis `{}` a length", info.name)),
            };
        }
        self.layout = Layout { axis, lengths };
        Ok(())
    }

    fn examples(&self, part: Part) -> usize {
        let len = self.part(part).len();
        match part {
            Part::Train if len == 0 => 0,
            // However the offset falls, so many full windows fit.
            Part::Train => ((len + 1).saturating_sub(self.window) / self.window).max(1),
            Part::Valid | Part::Whole => len.div_ceil(self.window),
        }
    }

    fn example(&self, pass: Pass, index: usize) -> Example {
        let symbols = self.part(pass.part)[self.range(pass, index)].to_vec();
        let mut lengths = self.layout.lengths.clone();
        lengths[self.layout.axis] = symbols.len();
        Example {
            lengths,
            columns: vec![Values::Index(symbols)],
        }
    }
}

/// The files that a path names, in order.
fn files(path: &str, base: &Path) -> Result<Vec<PathBuf>, Error> {
    let full = base.join(path);
    if full.is_dir() {
        let entries = std::fs::read_dir(&full).map_err(Error::read(&full))?;
        let paths = entries
            .map(|e| e.map(|e| e.path()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(Error::read(&full))?;
        let hidden = |p: &PathBuf| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        return some(paths.into_iter().filter(|p| !hidden(p)), || {
            format!("the folder `{path}` holds no files")
        });
    }
    if full.exists() || !path.contains(['*', '?', '[']) {
        return Ok(vec![full]);
    }
    // What stands before the pattern is meant as it is written.
    let pattern = if Path::new(path).is_absolute() {
        path.to_owned()
    } else {
        format!("{}/{path}", glob::Pattern::escape(&base.to_string_lossy()))
    };
    let pattern = if base.as_os_str().is_empty() {
        path.to_owned()
    } else {
        pattern
    };
    let matches = glob::glob(&pattern).map_err(|e| Error::Data(format!("`{path}` is not a pattern: {e}")))?;
    some(matches.filter_map(Result::ok), || format!("no file matches `{path}`"))
}

fn some(paths: impl Iterator<Item = PathBuf>, why: impl Fn() -> String) -> Result<Vec<PathBuf>, Error> {
    let mut files: Vec<PathBuf> = paths.filter(|p| p.is_file()).collect();
    files.sort();
    if files.is_empty() {
        Err(Error::Data(why()))
    } else {
        Ok(files)
    }
}

fn read(path: &Path) -> Result<String, Error> {
    let bytes = std::fs::read(path).map_err(Error::read(path))?;
    let text = String::from_utf8(bytes).map_err(|e| Error::NotText {
        path: path.to_owned(),
        offset: e.utf8_error().valid_up_to(),
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The error for the character at place `at` of the joined texts.
fn unknown(files: &[PathBuf], texts: &[String], mut at: usize) -> Error {
    for (file, text) in files.iter().zip(texts) {
        let len = text.chars().count();
        if at > len {
            at -= len + 1;
            continue;
        }
        let before: String = text.chars().take(at).collect();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        let c = text.chars().nth(at).unwrap_or('\n');
        let place = file.display();
        return Error::Data(format!(
            "{place}:{line}:{column}: the character {c:?} is not in the vocabulary of the weights"
        ));
    }
    panic!("internal error: a character outside of the text");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AxisSpec, DataSpec};

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (file, text) in files {
            std::fs::write(dir.path().join(file), text).unwrap();
        }
        dir
    }

    fn settings(path: &str, window: usize, split: f64) -> regime::Chars {
        regime::Chars {
            path: path.into(),
            window,
            split,
        }
    }

    fn spec(classes: usize) -> ModelSpec {
        ModelSpec {
            axes: vec![
                AxisSpec {
                    name: "batch".into(),
                    steps: None,
                },
                AxisSpec {
                    name: "t".into(),
                    steps: None,
                },
            ],
            data: vec![DataSpec {
                name: "text".into(),
                target: true,
                classes: Some(classes),
                shape: vec![],
                axes: vec![1],
            }],
            ..ModelSpec::default()
        }
    }

    fn windows(data: &Chars, pass: Pass) -> Vec<String> {
        let text = |i| match &data.example(pass, i).columns[0] {
            Values::Index(x) => data.vocabulary.decode(x),
            Values::Real(_) => panic!("not an index"),
        };
        (0..data.examples(pass.part)).map(text).collect()
    }

    fn pass(part: Part, epoch: u64) -> Pass {
        Pass { part, seed: 1, epoch }
    }

    #[test]
    fn windows_cover_what_they_should() {
        let dir = folder(&[("a.txt", b"abcdefghijklmnopqrstuvwxyz")]);
        let mut data = Chars::open(&settings("a.txt", 4, 0.6), dir.path(), None).unwrap();
        data.bind(&spec(26)).unwrap();
        assert_eq!(data.sizes(), [("vocab", 26)]);
        assert_eq!(windows(&data, pass(Part::Valid, 0)), ["qrst", "uvwx", "yz"]);
        assert_eq!(
            windows(&data, pass(Part::Whole, 0)).concat(),
            "abcdefghijklmnopqrstuvwxyz"
        );
        let mut starts = std::collections::BTreeSet::new();
        for epoch in 0..50 {
            let train = windows(&data, pass(Part::Train, epoch));
            assert_eq!(train.len(), 3);
            assert!("abcdefghijklmnop".contains(&train.concat()) && train.iter().all(|w| w.len() == 4));
            starts.insert(train[0].clone());
        }
        assert_eq!(starts.len(), 4);
    }

    #[test]
    fn short_texts() {
        let dir = folder(&[("a", b"abc"), ("one", b"a"), ("empty", b"")]);
        let mut data = Chars::open(&settings("a", 100, 0.5), dir.path(), None).unwrap();
        data.bind(&spec(3)).unwrap();
        assert_eq!(windows(&data, pass(Part::Train, 0)), ["ab"]);
        assert_eq!(windows(&data, pass(Part::Valid, 0)), ["c"]);
        let one = Chars::open(&settings("one", 100, 0.9), dir.path(), None).unwrap();
        assert_eq!((one.examples(Part::Train), one.examples(Part::Valid)), (1, 0));
        let message = Chars::open(&settings("empty", 8, 0.9), dir.path(), None)
            .err()
            .unwrap()
            .to_string();
        assert!(message.contains("is empty"), "{message}");
    }

    #[test]
    fn files_folders_and_patterns() {
        let dir = folder(&[
            ("b.txt", b"two"),
            ("a.txt", "\u{feff}one".as_bytes()),
            (".hidden", b"#"),
        ]);
        let text = |path: &str| {
            let mut data = Chars::open(&settings(path, 100, 1.0), dir.path(), None).unwrap();
            data.bind(&spec(data.vocabulary.len())).unwrap();
            windows(&data, pass(Part::Whole, 0)).concat()
        };
        assert_eq!(
            (text("."), text("*.txt"), text("b.txt")),
            ("one\ntwo".into(), "one\ntwo".into(), "two".into())
        );
        let message = |path: &str| {
            Chars::open(&settings(path, 8, 0.9), dir.path(), None)
                .err()
                .unwrap()
                .to_string()
        };
        assert!(message("c.txt").contains("c.txt"));
        assert!(message("*.md").contains("no file matches `*.md`"));
    }

    #[test]
    fn bad_text_is_named() {
        let dir = folder(&[("a", b"ab\xff"), ("b", "one\ntwö".as_bytes()), ("a0", b"n\n")]);
        let message = Chars::open(&settings("a", 8, 0.9), dir.path(), None)
            .err()
            .unwrap()
            .to_string();
        assert!(message.contains("offset 2"), "{message}");
        let known = Vocabulary::of("onetw\n");
        let message = Chars::open(&settings("b", 8, 0.9), dir.path(), Some(&known))
            .err()
            .unwrap()
            .to_string();
        assert!(message.contains(":2:3: the character 'ö'"), "{message}");
    }

    #[test]
    fn a_model_that_asks_for_something_else_is_refused() {
        let dir = folder(&[("a", b"abc")]);
        let mut data = Chars::open(&settings("a", 8, 0.9), dir.path(), None).unwrap();
        let message = data.bind(&spec(4)).unwrap_err().to_string();
        assert!(message.contains("4 classes, the text 3 symbols"), "{message}");
        let mut two = spec(3);
        two.data.push(two.data[0].clone());
        assert!(data.bind(&two).is_err());
    }
}
