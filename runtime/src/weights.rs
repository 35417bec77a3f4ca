//! Parameters in files, in the safetensors format: each under its name and shape.
//!
//! What else belongs to weights (how its data are read, the model's name, ...) stands as JSON under the one metadata key
//! `rnnc`; one key, so that the same weights are the same bytes.

use crate::data::Encoding;
use crate::error::Error;
use crate::model::{ModelSpec, ParamSpec};
use crate::real::Real;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

/// What is saved beside the numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meta {
    pub model: String,
    /// The version of rnnc that wrote the file.
    pub version: String,
    /// The text of the spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How the data are read that the weights were trained on.
    pub encoding: Encoding,
    /// Whatever else the writer wants to find again.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub more: BTreeMap<String, String>,
}

impl Meta {
    pub fn new(spec: &ModelSpec, encoding: &Encoding) -> Meta {
        Meta {
            model: spec.name.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            encoding: encoding.clone(),
            ..Meta::default()
        }
    }
}

/// One array of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f64>,
}

/// The contents of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    pub meta: Meta,
    pub arrays: BTreeMap<String, Array>,
}

/// An array on its way to a file.
pub struct Entry {
    name: String,
    shape: Vec<usize>,
    dtype: Dtype,
    bytes: Vec<u8>,
}

impl Entry {
    /// `values` has as many elements as `shape`.
    pub fn new<R: Real>(name: impl Into<String>, shape: &[usize], values: &[R]) -> Entry {
        Entry {
            name: name.into(),
            shape: shape.to_vec(),
            dtype: if R::NAME == "f32" { Dtype::F32 } else { Dtype::F64 },
            bytes: bytes(values),
        }
    }
}

/// Writes arrays to a file, which appears whole or not at all.
///
/// # Errors
/// What keeps the file from being written.
pub fn write(path: &Path, entries: &[Entry], meta: &Meta) -> Result<(), Error> {
    let failed = |e: safetensors::SafeTensorError| Error::Weights {
        path: path.to_owned(),
        why: e.to_string(),
    };
    let mut views = Vec::with_capacity(entries.len());
    for entry in entries {
        let view = TensorView::new(entry.dtype, entry.shape.clone(), &entry.bytes).map_err(failed)?;
        views.push((&entry.name, view));
    }
    let json = serde_json::to_string(meta).expect("internal error: metadata is plain data");
    let metadata = HashMap::from([("rnnc".to_owned(), json)]);
    let file = safetensors::serialize(views, Some(metadata)).map_err(failed)?;
    replace(path, &file)
}

/// Writes a file beside and then moves it into place.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    fs::write(&partial, bytes).map_err(Error::write(&partial))?;
    fs::rename(&partial, path).map_err(Error::write(path))
}

fn bytes<R: Real>(values: &[R]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(std::mem::size_of_val(values));
    for x in values {
        if R::NAME == "f32" {
            bytes.extend((x.to_f64() as f32).to_le_bytes());
        } else {
            bytes.extend(x.to_f64().to_le_bytes());
        }
    }
    bytes
}

/// Saves a model's parameters.
///
/// # Errors
/// What keeps the file from being written.
pub fn save<R: Real>(path: &Path, spec: &ModelSpec, params: &[R], meta: &Meta) -> Result<(), Error> {
    let values = |p: &ParamSpec| &params[p.offset..p.offset + p.len()];
    let entries: Vec<Entry> = spec
        .params
        .iter()
        .map(|p| Entry::new(&p.name, &p.shape, values(p)))
        .collect();
    write(path, &entries, meta)
}

/// Reads a file of weights.
///
/// # Errors
/// [`Error::Read`], and [`Error::Weights`] where the file is not in the format or holds other numbers than f32 and f64.
pub fn load(path: &Path) -> Result<Weights, Error> {
    let bytes = fs::read(path).map_err(Error::read(path))?;
    parse(&bytes, path)
}

/// Reads the bytes of such a file; `path` is for messages.
///
/// # Errors
/// [`Error::Weights`]
pub fn parse(bytes: &[u8], path: &Path) -> Result<Weights, Error> {
    let wrong = |why: String| Error::Weights {
        path: path.to_owned(),
        why,
    };
    let not_safetensors = |e: safetensors::SafeTensorError| wrong(format!("not a safetensors file: {e}"));
    let file = safetensors::SafeTensors::deserialize(bytes).map_err(not_safetensors)?;
    let (_, header) = safetensors::SafeTensors::read_metadata(bytes).map_err(not_safetensors)?;
    let meta = match header.metadata().as_ref().and_then(|m| m.get("rnnc")) {
        Some(json) => serde_json::from_str(json).map_err(|e| wrong(format!("its metadata cannot be read: {e}")))?,
        None => Meta::default(),
    };
    let mut arrays = BTreeMap::new();
    for (name, view) in file.iter() {
        let values = match view.dtype() {
            Dtype::F32 => view
                .data()
                .as_chunks()
                .0
                .iter()
                .map(|&b| f64::from(f32::from_le_bytes(b)))
                .collect(),
            Dtype::F64 => view
                .data()
                .as_chunks()
                .0
                .iter()
                .map(|&b| f64::from_le_bytes(b))
                .collect(),
            other => return Err(wrong(format!("`{name}` holds {other:?}, not F32 or F64"))),
        };
        let shape = view.shape().to_vec();
        arrays.insert(name.to_owned(), Array { shape, values });
    }
    Ok(Weights { meta, arrays })
}

