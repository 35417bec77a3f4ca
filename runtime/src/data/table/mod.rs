//! Tables of examples: files in which each input and target of the model is found by its name.

mod csv;
mod encode;
mod jsonl;
mod npy;
mod npz;
mod sheet;
mod split;
#[cfg(test)]
mod tests;

use super::{Dataset, Declared, Encoding, Example, Part, Pass, files};
use crate::draw::fnv1a;
use crate::error::Error;
use crate::model::{AxisSpec, DataSpec, ModelSpec};
use crate::regime;
use sheet::{Cells, Field, Sheet};
use split::Places;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Npz,
    Jsonl,
}

/// Examples from files, held in memory.
pub struct Table {
    names: Vec<String>,
    sheets: Vec<Sheet>,
    places: Places,
    encoding: Encoding,
    sizes: Vec<(String, usize)>,
    fingerprint: u64,
    layout: Layout,
}

/// Where the data go in the model that they are bound to.
#[derive(Default)]
struct Layout {
    /// For each of the model's data the field, and the number of its features.
    fields: Vec<(usize, usize)>,
    /// For each axis of the model its length: that of a field, or a fixed one.
    axes: Vec<Length>,
}

enum Length {
    Of(usize),
    Fixed(usize),
}

/// What is to be found in a file.
struct Wanted {
    data: Vec<Named>,
    /// A cell holds a whole sequence: each row is an example.
    whole_texts: bool,
}

/// An input or a target, and where it stands.
#[derive(Default)]
struct Named {
    name: String,
    /// The names in the file, where they are others.
    from: Option<Vec<String>>,
    index: bool,
    /// Declared without features.
    scalar: bool,
    sequence: bool,
    axis: String,
    characters: bool,
    on: bool,
}

impl Named {
    fn of(declared: &Declared, settings: &regime::Table, renamed: &BTreeMap<String, String>) -> Named {
        let has = |list: &[String]| list.contains(&declared.name);
        let columns = |text: &String| text.split(',').map(|c| c.trim().to_owned()).collect();
        Named {
            name: declared.name.clone(),
            from: renamed.get(&declared.name).map(columns),
            index: declared.index,
            scalar: declared.sizes.is_empty(),
            sequence: !declared.axes.is_empty(),
            axis: declared.axes.first().cloned().unwrap_or_default(),
            characters: has(&settings.characters),
            on: has(&settings.on),
        }
    }

    /// A column of words, one an example.
    fn once(name: &str) -> Named {
        Named {
            name: name.to_owned(),
            index: true,
            ..Named::default()
        }
    }

    /// The name in the file.
    fn key(&self) -> &str {
        self.from.as_ref().and_then(|from| from.first()).unwrap_or(&self.name)
    }

    /// The symbols of a text.
    fn tokens<'a>(&self, text: &'a str) -> Vec<&'a str> {
        match self.characters {
            true => text.char_indices().map(|(i, c)| &text[i..i + c.len_utf8()]).collect(),
            false => text.split_whitespace().collect(),
        }
    }
}

/// `"x = a, b"` by the name on the left; what has no name, under the empty one.
fn pairs(settings: &[String]) -> BTreeMap<String, String> {
    let pair = |text: &String| {
        let (name, rest) = text.split_once('=').unwrap_or(("", text));
        (name.trim().to_owned(), rest.trim().to_owned())
    };
    settings.iter().map(pair).collect()
}

impl Table {
    /// # Errors
    /// See [`super::open`].
    pub fn open(
        settings: &regime::Table,
        format: Format,
        base: &Path,
        declared: &[Declared],
        saved: Option<&Encoding>,
    ) -> Result<Table, Error> {
        if declared.is_empty() {
            return Err(Error::Data(
                "the model has no inputs and no targets to find in the data".into(),
            ));
        }
        settings_name_data(settings, declared)?;
        let renamed = pairs(&settings.columns);
        let wanted = Wanted {
            data: declared.iter().map(|d| Named::of(d, settings, &renamed)).collect(),
            whole_texts: !(settings.characters.is_empty() && settings.words.is_empty()),
        };
        let over: Vec<bool> = wanted.data.iter().map(|d| d.sequence).collect();
        let mut fingerprint = Vec::new();
        let mut read = |path: &str| -> Result<Vec<Sheet>, Error> {
            let one = |path: PathBuf| {
                fingerprint.extend(fnv1a(&files::bytes(&path)?).to_le_bytes());
                let mut sheet = match format {
                    Format::Csv => csv::read(settings, &path, &wanted),
                    Format::Npz => npz::read(settings, &path, &wanted),
                    Format::Jsonl => jsonl::read(settings, &path, &wanted),
                }?;
                if let Some(window) = settings.window {
                    sheet.cut(window, &over)?;
                }
                Ok(sheet)
            };
            files::files(path, base)?.into_iter().map(one).collect()
        };
        let mut sheets = read(&settings.path)?;
        let first = sheets.len();
        if let Some(valid) = &settings.valid {
            sheets.extend(read(valid)?);
        }
        let second = sheets.len();
        if let Some(test) = &settings.test {
            sheets.extend(read(test)?);
        }
        same_shapes(&sheets)?;
        let places = split::split(settings, &sheets, [first, second])?;
        let encoding = encode::encode(settings, declared, &mut sheets, &places, saved)?;
        Ok(Table {
            names: declared.iter().map(|d| d.name.clone()).collect(),
            sizes: sizes(declared, &sheets, &encoding)?,
            sheets,
            places,
            encoding,
            fingerprint: fnv1a(&fingerprint),
            layout: Layout::default(),
        })
    }
}

