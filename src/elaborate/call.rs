//! Calls: modules, layers, functions.

use super::draft::{D, Path, Segment, Told};
use super::elaborator::{DEPTH, Elaborator};
use super::intrinsics::REDUCTIONS;
use super::items::Item;
use super::over::{Over, is_over, without_over};
use super::scope::{Binding, Ct, Module, ScopeKind, Val};
use crate::diagnostics::near::nearest;
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::{self, Arg, Expr, ExprKind};
use crate::system::CallKind;
use std::collections::BTreeMap;
use std::rc::Rc;

/// An input with the name that it gives to parameters.
pub(crate) type Named = (String, D);

impl<'a> Elaborator<'a> {
    pub(crate) fn call(&mut self, s: usize, callee: &'a Expr, args: &'a [Arg], span: Span) -> Option<Val<'a>> {
        if let ExprKind::Name(name) = &callee.kind {
            let local = self.scopes[s].names.contains_key(name) || self.scopes[s].sizes.contains_key(name);
            let is_module = matches!(
                (self.scopes[s].names.get(name), self.scopes[s].sizes.get(name)),
                (Some((Binding::Ct(Ct::Module(_)), _)), _) | (_, Some(Ct::Module(_)))
            );
            if let (None, Some(Ct::Layer(item))) = (self.scopes[s].names.get(name), self.scopes[s].sizes.get(name)) {
                let item = *item;
                return self.call_layer(s, item, args, callee.span, span);
            }
            // A value may have the name of a function: `mean` in `fn normal_nll(y, mean, std)`.
            if !local || !is_module {
                match self.item(name) {
                    Some(Item::Layer(item)) => return self.call_layer(s, item, args, callee.span, span),
                    Some(Item::Fn(item)) => {
                        let (inputs, over) = (self.inputs(s, args)?, self.over_among(s, args)?);
                        return self.call_fn(item, inputs, over, span).map(Val::Value);
                    }
                    Some(Item::Const(_)) | None => {}
                }
                if super::lists::NAMES.contains(&name.as_str()) {
                    return self.of_list(s, name, args, span);
                }
                if name == "each" {
                    return self.each(s, args, span).map(|m| Val::Ct(Ct::Module(m)));
                }
                if let Some(n) = super::intrinsics::NAMES.iter().find(|n| *n == name) {
                    if let ("sum", Some(total)) = (*n, self.sum_over_loop(s, args, span)) {
                        return Some(Val::Value(total));
                    }
                    return self.intrinsic(s, n, args, span);
                }
                if !local {
                    self.unknown_name(s, name, callee.span);
                    return None;
                }
            }
        }
        let module = self.module(s, callee)?;
        if let Module::Layer { item, .. } = &module
            && let Some(a) = args.iter().find(|a| a.name.is_some() && !is_over(a))
        {
            let at = a.name.as_ref().map_or(span, |n| n.span);
            let message = format!("the sizes of `{}` are already given", item.name.name);
            self.error(codes::ARGUMENTS, message, at, "only inputs are expected here");
            return None;
        }
        let (inputs, over) = (self.inputs(s, args)?, self.over_among(s, args)?);
        self.apply(module, inputs, over, span).map(Val::Value)
    }

    /// `each(m, over: s)`
    fn each(&mut self, s: usize, args: &'a [Arg], span: Span) -> Option<Module<'a>> {
        let (Over::Steps(axis, None), [m]) = (
            self.over_among(s, args)?,
            &args.iter().filter(|a| a.name.is_none()).collect::<Vec<_>>()[..],
        ) else {
            let label = "as in `each(lstm(8), over: s)`";
            self.error(codes::ARGUMENTS, "`each` takes a module and an axis", span, label);
            return None;
        };
        let inner = self.module(s, &m.value)?;
        Some(Module::Each(Box::new(inner), axis))
    }

    /// An expression that stands for a module: `lstm(64)`, `m`, `tanh`.
    pub(crate) fn module(&mut self, s: usize, e: &'a Expr) -> Option<Module<'a>> {
        match self.expr(s, e)? {
            Val::Ct(Ct::Module(m)) => Some(m),
            // Says which size is missing.
            Val::Ct(Ct::Layer(item)) => self.default_sizes(s, item, e.span).map(|sizes| Module::of(item, sizes)),
            other => {
                let what = match &other {
                    Val::Ct(ct) => ct.describe(),
                    Val::Value(_) => "a value",
                    Val::Variadic(_) => "a list of inputs",
                };
                self.error(
                    codes::NOT_CALLABLE,
                    format!("{what} used as a function"),
                    e.span,
                    "this takes no inputs",
                );
                None
            }
        }
    }

    pub(crate) fn apply(&mut self, module: Module<'a>, inputs: Vec<Named>, over: Over, span: Span) -> Option<D> {
        match module {
            Module::Layer {
                item,
                sizes,
                shared,
                over: own,
            } => {
                let over = if let Over::Features = over { own } else { over };
                self.instantiate(item, sizes, shared, inputs, over, span)
            }
            Module::Fn(item) => self.call_fn(item, inputs, over, span),
            Module::Intrinsic(name) => match (over, &inputs[..]) {
                (Over::Features, _) => {
                    let values: Vec<D> = inputs.into_iter().map(|(_, d)| d).collect();
                    self.intrinsic_of_values(name, &values, span)
                }
                (over, [(_, x)]) if REDUCTIONS.contains(&name) => self.reduced(name, Val::Value(*x), over, span),
                (_, _) => {
                    let message = format!("`{name}` is over no axis");
                    self.error(codes::ARGUMENTS, message, span, "it takes no `over:`");
                    None
                }
            },
            Module::Each(inner, axis) => {
                let told = self.told.replace(Rc::new(Told::Not(axis)));
                let y = self.apply(*inner, inputs, over, span);
                self.told = told;
                y
            }
        }
    }

    /// The values of positional arguments, `xs...` spread out.
    fn inputs(&mut self, s: usize, args: &'a [Arg]) -> Option<Vec<Named>> {
        let mut out: Vec<Named> = Vec::new();
        for a in args.iter().filter(|a| !is_over(a)) {
            if let Some(n) = &a.name {
                let message = format!("no parameter is called `{}`", n.name);
                self.error(codes::ARGUMENTS, message, n.span, "inputs are given by position");
                return None;
            }
            match self.expr(s, &a.value) {
                Some(Val::Variadic(all)) => all.into_iter().for_each(|(n, d)| push_unique(&mut out, n, d)),
                other => {
                    let d = self.as_value(other, a.value.span);
                    push_unique(&mut out, argument_name(&a.value), d);
                }
            }
        }
        Some(out)
    }

    /// `layer(...)`: with nothing but sizes it is a module; with a value among the arguments those are the inputs,
    /// and sizes are given by name.
    fn call_layer(
        &mut self,
        s: usize,
        item: &'a ast::LayerItem,
        args: &'a [Arg],
        callee: Span,
        span: Span,
    ) -> Option<Val<'a>> {
        let mut values: Vec<(Val, &'a Arg)> = Vec::new();
        for a in args.iter().filter(|a| a.name.is_none()) {
            values.push((self.expr(s, &a.value)?, a));
        }
        let named: Vec<&'a Arg> = args.iter().filter(|a| a.name.is_some() && !is_over(a)).collect();
        let over = self.over_among(s, args)?;
        if values.iter().all(|(v, _)| matches!(v, Val::Ct(_))) {
            let positional = values
                .into_iter()
                .filter_map(|(v, a)| match v {
                    Val::Ct(ct) => Some((ct, a.value.span)),
                    Val::Value(_) | Val::Variadic(_) => None,
                })
                .collect();
            let sizes = self.bind_sizes(s, item, positional, named, callee)?;
            return Some(Val::Ct(Ct::Module(Module::Layer {
                item,
                sizes,
                shared: None,
                over,
            })));
        }
        let mut inputs = Vec::new();
        for (v, a) in values {
            match v {
                Val::Variadic(all) => all.into_iter().for_each(|(n, d)| push_unique(&mut inputs, n, d)),
                other => {
                    let d = self.as_value(Some(other), a.value.span);
                    push_unique(&mut inputs, argument_name(&a.value), d);
                }
            }
        }
        let sizes = self.bind_sizes(s, item, vec![], named, callee)?;
        self.instantiate(item, sizes, None, inputs, over, span).map(Val::Value)
    }

    pub(crate) fn default_sizes(
        &mut self,
        s: usize,
        item: &'a ast::LayerItem,
        span: Span,
    ) -> Option<BTreeMap<String, Ct<'a>>> {
        self.bind_sizes(s, item, vec![], vec![], span)
    }

    pub(crate) fn bind_sizes(
        &mut self,
        s: usize,
        item: &'a ast::LayerItem,
        positional: Vec<(Ct<'a>, Span)>,
        named: Vec<&'a Arg>,
        callee: Span,
    ) -> Option<BTreeMap<String, Ct<'a>>> {
        let what = format!("`{}`", item.name.name);
        if positional.len() > item.sizes.len() {
            let message = format!(
                "{what} takes {}, {} given",
                plural(item.sizes.len(), "size"),
                positional.len()
            );
            let d = Diagnostic::error(codes::ARGUMENTS, message).label(positional[item.sizes.len()].1, "one too many");
            self.out.push(self.defined_here(d, item.name.span));
            return None;
        }
        let mut sizes: BTreeMap<String, Ct> = BTreeMap::new();
        for (p, (ct, _)) in item.sizes.iter().zip(positional) {
            sizes.insert(p.name.name.clone(), ct);
        }
        for a in named {
            let name = a.name.as_ref().expect("internal error: a named argument has a name");
            let Some(p) = item.sizes.iter().find(|p| p.name.name == name.name) else {
                let message = format!("{what} has no size called `{}`", name.name);
                let mut d = Diagnostic::error(codes::ARGUMENTS, message).label(name.span, "no such size");
                if let Some(n) = nearest(&name.name, item.sizes.iter().map(|p| p.name.name.as_str())) {
                    d = d.fix(format!("did you mean `{n}`?"), name.span, n);
                }
                self.out.push(self.defined_here(d, item.name.span));
                return None;
            };
            if sizes.contains_key(&name.name) {
                let message = format!("the size `{}` of {what} is given twice", name.name);
                self.error(codes::ARGUMENTS, message, name.span, "given again here");
                return None;
            }
            let ct = match (&a.value.kind, self.symbol_default(p)) {
                (ExprKind::Name(word), true) => Ct::Symbol(word.clone()),
                _ => self.compile_time(s, &a.value)?,
            };
            sizes.insert(name.name.clone(), ct);
        }
        let inner = self.scope(ScopeKind::Fn, format!("the sizes of {what}"), vec![], false);
        for p in &item.sizes {
            if !sizes.contains_key(&p.name.name) {
                let ct = match &p.default {
                    Some(_) if self.symbol_default(p) => match p.default.as_ref().map(|e| &e.kind) {
                        Some(ExprKind::Name(word)) => Ct::Symbol(word.clone()),
                        _ => unreachable!("internal error: a symbol's default is a name"),
                    },
                    Some(e) => self.compile_time(inner, e)?,
                    None => {
                        let message = format!("{what} needs the size `{}`", p.name.name);
                        let d = Diagnostic::error(codes::ARGUMENTS, message)
                            .label(callee, format!("`{}` is not given", p.name.name))
                            .help(format!(
                                "sizes come first, `{n}({p}: 64)(x)`; in a call with inputs they are named, `{n}(x, {p}: 64)`",
                                n = item.name.name,
                                p = p.name.name
                            ));
                        self.out.push(self.defined_here(d, item.name.span));
                        return None;
                    }
                };
                sizes.insert(p.name.name.clone(), ct);
            }
            self.scopes[inner]
                .sizes
                .insert(p.name.name.clone(), sizes[&p.name.name].clone());
        }
        Some(sizes)
    }

    /// `mask = step`: a default that is a plain word makes the size a word.
    fn symbol_default(&self, p: &ast::SizeParam) -> bool {
        match p.default.as_ref().map(|e| &e.kind) {
            Some(ExprKind::Name(n)) => self.item(n).is_none() && !super::intrinsics::NAMES.contains(&n.as_str()),
            _ => false,
        }
    }

    pub(crate) fn defined_here(&self, d: Diagnostic, span: Span) -> Diagnostic {
        if self.is_user(span) {
            d.label(span, "defined here")
        } else {
            d
        }
    }

    /// Elaborates a layer's body with these inputs; returns its first output.
    fn instantiate(
        &mut self,
        item: &'a ast::LayerItem,
        sizes: BTreeMap<String, Ct<'a>>,
        shared: Option<Path>,
        mut inputs: Vec<Named>,
        over: Over,
        span: Span,
    ) -> Option<D> {
        let word = if item.cell { "cell" } else { "layer" };
        let what = format!("{word} `{}`", item.name.name);
        if !self.enter(&what, span) {
            return None;
        }
        let shares = shared.is_some();
        let path = match shared {
            Some(path) => {
                self.name_as_first(&path, &mut inputs);
                path
            }
            None => {
                let mut path = self.path.clone();
                path.push(Segment::Call(self.call_id(span)));
                path
            }
        };
        let kind = if item.cell { ScopeKind::Cell } else { ScopeKind::Layer };
        let inner = self.scope(kind, what.clone(), path.clone(), self.is_user(item.name.span));
        if let Some(Segment::Call(id)) = path.last() {
            self.pending.push((*id, item.name.name.clone(), inner));
        } else {
            self.drafts.calls.push(None);
            self.pending
                .push((self.drafts.calls.len() - 1, item.name.name.clone(), inner));
        }
        self.scopes[inner].sizes = sizes;
        self.scopes[inner].outputs = item.outputs.iter().map(|o| o.name.clone()).collect();
        let values: Vec<D> = inputs.iter().map(|(_, d)| *d).collect();
        let outer = self.told.clone();
        if let (false, Over::Steps(axis, cond)) = (without_over(&item.inputs).1, &over) {
            if cond.is_some() {
                self.error(
                    codes::AXIS,
                    format!("{what} runs along all of an axis"),
                    span,
                    "told to leave steps out",
                );
            }
            self.told = Some(Rc::new(Told::Along(axis.clone())));
        }
        self.scopes[inner].step = Some(self.axis_of(values));
        self.sharing += usize::from(shares);
        let called = if item.cell { CallKind::Cell } else { CallKind::Layer };
        let outside = self.drafts.enter(&item.name, called, &path, &item.outputs);
        let done = self.bind_inputs(inner, &item.inputs, inputs, over, &what, item.name.span, span)
            && self.body_of(inner, &item.body);
        self.drafts.leave(outside);
        self.sharing -= usize::from(shares);
        self.told = outer;
        self.depth -= 1;
        if !done {
            return None;
        }
        self.output_of(inner, &item.outputs)
    }

    /// The segment of a new call in the path. Within a module that several calls share, the calls of its body are the
    /// same each time, and so are their parameters.
    fn call_id(&mut self, span: Span) -> usize {
        let place = (self.path.clone(), span, self.pending.len());
        if self.sharing > 0
            && let Some(id) = self.shared_calls.get(&place)
        {
            return *id;
        }
        let id = self.drafts.calls.len();
        self.drafts.calls.push(None);
        if self.sharing > 0 {
            self.shared_calls.insert(place, id);
        }
        id
    }

    /// Parameters are called by the inputs that they multiply: in a shared module, by those of its first call.
    fn name_as_first(&mut self, path: &Path, inputs: &mut [Named]) {
        let names = || inputs.iter().map(|(name, _)| name.clone()).collect();
        let first = self.shared_inputs.entry(path.clone()).or_insert_with(names);
        inputs
            .iter_mut()
            .zip(first)
            .for_each(|(input, name)| input.0.clone_from(name));
    }

    fn call_fn(&mut self, item: &'a ast::FnItem, inputs: Vec<Named>, over: Over, span: Span) -> Option<D> {
        let what = format!("function `{}`", item.name.name);
        if !self.enter(&what, span) {
            return None;
        }
        let path = self.path.clone();
        let outside = self.drafts.enter(&item.name, CallKind::Function, &path, &item.outputs);
        let inner = self.scope(ScopeKind::Fn, what.clone(), path, self.is_user(item.name.span));
        self.scopes[inner].outputs = item.outputs.iter().map(|o| o.name.clone()).collect();
        if let (false, Over::Steps(..)) = (without_over(&item.inputs).1, &over) {
            let d = Diagnostic::error(codes::ARGUMENTS, format!("{what} takes no `over:`")).label(span, "in this call");
            let d = self.defined_here(d, item.name.span);
            self.out.push(d);
        }
        let done = self.bind_inputs(inner, &item.inputs, inputs, over, &what, item.name.span, span)
            && self.body_of(inner, &item.body);
        self.drafts.leave(outside);
        self.depth -= 1;
        if !done {
            return None;
        }
        self.output_of(inner, &item.outputs)
    }

    fn enter(&mut self, what: &str, span: Span) -> bool {
        if self.depth >= DEPTH {
            self.error(
                codes::RECURSION,
                format!("{what} contains itself"),
                span,
                "this nesting has no end",
            );
            self.give_up();
            return false;
        }
        if !self.within_budget(span) {
            return false;
        }
        self.depth += 1;
        if self.is_user(span) {
            self.drafts.site = Some(span);
        }
        true
    }

    #[allow(clippy::too_many_arguments)]
    fn bind_inputs(
        &mut self,
        inner: usize,
        all: &'a [ast::InputParam],
        inputs: Vec<Named>,
        over: Over,
        what: &str,
        defined: Span,
        span: Span,
    ) -> bool {
        let (params, takes_over) = without_over(all);
        let variadic = params.last().is_some_and(|p| p.variadic);
        let fixed = if variadic { params.len() - 1 } else { params.len() };
        if inputs.len() < fixed || (!variadic && inputs.len() > fixed) || (variadic && inputs.len() == fixed) {
            let least = if variadic {
                format!("at least {}", fixed + 1)
            } else {
                fixed.to_string()
            };
            let message = format!(
                "{what} takes {least} input{}, {} given",
                if least == "1" { "" } else { "s" },
                inputs.len()
            );
            let d = Diagnostic::error(codes::ARGUMENTS, message).label(span, "in this call");
            let d = self.defined_here(d, defined);
            self.out.push(d);
            return false;
        }
        if takes_over && let Some(p) = all.last() {
            self.bind(inner, &p.name, Binding::Over(over));
        }
        let mut inputs = inputs.into_iter();
        for p in params {
            let binding = if p.variadic {
                Binding::Variadic(inputs.by_ref().collect())
            } else {
                let (_, d) = inputs.next().expect("internal error: inputs were counted");
                if let Some(axis) = &p.over {
                    self.bind(inner, axis, Binding::AxisOf(d));
                }
                Binding::Value(d)
            };
            self.bind(inner, &p.name, binding);
        }
        true
    }

    fn output_of(&mut self, inner: usize, outputs: &'a [ast::Ident]) -> Option<D> {
        let first = outputs.first()?;
        match self.scopes[inner].names.get(&first.name) {
            Some((Binding::Value(d), _)) => Some(*d),
            _ => {
                let message = format!(
                    "no equation defines the output `{}` of {}",
                    first.name, self.scopes[inner].what
                );
                let d = Diagnostic::error(codes::UNKNOWN_NAME, message).label(first.span, "promised here");
                self.out.push(d);
                None
            }
        }
    }
}

