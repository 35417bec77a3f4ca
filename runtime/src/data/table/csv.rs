//! Tables of rows and columns, separated by a character.

use super::sheet::{Cells, Field, Sheet, missing, number};
use super::{Named, Wanted};
use crate::data::files;
use crate::error::Error;
use crate::regime;
use std::collections::BTreeMap;
use std::path::Path;

/// One row, and where it stands.
struct Row {
    cells: csv::StringRecord,
    line: u32,
    /// An empty line stands before it.
    apart: bool,
}

pub(super) fn read(settings: &regime::Table, path: &Path, wanted: &Wanted) -> Result<Sheet, Error> {
    let file = path.display().to_string();
    let text = files::text(path)?.replace("\r\n", "\n");
    let separator = separator(settings, path)?;
    let mut rows = rows(&text, &file, separator, settings.quote)?;
    let titles: Vec<String> = match &settings.names[..] {
        [] if rows.is_empty() => return Err(Error::Data(format!("{file} is empty: expected a line of column names"))),
        [] => rows.remove(0).cells.iter().map(str::to_owned).collect(),
        names => names.to_vec(),
    };
    if rows.is_empty() {
        return Err(Error::Data(format!("{file} has no rows")));
    }
    if let Some(row) = rows.iter().find(|r| r.cells.len() != titles.len()) {
        let (has, wants) = (row.cells.len(), titles.len());
        return Err(Error::Data(format!(
            "{file}:{}: expected {wants} columns, found {has}",
            row.line
        )));
    }
    let table = Table { file, titles, rows };
    let examples = table.examples(settings, wanted)?;
    let fields = wanted
        .data
        .iter()
        .map(|d| table.field(d, &examples, wanted.whole_texts));
    let part = settings.part.as_ref().map(|name| {
        let part = Named::once(name);
        table.field(&part, &examples, wanted.whole_texts)
    });
    Ok(Sheet {
        examples: examples.len(),
        fields: fields.collect::<Result<_, _>>()?,
        parts: part.transpose()?,
        file: table.file,
    })
}

fn separator(settings: &regime::Table, path: &Path) -> Result<u8, Error> {
    let tabs = || path.to_string_lossy().trim_end_matches(".gz").ends_with(".tsv");
    match settings.separator.as_deref() {
        None if tabs() => Ok(b'\t'),
        None => Ok(b','),
        Some("tab") => Ok(b'\t'),
        Some("space") => Ok(b' '),
        Some(text) => match text.as_bytes() {
            [byte] if byte.is_ascii() => Ok(*byte),
            _ => Err(Error::Data(format!(
                "`separator: {text:?}`: expected one character, \"tab\" or \"space\""
            ))),
        },
    }
}

fn rows(text: &str, file: &str, separator: u8, quote: bool) -> Result<Vec<Row>, Error> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .quoting(quote)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let cells = record.map_err(|e| Error::Data(format!("{file}: {e}")))?;
        let (byte, line) = cells
            .position()
            .map_or((0, 1), |p| (p.byte() as usize, p.line() as usize));
        // The position is before the empty lines that were skipped.
        let skipped = text[byte..].bytes().take_while(|&b| b == b'\n').count();
        rows.push(Row {
            cells,
            line: (line + skipped) as u32,
            apart: skipped > 0,
        });
    }
    Ok(rows)
}

struct Table {
    file: String,
    titles: Vec<String>,
    rows: Vec<Row>,
}

impl Table {
    fn column(&self, title: &str) -> Option<usize> {
        self.titles.iter().position(|t| t == title)
    }

    fn missing(&self, name: &str) -> Error {
        let titles: Vec<&str> = self.titles.iter().map(String::as_str).collect();
        missing(&self.file, "column", name, &titles)
    }

