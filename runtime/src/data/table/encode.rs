//! From what stands in the files to what a model computes with.

use super::sheet::{Cells, Field, Sheet};
use super::split::Places;
use crate::data::{Declared, Encoding, Part, Scale, Tokens, Values, Vocabulary};
use crate::error::Error;
use crate::regime;
use std::collections::{BTreeMap, BTreeSet};

/// The symbol of what has none.
const UNKNOWN: &str = "<unk>";

/// Turns symbols into classes. Without a saved encoding, vocabularies are all symbols that occur, and scales those of
/// the training part.
pub(super) fn encode(
    settings: &regime::Table,
    declared: &[Declared],
    sheets: &mut [Sheet],
    places: &Places,
    saved: Option<&Encoding>,
) -> Result<Encoding, Error> {
    let encoding = match saved {
        Some(saved) => saved.clone(),
        None => Encoding {
            vocabularies: vocabularies(settings, declared, sheets, places),
            scales: BTreeMap::new(),
        },
    };
    for (i, datum) in declared.iter().enumerate().filter(|(_, d)| d.index) {
        for sheet in sheets.iter_mut() {
            let classes = match encoding.vocabularies.get(&datum.name) {
                Some(vocabulary) => look_up(sheet, i, vocabulary)?,
                None => count(sheet, i)?,
            };
            sheet.fields[i].cells = Cells::Classes(classes);
        }
    }
    let scales = match saved {
        Some(_) => encoding.scales.clone(),
        None => scales(settings, declared, sheets, places)?,
    };
    Ok(Encoding { scales, ..encoding })
}

/// Data whose classes are the same size of the model share one vocabulary.
fn vocabularies(
    settings: &regime::Table,
    declared: &[Declared],
    sheets: &[Sheet],
    places: &Places,
) -> BTreeMap<String, Vocabulary> {
    let group = |d: &Declared| d.classes().map_or_else(|| format!("{}'s own", d.name), str::to_owned);
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, datum) in declared.iter().enumerate().filter(|(_, d)| d.index) {
        groups.entry(group(datum)).or_default().push(i);
    }
    let mut vocabularies = BTreeMap::new();
    for members in groups.into_values() {
        let names = || members.iter().map(|&i| declared[i].name.clone());
        let any = |list: &[String]| names().any(|n| list.contains(&n));
        let cells = || members.iter().flat_map(|&i| sheets.iter().map(move |s| &s.fields[i]));
        let whole = |s: &String| s.parse::<i64>().is_ok();
        let texts = any(&settings.symbols) || any(&settings.characters) || any(&settings.words);
        if !texts && cells().all(|f| f.symbols().iter().all(whole)) {
            continue;
        }
        let symbols: BTreeSet<String> = match any(&settings.unknown) {
            true => frequent(settings, &members, sheets, places),
            false => cells().flat_map(|f| f.symbols().iter().cloned()).collect(),
        };
        let mut vocabulary = Vocabulary::new(Tokens::Values, symbols.into_iter().collect());
        if any(&settings.unknown) {
            vocabulary.unknown = vocabulary.index(UNKNOWN);
        }
        vocabularies.extend(names().map(|n| (n, vocabulary.clone())));
    }
    vocabularies
}

/// The symbols that are frequent enough in the training part, and the unknown one.
fn frequent(settings: &regime::Table, members: &[usize], sheets: &[Sheet], places: &Places) -> BTreeSet<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for &(sheet, example) in places.of(Part::Train) {
        for &i in members {
            let field = &sheets[sheet as usize].fields[i];
            let positions = field.starts[example as usize]..field.starts[example as usize + 1];
            for symbol in &field.symbols()[positions] {
                *counts.entry(symbol).or_default() += 1;
            }
        }
    }
    let kept = counts.into_iter().filter(|(_, n)| *n >= settings.min_count);
    kept.map(|(s, _)| s.to_owned()).chain([UNKNOWN.to_owned()]).collect()
}

