//! One item: what it is, its equations, what it keeps and owns, who uses it, its text.

use super::papers::papers;
use super::probe::{self, Probe};
use super::text::{escape, markdown, source};
use super::{Book, Chapter, Unit, anchor, item_doc};
use crate::driver::library::signature;
use crate::lint::names::DefKind;
use crate::source::{Span, docs_above};
use crate::syntax::ast::*;
use crate::system::System;
use crate::typeset::{self, Scope, math};
use std::collections::BTreeSet;

/// An item as its page has it.
pub struct Entry {
    pub name: String,
    pub anchor: String,
    pub kind: &'static str,
    pub signature: String,
    /// The first sentence of its doc, in HTML.
    pub brief: String,
    pub papers: Vec<String>,
    pub html: String,
}

pub fn entries(book: &Book, unit: &Unit, chapter: &Chapter) -> Vec<Entry> {
    let items = &unit.loaded.files[chapter.file.0 as usize].items;
    items
        .iter()
        .filter_map(|item| entry(book, unit, chapter, item))
        .collect()
}

fn entry(book: &Book, unit: &Unit, chapter: &Chapter, item: &Item) -> Option<Entry> {
    let (name, kind, anchor, span) = match item {
        Item::Use(_) => return None,
        Item::Const(i) => (&i.name, "constant", anchor(&i.name.name, false), i.span),
        Item::Fn(i) => (&i.name, "function", anchor(&i.name.name, false), i.span),
        Item::Layer(i) if i.cell => (&i.name, "cell", anchor(&i.name.name, false), i.span),
        Item::Layer(i) => (&i.name, "layer", anchor(&i.name.name, false), i.span),
        Item::Model(i) => (&i.name, "model", anchor(&i.name.name, true), i.span),
        Item::Train(i) => {
            let name = i.name.as_ref().unwrap_or(&i.model);
            (
                name,
                "training",
                format!("train-{}-{}", i.model.name, name.name),
                i.span,
            )
        }
    };
    let (name, open) = match item {
        Item::Train(i) if i.name.is_none() => (format!("train {}", name.name), " open=\"open\""),
        Item::Train(i) => (format!("train {} as {}", i.model.name, name.name), " open=\"open\""),
        _ => (name.name.clone(), ""),
    };
    let text = &unit.loaded.sources.file(chapter.file).text;
    let doc = item_doc(item);
    let signature = signature(unit.loaded.sources.slice(span));
    let papers = papers(&doc.join("\n"));
    let link = |name: &str| unit.link_name(name);
    let head = format!(
        "<h2><a href=\"#{anchor}\">{}</a> <span class=\"kind\">{kind}</span></h2>\n<p class=\"signature\"><code>{}</code></p>\n",
        escape(&name),
        escape(&signature),
    );
    let from = docs_above(text, span.start as usize);
    let parts = [
        head,
        markdown(doc, &link),
        described(unit, item),
        relations(book, &format!("{}#{anchor}", chapter.href), &papers),
        format!(
            "<details{open}><summary>Source</summary><pre><code>{}</code></pre></details>\n",
            source(text, chapter.file, from, span.end as usize, &|span| unit.link(span))
        ),
    ];
    let brief = markdown(&[first_sentence(doc)], &|_| None);
    let brief = brief.trim().trim_start_matches("<p>").trim_end_matches("</p>");
    Some(Entry {
        name,
        html: format!("<article id=\"{anchor}\">\n{}</article>\n", parts.concat()),
        anchor,
        kind,
        signature,
        brief: brief.to_string(),
        papers,
    })
}

fn first_sentence(doc: &[String]) -> String {
    let lines: Vec<&str> = doc.iter().map(|l| l.trim()).take_while(|l| !l.is_empty()).collect();
    let text = lines.join(" ");
    let ends = text.match_indices(". ").map(|(at, _)| at + 1);
    let whole = |end: &usize| {
        !text[..*end].ends_with("al.") && text[..*end].matches('(').count() == text[..*end].matches(')').count()
    };
    let end = ends.into_iter().find(whole).unwrap_or(text.len());
    text[..end].to_string()
}

/// Equations, states and parameters.
fn described(unit: &Unit, item: &Item) -> String {
    let links = |span: Span| unit.link(span);
    match item {
        Item::Use(_) | Item::Train(_) => String::new(),
        Item::Const(i) => {
            let value = Stmt {
                doc: Vec::new(),
                span: i.span,
                kind: StmtKind::Equation {
                    target: Place {
                        path: vec![i.name.clone()],
                        index: None,
                        span: i.span,
                    },
                    shape: None,
                    value: i.value.clone(),
                    when: None,
                },
            };
            formula(&typeset::equations(&[value], &known(unit, Scope::default()), &links))
        }
        Item::Fn(i) => {
            let mut scope = known(unit, Scope::of_body(&[], &i.inputs, &i.body));
            scope.axes.clear();
            formula(&typeset::equations(&i.body, &scope, &links))
        }
        Item::Layer(i) => {
            let probe = probe::layer(&unit.loaded, i);
            let mut scope = known(unit, Scope::of_body(&i.sizes, &i.inputs, &i.body));
            if i.cell || scope.has_steps(&i.body) {
                for input in i.inputs.iter().filter(|input| input.name.name != "over") {
                    let axis = input.over.as_ref().map_or("t", |axis| axis.name.as_str());
                    scope.axes.insert(input.name.name.clone(), vec![axis.to_string()]);
                }
                match &probe {
                    Some(probe) => learn(&mut scope, unit, i.span, &probe.system),
                    None => assume(&mut scope, unit, i.span),
                }
            }
            let states = states(&typeset::states(&i.body, &scope));
            let equations = formula(&typeset::equations(&i.body, &scope, &links));
            equations + &facts(&[("States", states)]) + &probe.map_or(String::new(), |p| parameters(&p))
        }
        Item::Model(i) => {
            let probe = probe::model(&unit.loaded, i);
            let mut scope = known(unit, Scope::of_body(&i.sizes, &[], &i.body));
            match &probe {
                Some(probe) => learn(&mut scope, unit, i.span, &probe.system),
                None => assume(&mut scope, unit, i.span),
            }
            let states = states(&typeset::states(&i.body, &scope));
            let equations = formula(&typeset::equations(&i.body, &scope, &links));
            equations + &facts(&[("States", states)]) + &probe.map_or(String::new(), |p| parameters(&p))
        }
    }
}

