//! From the pairs of an item, or of an item's head, to its node.

use pest::iterators::Pair;

use super::ast::*;
use super::build::{Builder, next};
use super::grammar::Rule;

/// A `use` or a `const`.
pub(super) fn simple_item(b: &Builder, pair: Pair<Rule>, doc: Vec<String>) -> Item {
    let span = b.span(&pair);
    let rule = pair.as_rule();
    let mut inner = pair.into_inner();
    inner.next();
    match rule {
        Rule::use_item => Item::Use(UseItem {
            path: b.string(next(&mut inner)),
            span,
        }),
        _ => Item::Const(ConstItem {
            doc,
            name: b.ident(next(&mut inner)),
            value: b.expr(next(&mut inner)),
            span,
        }),
    }
}

/// An item from its head, its body still empty and its span that of the head.
pub(super) fn block_item(b: &Builder, pair: Pair<Rule>, doc: Vec<String>) -> Item {
    let span = b.span(&pair);
    let rule = pair.as_rule();
    let mut inner = pair.into_inner();
    let word = next(&mut inner);
    let name = b.ident(next(&mut inner));
    match rule {
        Rule::fn_head => Item::Fn(FnItem {
            doc,
            name,
            inputs: b.inputs(next(&mut inner)),
            outputs: b.idents(next(&mut inner)),
            body: Vec::new(),
            span,
        }),
        Rule::layer_head => {
            let mut inputs = next(&mut inner);
            let mut sizes = Vec::new();
            if inputs.as_rule() == Rule::sizes {
                sizes = b.sizes(inputs);
                inputs = next(&mut inner);
            }
            Item::Layer(LayerItem {
                doc,
                cell: word.as_str() == "cell",
                name,
                sizes,
                inputs: b.inputs(inputs),
                outputs: b.idents(next(&mut inner)),
                body: Vec::new(),
                span,
            })
        }
        Rule::model_head => Item::Model(ModelItem {
            doc,
            name,
            sizes: inner.next().map(|p| b.sizes(p)).unwrap_or_default(),
            body: Vec::new(),
            span,
        }),
        _ => Item::Train(TrainItem {
            doc,
            model: name,
            name: inner.nth(1).map(|p| b.ident(p)),
            settings: Vec::new(),
            span,
        }),
    }
}
