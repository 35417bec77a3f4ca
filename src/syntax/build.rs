//! From the pairs of one parsed chunk to typed nodes.

use std::cell::{Cell, RefCell};
use std::sync::LazyLock;

use pest::iterators::{Pair, Pairs};
use pest::pratt_parser::{Assoc, Op, PrattParser};

use super::ast::*;
use super::grammar::Rule;
use super::literal;
use super::parse::MAX_DEPTH;
use super::tokens::Token;
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::source::{FileId, Span};

/// Loosest first.
static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::pipe))
        .op(left(Rule::lt) | left(Rule::le) | left(Rule::gt) | left(Rule::ge) | left(Rule::eq) | left(Rule::ne))
        .op(left(Rule::concat))
        .op(left(Rule::add) | left(Rule::sub))
        .op(left(Rule::mul) | left(Rule::div) | left(Rule::rem))
        .op(left(Rule::matmul))
});

/// Builds nodes of one chunk that starts `base` bytes into its file.
pub(super) struct Builder<'a> {
    pub file: FileId,
    pub base: usize,
    pub tokens: &'a [Token],
    pub found: RefCell<Diagnostics>,
    pub too_deep: Cell<bool>,
    /// Within `over:`, where `a < s <= b` says which steps of an axis are meant.
    pub chains: Cell<bool>,
}

/// An expression and the depth of its tree.
type Deep = (Expr, usize);

