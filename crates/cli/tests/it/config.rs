//! `config`

use crate::common::Place;

const CONFIG: &str = r#"
[backups.storage]
provider = "fs"
fs.directory = "/srv/backups"

[backups.pgp.passphrases]
0123456789ABCDEF0123456789ABCDEF01234567 = "hunter2"

[other]
whatever = true
"#;

#[test]
fn a_good_configuration_is_ok() {
    let place = Place::new();
    let good = "[backups.storage]\nprovider = \"fs\"\nfs.directory = \"/srv/backups\"\n";
    insta::assert_snapshot!(place.configured(good, ["config", "check"]), @r"
        stdout: OK: prose.toml
        exit 0
        ");
    insta::assert_snapshot!(place.configured("", ["config", "check"]), @r#"
        stdout: OK: prose.toml
        warning: backups are not configured: set backups.storage.provider to "s3" or "fs"
        exit 0
        "#);
    assert_eq!(
        place.configured(good, ["config", "check", "--json"]).json(),
        serde_json::json!({ "ok": true, "file": "prose.toml", "warnings": [] })
    );
}

#[test]
fn a_bad_configuration_is_explained() {
    let place = Place::new();
    let bad = "[backups.storage]\nprovider = \"ftp\"\n[backups.signing]\npgp.enabled = \"maybe\"\n";
    insta::assert_snapshot!(place.configured(bad, ["config", "check"]), @r#"
        stderr: error: prose.toml:2: backups.storage.provider: expected "s3" or "fs", found "ftp"
        prose.toml:4: backups.signing.pgp.enabled: expected true or false, found a string
        exit 2
        "#);
    let run = place.configured(bad, ["config", "check", "--json"]);
    let error = &run.json()["error"];
    assert_eq!((run.status, &error["code"]), (2, &"usage".into()));
    assert_eq!(error["message"].as_str().unwrap().lines().count(), 2);
}

#[test]
fn what_is_shown_has_no_secrets() {
    let place = Place::new();
    for words in [&["config", "show"][..], &["config", "show", "--json"]] {
        let mut command = place.command();
        command
            .args(["--config", "prose.toml"])
            .args(words)
            .env("PROSE_BACKUPS__S3__SECRET_KEY", "0123456");
        place.write("prose.toml", CONFIG);
        let run = place.finish(&mut command);
        assert_eq!(run.status, 0, "{run}");
        assert!(!run.stdout.contains("hunter2"), "{run}");
        assert!(!run.stdout.contains("0123456\""), "{run}");
        assert!(run.stdout.contains("[redacted]"), "{run}");
        assert!(run.stdout.contains("/srv/backups"), "{run}");
        assert!(run.stdout.contains("prose.toml:3"), "{run}");
    }
}

#[test]
fn the_schema_is_json_with_and_without_asking() {
    let place = Place::new();
    let schema = place.run(["config", "schema"]);
    assert!(schema.json()["properties"].is_object(), "{schema}");
    assert_eq!(
        place.run(["config", "schema", "--json"]).stdout,
        schema.stdout
    );
}
