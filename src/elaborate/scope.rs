//! Scopes: what names mean inside one body.

use super::draft::{Axis, D, Path};
use super::over::Over;
use crate::source::Span;
use crate::syntax::ast;
use std::collections::BTreeMap;

/// Something known at compile time.
#[derive(Clone, Debug)]
pub(crate) enum Ct<'a> {
    Number(f64),
    Symbol(String),
    /// Known as such; nothing takes one yet.
    Str,
    List(Vec<Ct<'a>>),
    Module(Module<'a>),
    /// A layer that needs sizes which are not given.
    Layer(&'a ast::LayerItem),
}

impl Ct<'_> {
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Ct::Number(_) => "a number",
            Ct::Symbol(_) => "a word",
            Ct::Str => "a string",
            Ct::List(_) => "a list",
            Ct::Layer(_) => "a layer without its sizes",
            Ct::Module(_) => "a module",
        }
    }
}

/// Something that turns inputs into outputs: a layer with its sizes given, or a function.
#[derive(Clone, Debug)]
pub(crate) enum Module<'a> {
    Layer {
        item: &'a ast::LayerItem,
        sizes: BTreeMap<String, Ct<'a>>,
        /// Set for `module m = ...`: every call uses the parameters under this path.
        shared: Option<Path>,
        over: Over,
    },
    Fn(&'a ast::FnItem),
    Intrinsic(&'static str),
    /// Of a value over several axes, at each step of one of them.
    Each(Box<Module<'a>>, Axis),
}

impl<'a> Module<'a> {
    pub(crate) fn of(item: &'a ast::LayerItem, sizes: BTreeMap<String, Ct<'a>>) -> Module<'a> {
        Module::Layer {
            item,
            sizes,
            shared: None,
            over: Over::Features,
        }
    }

    /// The same module with one set of parameters for all its calls.
    pub(crate) fn shared_under(mut self, path: Path) -> Self {
        match &mut self {
            Module::Layer { shared, .. } => *shared = Some(path),
            Module::Each(inner, axis) => return Module::Each(Box::new(inner.clone().shared_under(path)), axis.clone()),
            Module::Fn(_) | Module::Intrinsic(_) => {}
        }
        self
    }
}

/// What a name means.
#[derive(Clone, Debug)]
pub(crate) enum Binding<'a> {
    Value(D),
    Ct(Ct<'a>),
    /// `xs...`: each argument with the name it gives its parameters.
    Variadic(Vec<(String, D)>),
    /// `z[l]`: one equation an index.
    Family,
    Axis(crate::system::AxisId),
    /// The axis of an input that gives it a name: `x over t`.
    AxisOf(D),
    /// What a call says to reduce.
    Over(Over),
}

/// What an expression is.
#[derive(Clone, Debug)]
pub(crate) enum Val<'a> {
    Value(D),
    Ct(Ct<'a>),
    Variadic(Vec<(String, D)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    Model,
    Layer,
    Cell,
    Fn,
}

pub(crate) struct Scope<'a> {
    pub kind: ScopeKind,
    /// What is being elaborated, for messages: ``cell `lstm` ``.
    pub what: String,
    pub path: Path,
    /// Values, and all else that is not a size.
    pub names: BTreeMap<String, (Binding<'a>, Span)>,
    /// Sizes and modules: a space of their own, so that `param bias ~ const(bias)` can be said.
    pub sizes: BTreeMap<String, Ct<'a>>,
    /// The axis that `t` means in a cell or a layer.
    pub step: Option<Axis>,
    /// Elements of families by name and index.
    pub families: BTreeMap<(String, Vec<i64>), D>,
    /// The scope of the layer that gives an equation's value: `d.c` looks there.
    pub instances: BTreeMap<String, usize>,
    /// Names that equations define without adding a segment: a layer's outputs.
    pub outputs: Vec<String>,
    /// Values of `d.c` read before `d` is elaborated.
    pub fields: Vec<(String, ast::Ident, D)>,
    /// Base cases written for inner states, `d.c[0] = ...`.
    pub inner_inits: Vec<(Vec<ast::Ident>, bool, D, Span)>,
    /// Whether unused definitions in here are worth a warning: false in the standard library.
    pub user: bool,
    /// How many families `for` loops define in this body.
    pub family_count: usize,
    /// The values bound by enclosing `for` loops.
    pub loops: Vec<(String, LoopVar)>,
}

#[derive(Clone, Debug)]
pub(crate) enum LoopVar {
    Number(i64),
    Element { value: D, name: String, index: i64 },
}