impl<'a> Builder<'a> {
    pub fn new(file: FileId, base: usize, tokens: &'a [Token]) -> Builder<'a> {
        Builder {
            file,
            base,
            tokens,
            found: RefCell::default(),
            too_deep: Cell::new(false),
            chains: Cell::new(false),
        }
    }

    fn report(&self, d: Diagnostic) {
        self.found.borrow_mut().push(d);
    }

    /// A pair may end in white space that an absent option skipped; a span ends with its last token.
    pub fn span(&self, pair: &Pair<Rule>) -> Span {
        let (start, end) = (self.base + pair.as_span().start(), self.base + pair.as_span().end());
        let after = self.tokens.partition_point(|t| t.end <= end);
        let end = if after == 0 {
            end
        } else {
            self.tokens[after - 1].end.max(start)
        };
        Span::new(self.file, start, end)
    }

    pub fn ident(&self, pair: Pair<Rule>) -> Ident {
        Ident {
            name: pair.as_str().to_string(),
            span: self.span(&pair),
        }
    }

    pub fn idents(&self, pair: Pair<Rule>) -> Vec<Ident> {
        pair.into_inner().map(|p| self.ident(p)).collect()
    }

    pub fn sizes(&self, pair: Pair<Rule>) -> Vec<SizeParam> {
        let size = |p: Pair<Rule>| {
            let mut inner = p.into_inner();
            SizeParam {
                name: self.ident(next(&mut inner)),
                default: inner.next().map(|p| self.expr(p)),
            }
        };
        pair.into_inner().map(size).collect()
    }

    pub fn inputs(&self, pair: Pair<Rule>) -> Vec<InputParam> {
        let input = |p: Pair<Rule>| {
            let mut inner = p.into_inner();
            let name = self.ident(next(&mut inner));
            let (mut over, mut variadic) = (None, false);
            for p in inner {
                match p.as_rule() {
                    Rule::along => over = p.into_inner().last().map(|p| self.ident(p)),
                    _ => variadic = true,
                }
            }
            InputParam { name, over, variadic }
        };
        pair.into_inner().map(input).collect()
    }

    pub fn string(&self, pair: Pair<Rule>) -> String {
        let span = self.span(&pair);
        literal::string(pair.as_str(), span, &mut self.found.borrow_mut())
    }

    pub fn number(&self, pair: &Pair<Rule>) -> f64 {
        literal::number(pair.as_str(), self.span(pair), &mut self.found.borrow_mut())
    }

    pub fn setting(&self, pair: Pair<Rule>) -> Setting {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        Setting {
            key: self.ident(next(&mut inner)),
            values: inner.map(|p| self.value(p)).collect(),
            span,
        }
    }

    fn value(&self, pair: Pair<Rule>) -> Arg {
        if pair.as_rule() != Rule::amount {
            return self.arg(pair).0;
        }
        let bytes = literal::amount(pair.as_str()).expect("internal error: an amount that the grammar does not know");
        Arg {
            name: None,
            value: self.node(ExprKind::Number(bytes), self.span(&pair), 0).0,
            spread: false,
        }
    }

    /// A `for` comes back with an empty body.
    pub fn stmt(&self, pair: Pair<Rule>) -> StmtKind {
        let rule = pair.as_rule();
        let mut inner = pair.into_inner();
        match rule {
            Rule::declare => StmtKind::Declare {
                role: if next(&mut inner).as_str() == "input" {
                    Role::Input
                } else {
                    Role::Target
                },
                name: self.ident(next(&mut inner)),
                ty: self.type_expr(next(&mut inner)),
            },
            Rule::axis => {
                inner.next();
                let name = self.ident(next(&mut inner));
                let kind = next(&mut inner);
                let kind = match kind.as_rule() {
                    Rule::like => AxisExpr::Like(self.ident(second(kind))),
                    _ => AxisExpr::Steps(self.expr(kind)),
                };
                StmtKind::Axis { name, kind }
            }
            Rule::param => StmtKind::Param {
                trained: next(&mut inner).as_str() == "param",
                name: self.ident(next(&mut inner)),
                shape: self.shape(next(&mut inner)),
                init: inner.next().map(|p| self.expr(p)),
            },
            Rule::module => {
                inner.next();
                StmtKind::Module {
                    name: self.ident(next(&mut inner)),
                    value: self.expr(next(&mut inner)),
                }
            }
            Rule::loss => StmtKind::Loss {
                value: self.expr(nth(&mut inner, 1)),
            },
            Rule::metric => StmtKind::Metric {
                name: self.ident(nth(&mut inner, 1)),
                value: self.expr(next(&mut inner)),
            },
            Rule::output => StmtKind::Output {
                name: self.ident(nth(&mut inner, 1)),
                value: inner.next().map(|p| self.expr(p)),
            },
            Rule::assert => StmtKind::Assert {
                cond: self.expr(nth(&mut inner, 1)),
                message: inner.next().map(|p| self.string(p)),
            },
            Rule::equation => self.equation(inner),
            Rule::observe => StmtKind::Observe {
                target: self.ident(next(&mut inner)),
                dist: self.expr(next(&mut inner)),
                until: inner.next().map(|p| self.expr(second(p))),
            },
            Rule::for_head => {
                let var = self.ident(nth(&mut inner, 1));
                let range = nth(&mut inner, 1);
                let range = match range.as_rule() {
                    Rule::range => {
                        let mut ends = range.into_inner();
                        ForRange::Range {
                            from: self.expr(next(&mut ends)),
                            to: self.expr(next(&mut ends)),
                        }
                    }
                    _ => ForRange::Each(self.ident(range)),
                };
                StmtKind::For {
                    var,
                    range,
                    body: Vec::new(),
                }
            }
            other => panic!("internal error: {other:?} is no statement"),
        }
    }

    fn equation(&self, mut inner: Pairs<Rule>) -> StmtKind {
        let target = self.place(next(&mut inner));
        let mut value = next(&mut inner);
        let mut shape = None;
        if value.as_rule() == Rule::shape {
            shape = Some(self.shape(value));
            value = next(&mut inner);
        }
        StmtKind::Equation {
            target,
            shape,
            value: self.expr(value),
            when: inner.next().map(|p| self.expr(second(p))),
        }
    }

    fn place(&self, pair: Pair<Rule>) -> Place {
        let span = self.span(&pair);
        let mut path = Vec::new();
        let mut index = None;
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::name => path.push(self.ident(p)),
                _ => index = Some(self.expr(p)),
            }
        }
        Place { path, index, span }
    }

    fn type_expr(&self, pair: Pair<Rule>) -> TypeExpr {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let elem = next(&mut next(&mut inner).into_inner());
        let elem = match elem.as_rule() {
            Rule::index_elem => ElemExpr::Index(self.expr(second(elem))),
            Rule::bit_elem => ElemExpr::Bit(self.dims(elem)),
            _ if elem.as_str() == "real" => ElemExpr::Real,
            _ => ElemExpr::Array(self.shape(elem)),
        };
        let axis_use = |p: Pair<Rule>| {
            let mut names = self.idents(p).into_iter();
            AxisUse {
                name: names
                    .next()
                    .unwrap_or_else(|| panic!("internal error: an axis with no name")),
                kind: names.next(),
            }
        };
        let over = inner.next().map(|p| p.into_inner().skip(1).map(axis_use).collect());
        TypeExpr {
            elem,
            over: over.unwrap_or_default(),
            span,
        }
    }

    /// `[n, _]`, or `real` for none.
    fn shape(&self, pair: Pair<Rule>) -> Vec<Dim> {
        self.dims(pair)
    }

    fn dims(&self, pair: Pair<Rule>) -> Vec<Dim> {
        let dims = pair.into_inner().filter(|p| p.as_rule() == Rule::dim);
        let dim = |p: Pair<Rule>| {
            let p = next(&mut p.into_inner());
            match p.as_rule() {
                Rule::infer => Dim::Infer(self.span(&p)),
                _ => Dim::Size(self.expr(p)),
            }
        };
        dims.map(dim).collect()
    }

    pub fn expr(&self, pair: Pair<Rule>) -> Expr {
        self.deep(pair).0
    }

    fn deep(&self, pair: Pair<Rule>) -> Deep {
        PRECEDENCE
            .map_primary(|p| self.term(p))
            .map_infix(|a, op, b| self.binary(a, op, b))
            .parse(pair.into_inner())
    }

    /// Later stages recurse over expressions, so their depth is bounded here.
    fn node(&self, kind: ExprKind, span: Span, below: usize) -> Deep {
        if below < MAX_DEPTH {
            return (Expr { kind, span }, below + 1);
        }
        if !self.too_deep.replace(true) {
            let message = format!("an expression of more than {MAX_DEPTH} levels");
            self.report(
                Diagnostic::error(codes::NESTING, message)
                    .label(span, "too many operations in one expression")
                    .help("give parts of it names of their own, in equations before this one"),
            );
        }
        let kind = ExprKind::Error;
        (Expr { kind, span }, 1)
    }

    fn binary(&self, a: Deep, op: Pair<Rule>, b: Deep) -> Deep {
        let op_span = self.span(&op);
        let op = match op.as_rule() {
            Rule::pipe => BinaryOp::Pipe,
            Rule::lt => BinaryOp::Lt,
            Rule::le => BinaryOp::Le,
            Rule::gt => BinaryOp::Gt,
            Rule::ge => BinaryOp::Ge,
            Rule::eq => BinaryOp::Eq,
            Rule::ne => BinaryOp::Ne,
            Rule::concat => BinaryOp::Concat,
            Rule::add => BinaryOp::Add,
            Rule::sub => BinaryOp::Sub,
            Rule::mul => BinaryOp::Mul,
            Rule::div => BinaryOp::Div,
            Rule::rem => BinaryOp::Rem,
            Rule::matmul => BinaryOp::MatMul,
            other => panic!("internal error: {other:?} is no operator"),
        };
        let span = a.0.span.to(b.0.span);
        if let ExprKind::Binary(before, _, _) = &a.0.kind
            && compares(op)
            && compares(*before)
            && a.0.span.end <= op_span.start
            && !self.in_parentheses(&a.0)
            && !self.chains.get()
        {
            self.report(
                Diagnostic::error(codes::SYNTAX, "comparisons do not chain")
                    .label(op_span, "a second comparison of the same expression")
                    .help("compare in two steps: `where(a < b, b < c, 0)`, or put parentheses"),
            );
        }
        let below = a.1.max(b.1);
        self.node(ExprKind::Binary(op, Box::new(a.0), Box::new(b.0)), span, below)
    }

    fn in_parentheses(&self, e: &Expr) -> bool {
        let ExprKind::Binary(_, left, _) = &e.kind else {
            return false;
        };
        left.span.start > e.span.start
    }

    fn term(&self, pair: Pair<Rule>) -> Deep {
        let whole = self.span(&pair);
        let mut minuses = Vec::new();
        let mut value: Option<Deep> = None;
        for p in pair.into_inner() {
            let end = self.span(&p);
            if p.as_rule() == Rule::minus {
                minuses.push(end);
                continue;
            }
            value = Some(match value {
                None => self.primary(p),
                Some((base, depth)) => self.postfix(base, depth, p, end),
            });
        }
        let (mut e, mut depth) = value.unwrap_or_else(|| panic!("internal error: a term with no primary"));
        for minus in minuses.into_iter().rev() {
            let span = Span {
                end: whole.end,
                ..minus
            };
            (e, depth) = self.node(ExprKind::Unary(UnaryOp::Neg, Box::new(e)), span, depth);
        }
        (e, depth)
    }

    fn postfix(&self, base: Expr, depth: usize, p: Pair<Rule>, end: Span) -> Deep {
        let span = base.span.to(end);
        let base = Box::new(base);
        match p.as_rule() {
            Rule::call => {
                let args: Vec<(Arg, usize)> = p.into_inner().map(|p| self.arg(p)).collect();
                let below = args.iter().map(|a| a.1).fold(depth, usize::max);
                let args = args.into_iter().map(|a| a.0).collect();
                self.node(ExprKind::Call { callee: base, args }, span, below)
            }
            Rule::index => {
                let (index, inside) = self.deep(next(&mut p.into_inner()));
                let index = Box::new(index);
                self.node(ExprKind::Index { base, index }, span, depth.max(inside))
            }
            _ => {
                let name = self.ident(next(&mut p.into_inner()));
                self.node(ExprKind::Field { base, name }, span, depth)
            }
        }
    }

    fn primary(&self, p: Pair<Rule>) -> Deep {
        let span = self.span(&p);
        match p.as_rule() {
            Rule::number => self.node(ExprKind::Number(self.number(&p)), span, 0),
            Rule::string => self.node(ExprKind::Str(self.string(p)), span, 0),
            Rule::name => self.node(ExprKind::Name(p.as_str().to_string()), span, 0),
            Rule::group => {
                let (e, depth) = self.deep(next(&mut p.into_inner()));
                (Expr { span, ..e }, depth)
            }
            _ => {
                let list: Vec<Deep> = p.into_inner().map(|p| self.deep(p)).collect();
                let below = list.iter().map(|e| e.1).fold(0, usize::max);
                let list = list.into_iter().map(|e| e.0).collect();
                self.node(ExprKind::List(list), span, below)
            }
        }
    }

    fn arg(&self, pair: Pair<Rule>) -> (Arg, usize) {
        let mut name = None;
        let mut value = None;
        let mut spread = false;
        for p in pair.into_inner() {
            match p.as_rule() {
                Rule::label => name = Some(self.ident(p)),
                Rule::spread => spread = true,
                _ => {
                    let over = name.as_ref().is_some_and(|n: &Ident| n.name == "over");
                    let around = self.chains.replace(over);
                    value = Some(self.deep(p));
                    self.chains.set(around);
                }
            }
        }
        let (value, depth) = value.unwrap_or_else(|| panic!("internal error: an argument with no value"));
        (Arg { name, value, spread }, depth)
    }
}

fn compares(op: BinaryOp) -> bool {
    use BinaryOp::*;
    matches!(op, Lt | Le | Gt | Ge | Eq | Ne)
}

pub(super) fn next<'i>(pairs: &mut Pairs<'i, Rule>) -> Pair<'i, Rule> {
    nth(pairs, 0)
}

pub(super) fn nth<'i>(pairs: &mut Pairs<'i, Rule>, n: usize) -> Pair<'i, Rule> {
    pairs
        .nth(n)
        .unwrap_or_else(|| panic!("internal error: the grammar promises one more part"))
}

/// What stands after a leading keyword.
fn second(pair: Pair<Rule>) -> Pair<Rule> {
    nth(&mut pair.into_inner(), 1)
}
