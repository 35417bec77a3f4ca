//! The state of elaboration and what every part of it needs.

use super::draft::{self, D, Drafts, Kind, Path, Segment};
use super::items::{Item, Items};
use super::metrics::Reported;
use super::scope::{Binding, Ct, LoopVar, Scope, ScopeKind};
use crate::diagnostics::near::{listed, nearest};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, codes};
use crate::source::Span;
use crate::syntax::ast;
use crate::system::{Arena, Axis, AxisId, Data};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Modules nested deeper than this contain themselves.
pub(crate) const DEPTH: usize = 64;

/// Operations, calls and turns of loops that one model may expand to. Modules that call each other twice double at every
/// level, so that a short text could fill any memory.
const BUDGET: usize = 200_000;

/// What is spent once nothing is expanded any more.
const GIVEN_UP: usize = usize::MAX / 2;

pub(crate) struct Elaborator<'a> {
    pub items: &'a Items<'a>,
    pub out: Diagnostics,
    pub drafts: Drafts,
    pub scopes: Vec<Scope<'a>>,
    pub data: Arena<Data>,
    pub axes: Vec<Axis>,
    /// Second names of axes: `axis s: like t;`.
    pub likes: Vec<(AxisId, draft::Axis)>,
    /// What an `over:` or `each` around says of the axis of a cell whose inputs run over several.
    pub told: Option<Rc<draft::Told>>,
    pub streams: u32,
    pub depth: usize,
    /// Calls and turns so far.
    pub spent: usize,
    /// The path of the equation being elaborated, and the layer calls found in it so far.
    pub path: Path,
    pub pending: Vec<(usize, String, usize)>,
    /// How many shared modules are being elaborated, one within another; the calls made in such, by their place; the
    /// names of their inputs.
    pub sharing: usize,
    pub shared_calls: BTreeMap<(Path, Span, usize), usize>,
    pub shared_inputs: BTreeMap<Path, Vec<String>>,
    /// Constants being evaluated, to notice one that needs itself.
    pub constants: Vec<String>,
    /// The right sides of the model's own equations.
    pub equations: BTreeMap<&'a str, &'a ast::Expr>,
    pub observed: Vec<Observed>,
    pub terms: Vec<(String, D)>,
    pub metrics: Vec<Reported>,
    pub outputs: Vec<(String, D)>,
}

/// `target ~ name(values)`, elaborated.
pub(crate) struct Observed {
    pub target: crate::system::DataId,
    pub node: D,
    pub name: &'static str,
    pub values: Vec<D>,
    pub nll: D,
    pub until: Option<usize>,
    pub span: Span,
}

impl<'a> Elaborator<'a> {
    pub(crate) fn error(&mut self, code: Code, message: impl Into<String>, span: Span, label: impl Into<String>) {
        let span = self.drafts.here(span);
        self.out.push(Diagnostic::error(code, message).label(span, label));
    }

    /// Stands for a value that could not be made; an error has been reported.
    pub(crate) fn poison(&mut self, span: Span) -> D {
        self.drafts.push(Kind::Const(0.0), span)
    }

    /// Counts a call or a turn of a loop; false, once with an error, when the model has grown beyond all measure.
    pub(crate) fn within_budget(&mut self, span: Span) -> bool {
        self.spent += 1;
        if self.spent + self.drafts.nodes.len() <= BUDGET {
            return true;
        }
        if self.spent < GIVEN_UP {
            self.give_up();
            let message = "the model expands to more than 200,000 operations";
            self.error(codes::RECURSION, message, span, "too large from here on");
        }
        false
    }

    /// Expands nothing more: an error has said why.
    pub(crate) fn give_up(&mut self) {
        self.spent = GIVEN_UP;
    }

    pub(crate) fn unsupported(&mut self, what: &str, span: Span) {
        self.out.push(
            Diagnostic::error(codes::UNSUPPORTED, format!("{what} is not supported yet"))
                .label(span, "this version of the compiler cannot build it"),
        );
    }

    pub(crate) fn scope(&mut self, kind: ScopeKind, what: String, path: Path, user: bool) -> usize {
        self.scopes.push(Scope {
            kind,
            what,
            path,
            names: BTreeMap::new(),
            sizes: BTreeMap::new(),
            step: None,
            families: BTreeMap::new(),
            instances: BTreeMap::new(),
            outputs: Vec::new(),
            fields: Vec::new(),
            inner_inits: Vec::new(),
            user,
            family_count: 0,
            loops: Vec::new(),
        });
        self.scopes.len() - 1
    }

    pub(crate) fn is_user(&self, span: Span) -> bool {
        span.file.0 < self.drafts.std_from
    }

