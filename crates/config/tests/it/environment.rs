//! Variables: they are strings, read as their key demands, and they win.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use prose_backup_config::{Sources, owns_variable, resolve};
use secrecy::ExposeSecret;

use super::{S3_STORE, backups, config, from_variables, fs, load, refusal_with, s3, try_load};

const FINGERPRINT: &str = "0123456789ABCDEF0123456789ABCDEF01234567";

#[test]
fn variables_win_over_the_file() {
    let config = load(
        "[backups]\nsigning.allow_unbound = true\nspool_dir = \"/a\"\nstate_dir = \"/b\"",
        &[("PROSE_BACKUPS__SPOOL_DIR", "/c")],
    )
    .config;
    assert_eq!(config.spool_dir, Path::new("/c"));
    assert_eq!(config.state_dir, Path::new("/b"));
    assert!(config.signing.allow_unbound);
}

#[test]
fn names_are_read_in_any_case() {
    let config = from_variables(&[("Prose_Backups__Spool_Dir", "/c")]);
    assert_eq!(config.spool_dir, Path::new("/c"));
}

#[test]
fn variables_of_others_are_ignored() {
    for name in [
        "PROSE_SERVER__X",
        "PROSE_BACKUPS",
        "PROSE_BACKUPS_X",
        "BACKUPS__X",
        "",
    ] {
        from_variables(&[(name, "x")]);
        assert!(!owns_variable(name.as_ref()), "{name}");
    }
    assert!(owns_variable("prose_BACKUPS__x".as_ref()));
}

#[test]
fn a_numeric_looking_secret_survives() {
    for secret in ["0123456", "1e5", "true", "[1]", "\"quoted\"", " spaced "] {
        let config = load(S3_STORE, &[("PROSE_BACKUPS__S3__SECRET_KEY", secret)]).config;
        let read = s3(backups(&config)).secret_key.as_ref();
        assert_eq!(read.map(ExposeSecret::expose_secret), Some(secret));
    }
}

#[test]
fn values_are_read_as_their_key_demands() {
    let config = load(
        S3_STORE,
        &[
            ("PROSE_BACKUPS__S3__FORCE_PATH_STYLE", "TRUE"),
            ("PROSE_BACKUPS__S3__MAX_CONCURRENCY", "7"),
            ("PROSE_BACKUPS__S3__PART_SIZE", "16 MiB"),
            ("PROSE_BACKUPS__S3__PREFIX", ""),
            ("PROSE_BACKUPS__COMPRESSION__ZSTD__COMPRESSION_LEVEL", "-5"),
            ("PROSE_BACKUPS__FS__MODE", "640"),
        ],
    )
    .config;
    let store = s3(backups(&config));
    assert!(store.force_path_style);
    assert_eq!(store.max_concurrency.get(), 7);
    assert_eq!(store.part_size, 16 << 20);
    assert_eq!(config.compression.level, -5);
}

#[test]
fn lists_are_separated_by_commas_or_written_as_in_toml() {
    let list = |value| {
        let name = "PROSE_BACKUPS__ENCRYPTION__PGP__ADDITIONAL_RECIPIENTS";
        from_variables(&[(name, value)])
            .encryption
            .additional_recipients
    };
    assert_eq!(list(""), [] as [PathBuf; 0]);
    assert_eq!(list("/a"), [Path::new("/a")]);
    assert_eq!(list("/a, /b"), [Path::new("/a"), Path::new("/b")]);
    assert_eq!(
        list(r#"["/a,b", '/c']"#),
        [Path::new("/a,b"), Path::new("/c")]
    );
}

#[test]
fn a_store_and_volumes_from_variables_alone() {
    let config = from_variables(&[
        ("PROSE_BACKUPS__STORAGE__PROVIDER", "fs"),
        ("PROSE_BACKUPS__FS__DIRECTORY", "/srv/backups"),
        ("PROSE_BACKUPS__FS__MODE", "0640"),
        ("PROSE_BACKUPS__VOLUMES__WEB-DATA", "/srv/web"),
        ("PROSE_BACKUPS__VOLUMES__DATA", "/srv/data"),
    ]);
    assert_eq!(fs(backups(&config)).directory, Path::new("/srv/backups"));
    assert_eq!(fs(backups(&config)).mode, 0o640);
    let volumes: Vec<_> = config
        .volumes
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        volumes,
        ["data", "web-data"],
        "by name, for want of an order"
    );
}

#[test]
fn passphrases_in_all_spellings() {
    let spaced = "0123 4567 89ab cdef 0123  4567 89ab cdef 0123 4567";
    for name in [
        format!("PROSE_BACKUPS__PGP__PASSPHRASES__{FINGERPRINT}"),
        format!("PROSE_BACKUPS__SIGNING__PGP__PASSPHRASES__{FINGERPRINT}"),
        format!("PROSE_BACKUPS__ENCRYPTION__PGP__PASSPHRASES__{FINGERPRINT}"),
        format!(
            "prose_backups__pgp__passphrases__{}",
            FINGERPRINT.to_lowercase()
        ),
        format!("PROSE_BACKUPS__PGP__PASSPHRASES__{spaced}"),
        format!("PROSE_BACKUPS__PGP__PASSPHRASES__0x{FINGERPRINT}"),
    ] {
        let config = from_variables(&[(&name, "p")]);
        assert_eq!(config.passphrases.len(), 1, "{name}");
        assert_eq!(
            config.passphrases[FINGERPRINT].expose_secret(),
            "p",
            "{name}"
        );
    }
}

