//! Secrets: where they may come from, and that nothing ever prints one.

use std::fs;
use std::path::Path;

use secrecy::ExposeSecret;

use super::{S3_STORE, backups, load, refusal, s3, sources, try_load};

const SECRET: &str = "hunter2-correct-horse";
const FINGERPRINT: &str = "0123456789ABCDEF0123456789ABCDEF01234567";

/// Fails if the text, or any line of a secret in it, is there.
fn assert_silent(text: &str, context: &str) {
    assert!(!text.contains("hunter2"), "{context}: {text}");
    assert!(!text.contains("correct"), "{context}: {text}");
}

fn secret_of(text: &str) -> Option<String> {
    let config = load(text, &[]).config;
    let secret = s3(backups(&config)).secret_key.as_ref()?;
    Some(secret.expose_secret().to_owned())
}

fn with_file(dir: &Path, content: &[u8]) -> String {
    let path = dir.join("key");
    fs::write(&path, content).unwrap();
    format!("{S3_STORE}s3.secret_key_file = \"{}\"\n", path.display())
}

#[test]
fn errors_never_print_secrets() {
    for text in [
        // Syntax errors on the secret's own line.
        format!("[backups.s3]\nsecret_key = {SECRET}\n"),
        format!("[backups.s3]\nsecret_key = \"{SECRET}\n"),
        format!("[backups.s3]\nsecret_key = '{SECRET}\n"),
        format!("[backups.s3]\nsecret_key = '{SECRET}' x\n"),
        format!("[backups.s3]\nsecret_key = \"{SECRET}\\q\"\n"),
        format!("[backups.s3]\nsecret_key \"{SECRET}\"\n"),
        format!("[backups.s3]\nsecret_key = '{SECRET}'\nsecret_key = '{SECRET}'\n"),
        format!("[backups.s3]\n{SECRET}\n"),
        // Wrong types on the secret's key.
        format!("[backups.s3]\nsecret_key = ['{SECRET}']\n"),
        format!("[backups.s3]\nsecret_key = {{ value = '{SECRET}' }}\n"),
        format!("[backups.s3]\nsecret_key.value = '{SECRET}'\n"),
        // A secret where a path or a name belongs.
        format!("[backups.s3]\nsecret_key_file = '{SECRET}'\n"),
        format!("[backups]\npgp.tsk = '''{SECRET}'''\n"),
        format!("[backups]\npgp.passphrases.'{SECRET}' = '{FINGERPRINT}'\n"),
        format!("[backups]\ns3.endpoint_url = 'https://user:{SECRET}@example.org'\n"),
        // Two of them.
        format!("[backups]\ns3.secret_key = '{SECRET}'\nstorage.s3.secret_key = '{SECRET}2'\n"),
        // A problem elsewhere.
        format!("[backups]\ns3.secret_key = '{SECRET}'\ns3.secret = 1\n"),
    ] {
        let error = try_load(&text, &[]).unwrap_err();
        assert_silent(&error.to_string(), &text);
        assert_silent(&format!("{error:?}"), &text);
    }
}

#[test]
fn errors_never_print_secrets_of_variables() {
    let secret_key = "PROSE_BACKUPS__S3__SECRET_KEY";
    for variables in [
        vec![("PROSE_BACKUPS__S3__SECRET_KY", SECRET)],
        vec![("PROSE_BACKUPS__S3", SECRET)],
        vec![
            (secret_key, SECRET),
            ("PROSE_BACKUPS__STORAGE__S3__SECRET_KEY", "hunter2"),
        ],
        vec![("PROSE_BACKUPS__S3__SECRET_KEY_FILE", SECRET)],
        vec![("PROSE_BACKUPS__PGP__PASSPHRASES__0123", SECRET)],
        vec![("PROSE_BACKUPS__PGP__TSK", SECRET)],
    ] {
        let error = try_load("", &variables).unwrap_err();
        assert_silent(&format!("{error} {error:?}"), variables[0].0);
    }
}

