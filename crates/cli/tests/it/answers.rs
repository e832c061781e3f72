//! Answers for people.

use crate::common::{Place, Run};

/// A run with what differs from one run to the next left out.
fn stable(run: &Run, name: &str) -> String {
    let time = name.split(['_', '.']).nth(1).unwrap();
    let text = run
        .to_string()
        .replace(name, "[NAME]")
        .replace(time, "[TIME]");
    let lines: Vec<&str> = text
        .lines()
        .map(|line| match line {
            line if line.starts_with("size: ") => "size: [SIZE]",
            line if line.starts_with("digest: BLAKE3:") => "digest: BLAKE3:[HEX]",
            line => line,
        })
        .collect();
    lines.join("\n")
}

#[test]
fn from_making_a_backup_to_deleting_it() {
    let place = Place::new();
    let created = place.store(["create", "data"]);
    let name = created.stdout.lines().next().unwrap().to_owned();
    let answer = |words: &[&str]| stable(&place.store(words), &name);
    insta::assert_snapshot!(stable(&created, &name), @r"
        stdout: [NAME]
        size: [SIZE]
        digest: BLAKE3:[HEX]
        signed: no
        encrypted: no
        exit 0
        ");
    insta::assert_snapshot!(answer(&["show", &name]), @r"
        stdout: name: [NAME]
        created: [TIME]
        size: [SIZE]
        signed: no
        encrypted: no
        restorable: yes
        intact: not checked
        authentic: not checked
        verdict: not checked
        reason: not verified yet: its digest covers bytes that were not read
        exit 0
        ");
    insta::assert_snapshot!(answer(&["verify", "latest"]), @r"
        stdout: name: [NAME]
        created: [TIME]
        size: [SIZE]
        signed: no
        encrypted: no
        restorable: yes
        intact: yes
        authentic: no
        verdict: intact
        reason: intact, but not authentic: the digest matches, and nobody that is trusted signed it
        exit 0
        ");
    insta::assert_snapshot!(answer(&["verify", "--all"]), @r"
        stdout: [NAME]  intact, but not authentic: the digest matches, and nobody that is trusted signed it
        exit 0
        ");
    insta::assert_snapshot!(answer(&["restore", "latest", "--to", "out"]), @r"
        stdout: restored: [NAME]
        verdict: intact
        volume: out/data
        content: 2 entries, 7 bytes
        stderr: warning: [NAME] is intact, but not authentic: the digest matches, and nobody that is trusted signed it
        exit 0
        ");
    insta::assert_snapshot!(answer(&["download", &name]), @r"
        stdout: downloaded: [NAME]
        file: [NAME]
        size: [SIZE]
        verdict: intact
        stderr: warning: [NAME] is intact, but not authentic: the digest matches, and nobody that is trusted signed it
        exit 0
        ");
    insta::assert_snapshot!(answer(&["keys"]), @r"
        stdout: [NAME]
          no keys
        exit 0
        ");
    insta::assert_snapshot!(answer(&["delete", &name, "--yes"]), @r"
        stdout: deleted: [NAME]
        exit 0
        ");
    assert_eq!(place.names("store"), [""; 0]);
    assert_eq!(place.names("out"), ["data"]);
}

#[test]
fn a_list_is_a_table_with_the_newest_first() {
    let place = Place::new();
    for name in [
        "prose_2026-01-01T00:00:00Z.tar",
        "prose_2026-01-02T00:00:00Z.tar.zst.gpg",
        "a-label_2025-12-31T23:59:59Z.tar.zst",
    ] {
        place.write(&format!("store/{name}"), &"x".repeat(2000));
        place.write(&format!("store/{name}.sig"), "");
    }
    place.write("store/notes.txt", "foreign");
    insta::assert_snapshot!(place.store(["list"]), @r"
        stdout: NAME                                          SIZE  SIGNED  ENCRYPTED  RESTORABLE
        prose_2026-01-02T00:00:00Z.tar.zst.gpg     2.0 KiB  yes     yes        yes
        prose_2026-01-01T00:00:00Z.tar             2.0 KiB  yes     no         yes
        a-label_2025-12-31T23:59:59Z.tar.zst       2.0 KiB  yes     no         yes
        exit 0
        ");
}

#[test]
fn deleting_goes_on_after_one_that_fails() {
    let place = Place::new();
    let (a, b) = (place.backup_labelled("a"), place.backup_labelled("b"));
    let missing = "prose_2026-01-01T00:00:00Z.tar";
    let run = place.store(["delete", &a, missing, &b, "--yes"]);
    assert_eq!(
        run.to_string(),
        format!(
            "stdout: deleted: {a}\ndeleted: {b}\nstderr: error: there is no backup {missing}\nexit 3"
        )
    );
    assert_eq!(place.names("store"), [""; 0]);
}

#[test]
fn volumes_come_from_paths_names_or_the_configuration() {
    let place = Place::new();
    place.write("Other Data/file", "");
    place.write("config.lua", "");
    let roots = |run: Run| {
        let name = run.stdout.lines().next().unwrap_or_default().to_owned();
        let contents = place.store(["contents", &name]);
        let paths = contents.stdout.lines().map(|line| {
            let path = line.split_whitespace().nth(5).unwrap_or_default();
            path.split('/').next().unwrap_or_default().to_owned()
        });
        let mut roots: Vec<String> = paths.collect();
        roots.dedup();
        roots
    };
    let create = |label: &str, words: &[&str]| {
        let mut all = vec!["create", "--label", label];
        all.extend(words);
        roots(place.store(all))
    };
    assert_eq!(
        create("a", &["Other Data/", "data/."]),
        ["other-data", "data"]
    );
    assert_eq!(
        create(
            "b",
            &[
                "data",
                "--volume",
                "z.b_1=Other Data",
                "--volume",
                "conf=config.lua"
            ]
        ),
        ["data", "z.b_1", "conf"]
    );
    let config = "[backups.storage]\nprovider = \"fs\"\nfs.directory = \"[DIR]/store\"\n\
                  [backups.volumes]\nconfigured = \"[DIR]/data\"\n";
    let run = place.configured(config, ["create", "--label", "c"]);
    assert_eq!(roots(run), ["configured"]);
}
