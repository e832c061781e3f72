//! Errors that an operator meets: their words and their exit status.

use std::fs;

use crate::common::Place;

const NO_SUCH: &str = "prose_2026-01-01T00:00:00Z.tar.zst";

#[test]
fn a_configuration_that_is_not_there() {
    let place = Place::new();
    insta::assert_snapshot!(place.run(["--config", "none.toml", "list"]), @"");
}

#[test]
fn a_configuration_with_problems_names_all_of_them() {
    let place = Place::new();
    let config =
        "[backups.storage]\nprovder = \"fs\"\n\n[backups.compression]\nalgorithm = \"lz4\"\n";
    insta::assert_snapshot!(place.configured(config, ["list"]), @"");
    insta::assert_snapshot!(place.configured("[backups\n", ["list"]), @"");
}

#[test]
fn a_configuration_without_storage() {
    let place = Place::new();
    insta::assert_snapshot!(place.configured("", ["list"]), @"");
}

#[test]
fn a_store_that_is_not_there() {
    let place = Place::new();
    insta::assert_snapshot!(place.store(["list"]), @"");
    assert!(!place.path("store").exists());
}

#[test]
fn a_backup_that_is_not_there() {
    let place = Place::new();
    let name = place.backup();
    for words in [
        &["show", NO_SUCH][..],
        &["verify", NO_SUCH],
        &["restore", NO_SUCH, "--to", "restored"],
        &["contents", NO_SUCH],
        &["download", NO_SUCH],
        &["delete", NO_SUCH, "--yes"],
    ] {
        let run = place.store(words);
        assert_eq!(
            run.to_string(),
            format!("stderr: error: there is no backup {NO_SUCH}\nexit 3"),
            "{words:?}"
        );
    }
    // The name says which layers a backup has: no other one is taken for it.
    let other = name.replace(".tar.zst", ".tar");
    let run = place.store(["verify", &other]);
    assert_eq!(
        run.to_string(),
        format!("stderr: error: there is no backup {other}; there is {name}\nexit 3")
    );
}

#[test]
fn no_backup_at_all() {
    let place = Place::new();
    fs::create_dir(place.path("store")).unwrap();
    insta::assert_snapshot!(place.store(["list"]), @"");
    insta::assert_snapshot!(place.store(["verify", "latest"]), @"");
    insta::assert_snapshot!(place.store(["verify", "--all"]), @"");
    insta::assert_snapshot!(place.store(["keys"]), @"");
}

#[test]
fn a_bad_name() {
    let place = Place::new();
    insta::assert_snapshot!(place.store(["show", "backup.zip"]), @"");
    insta::assert_snapshot!(place.store(["show", "../prose_2026-01-01T00:00:00Z.tar"]), @"");
    insta::assert_snapshot!(place.store(["delete", "latest"]), @"");
    insta::assert_snapshot!(place.store(["create", "data", "--label", "Prose"]), @"");
    insta::assert_snapshot!(place.store(["create", "data", "--label", "prose-r2"]), @"");
}

#[test]
fn a_refused_backup() {
    let place = Place::new();
    let name = place.backup();
    place.tamper(&name);
    let words = |run: crate::common::Run| run.to_string().replace(&name, "[NAME]");
    // The digests differ from run to run.
    let before_digest = |text: String| text.split(" (the digest").next().unwrap().to_owned();
    insta::assert_snapshot!(before_digest(words(place.store(["restore", &name, "--to", "out"]))), @"");
    insta::assert_snapshot!(before_digest(words(place.store(["contents", &name]))), @"");
    insta::assert_snapshot!(before_digest(words(place.store(["download", "latest"]))), @"");
    for run in [
        place.store(["restore", &name, "--to", "out"]),
        place.store(["contents", &name]),
        place.store(["download", &name]),
        place.store(["verify", &name]),
        place.store(["verify", "--all"]),
    ] {
        assert_eq!(run.status, 4, "{run}");
    }
    assert_eq!(place.names("."), ["data", "store"]);
}

#[test]
fn volumes_that_cannot_be() {
    let place = Place::new();
    place.write("other/data/file", "");
    insta::assert_snapshot!(place.store(["create", "data", "other/data"]), @"");
    insta::assert_snapshot!(place.store(["create", "data", "--volume", "data=other"]), @"");
    insta::assert_snapshot!(place.store(["create", "/"]), @"");
    insta::assert_snapshot!(place.store(["create", "--volume", "data"]), @"");
    insta::assert_snapshot!(place.store(["create", "--volume", "../data=data"]), @"");
    insta::assert_snapshot!(place.store(["create", "missing"]), @"");
    insta::assert_snapshot!(place.store(["create", "other", "other/data"]), @"");
    insta::assert_snapshot!(place.store(["create", "data/./../missing/.."]), @"");
    assert_eq!(place.names("store"), [""; 0]);
}

#[test]
fn a_store_inside_a_volume() {
    let place = Place::new();
    fs::create_dir_all(place.path("data/store")).unwrap();
    insta::assert_snapshot!(place.run(["--store", "data/store", "create", "data"]), @"");
    assert_eq!(place.names("data/store"), [""; 0]);
}

#[test]
fn deleting_where_nobody_can_be_asked() {
    let place = Place::new();
    let name = place.backup();
    insta::assert_snapshot!(place.store(["delete", &name]), @"");
    assert_eq!(place.store(["verify", &name]).status, 0);
}

#[test]
fn a_file_in_the_way() {
    let place = Place::new();
    let name = place.backup();
    let taken = place.write("taken", "mine");
    insta::assert_snapshot!(place.store(["download", &name, "-o", "taken"]), @"");
    assert_eq!(fs::read_to_string(taken).unwrap(), "mine");
    fs::create_dir_all(place.path("out/data")).unwrap();
    insta::assert_snapshot!(
        place.store(["restore", &name, "--to", "out"]).to_string().replace(&name, "[NAME]"), @""
    );
}

#[test]
fn options_that_do_not_go_together() {
    let place = Place::new();
    insta::assert_snapshot!(place.store(["verify"]), @"");
    insta::assert_snapshot!(place.store(["verify", NO_SUCH, "--all"]), @"");
    insta::assert_snapshot!(place.store(["restore", NO_SUCH]), @"");
    insta::assert_snapshot!(place.store(["list", "-q", "-v"]), @"");
    insta::assert_snapshot!(place.store(["config", "show"]), @"");
}
