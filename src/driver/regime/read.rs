//! From the settings of a `train` block to a tree, each value with its place.

use super::schema::{self, Form, Kind, Setting, Shape};
use crate::diagnostics::near::{listed, nearest};
use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::source::Span;
use crate::syntax::ast::{self, Arg, BinaryOp, Expr, ExprKind, Item, TrainItem, UnaryOp};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The settings as a tree: `{optimizer: {adam: {lr: 0.001}}}`.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub tree: Map<String, Value>,
    /// Where a value was written, by its path: `optimizer.adam.lr`.
    pub spans: BTreeMap<String, Span>,
}

/// Reads a block. Unknown settings and forms are reported here, where they are written; ranges are checked later,
/// together with what the command line changes.
pub fn read(block: &TrainItem, files: &[ast::File], diagnostics: &mut Diagnostics) -> Settings {
    let mut reader = Reader {
        files,
        settings: Settings::default(),
        diagnostics,
    };
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for setting in &block.settings {
        if let Some(first) = seen.get(setting.key.name.as_str()) {
            let twice = Diagnostic::error(codes::SETTING, format!("`{}` is set twice", setting.key.name))
                .label(setting.key.span, "set again here")
                .label(*first, "first set here");
            reader.diagnostics.push(twice);
            continue;
        }
        seen.insert(&setting.key.name, setting.key.span);
        if let Err(wrong) = reader.setting(setting) {
            reader.diagnostics.push(wrong);
        }
    }
    reader.settings
}

