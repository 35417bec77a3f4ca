//! Archives of arrays, as `numpy.savez` writes them.

use super::npy::{self, Array};
use super::sheet::{Cells, Field, Sheet, missing};
use super::{Named, Wanted, pairs};
use crate::data::files;
use crate::error::Error;
use crate::regime;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;

pub(super) fn read(settings: &regime::Table, path: &Path, wanted: &Wanted) -> Result<Sheet, Error> {
    let file = path.display().to_string();
    let bytes = files::bytes(path)?;
    let broken = |e: &dyn std::fmt::Display| Error::Data(format!("{file} is not an archive of arrays: {e}"));
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    let mut arrays = BTreeMap::new();
    for i in 0..archive.len() {
        let mut entry = archive.by_index(i).map_err(|e| broken(&e))?;
        let name = entry
            .name()
            .map_err(|e| broken(&e))?
            .trim_end_matches(".npy")
            .to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(|e| broken(&e))?;
        arrays.insert(name, bytes);
    }
    let archive = Archive {
        offsets: pairs(&settings.offsets),
        lengths: pairs(&settings.lengths),
        one: settings.window.is_some(),
        file,
        arrays,
    };
    let fields = wanted
        .data
        .iter()
        .map(|d| archive.field(d))
        .collect::<Result<Vec<_>, _>>()?;
    let part = settings.part.as_ref().map(|name| archive.field(&Named::once(name)));
    let mut sheet = Sheet {
        examples: fields.first().map_or(0, |f| f.starts.len() - 1),
        file: archive.file,
        parts: part.transpose()?,
        fields,
    };
    // A value that is given once is given for the one series that windows are cut from.
    let fields = sheet.fields.iter().chain(&sheet.parts);
    if let Some(other) = fields.clone().find(|f| f.starts.len() - 1 != sheet.examples) {
        let (first, n) = (&sheet.fields[0].title, other.starts.len() - 1);
        let why = format!(
            "`{first}` has {} examples, and `{}` has {n}",
            sheet.examples, other.title
        );
        return Err(Error::Data(format!("{}: {why}", sheet.file)));
    }
    if sheet.examples == 0 {
        return Err(Error::Data(format!("{}: the arrays hold no examples", sheet.file)));
    }
    sheet.parts.iter_mut().for_each(as_symbols);
    Ok(sheet)
}

/// Parts are read as words: `0` and `1` too.
fn as_symbols(field: &mut Field) {
    if let Cells::Numbers(numbers) = &field.cells {
        field.cells = Cells::Symbols(numbers.iter().map(f64::to_string).collect());
    }
}

struct Archive {
    file: String,
    arrays: BTreeMap<String, Vec<u8>>,
    /// The array of where examples start, by axis; under no name, of every axis.
    offsets: BTreeMap<String, String>,
    /// Likewise of the lengths of padded examples.
    lengths: BTreeMap<String, String>,
    /// Arrays over an axis are one series.
    one: bool,
}

impl Archive {
    fn array(&self, name: &str) -> Result<Array, Error> {
        let Some(bytes) = self.arrays.get(name) else {
            let names: Vec<&str> = self.arrays.keys().map(String::as_str).collect();
            return Err(missing(&self.file, "array", name, &names));
        };
        npy::read(bytes).map_err(|why| self.wrong(name, &why))
    }

    fn wrong(&self, name: &str, why: &str) -> Error {
        Error::Data(format!("{}, `{name}`: {why}", self.file))
    }

    /// Whole numbers from 0 on.
    fn counts(&self, name: &str) -> Result<Vec<usize>, Error> {
        let count = |&x: &f64| (x >= 0.0 && x.fract() == 0.0).then_some(x as usize);
        let counts = match &self.array(name)?.cells {
            Cells::Numbers(x) => x.iter().map(count).collect(),
            Cells::Symbols(_) | Cells::Classes(_) | Cells::On(_) => None,
        };
        counts.ok_or_else(|| self.wrong(name, "expected whole numbers from 0 on"))
    }

    fn field(&self, datum: &Named) -> Result<Field, Error> {
        let name = datum.key();
        let Array { mut shape, mut cells } = self.array(name)?;
        let of_axis = |map: &BTreeMap<String, String>| map.get(&datum.axis).or(map.get("")).cloned();
        let first = |shape: &mut Vec<usize>, what: &str| match shape.is_empty() {
            true => Err(self.wrong(name, &format!("expected an array over {what}, found a single value"))),
            false => Ok(shape.remove(0)),
        };
        let starts: Vec<usize> = if !datum.sequence {
            (0..=first(&mut shape, "examples")?).collect()
        } else if let Some(offsets) = of_axis(&self.offsets) {
            let rows = first(&mut shape, "the steps of all examples")?;
            let starts = self.counts(&offsets)?;
            let rises = starts.is_sorted() && starts.first() == Some(&0);
            if !rises || starts.last() != Some(&rows) {
                let why = format!("expected numbers that rise from 0 to {rows}, the rows of `{name}`");
                return Err(self.wrong(&offsets, &why));
            }
            starts
        } else if self.one {
            vec![0, first(&mut shape, "steps")?]
        } else {
            let (n, steps) = (first(&mut shape, "examples")?, first(&mut shape, "examples and steps")?);
            match of_axis(&self.lengths) {
                None => (0..=n).map(|e| e * steps).collect(),
                Some(lengths) => {
                    let counts = self.counts(&lengths)?;
                    if counts.len() != n || counts.iter().any(|&l| l > steps) {
                        let why = format!("expected {n} lengths of at most {steps}, as `{name}` has");
                        return Err(self.wrong(&lengths, &why));
                    }
                    cells = unpad(cells, &counts, steps, shape.iter().product());
                    sums(&counts)
                }
            }
        };
        let width: usize = shape.iter().product();
        match (&mut cells, datum.index) {
            (Cells::Numbers(x), _) => {
                if let Some(at) = x.iter().position(|x| !x.is_finite()) {
                    let (position, value) = (at / width.max(1), x[at]);
                    let example = starts.partition_point(|&s| s <= position).saturating_sub(1);
                    let step = position - starts[example] + 1;
                    let why = format!(
                        "expected a finite number in example {}, step {step}, found {value}",
                        example + 1
                    );
                    return Err(self.wrong(name, &why));
                }
            }
            (Cells::Symbols(_), true) => {}
            (Cells::Symbols(_) | Cells::Classes(_) | Cells::On(_), _) => {
                return Err(self.wrong(name, "expected numbers, found text"));
            }
        }
        if datum.index && width != 1 {
            let why = format!("expected one class a position, found values of the shape {shape:?}");
            return Err(self.wrong(name, &why));
        }
        let mut field = Field::new(name, shape, cells);
        field.starts = starts;
        Ok(field)
    }
}

fn sums(lengths: &[usize]) -> Vec<usize> {
    let mut starts = vec![0];
    lengths.iter().for_each(|l| starts.push(starts[starts.len() - 1] + l));
    starts
}

fn unpad(cells: Cells, lengths: &[usize], steps: usize, width: usize) -> Cells {
    fn kept<T: Clone>(x: &[T], lengths: &[usize], row: usize, width: usize) -> Vec<T> {
        let rows = lengths.iter().enumerate();
        rows.flat_map(|(e, l)| x[e * row..e * row + l * width].to_vec())
            .collect()
    }
    match cells {
        Cells::Numbers(x) => Cells::Numbers(kept(&x, lengths, steps * width, width)),
        Cells::Symbols(x) => Cells::Symbols(kept(&x, lengths, steps, 1)),
        Cells::Classes(_) | Cells::On(_) => cells,
    }
}
