//! Errors that an operator meets: their words and their exit status.

use std::fs;

use crate::common::Place;

const NO_SUCH: &str = "prose_2026-01-01T00:00:00Z.tar.zst";

#[test]
fn a_configuration_that_is_not_there() {
    let place = Place::new();
    insta::assert_snapshot!(place.run(["--config", "none.toml", "list"]), @r"
        stderr: error: cannot read configuration file none.toml: No such file or directory (os error 2)
        exit 2
        ");
}

#[test]
fn a_configuration_with_problems_names_all_of_them() {
    let place = Place::new();
    let config =
        "[backups.storage]\nprovder = \"fs\"\n\n[backups.compression]\nalgorithm = \"lz4\"\n";
    insta::assert_snapshot!(place.configured(config, ["list"]), @r#"
        stderr: error: prose.toml:2: backups.storage.provder: unknown key; did you mean backups.storage.provider?
        prose.toml:5: backups.compression.algorithm: expected "zstd" or "off", found "lz4"
        exit 2
        "#);
    insta::assert_snapshot!(place.configured("[backups\n", ["list"]), @r"
        stderr: error: prose.toml:1:9: not valid TOML: unclosed table, expected `]`
        exit 2
        ");
}

#[test]
fn a_configuration_without_storage() {
    let place = Place::new();
    insta::assert_snapshot!(place.configured("", ["list"]), @r"
        stderr: error: no storage is configured; set backups.storage.provider in /etc/prose/prose.toml, or use --store DIR
        exit 2
        ");
}

#[test]
fn a_store_that_is_not_there() {
    let place = Place::new();
    insta::assert_snapshot!(place.store(["list"]), @r"
        stderr: error: cannot open the backup store: cannot open directory [DIR]/store: it does not exist; create it or correct its path
        exit 6
        ");
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
    insta::assert_snapshot!(place.store(["list"]), @r"
        stderr: There are no backups.
        exit 0
        ");
    insta::assert_snapshot!(place.store(["verify", "latest"]), @r"
        stderr: error: there is no backup yet
        exit 3
        ");
    insta::assert_snapshot!(place.store(["verify", "--all"]), @r"
        stderr: There are no backups.
        exit 0
        ");
    insta::assert_snapshot!(place.store(["keys"]), @r"
        stderr: There are no backups.
        exit 0
        ");
}

#[test]
fn a_bad_name() {
    let place = Place::new();
    insta::assert_snapshot!(place.store(["show", "backup.zip"]), @r"
        stderr: error: invalid value 'backup.zip' for '<NAME>': not the full name of a backup: it must have the form <label>_<YYYY-MM-DDTHH:MM:SSZ>.tar[.zst][.gpg]

        For more information, try '--help'.
        exit 2
        ");
    insta::assert_snapshot!(place.store(["show", "../prose_2026-01-01T00:00:00Z.tar"]), @r"
        stderr: error: invalid value '../prose_2026-01-01T00:00:00Z.tar' for '<NAME>': not the full name of a backup: only a-z, 0-9 and - are allowed

        For more information, try '--help'.
        exit 2
        ");
    insta::assert_snapshot!(place.store(["delete", "latest"]), @r"
        stderr: error: invalid value 'latest' for '<NAME>...': only a full name will do: another backup may be the latest by now

        For more information, try '--help'.
        exit 2
        ");
    insta::assert_snapshot!(place.store(["create", "data", "--label", "Prose"]), @r"
        stderr: error: invalid value 'Prose' for '--label <LABEL>': only a-z, 0-9 and - are allowed

        For more information, try '--help'.
        exit 2
        ");
    insta::assert_snapshot!(place.store(["create", "data", "--label", "prose-r2"]), @r"
        stderr: error: invalid value 'prose-r2' for '--label <LABEL>': an ending -r<digits> is reserved for backups that were encrypted anew

        For more information, try '--help'.
        exit 2
        ");
}

#[test]
fn a_refused_backup() {
    let place = Place::new();
    let name = place.backup();
    place.tamper(&name);
    let words = |run: crate::common::Run| run.to_string().replace(&name, "[NAME]");
    // The digests differ from run to run.
    let before_digest = |text: String| text.split(" (the digest").next().unwrap().to_owned();
    insta::assert_snapshot!(before_digest(words(place.store(["restore", &name, "--to", "out"]))), @"stderr: error: [NAME] is refused: corrupt; these are not the bytes whose digest was stored");
    insta::assert_snapshot!(before_digest(words(place.store(["contents", &name]))), @"stderr: error: [NAME] is refused: corrupt; these are not the bytes whose digest was stored");
    insta::assert_snapshot!(before_digest(words(place.store(["download", "latest"]))), @"stderr: error: [NAME] is refused: corrupt; these are not the bytes whose digest was stored");
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
    insta::assert_snapshot!(place.store(["create", "data", "other/data"]), @r"
        stderr: error: data and other/data would both be the volume data; give one of them another name with --volume NAME=PATH
        exit 2
        ");
    insta::assert_snapshot!(place.store(["create", "data", "--volume", "data=other"]), @r"
        stderr: error: data and other would both be the volume data; give one of them another name with --volume NAME=PATH
        exit 2
        ");
    insta::assert_snapshot!(place.store(["create", "/"]), @r"
        stderr: error: / does not make a name for a volume: it is the root directory; choose one with --volume NAME=PATH
        exit 2
        ");
    insta::assert_snapshot!(place.store(["create", "--volume", "data"]), @r"
        stderr: error: invalid value 'data' for '--volume <NAME=PATH>': it must have the form NAME=PATH

        For more information, try '--help'.
        exit 2
        ");
    insta::assert_snapshot!(place.store(["create", "--volume", "../data=data"]), @r"
        stderr: error: invalid value '../data=data' for '--volume <NAME=PATH>': the name is not one for a volume: it must begin with a-z or 0-9

        For more information, try '--help'.
        exit 2
        ");
    insta::assert_snapshot!(place.store(["create", "missing"]), @r"
        stderr: error: the volume missing does not exist: there is no missing
        exit 2
        ");
    insta::assert_snapshot!(place.store(["create", "other", "other/data"]), @r"
        stderr: error: the volume data (other/data) lies inside the volume other (other): a file can belong to one volume only
        exit 2
        ");
    insta::assert_snapshot!(place.store(["create", "data/./../missing/.."]), @r"
        stderr: error: cannot find volume data/./../missing/..: No such file or directory (os error 2)
        exit 2
        ");
    assert_eq!(place.names("store"), [""; 0]);
}

#[test]
fn a_store_inside_a_volume() {
    let place = Place::new();
    fs::create_dir_all(place.path("data/store")).unwrap();
    insta::assert_snapshot!(place.run(["--store", "data/store", "create", "data"]), @r"
        stderr: error: the volume data would hold [DIR]/data/store (as [DIR]/data/store), where its backups go; keep one of the two elsewhere
        exit 2
        ");
    assert_eq!(place.names("data/store"), [""; 0]);
}

#[test]
fn deleting_where_nobody_can_be_asked() {
    let place = Place::new();
    let name = place.backup();
    insta::assert_snapshot!(place.store(["delete", &name]), @r"
        stderr: error: deleting takes --yes where nobody can be asked
        exit 2
        ");
    assert_eq!(place.store(["verify", &name]).status, 0);
}

#[test]
fn a_file_in_the_way() {
    let place = Place::new();
    let name = place.backup();
    let taken = place.write("taken", "mine");
    insta::assert_snapshot!(place.store(["download", &name, "-o", "taken"]), @r"
        stderr: error: taken exists already; remove it, or choose another name with -o
        exit 5
        ");
    assert_eq!(fs::read_to_string(taken).unwrap(), "mine");
    fs::create_dir_all(place.path("out/data")).unwrap();
    insta::assert_snapshot!(
        place.store(["restore", &name, "--to", "out"]).to_string().replace(&name, "[NAME]"), @r"
        stderr: warning: [NAME] is intact, but not authentic: the digest matches, and nobody that is trusted signed it
        error: cannot restore to out: out/data exists already; remove it, or restore to another directory
        exit 5
        "
    );
}

#[test]
fn options_that_do_not_go_together() {
    let place = Place::new();
    insta::assert_snapshot!(place.store(["verify"]), @r"
        stderr: error: the following required arguments were not provided:
          <NAME|--all>

        Usage: prose-backup verify <NAME|--all>

        For more information, try '--help'.
        exit 2
        ");
    insta::assert_snapshot!(place.store(["verify", NO_SUCH, "--all"]), @r"
        stderr: error: the argument '[NAME]' cannot be used with '--all'

        Usage: prose-backup verify <NAME|--all>

        For more information, try '--help'.
        exit 2
        ");
    insta::assert_snapshot!(place.store(["restore", NO_SUCH]), @r"
        stderr: error: the following required arguments were not provided:
          --to <DIR>

        Usage: prose-backup restore --to <DIR> <NAME>

        For more information, try '--help'.
        exit 2
        ");
    insta::assert_snapshot!(place.store(["list", "-q", "-v"]), @r"
        stderr: error: the argument '--quiet' cannot be used with '--verbose...'

        Usage: prose-backup list --quiet

        For more information, try '--help'.
        exit 2
        ");
    insta::assert_snapshot!(place.store(["config", "show"]), @r"
        stderr: error: --store stands in for the storage of a configuration, and `config` is about the configuration itself; leave out --store
        exit 2
        ");
}
