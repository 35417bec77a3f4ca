//! A standalone crate on disk: whole or not at all, and never over anything else.

use super::failure::Failure;
use crate::backends::standalone::MARKER;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes the files beside `folder` under another name, then puts them in its place. A folder that is there already is
/// replaced if it is empty or was written by an earlier build; what cargo built in it stays.
///
/// # Errors
/// Where the folder holds something else, or cannot be written.
pub fn write(folder: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) -> Result<(), Failure> {
    refuse_to_replace(folder)?;
    let name = folder.file_name().map(|n| n.to_string_lossy().into_owned());
    let Some(name) = name else {
        return Err(Failure::message(format!(
            "`{}` is no name for a new folder",
            folder.display()
        )));
    };
    let parent = folder.parent().unwrap_or(Path::new(""));
    super::write::make_folder(parent)?;
    let part = parent.join(format!(".{name}.{}.part", std::process::id()));
    let old = parent.join(format!(".{name}.{}.old", std::process::id()));
    let written = write_all(&part, files).and_then(|()| {
        if folder.exists() {
            let target = folder.join("target");
            if target.exists() {
                fs::rename(&target, part.join("target"))?;
            }
            fs::rename(folder, &old)?;
        }
        fs::rename(&part, folder)
    });
    let _ = fs::remove_dir_all(&old);
    written.map_err(|e| {
        let _ = fs::remove_dir_all(&part);
        Failure::io("write", folder, &e)
    })
}

fn refuse_to_replace(folder: &Path) -> Result<(), Failure> {
    let ours = folder.join(MARKER).exists();
    let empty = fs::read_dir(folder).map(|mut entries| entries.next().is_none());
    match (folder.exists(), ours, empty) {
        (false, ..) | (_, true, _) | (_, _, Ok(true)) => Ok(()),
        _ => Err(Failure::message(format!(
            "`{}` is there already, and no build of rnnc made it",
            folder.display()
        ))
        .help("choose another folder, or remove it first")),
    }
}

fn write_all(folder: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) -> std::io::Result<()> {
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_folders_are_replaced() {
        let root = std::env::temp_dir().join(format!("rnnc-ship-{}", std::process::id()));
        let files = |text: &str| -> BTreeMap<PathBuf, Vec<u8>> {
            [(MARKER.into(), vec![]), ("src/lib.rs".into(), text.as_bytes().to_vec())].into()
        };
        let out = root.join("model");
        write(&out, &files("one")).expect("a new folder");
        fs::create_dir_all(out.join("target/debug")).expect("folder");
        write(&out, &files("two")).expect("its own folder");
        assert_eq!(fs::read_to_string(out.join("src/lib.rs")).expect("text"), "two");
        assert!(out.join("target/debug").exists());
        fs::write(root.join("notes"), "mine").expect("file");
        assert!(write(&root, &files("three")).is_err());
        assert_eq!(fs::read_to_string(root.join("notes")).expect("text"), "mine");
        assert_eq!(fs::read_dir(&root).expect("folder").count(), 2);
        fs::remove_dir_all(&root).expect("removed");
    }
}
