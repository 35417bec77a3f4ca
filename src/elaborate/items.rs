//! The items of all files by name; the user's come before the standard library's.

use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::syntax::ast;
use std::collections::BTreeMap;

#[derive(Clone, Copy)]
pub(crate) enum Item<'a> {
    Const(&'a ast::ConstItem),
    Fn(&'a ast::FnItem),
    Layer(&'a ast::LayerItem),
}

impl<'a> Item<'a> {
    pub(crate) fn name(&self) -> &'a ast::Ident {
        match self {
            Item::Const(i) => &i.name,
            Item::Fn(i) => &i.name,
            Item::Layer(i) => &i.name,
        }
    }
}

#[derive(Default)]
pub(crate) struct Items<'a> {
    pub table: BTreeMap<&'a str, Item<'a>>,
    pub models: Vec<&'a ast::ModelItem>,
    pub trains: Vec<&'a ast::TrainItem>,
}

/// Collects the items. Files from `std_from` on are the standard library: a user's item of the same name hides theirs.
pub(crate) fn collect<'a>(files: &'a [ast::File], std_from: usize, out: &mut Diagnostics) -> Items<'a> {
    let mut items = Items::default();
    for (at, file) in files.iter().enumerate() {
        for item in &file.items {
            let item = match item {
                ast::Item::Const(i) => Item::Const(i),
                ast::Item::Fn(i) => Item::Fn(i),
                ast::Item::Layer(i) => Item::Layer(i),
                ast::Item::Model(m) => {
                    if let Some(first) = items.models.iter().find(|f| f.name.name == m.name.name) {
                        out.push(duplicate("model", &first.name, &m.name));
                    } else {
                        items.models.push(m);
                    }
                    continue;
                }
                ast::Item::Train(t) => {
                    items.trains.push(t);
                    continue;
                }
                ast::Item::Use(_) => continue,
            };
            match items.table.get(item.name().name.as_str()) {
                Some(_) if at >= std_from => {}
                Some(first) => out.push(duplicate("item", first.name(), item.name())),
                None => {
                    items.table.insert(&item.name().name, item);
                }
            }
        }
    }
    items
}

pub(crate) fn duplicate(what: &str, first: &ast::Ident, second: &ast::Ident) -> Diagnostic {
    Diagnostic::error(
        codes::DUPLICATE,
        format!("the {what} `{}` is defined twice", second.name),
    )
    .label(second.span, "defined again here")
    .label(first.span, "first defined here")
}
