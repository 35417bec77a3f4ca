//! Which examples are for training, for validation and for the test.

use super::sheet::Sheet;
use crate::data::Part;
use crate::draw::Stream;
use crate::error::Error;
use crate::regime;

/// The examples of each part, as file and example.
pub(super) struct Places {
    /// Training, validation, test, one after the other.
    all: Vec<(u32, u32)>,
    cuts: [usize; 2],
}

impl Places {
    pub(super) fn of(&self, part: Part) -> &[(u32, u32)] {
        match part {
            Part::Train => &self.all[..self.cuts[0]],
            Part::Valid => &self.all[self.cuts[0]..self.cuts[1]],
            Part::Test => &self.all[self.cuts[1]..],
            Part::Whole => &self.all,
        }
    }
}

/// `files` are the numbers of files before those for validation and before those for the test.
pub(super) fn split(settings: &regime::Table, sheets: &[Sheet], files: [usize; 2]) -> Result<Places, Error> {
    let examples = |from: usize, to: usize| -> Vec<(u32, u32)> {
        let of = |s: usize| (0..sheets[s].examples).map(move |e| (s as u32, e as u32));
        (from..to).flat_map(of).collect()
    };
    let first = examples(0, files[0]);
    let [train, mut valid, mut test] = match &settings.part {
        Some(_) => {
            let [train, valid, test] = by_column(&sheets[..files[0]])?;
            // Where a share is asked for, it is of what the column gives to training.
            match settings.split {
                Some(_) => {
                    let [train, more, tests] = by_share(settings, train);
                    [train, [valid, more].concat(), [test, tests].concat()]
                }
                None => [train, valid, test],
            }
        }
        None => by_share(settings, first),
    };
    valid.extend(examples(files[0], files[1]));
    test.extend(examples(files[1], sheets.len()));
    let cuts = [train.len(), train.len() + valid.len()];
    Ok(Places {
        all: [train, valid, test].concat(),
        cuts,
    })
}

fn by_column(sheets: &[Sheet]) -> Result<[Vec<(u32, u32)>; 3], Error> {
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    for (s, sheet) in sheets.iter().enumerate() {
        if let Some(field) = &sheet.parts {
            for (e, word) in field.symbols().iter().enumerate() {
                let part = match word.to_lowercase().as_str() {
                    "train" | "training" | "0" | "false" => 0,
                    "valid" | "validation" | "val" | "dev" => 1,
                    "test" | "testing" | "1" | "true" => 2,
                    _ => {
                        let why =
                            format!("expected `train`, `valid` or `test`, or 0 or 1 for the test, found {word:?}");
                        return Err(sheet.wrong(field, e, &why));
                    }
                };
                parts[part].push((s as u32, e as u32));
            }
        }
    }
    Ok(parts)
}

/// The first share to train on, the last for the test, what is between for validation; in the order of the files, or
/// shuffled.
fn by_share(settings: &regime::Table, mut examples: Vec<(u32, u32)>) -> [Vec<(u32, u32)>; 3] {
    if let Some(seed) = settings.shuffle {
        Stream::new(seed, "split", 0).shuffle(&mut examples);
    }
    let held_out = settings.test_split.unwrap_or(0.0);
    let share = settings.split.unwrap_or(match settings.valid {
        Some(_) => 1.0 - held_out,
        None => 0.9 - held_out,
    });
    let n = examples.len();
    // No part is lost to rounding.
    let count = |share: f64| match (n as f64 * share).round() as usize {
        0 if share > 0.0 => 1.min(n),
        count => count.min(n),
    };
    let test = count(held_out);
    let most = if share + held_out < 1.0 - 1e-9 { 1 } else { 0 };
    let train = count(share).min((n - test).saturating_sub(most));
    let tests = examples.split_off(n - test);
    let valid = examples.split_off(train);
    [examples, valid, tests]
}
