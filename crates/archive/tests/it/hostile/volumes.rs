//! Volumes other than those declared.

use prose_backup_archive::{Error, Hazard};

use super::{assert_malformed, assert_unsafe, refuse};
use crate::{
    craft::{Craft, Item},
    support::contents,
};

#[test]
fn volumes_must_be_those_declared_in_that_order() {
    let two = || Craft::new(&[("a", "directory"), ("b", "file")]);
    let (a, b) = (Item::directory("a"), Item::file("b", ""));
    assert!(contents(&two().with(&a).with(&b).end()).is_ok());

    assert_unsafe(&two().with(&b).with(&a).end(), Hazard::VolumeOrder, "b");
    let stranger = two().with(&a).with(&Item::directory("c")).end();
    assert_unsafe(&stranger, Hazard::UndeclaredVolume, "c");
    let reserved = two()
        .with(&a)
        .with(&Item::file("prose-backup.json", ""))
        .end();
    assert_unsafe(&reserved, Hazard::UndeclaredVolume, "prose-backup.json");
    let again = two().with(&a).with(&b).with(&Item::file("a/x", "")).end();
    assert_unsafe(&again, Hazard::VolumeOrder, "a/x");
    let twice = two().with(&a).with(&a).end();
    assert_unsafe(&twice, Hazard::Duplicate, "a");
    let rootless = two().with(&Item::file("a/x", "")).end();
    assert_unsafe(&rootless, Hazard::NoParent, "a/x");
    let orphan = two().with(&a).with(&Item::file("a/x/y", "")).end();
    assert_unsafe(&orphan, Hazard::NoParent, "a/x/y");
    assert_unsafe(
        &two().with(&Item::file("a", "")).end(),
        Hazard::VolumeKind,
        "a",
    );
    let directory = two().with(&a).with(&Item::directory("b")).end();
    assert_unsafe(&directory, Hazard::VolumeKind, "b");
    let below = two().with(&a).with(&b).with(&Item::file("b/x", "")).end();
    assert_unsafe(&below, Hazard::ParentNotADirectory, "b/x");
    assert_malformed(&two().with(&a).end(), "the volume b is missing");
}

#[test]
fn hostile_volume_names_are_refused() {
    for name in [
        "..",
        ".",
        "",
        "a/b",
        "/etc",
        "A",
        ".hidden",
        "prose-backup.json",
        "a\\u0000",
    ] {
        let archive = Craft::new(&[(name, "file")]).with(&Item::file(name.replace('/', ""), ""));
        assert!(
            matches!(refuse(&archive.end()), Error::Malformed { .. }),
            "{name}"
        );
    }
}
