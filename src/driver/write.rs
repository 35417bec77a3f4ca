//! Files that appear whole or not at all.

use super::failure::Failure;
use std::fs;
use std::path::Path;

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
