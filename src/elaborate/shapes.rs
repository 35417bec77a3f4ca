//! Feature shapes by unification. Sizes are variables; an equation relates those of its sides, and what is known spreads
//! until nothing changes. What is left without any evidence is a scalar.

use super::draft::{D, Drafts, Kind, Size};
use super::infer::Inferred;
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::source::Span;
use crate::system::{Arena, Data, Elem};
use std::collections::BTreeMap;

type Dim = usize;

/// The shapes of all nodes of a draft, and the number of classes of those that are indices.
pub(crate) struct Shapes {
    pub nodes: Vec<Vec<usize>>,
    pub classes: Vec<usize>,
    /// One for each parameter.
    pub params: Vec<Vec<usize>>,
}

impl Shapes {
    /// What the name of a value means as a size.
    pub(crate) fn number(&self, size: &Size, inferred: &Inferred) -> usize {
        match *size {
            Size::Known(n) => n,
            Size::Infer => 1,
            Size::Of(v, more) => {
                let first = match inferred.elem(v) {
                    Elem::Index(_) => self.classes[v.index()],
                    Elem::Real | Elem::Bit => self.nodes[v.index()].first().copied().unwrap_or(1),
                };
                first + more as usize
            }
        }
    }
}

struct Solver<'d> {
    drafts: &'d Drafts,
    inferred: &'d Inferred,
    /// What the user's own equations are called in the text.
    names: &'d BTreeMap<D, &'d str>,
    parent: Vec<Dim>,
    /// The size of a root variable, and where it comes from.
    known: Vec<Option<(usize, Span)>>,
    shapes: Vec<Option<Vec<Dim>>>,
    classes: Vec<Dim>,
    changed: bool,
    failed: Vec<bool>,
    out: &'d mut Diagnostics,
}

pub(crate) fn solve(
    drafts: &Drafts,
    data: &Arena<Data>,
    inferred: &Inferred,
    names: &BTreeMap<D, &str>,
    out: &mut Diagnostics,
) -> Shapes {
    let count = drafts.nodes.len();
    let mut s = Solver {
        drafts,
        inferred,
        names,
        parent: Vec::new(),
        known: Vec::new(),
        shapes: vec![None; count],
        classes: Vec::new(),
        changed: true,
        failed: vec![false; count],
        out,
    };
    s.classes = (0..count).map(|_| s.fresh()).collect();
    for (d, node) in drafts.nodes.iter() {
        match &node.kind {
            Kind::Data(id) => {
                let ty = &data[*id].ty;
                let shape = ty.shape.iter().map(|&n| s.size(n, node.span)).collect();
                s.shapes[d.index()] = Some(shape);
                if let Elem::Index(n) = ty.elem {
                    let n = s.size(n, node.span);
                    s.unify_dims(s.classes[d.index()], n);
                }
            }
            Kind::Param(p) => {
                let p = &drafts.params[*p];
                let shape = p.shape.iter().map(|size| s.declared(size, p.span)).collect();
                s.shapes[d.index()] = Some(shape);
            }
            _ => {}
        }
        if let Some((sizes, span)) = &node.ascribed {
            let shape: Vec<Dim> = sizes.iter().map(|size| s.declared(size, *span)).collect();
            s.shapes[d.index()] = Some(shape);
        }
    }
    loop {
        s.spread();
        // Nothing more follows from what is known: the first shape without any evidence is a scalar's.
        match s.shapes.iter().position(Option::is_none) {
            Some(i) => {
                let guess = s.undecided(i);
                s.shapes[guess] = Some(vec![]);
                s.changed = true;
            }
            None => break,
        }
    }
    s.finish()
}

