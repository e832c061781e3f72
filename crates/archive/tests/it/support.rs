//! Packing and extracting in few words.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};

use prose_backup_archive::{
    Blueprint, Entry, Error, ExtractReport, Extractor, Limits, Observer, PackOptions, Volume,
    Warning, list, pack,
};
use rustix::{
    fs::AtFlags,
    fs::{CWD, Timespec, Timestamps, UTIME_OMIT, XattrFlags, lsetxattr, utimensat},
    process::geteuid,
};

/// Whether owners can be set.
pub(crate) fn is_root() -> bool {
    geteuid().is_root()
}

pub(crate) fn blueprint(volumes: &[(&str, &Path)]) -> Blueprint {
    let volumes = volumes.iter().map(|(name, path)| Volume {
        name: name.parse().unwrap(),
        path: (*path).to_owned(),
    });
    Blueprint::new(1, volumes.collect()).unwrap()
}

/// Packs with everything as it is by default.
pub(crate) fn pack_volumes(volumes: &[(&str, &Path)]) -> Vec<u8> {
    try_pack(volumes, &Limits::default(), &()).unwrap()
}

pub(crate) fn try_pack(
    volumes: &[(&str, &Path)],
    limits: &Limits,
    observer: &dyn Observer,
) -> Result<Vec<u8>, Error> {
    let open = blueprint(volumes).open()?;
    let options = PackOptions {
        limits: limits.clone(),
    };
    let mut archive = Vec::new();
    pack(&open, &options, observer, &mut archive)?;
    Ok(archive)
}

/// Packs one directory as the volume `v`.
pub(crate) fn pack_directory(path: &Path) -> Vec<u8> {
    pack_volumes(&[("v", path)])
}

/// Extracts and commits.
pub(crate) fn extract(archive: &[u8], directory: &Path) -> Result<ExtractReport, Error> {
    extract_observed(archive, directory, &())
}

pub(crate) fn extract_observed(
    mut archive: &[u8],
    directory: &Path,
    observer: &dyn Observer,
) -> Result<ExtractReport, Error> {
    Extractor::into_directory(directory, Limits::default(), observer)?
        .stage(&mut archive)?
        .commit()
}

/// All entries, if the archive is good.
pub(crate) fn contents(mut archive: &[u8]) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    list(&mut archive, &Limits::default(), &mut |entry| {
        entries.push(entry.clone());
        Ok(())
    })?;
    Ok(entries)
}

/// The names in a directory.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Sets the time of modification, of a link itself.
pub(crate) fn set_mtime(path: &Path, seconds: i64, nanoseconds: i64) {
    let times = Timestamps {
        last_access: Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
        last_modification: Timespec {
            tv_sec: seconds,
            tv_nsec: nanoseconds,
        },
    };
    utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub(crate) fn set_xattr(path: &Path, name: &str, value: &[u8]) {
    lsetxattr(path, name, value, XattrFlags::empty()).unwrap();
}

/// Keeps what it was told.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) warnings: Mutex<Vec<Warning>>,
    pub(crate) progress: Mutex<Vec<(u64, u64)>>,
    /// Asks to stop once so many entries are done.
    pub(crate) cancel_at: Option<u64>,
}

impl Recorder {
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        self.warnings.lock().unwrap().clone()
    }
}

impl Observer for Recorder {
    fn advanced(&self, entries: u64, bytes: u64) {
        self.progress.lock().unwrap().push((entries, bytes));
    }

    fn warning(&self, warning: Warning) {
        self.warnings.lock().unwrap().push(warning);
    }

    fn is_cancelled(&self) -> bool {
        let done = self
            .progress
            .lock()
            .unwrap()
            .last()
            .map_or(0, |last| last.0);
        self.cancel_at.is_some_and(|at| done >= at)
    }
}

/// A path below a temporary directory, created with its parents.
pub(crate) fn directory(parent: &Path, name: &str) -> PathBuf {
    let path = parent.join(name);
    fs::create_dir_all(&path).unwrap();
    path
}

/// Where a test that runs once more finds what was set up for it.
const AGAIN: &str = "ARCHIVE_TEST_AGAIN";

/// Runs a test of this program once more, in a process of its own that sees mounts of its own: first
/// what the shell makes of `setup`, with `directory` as `$1`.
pub(crate) fn run_again(test: &str, setup: &str, directory: &Path) {
    // An ordinary user may mount in a user namespace of their own.
    let namespaces: &[&str] = if is_root() { &["-m"] } else { &["-r", "-m"] };
    let output = Command::new("unshare")
        .args(namespaces)
        .args(["sh", "-ec"])
        .arg(format!(r#"{setup}; exec "$2" --exact "$3" --nocapture"#))
        .arg("sh")
        .args([directory, &std::env::current_exe().unwrap()])
        .arg(test)
        .env(AGAIN, directory)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("1 passed"), "{said}{complained}");
}

/// In a test that runs once more: the directory that was set up.
pub(crate) fn set_up() -> Option<PathBuf> {
    std::env::var_os(AGAIN).map(PathBuf::from)
}
