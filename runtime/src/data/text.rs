//! Text as one long sequence of symbols, cut into windows.

use super::{Dataset, Declared, Encoding, Example, Part, Pass, Tokens, Values, Vocabulary, files};
use crate::draw::{Stream, fnv1a};
use crate::error::Error;
use crate::model::ModelSpec;
use crate::regime;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The symbol of a line's end among words.
const LINE_END: &str = "<eos>";
/// The symbol of words that are too rare to have one.
const UNKNOWN: &str = "<unk>";

/// Training windows start at an offset that is drawn anew each epoch; they are all of the full length, so up to two
/// windows' worth of symbols is left out of an epoch. Windows of the other parts follow each other and cover every
/// symbol; the last may be shorter. A text that is shorter than a window is one window.
pub struct Text {
    /// Its one vocabulary is under the name of the model's one target.
    encoding: Encoding,
    /// The size of the model that is the number of symbols.
    size: String,
    /// Of the three parts in their order.
    symbols: Vec<u32>,
    window: usize,
    /// Where the training part and the validation part end.
    cuts: [usize; 2],
    fingerprint: u64,
    layout: Layout,
}

/// Where the text goes in the model that it is bound to.
#[derive(Default)]
struct Layout {
    /// The axis that the text runs over, and second names of it.
    axes: Vec<usize>,
    /// The lengths along the other axes.
    lengths: Vec<usize>,
}

/// One file's text. Bytes that are no text are read as Latin-1, so that every byte is a character.
struct Source {
    path: PathBuf,
    text: String,
}

impl Text {
    /// # Errors
    /// See [`super::open`].
    pub fn open(
        settings: &regime::Text,
        tokens: Tokens,
        base: &Path,
        declared: &[Declared],
        encoding: Option<&Encoding>,
    ) -> Result<Text, Error> {
        let train = read(&settings.path, base, tokens)?;
        let other = |path: &Option<String>| path.as_ref().map_or(Ok(Vec::new()), |p| read(p, base, tokens));
        let (valid, test) = (other(&settings.valid)?, other(&settings.test)?);
        if train.iter().all(|s| s.text.is_empty()) {
            let empty = match &train[..] {
                [file] => file.path.display().to_string(),
                _ => settings.path.clone(),
            };
            return Err(Error::Data(format!(
                "`{empty}` is empty: there is no text to learn from"
            )));
        }
        let name = declared.first().map_or("text", |d| d.name.as_str());
        let vocabulary = match encoding.and_then(Encoding::text) {
            Some(saved) if saved.tokens == tokens => saved.clone(),
            Some(_) => return Err(Error::Data("the weights are of a model of another kind of text".into())),
            None => vocabulary(settings, tokens, [&train, &valid, &test]),
        };
        let mut symbols = encode(&vocabulary, &train)?;
        let len = symbols.len();
        let default = if valid.is_empty() { 0.9 } else { 1.0 };
        let split = settings.split.unwrap_or(default);
        // Neither part is lost to rounding.
        let cut = match (len as f64 * split).round() as usize {
            0 if split > 0.0 => 1,
            n if n == len && split < 1.0 && len > 1 => len - 1,
            n => n,
        };
        symbols.extend(encode(&vocabulary, &valid)?);
        let cuts = [cut, symbols.len()];
        symbols.extend(encode(&vocabulary, &test)?);
        let all = [&train, &valid, &test];
        let texts: Vec<&str> = all.iter().flat_map(|p| p.iter().map(|s| s.text.as_str())).collect();
        Ok(Text {
            encoding: Encoding::of_text(name, vocabulary),
            size: declared
                .first()
                .and_then(Declared::classes)
                .unwrap_or("vocab")
                .to_owned(),
            symbols,
            window: settings.window,
            cuts,
            fingerprint: fnv1a(texts.join("\n").as_bytes()),
            layout: Layout::default(),
        })
    }

    fn vocabulary(&self) -> &Vocabulary {
        self.encoding.text().expect("internal error: a text has a vocabulary")
    }

    fn part(&self, part: Part) -> &[u32] {
        match part {
            Part::Train => &self.symbols[..self.cuts[0]],
            Part::Valid => &self.symbols[self.cuts[0]..self.cuts[1]],
            Part::Test => &self.symbols[self.cuts[1]..],
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
            Part::Valid | Part::Test | Part::Whole => 0,
        };
        let start = offset + index * self.window;
        start..(start + self.window).min(len)
    }
}

impl Dataset for Text {
    fn sizes(&self) -> Vec<(String, usize)> {
        vec![(self.size.clone(), self.vocabulary().len())]
    }

    fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    fn bind(&mut self, spec: &ModelSpec) -> Result<(), Error> {
        let refuse = |why: String| {
            Err(Error::Data(format!(
                "a text does not fit the model `{}`: {why}",
                spec.name
            )))
        };
        let [slot] = &spec.data[..] else {
            let names: Vec<String> = spec.data.iter().map(|d| format!("`{}`", d.name)).collect();
            return refuse(format!(
                "it is one sequence, and the model has {} data: {}",
                names.len(),
                names.join(", ")
            ));
        };
        let Some(classes) = slot.classes else {
            return refuse(format!("`{}` is not an index", slot.name));
        };
        if classes != self.vocabulary().len() {
            let symbols = self.vocabulary().len();
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
                None if spec.steps_of(a) == spec.steps_of(axis) => 0,
                None => return refuse(format!("nothing gives the axis `{}` a length", info.name)),
            };
        }
        let alike = |a: &usize| spec.steps_of(*a) == spec.steps_of(axis);
        let axes = (1..spec.axes.len()).filter(alike).collect();
        self.layout = Layout { axes, lengths };
        Ok(())
    }

    fn examples(&self, part: Part) -> usize {
        let len = self.part(part).len();
        match part {
            Part::Train if len == 0 => 0,
            // However the offset falls, so many full windows fit.
            Part::Train => ((len + 1).saturating_sub(self.window) / self.window).max(1),
            Part::Valid | Part::Test | Part::Whole => len.div_ceil(self.window),
        }
    }

    fn example(&self, pass: Pass, index: usize) -> Example {
        let symbols = self.part(pass.part)[self.range(pass, index)].to_vec();
        let mut lengths = self.layout.lengths.clone();
        self.layout.axes.iter().for_each(|a| lengths[*a] = symbols.len());
        Example {
            lengths,
            columns: vec![Values::Index(symbols)],
        }
    }
}

fn read(path: &str, base: &Path, tokens: Tokens) -> Result<Vec<Source>, Error> {
    let read = |path: PathBuf| {
        let text = match tokens {
            Tokens::Bytes => files::bytes(&path)?.into_iter().map(char::from).collect(),
            Tokens::Characters | Tokens::Words | Tokens::Values => files::text(&path)?,
        };
        Ok(Source { path, text })
    };
    files::files(path, base)?.into_iter().map(read).collect()
}