#[test]
fn debug_and_the_effective_configuration_never_print_secrets() {
    let text = format!(
        "{S3_STORE}s3.access_key = 'id'\ns3.secret_key = '{SECRET}'\ns3.session_token = '{SECRET}'\n\
         [backups.pgp.passphrases]\n{FINGERPRINT} = '{SECRET}'\n"
    );
    let variables = [("PROSE_BACKUPS__STORAGE__CHECKS__S3__SECRET_KEY", SECRET)];
    let loaded = load(&text, &variables);
    assert_silent(&format!("{loaded:?}"), "Debug");
    assert_silent(&loaded.effective.to_string(), "TOML");
    assert_silent(&loaded.effective.to_json().to_string(), "JSON");
    assert_silent(&format!("{:?}", sources(&text, &variables)), "Sources");
}

#[test]
fn the_effective_configuration_says_where_values_come_from() {
    let text = format!(
        "{S3_STORE}s3.access_key = 'id'\n[backups.pgp.passphrases]\n{FINGERPRINT} = '{SECRET}'\n\
         [backups.download]\nurl_max_ttl = 'PT1H'\n"
    );
    let variables = [
        ("PROSE_BACKUPS__S3__SECRET_KEY", SECRET),
        ("PROSE_BACKUPS__VOLUMES__DATA", "/srv/\"data\""),
    ];
    let effective = load(&text, &variables).effective;
    insta::assert_snapshot!(effective, @r#"
    backups.storage.backups.provider = "s3"  # prose.toml:3
    backups.storage.backups.s3.bucket_name = "b"  # prose.toml:4
    backups.storage.backups.s3.prefix = ""  # default
    backups.storage.backups.s3.region = "r"  # prose.toml:5
    backups.storage.backups.s3.force_path_style = false  # default
    backups.storage.backups.s3.access_key = "id"  # prose.toml:6
    backups.storage.backups.s3.secret_key = "[redacted]"  # PROSE_BACKUPS__S3__SECRET_KEY
    backups.storage.backups.s3.object_lock_legal_hold_status = "off"  # default
    backups.storage.backups.s3.checksum_mode = "when_required"  # default
    backups.storage.backups.s3.part_size = "8 MiB"  # default
    backups.storage.backups.s3.max_concurrency = 4  # default
    backups.storage.backups.s3.allow_http = false  # default
    backups.storage.checks.provider = "s3"  # prose.toml:3
    backups.storage.checks.s3.bucket_name = "b"  # prose.toml:4
    backups.storage.checks.s3.prefix = ""  # default
    backups.storage.checks.s3.region = "r"  # prose.toml:5
    backups.storage.checks.s3.force_path_style = false  # default
    backups.storage.checks.s3.access_key = "id"  # prose.toml:6
    backups.storage.checks.s3.secret_key = "[redacted]"  # PROSE_BACKUPS__S3__SECRET_KEY
    backups.storage.checks.s3.object_lock_legal_hold_status = "off"  # default
    backups.storage.checks.s3.checksum_mode = "when_required"  # default
    backups.storage.checks.s3.part_size = "8 MiB"  # default
    backups.storage.checks.s3.max_concurrency = 4  # default
    backups.storage.checks.s3.allow_http = false  # default
    backups.compression.algorithm = "zstd"  # default
    backups.compression.zstd.compression_level = 3  # default
    backups.hashing.algorithm = "BLAKE3"  # default
    backups.signing.pgp.enabled = false  # default
    backups.signing.pgp.additional_trusted_issuers = []  # default
    backups.signing.mandatory = false  # default
    backups.signing.allow_unbound = false  # default
    backups.encryption.mode = "off"  # default
    backups.encryption.pgp.additional_recipients = []  # default
    backups.encryption.pgp.additional_decryption_keys = []  # default
    backups.encryption.mandatory = false  # default
    backups.pgp.passphrases.0123456789ABCDEF0123456789ABCDEF01234567 = "[redacted]"  # prose.toml:8
    backups.download.url_max_ttl = "PT1H"  # prose.toml:10
    backups.volumes.data = "/srv/\"data\""  # PROSE_BACKUPS__VOLUMES__DATA
    backups.restore.max_stored_bytes = "16 TiB"  # default
    backups.restore.max_bytes = "16 TiB"  # default
    backups.restore.max_entries = 10000000  # default
    backups.restore.max_ratio = 1000  # default
    backups.spool_dir = "/var/tmp"  # default
    backups.state_dir = "/var/lib/prose-backup"  # default
    "#);
    let shown = effective.to_json();
    assert_eq!(
        shown["backups.storage.checks.s3.secret_key"],
        serde_json::json!({ "value": "[redacted]", "origin": "PROSE_BACKUPS__S3__SECRET_KEY" })
    );
    assert_eq!(
        shown["backups.storage.checks.s3.part_size"]["origin"],
        "default"
    );
}

#[test]
fn the_effective_configuration_is_a_configuration() {
    let effective = load(S3_STORE, &[]).effective.to_string();
    let again = load(&effective, &[]).effective.to_json();
    for (key, entry) in again.as_object().unwrap() {
        assert_eq!(
            entry["value"],
            load(S3_STORE, &[]).effective.to_json()[key]["value"],
            "{key}"
        );
    }
}

#[test]
fn secrets_come_from_files_without_one_line_break() {
    let dir = tempfile::tempdir().unwrap();
    for (content, secret) in [
        ("abc", "abc"),
        ("abc\n", "abc"),
        ("abc\r\n", "abc"),
        ("abc\n\n", "abc\n"),
        (" abc ", " abc "),
        ("0123456", "0123456"),
    ] {
        let text = with_file(dir.path(), content.as_bytes());
        assert_eq!(secret_of(&text).as_deref(), Some(secret), "{content:?}");
    }
}

#[test]
fn a_passphrase_comes_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("passphrase");
    fs::write(&path, "correct horse\n").unwrap();
    let text = format!(
        "[backups.signing.pgp.passphrase_files]\n{FINGERPRINT} = '{}'",
        path.display()
    );
    let config = load(&text, &[]).config;
    assert_eq!(
        config.passphrases[FINGERPRINT].expose_secret(),
        "correct horse"
    );

    let variable = format!("PROSE_BACKUPS__PGP__PASSPHRASES__{FINGERPRINT}");
    let config = load(&text, &[(&variable, "other")]).config;
    assert_eq!(config.passphrases[FINGERPRINT].expose_secret(), "other");
}