struct Reader<'a> {
    files: &'a [ast::File],
    settings: Settings,
    diagnostics: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn setting(&mut self, setting: &ast::Setting) -> Result<(), Diagnostic> {
        let key = &setting.key;
        let Some(known) = schema::find(&key.name) else {
            return Err(unknown_setting(key));
        };
        let whole = setting.values.first().zip(setting.values.last());
        let Some(span) = whole.map(|(a, b)| a.value.span.to(b.value.span)) else {
            return Err(
                Diagnostic::error(codes::SETTING, format!("`{}` needs a value", key.name))
                    .label(key.span, "set to nothing")
                    .help(format!("for instance `{}`", known.example)),
            );
        };
        if matches!(known.value, Shape::Later) {
            return Err(later(&format!("the setting `{}`", key.name), key.span));
        }
        if matches!(known.value, Shape::Names) {
            self.settings.spans.insert(key.name.clone(), span);
            let tree = self.names(known, &setting.values)?;
            self.settings.tree.insert(key.name.clone(), tree);
            return Ok(());
        }
        let [
            Arg {
                name: None,
                value,
                spread: false,
            },
        ] = setting.values.as_slice()
        else {
            return Err(
                Diagnostic::error(codes::SETTING, format!("`{}` takes one value", key.name))
                    .label(span, "not one value")
                    .help(format!("for instance `{}`", known.example)),
            );
        };
        self.settings.spans.insert(key.name.clone(), value.span);
        let tree = match known.value {
            Shape::One(_) => self.scalar(value)?,
            Shape::Forms(forms, later) => self.form(known, forms, later, value)?,
            Shape::Names | Shape::Later => return Ok(()),
        };
        self.settings.tree.insert(key.name.clone(), tree);
        Ok(())
    }

    /// `p: y` as `{p: y}`.
    fn names(&mut self, setting: &Setting, values: &[Arg]) -> Result<Value, Diagnostic> {
        let mut names = Map::new();
        for Arg { name, value, .. } in values {
            let (Some(name), ExprKind::Name(other)) = (name, &value.kind) else {
                return Err(
                    Diagnostic::error(codes::SETTING, format!("`{}` takes a name and a name", setting.key))
                        .label(value.span, "not `name: name`")
                        .help(format!("for instance `{}`", setting.example)),
                );
            };
            let at = format!("{}.{}", setting.key, name.name);
            self.settings.spans.insert(at, name.span.to(value.span));
            names.insert(name.name.clone(), Value::from(other.as_str()));
        }
        Ok(Value::Object(names))
    }

    /// `adam(lr: 1e-3)` as `{adam: {lr: 0.001}}`, `norm(1.0)` as `{norm: 1.0}`, `constant` as `constant`.
    fn form(
        &mut self,
        setting: &Setting,
        forms: &'static [Form],
        absent: &[&str],
        e: &Expr,
    ) -> Result<Value, Diagnostic> {
        let (name, args) = match &e.kind {
            ExprKind::Name(name) => ((name, e.span), &[][..]),
            ExprKind::Call { callee, args } => match &callee.kind {
                ExprKind::Name(name) => ((name, callee.span), args.as_slice()),
                _ => return Err(no_form(setting, forms, e.span)),
            },
            _ => return Err(no_form(setting, forms, e.span)),
        };
        let (name, span) = name;
        let Some(form) = forms.iter().find(|f| f.name == name) else {
            if absent.contains(&name.as_str()) {
                return Err(later(&format!("`{} {name}`", setting.key), span));
            }
            return Err(unknown_form(setting, forms, name, span));
        };
        let mut arguments = Map::new();
        for (i, arg) in args.iter().enumerate() {
            let param = match &arg.name {
                _ if form.params().next().is_none() && setting.kept => {
                    let message = format!("`{name}` takes no arguments in `{}`", setting.key);
                    return Err(Diagnostic::error(codes::SETTING, message).label(arg.value.span, "one too many"));
                }
                _ if form.params().next().is_none() => {
                    return Err(later(&format!("`{name}` with arguments"), arg.value.span));
                }
                Some(given) => {
                    let named = form.params().find(|p| p.name == given.name);
                    named.ok_or_else(|| unknown_argument(form, &given.name, given.span))?
                }
                None => form.params().nth(i).ok_or_else(|| {
                    Diagnostic::error(codes::SETTING, format!("`{name}` is given too many arguments"))
                        .label(arg.value.span, format!("it takes {} at most", form.params().count()))
                })?,
            };
            let value = self.scalar(&arg.value)?;
            let at = form.path(setting.key, param);
            if let Some(first) = self.settings.spans.insert(at, arg.value.span) {
                return Err(
                    Diagnostic::error(codes::SETTING, format!("`{}` is given twice", form.key(param)))
                        .label(arg.value.span, "given again here")
                        .label(first, "first given here"),
                );
            }
            arguments.insert(form.key(param).into(), value);
        }
        if let Some(missing) = form
            .params()
            .find(|p| p.required && !arguments.contains_key(form.key(p)))
        {
            return Err(
                Diagnostic::error(codes::SETTING, format!("`{name}` needs {}", wanted(missing)))
                    .label(e.span, "given without")
                    .help(format!("for instance `{}`", setting.example)),
            );
        }
        Ok(form.tree(arguments))
    }

    /// A number, a text or a word; constants of the files and plain arithmetic included.
    fn scalar(&self, e: &Expr) -> Result<Value, Diagnostic> {
        match &e.kind {
            ExprKind::Str(text) => Ok(Value::from(text.as_str())),
            ExprKind::List(items) => items.iter().map(|item| self.scalar(item)).collect(),
            ExprKind::Name(word) if word == "true" || word == "false" => Ok(Value::from(word == "true")),
            ExprKind::Name(word) if self.constant(word).is_none() => Ok(Value::from(word.as_str())),
            _ => self.number(e, 0).map(number),
        }
    }

    fn number(&self, e: &Expr, depth: usize) -> Result<f64, Diagnostic> {
        let wrong = || {
            Diagnostic::error(codes::SETTING, "this is no number").label(
                e.span,
                "a setting's value is a number, a text, a name, or one of these by name in `form(...)`",
            )
        };
        // A constant that is defined by itself ends here too; the checks of items report it.
        if depth > 64 {
            return Err(wrong());
        }
        match &e.kind {
            ExprKind::Number(x) => Ok(*x),
            ExprKind::Name(name) => match self.constant(name) {
                Some(value) => self.number(value, depth + 1),
                None => Err(wrong()),
            },
            ExprKind::Unary(UnaryOp::Neg, x) => Ok(-self.number(x, depth + 1)?),
            ExprKind::Binary(op, a, b) => {
                let (x, y) = (self.number(a, depth + 1)?, self.number(b, depth + 1)?);
                match op {
                    BinaryOp::Add => Ok(x + y),
                    BinaryOp::Sub => Ok(x - y),
                    BinaryOp::Mul => Ok(x * y),
                    BinaryOp::Div => Ok(x / y),
                    BinaryOp::Rem => Ok(x.rem_euclid(y)),
                    BinaryOp::MatMul | BinaryOp::Concat | BinaryOp::Pipe => Err(wrong()),
                    BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge | BinaryOp::Eq | BinaryOp::Ne => {
                        Err(wrong())
                    }
                }
            }
            ExprKind::Str(_)
            | ExprKind::Call { .. }
            | ExprKind::Index { .. }
            | ExprKind::Field { .. }
            | ExprKind::List(_)
            | ExprKind::Error => Err(wrong()),
        }
    }

    fn constant(&self, name: &str) -> Option<&Expr> {
        self.files.iter().flat_map(|f| &f.items).find_map(|item| match item {
            Item::Const(c) if c.name.name == name => Some(&c.value),
            Item::Const(_) | Item::Use(_) | Item::Fn(_) | Item::Layer(_) | Item::Model(_) | Item::Train(_) => None,
        })
    }
}