/// Names in the settings are names of the model's data.
fn settings_name_data(settings: &regime::Table, declared: &[Declared]) -> Result<(), Error> {
    let known: Vec<&str> = declared.iter().map(|d| d.name.as_str()).collect();
    let renamed: Vec<String> = pairs(&settings.columns).into_keys().collect();
    for list in [
        &renamed,
        &settings.characters,
        &settings.words,
        &settings.unknown,
        &settings.symbols,
        &settings.standardize,
        &settings.on,
    ] {
        if let Some(name) = list.iter().find(|n| !known.contains(&n.as_str())) {
            return Err(sheet::missing("the model", "input or target", name, &known));
        }
    }
    let real = |name: &String| declared.iter().any(|d| d.name == *name && !d.index);
    match settings.standardize.iter().find(|n| !real(n)) {
        Some(name) => Err(Error::Data(format!(
            "`{name}` cannot be standardised: its values are classes"
        ))),
        None => Ok(()),
    }
}

/// Every file gives each value the same shape.
fn same_shapes(sheets: &[Sheet]) -> Result<(), Error> {
    for sheet in &sheets[1..] {
        for (first, field) in sheets[0].fields.iter().zip(&sheet.fields) {
            if first.shape != field.shape && first.positions() * field.positions() > 0 {
                return Err(Error::Data(format!(
                    "`{}` has the shape {:?} in {} and {:?} in {}",
                    field.title, first.shape, sheets[0].file, field.shape, sheet.file
                )));
            }
        }
    }
    Ok(())
}

/// The sizes that the data's types name.
fn sizes(declared: &[Declared], sheets: &[Sheet], encoding: &Encoding) -> Result<Vec<(String, usize)>, Error> {
    let mut sizes: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for (i, datum) in declared.iter().enumerate() {
        let fields = || sheets.iter().map(|s| &s.fields[i]);
        let found: Vec<usize> = match encoding.vocabularies.get(&datum.name) {
            Some(vocabulary) => vec![vocabulary.len()],
            None => match fields().next().map(|f| &f.cells) {
                Some(Cells::Numbers(_)) => fields().next().map(|f| f.shape.clone()).unwrap_or_default(),
                _ => vec![fields().map(largest).max().unwrap_or(0)],
            },
        };
        for (name, n) in datum
            .sizes
            .iter()
            .zip(found)
            .filter_map(|(s, n)| Some((s.as_ref()?, n)))
        {
            let (before, whose) = *sizes.entry(name.clone()).or_insert((n, &datum.name));
            if before != n && !datum.index {
                return Err(Error::Data(format!(
                    "`{whose}` and `{}` are both of the size `{name}`, and have {before} and {n} features",
                    datum.name
                )));
            }
            sizes.insert(name.clone(), (before.max(n), whose));
        }
    }
    Ok(sizes.into_iter().map(|(name, (n, _))| (name, n)).collect())
}

/// The number of classes, or of bits, that a field's values need.
fn largest(field: &Field) -> usize {
    let largest = match &field.cells {
        Cells::Classes(x) => x.iter().max().copied(),
        Cells::On(x) => x.iter().flatten().max().copied(),
        Cells::Numbers(_) | Cells::Symbols(_) => None,
    };
    largest.map_or(0, |x| x as usize + 1)
}

impl Dataset for Table {
    fn sizes(&self) -> Vec<(String, usize)> {
        self.sizes.clone()
    }

    fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    fn bind(&mut self, spec: &ModelSpec) -> Result<(), Error> {
        let mut fields = Vec::new();
        for slot in &spec.data {
            let Some(i) = self.names.iter().position(|n| *n == slot.name) else {
                let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
                return Err(sheet::missing("the data", "input or target", &slot.name, &names));
            };
            self.check(slot, i)?;
            fields.push((i, slot.shape.iter().product()));
        }
        let mut axes = vec![Length::Fixed(1)];
        for (a, axis) in spec.axes.iter().enumerate().skip(1) {
            axes.push(self.length(spec, &fields, a, axis)?);
        }
        self.layout = Layout { fields, axes };
        Ok(())
    }

