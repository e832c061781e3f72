//! Signals end an operation after it has cleaned up.

use std::{
    fs::File,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::common::{Place, Run};

/// Large enough that no machine is done with it before the signal comes.
const HUGE: u64 = 1 << 40;
const PATIENCE: Duration = Duration::from_secs(30);

/// A place with a file that takes long to pack.
fn place() -> Place {
    let place = Place::new();
    let file = File::create(place.path("data/huge")).unwrap();
    file.set_len(HUGE).unwrap();
    place
}

/// Starts a program and waits until there is an unfinished file in the store.
fn start(place: &Place, command: &mut Command) -> Child {
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while place.names("store").is_empty() {
        assert!(start.elapsed() < PATIENCE, "nothing was begun");
        sleep(Duration::from_millis(5));
    }
    child
}

fn send(child: &Child, signal: Signal) {
    let pid = Pid::from_child(child);
    kill_process(pid, signal).unwrap();
}

/// Nothing is left, whatever the status.
fn end(place: &Place, child: Child) -> Run {
    let run = Run::new(place, &child.wait_with_output().unwrap());
    assert_eq!(place.names("store"), [""; 0], "{run}");
    run
}

fn interrupted(signals: &[Signal]) -> String {
    let place = place();
    let child = start(
        &place,
        place.command().args(["--store", "store", "create", "data"]),
    );
    for signal in signals {
        send(&child, *signal);
    }
    end(&place, child).to_string()
}

#[test]
fn an_interrupted_backup_leaves_nothing() {
    insta::assert_snapshot!(interrupted(&[Signal::INT]), @r"
        stderr: SIGINT: stopping
        error: cancelled; no backup was made
        exit 130
        ");
    insta::assert_snapshot!(interrupted(&[Signal::TERM]), @r"
        stderr: SIGTERM: stopping
        error: cancelled; no backup was made
        exit 143
        ");
    insta::assert_snapshot!(interrupted(&[Signal::HUP]), @r"
        stderr: SIGHUP: stopping
        error: cancelled; no backup was made
        exit 129
        ");
}

#[test]
fn further_signals_do_not_cut_the_cleaning_up_short() {
    let text = interrupted(&[Signal::TERM, Signal::INT, Signal::TERM, Signal::HUP]);
    assert!(text.contains("cancelled; no backup was made"), "{text}");
    // Which of several pending signals is seen first is not defined.
    let status: i32 = text.rsplit(' ').next().unwrap().parse().unwrap();
    assert!([129, 130, 143].contains(&status), "{text}");
}

#[test]
fn an_interruption_is_a_document_too() {
    let place = place();
    let mut command = place.command();
    command.args(["--store", "store", "--json", "create", "data"]);
    let child = start(&place, &mut command);
    send(&child, Signal::TERM);
    let run = end(&place, child);
    assert_eq!(run.status, 143);
    assert_eq!(run.json()["error"]["code"], "cancelled");
}

#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    let place = place();
    let mut command = Command::new("/bin/sh");
    command
        .args([
            "-c",
            "trap '' INT HUP; exec \"$0\" --store store create data",
        ])
        .arg(env!("CARGO_BIN_EXE_prose-backup"))
        .current_dir(place.path("."));
    let child = start(&place, &mut command);
    send(&child, Signal::INT);
    send(&child, Signal::HUP);
    sleep(Duration::from_millis(200));
    assert_ne!(place.names("store"), [""; 0]);
    send(&child, Signal::TERM);
    assert_eq!(end(&place, child).status, 143);
}

/// Starts a program whose output nobody reads, and waits until it can write no more.
fn unread(place: &Place, args: &[&str]) -> Child {
    let child = place
        .command()
        .args(["--store", "store"])
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Nothing tells from outside that a pipe is full; too short a wait only tests less.
    sleep(Duration::from_millis(500));
    child
}

/// Waits for the end without reading.
fn ended(mut child: Child) -> Option<i32> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        assert!(start.elapsed() < PATIENCE, "it does not end");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_reader_who_does_not_read_does_not_keep_the_program_alive() {
    let place = Place::new();
    for number in 0..2000 {
        place.write(&format!("data/{number}"), "");
    }
    place.backup();
    for day in 1..28 {
        for second in 0..60 {
            let name = format!("prose_2026-01-{day:02}T00:00:{second:02}Z.tar.zst.gpg");
            place.write(&format!("store/{name}"), "");
        }
    }
    // The answer is there, but cannot be written.
    let child = unread(&place, &["list"]);
    send(&child, Signal::TERM);
    assert_eq!(ended(child), Some(143));
    // The operation itself waits for the reader.
    let child = unread(&place, &["contents", "latest"]);
    send(&child, Signal::INT);
    sleep(Duration::from_millis(100));
    send(&child, Signal::INT);
    assert_eq!(ended(child), Some(130));
}