    /// Binds a name, or reports that it is taken.
    pub(crate) fn bind(&mut self, s: usize, name: &ast::Ident, binding: Binding<'a>) {
        if let Some((_, first)) = self.scopes[s].names.get(&name.name) {
            let first = ast::Ident {
                name: name.name.clone(),
                span: *first,
            };
            self.out.push(super::items::duplicate("name", &first, name));
            return;
        }
        if matches!(self.scopes[s].kind, ScopeKind::Model) && self.scopes[s].sizes.contains_key(&name.name) {
            self.error(
                codes::DUPLICATE,
                format!("the name `{}` is defined twice", name.name),
                name.span,
                "a size of the model has this name",
            );
            return;
        }
        self.scopes[s].names.insert(name.name.clone(), (binding, name.span));
    }

    /// The indices of the loops around, innermost last.
    pub(crate) fn loop_indices(&self, s: usize) -> Vec<i64> {
        self.scopes[s]
            .loops
            .iter()
            .map(|(_, v)| match v {
                LoopVar::Number(i) => *i,
                LoopVar::Element { index, .. } => *index,
            })
            .collect()
    }

    /// The path of what stands inside the loops of a scope.
    pub(crate) fn loop_path(&self, s: usize) -> Path {
        let mut path = self.scopes[s].path.clone();
        for (_, v) in &self.scopes[s].loops {
            path.push(Segment::Name(match v {
                LoopVar::Number(i) => i.to_string(),
                LoopVar::Element { name, .. } => name.clone(),
            }));
        }
        path
    }

    /// An element of a family, made on demand: it may be defined further down.
    pub(crate) fn family(&mut self, s: usize, name: &str, index: Vec<i64>, span: Span) -> D {
        if let Some(d) = self.scopes[s].families.get(&(name.to_string(), index.clone())) {
            return *d;
        }
        let d = self.drafts.push(Kind::Equal(None), span);
        self.scopes[s].families.insert((name.to_string(), index), d);
        d
    }

    pub(crate) fn unknown_name(&mut self, s: usize, name: &str, span: Span) {
        let unknown = self.unknown(s, name, span);
        self.out.push(unknown);
    }

    /// Nothing in this scope, and no item, has this name.
    pub(crate) fn unknown(&self, s: usize, name: &str, span: Span) -> Diagnostic {
        let here = self.scopes[s]
            .names
            .keys()
            .chain(self.scopes[s].sizes.keys())
            .map(String::as_str);
        let items = self.items.table.keys().copied();
        let suggestion = nearest(name, here.chain(items).chain(super::intrinsics::NAMES.iter().copied()));
        let mut d = Diagnostic::error(codes::UNKNOWN_NAME, format!("nothing is called `{name}`"))
            .label(span, format!("not defined in {}", self.scopes[s].what));
        if let Some(n) = suggestion {
            d = d.fix(format!("did you mean `{n}`?"), span, n);
        }
        d
    }

    /// `d.c` of a cell or a layer that has no `c`.
    pub(crate) fn unknown_inner(&mut self, inner: usize, name: &ast::Ident) {
        let scope = &self.scopes[inner];
        let values = scope.names.iter().filter(|(_, (b, _))| matches!(b, Binding::Value(_)));
        let values: Vec<&str> = values.map(|(n, _)| n.as_str()).collect();
        let message = format!("{} has no value called `{}`", scope.what, name.name);
        let d = Diagnostic::error(codes::UNKNOWN_NAME, message).label(name.span, "no such value");
        let d = match nearest(&name.name, values.iter().copied()) {
            Some(n) => d.fix(format!("did you mean `{n}`?"), name.span, n),
            None => d.help(format!("its values are {}", listed(&values))),
        };
        self.out.push(d);
    }

    /// Elaborates something under a path of its own, then names the layer calls that stood in it: the last gives the
    /// value and adds no segment, the others are called by their layers' names. Returns the scope of the last.
    pub(crate) fn under<T>(&mut self, path: Path, f: impl FnOnce(&mut Self) -> T) -> (T, Option<usize>) {
        let outer = std::mem::replace(&mut self.path, path);
        let pending = std::mem::take(&mut self.pending);
        let result = f(self);
        self.path = outer;
        let mut calls = std::mem::replace(&mut self.pending, pending);
        let last = calls.pop();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for (id, name, _) in calls {
            let n = seen.entry(name.clone()).or_insert(0);
            *n += 1;
            self.drafts.calls[id] = Some(if *n == 1 { name } else { format!("{name}{n}") });
        }
        (result, last.map(|(_, _, scope)| scope))
    }

    /// The number a constant item stands for.
    pub(crate) fn constant(&mut self, item: &'a ast::ConstItem) -> Option<Ct<'a>> {
        if self.constants.contains(&item.name.name) {
            self.error(
                codes::RECURSION,
                format!("the constant `{}` needs itself", item.name.name),
                item.name.span,
                "its value depends on its own",
            );
            return None;
        }
        self.constants.push(item.name.name.clone());
        let s = self.scope(ScopeKind::Fn, format!("constant `{}`", item.name.name), vec![], false);
        let value = self.compile_time(s, &item.value);
        self.constants.pop();
        value
    }

    pub(crate) fn item(&self, name: &str) -> Option<Item<'a>> {
        self.items.table.get(name).copied()
    }
}
