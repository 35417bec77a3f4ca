//! Changing settings by path: `--set train.optimizer.lr=1e-3`.

use super::read::{self, Settings};
use super::schema::{self, Form, Kind, Shape};
use crate::diagnostics::near::{listed, nearest};
use crate::driver::Failure;
use crate::driver::yaml;
use crate::syntax::amount;
use serde_json::{Map, Value};

/// Sets one value, given as YAML. The path may leave out the form: `optimizer.lr` for `optimizer.adam.lr`. A setting
/// that the block does not have starts from `defaults`.
pub fn set(settings: &mut Settings, path: &str, text: &str, defaults: &Map<String, Value>) -> Result<(), Failure> {
    let flag = format!("--set {path}={text}");
    let mut value =
        yaml::read(text).map_err(|e| Failure::message(format!("`{flag}` has no value that can be read: {e}")))?;
    integers(&mut value);
    let mut parts = path.strip_prefix("train.").unwrap_or(path).split('.');
    let key = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let Some(setting) = schema::find(key) else {
        return Err(unknown(&flag, key, schema::SETTINGS.iter().map(|s| s.key)));
    };
    let new = match (setting.value, rest.as_slice()) {
        (Shape::Later, _) => {
            return Err(Failure::message(format!(
                "`{flag}`: the setting `{key}` is not supported yet"
            )));
        }
        (Shape::One(Kind::Bytes), []) => match value.as_str().and_then(amount) {
            Some(bytes) => super::read::number(bytes),
            None => value,
        },
        (Shape::One(_) | Shape::Names, []) => value,
        (Shape::One(_) | Shape::Names, _) => return Err(Failure::message(format!("`{flag}`: `{key}` has no parts"))),
        (Shape::Forms(forms, _), []) => match Form::of(&value, forms) {
            Some((form, arguments)) if !form.opens() => form.tree(arguments),
            _ => value,
        },
        (Shape::Forms(forms, _), path) => {
            let old = settings.tree.get(key).or(defaults.get(key)).unwrap_or(&Value::Null);
            inside(old, path, value, forms, &flag)?
        }
    };
    // Places in the block say nothing any more about a value that was replaced.
    let parameter = rest.last().copied();
    settings.spans.retain(|at, _| {
        let mut parts = at.split('.');
        parts.next() != Some(key) || parameter.is_some_and(|p| parts.next_back() != Some(p))
    });
    settings.tree.insert(key.into(), new);
    Ok(())
}

/// `1e3` is a whole number here as it is in a block.
fn integers(value: &mut Value) {
    match value {
        Value::Number(n) if n.is_f64() => *value = n.as_f64().map_or(Value::Null, read::number),
        Value::Array(all) => all.iter_mut().for_each(integers),
        Value::Object(map) => map.values_mut().for_each(integers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// `path` is `form`, `form.parameter` or `parameter`.
fn inside(old: &Value, path: &[&str], value: Value, forms: &'static [Form], flag: &str) -> Result<Value, Failure> {
    let names: Vec<&str> = forms.iter().map(|f| f.name).collect();
    let old = Form::of(old, forms);
    let named = forms.iter().find(|f| f.name == path[0]);
    let (form, mut arguments) = match (named, old) {
        (Some(named), Some((form, arguments))) if named.name == form.name => (form, arguments),
        (Some(named), _) => (named, Map::new()),
        (None, Some(old)) => old,
        (None, None) => {
            return Err(
                Failure::message(format!("`{flag}`: this setting has no value yet")).help(format!(
                    "say which it is, for instance `{}`: there is {}",
                    names[0],
                    listed(&names)
                )),
            );
        }
    };
    let path = if named.is_some() { &path[1..] } else { path };
    let key = match path {
        [] if form.opens() => form.name,
        [] => return Ok(form.tree(value.as_object().cloned().unwrap_or_default())),
        [key] => key,
        [_, more, ..] => return Err(Failure::message(format!("`{flag}`: there is nothing called `{more}`"))),
    };
    if !form.params().any(|p| form.key(p) == key) {
        return Err(unknown(flag, key, form.params().map(|p| p.name).chain(names)));
    }
    arguments.insert(key.into(), value);
    Ok(form.tree(arguments))
}

fn unknown<'a>(flag: &str, word: &str, known: impl IntoIterator<Item = &'a str>) -> Failure {
    let known: Vec<&str> = known.into_iter().filter(|k| !k.is_empty()).collect();
    let unknown = Failure::message(format!("`{flag}`: there is no setting `{word}`"));
    match nearest(word, known.iter().copied()) {
        Some(near) => unknown.help(format!("is it `{near}`?")),
        None => unknown.help(format!("there is {}", listed(&known))),
    }
}