impl Solver<'_> {
    fn fresh(&mut self) -> Dim {
        self.parent.push(self.parent.len());
        self.known.push(None);
        self.parent.len() - 1
    }

    fn size(&mut self, n: usize, span: Span) -> Dim {
        let d = self.fresh();
        self.known[d] = Some((n, span));
        d
    }

    fn declared(&mut self, size: &Size, span: Span) -> Dim {
        match size {
            Size::Known(n) => self.size(*n, span),
            Size::Infer | Size::Of(..) => self.fresh(),
        }
    }

    fn find(&mut self, mut d: Dim) -> Dim {
        while self.parent[d] != d {
            self.parent[d] = self.parent[self.parent[d]];
            d = self.parent[d];
        }
        d
    }

    fn known(&mut self, d: Dim) -> Option<(usize, Span)> {
        let root = self.find(d);
        self.known[root]
    }

    /// Makes two sizes one; false if they are known to differ.
    fn unify_dims(&mut self, a: Dim, b: Dim) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        if a == b {
            return true;
        }
        match (self.known[a], self.known[b]) {
            (Some((x, _)), Some((y, _))) => return x == y,
            (Some(_), None) => self.parent[b] = a,
            (None, _) => self.parent[a] = b,
        }
        self.changed = true;
        true
    }

    fn scalar(&self, d: D) -> Option<bool> {
        if matches!(self.inferred.elem(d), Elem::Index(_)) {
            return Some(true);
        }
        self.shapes[d.index()].as_ref().map(Vec::is_empty)
    }

    fn set(&mut self, at: D, d: D, shape: Vec<Dim>) {
        match self.shapes[d.index()].clone() {
            None => {
                self.shapes[d.index()] = Some(shape);
                self.changed = true;
            }
            Some(old) => self.unify_shapes(at, &old, &shape, d),
        }
    }

    fn unify(&mut self, at: D, a: D, b: D) {
        match (self.shapes[a.index()].clone(), self.shapes[b.index()].clone()) {
            (Some(x), Some(y)) => self.unify_shapes(at, &x, &y, b),
            (Some(x), None) => self.set(at, b, x),
            (None, Some(y)) => self.set(at, a, y),
            (None, None) => {}
        }
    }

    fn unify_shapes(&mut self, at: D, a: &[Dim], b: &[Dim], whose: D) {
        let fits = a.len() == b.len() && a.iter().zip(b).all(|(x, y)| self.unify_dims(*x, *y));
        if !fits {
            self.mismatch(at, a, b, whose);
        }
    }

    fn text(&mut self, shape: &[Dim]) -> String {
        if shape.is_empty() {
            return "a scalar".into();
        }
        let sizes: Vec<String> = shape
            .iter()
            .map(|d| self.known(*d).map_or("_".into(), |(n, _)| n.to_string()))
            .collect();
        format!("[{}]", sizes.join(", "))
    }

    fn mismatch(&mut self, at: D, a: &[Dim], b: &[Dim], whose: D) {
        if std::mem::replace(&mut self.failed[at.index()], true) {
            return;
        }
        let span = self.drafts.nodes[at].span;
        let (x, y) = (self.text(a), self.text(b));
        let mut d = Diagnostic::error(codes::SHAPE, format!("{x} and {y} do not agree"))
            .label(span, format!("{x} meets {y} here"));
        let origins: Vec<(usize, Span)> = a.iter().chain(b).filter_map(|dim| self.known(*dim)).collect();
        let mut seen = vec![span];
        for (n, origin) in origins {
            if !seen.contains(&origin) {
                seen.push(origin);
                d = d.label(origin, format!("{n} comes from here"));
            }
        }
        let other = self.drafts.nodes[whose].span;
        if seen.len() == 1 && other != span {
            d = d.label(other, format!("this is {y}"));
        }
        self.out.push(d);
    }

    /// The node to decide when nothing follows: preferably the right side of an equation rather than a user of it.
    fn undecided(&self, first: usize) -> usize {
        (first..self.shapes.len())
            .find(|&i| {
                self.shapes[i].is_none() && matches!(self.drafts.nodes[D::new(i)].kind, Kind::Equal(_) | Kind::Param(_))
            })
            .unwrap_or(first)
    }

    fn spread(&mut self) {
        while std::mem::replace(&mut self.changed, false) {
            for d in self.drafts.nodes.ids() {
                self.sizes_of(d);
                self.rule(d);
            }
        }
    }

    /// `[x]` in a parameter or an ascription: the size of another value.
    fn sizes_of(&mut self, d: D) {
        let node = &self.drafts.nodes[d];
        let declared = match (&node.kind, &node.ascribed) {
            (Kind::Param(p), _) => self.drafts.params[*p].shape.clone(),
            (_, Some((sizes, _))) => sizes.clone(),
            _ => return,
        };
        for (i, size) in declared.iter().enumerate() {
            let Size::Of(v, more) = size else { continue };
            let Some(own) = self.shapes[d.index()].as_ref().map(|s| s[i]) else {
                continue;
            };
            let Some(mut other) = self.first_size(*v) else { continue };
            if *more > 0 {
                other = match (self.known(other), self.known(own)) {
                    (Some((n, span)), _) => self.size(n + *more as usize, span),
                    (None, Some((n, span))) if n > *more as usize => {
                        let less = self.size(n - *more as usize, span);
                        self.unify_dims(other, less);
                        continue;
                    }
                    (None, _) => continue,
                };
            }
            if !self.unify_dims(own, other) {
                let (a, b) = (vec![own], vec![other]);
                self.mismatch(d, &a, &b, *v);
            }
        }
    }

    /// The size that the name of a value means.
    fn first_size(&self, v: D) -> Option<Dim> {
        match self.inferred.elem(v) {
            Elem::Index(_) => Some(self.classes[v.index()]),
            Elem::Real | Elem::Bit => self.shapes[v.index()].as_ref().and_then(|s| s.first().copied()),
        }
    }

    fn number(&mut self, size: &Size) -> Option<usize> {
        match *size {
            Size::Known(n) => Some(n),
            Size::Infer => None,
            Size::Of(v, more) => {
                let first = self.first_size(v)?;
                self.known(first).map(|(n, _)| n + more as usize)
            }
        }
    }

    fn same_classes(&mut self, at: D, a: D, b: D) {
        let (x, y) = (self.classes[a.index()], self.classes[b.index()]);
        if !self.unify_dims(x, y) {
            self.mismatch(at, &[x], &[y], b);
        }
    }

    fn rule(&mut self, d: D) {
        let kind = self.drafts.nodes[d].kind.clone();
        match kind {
            Kind::Data(_) | Kind::Param(_) | Kind::Equal(None) => {}
            Kind::Const(_) | Kind::Training | Kind::Position(_) | Kind::Fold { .. } | Kind::Mean(_) => {
                self.set(d, d, vec![])
            }
            Kind::Average(x) | Kind::Total(x) => {
                self.set(d, d, vec![]);
                if self.scalar(x) == Some(false) {
                    let shape = self.shapes[x.index()].clone().unwrap_or_default();
                    if !std::mem::replace(&mut self.failed[d.index()], true) {
                        let text = self.text(&shape);
                        let diagnostic = Diagnostic::error(codes::SHAPE, format!("{text} where a scalar is needed"))
                            .label(self.drafts.nodes[x].span, format!("this is {text}"))
                            .help("`sum(...)` or `mean(...)` makes one number of the features");
                        self.out.push(diagnostic);
                    }
                }
            }
            Kind::Equal(Some(x)) | Kind::Stop(x) => {
                self.unify(d, d, x);
                self.same_classes(d, d, x);
            }
            Kind::Unary(_, x) => self.unify(d, d, x),
            Kind::Draw { like, .. } => self.unify(d, d, like),
            Kind::Edge { x, .. } | Kind::Reverse { x, .. } | Kind::Under { x, .. } => {
                self.unify(d, d, x);
                self.same_classes(d, d, x);
            }
            Kind::Reduce { x, .. } | Kind::MeanOver { x, .. } => self.unify(d, d, x),
            Kind::Shift { x, by, var, .. } => {
                self.unify(d, d, x);
                self.same_classes(d, d, x);
                if let Some(init) = self.drafts.init(&var, by) {
                    if let Kind::Const(_) = self.drafts.nodes[init].kind {
                        return;
                    }
                    self.unify(init, x, init);
                }
            }
            Kind::Binary(_, a, b) => {
                let index = |x| matches!(self.inferred.elem(x), Elem::Index(_));
                if index(a) && index(b) {
                    self.same_classes(d, a, b);
                }
                self.elementwise(d, &[a, b]);
            }
            Kind::Select { cond, yes, no } => {
                if let Elem::Index(_) = self.inferred.elem(d) {
                    self.same_classes(d, d, yes);
                    self.same_classes(d, d, no);
                    self.set(d, d, vec![]);
                } else {
                    self.elementwise(d, &[cond, yes, no]);
                }
            }
            Kind::MatMul(a, b) => self.mat_mul(d, a, b),
            Kind::LookUp { table, index } => {
                let Some(t) = self.shapes[table.index()].clone() else {
                    return;
                };
                let classes = self.classes[index.index()];
                match t[..] {
                    [n] => {
                        self.index_fits(d, n, classes, index);
                        self.set(d, d, vec![]);
                    }
                    [n, m] => {
                        self.index_fits(d, n, classes, index);
                        self.set(d, d, vec![m]);
                    }
                    _ => {
                        self.wrong_rank(d, table, "a vector or a matrix to look up in");
                        self.set(d, d, vec![]);
                    }
                }
            }
            Kind::Concat(a, b) => self.concat(d, a, b),
            Kind::Slice { x, ref start, ref len } => {
                let Some(shape) = self.shapes[x.index()].clone() else {
                    return;
                };
                let span = self.drafts.nodes[d].span;
                let Some(first) = shape.first() else {
                    self.wrong_rank(d, x, "a vector to take a slice of");
                    return self.set(d, d, vec![]);
                };
                let (Some(start), Some(len)) = (self.number(start), self.number(len)) else {
                    return;
                };
                if let Some((n, _)) = self.known(*first)
                    && start + len > n
                    && !std::mem::replace(&mut self.failed[d.index()], true)
                {
                    let message = format!("a slice of {len} from {start} of {n} features");
                    self.out
                        .push(Diagnostic::error(codes::SHAPE, message).label(span, "beyond the end"));
                }
                if self.shapes[d.index()].is_none() {
                    let n = self.size(len, span);
                    let mut shape = shape;
                    shape[0] = n;
                    self.set(d, d, shape);
                }
            }
            Kind::ArgMax(x) => {
                self.set(d, d, vec![]);
                let Some(shape) = self.shapes[x.index()].clone() else {
                    return;
                };
                match shape[..] {
                    [n] => {
                        let own = self.classes[d.index()];
                        self.unify_dims(own, n);
                    }
                    _ => self.wrong_rank(d, x, "a vector"),
                }
            }
            Kind::OneHot(x) => {
                let n = self.classes[x.index()];
                self.set(d, d, vec![n]);
            }
            Kind::Dot(a, b) => {
                self.unify(d, a, b);
                self.set(d, d, vec![]);
            }
            Kind::Outer(a, b) => {
                let (Some(x), Some(y)) = (self.shapes[a.index()].clone(), self.shapes[b.index()].clone()) else {
                    return;
                };
                match (&x[..], &y[..]) {
                    ([n], [m]) => self.set(d, d, vec![*n, *m]),
                    ([_], _) => self.wrong_rank(d, b, "a vector"),
                    _ => self.wrong_rank(d, a, "a vector"),
                }
            }
            Kind::Reshape { x, ref shape } => {
                let span = self.drafts.nodes[d].span;
                if self.shapes[d.index()].is_none() {
                    let sizes = shape.iter().map(|&n| self.size(n, span)).collect();
                    self.set(d, d, sizes);
                }
                let Some(own) = self.shapes[x.index()].clone() else {
                    return;
                };
                let whole = shape.iter().fold(1, |n: usize, m| n.saturating_mul(*m));
                if let [n] = own[..]
                    && self.known(n).is_none()
                {
                    let whole = self.size(whole, span);
                    self.unify_dims(n, whole);
                }
                let sizes: Option<Vec<usize>> = own.iter().map(|n| Some(self.known(*n)?.0)).collect();
                if sizes.is_some_and(|s| s.iter().product::<usize>() != whole) {
                    let wanted = self.shapes[d.index()].clone().unwrap_or_default();
                    self.mismatch(d, &own, &wanted, x);
                }
            }
            Kind::Transpose(x) => {
                let Some(shape) = self.shapes[x.index()].clone() else {
                    return;
                };
                match shape[..] {
                    [n, m] => self.set(d, d, vec![m, n]),
                    _ => self.wrong_rank(d, x, "a matrix"),
                }
            }
        }
    }

    fn index_fits(&mut self, at: D, n: Dim, classes: Dim, index: D) {
        if !matches!(self.inferred.elem(index), Elem::Index(_)) {
            if !std::mem::replace(&mut self.failed[at.index()], true) {
                let diagnostic = Diagnostic::error(codes::ELEMENT, "looked up by something that is not an index")
                    .label(self.drafts.nodes[at].span, "an `index[n]` is needed here")
                    .label(self.drafts.nodes[index].span, "this is none")
                    .help("features are taken by `slice(x, start, length)`");
                self.out.push(diagnostic);
            }
        } else if !self.unify_dims(n, classes) {
            self.mismatch(at, &[n], &[classes], index);
        }
    }

    fn wrong_rank(&mut self, at: D, x: D, needed: &str) {
        if std::mem::replace(&mut self.failed[at.index()], true) {
            return;
        }
        let shape = self.shapes[x.index()].clone().unwrap_or_default();
        let text = self.text(&shape);
        let d = Diagnostic::error(codes::SHAPE, format!("{text} where {needed} is needed"))
            .label(self.drafts.nodes[at].span, "in this operation")
            .label(self.drafts.nodes[x].span, format!("this is {text}"));
        self.out.push(d);
    }

    /// Shapes agree, or are scalar.
    fn elementwise(&mut self, d: D, args: &[D]) {
        let whole: Vec<D> = args
            .iter()
            .copied()
            .filter(|a| self.scalar(*a) == Some(false))
            .collect();
        let open: Vec<D> = args.iter().copied().filter(|a| self.scalar(*a).is_none()).collect();
        if let Some(first) = whole.first() {
            for other in &whole[1..] {
                self.unify(d, *first, *other);
            }
            self.unify(d, d, *first);
        } else if open.is_empty() {
            self.set(d, d, vec![]);
        } else if let ([one], Some(false)) = (&open[..], self.scalar(d)) {
            // The others are scalars, so this one has the result's shape.
            self.unify(d, d, *one);
        } else if let ([one], None) = (&open[..], self.scalar(d)) {
            self.unify(d, d, *one);
        } else if self.scalar(d) == Some(true) {
            for one in open {
                self.set(d, one, vec![]);
            }
        }
    }

    fn mat_mul(&mut self, d: D, a: D, b: D) {
        let Some(x) = self.shapes[a.index()].clone() else {
            return;
        };
        if let Elem::Index(_) = self.inferred.elem(b) {
            match x[..] {
                [n, k] => {
                    let classes = self.classes[b.index()];
                    self.index_fits(d, k, classes, b);
                    self.set(d, d, vec![n]);
                }
                _ => self.wrong_rank(d, a, "a matrix"),
            }
            return;
        }
        let Some(y) = self.shapes[b.index()].clone() else {
            return;
        };
        match (&x[..], &y[..]) {
            ([n, k], [m]) => {
                if !self.unify_dims(*k, *m) {
                    self.mismatch(d, &[*k], &y, b);
                }
                self.set(d, d, vec![*n]);
            }
            // A scalar counts as one feature.
            ([n, k], []) => {
                let one = self.size(1, self.drafts.nodes[b].span);
                if !self.unify_dims(*k, one) {
                    self.mismatch(d, &[*k], &[one], b);
                }
                self.set(d, d, vec![*n]);
            }
            ([n, k], [m, p]) => {
                if !self.unify_dims(*k, *m) {
                    self.mismatch(d, &x, &y, b);
                }
                self.set(d, d, vec![*n, *p]);
            }
            ([k], [m, p]) => {
                if !self.unify_dims(*k, *m) {
                    self.mismatch(d, &x, &y, b);
                }
                self.set(d, d, vec![*p]);
            }
            ([_, _], _) => self.wrong_rank(d, b, "a vector or a matrix"),
            _ => self.wrong_rank(d, a, "a matrix"),
        }
    }

    fn concat(&mut self, d: D, a: D, b: D) {
        let (Some(x), Some(y)) = (self.shapes[a.index()].clone(), self.shapes[b.index()].clone()) else {
            return;
        };
        let matrices = x.len() > 1 || y.len() > 1;
        if matrices && (x.len() != y.len() || !x[1..].iter().zip(&y[1..]).all(|(p, q)| self.unify_dims(*p, *q))) {
            return self.mismatch(d, &x, &y, b);
        }
        if self.shapes[d.index()].is_none() {
            let n = self.fresh();
            let mut shape = vec![n];
            shape.extend(x.iter().skip(1));
            self.set(d, d, shape);
        }
        let Some(n) = self.shapes[d.index()].as_ref().and_then(|s| s.first().copied()) else {
            return self.wrong_rank(d, d, "a vector");
        };
        let span = self.drafts.nodes[d].span;
        let part = |s: &mut Self, shape: &[Dim]| match shape.first() {
            Some(p) => s.known(*p).map(|(n, _)| n),
            None => Some(1),
        };
        let (p, q) = (part(self, &x), part(self, &y));
        match (p, q, self.known(n)) {
            (Some(p), Some(q), None) => {
                let sum = self.size(p + q, span);
                self.unify_dims(n, sum);
            }
            (Some(p), Some(q), Some((whole, _))) if p + q != whole => {
                let sum = self.size(p + q, span);
                self.mismatch(d, &[n], &[sum], d);
            }
            (Some(p), None, Some((whole, _))) if whole > p => {
                let rest = self.size(whole - p, span);
                self.unify_dims(y[0], rest);
            }
            (None, Some(q), Some((whole, _))) if whole > q => {
                let rest = self.size(whole - q, span);
                self.unify_dims(x[0], rest);
            }
            _ => {}
        }
    }

    fn finish(mut self) -> Shapes {
        let mut nodes = Vec::new();
        for d in self.drafts.nodes.ids() {
            let shape = self.shapes[d.index()].clone().unwrap_or_default();
            let mut sizes = Vec::new();
            for dim in &shape {
                match self.known(*dim) {
                    Some((n, _)) => sizes.push(n),
                    None => {
                        sizes.push(1);
                        self.unknown(d);
                    }
                }
            }
            nodes.push(sizes);
        }
        let classes = (0..nodes.len())
            .map(|i| self.known(self.classes[i]).map_or(1, |(n, _)| n))
            .collect();
        let params = self
            .drafts
            .params
            .iter()
            .map(|p| p.node.map_or(vec![], |d| nodes[d.index()].clone()))
            .collect();
        Shapes { nodes, classes, params }
    }

    /// Reports an unknown size once, at a parameter or a named equation: what an ascription could settle.
    fn unknown(&mut self, d: D) {
        let node = &self.drafts.nodes[d];
        if !matches!(node.kind, Kind::Param(_) | Kind::Equal(_)) || self.out.has_errors() {
            return;
        }
        let name = node.name.as_ref().map(|p| self.drafts.path(p)).unwrap_or_default();
        let equation = self.drafts.nodes.iter().find(|(e, n)| {
            matches!(n.kind, Kind::Equal(_))
                && n.name.is_some()
                && self.shapes[e.index()].as_ref().is_some_and(|s| !s.is_empty())
                && (*e == d || name.starts_with(&n.name.as_ref().map(|p| self.drafts.path(p)).unwrap_or_default()))
        });
        // An equation is ascribed at its name; what stands inside of one needs a name first.
        let found = equation.and_then(|(e, n)| Some((n.span, *self.names.get(&e)?)));
        let (span, what, help) = match (found, &node.kind) {
            (Some((span, own)), _) => (
                span,
                format!("the size of `{own}`"),
                format!("ascribe it: `{own}: [64] = ...;`"),
            ),
            (None, Kind::Param(p)) if self.drafts.params[*p].span.file.0 < self.drafts.std_from => {
                let own = name.rsplit('.').next().unwrap_or_default();
                let help = format!("say it where the parameter is made: `param {own}: [64, ...];`");
                (node.span, format!("the size of `{own}`"), help)
            }
            (None, _) => {
                let within = name.split('.').next().unwrap_or_default();
                let help = "give this an equation of its own with a shape, `h: [64] = ...;`, or a layer that is told its size, such as `dense(64)`";
                (node.span, format!("a size within `{within}`"), help.into())
            }
        };
        let diagnostic = Diagnostic::error(codes::SHAPE_UNKNOWN, format!("{what} cannot be inferred"))
            .label(span, "nothing says how many features this has")
            .help(help);
        self.out.push(diagnostic);
    }
}
