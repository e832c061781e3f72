//! Where quickstart works.

use std::env;
use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A new directory, which nobody else can look into: `quickstart-1` and so on beside the binaries,
/// or in the directory for temporary files when that is inside what is to be backed up. (A backup
/// cannot be stored inside what it holds.)
pub(super) fn fresh(build: &Path, source: Option<&Path>) -> Result<PathBuf> {
    let temporary = env::temp_dir();
    [build, &temporary]
        .into_iter()
        .filter_map(|parent| fs::canonicalize(parent).ok())
        .find(|parent| source.is_none_or(|source| !parent.starts_with(source)))
        .ok_or_else(|| {
            Error::Usage(format!(
                "the backup cannot be stored inside what it holds; set TMPDIR to a directory outside {}",
                source.unwrap_or(Path::new("/")).display()
            ))
        })
        .and_then(|parent| make(&parent))
}

fn make(parent: &Path) -> Result<PathBuf> {
    let mut number = 1_u32;
    loop {
        let path = parent.join(format!("quickstart-{number}"));
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            Err(error) => {
                return Err(Error::io(format!("make the directory {}", path.display()))(
                    error,
                ));
            }
        }
    }
}

/// The program as it is called from the new directory.
pub(super) fn program(build: &Path, place: &Path) -> PathBuf {
    let path = Path::new("release/prose-backup");
    let is_beside = fs::canonicalize(build).is_ok_and(|build| place.parent() == Some(&build));
    if is_beside {
        Path::new("..").join(path)
    } else {
        build.join(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_has_a_directory_of_its_own_outside_of_what_is_backed_up() {
        let temporary = fs::canonicalize(env::temp_dir()).expect("there");
        let build = temporary.join(format!("xtask-place-{}", std::process::id()));
        fs::create_dir(&build).expect("made");
        let first = fresh(&build, None).expect("made");
        let second = fresh(&build, Some(Path::new("/etc"))).expect("made");
        assert_eq!(
            [&first, &second],
            [&build.join("quickstart-1"), &build.join("quickstart-2")]
        );
        assert_eq!(
            program(&build, &first),
            Path::new("../release/prose-backup")
        );

        let elsewhere = fresh(&build, Some(&build)).expect("made");
        assert_eq!(elsewhere.parent(), Some(&*temporary));
        assert_eq!(
            program(&build, &elsewhere),
            build.join("release/prose-backup")
        );
        let error = fresh(&build, Some(Path::new("/"))).expect_err("no place");
        assert!(
            error
                .to_string()
                .contains("set TMPDIR to a directory outside /"),
            "{error}"
        );

        fs::remove_dir_all(&build).expect("removed");
        fs::remove_dir(&elsewhere).expect("removed");
    }
}
