//! What was trained, on what, how, and to what end.

use super::Section;
use super::figure::rounded;
use super::subject::Ready;
use crate::driver::explain;
use crate::driver::yaml;
use crate::source::FileId;
use maud::{Markup, html};
use rnn_runtime::data::Part;

/// Parameters that are listed one by one.
const PARAMETERS: usize = 60;

pub(super) fn card(ready: &Ready) -> Section {
    Section {
        title: "Model card",
        about: "What was trained, on what, how, and to what end.",
        body: Ok(body(ready)),
    }
}

fn body(ready: &Ready) -> Markup {
    let run = ready.subject.run;
    let meta = &run.trained.weights.meta;
    let regime = serde_json::to_value(&run.regime).unwrap_or_default();
    let source = ready.subject.loaded.sources.file(FileId(0));
    let text = meta.source.as_deref().unwrap_or(&source.text);
    let of = |trained: bool| -> usize {
        let those = ready.spec.params.iter().filter(|p| p.trained == trained);
        those.map(|p| p.len()).sum()
    };
    let explanation = explain::text(&explain::explain(ready.subject.system));
    html! {
        table.card {
            tr { th { "parameters" } td { (of(true)) " trained" @if of(false) > 0 { ", " (of(false)) " drawn once" } } }
            tr { th { "sizes" } td { (sizes(ready)) } }
            tr { th { "data" } td { (data(ready, &regime["data"])) } }
            tr { th { "training" } td { (training(ready)) } }
            tr { th { "seed" } td { (run.regime.seed) } }
            tr { th { "weights" } td { (best(ready)) } }
            tr { th { "versions" } td { "trained by rnnc " (meta.version) ", reported by rnnc " (env!("CARGO_PKG_VERSION")) } }
            tr { th { "again" } td { code { (ready.subject.command) } } }
            @for note in &ready.subject.notes { tr { th { "note" } td { (note) } } }
        }
        (metrics(ready))
        details { summary { "Specification" } pre { (text) } }
        details { summary { "What the equations amount to" } pre { (explanation) } }
        details { summary { "Regime" } pre { (yaml::write(&regime)) } }
        details {
            summary { "Parameters" }
            table {
                tr { th { "name" } th { "shape" } th { "entries" } }
                @for p in ready.spec.params.iter().take(PARAMETERS) {
                    tr {
                        td { code { (p.name) } @if !p.trained { " drawn once" } }
                        td { (p.shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ")) }
                        td { (p.len()) }
                    }
                }
            }
            @if ready.spec.params.len() > PARAMETERS { p { "and " (ready.spec.params.len() - PARAMETERS) " more" } }
        }
    }
}

fn sizes(ready: &Ready) -> String {
    let sizes = ready.subject.run.trained.sizes();
    let all: Vec<String> = sizes.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    match all.is_empty() {
        true => "as the specification says".into(),
        false => all.join(", "),
    }
}

fn data(ready: &Ready, source: &serde_json::Value) -> String {
    let name = source.as_object().and_then(|o| o.iter().next());
    let mut said = match name {
        Some((kind, settings)) => match settings["path"].as_str() {
            Some(path) => format!("{kind} from {path}"),
            None => format!("the task {kind}"),
        },
        None => source.as_str().unwrap_or("none").to_owned(),
    };
    match &ready.subject.data {
        Ok(dataset) => {
            for part in [Part::Train, Part::Valid, Part::Test] {
                let n = dataset.examples(part);
                if n > 0 {
                    said += &format!(", {n} {}", part.name());
                }
            }
            said + " examples"
        }
        Err(why) => format!("{said}; not read for this page: {why}"),
    }
}

fn training(ready: &Ready) -> String {
    let run = ready.subject.run;
    let steps = run.epochs.column("step").and_then(|s| s.last().copied().flatten());
    let mut said = format!(
        "{} of {} epochs, {} steps of {} examples, {}",
        run.epochs.rows.len(),
        run.regime.epochs,
        steps.unwrap_or(0.0),
        run.regime.batch,
        run.regime.optimizer.name(),
    );
    if let Some(seconds) = run.seconds {
        said += &match seconds {
            s if s < 120.0 => format!(", {s:.1} seconds"),
            s => format!(", {:.1} minutes", s / 60.0),
        };
    }
    said
}

fn best(ready: &Ready) -> String {
    let run = ready.subject.run;
    let epoch = run.best().and_then(|at| run.epochs.column("epoch")?[at]);
    match epoch {
        Some(epoch) => format!("of epoch {epoch}"),
        None => "as drawn: no epoch was finished".into(),
    }
}

/// Of the epoch whose weights were kept.
fn metrics(ready: &Ready) -> Markup {
    let epochs = &ready.subject.run.epochs;
    let Some(at) = ready.subject.run.best() else {
        return html! {};
    };
    let names: Vec<&str> = epochs.names.iter().filter_map(|n| n.strip_prefix("train_")).collect();
    let value = |part: &str, name: &str| {
        let value = epochs.column(&format!("{part}_{name}")).and_then(|c| c[at]);
        value.map_or(String::new(), |x| rounded(x).to_string())
    };
    html! {
        table {
            caption { "in the epoch of these weights" }
            tr { th {} @for name in &names { th { (name) } } }
            @for part in ["train", "valid"] { tr { th { (part) } @for name in &names { td { (value(part, name)) } } } }
        }
    }
}