#[test]
fn a_secret_wins_over_the_file_of_a_weaker_source_and_the_other_way_round() {
    let dir = tempfile::tempdir().unwrap();
    let text = with_file(dir.path(), b"of-file");
    let config = load(&text, &[("PROSE_BACKUPS__S3__SECRET_KEY", "of-variable")]).config;
    let secret = |config| {
        s3(backups(config))
            .secret_key
            .as_ref()
            .unwrap()
            .expose_secret()
            .to_owned()
    };
    assert_eq!(secret(&config), "of-variable");

    let path = dir.path().join("key").display().to_string();
    let text =
        format!("{S3_STORE}s3.secret_key = 'inherited'\nbackups.s3.secret_key_file = '{path}'");
    assert_eq!(secret_of(&text).as_deref(), Some("of-file"));
    let text = format!("{S3_STORE}s3.secret_key = 'of-toml'");
    let config = load(&text, &[("PROSE_BACKUPS__S3__SECRET_KEY_FILE", &path)]).config;
    assert_eq!(secret(&config), "of-file");
}

#[test]
fn files_that_hold_no_secret_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let message = |content: &[u8]| {
        let text = with_file(dir.path(), content);
        refusal(&text).replace(&dir.path().display().to_string(), "DIR")
    };
    insta::assert_snapshot!(message(b""), @"prose.toml:6: backups.storage.s3.secret_key_file: cannot use secret file DIR/key: it is empty");
    insta::assert_snapshot!(message(b"\n"), @"prose.toml:6: backups.storage.s3.secret_key_file: cannot use secret file DIR/key: it is empty");
    insta::assert_snapshot!(message(b"hunter2\xff"), @"prose.toml:6: backups.storage.s3.secret_key_file: cannot use secret file DIR/key: not UTF-8 text");
    insta::assert_snapshot!(message(&vec![b'x'; 65537]), @"prose.toml:6: backups.storage.s3.secret_key_file: cannot use secret file DIR/key: larger than 64 KiB");
    insta::assert_snapshot!(
        refusal(&format!("{S3_STORE}s3.secret_key_file = '/nonexistent/key'")),
        @"prose.toml:6: backups.storage.s3.secret_key_file: cannot use secret file /nonexistent/key: No such file or directory (os error 2)"
    );
}