/// A whole number as such: sizes and seeds are read as integers.
pub(super) fn number(x: f64) -> Value {
    if x.fract() == 0.0 && x.abs() < schema::UNCOUNTED {
        Value::from(x as i64)
    } else {
        Value::from(x)
    }
}

fn unknown_setting(key: &ast::Ident) -> Diagnostic {
    let known: Vec<&str> = schema::SETTINGS.iter().map(|s| s.key).collect();
    let unknown = Diagnostic::error(codes::SETTING, format!("there is no setting `{}`", key.name));
    match nearest(&key.name, known.iter().copied()) {
        Some(near) => unknown
            .label(key.span, "unknown setting")
            .fix(format!("is it `{near}`?"), key.span, near),
        None => unknown
            .label(key.span, "unknown setting")
            .help(format!("the settings are {}", listed(&known))),
    }
}

fn unknown_form(setting: &Setting, forms: &[Form], name: &str, span: Span) -> Diagnostic {
    let known: Vec<&str> = forms.iter().map(|f| f.name).collect();
    let unknown = Diagnostic::error(codes::SETTING, format!("there is no `{}` called `{name}`", setting.key))
        .label(span, format!("unknown {}", setting.key));
    match nearest(name, known.iter().copied()) {
        Some(near) => unknown.fix(format!("is it `{near}`?"), span, near),
        None => unknown.help(format!("there is {}", listed(&known))),
    }
}

fn unknown_argument(form: &Form, name: &str, span: Span) -> Diagnostic {
    let known: Vec<&str> = form.params().map(|p| p.name).filter(|n| !n.is_empty()).collect();
    let unknown =
        Diagnostic::error(codes::SETTING, format!("`{}` takes no `{name}`", form.name)).label(span, "unknown argument");
    match nearest(name, known.iter().copied()) {
        Some(near) => unknown.fix(format!("is it `{near}`?"), span, near),
        None if known.is_empty() => unknown.help(format!("its one argument has no name: `{}(1.0)`", form.name)),
        None => unknown.help(format!("it takes {}", listed(&known))),
    }
}

fn no_form(setting: &Setting, forms: &[Form], span: Span) -> Diagnostic {
    let known: Vec<&str> = forms.iter().map(|f| f.name).collect();
    Diagnostic::error(codes::SETTING, format!("`{}` does not take this", setting.key))
        .label(span, format!("expected {}", known.join(" or ")))
        .help(format!("for instance `{}`", setting.example))
}

fn later(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::UNSUPPORTED, format!("{what} is not supported yet"))
        .label(span, "part of the language, not yet of this compiler")
        .note("it is refused rather than ignored, so that no result is silently another one")
}

/// The message for a value outside of its kind.
pub fn outside(what: &str, kind: Kind, given: &str) -> String {
    format!("{what} must be {}, and is {given}", kind.wanted())
}

/// A missing argument, to follow "needs".
pub fn wanted(param: &schema::Param) -> String {
    match param.name {
        "" => param.kind.wanted(),
        name => format!("its `{name}`, {}", param.kind.wanted()),
    }
}
