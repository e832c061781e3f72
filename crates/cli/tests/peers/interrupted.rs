//! Signals at any moment: a whole backup, or nothing.

use std::{collections::BTreeSet, fs, thread, time::Duration};

use rustix::process::Signal;

use crate::{
    support::{Place, Running, is_check, random_file},
    tree,
};

/// A volume of 300 MiB, a backup of something else that was there before, and how long a backup of
/// the volume takes.
struct Long {
    place: Place,
    before: Vec<String>,
    takes: Duration,
}

impl Long {
    fn new() -> Self {
        let place = Place::sealed();
        place.backup();
        let before = place.names("store");
        fs::create_dir(place.path("long")).unwrap();
        for file in ["a", "b", "c"] {
            random_file(&place.path("long").join(file), 100);
        }
        let run = place.run("create long --label warm").exits(0);
        let name = run.stdout.lines().next().unwrap().to_owned();
        place.run(&format!("delete {name} --yes")).exits(0);
        assert_eq!(place.names("store"), before);
        Self {
            place,
            before,
            takes: run.took,
        }
    }

    /// Moments from the start to a little beyond the end.
    fn moments(&self, number: u32) -> impl Iterator<Item = (u32, Duration)> {
        let takes = self.takes;
        (0..number).map(move |n| (n, takes * 21 * n / (20 * number)))
    }

    /// After a create that was told to end: nothing, or all of it. Whether it was nothing.
    #[track_caller]
    fn left_nothing(&self, create: Running, status: i32) -> bool {
        let run = create.wait();
        if run.status() == 0 {
            let name = run.stdout.lines().next().unwrap();
            self.place.is_whole(name);
            self.place.run(&format!("delete {name} --yes")).exits(0);
        } else {
            assert_eq!(run.status(), status, "{run}");
            // Until it catches signals, nothing is there that could remain.
            assert!(
                run.was_killed() || run.stderr.contains("no backup was made"),
                "{run}"
            );
        }
        assert_eq!(self.place.names("store"), self.before, "{run}");
        run.status() != 0
    }
}

#[test]
fn signals_at_any_moment_leave_a_whole_backup_or_nothing() {
    let long = Long::new();
    let mut interrupted = 0;
    for (number, moment) in long.moments(20) {
        let (signal, status) = match number % 2 {
            0 => (Signal::INT, 130),
            _ => (Signal::TERM, 143),
        };
        let create = long
            .place
            .start(&format!("create long --label at-{number}"));
        thread::sleep(moment);
        create.signal(signal);
        // Whoever is impatient presses twice.
        if number % 5 == 0 {
            thread::sleep(Duration::from_millis(1));
            create.signal(signal);
        }
        interrupted += u32::from(long.left_nothing(create, status));
    }
    assert!(
        interrupted >= 12,
        "only {interrupted} of 20 were interrupted"
    );
    assert_eq!(long.place.listed().len(), 1);

    kill_at_any_moment(&long);
    interrupt_a_restore(&long);
    interrupt_a_download(&long);
}

/// Nobody can clean up after this; but nothing half done is ever listed, nor in the way.
fn kill_at_any_moment(long: &Long) {
    let place = &long.place;
    for (number, moment) in long.moments(5) {
        let create = place.start(&format!("create long --label killed-{number}"));
        thread::sleep(moment);
        create.signal(Signal::KILL);
        let run = create.wait();
        let known: BTreeSet<String> = long.before.iter().cloned().collect();
        let left = place
            .names("store")
            .into_iter()
            .filter(|name| !known.contains(name));
        for name in left {
            let whole = run.status() == 0;
            let is_hidden = name.starts_with(".prose-backup-");
            // A check that was published before the backup could be.
            let is_check = is_check(&name, "sig") || is_check(&name, "blake3");
            assert!(whole || is_hidden || is_check, "{name}: {run}");
            fs::remove_file(place.path("store").join(name)).unwrap();
        }
        assert_eq!(place.listed().len(), 1);
    }
}

