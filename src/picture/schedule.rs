//! A schedule as cards: its regions in order, what each computes, what it carries from step to step, and why it is there.

use super::layout::Rect;
use super::sheet::{Sheet, number};
use super::text::{Terminal, paint, wrap};
use super::words::{sign, symbol};
use crate::schedule::{Direction, Program, Region};
use crate::system::{AxisId, AxisSet, Op, RootKind, System, Value};
use std::collections::BTreeSet;

/// A region.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// `map over t`, `scan along t, forward`
    pub title: String,
    pub scan: bool,
    pub why: String,
    /// What a scan reads of its other steps.
    pub carries: Vec<String>,
    /// The values of the source that it gives.
    pub values: Vec<String>,
    pub counts: String,
    /// What a scan runs in each step, where that is more than one region.
    pub inner: Vec<Card>,
}

/// The cards of a program. Of its values those are told that `named` holds, and their derivatives.
pub fn cards(program: &Program, named: &BTreeSet<String>) -> Vec<Card> {
    let card = |r| card(&program.system, r, AxisSet::EMPTY, named);
    program.regions.iter().map(card).collect()
}

fn card(s: &System, region: &Region, cut: AxisSet, named: &BTreeSet<String>) -> Card {
    match region {
        Region::Block { ops, why } => {
            let axes = ops.iter().fold(AxisSet::EMPTY, |all, v| all.union(s.ty(*v).axes));
            let axes: Vec<&str> = axes
                .minus(cut)
                .without(AxisId::BATCH)
                .iter()
                .map(|a| s.axis_info(a).name.as_str())
                .collect();
            Card {
                title: match axes.is_empty() {
                    true => "once".into(),
                    false => format!("map over {}", axes.join(" and ")),
                },
                scan: false,
                why: why.clone(),
                carries: Vec::new(),
                values: values(s, ops, named),
                counts: counts(s, ops),
                inner: Vec::new(),
            }
        }
        Region::Scan {
            axis,
            direction,
            body,
            linear,
            why,
        } => {
            let ops: Vec<Value> = body.iter().flat_map(operations).collect();
            let name = &s.axis_info(*axis).name;
            let way = match direction {
                Direction::Forward => "forward",
                Direction::Backward => "backward",
            };
            let linear = if *linear { ", linear" } else { "" };
            let mut carries: Vec<String> = Vec::new();
            for &v in &ops {
                if let Op::Shift { x, axis: a, by, .. } = *s.op(v)
                    && a == *axis
                    && ops.contains(&x)
                {
                    let called = called(s, x);
                    let told = format!("{called}[{name}{}]", sign(by));
                    if !carries.contains(&told) {
                        carries.push(told);
                    }
                }
            }
            let inner: Vec<Card> = match &body[..] {
                [Region::Block { .. }] => Vec::new(),
                body => body.iter().map(|r| card(s, r, cut.with(*axis), named)).collect(),
            };
            let plain = inner.is_empty();
            Card {
                title: format!("scan along {name}, {way}{linear}"),
                scan: true,
                // The cycle itself is in numbers of operations.
                why: why.split(": %").next().unwrap_or(why).to_string(),
                carries,
                values: if plain { values(s, &ops, named) } else { Vec::new() },
                counts: if plain { counts(s, &ops) } else { String::new() },
                inner,
            }
        }
    }
}

/// A value's name, else what it is made of: the operation, and the first value with a name that it needs.
fn called(s: &System, v: Value) -> String {
    if let Some(name) = &s.nodes[v].origin.name {
        return name.clone();
    }
    let (mut seen, mut todo) = (vec![v], vec![v]);
    while let Some(at) = todo.pop() {
        if let Some(name) = &s.nodes[at].origin.name {
            return format!("{}({name})", symbol(s, s.op(v)));
        }
        for x in s
            .op(at)
            .args()
            .into_iter()
            .rev()
            .filter(|x| !s.op(*x).args().is_empty())
        {
            if !seen.contains(&x) {
                seen.push(x);
                todo.push(x);
            }
        }
    }
    format!("{v:?}")
}

fn operations(region: &Region) -> Vec<Value> {
    match region {
        Region::Block { ops, .. } => ops.clone(),
        Region::Scan { body, .. } => body.iter().flat_map(operations).collect(),
    }
}

fn values(s: &System, ops: &[Value], named: &BTreeSet<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for &v in ops {
        let Some(name) = &s.nodes[v].origin.name else { continue };
        let inner = name
            .strip_prefix("d(")
            .and_then(|n| n.strip_suffix(')'))
            .unwrap_or(name);
        if named.contains(inner) && !out.contains(name) && !matches!(s.op(v), Op::Param(_)) {
            out.push(name.clone());
        }
    }
    out
}

