//! Expressions. Each comes with how tightly it holds together, so that brackets stand where they are needed only.

use super::poly::Poly;
use super::tags::{fence, identifier, indexed, linked, listed, number, op, tight, words};
use super::tree::name_of;
use super::{Links, Scope};
use crate::syntax::ast::*;

/// From loose to tight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hold {
    /// Cases, pipes: brackets around them within anything.
    Loose,
    Compared,
    Sum,
    /// `∑ x`: what stands behind belongs to it.
    Big,
    Product,
    /// `W x`
    Side,
    Atom,
}

use Hold::*;

pub(super) struct Typesetter<'a> {
    pub scope: &'a Scope,
    pub links: Links<'a>,
}

type Set = (String, Hold);

impl Typesetter<'_> {
    /// A value; a comparison among values is 1 where it holds.
    pub fn value(&self, e: &Expr) -> String {
        self.within(e, Sum).0
    }

    /// A value within another one, in brackets where it holds less tightly.
    fn tightly(&self, e: &Expr, hold: Hold) -> String {
        let (set, held) = self.within(e, Compared);
        match held < hold {
            true => fence("(", &set, ")"),
            false => set,
        }
    }

    fn within(&self, e: &Expr, loosest: Hold) -> Set {
        let (set, hold) = self.any(e);
        match hold {
            Compared if loosest >= Compared => (fence("[", &set, "]"), Atom),
            _ => (set, hold),
        }
    }

    /// Something that holds or does not.
    pub fn condition(&self, e: &Expr) -> String {
        self.any(e).0
    }

    fn any(&self, e: &Expr) -> Set {
        match &e.kind {
            ExprKind::Number(x) if *x < 0.0 => (number(*x), Sum),
            ExprKind::Number(x) => (number(*x), Atom),
            ExprKind::Str(text) => (words(&format!("\u{201c}{text}\u{201d}")), Atom),
            ExprKind::Name(name) => (self.name(name, e), Atom),
            ExprKind::Unary(UnaryOp::Neg, x) => {
                let x = self.tightly(x, Big);
                (format!("<mrow><mo form=\"prefix\">−</mo>{x}</mrow>"), Sum)
            }
            ExprKind::Binary(operation, a, b) => self.binary(*operation, a, b),
            ExprKind::Call { callee, args } => self.call(callee, args),
            ExprKind::Index { .. } => (self.indexed(e), Atom),
            ExprKind::Field { base, name } => (self.indices(&self.field(base, name), self.axes_of(e)), Atom),
            ExprKind::List(list) => {
                let parts: Vec<String> = list.iter().map(|e| self.value(e)).collect();
                (fence("[", &listed(&parts), "]"), Atom)
            }
            ExprKind::Error => (words("?"), Atom),
        }
    }

    fn name(&self, name: &str, e: &Expr) -> String {
        match name {
            "none" | "end" | "training" if !self.scope.axes.contains_key(name) => words(name),
            _ => match (self.links)(e.span) {
                Some(href) => linked(name, Some(href)),
                None => self.indices(&identifier(name), self.axes_of(e)),
            },
        }
    }

    fn indices(&self, base: &str, axes: Vec<String>) -> String {
        let below: Vec<String> = axes.iter().map(|a| identifier(a)).collect();
        indexed(base, &below, &[])
    }

    /// The axes of a name, or of the value whose inner one is meant.
    fn axes_of(&self, e: &Expr) -> Vec<String> {
        match &e.kind {
            ExprKind::Name(name) => self.scope.axes.get(name).cloned().unwrap_or_default(),
            ExprKind::Field { base, .. } => self.axes_of(base),
            ExprKind::Number(_)
            | ExprKind::Str(_)
            | ExprKind::Unary(..)
            | ExprKind::Binary(..)
            | ExprKind::Call { .. }
            | ExprKind::Index { .. }
            | ExprKind::List(_)
            | ExprKind::Error => Vec::new(),
        }
    }

    fn binary(&self, operation: BinaryOp, a: &Expr, b: &Expr) -> Set {
        let infix = |sign: &str, left: Hold, right: Hold, hold: Hold| {
            let (a, b) = (self.tightly(a, left), self.tightly(b, right));
            (format!("<mrow>{a}{}{b}</mrow>", op(sign)), hold)
        };
        let compared = |sign: &str| {
            // Of two comparisons side by side both hold: `a < s <= t`.
            let (a, held) = self.any(a);
            let a = match held {
                Loose => fence("(", &a, ")"),
                Compared | Sum | Big | Product | Side | Atom => a,
            };
            let b = self.tightly(b, Sum);
            (format!("<mrow>{a}{}{b}</mrow>", op(sign)), Compared)
        };
        match operation {
            BinaryOp::Add => infix("+", Sum, Sum, Sum),
            BinaryOp::Sub => infix("−", Sum, Product, Sum),
            BinaryOp::Mul => self.product(a, b),
            BinaryOp::Div => {
                let (a, b) = (self.value(a), self.value(b));
                (format!("<mfrac><mrow>{a}</mrow><mrow>{b}</mrow></mfrac>"), Product)
            }
            BinaryOp::Rem => infix("mod", Product, Side, Product),
            BinaryOp::MatMul => {
                let (a, b) = (self.tightly(a, Product), self.tightly(b, Atom));
                (format!("<mrow>{a}<mspace width=\"0.17em\"/>{b}</mrow>"), Side)
            }
            BinaryOp::Concat => (fence("[", &self.side_by_side(a, b), "]"), Atom),
            BinaryOp::Pipe => {
                let ((a, _), b) = (self.any(a), self.tightly(b, Compared));
                (format!("<mrow>{a}<mo>▷</mo>{b}</mrow>"), Loose)
            }
            BinaryOp::Lt => compared("<"),
            BinaryOp::Le => compared("≤"),
            BinaryOp::Gt => compared(">"),
            BinaryOp::Ge => compared("≥"),
            BinaryOp::Eq => compared("="),
            BinaryOp::Ne => compared("≠"),
        }
    }

    /// `[a; b; c]`
    fn side_by_side(&self, a: &Expr, b: &Expr) -> String {
        let left = match &a.kind {
            ExprKind::Binary(BinaryOp::Concat, a, b) => self.side_by_side(a, b),
            ExprKind::Binary(..)
            | ExprKind::Number(_)
            | ExprKind::Str(_)
            | ExprKind::Name(_)
            | ExprKind::Unary(..)
            | ExprKind::Call { .. }
            | ExprKind::Index { .. }
            | ExprKind::Field { .. }
            | ExprKind::List(_)
            | ExprKind::Error => self.value(a),
        };
        format!("{left}{}{}", op(";"), self.value(b))
    }

    fn product(&self, a: &Expr, b: &Expr) -> Set {
        let (left, right) = (self.tightly(a, Product), self.tightly(b, Big));
        let right = match matches!(b.kind, ExprKind::Binary(BinaryOp::Mul, ..)) {
            true => fence("(", &right, ")"),
            false => right,
        };
        let digit = |e: &Expr| matches!(&e.kind, ExprKind::Number(_));
        let between = match (
            digit(a) && !starts_with_number(b),
            scalar(self.scope, a) || scalar(self.scope, b),
        ) {
            (true, _) => "<mspace width=\"0.17em\"/>".to_string(),
            (false, true) => op("·"),
            (false, false) => op("⊙"),
        };
        (format!("<mrow>{left}{between}{right}</mrow>"), Product)
    }

    fn call(&self, callee: &Expr, args: &[Arg]) -> Set {
        let over = args.iter().find(|a| a.name.as_ref().is_some_and(|n| n.name == "over"));
        let over = over.map(|a| self.condition(&a.value));
        let rest: Vec<&Arg> = args
            .iter()
            .filter(|a| a.name.as_ref().is_none_or(|n| n.name != "over"))
            .collect();
        let values: Vec<&Expr> = rest.iter().filter(|a| a.name.is_none()).map(|a| &a.value).collect();
        if let Some(name) = name_of(callee)
            && !self.scope.items.contains(name)
            && values.len() == rest.len()
            && let Some(set) = self.known(name, &values, over.as_deref())
        {
            return set;
        }
        let head = match name_of(callee) {
            Some(name) => {
                let shown = sign(name).filter(|_| !self.scope.items.contains(name));
                linked(shown.unwrap_or(name), (self.links)(callee.span))
            }
            None => self.tightly(callee, Atom),
        };
        let head = match over {
            Some(over) => format!("<msub>{head}<mrow>{over}</mrow></msub>"),
            None => head,
        };
        (format!("<mrow>{head}{}</mrow>", self.arguments(&rest)), Atom)
    }

    pub fn arguments(&self, args: &[&Arg]) -> String {
        let parts: Vec<String> = args.iter().map(|a| self.argument(a)).collect();
        fence("(", &listed(&parts), ")")
    }

    fn argument(&self, arg: &Arg) -> String {
        let value = self.value(&arg.value);
        match (&arg.name, arg.spread) {
            (Some(name), _) => format!("<mrow>{}{}{value}</mrow>", identifier(&name.name), op("=")),
            (None, true) => format!("<mrow>{value}<mi>…</mi></mrow>"),
            (None, false) => value,
        }
    }

    /// What the compiler itself knows and paper has a sign for.
    fn known(&self, name: &str, values: &[&Expr], over: Option<&str>) -> Option<Set> {
        let big = |sign: &str, x: &Expr| {
            let sign = match over {
                Some(over) => format!("<munder>{sign}<mrow>{over}</mrow></munder>"),
                None => sign.to_string(),
            };
            (format!("<mrow>{sign}{}</mrow>", self.tightly(x, Product)), Big)
        };
        let transposed = |x: &Expr| format!("<msup>{}<mo>⊤</mo></msup>", self.tightly(x, Atom));
        Some(match (name, values) {
            ("sum", [x]) => big("<mo>∑</mo>", x),
            ("sqrt", [x]) => (format!("<msqrt>{}</msqrt>", self.value(x)), Atom),
            ("abs", [x]) => (fence("|", &self.value(x), "|"), Atom),
            ("floor", [x]) => (fence("⌊", &self.value(x), "⌋"), Atom),
            ("pow", [a, b]) => {
                let power = self.tightly(a, Atom);
                (format!("<msup>{power}<mrow>{}</mrow></msup>", self.value(b)), Product)
            }
            ("dot", [a, b]) => {
                let (a, b) = (transposed(a), self.tightly(b, Side));
                (format!("<mrow>{a}<mspace width=\"0.1em\"/>{b}</mrow>"), Side)
            }
            ("outer", [a, b]) => {
                let (a, b) = (self.tightly(a, Side), self.tightly(b, Side));
                (format!("<mrow>{a}{}{b}</mrow>", op("⊗")), Product)
            }
            ("transpose", [x]) => (transposed(x), Atom),
            ("where", [c, a, b]) => (self.cases(c, a, b), Loose),
            ("slice", [x, start, length]) => (self.slice(x, start, length), Atom),
            ("reshape", [x, sizes @ ..]) => {
                let sizes: Vec<String> = sizes.iter().map(|e| self.size(e)).collect();
                let head = format!("<msub><mi>reshape</mi><mrow>{}</mrow></msub>", sizes.join(&op("×")));
                (format!("<mrow>{head}{}</mrow>", fence("(", &self.value(x), ")")), Atom)
            }
            _ => return None,
        })
    }

    fn slice(&self, x: &Expr, start: &Expr, length: &Expr) -> String {
        let end = match (self.poly(start), self.poly(length)) {
            (Some(start), Some(length)) => start.plus(&length).shown(),
            _ => format!("<mrow>{}{}{}</mrow>", self.size(start), op("+"), self.size(length)),
        };
        let colon = "<mo lspace=\"0.2em\" rspace=\"0.2em\">:</mo>";
        let range = format!("{}{colon}{end}", self.size(start));
        let range = fence("[", &range, "]");
        format!("<mrow>{}{range}</mrow>", self.tightly(x, Atom))
    }

    fn cases(&self, c: &Expr, a: &Expr, b: &Expr) -> String {
        let mut rows = vec![(self.value(a), Some(self.condition(c)))];
        let mut rest = b;
        while let Some((c, a, b)) = self.choice(rest) {
            rows.push((self.value(a), Some(self.condition(c))));
            rest = b;
        }
        rows.push((self.value(rest), None));
        cases(&rows)
    }

    fn choice<'e>(&self, e: &'e Expr) -> Option<(&'e Expr, &'e Expr, &'e Expr)> {
        let ExprKind::Call { callee, args } = &e.kind else {
            return None;
        };
        let [c, a, b] = args.as_slice() else { return None };
        let name = name_of(callee)?;
        (name == "where" && !self.scope.items.contains(name)).then_some((&c.value, &a.value, &b.value))
    }

    fn field(&self, base: &Expr, name: &Ident) -> String {
        let base = match name_of(base) {
            Some(name) => identifier(name),
            None => self.tightly(base, Atom),
        };
        format!("<mrow>{base}{}{}</mrow>", tight("."), identifier(&name.name))
    }

    /// `h[t-1]`, `z[l-1]`, `W[y]`, one after the other: steps below, turns of a loop above.
    fn indexed(&self, e: &Expr) -> String {
        let (mut root, mut indices) = (e, Vec::new());
        while let ExprKind::Index { base, index } = &root.kind {
            indices.insert(0, &**index);
            root = base;
        }
        let base = if let ExprKind::Field { base, name } = &root.kind {
            self.field(base, name)
        } else {
            name_of(root).map_or_else(|| self.tightly(root, Atom), identifier)
        };
        self.place(&base, name_of(root).unwrap_or(""), self.axes_of(root), &indices)
    }

    /// A name with its indices; also what stands to the left of an equation.
    pub fn place(&self, base: &str, name: &str, axes: Vec<String>, indices: &[&Expr]) -> String {
        let mut below: Vec<(Option<String>, String)> =
            axes.iter().map(|axis| (Some(axis.clone()), identifier(axis))).collect();
        let mut above = Vec::new();
        for index in indices {
            let edge = matches!(index.kind, ExprKind::Number(_)) || name_of(index) == Some("end");
            let axis = self.scope.axis_of(index);
            if above.is_empty() && axis.is_none() && self.scope.turned.contains(name) {
                above = vec![fence("(", &self.step(index), ")")];
                continue;
            }
            let axis = axis.or_else(|| self.scope.shifted.get(name).filter(|_| edge).cloned());
            let like = axis.as_ref().and_then(|a| self.scope.steps.get(a)?.clone());
            let known = |wanted: &Option<String>| below.iter().position(|(a, _)| a.is_some() && a == wanted);
            let first = (edge || axis.is_some()) && !below.is_empty();
            match known(&axis).or_else(|| known(&like)).or(first.then_some(0)) {
                Some(at) if axis.is_some() || edge => below[at].1 = self.step(index),
                _ => below.push((None, self.step(index))),
            }
        }
        let below: Vec<String> = below.into_iter().map(|(_, shown)| shown).collect();
        indexed(base, &below, &above)
    }

    /// Within a mark: no fraction.
    fn step(&self, e: &Expr) -> String {
        let ExprKind::Binary(BinaryOp::Div, a, b) = &e.kind else {
            return self.value(e);
        };
        let (a, b) = (self.tightly(a, Product), self.tightly(b, Side));
        format!("<mrow>{a}{}{b}</mrow>", tight("/"))
    }

    /// A size: the name of a value means the number of its features.
    pub fn size(&self, e: &Expr) -> String {
        if let Some(poly) = self.poly(e) {
            return poly.shown();
        }
        if let ExprKind::Binary(BinaryOp::Div, a, b) = &e.kind {
            return format!("<mrow>{}{}{}</mrow>", self.size(a), tight("/"), self.size(b));
        }
        self.value(e)
    }

    fn poly(&self, e: &Expr) -> Option<Poly> {
        match &e.kind {
            ExprKind::Number(x) => (x.fract() == 0.0 && x.abs() < 1e9).then(|| Poly::number(*x as i64)),
            ExprKind::Name(name) if self.is_size(name) => Some(Poly::size(name)),
            ExprKind::Name(name) => Some(Poly::features(name)),
            ExprKind::Unary(UnaryOp::Neg, x) => Some(self.poly(x)?.times(&Poly::number(-1))),
            ExprKind::Binary(operation, a, b) => match operation {
                BinaryOp::Add => Some(self.poly(a)?.plus(&self.poly(b)?)),
                BinaryOp::Sub => Some(self.poly(a)?.plus(&self.poly(b)?.times(&Poly::number(-1)))),
                BinaryOp::Mul => Some(self.poly(a)?.times(&self.poly(b)?)),
                BinaryOp::Div => {
                    let shown = format!("<mrow>{}{}{}</mrow>", self.size(a), tight("/"), self.size(b));
                    Some(Poly::variable(&shown.clone(), shown))
                }
                BinaryOp::Rem
                | BinaryOp::MatMul
                | BinaryOp::Concat
                | BinaryOp::Pipe
                | BinaryOp::Lt
                | BinaryOp::Le
                | BinaryOp::Gt
                | BinaryOp::Ge
                | BinaryOp::Eq
                | BinaryOp::Ne => None,
            },
            ExprKind::Str(_)
            | ExprKind::Call { .. }
            | ExprKind::Index { .. }
            | ExprKind::Field { .. }
            | ExprKind::List(_)
            | ExprKind::Error => None,
        }
    }

    fn is_size(&self, name: &str) -> bool {
        self.scope.sizes.contains(name) || name.starts_with(char::is_uppercase)
    }
}

