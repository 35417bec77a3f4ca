//! Files that appear whole or not at all.

use super::failure::Failure;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes under a temporary name beside the file, then renames.
pub fn file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new(""));
    make_folder(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = folder.join(format!(".{name}.{}.part", std::process::id()));
    let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, path));
    written.map_err(|e| {
        let _ = fs::remove_file(&part);
        Failure::io("write", path, &e)
    })
}

/// Writes only where the content differs, so that what depends on the file's time is not built again.
pub fn file_if_changed(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    file(path, bytes)
}

pub fn make_folder(folder: &Path) -> Result<(), Failure> {
    if folder.as_os_str().is_empty() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(|e| Failure::io("make the folder", folder, &e))
}

/// What a folder that [`folder`] made holds, so that it may be made again.
const MARK: &str = ".rnnc";

/// Makes a folder of these files: under a temporary name beside it, then renamed. A folder that it made before is
/// replaced; any other is left alone.
pub fn folder(path: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) -> Result<(), Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let there = path.exists();
    let empty = || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
    if there && !path.join(MARK).is_file() && !empty() {
        return Err(Failure::message(format!(
            "`{}` is there already, and rnnc did not make it",
            path.display()
        ))
        .help("choose another `--out`"));
    }
    let parent = path.parent().unwrap_or(Path::new(""));
    make_folder(parent)?;
    let part = parent.join(format!(".{name}.{}.part", std::process::id()));
    let written = files
        .iter()
        .try_for_each(|(inside, bytes)| file(&part.join(inside), bytes));
    let written = written.and_then(|()| {
        file(
            &part.join(MARK),
            b"This folder was made by rnnc, which may replace it.\n",
        )
    });
    let done = written.and_then(|()| {
        if there {
            fs::remove_dir_all(path).map_err(|e| Failure::io("replace", path, &e))?;
        }
        fs::rename(&part, path).map_err(|e| Failure::io("make the folder", path, &e))
    });
    if done.is_err() {
        let _ = fs::remove_dir_all(&part);
    }
    done
}
