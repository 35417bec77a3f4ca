//! Where examples come from: files, or a task that draws them.

use super::table::Table;
use crate::tasks::{self, Task};
use serde::{Deserialize, Serialize};

/// Where the examples come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// What a program gives itself, see [`crate::data::Memory`].
    Memory,
    /// A symbol for each character.
    Chars(Text),
    /// A symbol for each of the 256 bytes.
    Bytes(Text),
    /// A symbol for each word, and one for the ends of lines.
    Words(Text),
    Csv(Table),
    Npz(Table),
    Jsonl(Table),
    Adding(tasks::Adding),
    Copying(tasks::Copying),
    Counting(tasks::Counting),
    Echo(tasks::Echo),
    Letters(tasks::Letters),
    Lorenz(tasks::Lorenz),
    MackeyGlass(tasks::MackeyGlass),
    MovingAverage(tasks::MovingAverage),
    Narma(tasks::Narma),
    Parity(tasks::Parity),
    Reber(tasks::Reber),
    Reversal(tasks::Reversal),
    Sorting(tasks::Sorting),
    TemporalOrder(tasks::TemporalOrder),
    TemporalXor(tasks::TemporalXor),
}

/// A text as one long sequence, cut into windows. A path is a file, a folder (all files directly in it) or a glob
/// pattern; files whose names end in `.gz` are unpacked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub path: String,
    /// Other files for validation, and for the test at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// Symbols an example.
    #[serde(default = "window")]
    pub window: usize,
    /// The share of the text, from its start, to train on; the rest is for validation. 0.9 where no `valid` is given,
    /// else all; 0 to only evaluate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<f64>,
    /// Words that occur less often in the training text are read as `<unk>`.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub min_count: usize,
}

fn window() -> usize {
    128
}
fn one() -> usize {
    1
}
fn is_one(n: &usize) -> bool {
    *n == 1
}

impl Text {
    pub fn new(path: impl Into<String>) -> Text {
        Text {
            path: path.into(),
            valid: None,
            test: None,
            window: window(),
            split: None,
            min_count: one(),
        }
    }

    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let share = |s: f64| (0.0..=1.0).contains(&s);
        let demands = [
            (!self.path.is_empty(), "path", "no path is given"),
            (self.window > 0, "window", "a window holds at least one symbol"),
            (self.split.is_none_or(share), "split", "a share lies between 0 and 1"),
            (self.min_count > 0, "min_count", "must be at least 1"),
        ];
        let broken = demands.into_iter().filter(|(holds, ..)| !holds);
        broken.map(|(_, setting, why)| (setting, why)).collect()
    }
}

impl Source {
    /// The task that draws the examples, where one does.
    pub fn task(&self) -> Option<&dyn Task> {
        match self {
            Source::Memory | Source::Chars(_) | Source::Bytes(_) | Source::Words(_) => None,
            Source::Csv(_) | Source::Npz(_) | Source::Jsonl(_) => None,
            Source::Adding(task) => Some(task),
            Source::Copying(task) => Some(task),
            Source::Counting(task) => Some(task),
            Source::Echo(task) => Some(task),
            Source::Letters(task) => Some(task),
            Source::Lorenz(task) => Some(task),
            Source::MackeyGlass(task) => Some(task),
            Source::MovingAverage(task) => Some(task),
            Source::Narma(task) => Some(task),
            Source::Parity(task) => Some(task),
            Source::Reber(task) => Some(task),
            Source::Reversal(task) => Some(task),
            Source::Sorting(task) => Some(task),
            Source::TemporalOrder(task) => Some(task),
            Source::TemporalXor(task) => Some(task),
        }
    }

    /// Leaves out what is said of a datum that is not read.
    pub(crate) fn forget(&mut self, datum: &str) {
        if let Source::Csv(table) | Source::Npz(table) | Source::Jsonl(table) = self {
            table.forget(datum);
        }
    }

    /// Leaves out where the data lie: the same data may lie elsewhere.
    pub(crate) fn forget_paths(&mut self) {
        let (path, valid, test) = match self {
            Source::Chars(s) | Source::Bytes(s) | Source::Words(s) => (&mut s.path, &mut s.valid, &mut s.test),
            Source::Csv(s) | Source::Npz(s) | Source::Jsonl(s) => (&mut s.path, &mut s.valid, &mut s.test),
            _ => return,
        };
        path.clear();
        valid.as_mut().map(String::clear);
        test.as_mut().map(String::clear);
    }

    /// The path of every value that is out of range, and why it is.
    pub(super) fn problems(&self) -> Vec<(String, String)> {
        let of = |name: &str, found: Vec<(&str, &str)>| {
            let found = found.into_iter();
            found
                .map(|(setting, why)| (format!("data.{name}.{setting}"), why.to_owned()))
                .collect()
        };
        match self {
            Source::Chars(text) => of("chars", text.problems()),
            Source::Bytes(text) => of("bytes", text.problems()),
            Source::Words(text) => of("words", text.problems()),
            Source::Csv(table) => of("csv", table.problems()),
            Source::Npz(table) => of("npz", table.problems()),
            Source::Jsonl(table) => of("jsonl", table.problems()),
            _ => self.task_problems(),
        }
    }

    /// The path of every value of a task that is out of range, and why it is.
    fn task_problems(&self) -> Vec<(String, String)> {
        let Some(task) = self.task() else {
            return Vec::new();
        };
        let (name, amount) = (task.name(), task.amount());
        let mut problems = task.problems();
        if amount.examples == 0 {
            problems.push(("examples", "an epoch holds at least one example"));
        }
        let mut problems: Vec<(String, String)> = problems
            .into_iter()
            .map(|(setting, why)| (format!("data.{name}.{setting}"), why.into()))
            .collect();
        let tree = serde_json::to_value(self).expect("internal error: a regime is plain data");
        let settings = tree[name].as_object().into_iter().flatten();
        for (setting, _) in settings.filter(|(_, x)| x.as_f64().is_some_and(|x| x > LARGEST)) {
            problems.push((format!("data.{name}.{setting}"), format!("must be at most {LARGEST}")));
        }
        problems
    }
}

/// What no number of a task exceeds: examples beyond it would fit no memory.
const LARGEST: f64 = 1e7;
