//! What could stand here, from the tokens before.

use super::analysis::{Analysis, OWN};
use super::builtin::{self, Builtin};
use super::describe;
use crate::driver::regime::schema::{self, Form, Kind, Shape};
use crate::lint::names::{Def, DefKind};
use crate::source::Span;
use crate::syntax::{Token, TokenKind, tokens};
use lsp_types::{CompletionItem, CompletionItemKind, Documentation, MarkupContent, MarkupKind};

const ITEMS: [&str; 8] = ["model", "cell", "layer", "fn", "train", "const", "use", "edition"];
const OF_MODELS: [&str; 11] = [
    "input", "target", "axis", "param", "fixed", "module", "loss", "metric", "output", "assert", "for",
];
const OF_LAYERS: [&str; 6] = ["param", "fixed", "module", "axis", "assert", "for"];
const OF_FUNCTIONS: [&str; 2] = ["assert", "for"];

pub fn completion(analysis: &Analysis, offset: usize) -> Vec<CompletionItem> {
    let source = analysis.text();
    let all = tokens(source);
    // The word being typed does not count.
    let before: Vec<Token> = all
        .into_iter()
        .take_while(|t| t.end < offset || t.end == offset && t.kind == TokenKind::Punct)
        .collect();
    let place = Place::of(source, &before);
    let item = analysis.names.item_around(Span::new(OWN, offset, offset));
    let scope = Scope { analysis, item };
    match place.block {
        None => match place.statement.as_slice() {
            [] => keywords(&ITEMS),
            ["train"] => scope.defined(|d| d.kind == DefKind::Model),
            ["const", ..] => scope.items(),
            _ => Vec::new(),
        },
        Some("train") => scope.setting(&place),
        Some(block) => match place.statement.as_slice() {
            [] => {
                let words: &[&str] = match block {
                    "model" => &OF_MODELS,
                    "fn" => &OF_FUNCTIONS,
                    _ => &OF_LAYERS,
                };
                let mut out = keywords(words);
                out.extend(scope.inside());
                out
            }
            [.., value, "."] => scope.fields(value),
            [.., "over"] | [.., "over", ":"] | [.., "like"] => scope.axes(),
            ["param" | "fixed", .., "~"] => builtins(builtin::DRAWS),
            [_, "~"] => builtins(builtin::DISTRIBUTIONS),
            ["input" | "target", _, ":"] => builtins(builtin::TYPES),
            ["input" | "target" | "param" | "fixed" | "module" | "axis" | "metric" | "output" | "for"] => Vec::new(),
            _ => {
                let mut out = scope.inside();
                out.extend(scope.items());
                out.extend(builtins(builtin::FUNCTIONS));
                out
            }
        },
    }
}

/// Where the text stops: the keyword of the block around, and the statement so far.
struct Place<'t> {
    block: Option<&'t str>,
    statement: Vec<&'t str>,
}

impl<'t> Place<'t> {
    fn of(source: &'t str, before: &[Token]) -> Place<'t> {
        let mut blocks: Vec<&str> = Vec::new();
        let mut statement: Vec<&str> = Vec::new();
        for token in before.iter().filter(|t| t.kind != TokenKind::Doc) {
            match &source[token.start..token.end] {
                ";" => statement.clear(),
                "{" => {
                    // A loop is of the kind of what it stands in.
                    let head = statement.first().copied().unwrap_or("");
                    let outer = blocks.last().copied().filter(|_| head == "for");
                    blocks.push(outer.unwrap_or(head));
                    statement.clear();
                }
                "}" => {
                    blocks.pop();
                    statement.clear();
                }
                word => statement.push(word),
            }
        }
        Place {
            block: blocks.last().copied(),
            statement,
        }
    }
}

struct Scope<'a> {
    analysis: &'a Analysis,
    item: Option<usize>,
}

