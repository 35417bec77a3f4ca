//! Sums of products of sizes: what shapes and counts of parameters are.

use super::tags::{fence, identifier, number, op, tight};
use std::collections::BTreeMap;

/// A polynomial with whole coefficients. Its variables are formulas in MathML, by a key that orders them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Poly {
    /// Products, each a sorted list of variables, with their factors.
    terms: BTreeMap<Vec<Variable>, i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Variable {
    key: String,
    shown: String,
}

impl Poly {
    pub fn number(x: i64) -> Poly {
        Poly::term(Vec::new(), x)
    }

    /// A size by its name.
    pub fn size(name: &str) -> Poly {
        Poly::variable(name, identifier(name))
    }

    /// The number of features, or of classes, of a value.
    pub fn features(name: &str) -> Poly {
        let shown = format!("<msub><mi>d</mi>{}</msub>", identifier(name));
        Poly::variable(&format!("{name}'"), shown)
    }

    /// A size divided by a number.
    pub fn part(name: &str, n: usize) -> Poly {
        let shown = format!("<mrow>{}{}<mn>{n}</mn></mrow>", identifier(name), tight("/"));
        Poly::variable(&format!("{name}/{n}"), shown)
    }

    pub(super) fn variable(key: &str, shown: String) -> Poly {
        let key = key.to_string();
        Poly::term(vec![Variable { key, shown }], 1)
    }

    fn term(product: Vec<Variable>, factor: i64) -> Poly {
        let mut poly = Poly::default();
        poly.add_term(product, factor);
        poly
    }

    fn add_term(&mut self, product: Vec<Variable>, factor: i64) {
        let sum = self.terms.entry(product.clone()).or_insert(0);
        *sum += factor;
        if *sum == 0 {
            self.terms.remove(&product);
        }
    }

    pub fn plus(&self, other: &Poly) -> Poly {
        let mut sum = self.clone();
        for (product, factor) in &other.terms {
            sum.add_term(product.clone(), *factor);
        }
        sum
    }

    pub fn times(&self, other: &Poly) -> Poly {
        let mut out = Poly::default();
        for (a, x) in &self.terms {
            for (b, y) in &other.terms {
                let mut product = [a.as_slice(), b].concat();
                product.sort();
                out.add_term(product, x * y);
            }
        }
        out
    }

    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it has no variables.
    pub fn is_number(&self) -> bool {
        self.terms.keys().all(Vec::is_empty)
    }

    /// With what all terms have in common before brackets: `4 n (n + d + 1)`.
    pub fn factored(&self) -> String {
        let common = self.common();
        let factor = self.terms.values().fold(0, |g, x| gcd(g, x.abs()));
        if self.terms.len() < 2 || common.is_empty() {
            return self.shown();
        }
        let mut rest = Poly::default();
        for (product, x) in &self.terms {
            let mut left = product.clone();
            for v in &common {
                let at = left.iter().position(|w| w == v);
                at.map(|at| left.remove(at));
            }
            rest.add_term(left, x / factor);
        }
        let before = term(&common, factor);
        format!("<mrow>{before}{}</mrow>", fence("(", &rest.shown(), ")"))
    }

    fn common(&self) -> Vec<Variable> {
        let mut products = self.terms.keys();
        let mut common = products.next().cloned().unwrap_or_default();
        for product in products {
            let mut left = product.clone();
            common.retain(|v| left.iter().position(|w| w == v).map(|at| left.remove(at)).is_some());
        }
        common
    }

    /// Products of many variables first, numbers last.
    pub fn shown(&self) -> String {
        if self.is_zero() {
            return number(0.0);
        }
        let mut terms: Vec<_> = self.terms.iter().collect();
        terms.sort_by_key(|(product, _)| (std::cmp::Reverse(product.len()), *product));
        let mut out = String::new();
        for (i, (product, factor)) in terms.into_iter().enumerate() {
            match (i, *factor < 0) {
                (0, true) => out.push_str("<mo form=\"prefix\">−</mo>"),
                (0, false) => {}
                (_, true) => out.push_str(&op("−")),
                (_, false) => out.push_str(&op("+")),
            }
            out.push_str(&term(product, factor.abs()));
        }
        format!("<mrow>{out}</mrow>")
    }
}

fn term(product: &[Variable], factor: i64) -> String {
    let mut parts = Vec::new();
    if factor != 1 || product.is_empty() {
        parts.push(number(factor as f64));
    }
    let mut at = 0;
    while at < product.len() {
        let times = product[at..].iter().take_while(|v| **v == product[at]).count();
        let shown = &product[at].shown;
        parts.push(match times {
            1 => shown.clone(),
            n => format!("<msup><mrow>{shown}</mrow><mn>{n}</mn></msup>"),
        });
        at += times;
    }
    parts.join("<mspace width=\"0.12em\"/>")
}

fn gcd(a: i64, b: i64) -> i64 {
    match b {
        0 => a,
        _ => gcd(b, a % b),
    }
}
