//! Which configuration counts.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::common::Place;

#[test]
fn a_store_on_the_command_line_replaces_the_configured_one() {
    let place = Place::new();
    let config = "[backups.storage]\nprovider = \"fs\"\nfs.directory = \"[DIR]/configured\"\n\
                  fs.mode = \"0640\"\n[backups.compression]\nalgorithm = \"off\"\n";
    let run = place.configured(config, ["--store", "here", "create", "data"]);
    assert_eq!(run.status, 0, "{run}");
    assert!(!place.path("configured").exists());
    // The rest of the configuration counts.
    let names = place.names("here");
    assert_eq!(names[0].split_once('.').unwrap().1, "tar");
    let mode = fs::metadata(place.path("here").join(&names[0]))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn the_environment_counts_with_a_store_on_the_command_line() {
    let place = Place::new();
    let run = place.finish(
        place
            .command()
            .args(["--store", "store", "create", "data"])
            .env("PROSE_BACKUPS__HASHING__ALGORITHM", "SHA-256"),
    );
    assert_eq!(run.status, 0, "{run}");
    assert!(place.names("store")[1].ends_with(".sha256"));
    let run = place.finish(
        place
            .command()
            .args(["--store", "store", "list"])
            .env("PROSE_BACKUPS__HASHNG", "x"),
    );
    insta::assert_snapshot!(run, @r"
        stderr: error: PROSE_BACKUPS__HASHNG: unknown variable; did you mean PROSE_BACKUPS__HASHING?
        exit 2
        ");
}

#[test]
fn only_create_makes_the_directory_of_a_store() {
    let place = Place::new();
    assert_ne!(place.store(["list"]).status, 0);
    assert!(!place.path("store").exists());
    place.backup();
    let mode = fs::metadata(place.path("store"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}