fn formula(math: &str) -> String {
    format!("<div class=\"equations\">{math}</div>\n")
}

fn known(unit: &Unit, mut scope: Scope) -> Scope {
    let items = unit.names.defs.iter();
    let called = items.filter(|d| matches!(d.kind, DefKind::Fn | DefKind::Layer | DefKind::Cell));
    scope.items = called.map(|d| d.name.clone()).collect();
    scope.scalar_items = unit.scalar_functions.clone();
    scope
}

/// What the equations within an item run over, as a system has them.
fn learn(scope: &mut Scope, unit: &Unit, item: Span, system: &System) {
    let defs = unit.names.defs.iter().filter(|d| within(item, d.span));
    for def in defs.filter(|d| matches!(d.kind, DefKind::Equation | DefKind::Metric)) {
        let here = |span: Option<Span>| span.is_some_and(|s| s.file == def.span.file && s.start == def.span.start);
        let Some((_, node)) = system.nodes.iter().find(|(_, node)| here(node.origin.span)) else {
            continue;
        };
        let axes = node.ty.axes.without(crate::system::AxisId::BATCH);
        let axes = axes.iter().map(|a| own_name(&system.axis_info(a).name)).collect();
        scope.axes.insert(def.name.clone(), axes);
        if node.ty.shape.is_empty() {
            scope.scalars.insert(def.name.clone());
        }
    }
}

/// An axis of a layer within the path of its call.
fn own_name(axis: &str) -> String {
    axis.rsplit('.').next().unwrap_or(axis).to_string()
}

/// Where no system says it: equations run over the steps, if there is one axis only.
fn assume(scope: &mut Scope, unit: &Unit, item: Span) {
    if scope.axes.values().any(|axes| axes.iter().any(|a| a != "t")) {
        return;
    }
    let defs = unit
        .names
        .defs
        .iter()
        .filter(|d| within(item, d.span) && d.kind == DefKind::Equation);
    for def in defs {
        scope.axes.entry(def.name.clone()).or_insert_with(|| vec!["t".into()]);
    }
}

fn within(item: Span, span: Span) -> bool {
    span.file == item.file && item.start <= span.start && span.end <= item.end
}

fn states(states: &[(String, bool)]) -> String {
    let of = |based: bool| {
        let shown: Vec<String> = states
            .iter()
            .filter(|(_, b)| *b == based)
            .map(|(s, _)| math(s))
            .collect();
        shown.join(", ")
    };
    let zero = match of(false) {
        none if none.is_empty() => none,
        some => format!("{some}: zero before the first step"),
    };
    let given = match of(true) {
        none if none.is_empty() => none,
        some => format!("{some}: before the first step as given above"),
    };
    [zero, given]
        .into_iter()
        .filter(|s| !s.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

/// Named facts, those that are there.
fn facts(facts: &[(&str, String)]) -> String {
    let there = facts.iter().filter(|(_, said)| !said.is_empty());
    let rows: String = there
        .map(|(name, said)| format!("<dt>{name}</dt><dd>{said}</dd>\n"))
        .collect();
    match rows.is_empty() {
        true => rows,
        false => format!("<dl>\n{rows}</dl>\n"),
    }
}

fn parameters(probe: &Probe) -> String {
    if probe.parts.is_empty() {
        return String::new();
    }
    let rows: String = probe
        .parts
        .iter()
        .map(|part| {
            let names: Vec<String> = part
                .names
                .iter()
                .map(|n| format!("<code>{}</code>", escape(n)))
                .collect();
            let dims: Vec<String> = part.shape.iter().map(|dim| dim.shown()).collect();
            let shape = math(&dims.join("<mo lspace=\"0\" rspace=\"0\">×</mo>"));
            format!(
                "<tr><td>{}</td><td>{shape}</td><td>{}</td></tr>\n",
                names.join(", "),
                escape(&part.drawn)
            )
        })
        .collect();
    let given = match probe.given.is_empty() || probe.count.is_zero() {
        true => String::new(),
        false => format!(", for {}", escape(&probe.given.join(", "))),
    };
    let count = math(&probe.count.factored());
    format!(
        "<table class=\"parameters\">\n<thead><tr><th>Parameters: {count}{given}</th><th>shape</th><th>drawn</th></tr></thead>\n<tbody>\n{rows}</tbody></table>\n"
    )
}

fn relations(book: &Book, here: &str, papers: &[String]) -> String {
    let link = |address: &String| {
        let name = address.rsplit('#').next().unwrap_or("").trim_start_matches("model-");
        format!("<a href=\"{}\">{}</a>", escape(address), escape(name))
    };
    let listed = |all: BTreeSet<&String>| all.into_iter().map(link).collect::<Vec<_>>().join(", ");
    let uses = book.uses.iter().filter(|(from, _)| from == here).map(|(_, to)| to);
    let users = book.uses.iter().filter(|(_, to)| to == here).map(|(from, _)| from);
    facts(&[
        ("Papers", escape(&papers.join("; "))),
        ("Uses", listed(uses.collect())),
        ("Used by", listed(users.collect())),
    ])
}
