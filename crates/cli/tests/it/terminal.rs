//! What somebody at a terminal sees, on a pseudo-terminal.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    os::fd::OwnedFd,
    process::Stdio,
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

use crate::common::Place;

/// Runs at a terminal, types an answer, and answers all that appeared, with the exit status.
fn at_terminal(place: &Place, args: &[&str], typed: &str) -> (String, i32) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap();
    let terminal = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path.to_str().unwrap())
        .unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: 100,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&terminal, size).unwrap();
    let stdio = || Stdio::from(OwnedFd::from(terminal.try_clone().unwrap()));
    let mut command = place.command();
    command
        .args(["--store", "store"])
        .args(args)
        .env("TERM", "xterm-256color")
        .stdin(stdio())
        .stdout(stdio())
        .stderr(stdio());
    let mut child = command.spawn().unwrap();
    // Once no other end is open, reading ends.
    drop((command, terminal));
    let mut master = File::from(master);
    master.write_all(typed.as_bytes()).unwrap();
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = master.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..count]);
    }
    let status = child.wait().unwrap().code().unwrap();
    (String::from_utf8(seen).unwrap(), status)
}

#[test]
fn a_bar_shows_how_far_it_is() {
    let place = Place::new();
    let file = File::create(place.path("data/large")).unwrap();
    file.set_len(100 << 20).unwrap();
    let (seen, status) = at_terminal(&place, &["create", "data"], "");
    assert_eq!(status, 0, "{seen}");
    for part in ["packing", "% ", "of 100.00 MiB", "/s", "ETA"] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    let (seen, _) = at_terminal(&place, &["verify", "latest"], "");
    assert!(seen.contains("verdict: intact"), "{seen}");
    let (seen, _) = at_terminal(&place, &["create", "-q", "data", "--label", "q"], "");
    assert!(!seen.contains("packing"), "{seen}");
    let (seen, _) = at_terminal(&place, &["create", "--json", "data", "--label", "j"], "");
    assert!(!seen.contains("packing"), "{seen}");
}

#[test]
fn deleting_is_done_after_a_yes_only() {
    let place = Place::new();
    let name = place.backup();
    let (seen, status) = at_terminal(&place, &["delete", &name], "n\n");
    assert_eq!(status, 1, "{seen}");
    assert!(seen.contains("Delete 1 backup for good? [y/N]"), "{seen}");
    assert!(seen.contains("nothing was deleted"), "{seen}");
    assert_eq!(place.names("store").len(), 2);
    let (seen, status) = at_terminal(&place, &["delete", &name], "y\n");
    assert_eq!(status, 0, "{seen}");
    assert_eq!(place.names("store"), [""; 0]);
}

#[test]
fn a_list_of_entries_is_not_mixed_with_a_bar() {
    let place = Place::new();
    place.backup();
    let (seen, status) = at_terminal(&place, &["contents", "latest"], "");
    assert_eq!(status, 0, "{seen}");
    assert!(!seen.contains("reading"), "{seen}");
    assert!(seen.ends_with(" data/hello.txt\r\n"), "{seen}");
}