impl Scope<'_> {
    fn defined(&self, wanted: impl Fn(&Def) -> bool) -> Vec<CompletionItem> {
        let found = self.analysis.names.defs.iter().filter(|d| wanted(d));
        found.map(|d| self.entry(d)).collect()
    }

    /// What can be named within the item.
    fn inside(&self) -> Vec<CompletionItem> {
        let item = self.item;
        self.defined(|d| item.is_some() && d.within == item && !matches!(d.kind, DefKind::Metric | DefKind::Output))
    }

    fn axes(&self) -> Vec<CompletionItem> {
        let item = self.item;
        self.defined(|d| d.kind == DefKind::Axis && d.within == item)
    }

    /// Functions, layers, cells and constants, the user's before those that they hide.
    fn items(&self) -> Vec<CompletionItem> {
        let mut out = self.defined(|d| d.kind.is_item() && d.kind != DefKind::Model);
        let mut seen = std::collections::BTreeSet::new();
        out.retain(|c| seen.insert(c.label.clone()));
        out
    }

    /// The inner values of the layer that gives a value.
    fn fields(&self, value: &str) -> Vec<CompletionItem> {
        let names = &self.analysis.names;
        let def = names.defs.iter().position(|d| d.name == value && d.within == self.item);
        let Some(layer) = def.and_then(|d| names.layers.get(&d).copied()) else {
            return Vec::new();
        };
        self.defined(|d| d.within == Some(layer) && matches!(d.kind, DefKind::Equation | DefKind::Param))
    }

    fn setting(&self, place: &Place) -> Vec<CompletionItem> {
        let Some((key, rest)) = place.statement.split_first() else {
            let there = schema::SETTINGS.iter().filter(|s| !matches!(s.value, Shape::Later));
            return there
                .map(|s| word(s.key, CompletionItemKind::PROPERTY, s.example))
                .collect();
        };
        let Some(setting) = schema::find(key) else {
            return Vec::new();
        };
        let forms: &[Form] = match setting.value {
            Shape::Forms(forms, _) => forms,
            Shape::One(Kind::Words(words)) => return keywords(words),
            Shape::One(_) | Shape::Names | Shape::Later => &[],
        };
        match rest {
            [] => forms
                .iter()
                .map(|f| word(f.name, CompletionItemKind::FUNCTION, &parameters(f)))
                .collect(),
            [form, ..] => {
                let params = forms.iter().filter(|f| f.name == *form).flat_map(Form::params);
                let named = params.filter(|p| !p.name.is_empty());
                let mut out: Vec<CompletionItem> = named
                    .map(|p| word(p.name, CompletionItemKind::PROPERTY, &p.kind.wanted()))
                    .collect();
                out.extend(self.defined(|d| matches!(d.kind, DefKind::Data(_)) && d.span.file == OWN));
                out
            }
        }
    }

    fn entry(&self, def: &Def) -> CompletionItem {
        let kind = match def.kind {
            DefKind::Const | DefKind::Size => CompletionItemKind::CONSTANT,
            DefKind::Fn => CompletionItemKind::FUNCTION,
            DefKind::Layer | DefKind::Cell | DefKind::Module => CompletionItemKind::CLASS,
            DefKind::Model => CompletionItemKind::MODULE,
            DefKind::Data(_) | DefKind::Argument => CompletionItemKind::FIELD,
            DefKind::Axis => CompletionItemKind::UNIT,
            DefKind::Param => CompletionItemKind::PROPERTY,
            DefKind::Equation | DefKind::Turn | DefKind::Metric | DefKind::Output => CompletionItemKind::VARIABLE,
        };
        let shape = || {
            let (model, v) = self.analysis.values(def.span).next()?;
            Some(describe::ty(model, model.system.ty(v)))
        };
        let detail = match def.kind.is_item() {
            true => Some(describe::head(self.analysis, def)),
            false => shape(),
        };
        CompletionItem {
            label: def.name.clone(),
            kind: Some(kind),
            detail,
            documentation: (!def.doc.is_empty()).then(|| markdown(&def.doc.join("\n"))),
            ..CompletionItem::default()
        }
    }
}

/// `(path, window: ..., split: ...)`
fn parameters(form: &Form) -> String {
    let names: Vec<&str> = form.params().map(|p| form.key(p)).collect();
    format!("{}({})", form.name, names.join(", "))
}

fn markdown(text: &str) -> Documentation {
    Documentation::MarkupContent(MarkupContent {
        kind: MarkupKind::Markdown,
        value: text.into(),
    })
}

fn word(label: &str, kind: CompletionItemKind, detail: &str) -> CompletionItem {
    CompletionItem {
        label: label.into(),
        kind: Some(kind),
        detail: (!detail.is_empty()).then(|| detail.into()),
        ..CompletionItem::default()
    }
}

fn keywords(words: &[&str]) -> Vec<CompletionItem> {
    words.iter().map(|w| word(w, CompletionItemKind::KEYWORD, "")).collect()
}

fn builtins(list: &[Builtin]) -> Vec<CompletionItem> {
    let entry = |b: &Builtin| CompletionItem {
        documentation: Some(markdown(b.says)),
        ..word(b.name, CompletionItemKind::FUNCTION, b.written)
    };
    list.iter().map(entry).collect()
}