    fn examples(&self, part: Part) -> usize {
        self.places.of(part).len()
    }

    fn example(&self, pass: Pass, index: usize) -> Example {
        let (sheet, example) = self.places.of(pass.part)[index];
        let sheet = &self.sheets[sheet as usize];
        let example = example as usize;
        let length = |l: &Length| match *l {
            Length::Fixed(n) => n,
            Length::Of(field) => sheet.fields[field].len(example),
        };
        let column = |&(field, width): &(usize, usize)| {
            let scale = self.encoding.scales.get(&self.names[field]);
            encode::values(&sheet.fields[field], example, width, scale)
        };
        Example {
            lengths: self.layout.axes.iter().map(length).collect(),
            columns: self.layout.fields.iter().map(column).collect(),
        }
    }
}

impl Table {
    /// Whether the values are what the model declares.
    fn check(&self, slot: &DataSpec, i: usize) -> Result<(), Error> {
        let name = &slot.name;
        let features: usize = slot.shape.iter().product();
        let vocabulary = self.encoding.vocabularies.get(name);
        for sheet in &self.sheets {
            let field = &sheet.fields[i];
            let refuse = |why: String| Err(Error::Data(format!("{}, `{}`: {why}", sheet.file, field.title)));
            match (slot.classes, vocabulary, &field.cells) {
                (Some(classes), Some(v), _) if v.len() != classes => {
                    return refuse(format!(
                        "`{name}` has {classes} classes, and the data {} symbols",
                        v.len()
                    ));
                }
                (Some(_), Some(_), _) => {}
                (Some(n), None, Cells::Classes(classes)) => {
                    if let Some(at) = classes.iter().position(|&c| c as usize >= n) {
                        let why = format!("expected a class from 0 to {}, found {}", n.max(1) - 1, classes[at]);
                        return Err(sheet.wrong(field, at, &why));
                    }
                }
                (None, _, Cells::On(bits)) => {
                    let beyond = |bits: &Vec<u32>| bits.iter().any(|&b| b as usize >= features);
                    if let Some(at) = bits.iter().position(beyond) {
                        let why = format!("expected bits from 0 to {}, found {:?}", features.max(1) - 1, bits[at]);
                        return Err(sheet.wrong(field, at, &why));
                    }
                }
                (None, _, Cells::Numbers(_)) if field.width() == features || field.positions() == 0 => {}
                (None, _, Cells::Numbers(_)) => {
                    return refuse(format!(
                        "`{name}` has {features} features, and the data {}",
                        field.width()
                    ));
                }
                _ => return refuse(format!("`{name}` is of another kind than the data were read for")),
            }
        }
        Ok(())
    }

    /// What gives an axis its length: every example has the same for all data over it.
    fn length(&self, spec: &ModelSpec, fields: &[(usize, usize)], a: usize, axis: &AxisSpec) -> Result<Length, Error> {
        let mut over = Vec::new();
        for (slot, &(field, _)) in spec.data.iter().zip(fields) {
            match slot.axes[..] {
                [] => {}
                [only] if spec.steps_of(only) != spec.steps_of(a) => {}
                [_] => over.push(field),
                _ => {
                    return Err(Error::Data(format!(
                        "`{}` runs over several axes, which no file gives",
                        slot.name
                    )));
                }
            }
        }
        let Some(&first) = over.first() else {
            let why = || Error::Data(format!("nothing in the data gives the axis `{}` a length", axis.name));
            return axis.steps.map(Length::Fixed).ok_or_else(why);
        };
        for sheet in &self.sheets {
            for e in 0..sheet.examples {
                let steps = axis.steps.unwrap_or(sheet.fields[first].len(e));
                let other = over.iter().find(|&&f| sheet.fields[f].len(e) != steps);
                if let Some(&f) = other {
                    let (field, length) = (&sheet.fields[f], sheet.fields[f].len(e));
                    let who = match axis.steps {
                        Some(_) => &axis.name,
                        None => &sheet.fields[first].title,
                    };
                    let why = format!(
                        "{length} steps of `{}` where `{who}` has {steps}, over the same axis",
                        field.title
                    );
                    // One without steps stands nowhere.
                    let longer = if length > 0 { field } else { &sheet.fields[first] };
                    return Err(sheet.wrong(longer, longer.starts[e], &why));
                }
            }
        }
        Ok(Length::Of(first))
    }
}
