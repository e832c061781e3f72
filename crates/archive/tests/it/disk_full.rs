//! A destination that runs full.

use std::{
    error::Error as _,
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use prose_backup_archive::{Error, Extractor, Limits, Observer};
use rustix::fs::statvfs;
use tempfile::tempdir;

use crate::{
    craft::Craft,
    support::{directory, extract, names, pack_directory, run_again, set_up},
    tree,
};

/// Thirty files of 100,000 bytes.
fn archive() -> Vec<u8> {
    let source = tempdir().unwrap();
    for index in 0..30 {
        fs::write(source.path().join(format!("{index}")), vec![7; 100_000]).unwrap();
    }
    pack_directory(source.path())
}

/// A fresh file system with options, in which an archive is extracted beside live data. These are
/// untouched then, and nothing is left.
fn extract_to(disk: &Path) -> Error {
    let live = directory(disk, "live");
    fs::write(live.join("data"), "untouched").unwrap();
    let before = tree::read(&live);
    let error = extract(&archive(), &live).unwrap_err();
    assert!(!error.is_refusal());
    let mut after = tree::read(&live);
    after.get_mut(&[][..]).unwrap().mtime = before[&[][..]].mtime;
    tree::assert_same(&before, &after);
    assert_eq!(names(disk), ["live"]);
    error
}

fn on_a_disk_of(options: &str, test: &str) {
    let root = tempdir().unwrap();
    let setup = format!(r#"mount -t tmpfs -o {options} none "$1""#);
    run_again(test, &setup, root.path());
}

#[test]
fn disk_full_while_restoring() {
    let Some(disk) = set_up() else {
        return on_a_disk_of("size=2m", "disk_full::disk_full_while_restoring");
    };
    match extract_to(&disk) {
        Error::NoRoom {
            directory,
            free,
            reserve,
        } => {
            assert_eq!(directory, disk.join("live"));
            assert_eq!(reserve, (2 << 20) / 100);
            assert!(free < reserve + 100_000 + 4096, "{free}");
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_disk_that_is_full_all_of_a_sudden_is_a_clear_error() {
    let Some(disk) = set_up() else {
        let test = "disk_full::a_disk_that_is_full_all_of_a_sudden_is_a_clear_error";
        return on_a_disk_of("size=10m,nr_inodes=20", test);
    };
    let error = extract_to(&disk);
    assert!(
        matches!(
            error,
            Error::Io {
                action: "create",
                ..
            }
        ),
        "{error}"
    );
    let reason = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(reason.kind(), io::ErrorKind::StorageFull);
}

/// Knows how little was ever free.
struct Least {
    directory: PathBuf,
    free: AtomicU64,
}

impl Observer for Least {
    fn advanced(&self, _entries: u64, _bytes: u64) {
        let stat = statvfs(&self.directory).unwrap();
        let free = stat.f_bavail * stat.f_frsize;
        self.free.fetch_min(free, Ordering::Relaxed);
    }
}

#[test]
fn what_must_stay_free_stays_free() {
    let Some(disk) = set_up() else {
        return on_a_disk_of("size=5m", "disk_full::what_must_stay_free_stays_free");
    };
    let reserve = 3 << 20;
    let least = Least {
        directory: disk.clone(),
        free: u64::MAX.into(),
    };
    let limits = Limits {
        min_free_bytes: Some(reserve),
        ..Limits::default()
    };
    let error = Extractor::into_directory(&disk, limits, &least)
        .unwrap()
        .stage(&mut &archive()[..])
        .unwrap_err();
    assert!(matches!(error, Error::NoRoom { .. }), "{error}");
    let free = least.free.into_inner();
    assert!((reserve..reserve + 300_000).contains(&free), "{free}");
    assert_eq!(names(&disk), [""; 0]);
}

#[test]
fn where_there_is_no_room_nothing_is_begun() {
    let root = tempdir().unwrap();
    let extract = |min_free_bytes| {
        let limits = Limits {
            min_free_bytes,
            ..Limits::default()
        };
        Extractor::into_directory(&root.path().join("out"), limits, &())?
            .stage(&mut &Craft::directory().end()[..])
            .map(drop)
    };
    assert!(matches!(extract(Some(u64::MAX)), Err(Error::NoRoom { .. })));
    assert_eq!(names(root.path()), [""; 0]);
    extract(Some(0)).unwrap();
}
