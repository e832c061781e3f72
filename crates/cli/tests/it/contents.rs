//! `contents`

use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::symlink},
};

use serde_json::json;

use crate::common::Place;

#[test]
fn names_cannot_steer_the_terminal() {
    let place = Place::new();
    fs::write(place.path("data/a\n\x1b]0;x\x07"), "").unwrap();
    fs::write(
        place
            .path("data")
            .join(OsStr::from_bytes(b"b\xff\xe2\x80\xae")),
        "12",
    )
    .unwrap();
    symlink("to\r\x1b[2J", place.path("data/c")).unwrap();
    place.backup();

    let run = place.store(["contents", "latest"]);
    assert_eq!(run.status, 0, "{run}");
    let paths: Vec<&str> = run
        .stdout
        .lines()
        .map(|line| line.split_once(" data").map_or("", |(_, path)| path))
        .collect();
    insta::assert_snapshot!(paths.join("\n"), @r"
        /
        /a\n\033]0;x\a
        /b\377\342\200\256
        /c -> to\r\033[2J
        /hello.txt
        ");

    let run = place.store(["contents", "latest", "--json"]);
    assert!(run.stdout.chars().all(|c| c == '\n' || !c.is_control()));
    assert!(!run.stdout.contains('\u{202e}'));
    let entries = run.json();
    assert_eq!(entries[1]["path"], "data/a\n\u{1b}]0;x\u{7}");
    assert_eq!(entries[1].get("path_hex"), None);
    assert_eq!(entries[2]["path"], "data/b\u{fffd}\u{202e}");
    assert_eq!(entries[2]["path_hex"], "646174612f62ffe280ae");
    assert_eq!(entries[2]["size_bytes"], 2);
    assert_eq!(entries[3]["kind"], "symlink");
    assert_eq!(entries[3]["target"], "to\r\u{1b}[2J");
    assert_eq!(entries.as_array().unwrap().len(), 5);
}

#[test]
fn an_error_is_the_only_document() {
    let place = Place::new();
    let name = place.backup();
    place.tamper(&name);
    let run = place.store(["contents", &name, "--json"]);
    assert_eq!(run.status, 4);
    assert_eq!(run.json()["error"]["code"], json!("corrupt"));
}

/// A million entries must not be held in memory; here it is enough that they go through the file.
#[test]
fn a_long_array_is_whole() {
    let place = Place::new();
    for number in 0..10_000 {
        fs::write(place.path(format!("data/{number:06}")), "").unwrap();
    }
    let spool = place.path("spool");
    fs::create_dir(&spool).unwrap();
    place.backup();
    let run = place.finish(
        place
            .command()
            .args(["--store", "store", "--json", "contents", "latest"])
            .env("PROSE_BACKUPS__SPOOL_DIR", &spool),
    );
    assert_eq!(run.json().as_array().unwrap().len(), 10_002);
    assert!(run.stdout.len() > 1 << 20);
    assert_eq!(place.names("spool"), [""; 0]);
}