#[test]
fn passphrases_in_the_file() {
    let passphrases = config(&format!(
        "[backups]\n\
         pgp.passphrases.{FINGERPRINT} = \"a\"\n\
         signing.pgp.passphrases.\"{}\" = \"b\"\n",
        "ab ".repeat(32)
    ))
    .passphrases;
    assert_eq!(passphrases[FINGERPRINT].expose_secret(), "a");
    assert_eq!(
        passphrases[&"AB".repeat(32)].expose_secret(),
        "b",
        "version 6"
    );
}

#[test]
fn an_unknown_variable_is_refused_with_the_nearest_one() {
    insta::assert_snapshot!(
        refusal_with("", &[("PROSE_BACKUPS__S3__SECRT_KEY", "hunter2")]),
        @"PROSE_BACKUPS__S3__SECRT_KEY: unknown variable; did you mean PROSE_BACKUPS__S3__SECRET_KEY?"
    );
    insta::assert_snapshot!(
        refusal_with("", &[("PROSE_BACKUPS__PGP__PASSPHRASE__ABCD", "hunter2")]),
        @"PROSE_BACKUPS__PGP__PASSPHRASE__ABCD: unknown variable; did you mean PROSE_BACKUPS__PGP__PASSPHRASES__<NAME>?"
    );
    insta::assert_snapshot!(
        refusal_with("", &[("PROSE_BACKUPS__QUUX", "hunter2")]),
        @"PROSE_BACKUPS__QUUX: unknown variable; PROSE_BACKUPS__… goes on with STORAGE, COMPRESSION, HASHING, SIGNING, ENCRYPTION, PGP, DOWNLOAD, VOLUMES, RESTORE, SPOOL_DIR, STATE_DIR, S3, FS"
    );
}

#[test]
fn a_variable_that_names_a_table_is_refused() {
    insta::assert_snapshot!(
        refusal_with("", &[("PROSE_BACKUPS__HASHING", "BLAKE3")]),
        @"PROSE_BACKUPS__HASHING: a table, not a key; PROSE_BACKUPS__HASHING__… goes on with ALGORITHM"
    );
}

#[test]
fn values_that_cannot_be_are_refused_by_the_name_of_the_variable() {
    insta::assert_snapshot!(
        refusal_with("", &[
            ("PROSE_BACKUPS__SIGNING__MANDATORY", "yes"),
            ("PROSE_BACKUPS__RESTORE__MAX_ENTRIES", "many"),
            ("PROSE_BACKUPS__ENCRYPTION__PGP__ADDITIONAL_RECIPIENTS", "/a,,/b"),
            ("PROSE_BACKUPS__SIGNING__PGP__ADDITIONAL_TRUSTED_ISSUERS", "[/a"),
        ]),
        @r#"
    PROSE_BACKUPS__ENCRYPTION__PGP__ADDITIONAL_RECIPIENTS: the path must be absolute
    PROSE_BACKUPS__RESTORE__MAX_ENTRIES: expected a whole number of at least 1
    PROSE_BACKUPS__SIGNING__MANDATORY: expected true or false, found "yes"
    PROSE_BACKUPS__SIGNING__PGP__ADDITIONAL_TRUSTED_ISSUERS: not a valid TOML array: unclosed array, expected `]`
    "#
    );
}

#[test]
fn a_value_that_is_not_utf_8_is_refused_unseen() {
    let sources = Sources {
        file: None,
        environment: vec![(
            "PROSE_BACKUPS__S3__SECRET_KEY".into(),
            OsString::from_vec(b"hunter2\xff".to_vec()),
        )],
    };
    insta::assert_snapshot!(
        resolve(&sources).unwrap_err(),
        @"PROSE_BACKUPS__S3__SECRET_KEY: the value is not UTF-8 text"
    );
}

#[test]
fn a_name_that_is_not_utf_8_is_refused() {
    let sources = Sources {
        file: None,
        environment: vec![(
            OsString::from_vec(b"PROSE_BACKUPS__S3__\xff".to_vec()),
            "hunter2".into(),
        )],
    };
    insta::assert_snapshot!(
        resolve(&sources).unwrap_err(),
        @"PROSE_BACKUPS__S3__�: unknown variable; PROSE_BACKUPS__S3__… goes on with BUCKET_NAME, PREFIX, REGION, ENDPOINT_URL, FORCE_PATH_STYLE, ACCESS_KEY, SECRET_KEY, SECRET_KEY_FILE, SESSION_TOKEN, SESSION_TOKEN_FILE, OBJECT_LOCK_MODE, OBJECT_LOCK_DURATION, OBJECT_LOCK_LEGAL_HOLD_STATUS, CHECKSUM_MODE, PART_SIZE, MAX_CONCURRENCY, ALLOW_HTTP, CA_BUNDLE"
    );
}

#[test]
fn a_wrong_value_in_the_file_is_refused_even_where_a_variable_wins() {
    let result = try_load(
        "[backups]\nspool_dir = 5",
        &[("PROSE_BACKUPS__SPOOL_DIR", "/c")],
    );
    assert!(result.is_err());
}
