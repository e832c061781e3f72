//! What is written where, and what happens when nobody reads it.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader},
    os::unix::net::UnixListener,
    process::Stdio,
};

use crate::common::Place;

/// Runs with a standard output whose reader has gone.
fn without_reader(place: &Place, args: &[&str]) -> (i32, String) {
    let mut child = place
        .command()
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_reader_who_leaves_is_no_error() {
    let place = Place::new();
    place.backup();
    for args in [
        &["--help"][..],
        &["man"],
        &["completions", "bash"],
        &["config", "schema"],
        &["--store", "store", "list"],
        &["--store", "store", "list", "--json"],
        &["--store", "store", "contents", "latest", "-q"],
        &["--store", "store", "contents", "latest", "-q", "--json"],
        &["--store", "store", "verify", "--all"],
        &["--store", "store", "create", "data", "--label", "unread"],
    ] {
        assert_eq!(without_reader(&place, args), (0, String::new()), "{args:?}");
    }
    // Errors keep their status.
    let args = ["--store", "store", "show", "x", "--json"];
    assert_eq!(without_reader(&place, &args).0, 2);
    assert_eq!(place.names("store").len(), 4);
}

#[test]
fn a_reader_who_has_seen_enough_ends_a_long_list() {
    let place = Place::new();
    for number in 0..5000 {
        place.write(&format!("data/{number}"), "");
    }
    place.backup();
    let mut child = place
        .command()
        .args(["--store", "store", "contents", "latest", "-q"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::with_capacity(64, child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(first.ends_with(" data/\n"), "{first}");
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let place = Place::new();
    place.backup();
    for args in [&["list"][..], &["contents", "latest"], &["list", "--json"]] {
        let run = place.finish(
            place
                .command()
                .args(["--store", "store"])
                .args(args)
                .stdout(File::options().write(true).open("/dev/full").unwrap()),
        );
        assert_eq!(run.status, 1, "{args:?}: {run}");
        assert!(run.stderr.contains("No space left"), "{args:?}: {run}");
    }
    let mut command = place.command();
    command
        .args(["--store", "store", "list"])
        .stdout(File::options().write(true).open("/dev/full").unwrap());
    insta::assert_snapshot!(place.finish(&mut command), @r"
        stderr: error: cannot write to standard output: No space left on device (os error 28)
        exit 1
        ");
}

#[test]
fn a_closed_standard_error_does_not_matter() {
    let place = Place::new();
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = place.finish(
        place
            .command()
            .args(["-vvv", "--store", "store", "create", "data"])
            .stderr(full()),
    );
    assert_eq!(run.status, 0, "{run}");
    let run = place.finish(
        place
            .command()
            .args(["--store", "store", "delete", "x"])
            .stderr(full()),
    );
    assert_eq!(run.status, 2, "{run}");
}

#[test]
fn there_is_no_progress_where_nobody_watches() {
    let place = Place::new();
    for words in [
        &["create", "data"][..],
        &["verify", "latest"],
        &["restore", "latest", "--to", "out"],
    ] {
        let stderr = place.store(words).stderr;
        let unexpected = stderr.lines().filter(|line| !line.starts_with("warning: "));
        assert_eq!(unexpected.count(), 0, "{words:?}: {stderr}");
    }
}

#[test]
fn warnings_are_told_once_and_not_to_the_quiet() {
    let place = Place::new();
    let _socket = UnixListener::bind(place.path("data/socket")).unwrap();
    let run = place.store(["create", "data"]);
    insta::assert_snapshot!(run.stderr, @"warning: skipped the socket data/socket");
    let run = place.store(["create", "data", "--label", "q", "-q"]);
    assert_eq!(run.stderr, "");
    let run = place.store(["create", "data", "--label", "j", "--json"]);
    assert_eq!(run.json()["warnings"].as_array().unwrap().len(), 1);
}

#[test]
fn whoever_asks_hears_more_but_no_secrets() {
    let place = Place::new();
    let run = place.finish(
        place
            .command()
            .args(["-vvv", "--store", "store", "create", "data"])
            .env("PROSE_BACKUPS__S3__SECRET_KEY", "hunter2"),
    );
    assert!(run.stderr.contains("DEBUG"), "{run}");
    assert!(!run.stderr.contains("hunter2"), "{run}");
}
