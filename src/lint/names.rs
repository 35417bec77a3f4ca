//! What every name in a compilation refers to, from the syntax trees alone, so that half-written text has names too.

use crate::elaborate::Unit;
use crate::source::Span;
use crate::syntax::ast::*;
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefKind {
    Const,
    Fn,
    Layer,
    Cell,
    Model,
    Size,
    /// Of a function, a layer or a cell.
    Argument,
    Data(Role),
    Axis,
    Param,
    Module,
    Equation,
    Turn,
    Metric,
    Output,
}

impl DefKind {
    /// Items can be used in every file.
    pub fn is_item(self) -> bool {
        use DefKind::*;
        matches!(self, Const | Fn | Layer | Cell | Model)
    }
}

/// Something that has a name.
#[derive(Clone, Debug)]
pub struct Def {
    pub name: String,
    pub span: Span,
    pub kind: DefKind,
    /// The whole statement or item.
    pub whole: Span,
    pub doc: Vec<String>,
    /// The item around, for what an item defines inside.
    pub within: Option<usize>,
}

/// Every definition, and every place where one is named, its own among them.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub defs: Vec<Def>,
    uses: Vec<(Span, usize)>,
    /// The layer whose call gives a value, for `d.c`.
    pub layers: BTreeMap<usize, usize>,
}

impl Names {
    /// What is named at a place.
    pub fn at(&self, place: Span) -> Option<(Span, usize)> {
        let holds = |s: &Span| s.file == place.file && s.start <= place.start && place.start <= s.end;
        let found = self.uses.iter().filter(|(s, _)| holds(s));
        found.min_by_key(|(s, _)| s.end - s.start).copied()
    }

    /// Where a definition is named, in order.
    pub fn of(&self, def: usize) -> Vec<Span> {
        let mut spans: Vec<Span> = self.uses.iter().filter(|(_, d)| *d == def).map(|(s, _)| *s).collect();
        spans.sort();
        spans.dedup();
        spans
    }

    /// How often each definition is named, once at least.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.defs.len()];
        let mut spans: Vec<(Span, usize)> = self.uses.clone();
        spans.sort();
        spans.dedup();
        spans.iter().for_each(|(_, def)| counts[*def] += 1);
        counts
    }

    /// What a statement defines.
    pub fn defined_in(&self, whole: Span) -> impl Iterator<Item = usize> {
        let inside = move |s: Span| s.file == whole.file && whole.start <= s.start && s.end <= whole.end;
        let all = self.defs.iter().enumerate();
        all.filter(move |(_, d)| inside(d.span)).map(|(at, _)| at)
    }

    /// Everything defined within an item.
    pub fn within(&self, item: usize) -> impl Iterator<Item = (usize, &Def)> {
        self.defs
            .iter()
            .enumerate()
            .filter(move |(_, d)| d.within == Some(item))
    }

    /// The item whose text holds a place.
    pub fn item_around(&self, place: Span) -> Option<usize> {
        let holds = |d: &Def| d.whole.file == place.file && d.whole.start <= place.start && place.start <= d.whole.end;
        self.defs.iter().position(|d| d.kind.is_item() && holds(d))
    }
}

/// Finds the names of all files.
pub fn names(unit: Unit) -> Names {
    let mut reader = Reader::default();
    // The user's files come first, and what they define hides what the standard library does.
    for item in unit.files.iter().flat_map(|f| &f.items) {
        reader.declare(item);
    }
    for (item, def) in reader.declared.clone() {
        reader.read(item, def);
    }
    reader.names
}