    /// The rows of each example: each row alone, those of a group, or those between empty lines.
    fn examples(&self, settings: &regime::Table, wanted: &Wanted) -> Result<Vec<Vec<usize>>, Error> {
        let all = 0..self.rows.len();
        if wanted.whole_texts || wanted.data.iter().all(|d| !d.sequence) {
            return Ok(all.map(|r| vec![r]).collect());
        }
        let mut examples: Vec<Vec<usize>> = Vec::new();
        if let Some(group) = &settings.group {
            let column = self.column(group).ok_or_else(|| self.missing(group))?;
            let mut known: BTreeMap<&str, usize> = BTreeMap::new();
            for r in all {
                let example = *known.entry(&self.rows[r].cells[column]).or_insert(examples.len());
                if example == examples.len() {
                    examples.push(Vec::new());
                }
                examples[example].push(r);
            }
            return Ok(examples);
        }
        for r in all {
            if self.rows[r].apart || examples.is_empty() {
                examples.push(Vec::new());
            }
            examples.last_mut().into_iter().for_each(|e| e.push(r));
        }
        Ok(examples)
    }

    /// The columns that a datum is in: the named ones, the one of its name, or those of its name and a number.
    fn columns(&self, datum: &Named) -> Result<Vec<usize>, Error> {
        if let Some(named) = &datum.from {
            return named
                .iter()
                .map(|n| self.column(n).ok_or_else(|| self.missing(n)))
                .collect();
        }
        if let Some(column) = self.column(&datum.name) {
            return Ok(vec![column]);
        }
        let numbered = |title: &&String| {
            let rest = title
                .strip_prefix(datum.name.as_str())?
                .trim_matches(['_', '.', '[', ']', ' ', '-']);
            rest.parse::<usize>().ok()
        };
        let all = self.titles.iter().enumerate();
        let columns: Vec<usize> = all.filter(|(_, t)| numbered(t).is_some()).map(|(i, _)| i).collect();
        match columns.is_empty() {
            true => Err(self.missing(&datum.name)),
            false => Ok(columns),
        }
    }

    fn field(&self, datum: &Named, examples: &[Vec<usize>], whole_texts: bool) -> Result<Field, Error> {
        let columns = self.columns(datum)?;
        let title = self.titles[columns[0]].clone();
        let shape = match &columns[..] {
            [_] if datum.scalar => vec![],
            _ => vec![columns.len()],
        };
        let cells = match datum.index {
            true => Cells::Symbols(Vec::new()),
            false => Cells::Numbers(Vec::new()),
        };
        let mut field = Field::new(title, shape, cells);
        for rows in examples {
            if whole_texts && datum.sequence {
                let row = &self.rows[rows[0]];
                for token in datum.tokens(&row.cells[columns[0]]) {
                    self.push(&mut field, columns[0], token, row.line)?;
                    field.lines.push(row.line);
                }
            } else {
                let positions = if datum.sequence { &rows[..] } else { &rows[..1] };
                for &r in positions {
                    let row = &self.rows[r];
                    for &c in &columns {
                        self.push(&mut field, c, &row.cells[c], row.line)?;
                    }
                    field.lines.push(row.line);
                }
                self.constant(datum, rows, &columns)?;
            }
            field.starts.push(field.lines.len());
        }
        Ok(field)
    }

    fn push(&self, field: &mut Field, column: usize, cell: &str, line: u32) -> Result<(), Error> {
        let wrong = |why: String| Error::Data(format!("{}:{line}, `{}`: {why}", self.file, self.titles[column]));
        match &mut field.cells {
            Cells::Numbers(numbers) => numbers.push(number(cell).map_err(wrong)?),
            Cells::Symbols(_) if cell.is_empty() => {
                return Err(wrong("expected a symbol, and there is nothing".into()));
            }
            Cells::Symbols(symbols) => symbols.push(cell.to_owned()),
            Cells::Classes(_) | Cells::On(_) => {}
        }
        Ok(())
    }

    /// What is given once per example is the same in all of its rows.
    fn constant(&self, datum: &Named, rows: &[usize], columns: &[usize]) -> Result<(), Error> {
        for &r in rows.iter().filter(|_| !datum.sequence) {
            for &c in columns {
                let (first, here) = (&self.rows[rows[0]].cells[c], &self.rows[r].cells[c]);
                if first != here {
                    return Err(Error::Data(format!(
                        "{}:{}, `{}`: expected {first:?} as in the rows before, found {here:?}; `{}` is given once per \
                         example",
                        self.file, self.rows[r].line, self.titles[c], datum.name
                    )));
                }
            }
        }
        Ok(())
    }
}
