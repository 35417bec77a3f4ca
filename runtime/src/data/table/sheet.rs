//! What stands in one file, example by example, before it is known what it means.

use crate::error::Error;
use std::fmt;

/// The examples of one file.
pub(super) struct Sheet {
    pub(super) file: String,
    pub(super) examples: usize,
    /// One for each input and target, as declared.
    pub(super) fields: Vec<Field>,
    /// What the file says of each example's part, where a column says it.
    pub(super) parts: Option<Field>,
}

/// The values of one input or target, position by position, example by example.
#[derive(Default)]
pub(super) struct Field {
    /// What the file calls it.
    pub(super) title: String,
    /// Example `e` has the positions `starts[e]..starts[e + 1]`; one where the value is given once.
    pub(super) starts: Vec<usize>,
    /// Of the features of a position.
    pub(super) shape: Vec<usize>,
    pub(super) cells: Cells,
    /// The line of each position; empty where the file has none.
    pub(super) lines: Vec<u32>,
}

pub(super) enum Cells {
    Numbers(Vec<f64>),
    Symbols(Vec<String>),
    Classes(Vec<u32>),
    /// For each position the features that are 1; the others are 0.
    On(Vec<Vec<u32>>),
}

impl Default for Cells {
    fn default() -> Cells {
        Cells::Numbers(Vec::new())
    }
}

impl Field {
    pub(super) fn new(title: impl Into<String>, shape: Vec<usize>, cells: Cells) -> Field {
        Field {
            title: title.into(),
            starts: vec![0],
            shape,
            cells,
            lines: Vec::new(),
        }
    }

    /// Numbers a position.
    pub(super) fn width(&self) -> usize {
        self.shape.iter().product()
    }

    pub(super) fn len(&self, example: usize) -> usize {
        self.starts[example + 1] - self.starts[example]
    }

    /// All positions of all examples.
    pub(super) fn positions(&self) -> usize {
        self.starts[self.starts.len() - 1]
    }

    /// Cells as they are written, numbers or not.
    pub(super) fn symbols(&self) -> &[String] {
        match &self.cells {
            Cells::Symbols(symbols) => symbols,
            Cells::Numbers(_) | Cells::Classes(_) | Cells::On(_) => &[],
        }
    }

    /// Pieces of at most `window` positions of each example; `once` repeats the example's value for each.
    fn cut(&mut self, pieces: &[Vec<usize>], once: bool) {
        let starts = std::mem::take(&mut self.starts);
        self.starts = vec![0];
        if !once {
            for (e, lengths) in pieces.iter().enumerate() {
                let mut end = starts[e];
                for length in lengths {
                    end += length;
                    self.starts.push(end);
                }
            }
            return;
        }
        let from: Vec<usize> = pieces
            .iter()
            .enumerate()
            .flat_map(|(e, lengths)| lengths.iter().map(move |_| e))
            .collect();
        let width = self.width();
        match &mut self.cells {
            Cells::Numbers(x) => {
                *x = from
                    .iter()
                    .flat_map(|&e| x[e * width..(e + 1) * width].to_vec())
                    .collect()
            }
            Cells::Symbols(x) => *x = from.iter().map(|&e| x[e].clone()).collect(),
            Cells::Classes(x) => *x = from.iter().map(|&e| x[e]).collect(),
            Cells::On(x) => *x = from.iter().map(|&e| x[e].clone()).collect(),
        }
        if !self.lines.is_empty() {
            self.lines = from.iter().map(|&e| self.lines[e]).collect();
        }
        self.starts = (0..=from.len()).collect();
    }
}

impl Sheet {
    /// Where a position stands.
    pub(super) fn place(&self, field: &Field, position: usize) -> Place {
        let example = field.starts.partition_point(|&s| s <= position).saturating_sub(1);
        Place {
            file: self.file.clone(),
            line: field.lines.get(position).copied(),
            title: field.title.clone(),
            example,
            step: position - field.starts[example],
        }
    }

    /// An error at a position.
    pub(super) fn wrong(&self, field: &Field, position: usize, why: &str) -> Error {
        Error::Data(format!("{}: {why}", self.place(field, position)))
    }

    /// Cuts each example into pieces of at most `window` steps; the last may be shorter.
    ///
    /// # Errors
    /// Examples without a step, and data of unequal lengths, which no cut fits.
    pub(super) fn cut(&mut self, window: usize, over: &[bool]) -> Result<(), Error> {
        let pieces: Vec<Vec<usize>> = (0..self.examples)
            .map(|e| {
                let length = self
                    .fields
                    .iter()
                    .zip(over)
                    .find(|(_, over)| **over)
                    .map(|(f, _)| f.len(e));
                let mut left = length.unwrap_or(0);
                let mut pieces = Vec::new();
                while left > 0 {
                    pieces.push(left.min(window));
                    left -= left.min(window);
                }
                pieces
            })
            .collect();
        for (field, _) in self.fields.iter().zip(over).filter(|(_, over)| **over) {
            let unequal = pieces
                .iter()
                .enumerate()
                .find(|(e, p)| p.iter().sum::<usize>() != field.len(*e));
            if let Some((e, p)) = unequal {
                let why = format!("{} steps, and others have {}", field.len(e), p.iter().sum::<usize>());
                return Err(self.wrong(field, field.starts[e], &why));
            }
        }
        self.examples = pieces.iter().map(Vec::len).sum();
        for (field, over) in self.fields.iter_mut().zip(over) {
            field.cut(&pieces, !over);
        }
        if let Some(parts) = &mut self.parts {
            parts.cut(&pieces, true);
        }
        Ok(())
    }
}

/// For messages.
pub(super) struct Place {
    file: String,
    line: Option<u32>,
    title: String,
    example: usize,
    step: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}, `{}`", self.file, self.title),
            None => write!(
                f,
                "{}, `{}`, example {}, step {}",
                self.file,
                self.title,
                self.example + 1,
                self.step + 1
            ),
        }
    }
}

/// What is missing, and what there is instead.
pub(super) fn missing(file: &str, what: &str, name: &str, known: &[&str]) -> Error {
    let near = known
        .iter()
        .map(|k| (strsim::damerau_levenshtein(name, k), k))
        .filter(|(distance, k)| *distance <= name.len().max(k.len()) / 3)
        .min();
    let help = match near {
        Some((_, near)) => format!("is it `{near}`? "),
        None => String::new(),
    };
    let list: Vec<String> = known.iter().take(20).map(|k| format!("`{k}`")).collect();
    let there = match list.is_empty() {
        true => "it has none at all".into(),
        false => format!("it has {}", list.join(", ")),
    };
    Error::Data(format!("{file}: there is no {what} `{name}`; {help}{there}"))
}

/// A number as text says it.
pub(super) fn number(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(x),
        Ok(_) => Err(format!("expected a finite number, found {text:?}")),
        Err(_) if text.is_empty() => Err("expected a number, and there is nothing".into()),
        Err(_) => Err(format!("expected a number, found {text:?}")),
    }
}