/// Of characters, all that occur anywhere; of words, those of the training text that are frequent enough, and what is
/// put in the place of the others.
fn vocabulary(settings: &regime::Text, tokens: Tokens, parts: [&Vec<Source>; 3]) -> Vocabulary {
    match tokens {
        Tokens::Bytes => return Vocabulary::bytes(),
        Tokens::Characters => {
            let texts = parts.iter().flat_map(|p| p.iter().map(|s| s.text.as_str()));
            // Several files are set apart by a line's end.
            return Vocabulary::of(&texts.collect::<Vec<_>>().join("\n"));
        }
        Tokens::Words | Tokens::Values => {}
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for text in parts[0].iter().map(|s| s.text.as_str()) {
        text.split_whitespace().for_each(|w| *counts.entry(w).or_default() += 1);
        if text.contains('\n') {
            *counts.entry(LINE_END).or_default() += settings.min_count;
        }
    }
    let rare = counts.values().any(|&n| n < settings.min_count);
    if rare {
        *counts.entry(UNKNOWN).or_default() += settings.min_count;
    }
    let kept = counts.iter().filter(|(_, n)| **n >= settings.min_count);
    let mut vocabulary = Vocabulary::new(Tokens::Words, kept.map(|(w, _)| (*w).to_owned()).collect());
    vocabulary.line_end = vocabulary.index(LINE_END);
    vocabulary.unknown = vocabulary.index(UNKNOWN);
    vocabulary
}

/// Several texts are one after the other; characters are set apart by a line's end.
fn encode(vocabulary: &Vocabulary, texts: &[Source]) -> Result<Vec<u32>, Error> {
    let mut symbols = Vec::new();
    for (i, Source { path, text }) in texts.iter().enumerate() {
        if vocabulary.tokens == Tokens::Bytes {
            symbols.extend(text.chars().map(u32::from));
            continue;
        }
        let between = if i + 1 < texts.len() && vocabulary.tokens == Tokens::Characters {
            "\n"
        } else {
            ""
        };
        let encoded = vocabulary.encode(&format!("{text}{between}"));
        symbols.extend(encoded.map_err(|(_, symbol)| unknown(vocabulary.tokens, path, text, &symbol))?);
    }
    Ok(symbols)
}

/// The error for a symbol where it first occurs.
fn unknown(tokens: Tokens, path: &Path, text: &str, symbol: &str) -> Error {
    let found = match tokens {
        Tokens::Characters | Tokens::Bytes => text.find(symbol),
        Tokens::Words | Tokens::Values => text
            .split_whitespace()
            .find(|w| *w == symbol)
            .map(|w| w.as_ptr() as usize - text.as_ptr() as usize),
    };
    let before = &text[..found.unwrap_or(0)];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
    let (what, help) = match tokens {
        Tokens::Characters | Tokens::Bytes => ("character", ""),
        Tokens::Words | Tokens::Values => (
            "word",
            "; `min_count: 2` in training makes a symbol for words that are rare or unknown",
        ),
    };
    Error::Data(format!(
        "{}:{line}:{column}: the {what} {symbol:?} is not in the vocabulary{help}",
        path.display()
    ))
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

    fn settings(path: &str, window: usize, split: f64) -> regime::Text {
        regime::Text {
            window,
            split: Some(split),
            ..regime::Text::new(path)
        }
    }

    fn open(settings: &regime::Text, dir: &Path, saved: Option<&Vocabulary>) -> Result<Text, Error> {
        let encoding = saved.map(|v| Encoding::of_text("text", v.clone()));
        Text::open(
            settings,
            Tokens::Characters,
            dir,
            &Declared::of(&spec(1)),
            encoding.as_ref(),
        )
    }

    fn spec(classes: usize) -> ModelSpec {
        ModelSpec {
            axes: vec![
                AxisSpec {
                    name: "batch".into(),
                    steps: None,
                    like: None,
                },
                AxisSpec {
                    name: "t".into(),
                    steps: None,
                    like: None,
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

    fn windows(data: &Text, pass: Pass) -> Vec<String> {
        let text = |i| match &data.example(pass, i).columns[0] {
            Values::Index(x) => data.vocabulary().decode(x),
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
        let mut data = open(&settings("a.txt", 4, 0.6), dir.path(), None).unwrap();
        data.bind(&spec(26)).unwrap();
        assert_eq!(data.sizes(), [("vocab".to_owned(), 26)]);
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
        let mut data = open(&settings("a", 100, 0.5), dir.path(), None).unwrap();
        data.bind(&spec(3)).unwrap();
        assert_eq!(windows(&data, pass(Part::Train, 0)), ["ab"]);
        assert_eq!(windows(&data, pass(Part::Valid, 0)), ["c"]);
        let one = open(&settings("one", 100, 0.9), dir.path(), None).unwrap();
        assert_eq!((one.examples(Part::Train), one.examples(Part::Valid)), (1, 0));
        let message = open(&settings("empty", 8, 0.9), dir.path(), None)
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
            let mut data = open(&settings(path, 100, 1.0), dir.path(), None).unwrap();
            data.bind(&spec(data.vocabulary().len())).unwrap();
            windows(&data, pass(Part::Whole, 0)).concat()
        };
        assert_eq!(
            (text("."), text("*.txt"), text("b.txt")),
            ("one\ntwo".into(), "one\ntwo".into(), "two".into())
        );
        let message = |path: &str| {
            open(&settings(path, 8, 0.9), dir.path(), None)
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
        let message = open(&settings("a", 8, 0.9), dir.path(), None)
            .err()
            .unwrap()
            .to_string();
        assert!(message.contains("offset 2"), "{message}");
        let known = Vocabulary::of("onetw\n");
        let message = open(&settings("b", 8, 0.9), dir.path(), Some(&known))
            .err()
            .unwrap()
            .to_string();
        assert!(message.contains(":2:3: the character \"ö\""), "{message}");
    }

    #[test]
    fn a_model_that_asks_for_something_else_is_refused() {
        let dir = folder(&[("a", b"abc")]);
        let mut data = open(&settings("a", 8, 0.9), dir.path(), None).unwrap();
        let message = data.bind(&spec(4)).unwrap_err().to_string();
        assert!(message.contains("4 classes, the text 3 symbols"), "{message}");
        let mut two = spec(3);
        two.data.push(two.data[0].clone());
        assert!(data.bind(&two).is_err());
    }

    #[test]
    fn words_with_rare_ones_and_separate_files() {
        let dir = folder(&[("a", b"the cat\nthe dog\n"), ("b", b"the bird\n"), ("c", b"the\nthe")]);
        let settings = regime::Text {
            valid: Some("b".into()),
            test: Some("c".into()),
            min_count: 2,
            ..regime::Text::new("a")
        };
        let open =
            |settings: &regime::Text| Text::open(settings, Tokens::Words, dir.path(), &Declared::of(&spec(1)), None);
        let data = open(&settings).unwrap();
        assert_eq!(data.vocabulary().symbols, ["<eos>", "<unk>", "the"]);
        assert_eq!(data.part(Part::Train), [2, 1, 0, 2, 1, 0]);
        assert_eq!(
            (data.part(Part::Valid), data.part(Part::Test)),
            (&[2, 1, 0][..], &[2, 0, 2][..])
        );
        let all = regime::Text {
            min_count: 1,
            ..settings
        };
        let message = open(&all).err().unwrap().to_string();
        assert!(
            message.contains("b:1:5: the word \"bird\" is not in the vocabulary"),
            "{message}"
        );
    }

    #[test]
    fn bytes_are_any_bytes() {
        let dir = folder(&[("a", b"\xff\x00a")]);
        let settings = settings("a", 8, 1.0);
        let data = Text::open(&settings, Tokens::Bytes, dir.path(), &Declared::of(&spec(1)), None).unwrap();
        assert_eq!((data.part(Part::Train), data.sizes()[0].1), (&[255, 0, 97][..], 256));
    }
}
