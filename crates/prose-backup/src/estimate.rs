//! About how much there is to pack: for a progress bar, so nothing here is an error.

use std::{fs, path::PathBuf};

use crate::watch::Watch;

/// The sizes of all files below these paths. Links are not followed, and hard links count each
/// time; what cannot be read counts nothing.
pub(crate) fn estimate(paths: impl Iterator<Item = PathBuf>, watch: &Watch) -> u64 {
    let mut bytes: u64 = 0;
    // The roots may be links, which packing follows; nothing below them is followed.
    let mut pending: Vec<PathBuf> = paths.filter_map(|path| path.canonicalize().ok()).collect();
    while let Some(path) = pending.pop() {
        if watch.is_cancelled() {
            break;
        }
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_file() => bytes = bytes.saturating_add(metadata.len()),
            Ok(metadata) if metadata.is_dir() => {
                for entry in fs::read_dir(&path).into_iter().flatten().flatten() {
                    match entry.file_type() {
                        Ok(kind) if kind.is_dir() => pending.push(entry.path()),
                        Ok(kind) if kind.is_file() => {
                            let length = entry.metadata().map_or(0, |metadata| metadata.len());
                            bytes = bytes.saturating_add(length);
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::symlink, sync::Arc};

    use tokio_util::sync::CancellationToken;

    use super::*;

    #[test]
    fn files_count_and_links_do_not() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/b")).unwrap();
        fs::write(root.path().join("a/b/c"), [0; 70]).unwrap();
        fs::write(root.path().join("d"), [0; 7]).unwrap();
        symlink("/", root.path().join("a/root")).unwrap();
        let watch = Watch::new(Arc::new(()), CancellationToken::new());
        let paths = [root.path().join("a"), root.path().join("d")];
        assert_eq!(estimate(paths.into_iter(), &watch), 77);
    }
}