impl Weights {
    /// The arena of a model that these are the weights of.
    ///
    /// # Errors
    /// Every difference between the two: parameters that are missing, of another shape, or not the model's.
    pub fn arena(&self, spec: &ModelSpec) -> Result<Vec<f64>, String> {
        let mut arena = vec![0.0; spec.param_len()];
        let mut differences = Vec::new();
        for param in &spec.params {
            match self.arrays.get(&param.name) {
                None => differences.push(format!("`{}` {:?} is missing", param.name, param.shape)),
                Some(a) if a.shape != param.shape => differences.push(format!(
                    "`{}` has the shape {:?}, the model's has {:?}",
                    param.name, a.shape, param.shape
                )),
                Some(a) => arena[param.offset..param.offset + param.len()].copy_from_slice(&a.values),
            }
        }
        for (name, array) in &self.arrays {
            if !spec.params.iter().any(|p| &p.name == name) {
                differences.push(format!("`{name}` {:?} is not a parameter of the model", array.shape));
            }
        }
        if differences.is_empty() {
            return Ok(arena);
        }
        let shown = differences.len().min(8);
        let rest = differences.len() - shown;
        let more = if rest > 0 {
            format!("\n  and {rest} more differences")
        } else {
            String::new()
        };
        Err(format!(
            "these are not weights of `{}`:\n  {}{more}",
            spec.name,
            differences[..shown].join("\n  ")
        ))
    }
}

/// Reads a file of weights into the arena of a model.
///
/// # Errors
/// As [`load`] and [`Weights::arena`].
pub fn load_into(path: &Path, spec: &ModelSpec) -> Result<(Vec<f64>, Meta), Error> {
    into_arena(load(path)?, path, spec)
}

/// The arena of a model, and what is saved beside it; `path` is for messages.
///
/// # Errors
/// [`Error::Weights`] where parameters are missing, or have other shapes.
pub fn into_arena(weights: Weights, path: &Path, spec: &ModelSpec) -> Result<(Vec<f64>, Meta), Error> {
    let arena = weights.arena(spec).map_err(|why| Error::Weights {
        path: path.to_owned(),
        why,
    })?;
    Ok((arena, weights.meta))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Vocabulary;
    use crate::model::Init;

    fn spec(params: &[(&str, &[usize])]) -> ModelSpec {
        let mut spec = ModelSpec {
            name: "m".into(),
            ..ModelSpec::default()
        };
        for (name, shape) in params {
            spec.params.push(ParamSpec {
                name: (*name).into(),
                shape: shape.to_vec(),
                init: Init::Zeros,
                trained: true,
                offset: spec.param_len(),
            });
        }
        spec
    }

    #[test]
    fn round_trip_to_the_bit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("w.safetensors");
        let spec = spec(&[("h.b", &[]), ("h.W", &[2, 3])]);
        let mut meta = Meta::new(&spec, &Encoding::of_text("text", Vocabulary::of("hé\n")));
        meta.source = Some("model m() { }".into());
        let single = [0.1f32, -0.0, 3e-45, f32::MAX, 1.0, 2.0, 3.0];
        save(&path, &spec, &single, &meta).unwrap();
        let (arena, read) = load_into(&path, &spec).unwrap();
        assert_eq!(
            arena.iter().map(|&x| (x as f32).to_bits()).collect::<Vec<_>>(),
            single.map(f32::to_bits)
        );
        assert_eq!(read, meta);
        let first = fs::read(&path).unwrap();
        save(&path, &spec, &single, &meta).unwrap();
        assert_eq!(fs::read(&path).unwrap(), first);
        let double = [0.1, 1e-300, 3.0, 4.0, 5.0, 6.0, std::f64::consts::PI];
        save(&path, &spec, &double, &meta).unwrap();
        assert_eq!(load_into(&path, &spec).unwrap().0, double);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn differences_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("w.safetensors");
        let saved = spec(&[("a", &[2]), ("b", &[3, 1]), ("extra", &[1])]);
        save(&path, &saved, &[0.0f64; 6], &Meta::default()).unwrap();
        let message = load_into(&path, &spec(&[("a", &[2]), ("b", &[1, 3]), ("c", &[4])]))
            .unwrap_err()
            .to_string();
        for part in [
            "`b` has the shape [3, 1], the model's has [1, 3]",
            "`c` [4] is missing",
            "`extra` [1] is not",
        ] {
            assert!(message.contains(part), "{message}");
        }
        fs::write(&path, b"nonsense").unwrap();
        assert!(load(&path).unwrap_err().to_string().contains("not a safetensors file"));
        assert!(
            load(&dir.path().join("none"))
                .unwrap_err()
                .to_string()
                .contains("cannot read")
        );
    }
}