#[derive(Default)]
struct Reader<'a> {
    names: Names,
    items: BTreeMap<&'a str, usize>,
    models: BTreeMap<&'a str, usize>,
    /// Items with their definitions; a regime with that of its model.
    declared: Vec<(&'a Item, Option<usize>)>,
    /// Names within an item: values first, sizes behind them.
    values: BTreeMap<(usize, &'a str), usize>,
    sizes: BTreeMap<(usize, &'a str), usize>,
    /// What a definition is defined as.
    right: BTreeMap<usize, &'a Expr>,
    /// The item being read, and its loops around.
    item: usize,
    turns: Vec<(&'a str, usize)>,
}

/// Definitions that are defined by each other are followed so far.
const FAR: usize = 16;

impl<'a> Reader<'a> {
    fn define(&mut self, name: &Ident, kind: DefKind, whole: Span, doc: &[String], within: Option<usize>) -> usize {
        self.names.defs.push(Def {
            name: name.name.clone(),
            span: name.span,
            kind,
            whole,
            doc: doc.to_vec(),
            within,
        });
        let def = self.names.defs.len() - 1;
        self.names.uses.push((name.span, def));
        def
    }

    fn declare(&mut self, item: &'a Item) {
        let (name, kind, whole, doc) = match item {
            Item::Use(_) => return,
            Item::Train(_) => return self.declared.push((item, None)),
            Item::Const(i) => (&i.name, DefKind::Const, i.span, &i.doc),
            Item::Fn(i) => (&i.name, DefKind::Fn, i.span, &i.doc),
            Item::Layer(i) if i.cell => (&i.name, DefKind::Cell, i.span, &i.doc),
            Item::Layer(i) => (&i.name, DefKind::Layer, i.span, &i.doc),
            Item::Model(i) => (&i.name, DefKind::Model, i.span, &i.doc),
        };
        let def = self.define(name, kind, whole, doc, None);
        let table = match kind {
            DefKind::Model => &mut self.models,
            _ => &mut self.items,
        };
        table.entry(&name.name).or_insert(def);
        self.declared.push((item, Some(def)));
        self.item = def;
        match item {
            Item::Use(_) | Item::Train(_) | Item::Const(_) => {}
            Item::Fn(i) => {
                self.arguments(&i.inputs);
                self.body_names(&i.body);
                self.results(&i.outputs);
            }
            Item::Layer(i) => {
                self.size_names(&i.sizes);
                self.arguments(&i.inputs);
                self.body_names(&i.body);
                self.results(&i.outputs);
            }
            Item::Model(i) => {
                self.size_names(&i.sizes);
                self.body_names(&i.body);
            }
        }
    }

    fn size_names(&mut self, sizes: &'a [SizeParam]) {
        for size in sizes {
            let def = self.define(&size.name, DefKind::Size, size.name.span, &[], Some(self.item));
            self.sizes.entry((self.item, &size.name.name)).or_insert(def);
            if let Some(default) = &size.default {
                self.right.insert(def, default);
            }
        }
    }

    fn arguments(&mut self, inputs: &'a [InputParam]) {
        for input in inputs {
            self.local(&input.name, DefKind::Argument, input.name.span, &[]);
            if let Some(axis) = &input.over {
                self.local(axis, DefKind::Axis, axis.span, &[]);
            }
        }
    }

    /// The names of outputs are those of equations.
    fn results(&mut self, outputs: &'a [Ident]) {
        for output in outputs {
            self.local(output, DefKind::Output, output.span, &[]);
        }
    }

    /// Defines a name of the item, or names again what is defined already.
    fn local(&mut self, name: &'a Ident, kind: DefKind, whole: Span, doc: &[String]) -> usize {
        if let Some(def) = self.values.get(&(self.item, name.name.as_str())).copied() {
            self.names.uses.push((name.span, def));
            return def;
        }
        let def = self.define(name, kind, whole, doc, Some(self.item));
        self.values.insert((self.item, &name.name), def);
        def
    }

    fn body_names(&mut self, body: &'a [Stmt]) {
        for stmt in body {
            if let StmtKind::Axis { name, .. } = &stmt.kind {
                self.local(name, DefKind::Axis, stmt.span, &stmt.doc);
            }
        }
        for stmt in body {
            let (span, doc) = (stmt.span, &stmt.doc[..]);
            match &stmt.kind {
                StmtKind::Declare { role, name, ty } => {
                    self.local(name, DefKind::Data(*role), span, doc);
                    for axis in &ty.over {
                        self.local(&axis.name, DefKind::Axis, axis.name.span, &[]);
                    }
                }
                StmtKind::Param { name, .. } => {
                    self.local(name, DefKind::Param, span, doc);
                }
                StmtKind::Module { name, value } => {
                    let def = self.local(name, DefKind::Module, span, doc);
                    self.right.insert(def, value);
                }
                StmtKind::Equation { target, value, .. } => {
                    let [first, rest @ ..] = target.path.as_slice() else {
                        continue;
                    };
                    let def = self.local(first, DefKind::Equation, span, doc);
                    if rest.is_empty() && target.index.is_none() {
                        self.right.insert(def, value);
                    }
                }
                StmtKind::For { body, .. } => self.body_names(body),
                StmtKind::Metric { name, .. } => {
                    self.define(name, DefKind::Metric, span, doc, Some(self.item));
                }
                StmtKind::Output { name, value: Some(_) } => {
                    self.define(name, DefKind::Output, span, doc, Some(self.item));
                }
                StmtKind::Axis { .. }
                | StmtKind::Observe { .. }
                | StmtKind::Loss { .. }
                | StmtKind::Output { .. }
                | StmtKind::Assert { .. }
                | StmtKind::Error => {}
            }
        }
    }

    fn read(&mut self, item: &'a Item, def: Option<usize>) {
        self.item = def.unwrap_or(usize::MAX);
        self.find_layers();
        match item {
            Item::Use(_) => {}
            Item::Const(i) => self.expr(&i.value),
            Item::Fn(i) => self.body(&i.body),
            Item::Layer(i) => {
                i.sizes.iter().flat_map(|s| &s.default).for_each(|e| self.expr(e));
                self.body(&i.body);
            }
            Item::Model(i) => {
                i.sizes.iter().flat_map(|s| &s.default).for_each(|e| self.expr(e));
                self.body(&i.body);
            }
            Item::Train(i) => {
                if let Some(model) = self.models.get(i.model.name.as_str()).copied() {
                    self.names.uses.push((i.model.span, model));
                    self.item = model;
                }
                for arg in i.settings.iter().flat_map(|s| &s.values) {
                    if let Some(name) = &arg.name {
                        self.mention(name);
                    }
                    self.setting(&arg.value);
                }
            }
        }
    }

    fn find_layers(&mut self) {
        let item = self.item;
        let values = self.values.range((item, "")..).take_while(|((i, _), _)| *i == item);
        let layers = values.filter_map(|(_, def)| Some((*def, self.layer_of(self.right.get(def)?, FAR)?)));
        let layers: Vec<(usize, usize)> = layers.collect();
        self.names.layers.extend(layers);
    }

    /// Values of settings are words of their own, constants, or names of the model's data and outputs.
    fn setting(&mut self, e: &'a Expr) {
        match &e.kind {
            ExprKind::Name(name) => {
                let name = Ident {
                    name: name.clone(),
                    span: e.span,
                };
                self.mention(&name);
            }
            ExprKind::Call { args, .. } => args.iter().for_each(|a| self.setting(&a.value)),
            ExprKind::List(list) => list.iter().for_each(|e| self.setting(e)),
            ExprKind::Unary(_, a) => self.setting(a),
            ExprKind::Binary(_, a, b) => {
                self.setting(a);
                self.setting(b);
            }
            ExprKind::Number(_)
            | ExprKind::Str(_)
            | ExprKind::Index { .. }
            | ExprKind::Field { .. }
            | ExprKind::Error => {}
        }
    }

    fn mention(&mut self, name: &Ident) {
        let local = self.values.get(&(self.item, name.name.as_str())).copied();
        let constant = self.items.get(name.name.as_str()).copied();
        let constant = constant.filter(|d| self.names.defs[*d].kind == DefKind::Const);
        if let Some(def) = constant.or(local) {
            self.names.uses.push((name.span, def));
        }
    }

    fn body(&mut self, body: &'a [Stmt]) {
        for stmt in body {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Declare { ty, .. } => match &ty.elem {
                ElemExpr::Real => {}
                ElemExpr::Array(dims) | ElemExpr::Bit(dims) => self.dims(dims),
                ElemExpr::Index(e) => self.expr(e),
            },
            StmtKind::Axis { kind, .. } => match kind {
                AxisExpr::Steps(e) => self.expr(e),
                AxisExpr::Like(other) => self.name(other),
            },
            StmtKind::Param { shape, init, .. } => {
                self.dims(shape);
                if let Some(Expr {
                    kind: ExprKind::Call { args, .. },
                    ..
                }) = init
                {
                    args.iter().for_each(|a| self.size_expr(&a.value));
                }
            }
            StmtKind::Module { value, .. } | StmtKind::Loss { value } | StmtKind::Metric { value, .. } => {
                self.expr(value);
            }
            StmtKind::Equation {
                target,
                shape,
                value,
                when,
            } => {
                if let [first, .., inner] = target.path.as_slice()
                    && let Some(def) = self.value(&first.name)
                    && let Some(field) = self.field(def, &inner.name, FAR)
                {
                    self.names.uses.push((inner.span, field));
                }
                target.index.iter().for_each(|e| self.expr(e));
                shape.iter().for_each(|dims| self.dims(dims));
                self.expr(value);
                when.iter().for_each(|e| self.expr(e));
            }
            StmtKind::Observe { target, dist, until } => {
                self.name(target);
                match &dist.kind {
                    ExprKind::Call { args, .. } => args.iter().for_each(|a| self.expr(&a.value)),
                    _ => self.expr(dist),
                }
                until.iter().for_each(|e| self.expr(e));
            }
            StmtKind::Output { name, value } => match value {
                Some(e) => self.expr(e),
                None => self.name(name),
            },
            StmtKind::Assert { cond, .. } => self.size_expr(cond),
            StmtKind::For { var, range, body } => {
                match range {
                    ForRange::Range { from, to } => {
                        self.expr(from);
                        self.expr(to);
                    }
                    ForRange::Each(xs) => self.name(xs),
                }
                let def = self.define(var, DefKind::Turn, var.span, &[], Some(self.item));
                self.turns.push((&var.name, def));
                self.body(body);
                self.turns.pop();
            }
            StmtKind::Error => {}
        }
    }

    fn dims(&mut self, dims: &'a [Dim]) {
        for dim in dims {
            if let Dim::Size(e) = dim {
                self.size_expr(e);
            }
        }
    }

    /// An expression of sizes: these come before values of the same name.
    fn size_expr(&mut self, e: &'a Expr) {
        if let ExprKind::Name(name) = &e.kind
            && !self.turns.iter().any(|(n, _)| n == name)
            && let Some(def) = self.sizes.get(&(self.item, name.as_str()))
        {
            return self.names.uses.push((e.span, *def));
        }
        match &e.kind {
            ExprKind::Unary(_, a) => self.size_expr(a),
            ExprKind::Binary(_, a, b) => {
                self.size_expr(a);
                self.size_expr(b);
            }
            _ => self.expr(e),
        }
    }

    /// A value, then a size, of this item.
    fn value(&self, name: &str) -> Option<usize> {
        let turn = self.turns.iter().rev().find(|(n, _)| *n == name).map(|(_, d)| *d);
        turn.or_else(|| self.values.get(&(self.item, name)).copied())
            .or_else(|| self.sizes.get(&(self.item, name)).copied())
    }

    fn name(&mut self, name: &Ident) {
        if let Some(def) = self
            .value(&name.name)
            .or_else(|| self.items.get(name.name.as_str()).copied())
        {
            self.names.uses.push((name.span, def));
        }
    }

    /// What is called by a name: a value may have the name of a function.
    fn callee(&self, name: &str) -> Option<usize> {
        let local = self.value(name);
        let is_module = |d: &usize| {
            matches!(
                self.names.defs[*d].kind,
                DefKind::Module | DefKind::Size | DefKind::Turn
            )
        };
        local
            .filter(is_module)
            .or_else(|| self.items.get(name).copied())
            .or(local)
    }

    fn expr(&mut self, e: &'a Expr) {
        match &e.kind {
            ExprKind::Number(_) | ExprKind::Str(_) | ExprKind::Error => {}
            ExprKind::Name(name) => {
                if let Some(def) = self.value(name).or_else(|| self.items.get(name.as_str()).copied()) {
                    self.names.uses.push((e.span, def));
                }
            }
            ExprKind::Unary(_, a) => self.expr(a),
            ExprKind::Binary(op, a, b) => {
                self.expr(a);
                match (op, &b.kind) {
                    (BinaryOp::Pipe, ExprKind::Name(name)) => {
                        if let Some(def) = self.callee(name) {
                            self.names.uses.push((b.span, def));
                        }
                    }
                    _ => self.expr(b),
                }
            }
            ExprKind::Call { callee, args } => {
                match &callee.kind {
                    ExprKind::Name(name) => {
                        if let Some(def) = self.callee(name) {
                            self.names.uses.push((callee.span, def));
                        }
                    }
                    _ => self.expr(callee),
                }
                let item = self.item_of(callee, FAR);
                for arg in args {
                    if let (Some(label), Some(item)) = (&arg.name, item)
                        && let Some(size) = self.sizes.get(&(item, label.name.as_str()))
                    {
                        self.names.uses.push((label.span, *size));
                    }
                    self.expr(&arg.value);
                }
            }
            ExprKind::Index { base, index } => {
                self.expr(base);
                self.expr(index);
            }
            ExprKind::Field { base, name } => {
                self.expr(base);
                let layer = match &base.kind {
                    ExprKind::Name(value) => self.value(value).and_then(|d| self.field(d, &name.name, FAR)),
                    _ => self
                        .layer_of(base, FAR)
                        .and_then(|item| self.values.get(&(item, name.name.as_str())).copied()),
                };
                if let Some(def) = layer {
                    self.names.uses.push((name.span, def));
                }
            }
            ExprKind::List(list) => list.iter().for_each(|e| self.expr(e)),
        }
    }

    /// The inner value `name` of the layer that gives a value.
    fn field(&self, value: usize, name: &str, far: usize) -> Option<usize> {
        let item = self.layer_of(self.right.get(&value)?, far)?;
        self.values.get(&(item, name)).copied()
    }

    /// The layer whose call gives a value.
    fn layer_of(&self, e: &Expr, far: usize) -> Option<usize> {
        let far = far.checked_sub(1)?;
        match &e.kind {
            ExprKind::Name(name) => self.layer_of(self.right.get(&self.value(name)?)?, far),
            ExprKind::Call { callee, .. } => self.item_of(callee, far),
            ExprKind::Binary(BinaryOp::Pipe, _, module) => self.item_of(module, far),
            _ => None,
        }
    }

    /// The layer that an expression calls, or that is given its sizes by it.
    fn item_of(&self, e: &Expr, far: usize) -> Option<usize> {
        let far = far.checked_sub(1)?;
        match &e.kind {
            ExprKind::Name(name) => {
                let def = self.callee(name)?;
                match self.names.defs[def].kind {
                    DefKind::Module | DefKind::Size => self.item_of(self.right.get(&def)?, far),
                    _ => Some(def),
                }
            }
            ExprKind::Call { callee, .. } => self.item_of(callee, far),
            _ => None,
        }
    }
}