fn counts(s: &System, ops: &[Value]) -> String {
    let count = |n: usize, what: &str| match n {
        0 => None,
        1 => Some(format!("1 {what}")),
        n => Some(format!("{n} {what}s")),
    };
    let leaf = |v: &&Value| s.op(**v).args().is_empty();
    let products = ops.iter().filter(|v| matches!(s.op(**v), Op::Contract { .. })).count();
    let gradients = s
        .roots
        .iter()
        .filter(|r| matches!(r.kind, RootKind::Gradient(_)) && ops.contains(&r.value))
        .count();
    let parts = [
        count(
            ops.iter().filter(|v| matches!(s.op(**v), Op::Param(_))).count(),
            "parameter",
        ),
        count(ops.len() - ops.iter().filter(leaf).count(), "operation"),
        count(products, "product"),
        count(gradients, "gradient"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The lines of a card with their classes, wrapped.
fn lines(card: &Card, columns: usize) -> Vec<(&'static str, String)> {
    let mut out = vec![("head1", card.title.clone())];
    out.extend(wrap(&card.why, columns).into_iter().map(|l| ("note", l)));
    if !card.carries.is_empty() {
        let text = format!("carries {}", card.carries.join(", "));
        out.extend(wrap(&text, columns).into_iter().map(|l| ("carries", l)));
    }
    out.extend(wrap(&card.values.join(", "), columns).into_iter().map(|l| ("type", l)));
    out.extend(wrap(&card.counts, columns).into_iter().map(|l| ("note", l)));
    out
}

const SIZE: f64 = 11.0;
const LINE: f64 = 15.0;
const PAD: f64 = 9.0;
const GAP: f64 = 22.0;
const COLUMNS: usize = 78;

/// The cards one above the other, in the order in which they run.
pub fn cards_svg(title: &str, cards: &[Card]) -> String {
    let width = COLUMNS as f64 * SIZE * 0.61 + 6.0 * PAD;
    let height = stack_height(cards, COLUMNS) + 2.0 * 16.0 + 26.0;
    let mut sheet = Sheet::new(title, width + 32.0, height);
    sheet.text("head1 left", 13.0, (16.0, 28.0), title);
    put_stack(&mut sheet, cards, 16.0, 42.0, width, COLUMNS);
    sheet.finish()
}

fn card_height(card: &Card, columns: usize) -> f64 {
    let own = lines(card, columns).len() as f64 * LINE + 2.0 * PAD;
    match card.inner.is_empty() {
        true => own,
        false => own + stack_height(&card.inner, columns - 4) + PAD,
    }
}

fn stack_height(cards: &[Card], columns: usize) -> f64 {
    let cards: Vec<f64> = cards.iter().map(|c| card_height(c, columns)).collect();
    cards.iter().sum::<f64>() + GAP * cards.len().saturating_sub(1) as f64
}

fn put_stack(sheet: &mut Sheet, cards: &[Card], x: f64, mut y: f64, width: f64, columns: usize) {
    for (at, card) in cards.iter().enumerate() {
        let height = card_height(card, columns);
        if at > 0 {
            let middle = x + width / 2.0;
            sheet.path(
                "flow",
                &format!("M{} {}V{}", number(middle), number(y - GAP), number(y)),
            );
            sheet.head("flow", (middle, y), (0.0, 1.0));
        }
        let rect = Rect { x, y, width, height };
        sheet.rect(if card.scan { "scan" } else { "card" }, &rect, 5.0);
        let mut line = y + PAD + SIZE;
        for (class, text) in lines(card, columns) {
            sheet.text(&format!("{class} left"), SIZE, (x + PAD, line), &text);
            line += LINE;
        }
        if !card.inner.is_empty() {
            let top = line - SIZE + PAD / 2.0;
            put_stack(sheet, &card.inner, x + 2.0 * PAD, top, width - 4.0 * PAD, columns - 4);
        }
        y += height + GAP;
    }
}

/// The same as text.
pub fn cards_text(cards: &[Card], terminal: &Terminal) -> String {
    let mut out = String::new();
    put_text(cards, "", terminal, &mut out);
    out
}

fn put_text(cards: &[Card], bars: &str, terminal: &Terminal, out: &mut String) {
    let columns = terminal.width.saturating_sub(bars.chars().count() + 3).max(20);
    let bar = |out: &mut String, bar: &str| out.push_str(&paint(terminal, "dim", &format!("{bars}{bar}")));
    for card in cards {
        for (at, (class, text)) in lines(card, columns).into_iter().enumerate() {
            bar(out, if at == 0 { "\u{256d}\u{2500} " } else { "\u{2502} " });
            out.push_str(&paint(terminal, class, &text));
            out.push('\n');
        }
        put_text(&card.inner, &format!("{bars}\u{2502} "), terminal, out);
        bar(out, "\u{2570}\u{2500}");
        out.push('\n');
    }
}