/// The name that an argument gives to the parameters it meets: that of the last variable in it.
pub(crate) fn argument_name(e: &Expr) -> String {
    fn find(e: &Expr) -> Option<&str> {
        match &e.kind {
            ExprKind::Name(n) => Some(n),
            ExprKind::Index { base, .. } => find(base),
            ExprKind::Field { name, .. } => Some(&name.name),
            ExprKind::Unary(_, x) => find(x),
            ExprKind::Binary(ast::BinaryOp::Pipe, x, _) => find(x),
            ExprKind::Binary(_, a, b) => find(b).or(find(a)),
            ExprKind::Call { args, .. } => args
                .iter()
                .rev()
                .filter(|a| a.name.is_none())
                .find_map(|a| find(&a.value)),
            ExprKind::Number(_) | ExprKind::Str(_) | ExprKind::List(_) | ExprKind::Error => None,
        }
    }
    find(e).unwrap_or("x").to_string()
}

fn push_unique(out: &mut Vec<Named>, name: String, d: D) {
    let taken = |n: &str| out.iter().any(|(o, _)| o == n);
    let mut unique = name.clone();
    let mut k = 2;
    while taken(&unique) {
        unique = format!("{name}{k}");
        k += 1;
    }
    out.push((unique, d));
}

pub(crate) fn plural(n: usize, what: &str) -> String {
    match n {
        0 => format!("no {what}s"),
        1 => format!("one {what}"),
        _ => format!("{n} {what}s"),
    }
}
