//! A progress bar, for terminals.

use super::Outcome;
use super::report::{Epoch, Reporter, Start, Step, epoch_line, headline, last_line, loss, rate};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Instant;

/// A bar over all steps with the loss, the speed and the time left; a line for each epoch stays above it.
pub struct Bar {
    bar: ProgressBar,
    start: Option<Start>,
    since: Instant,
    positions: usize,
}

impl Bar {
    pub fn new() -> Bar {
        Bar {
            bar: ProgressBar::no_length(),
            start: None,
            since: Instant::now(),
            positions: 0,
        }
    }
}

impl Default for Bar {
    fn default() -> Bar {
        Bar::new()
    }
}

impl Reporter for Bar {
    fn start(&mut self, start: &Start) {
        let style = ProgressStyle::with_template("{msg}  {wide_bar:.cyan/blue} {percent:>3}%  {eta} left");
        self.bar.set_style(style.expect("internal error: the bar's template"));
        self.bar.set_length(start.steps);
        self.bar.println(headline(start));
        self.bar.set_position(start.step);
        self.bar.reset_eta();
        self.start = Some(start.clone());
        self.since = Instant::now();
    }

    fn step(&mut self, step: &Step) {
        self.positions += step.positions;
        let Some(start) = &self.start else { return };
        let rate = rate(
            start,
            self.positions as f64 / self.since.elapsed().as_secs_f64().max(1e-9),
        );
        let (epoch, epochs, loss) = (step.epoch, start.epochs, loss(start, step.loss));
        self.bar
            .set_message(format!("epoch {epoch}/{epochs}  loss {loss}  {rate}"));
        self.bar.set_position(step.step);
    }

    fn epoch(&mut self, epoch: &Epoch<'_>) {
        if let Some(start) = &self.start {
            self.bar.println(epoch_line(start, epoch));
        }
        (self.since, self.positions) = (Instant::now(), 0);
    }

    fn finish(&mut self, outcome: &Outcome) {
        self.bar.println(last_line(outcome));
        self.bar.finish_and_clear();
    }
}