/// Whether a value is known to have no features.
pub(super) fn scalar(scope: &Scope, e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Number(_) => true,
        ExprKind::Name(name) => scope.scalars.contains(name),
        ExprKind::Unary(_, x) => scalar(scope, x),
        ExprKind::Binary(operation, a, b) => match operation {
            BinaryOp::MatMul | BinaryOp::Concat | BinaryOp::Pipe => false,
            BinaryOp::Add
            | BinaryOp::Sub
            | BinaryOp::Mul
            | BinaryOp::Div
            | BinaryOp::Rem
            | BinaryOp::Lt
            | BinaryOp::Le
            | BinaryOp::Gt
            | BinaryOp::Ge
            | BinaryOp::Eq
            | BinaryOp::Ne => scalar(scope, a) && scalar(scope, b),
        },
        ExprKind::Call { callee, args } => {
            let ExprKind::Name(name) = &callee.kind else {
                return false;
            };
            let over = args.iter().any(|a| a.name.as_ref().is_some_and(|n| n.name == "over"));
            let whole = match name.as_str() {
                "sum" | "mean" | "max" | "min" => args.len() == 1,
                "dot" => true,
                _ => scope.scalar_items.contains(name),
            };
            let of_one = !scope.items.contains(name) || over;
            whole
                || of_one
                    && args
                        .iter()
                        .filter(|a| a.name.is_none())
                        .all(|a| scalar(scope, &a.value))
        }
        ExprKind::Index { base, .. } => scalar(scope, base),
        ExprKind::Str(_) | ExprKind::Field { .. } | ExprKind::List(_) | ExprKind::Error => false,
    }
}

