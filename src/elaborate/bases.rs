//! Base cases, `h[0] = ...`, `h[end] = ...`, `d.c[0] = ...`, and the inner values of layers, `d.c`.

use super::draft::{D, Kind, Segment};
use super::elaborator::Elaborator;
use super::scope::Binding;
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::{self, Expr, ExprKind};

impl<'a> Elaborator<'a> {
    /// `h[0] = ...;`, `h[end] = ...;`, `d.c[0] = ...;`
    pub(crate) fn base_case(&mut self, s: usize, target: &'a ast::Place, value: &'a Expr, span: Span) {
        let name = &target.path[0];
        let Some(index) = &target.index else {
            self.error(
                codes::INITIAL,
                "an equation for an inner value",
                target.span,
                "only base cases may be stated for an inner state: `d.c[0] = ...;`",
            );
            return;
        };
        let end = match &index.kind {
            ExprKind::Number(0.0) => false,
            ExprKind::Name(n) if n == "end" => true,
            _ => {
                let d = Diagnostic::error(codes::INITIAL, "an equation for one step")
                    .label(target.span, "an equation holds at every step")
                    .help("write `h = ...;` for all steps, `h[0] = ...;` for the value before the first, `h[end] = ...;` for the one after the last");
                self.out.push(d);
                return;
            }
        };
        let mut path = self.scopes[s].path.clone();
        path.push(Segment::Name(
            target
                .path
                .iter()
                .map(|p| p.name.as_str())
                .collect::<Vec<_>>()
                .join("_"),
        ));
        path.push(Segment::Name(if end { "end".into() } else { "start".into() }));
        let (v, _) = self.under(path, |e| e.value(s, value));
        if target.path.len() > 1 {
            self.scopes[s].inner_inits.push((target.path.clone(), end, v, span));
            return;
        }
        match self.scopes[s].names.get(&name.name) {
            Some((Binding::Value(_), _)) => {}
            _ => {
                self.unknown_name(s, &name.name, name.span);
                return;
            }
        }
        self.insert_init(s, name, end, v, span);
    }

    pub(crate) fn insert_init(&mut self, s: usize, name: &ast::Ident, end: bool, v: D, span: Span) {
        if let Some((_, first)) = self.drafts.inits.get(&(s, name.name.clone(), end)) {
            let d = Diagnostic::error(
                codes::DUPLICATE,
                format!("the base case of `{}` is stated twice", name.name),
            )
            .label(span, "stated again here")
            .label(*first, "first stated here");
            self.out.push(d);
            return;
        }
        self.drafts.inits.insert((s, name.name.clone(), end), (v, span));
    }

    /// Joins `d.c` and `d.c[0] = ...` with the layer that gives `d`.
    pub(crate) fn resolve_inner(&mut self, s: usize) {
        for (owner, field, placeholder) in std::mem::take(&mut self.scopes[s].fields) {
            let Some(&inner) = self.scopes[s].instances.get(&owner) else {
                let message = format!("`{owner}` has no inner values");
                self.error(
                    codes::UNKNOWN_NAME,
                    message,
                    field.span,
                    "no cell or layer gives this equation's value",
                );
                continue;
            };
            match self.scopes[inner].names.get(&field.name) {
                Some((Binding::Value(d), _)) => {
                    self.drafts.nodes[placeholder].kind = Kind::Equal(Some(*d));
                }
                _ => self.unknown_inner(inner, &field),
            }
        }
        self.init_of_cells(s);
        for (path, end, v, span) in std::mem::take(&mut self.scopes[s].inner_inits) {
            let mut at = s;
            for p in &path[..path.len() - 1] {
                match self.scopes[at].instances.get(&p.name) {
                    Some(&inner) => at = inner,
                    None => {
                        let message = format!("`{}` has no inner values", p.name);
                        self.error(
                            codes::UNKNOWN_NAME,
                            message,
                            p.span,
                            "no cell or layer gives this equation's value",
                        );
                        return;
                    }
                }
            }
            let name = &path[path.len() - 1];
            match self.scopes[at].names.get(&name.name) {
                Some((Binding::Value(_), _)) => self.insert_init(at, name, end, v, span),
                _ => self.unknown_inner(at, name),
            }
        }
    }

    /// Whether an equation is the `reverse` of what a layer gives.
    fn is_reversed(&self, s: usize, name: &str) -> bool {
        let Some((Binding::Value(d), _)) = self.scopes[s].names.get(name) else {
            return false;
        };
        match self.drafts.nodes[*d].kind {
            Kind::Equal(Some(x)) => matches!(self.drafts.nodes[x].kind, Kind::Reverse { .. }),
            _ => false,
        }
    }

    /// `d[0] = ...` of an equation that a cell gives is the base case of the cell's own output too.
    fn init_of_cells(&mut self, s: usize) {
        let own: Vec<_> = self
            .drafts
            .inits
            .iter()
            .filter(|((scope, _, _), _)| *scope == s)
            .map(|(k, v)| (k.clone(), *v))
            .collect();
        for ((_, name, mut end), (v, span)) in own {
            let mut at = self.scopes[s].instances.get(&name).copied();
            while let Some(inner) = at {
                let Some(output) = self.scopes[inner].outputs.first().cloned() else {
                    break;
                };
                self.drafts
                    .inits
                    .entry((inner, output.clone(), end))
                    .or_insert((v, span));
                // Reversed, what stands behind the end of `y` stands before the start of what gives it.
                end ^= self.is_reversed(inner, &output);
                at = self.scopes[inner].instances.get(&output).copied();
            }
        }
    }
}
