//! One example a line, as a JSON object.

use super::sheet::{Cells, Field, Sheet, missing};
use super::{Named, Wanted};
use crate::data::files;
use crate::error::Error;
use crate::regime;
use serde_json::{Map, Value};
use std::path::Path;

pub(super) fn read(settings: &regime::Table, path: &Path, wanted: &Wanted) -> Result<Sheet, Error> {
    let file = path.display().to_string();
    let text = files::text(path)?;
    let mut fields: Vec<Field> = wanted.data.iter().map(start).collect();
    let part = settings.part.as_ref().map(|name| Named::once(name));
    let mut parts = part.as_ref().map(start);
    let mut examples = 0;
    for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let at = Line {
            file: &file,
            line: i + 1,
        };
        let object: Map<String, Value> = serde_json::from_str(line)
            .map_err(|e| at.wrong(Some(e.column()), format!("expected a JSON object a line: {e}")))?;
        for (datum, field) in wanted.data.iter().zip(&mut fields) {
            at.add(&object, datum, field)?;
        }
        for (datum, field) in part.iter().zip(&mut parts) {
            at.add(&object, datum, field)?;
        }
        examples += 1;
    }
    if examples == 0 {
        return Err(Error::Data(format!("{file} is empty: expected a JSON object a line")));
    }
    for field in fields.iter_mut().filter(|f| f.shape == UNKNOWN) {
        field.shape.clear();
    }
    Ok(Sheet {
        file,
        examples,
        fields,
        parts,
    })
}

fn start(datum: &Named) -> Field {
    match (datum.index, datum.on) {
        (true, _) => Field::new(datum.key(), vec![], Cells::Symbols(Vec::new())),
        (false, true) => Field::new(datum.key(), vec![], Cells::On(Vec::new())),
        // The first value says how many features there are.
        (false, false) => Field::new(datum.key(), UNKNOWN.to_vec(), Cells::Numbers(Vec::new())),
    }
}

/// The shape of values before there is one.
const UNKNOWN: [usize; 1] = [usize::MAX];

struct Line<'a> {
    file: &'a str,
    line: usize,
}

impl Line<'_> {
    fn wrong(&self, column: Option<usize>, why: String) -> Error {
        let column = column.map_or(String::new(), |c| format!(":{c}"));
        Error::Data(format!("{}:{}{column}: {why}", self.file, self.line))
    }

    fn add(&self, object: &Map<String, Value>, datum: &Named, field: &mut Field) -> Result<(), Error> {
        let key = datum.key();
        let wrong = |why: String| self.wrong(None, format!("`{key}`: {why}"));
        let Some(value) = object.get(key) else {
            let keys: Vec<&str> = object.keys().map(String::as_str).collect();
            return Err(missing(&format!("{}:{}", self.file, self.line), "key", key, &keys));
        };
        let before = field.lines.len();
        match (value, datum.sequence) {
            (Value::String(text), true) if datum.index => {
                for token in datum.tokens(text) {
                    push(field, &Value::from(token)).map_err(wrong)?;
                }
            }
            (Value::Array(steps), true) => {
                for (t, step) in steps.iter().enumerate() {
                    push(field, step).map_err(|why| wrong(format!("at step {}, {why}", t + 1)))?;
                }
            }
            (_, true) => {
                return Err(wrong(format!(
                    "expected a list, one entry a step, found {}",
                    kind(value)
                )));
            }
            (_, false) => push(field, value).map_err(wrong)?,
        }
        let positions = match &field.cells {
            Cells::Symbols(x) => x.len(),
            Cells::On(x) => x.len(),
            Cells::Numbers(_) | Cells::Classes(_) => {
                before + value.as_array().filter(|_| datum.sequence).map_or(1, Vec::len)
            }
        };
        field.lines.resize(positions, self.line as u32);
        field.starts.push(positions);
        Ok(())
    }
}

/// The value of one position.
fn push(field: &mut Field, value: &Value) -> Result<(), String> {
    match &mut field.cells {
        Cells::Symbols(symbols) => symbols.push(match value {
            Value::String(text) => text.clone(),
            Value::Bool(b) => u8::from(*b).to_string(),
            Value::Number(n) if n.is_u64() || n.is_i64() => n.to_string(),
            _ => return Err(format!("expected a symbol or a class, found {}", kind(value))),
        }),
        Cells::On(positions) => {
            let bit = |v: &Value| v.as_u64().and_then(|b| u32::try_from(b).ok());
            let bits = value.as_array().and_then(|bits| bits.iter().map(bit).collect());
            positions.push(bits.ok_or_else(|| {
                format!(
                    "expected a list of the numbers of bits that are on, found {}",
                    kind(value)
                )
            })?);
        }
        Cells::Numbers(numbers) => {
            if field.shape == UNKNOWN {
                field.shape = shape_of(value);
            }
            flatten(value, &field.shape, numbers)?;
        }
        Cells::Classes(_) => {}
    }
    Ok(())
}

/// The lengths of nested lists, as the first ones have them.
fn shape_of(value: &Value) -> Vec<usize> {
    match value {
        Value::Array(rows) => {
            let inner = rows.first().map_or(Vec::new(), shape_of);
            [vec![rows.len()], inner].concat()
        }
        _ => Vec::new(),
    }
}

/// The numbers of nested lists, row by row.
fn flatten(value: &Value, shape: &[usize], numbers: &mut Vec<f64>) -> Result<(), String> {
    match (shape, value) {
        ([rows, inner @ ..], Value::Array(list)) if list.len() == *rows => {
            list.iter().try_for_each(|row| flatten(row, inner, numbers))
        }
        ([rows, ..], Value::Array(list)) => {
            Err(format!("expected lists of {rows} entries, found one of {}", list.len()))
        }
        ([rows, ..], _) => Err(format!("expected a list of {rows} entries, found {}", kind(value))),
        ([], Value::Number(n)) => {
            numbers.push(n.as_f64().filter(|x| x.is_finite()).ok_or("expected a finite number")?);
            Ok(())
        }
        ([], Value::Bool(b)) => {
            numbers.push(f64::from(u8::from(*b)));
            Ok(())
        }
        ([], _) => Err(format!("expected a number, found {}", kind(value))),
    }
}

fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
    }
}
