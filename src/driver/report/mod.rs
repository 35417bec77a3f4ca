//! One page on a training run: how training went, what the model does on data, and how it does it.
//!
//! Values are the interpreter's. Everything is told from the model's equations: what is a state, what weighs pairs of steps,
//! what predicts which target. What cannot be shown says why.

mod card;
mod chart;
mod curves;
mod figure;
mod heat;
mod lag;
mod page;
mod said;
mod scores;
mod subject;
mod watch;

pub use subject::Subject;

use maud::{Markup, html};
use subject::Ready;

/// A page, and what it lacks.
pub struct Report {
    pub html: String,
    /// Sections that have nothing to show, and why.
    pub missing: Vec<(String, String)>,
    pub sections: Vec<String>,
}

/// A part of the page.
struct Section {
    title: &'static str,
    about: &'static str,
    body: Result<Markup, String>,
}

/// The same run gives the same page.
pub fn report(subject: &Subject) -> Report {
    let ready = Ready::new(subject);
    let mut sections = vec![card::card(&ready), training(subject)];
    sections.extend([samples(&ready), predictions(&ready)]);
    sections.extend(inside(&ready));
    sections.push(adjoints(&ready));
    let missing = sections
        .iter()
        .filter_map(|s| Some((s.title.into(), s.body.as_ref().err()?.clone())));
    Report {
        missing: missing.collect(),
        sections: sections.iter().map(|s| s.title.into()).collect(),
        html: page::page(&ready, &sections),
    }
}

fn training(subject: &Subject) -> Section {
    let figures = curves::curves(subject.run);
    Section {
        title: "Training",
        about: "By epoch, and within epochs by step.",
        body: match figures.is_empty() {
            true => Err("no epoch was finished".into()),
            false => Ok(page::figures(&figures)),
        },
    }
}

fn samples(ready: &Ready) -> Section {
    Section {
        title: "What it says",
        about: "Targets drawn step by step, each step reading the draws before it; of a model that answers to data, the likeliest \
                at each step.",
        body: said::said(ready).map(|said| page::said(&said)),
    }
}

fn predictions(ready: &Ready) -> Section {
    let body = scores::scores(ready).and_then(|scores| {
        let nothing = scores.confusions.iter().all(|c| c.of == 0) && scores.clouds.is_empty();
        match nothing {
            true if scores.without.is_empty() => Err("the data hold no target to compare with".into()),
            true => Err(scores.without.join("; ")),
            false => Ok(page::scores(&scores)),
        }
    });
    Section {
        title: "Predictions and truth",
        about: "Of each target given all that is known before it.",
        body,
    }
}

/// What needs a sample sequence.
fn inside(ready: &Ready) -> [Section; 2] {
    let (states, pairs) = match ready.sample() {
        Err(why) => (Err(why.clone()), Err(why)),
        Ok((example, which)) => {
            let watched = watch::watch(ready, &example);
            let left = match watched.left_out {
                0 => String::new(),
                n => format!(" {n} more values have no room here."),
            };
            let predicted = scores::over_sample(ready, &example);
            let states = watched.states.map(|figures| {
                html! {
                    p { "Of " (which) "." (left) }
                    (page::figures(&predicted))
                    (page::figures(&figures))
                }
            });
            let pairs = watched
                .pairs
                .map(|figures| html! { p { "Of " (which) "." } (page::figures(&figures)) });
            (states, pairs)
        }
    };
    [
        Section {
            title: "States and gates",
            about: "A column a step, a row a unit: what the states are, what the equations of a state are made of, what is predicted.",
            body: states,
        },
        Section {
            title: "Attention",
            about: "Values over pairs of steps: how much of each step along one axis goes into each step of the other.",
            body: pairs,
        },
    ]
}

fn adjoints(ready: &Ready) -> Section {
    Section {
        title: "Adjoint by lag",
        about: "The norm of the derivative of the loss at the last step T by a state at step T - k. A curve that falls to nothing is a \
                gradient that vanishes: what happened so long ago cannot be learnt from. One that climbs is a gradient that explodes.",
        body: lag::lags(ready).map(|figures| page::figures(&figures)),
    }
}
