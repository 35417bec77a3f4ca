//! Files by path, folder or pattern, and what is in them.

use crate::error::Error;
use std::path::{Path, PathBuf};

/// The files that a path names, in order.
///
/// # Errors
/// A folder without files, a pattern that nothing matches. A file that is not there is found out by reading it.
pub fn files(path: &str, base: &Path) -> Result<Vec<PathBuf>, Error> {
    let full = base.join(path);
    if full.is_dir() {
        let entries = std::fs::read_dir(&full).map_err(Error::read(&full))?;
        let paths = entries
            .map(|e| e.map(|e| e.path()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(Error::read(&full))?;
        let hidden = |p: &PathBuf| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        return some(paths.into_iter().filter(|p| !hidden(p)), || {
            format!("the folder `{path}` holds no files")
        });
    }
    if full.exists() || !path.contains(['*', '?', '[']) {
        return Ok(vec![full]);
    }
    // What stands before the pattern is meant as it is written.
    let pattern = if Path::new(path).is_absolute() || base.as_os_str().is_empty() {
        path.to_owned()
    } else {
        format!("{}/{path}", glob::Pattern::escape(&base.to_string_lossy()))
    };
    let matches = glob::glob(&pattern).map_err(|e| Error::Data(format!("`{path}` is not a pattern: {e}")))?;
    some(matches.filter_map(Result::ok), || format!("no file matches `{path}`"))
}

fn some(paths: impl Iterator<Item = PathBuf>, why: impl Fn() -> String) -> Result<Vec<PathBuf>, Error> {
    let mut files: Vec<PathBuf> = paths.filter(|p| p.is_file()).collect();
    files.sort();
    if files.is_empty() {
        Err(Error::Data(why()))
    } else {
        Ok(files)
    }
}

/// The bytes of a file; unpacked where its name ends in `.gz`.
///
/// # Errors
/// [`Error::Read`].
pub fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = std::fs::read(path).map_err(Error::read(path))?;
    if path.extension().is_none_or(|e| e != "gz") {
        return Ok(bytes);
    }
    unpack(&bytes, path)
}

#[cfg(feature = "files")]
fn unpack(packed: &[u8], path: &Path) -> Result<Vec<u8>, Error> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(packed);
    reader.read_to_end(&mut bytes).map_err(Error::read(path))?;
    Ok(bytes)
}

#[cfg(not(feature = "files"))]
fn unpack(_: &[u8], path: &Path) -> Result<Vec<u8>, Error> {
    Err(Error::Data(format!(
        "{}: unpacking needs the feature `files` of rnn-runtime",
        path.display()
    )))
}

/// The text of a file.
///
/// # Errors
/// [`Error::Read`] and [`Error::NotText`].
pub fn text(path: &Path) -> Result<String, Error> {
    let text = String::from_utf8(bytes(path)?).map_err(|e| Error::NotText {
        path: path.to_owned(),
        offset: e.utf8_error().valid_up_to(),
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
