//! Answers for programs.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

use serde_json::{Value, json};

use crate::common::{Place, Run};

/// The names of an object's fields, sorted.
fn fields(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}

const LISTED: [&str; 6] = [
    "can_be_restored",
    "created_at",
    "is_encrypted",
    "is_signed",
    "name",
    "size_bytes",
];

fn details() -> Vec<&'static str> {
    let mut names = LISTED.to_vec();
    names.extend([
        "is_intact",
        "is_authentic",
        "signing_keys",
        "encryption_keys",
        "can_be_decrypted",
        "verdict",
        "reason",
        "warnings",
    ]);
    names.sort_unstable();
    names
}

/// An error is the only document on standard output, with the code of its exit status.
fn error(run: &Run, status: i32, code: &str) -> String {
    assert_eq!(run.status, status, "{run}");
    let document = run.json();
    assert_eq!(fields(&document), ["error"]);
    assert_eq!(fields(&document["error"]), ["code", "message"]);
    assert_eq!(document["error"]["code"], code);
    document["error"]["message"].as_str().unwrap().to_owned()
}

#[test]
fn results_have_the_fields_that_are_documented() {
    let place = Place::new();
    let created = place.store(["--json", "create", "data"]).json();
    assert_eq!(
        fields(&created),
        [
            "created_at",
            "digest",
            "encrypted",
            "name",
            "signed",
            "size_bytes",
            "warnings"
        ]
    );
    assert_eq!(fields(&created["digest"]), ["algorithm", "hex"]);
    let name = created["name"].as_str().unwrap();

    let list = place.store(["list", "--json"]).json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(fields(&list[0]), LISTED);
    assert_eq!(list[0]["name"], name);
    assert_eq!(list[0]["created_at"], created["created_at"]);

    let show = place.store(["show", name, "--json"]).json();
    assert_eq!(fields(&show), details());
    assert_eq!(show["is_intact"], Value::Null);

    let verify = place.store(["verify", "latest", "--json"]).json();
    assert_eq!(fields(&verify), details());
    assert_eq!(verify["is_intact"], true);
    assert_eq!(verify["verdict"], "intact");

    let restored = place
        .store(["restore", name, "--to", "out", "--json"])
        .json();
    assert_eq!(restored["volumes"], json!(["data"]));
    assert_eq!(restored["name"], name);

    let downloaded = place.store(["download", name, "--json"]).json();
    assert_eq!(downloaded["name"], name);
    assert_eq!(downloaded["size_bytes"], created["size_bytes"]);

    let keys = place.store(["keys", "--json"]).json();
    assert_eq!(fields(&keys), ["backups", "keys", "warnings"]);

    let deleted = place.store(["delete", name, "--yes", "--json"]).json();
    assert_eq!(
        deleted,
        json!({ "name": name, "objects": [name, format!("{name}.blake3")] })
    );
    assert_eq!(place.store(["list", "--json"]).stdout, "[]\n");
}

#[test]
fn errors_are_documents_too() {
    let place = Place::new();
    let missing = "prose_2026-01-01T00:00:00Z.tar";
    assert_eq!(
        error(&place.run(["--json", "--config", "x", "list"]), 2, "usage"),
        "cannot read configuration file x: No such file or directory (os error 2)"
    );
    place.backup();
    assert_eq!(
        error(&place.store(["show", missing, "--json"]), 3, "not_found"),
        format!("there is no backup {missing}")
    );
    let run = place.store(["delete", missing, "--yes", "--json"]);
    error(&run, 3, "not_found");
}

#[test]
fn wrong_usage_is_a_document_too() {
    let place = Place::new();
    let message = |words: &[&str]| {
        let run = place.run(words);
        assert_eq!(run.stderr, "");
        error(&run, 2, "usage")
    };
    insta::assert_snapshot!(message(&["--json", "lst"]), @"unrecognized subcommand 'lst' tip: a similar subcommand exists: 'list'");
    insta::assert_snapshot!(message(&["verify", "--json"]), @"the following required arguments were not provided: <NAME|--all>");
    insta::assert_snapshot!(message(&["list", "--json", "--al"]), @"unexpected argument '--al' found");
    insta::assert_snapshot!(message(&["show", "--json", "x"]), @"invalid value 'x' for '<NAME>': not the full name of a backup: it must have the form <label>_<YYYY-MM-DDTHH:MM:SSZ>.tar[.zst][.gpg]");
    insta::assert_snapshot!(message(&["--json"]), @"'prose-backup' requires a subcommand but one was not provided [subcommands: create, list, show, verify, restore, contents, download, delete, keys, keygen, config, completions, man]");
    // After the end of the options, it is a path.
    assert_eq!(place.run(["list", "--bad", "--", "--json"]).stdout, "");
}

#[test]
fn a_path_that_json_cannot_say_is_refused_before_anything_is_done() {
    let place = Place::new();
    place.backup();
    let path = OsStr::from_bytes(b"x\xff");
    let words = |text: &'static str| text.split(' ').map(OsStr::new).collect::<Vec<_>>();
    for mut args in [
        words("--json restore latest --to"),
        words("--json download latest -o"),
        words("--json keygen -o"),
    ] {
        args.push(path);
        let run = place.store(args);
        assert_eq!(
            error(&run, 2, "usage"),
            "x\\377 is not UTF-8, which a JSON document must be; choose another path, or leave out \
             --json"
        );
    }
    assert_eq!(place.names("."), ["data", "store"]);
}

#[test]
fn a_refused_backup_is_a_result_of_verifying_it() {
    let place = Place::new();
    let name = place.backup();
    place.tamper(&name);
    let run = place.store(["verify", &name, "--json"]);
    assert_eq!(run.status, 4);
    let document = run.json();
    assert_eq!(fields(&document), details());
    assert_eq!(document["verdict"], "corrupt");
    assert_eq!(document["is_intact"], false);
    let run = place.store(["restore", &name, "--to", "out", "--json"]);
    error(&run, 4, "corrupt");
}

#[test]
fn several_backups_are_an_array_in_which_each_may_fail() {
    let place = Place::new();
    let (good, bad) = (place.backup_labelled("good"), place.backup_labelled("bad"));
    let missing = "prose_2026-01-01T00:00:00Z.tar";
    place.tamper(&bad);

    let run = place.store(["verify", "--all", "--json"]);
    assert_eq!(run.status, 4);
    let mut verdicts: Vec<Value> = run
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|details| json!([details["name"], details["verdict"]]))
        .collect();
    verdicts.sort_by_key(ToString::to_string);
    assert_eq!(verdicts, [json!([bad, "corrupt"]), json!([good, "intact"])]);

    let run = place.store(["delete", &good, missing, &bad, &good, "--yes", "--json"]);
    assert_eq!(run.status, 3);
    let answers = run.json();
    assert_eq!(answers.as_array().unwrap().len(), 3);
    assert_eq!(answers[0]["name"], *good);
    assert_eq!(answers[1]["name"], missing);
    assert_eq!(answers[1]["error"]["code"], "not_found");
    assert_eq!(answers[2]["name"], *bad);
    assert_eq!(place.names("store"), [""; 0]);
}
