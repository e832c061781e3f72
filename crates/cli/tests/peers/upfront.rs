//! What is refused before anything is read or written.

use std::os::unix::fs::symlink;

use crate::support::{Place, Run, shell};

/// Refused as wrong usage, with this said, and nothing is stored.
#[track_caller]
fn refuses(place: &Place, line: &str, why: &str) {
    let run = place.run(line).exits(2).says(why);
    assert_eq!(run.stdout, "");
    let stored = shell(
        &place.path(""),
        "find . -name 'prose_*' -o -name '.prose-backup-*'",
    );
    assert_eq!(stored.stdout, "", "{run}");
}

#[test]
fn a_store_inside_a_volume_is_refused() {
    let place = Place::new();
    place.write("data/deep/store/kept", "");
    symlink("data/deep", place.path("link")).unwrap();
    for store in [
        "data",
        "data/deep/store",
        "data/new",
        "link/store",
        "data/../data/deep/store",
    ] {
        refuses(
            &place,
            &format!("create data --store {store}"),
            "the volume data would hold",
        );
    }
    refuses(
        &place,
        "create link --store data/deep/store",
        "the volume link would hold",
    );
    // The other way round is fine.
    place
        .run("create data/deep/store/kept --store data")
        .exits(0);
    // The checks' store counts as well.
    let place = Place::new();
    place.write("data/file", "");
    place.configure(
        "storage.provider = \"fs\"\nstorage.backups.fs.directory = \"[DIR]/store\"\n\
         storage.checks.fs.directory = \"[DIR]/data/checks\"",
    );
    refuses(&place, "create data", "the volume data would hold");
}

#[test]
fn volumes_inside_each_other_are_refused() {
    let place = Place::new();
    place.write("data/sub/file", "");
    place.write("other/file", "");
    symlink("data/sub", place.path("link")).unwrap();
    symlink("data", place.path("same")).unwrap();
    for pair in [
        "data data/sub",
        "data/sub data",
        "data link",
        "data same",
        "data --volume x=data",
        "data data/sub/file",
    ] {
        refuses(&place, &format!("create {pair}"), "lies inside the volume");
    }
    place.run("create data other").exits(0);
}

#[test]
fn hostile_names_of_volumes_are_refused() {
    let place = Place::new();
    place.write("data/file", "");
    let long = "x".repeat(65);
    for name in [
        "..",
        ".",
        "",
        "/",
        "a/b",
        "../data",
        "A",
        "a:b",
        "-rf",
        ".hidden",
        "prose-backup.json",
        "prose-backup-end.json",
        "\u{e9}",
        "a\n",
        &long,
    ] {
        let mut command = place.program("create");
        command.arg(format!("--volume={name}=data"));
        let run = Run::of(&mut command).exits(2);
        assert!(!place.path("store").exists(), "{run}");
        if name.contains('\n') {
            continue;
        }
        place.configure(&format!(
            "volumes.{} = \"[DIR]/data\"",
            serde_json::Value::from(name)
        ));
        place.run("config check").exits(2);
        refuses(&place, "create", "volumes");
        place.configure("");
    }
    refuses(&place, "create data data", "both be the volume data");
}

#[test]
fn volumes_that_are_missing_or_of_another_kind_are_refused() {
    let place = Place::new();
    place.write("data/file", "");
    symlink("nowhere", place.path("dangling")).unwrap();
    shell(&place.path(""), "mkfifo pipe");
    refuses(&place, "create data nowhere", "does not exist");
    refuses(&place, "create data dangling", "does not exist");
    refuses(
        &place,
        "create data pipe",
        "must be a directory or a regular file",
    );
    refuses(
        &place,
        "create data --volume null=/dev/null",
        "must be a directory or a regular file",
    );
}
