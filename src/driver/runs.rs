//! The folder of a training run: what it was made from, and what it left.

use super::failure::Failure;
use super::trained::Trained;
use super::write;
use rnn_runtime::regime::Regime;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

const ORIGIN: &str = "run.json";

/// What the command line of `rnnc train` said, beside settings that the regime holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Origin {
    /// None of the standard input.
    pub spec: Option<PathBuf>,
    pub model: Option<String>,
    pub regime: Option<String>,
    pub define: Vec<(String, f64)>,
    pub set: Vec<(String, String)>,
    pub data: Option<PathBuf>,
}

impl Origin {
    /// # Errors
    /// What keeps the file from being written.
    pub fn save(&self, folder: &Path) -> Result<(), Failure> {
        let json = serde_json::to_string_pretty(self).expect("internal error: plain data");
        write::file(&folder.join(ORIGIN), (json + "\n").as_bytes())
    }
}

/// A run, read.
pub struct Run {
    pub folder: PathBuf,
    pub trained: Trained,
    /// None of a run that a program made by itself.
    pub origin: Option<Origin>,
    pub regime: Regime,
    /// By epoch.
    pub epochs: Table,
    /// Within epochs; none of older runs.
    pub steps: Option<Table>,
    pub seconds: Option<f64>,
}

impl Run {
    /// # Errors
    /// A folder that holds no run, or a part of one; files that are not what they are called.
    pub fn open(folder: &Path) -> Result<Run, Failure> {
        let shown = folder.display();
        if !folder.is_dir() {
            let why = match folder.exists() {
                true => "it is not a folder",
                false => "there is no such folder",
            };
            return Err(Failure::message(format!("`{shown}` is no run: {why}")).help("`rnnc train` makes `runs/NAME`"));
        }
        let there = |name: &str| folder.join(name).exists();
        match (there("weights.safetensors"), there("metrics.csv")) {
            (true, true) => {}
            (false, false) => {
                let no_run = Failure::message(format!(
                    "`{shown}` holds no run: there are neither weights nor metrics in it"
                ));
                return Err(no_run.help("`rnnc train` makes `runs/NAME`"));
            }
            (weights, _) => {
                let file = if weights { "metrics.csv" } else { "weights.safetensors" };
                return Err(
                    Failure::message(format!("`{shown}` holds no whole run: there is no `{file}` in it"))
                        .help("the files of a run are written at the end of its first epoch"),
                );
            }
        }
        let regime = read(&folder.join("regime.json"))?;
        let json = |e: serde_json::Error| {
            Failure::message(format!(
                "`{}` does not say how a run began: {e}",
                folder.join(ORIGIN).display()
            ))
        };
        let origin = match there(ORIGIN) {
            true => Some(serde_json::from_str(&read(&folder.join(ORIGIN))?).map_err(json)?),
            false => None,
        };
        let optional = |name: &str| there(name).then(|| Table::read(&folder.join(name))).transpose();
        let timing = optional("timing.csv")?;
        Ok(Run {
            trained: Trained::open(folder)?,
            origin,
            regime: Regime::from_json(&regime)?,
            epochs: Table::read(&folder.join("metrics.csv"))?,
            steps: optional("steps.csv")?,
            seconds: timing.and_then(|t| Some(t.column("seconds")?.iter().flatten().sum())),
            folder: folder.to_path_buf(),
        })
    }

    /// The row of the epoch whose weights were kept: the one that training waited for, else that of the smallest loss.
    pub fn best(&self) -> Option<usize> {
        let reached = self.regime.stop.as_ref().and_then(|stop| {
            let last = self.epochs.rows.len().checked_sub(1)?;
            let value = self.epochs.column(&stop.on)?[last]?;
            let reached = stop.at_most.is_some_and(|x| value <= x) || stop.at_least.is_some_and(|x| value >= x);
            reached.then_some(last)
        });
        let valid = self.epochs.column("valid_loss");
        let valid = valid.filter(|loss| loss.iter().any(Option::is_some));
        let losses = valid.or_else(|| self.epochs.column("train_loss"))?;
        let finite = losses.iter().enumerate().filter_map(|(i, x)| Some((i, (*x)?)));
        reached.or(finite.reduce(|a, b| if b.1 < a.1 { b } else { a }).map(|(i, _)| i))
    }
}

/// Numbers under the names of their columns; a cell may be empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    pub names: Vec<String>,
    pub rows: Vec<Vec<Option<f64>>>,
}

impl Table {
    fn read(path: &Path) -> Result<Table, Failure> {
        let text = read(path)?;
        let mut lines = text.lines().enumerate();
        let (_, head) = lines.next().unwrap_or_default();
        let names: Vec<String> = head.split(',').map(String::from).collect();
        let row = |(i, line): (usize, &str)| {
            let cells: Vec<&str> = line.split(',').collect();
            let wrong = |why: String| Failure::message(format!("`{}`, line {}: {why}", path.display(), i + 1));
            if cells.len() != names.len() {
                return Err(wrong(format!("{} cells, and {} are named", cells.len(), names.len())));
            }
            let number = |cell: &&str| match cell.is_empty() {
                true => Ok(None),
                false => cell
                    .parse()
                    .map(Some)
                    .map_err(|_| wrong(format!("`{cell}` is not a number"))),
            };
            cells.iter().map(number).collect()
        };
        let rows = lines.map(row).collect::<Result<_, Failure>>()?;
        Ok(Table { names, rows })
    }

    pub fn column(&self, name: &str) -> Option<Vec<Option<f64>>> {
        let at = self.names.iter().position(|n| n == name)?;
        Some(self.rows.iter().map(|row| row[at]).collect())
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|e| Failure::io("read", path, &e))
}
