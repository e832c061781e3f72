//! Clocks that are wrong.

use crate::support::{Place, Run};

/// Runs the program with another clock.
fn at(place: &Place, time: &str, line: &str) -> Run {
    Run::of(&mut place.wrapped(&["faketime", time], line))
}

#[test]
fn a_clock_that_cannot_be_right_is_named_and_nothing_is_judged_by_it() {
    let place = Place::sealed();
    let name = place.backup();
    let before = place.snapshot();
    for (time, shown) in [
        ("1970-01-02 00:00:00", "1970-01-02"),
        ("2100-01-01 00:00:00", "2100-01-01"),
    ] {
        for line in [
            "create data",
            "verify NAME",
            "verify latest",
            "restore NAME --to out",
            "restore latest --to out",
            "contents NAME",
            "download latest -o file",
            "show NAME",
            "keygen -o new.pgp",
        ] {
            let line = line.replace("NAME", &name);
            let run = at(&place, time, &line).exits(1).says(shown).says("clock");
            assert_eq!(run.stdout, "", "{run}");
            let json = at(&place, time, &format!("{line} --json")).exits(1).json();
            assert_eq!(json["error"]["code"], "wrong_clock");
            assert_eq!(json.get("verdict"), None);
        }
        let all = at(&place, time, "verify --all --json").json();
        assert!(!all.to_string().contains("verdict"), "{all}");
        // What needs no time works.
        let listed = at(&place, time, "list --json").exits(0).json();
        assert_eq!(listed[0]["name"], name);
    }
    crate::tree::assert_same(&before, &place.snapshot());
}

#[test]
fn a_clock_that_is_a_day_behind_is_spoken_of() {
    let place = Place::sealed();
    let name = place.backup();
    let yesterday = |line: &str| Run::of(&mut place.wrapped(&["faketime", "-f", "-1d"], line));
    for line in [
        "restore NAME --to out",
        "contents NAME",
        "download NAME -o file",
    ] {
        yesterday(&line.replace("NAME", &name))
            .exits(4)
            .says("one of the two clocks is wrong");
    }
    let verified = yesterday(&format!("verify {name}")).exits(4);
    assert!(
        verified.stdout.contains("one of the two clocks is wrong"),
        "{verified}"
    );
    // The newest backup lies in the future, and never qualifies.
    yesterday("verify latest")
        .exits(3)
        .says(&name)
        .says("clock");
    // The key is not valid yet.
    yesterday("create data").exits(2).says("clock");
    assert_eq!(place.listed(), std::slice::from_ref(&name));
    assert_eq!(place.names("out"), Vec::<String>::new());
    place.run(&format!("verify {name}")).exits(0);
}

#[test]
fn a_clock_a_few_minutes_behind_the_one_that_signed_does_no_harm() {
    let place = Place::sealed();
    let name = place.backup();
    let line = format!("restore {name} --to out");
    Run::of(&mut place.wrapped(&["faketime", "-f", "-3m"], &line)).exits(0);
}