fn look_up(sheet: &Sheet, i: usize, vocabulary: &Vocabulary) -> Result<Vec<u32>, Error> {
    let field = &sheet.fields[i];
    let written: Vec<String>;
    let symbols = match &field.cells {
        Cells::Numbers(x) => {
            written = x.iter().map(f64::to_string).collect();
            &written
        }
        Cells::Symbols(x) => x,
        Cells::Classes(_) | Cells::On(_) => panic!("internal error: classes that were looked up"),
    };
    let class = |(at, symbol): (usize, &String)| {
        vocabulary.index(symbol).ok_or_else(|| {
            let why = format!("{symbol:?} is not in the vocabulary; `unknown: ...` in training makes a symbol for it");
            sheet.wrong(field, at, &why)
        })
    };
    symbols.iter().enumerate().map(class).collect()
}

/// Whole numbers from 0 on, as they stand.
fn count(sheet: &Sheet, i: usize) -> Result<Vec<u32>, Error> {
    let field = &sheet.fields[i];
    let whole = |x: f64| (x >= 0.0 && x < f64::from(u32::MAX) && x.fract() == 0.0).then_some(x as u32);
    let classes: Vec<Option<u32>> = match &field.cells {
        Cells::Numbers(x) => x.iter().map(|&x| whole(x)).collect(),
        Cells::Symbols(x) => x.iter().map(|s| whole(s.parse().ok()?)).collect(),
        Cells::Classes(_) | Cells::On(_) => panic!("internal error: classes that were counted"),
    };
    if let Some(at) = classes.iter().position(Option::is_none) {
        let found = match &field.cells {
            Cells::Numbers(x) => x[at].to_string(),
            _ => format!("{:?}", field.symbols()[at]),
        };
        let why =
            format!("expected a class, a whole number from 0 on, found {found}; `symbols: ...` reads it as a symbol");
        return Err(sheet.wrong(field, at, &why));
    }
    Ok(classes.into_iter().flatten().collect())
}

fn scales(
    settings: &regime::Table,
    declared: &[Declared],
    sheets: &[Sheet],
    places: &Places,
) -> Result<BTreeMap<String, Scale>, Error> {
    let mut scales = BTreeMap::new();
    for (i, datum) in declared.iter().enumerate() {
        if !settings.standardize.contains(&datum.name) {
            continue;
        }
        let width = sheets[0].fields[i].width();
        let rows = || {
            places.of(Part::Train).iter().flat_map(move |&(s, e)| {
                let field = &sheets[s as usize].fields[i];
                let (from, to) = (field.starts[e as usize], field.starts[e as usize + 1]);
                match &field.cells {
                    Cells::Numbers(x) => x[from * width..to * width].chunks(width.max(1)),
                    Cells::Symbols(_) | Cells::Classes(_) | Cells::On(_) => [].chunks(1),
                }
            })
        };
        let n = rows().count().max(1) as f64;
        let mut mean = vec![0.0; width];
        rows().for_each(|row| mean.iter_mut().zip(row).for_each(|(m, x)| *m += x / n));
        let mut variance = vec![0.0; width];
        for row in rows() {
            let squares = variance.iter_mut().zip(row).zip(&mean);
            squares.for_each(|((v, x), m)| *v += (x - m) * (x - m) / n);
        }
        let std = variance
            .into_iter()
            .map(|v: f64| if v > 0.0 { v.sqrt() } else { 1.0 })
            .collect();
        scales.insert(datum.name.clone(), Scale { mean, std });
    }
    Ok(scales)
}

/// The values of an example.
pub(super) fn values(field: &Field, example: usize, width: usize, scale: Option<&Scale>) -> Values {
    let (from, to) = (field.starts[example], field.starts[example + 1]);
    match &field.cells {
        Cells::Classes(x) => Values::Index(x[from..to].to_vec()),
        Cells::Numbers(x) => {
            let raw = &x[from * width..to * width];
            Values::Real(match scale {
                None => raw.to_vec(),
                Some(s) => {
                    let features = (0..width).cycle();
                    raw.iter()
                        .zip(features)
                        .map(|(x, f)| (x - s.mean[f]) / s.std[f])
                        .collect()
                }
            })
        }
        Cells::On(bits) => {
            let mut x = vec![0.0; (to - from) * width];
            for (t, bits) in bits[from..to].iter().enumerate() {
                bits.iter().for_each(|&b| x[t * width + b as usize] = 1.0);
            }
            Values::Real(x)
        }
        Cells::Symbols(_) => panic!("internal error: symbols that were not looked up"),
    }
}
