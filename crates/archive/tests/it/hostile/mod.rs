//! Archives that an attacker would write. Each is refused as a whole, and leaves no trace.

mod bounds;
mod by_the_tar_crate;
mod framing;
mod paths;
mod volumes;

use std::fs;

use prose_backup_archive::{Error, Extractor, Hazard, Limits, list};
use tempfile::tempdir;

use crate::{support::directory, tree};

/// Tries to extract an archive beside things that must not change, and to list it. Both must end in
/// the same error.
#[track_caller]
fn refuse_within(archive: &[u8], limits: &Limits) -> Error {
    let root = tempdir().unwrap();
    let outside = directory(root.path(), "outside");
    fs::write(outside.join("file"), "untouched").unwrap();
    let into = directory(root.path(), "into");
    fs::write(into.join("there before"), "untouched").unwrap();
    let before = tree::read(root.path());

    let staged = Extractor::into_directory(&into, limits.clone(), &())
        .and_then(|extractor| extractor.stage(&mut &archive[..]));
    let error = staged.expect_err("a hostile archive was extracted");
    tree::assert_same(
        &without_times(&before),
        &without_times(&tree::read(root.path())),
    );
    assert!(error.is_refusal(), "{error}");

    let listed = list(&mut &archive[..], limits, &mut |_| Ok(()));
    let listed = listed.expect_err("a hostile archive was listed");
    assert_eq!(listed.to_string(), error.to_string());
    error
}

/// The directory itself was written to: its time changes.
fn without_times(tree: &tree::Tree) -> tree::Tree {
    let mut tree = tree.clone();
    for node in tree.values_mut().filter(|node| node.kind == 'd') {
        node.mtime = (0, 0);
    }
    tree
}

#[track_caller]
fn refuse(archive: &[u8]) -> Error {
    refuse_within(archive, &Limits::default())
}

/// The archive must be refused for that reason, at that path.
#[track_caller]
fn assert_unsafe(archive: &[u8], expected: Hazard, at: impl AsRef<[u8]>) {
    match refuse(archive) {
        Error::Unsafe { path, why } => {
            assert_eq!((why, path.as_bytes()), (expected, at.as_ref()));
        }
        other => panic!("expected {expected:?}, got: {other}"),
    }
}

#[track_caller]
fn assert_malformed(archive: &[u8], expected: &str) {
    match refuse(archive) {
        Error::Malformed { why, .. } => assert_eq!(why, expected),
        other => panic!("expected {expected:?}, got: {other}"),
    }
}
