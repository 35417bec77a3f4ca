//! The sections as one page of HTML, with its style and script inside.

use super::Section;
use super::figure::Figure;
use super::heat::short;
use super::said::Said;
use super::scores::{Confusion, Scores};
use super::subject::Ready;
use maud::{DOCTYPE, Markup, PreEscaped, html};

pub(super) fn page(ready: &Ready, sections: &[Section]) -> String {
    let name = &ready.subject.system.name;
    let doc = ready.subject.system.doc.join(" ");
    let anchor = |title: &str| title.to_lowercase().replace(' ', "-");
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (name) ", a training run" }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                header {
                    h1 { (name) }
                    @if !doc.is_empty() { p { (doc) } }
                    nav { @for s in sections { a href={ "#" (anchor(s.title)) } { (s.title) } " " } }
                }
                main {
                    @for s in sections {
                        section id=(anchor(s.title)) {
                            h2 { (s.title) }
                            @match &s.body {
                                Ok(body) => { p.about { (s.about) } (body) }
                                Err(why) => p.missing { "Not shown: " (why) "." }
                            }
                        }
                    }
                }
                footer { "Made by rnnc " (env!("CARGO_PKG_VERSION")) "." }
                div #tip hidden {}
                script { (PreEscaped(include_str!("hover.js"))) }
            }
        }
    };
    page.into_string()
}

pub(super) fn figures(figures: &[Figure]) -> Markup {
    html! { div.figures { @for figure in figures { (figure.markup()) } } }
}

pub(super) fn said(said: &Said) -> Markup {
    match said {
        Said::Alone {
            text,
            figures,
            temperature,
        } => html! {
            p { "Temperature " (temperature) "." }
            @if !text.is_empty() { pre.text { (text) } }
            (self::figures(figures))
        },
        Said::Answers(answers) => html! {
            @for (i, answer) in answers.iter().enumerate() {
                table.answer {
                    caption { "example " (i + 1) }
                    @for (name, text) in &answer.read { tr { th { "read " (name) } td { (text) } } }
                    @for pair in &answer.said {
                        tr { th { "true " (pair.target) } td { (pair.truth) } }
                        tr class=[pair.right.map(|right| if right { "right" } else { "other" })] { th { "said " (pair.target) } td { (pair.said) } }
                    }
                }
            }
        },
    }
}

pub(super) fn scores(scores: &Scores) -> Markup {
    html! {
        p { "Over " (scores.seen) "." }
        @for c in scores.confusions.iter().filter(|c| c.of > 0) { (confusion(c)) }
        (figures(&scores.clouds))
        @for why in &scores.without { p.missing { "Not shown: " (why) "." } }
    }
}

fn confusion(c: &Confusion) -> Markup {
    let share = c.right as f64 / c.of.max(1) as f64;
    html! {
        div.wide {
            table.confusion {
                caption {
                    b { (c.target) } " "
                    span.note { (c.right) " of " (c.of) " right, " (format!("{:.2} %", 100.0 * share)) "; true class down, predicted class across" }
                }
                tr { th {} @for name in &c.classes { th scope="col" title=(name) { (short(name, 8)) } } }
                @for (name, row) in c.classes.iter().zip(&c.counts) {
                    @let all = row.iter().sum::<usize>().max(1) as f64;
                    tr {
                        th scope="row" title=(name) { (short(name, 16)) }
                        @for (guess, n) in c.classes.iter().zip(row) {
                            td style=(format!("--p:{:.0}%", 100.0 * *n as f64 / all)) title={ (name) " taken for " (guess) ": " (n) } {
                                @if *n > 0 { (n) }
                            }
                        }
                    }
                }
            }
        }
    }
}
