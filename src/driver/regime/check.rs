//! Whether a tree of settings says what the schema allows. Trees come from `train` blocks and from the command line, so
//! places are paths; those that were written in a file have spans.

use super::read::{Settings, outside, wanted};
use super::schema::{self, Form, Kind, Shape};
use crate::diagnostics::near::{listed, nearest};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, codes};
use rnn_runtime::regime::Regime;
use serde_json::Value;

/// Reports every value that is outside of what its setting takes.
pub fn check(settings: &Settings, diagnostics: &mut Diagnostics) {
    for (key, value) in &settings.tree {
        let wrong = match schema::find(key) {
            None => Some(
                Wrong::new(key, format!("there is no setting `{key}`"))
                    .near(key, schema::SETTINGS.iter().map(|s| s.key)),
            ),
            Some(s) => match s.value {
                Shape::Later => Some(Wrong::later(key, &format!("the setting `{key}`"))),
                Shape::Names => names(key, value).err(),
                Shape::One(kind) => one(key, &format!("`{key}`"), value, kind).err(),
                Shape::Forms(forms, later) => form(key, value, forms, later).err(),
            },
        };
        if let Some(wrong) = wrong {
            diagnostics.push(wrong.diagnostic(settings));
        }
    }
}

/// Reports values that are in range each, but not together.
pub fn together(regime: &Regime, settings: &Settings, diagnostics: &mut Diagnostics) {
    for (path, why) in regime.problems() {
        let setting = path.rsplit('.').next().unwrap_or(&path);
        diagnostics.push(Wrong::new(&path, format!("`{setting}` {why}")).diagnostic(settings));
    }
}

struct Wrong {
    path: String,
    message: String,
    help: Option<String>,
    code: Code,
}

impl Wrong {
    fn new(path: &str, message: String) -> Wrong {
        Wrong {
            path: path.into(),
            message,
            help: None,
            code: codes::SETTING,
        }
    }

    fn later(path: &str, what: &str) -> Wrong {
        Wrong {
            code: codes::UNSUPPORTED,
            ..Wrong::new(path, format!("{what} is not supported yet"))
        }
    }

    fn near<'a>(mut self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Wrong {
        let known: Vec<&str> = known.into_iter().filter(|k| !k.is_empty()).collect();
        self.help = match nearest(word, known.iter().copied()) {
            Some(near) => Some(format!("is it `{near}`?")),
            None if known.is_empty() => None,
            None => Some(format!("there is {}", listed(&known))),
        };
        self
    }

    fn diagnostic(self, settings: &Settings) -> Diagnostic {
        let mut d = Diagnostic::error(self.code, self.message);
        // A value from the command line has no span of its own, nor has one around it that it replaced.
        match settings.spans.get(&self.path) {
            Some(span) => d = d.label(*span, "here"),
            None => d = d.note(format!("the setting is `train.{}`", self.path)),
        }
        match self.help {
            Some(help) => d.help(help),
            None => d,
        }
    }
}

fn names(key: &str, value: &Value) -> Result<(), Wrong> {
    let all = value.as_object().into_iter().flatten();
    match value.is_object() && all.into_iter().all(|(_, v)| v.is_string()) {
        true => Ok(()),
        false => Err(Wrong::new(key, format!("`{key}` must be names with names"))),
    }
}

fn form(key: &str, value: &Value, forms: &'static [Form], later: &[&str]) -> Result<(), Wrong> {
    let Some((form, arguments)) = Form::of(value, forms) else {
        let word = match value {
            Value::String(word) => word,
            Value::Object(map) if map.len() == 1 => map.keys().next().map_or("", String::as_str),
            _ => "",
        };
        if later.contains(&word) {
            return Err(Wrong::later(key, &format!("`{key} {word}`")));
        }
        return Err(no_form(key, forms).near(word, forms.iter().map(|f| f.name)));
    };
    for (k, v) in &arguments {
        let Some(param) = form.params().find(|p| form.key(p) == k) else {
            return Err(
                Wrong::new(key, format!("`{key} {}` takes no `{k}`", form.name)).near(k, form.params().map(|p| p.name))
            );
        };
        let what = match param.name {
            "" => format!("`{key} {}`", form.name),
            name => format!("`{name}`"),
        };
        one(&form.path(key, param), &what, v, param.kind)?;
    }
    match form
        .params()
        .find(|p| p.required && !arguments.contains_key(form.key(p)))
    {
        Some(missing) => Err(Wrong::new(key, format!("`{}` needs {}", form.name, wanted(missing)))),
        None => Ok(()),
    }
}

fn no_form(key: &str, forms: &[Form]) -> Wrong {
    let known: Vec<&str> = forms.iter().map(|f| f.name).collect();
    Wrong::new(key, format!("`{key}` must be {}", known.join(" or ")))
}

fn one(path: &str, what: &str, value: &Value, kind: Kind) -> Result<(), Wrong> {
    if let Value::Number(n) = value
        && kind.is_whole()
        && !n.is_u64()
        && n.as_f64().is_some_and(|x| x >= schema::UNCOUNTED)
    {
        return Err(Wrong::new(
            path,
            format!("{what} must be less than {:e}, and is {n}", schema::UNCOUNTED),
        ));
    }
    let right = match (value, kind) {
        (Value::Number(n), _) => n.as_f64().is_some_and(|x| kind.holds(x)),
        (Value::String(text), Kind::Text) => !text.is_empty(),
        (Value::Bool(_), Kind::Flag) => true,
        (Value::String(text), Kind::Names) => !text.is_empty(),
        (Value::Array(list), Kind::Names) => list.iter().all(|x| x.as_str().is_some_and(|x| !x.is_empty())),
        (Value::String(word), Kind::Word) => !word.is_empty(),
        (Value::String(word), Kind::Words(words)) => words.contains(&word.as_str()),
        _ => false,
    };
    if right {
        return Ok(());
    }
    let wrong = Wrong::new(path, outside(what, kind, &shown(value)));
    Err(match (value, kind) {
        (Value::String(word), Kind::Words(words)) => wrong.near(word, words.iter().copied()),
        _ => wrong,
    })
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::String(s) => format!("{s:?}"),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "a group of settings".into(),
    }
}