/// A value by conditions; the last has none.
pub(super) fn cases(rows: &[(String, Option<String>)]) -> String {
    let row = |(value, condition): &(String, Option<String>)| {
        let when = match condition {
            Some(c) => format!("<mtext>if</mtext><mspace width=\"0.3em\"/>{c}"),
            None => words("otherwise"),
        };
        format!("<mtr><mtd>{value}</mtd><mtd>{when}</mtd></mtr>")
    };
    let rows: String = rows.iter().map(row).collect();
    format!("<mrow><mo>{{</mo><mtable class=\"cases\">{rows}</mtable></mrow>")
}

/// How paper writes a function of one value.
fn sign(name: &str) -> Option<&'static str> {
    match name {
        "sigmoid" => Some("σ"),
        "relu" => Some("ReLU"),
        "argmax" => Some("arg max"),
        _ => None,
    }
}

fn starts_with_number(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Number(_) => true,
        ExprKind::Binary(operation, a, _) => *operation != BinaryOp::Div && starts_with_number(a),
        ExprKind::Call { callee, args } => {
            name_of(callee) == Some("pow") && args.first().is_some_and(|a| starts_with_number(&a.value))
        }
        ExprKind::Str(_)
        | ExprKind::Name(_)
        | ExprKind::Unary(..)
        | ExprKind::Index { .. }
        | ExprKind::Field { .. }
        | ExprKind::List(_)
        | ExprKind::Error => false,
    }
}
