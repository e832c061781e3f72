//! Files that a reader can hold in the head.

use std::fs;
use std::path::{Path, PathBuf};

use super::Bench;
use crate::error::{Error, Result};
use crate::terminal::say;

/// A `lib.rs` is a table of contents.
const MAX_LIB_LINES: usize = 119;
/// Any other source file is one concept.
const MAX_LINES: usize = 400;

/// The directories that hold Rust sources.
const ROOMS: [&str; 3] = ["crates", "benches", "fuzz"];

pub(super) fn check(bench: &Bench<'_>) -> Result<()> {
    let mut files = Vec::new();
    for room in ROOMS.map(|room| bench.root.join(room)) {
        if room.is_dir() {
            collect(&room, &mut files)?;
        }
    }
    let mut too_long = Vec::new();
    for file in &files {
        let text =
            fs::read_to_string(file).map_err(Error::io(format!("read {}", file.display())))?;
        let (lines, limit) = (text.lines().count(), limit(file));
        if lines > limit {
            let name = file.strip_prefix(bench.root).unwrap_or(file).display();
            too_long.push(format!("{name}: {lines} lines, at most {limit}"));
        }
    }
    if too_long.is_empty() {
        say!("{} files are short enough", files.len());
        return Ok(());
    }
    Err(Error::Failed(format!(
        "files are too long:\n  {}",
        too_long.join("\n  ")
    )))
}

fn limit(file: &Path) -> usize {
    if file.ends_with("src/lib.rs") {
        MAX_LIB_LINES
    } else {
        MAX_LINES
    }
}

/// Adds the Rust files under a directory, in the order of their names.
fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let action = || format!("read the directory {}", directory.display());
    let mut paths = fs::read_dir(directory)
        .map_err(Error::io(action()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<Vec<_>>>()
        .map_err(Error::io(action()))?;
    paths.sort_unstable();
    for path in paths {
        if path.is_dir() {
            // What cargo builds in a workspace of its own is not ours.
            if !path.ends_with("target") {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_contents_is_held_to_less() {
        assert_eq!(limit(Path::new("crates/naming/src/lib.rs")), 119);
        assert_eq!(limit(Path::new("crates/naming/src/label.rs")), 400);
    }
}
