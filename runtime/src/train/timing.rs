//! `timing.csv`: what differs from run to run, kept out of `metrics.csv`.

use super::Row;
use crate::error::Error;
use crate::weights;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) struct Timing {
    path: PathBuf,
    text: String,
}

impl Timing {
    /// Keeps what is already known of the epochs done.
    pub(super) fn new(rows: &[Row], out: &Path) -> Timing {
        let path = out.join("timing.csv");
        let known = if rows.is_empty() {
            String::new()
        } else {
            fs::read_to_string(&path).unwrap_or_default()
        };
        let mut text = String::from("epoch,seconds,positions_per_second\n");
        for line in known.lines().skip(1).take(rows.len()) {
            text += &format!("{line}\n");
        }
        Timing { path, text }
    }

    pub(super) fn write(&mut self, epoch: usize, seconds: f64, positions_per_second: f64) -> Result<(), Error> {
        self.text += &format!("{epoch},{seconds:.3},{positions_per_second:.0}\n");
        weights::replace(&self.path, self.text.as_bytes())
    }
}
