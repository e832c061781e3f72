//! Entries that would reach outside of their volume.

use prose_backup_archive::{Error, Hazard};
use tempfile::tempdir;

use super::{assert_malformed, assert_unsafe, refuse};
use crate::{
    craft::{Craft, Item, extended, seal},
    support::{extract, names},
};

#[test]
fn a_good_archive_made_by_hand_is_accepted() {
    let archive = Craft::directory()
        .with(&Item::file("v/file", "content"))
        .with(&Item::symlink("v/link", "/etc/passwd"))
        .with(&Item::hard_link("v/second", "v/file"))
        .with(&Item::directory("v/sub"))
        .with(&Item::file("v/sub/prose-backup-end.json", ""))
        .end();
    let root = tempdir().unwrap();
    extract(&archive, root.path()).unwrap();
    assert_eq!(
        names(&root.path().join("v")),
        ["file", "link", "second", "sub"]
    );
}

#[test]
fn symlink_then_write_through() {
    for target in ["../../outside", "/tmp", "."] {
        let link = Craft::directory().with(&Item::symlink("v/link", target));
        assert_unsafe(
            &link.clone().with(&Item::file("v/link/file", "owned")).end(),
            Hazard::ParentNotADirectory,
            "v/link/file",
        );
        assert_unsafe(
            &link.clone().with(&Item::file("v/link", "owned")).end(),
            Hazard::Duplicate,
            "v/link",
        );
        assert_unsafe(
            &link.with(&Item::directory("v/link")).end(),
            Hazard::Duplicate,
            "v/link",
        );
    }
    // The other way round: a directory that becomes a link.
    let archive = Craft::directory()
        .with(&Item::directory("v/sub"))
        .with(&Item::symlink("v/sub", "../../outside"))
        .with(&Item::file("v/sub/file", "owned"))
        .end();
    assert_unsafe(&archive, Hazard::Duplicate, "v/sub");
    // A volume that is a link.
    let archive = Craft::new(&[("v", "directory")])
        .with(&Item::symlink("v", "../outside"))
        .with(&Item::file("v/file", "owned"))
        .end();
    assert_unsafe(&archive, Hazard::VolumeKind, "v");
}

#[test]
fn hardlink_out() {
    let start = Craft::new(&[("a", "directory"), ("v", "directory")])
        .with(&Item::directory("a"))
        .with(&Item::file("a/file", "another volume's"))
        .with(&Item::directory("v"))
        .with(&Item::directory("v/sub"))
        .with(&Item::symlink("v/link", "../../outside/file"))
        .with(&Item::file("v/file", "ours"))
        .with(&Item::hard_link("v/second", "v/file"));
    for target in [
        "/etc/passwd",
        "../outside/file",
        "v/../../outside/file",
        "v/./file",
        "v//file",
        "v/file/",
        "v/sub",
        "v/link",
        "v/link/file",
        "v/second",
        "v/later",
        "v/x",
        "a/file",
        "file",
        "outside/file",
    ] {
        let archive = start
            .clone()
            .with(&Item::hard_link("v/x", target))
            .with(&Item::file("v/later", ""))
            .end();
        assert_unsafe(&archive, Hazard::HardLinkTarget, "v/x");
    }
    let archive = start.with(&Item::hard_link("v/x", "")).end();
    assert_unsafe(&archive, Hazard::EmptyTarget, "v/x");
}

#[test]
fn device_node() {
    for typeflag in [b'3', b'4', b'6'] {
        let archive = Craft::directory()
            .with(&Item::new(typeflag, "v/null"))
            .end();
        assert_unsafe(&archive, Hazard::SpecialFile, "v/null");
    }
}

#[test]
fn dotdot() {
    for path in [
        "..",
        "../outside/file",
        "v/..",
        "v/../../outside/file",
        "v/sub/../../x",
    ] {
        let archive = Craft::directory().with(&Item::file(path, "owned")).end();
        assert_unsafe(&archive, Hazard::ParentComponent, path);
        let archive = Craft::directory().with(&Item::directory(path)).end();
        assert_unsafe(&archive, Hazard::ParentComponent, path);
    }
}

#[test]
fn absolute() {
    for path in ["/", "/etc/passwd", "//v/x", "/v/x"] {
        let archive = Craft::directory().with(&Item::directory(path)).end();
        let stored = path.strip_suffix('/').unwrap_or(path);
        match refuse(&archive) {
            Error::Unsafe { why, .. } => assert_eq!(why, Hazard::Absolute),
            // `/` with the slash of a directory has one slash too many.
            other if stored.is_empty() => {
                assert!(matches!(other, Error::Malformed { .. }), "{other}");
            }
            other => panic!("{other}"),
        }
    }
    let archive = Craft::directory()
        .with(&Item::file("/etc/passwd", ""))
        .end();
    assert_unsafe(&archive, Hazard::Absolute, "/etc/passwd");
}

#[test]
fn paths_with_more_than_one_spelling_are_refused() {
    for (path, why) in [
        (".", Hazard::CurrentComponent),
        ("./v/x", Hazard::CurrentComponent),
        ("v/./x", Hazard::CurrentComponent),
        ("v//x", Hazard::EmptyComponent),
        ("", Hazard::EmptyComponent),
    ] {
        let archive = Craft::directory().with(&Item::file(path, "")).end();
        assert_unsafe(&archive, why, path);
    }
    for path in ["v/x/", "v/x//"] {
        let archive = Craft::directory().with(&Item::file(path, "")).end();
        assert_malformed(&archive, "a path ends in a slash too many");
    }
    let mut directory = Item::directory("v/x").header();
    directory[3] = 0;
    seal(&mut directory);
    let archive = Craft::directory().with_raw(&directory).end();
    assert_malformed(&archive, "the path of a directory does not end in a slash");
}

#[test]
fn a_zero_byte_in_a_path_or_target_is_refused() {
    let path = b"v/file\0.txt";
    let item = Item::file("v/file", "");
    let blocks = [extended(&[(b"path", path)]), item.blocks()].concat();
    assert_unsafe(
        &Craft::directory().with_blocks(&item, &blocks).end(),
        Hazard::ZeroByte,
        path,
    );
    let item = Item::symlink("v/link", "a");
    let blocks = [extended(&[(b"linkpath", b"a\0b")]), item.blocks()].concat();
    assert_unsafe(
        &Craft::directory().with_blocks(&item, &blocks).end(),
        Hazard::ZeroByte,
        "v/link",
    );
}
