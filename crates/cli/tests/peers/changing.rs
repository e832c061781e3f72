//! Volumes that change or cannot be read while they are backed up.

use std::{
    fs,
    io::Write,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use crate::support::{Place, set_mode, shell};

/// A volume whose first file takes a while. Nothing is compressed, so that what is stored tells how
/// far a backup has come.
fn place() -> Place {
    let place = Place::new();
    place.configure("compression.algorithm = \"off\"");
    place.write("data/z", "last");
    let first = fs::File::create(place.path("data/a")).unwrap();
    first.set_len(512 << 20).unwrap();
    place
}

/// Changes the volume while its first file is being read; the backup must fail and name the file.
#[track_caller]
fn fails_when(change: &str, file: &str, why: &str) {
    let place = place();
    let mut create = place.start("create data");
    create.pause_at(
        || place.partial_size() > 16 << 20,
        || drop(shell(&place.path("data"), change)),
    );
    let run = create.wait().exits(1).says(file).says(why);
    assert_eq!(place.names("store"), Vec::<String>::new(), "{run}");
    assert_eq!(place.listed(), Vec::<String>::new());
}

#[test]
fn a_file_that_vanishes_fails_the_backup() {
    fails_when("rm z", "data/z", "vanished");
}

#[test]
fn a_file_that_grows_fails_the_backup() {
    fails_when("echo more >> a", "data/a", "changed");
}

#[test]
fn a_file_that_shrinks_fails_the_backup() {
    fails_when("truncate -s 20M a", "data/a", "changed");
    // Even before where it is being read.
    fails_when("truncate -s 1M a", "data/a", "changed");
}

#[test]
fn a_file_that_is_written_to_in_place_fails_the_backup() {
    fails_when(
        "printf x | dd of=a bs=1 seek=1000 conv=notrunc status=none",
        "data/a",
        "changed",
    );
}

#[test]
fn a_file_with_a_writer_in_the_background_fails_the_backup() {
    let place = place();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut log = fs::OpenOptions::new()
                .append(true)
                .open(place.path("data/a"))
                .unwrap();
            while !stop.load(Ordering::Relaxed) {
                log.write_all(b"a line of a log\n").unwrap();
                thread::sleep(Duration::from_micros(200));
            }
        });
        let run = place.run("create data");
        stop.store(true, Ordering::Relaxed);
        let run = run.exits(1).says("data/a").says("changed");
        assert_eq!(place.names("store"), Vec::<String>::new(), "{run}");
    });
}

#[test]
fn what_an_ordinary_user_may_not_read_fails_the_backup() {
    let place = Place::new();
    place.write("data/mine", "mine");
    place.write("data/sub/theirs", "theirs");
    shell(
        &place.path(""),
        "mkdir store; chmod 777 . store; chmod 755 data data/sub",
    );
    for (closed, mode) in [
        ("data/sub/theirs", 0o644),
        ("data/sub", 0o755),
        ("data", 0o755),
    ] {
        set_mode(&place.path(closed), 0);
        let run = place.run_as_nobody("create data").exits(1).says(closed);
        assert_eq!(place.names("store"), Vec::<String>::new(), "{run}");
        set_mode(&place.path(closed), mode);
    }
    place.run_as_nobody("create data").exits(0);
}
