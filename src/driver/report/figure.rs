//! A picture with what is said of the place under the pointer.

use maud::{Markup, PreEscaped, html};

pub(super) struct Figure {
    pub title: String,
    pub svg: String,
    /// What the script makes of `hover`.
    pub kind: &'static str,
    /// JSON.
    pub hover: String,
    /// The names of curves, in the order of their colours.
    pub legend: Vec<String>,
    pub note: Option<String>,
}

impl Figure {
    pub(super) fn noted(mut self, note: impl Into<String>) -> Figure {
        self.note = Some(note.into());
        self
    }

    pub(super) fn markup(&self) -> Markup {
        html! {
            figure data-kind=(self.kind) data-hover=(self.hover) {
                figcaption { b { (self.title) } @if let Some(note) = &self.note { " " span.note { (note) } } }
                (PreEscaped(&self.svg))
                @if self.legend.len() > 1 {
                    p.legend {
                        @for (i, name) in self.legend.iter().enumerate() {
                            span { i.key style={ "background:" (super::chart::COLOURS[i % super::chart::COLOURS.len()]) } {} (name) }
                        }
                    }
                }
            }
        }
    }
}

/// Five digits, enough to be read.
pub(super) fn rounded(x: f64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return 0.0;
    }
    let text = format!("{x:.4e}");
    text.parse().unwrap_or(x)
}
