//! Two backups at once.

use std::{
    fs, thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::support::{Place, Running, random_file};

/// Waits for a second to begin.
fn next_second() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let gone = now.subsec_nanos();
    thread::sleep(Duration::from_nanos((1_000_000_000 - gone).into()));
}

/// Starts two creates at the beginning of a second. Whether they met: then one has the name, with
/// its own checks, and the other one found it taken.
#[track_caller]
fn race(place: &Place, lines: [&str; 2], checks: [&[&str]; 2]) -> bool {
    let before = place.names("store");
    next_second();
    let both = lines.map(|line| place.start(line));
    let runs = both.map(Running::wait);
    let names: Vec<String> = runs
        .iter()
        .filter_map(|run| run.stdout.lines().next().map(str::to_owned))
        .collect();
    let mut expected = before;
    let winners = runs.iter().zip(checks).filter(|(run, _)| run.status() == 0);
    for ((_, checks), name) in winners.zip(&names) {
        expected.push(name.clone());
        expected.extend(checks.iter().map(|check| format!("{name}.{check}")));
        place.run(&format!("verify {name}")).exits(0);
    }
    expected.sort();
    assert_eq!(place.names("store"), expected, "{}\n{}", runs[0], runs[1]);
    let [one, two] = runs;
    if names.len() == 2 {
        assert_ne!(names[0], names[1]);
        return false;
    }
    let loser = if one.status() == 0 { two } else { one };
    loser.exits(5).says("exists already");
    true
}

#[test]
fn two_creates_in_one_second_leave_one_backup_with_its_own_checks() {
    let place = Place::sealed();
    // Small ones meet when their checks are published; large ones know nothing of each other while
    // they are packed.
    fs::create_dir(place.path("large")).unwrap();
    random_file(&place.path("large/file"), 16);
    let mut met = 0;
    for round in 0..12 {
        let line = if round % 2 == 0 {
            "create data"
        } else {
            "create large"
        };
        met += u32::from(race(&place, [line; 2], [&["blake3", "sig"]; 2]));
    }
    assert!(met >= 8, "only {met} of 12 met");
}

#[test]
fn two_creates_with_different_checks_in_one_second_leave_one_backup_with_its_own_checks() {
    let place = Place::new();
    place.write("data/file", "content");
    place.configure_as("other.toml", "hashing.algorithm = \"SHA-256\"");
    let lines = ["create data", "create data --config other.toml"];
    let mut met = 0;
    for _ in 0..6 {
        met += u32::from(race(&place, lines, [&["blake3"], &["sha256"]]));
    }
    assert!(met >= 4, "only {met} of 6 met");
}