/// What is restored appears as a whole, or not at all.
fn interrupt_a_restore(long: &Long) {
    let place = &long.place;
    let name = place.created("create long --label restored");
    let whole = place.run(&format!("restore {name} --to whole")).exits(0);
    let expected = tree::read(&place.path("whole/long"));
    fs::remove_dir_all(place.path("whole")).unwrap();
    let mut interrupted = 0;
    for number in 0..6 {
        let restore = place.start(&format!("restore {name} --to out/side"));
        thread::sleep(whole.took * number / 6);
        restore.signal(if number % 2 == 0 {
            Signal::TERM
        } else {
            Signal::INT
        });
        let run = restore.wait();
        if run.status() == 0 {
            assert_eq!(place.names("out/side"), ["long"]);
            tree::assert_same(&expected, &tree::read(&place.path("out/side/long")));
            fs::remove_dir_all(place.path("out")).unwrap();
        } else {
            interrupted += 1;
            assert_eq!(
                run.status(),
                if number % 2 == 0 { 143 } else { 130 },
                "{run}"
            );
            assert!(!place.path("out").exists(), "{run}");
        }
    }
    assert!(interrupted >= 3, "only {interrupted} of 6 were interrupted");
}

/// The same of a download.
fn interrupt_a_download(long: &Long) {
    let place = &long.place;
    let name = place.created("create long --label downloaded");
    let before = place.names(".");
    let whole = place.run(&format!("download {name} -o file")).exits(0);
    fs::remove_file(place.path("file")).unwrap();
    let mut interrupted = 0;
    for number in 0..6 {
        let download = place.start(&format!("download {name} -o file"));
        thread::sleep(whole.took * number / 6);
        download.signal(Signal::INT);
        let run = download.wait();
        if run.status() == 0 {
            assert_eq!(place.read("file"), place.object(&name));
            fs::remove_file(place.path("file")).unwrap();
        } else {
            interrupted += 1;
            assert_eq!(run.status(), 130, "{run}");
        }
        assert_eq!(place.names("."), before, "{run}");
    }
    assert!(interrupted >= 3, "only {interrupted} of 6 were interrupted");
}

/// Has the calls that publish an object take long, so that a signal meets them.
const SLOW: [&str; 7] = [
    "strace",
    "-D",
    "-f",
    "-qq",
    "-o/dev/null",
    "-etrace=renameat2",
    "-einject=renameat2:delay_enter=300000",
];

#[test]
fn signals_between_the_checks_and_the_backup_leave_a_whole_backup_or_nothing() {
    let place = Place::sealed();
    let before = place.names("store");
    for (extension, signal, status) in [
        ("blake3", Signal::INT, 130),
        ("blake3", Signal::TERM, 143),
        ("sig", Signal::INT, 130),
        ("sig", Signal::TERM, 143),
    ] {
        let mut command = place.wrapped(&SLOW, "create data --label slow");
        let mut create = Running::start(&mut command);
        create.await_moment(|| place.has_check(extension));
        create.signal(signal);
        let run = create.wait();
        // The last step cannot be called back once it has begun.
        if extension == "sig" && run.status() == 0 {
            let name = run.stdout.lines().next().unwrap();
            place.is_whole(name);
            place.run(&format!("delete {name} --yes")).exits(0);
        } else {
            assert_eq!(run.status(), status, "{run}");
        }
        assert_eq!(place.names("store"), before, "{run}");
    }
}

#[test]
fn a_create_killed_between_the_checks_and_the_backup_is_never_listed() {
    let place = Place::sealed();
    let mut command = place.wrapped(&SLOW, "create data --label killed");
    let mut create = Running::start(&mut command);
    create.await_moment(|| place.has_check("sig"));
    create.signal(Signal::KILL);
    create.wait().exits(137);
    assert_eq!(place.listed(), Vec::<String>::new());
    place.run("verify latest").exits(3);
    // What remains is in nobody's way, but that of a backup of the same second.
    thread::sleep(Duration::from_secs(1));
    let name = place.created("create data --label killed");
    place.is_whole(&name);
    assert_eq!(place.listed(), [name]);
}
