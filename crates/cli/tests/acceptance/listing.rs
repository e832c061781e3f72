//! A store with thousands of objects is listed at once.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use crate::support::{SCALE, program::Program, scratch::Scratch, turn};

const BACKUPS: u32 = 5_000;

#[test]
fn five_thousand_backups_among_as_many_foreign_files_are_listed_within_a_second() {
    let _turn = turn();
    let scratch = Scratch::large();
    let program = Program::new(scratch.path("place"));
    let store = program.store();
    let names = fill(&store);

    let mut slowest = Duration::ZERO;
    for _ in 0..3 {
        let run = program.run(["--json", "--store", "store", "list"]);
        let listed = run.answer();
        let listed = listed.as_array().unwrap();
        assert_eq!(listed.len(), names.len());
        // Newest first.
        for (backup, name) in listed.iter().zip(names.iter().rev()) {
            assert_eq!(backup["name"], *name);
            assert_eq!(backup["size_bytes"], 5);
            assert_eq!(backup["is_signed"], true);
            assert_eq!(backup["is_encrypted"], true);
            assert_eq!(backup["can_be_restored"], true);
        }
        slowest = slowest.max(run.elapsed);
    }
    println!("list of {BACKUPS} backups and as many foreign files: {slowest:.1?}");
    assert!(slowest < Duration::from_secs(1), "it took {slowest:?}");
}

#[test]
fn the_program_starts_at_once() {
    const LIMIT: Duration = Duration::from_millis(250);
    let _turn = turn();
    let scratch = Scratch::large();
    let program = Program::new(scratch.path("place"));
    fs::create_dir(program.store()).unwrap();
    for args in [&["--version"][..], &["--json", "--store", "store", "list"]] {
        let best = (0..5).map(|_| program.run(args).elapsed).min().unwrap();
        println!("{args:?}: {best:.1?}");
        assert!(best < LIMIT * SCALE, "{args:?} took {best:?}");
    }
}

/// Makes backups of a few bytes with their checks, oldest first, and things that are none, some of
/// which look much like one.
fn fill(store: &Path) -> BTreeSet<String> {
    fs::create_dir(store).unwrap();
    let mut names = BTreeSet::new();
    for number in 0..BACKUPS {
        let (hour, minute, second) = (number / 3600, number / 60 % 60, number % 60);
        let time = format!("2026-01-31T{hour:02}:{minute:02}:{second:02}");
        let name = format!("prose_{time}Z.tar.zst.gpg");
        for extension in ["", ".blake3", ".sig"] {
            fs::write(store.join(format!("{name}{extension}")), "bytes").unwrap();
        }
        let foreign = match number % 4 {
            0 => format!("notes {number:04}.txt"),
            1 => format!("prose_{time}.tar.zst.gpg"),
            2 => format!("prose_{time}Z.tar.zst.gpg.gpg"),
            _ => format!("prose_{time}Z.tar.zst.gpg.part"),
        };
        fs::write(store.join(foreign), "bytes").unwrap();
        names.insert(name);
    }
    names
}
