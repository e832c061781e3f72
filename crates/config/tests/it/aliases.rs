//! Short spellings.

use std::path::Path;

use prose_backup_naming::{Compression, Encryption};

use super::{backups, config, from_variables, fs, load, refusal, refusal_with, s3};

#[test]
fn s3_and_fs_stand_for_storage_s3_and_storage_fs() {
    let config = config(
        r#"
[backups]
storage.provider = "s3"
storage.checks.provider = "fs"
s3 = { bucket_name = "b", region = "r" }
fs.directory = "/srv/checks"
"#,
    );
    assert_eq!(s3(backups(&config)).bucket_name, "b");
    assert_eq!(
        fs(super::checks(&config)).directory,
        Path::new("/srv/checks")
    );
}

#[test]
fn pgp_sets_the_key_of_signing_and_of_encryption() {
    let config = config(
        r#"
[backups]
pgp.tsk = "/keys/pod.pgp"
pgp.enabled = true
encryption.mode = "pgp"
pgp.additional_recipients = ["/keys/a.pub"]
pgp.additional_trusted_issuers = ["/keys/b.pub"]
"#,
    );
    assert!(config.signing.enabled);
    assert_eq!(
        config.signing.tsk.as_deref(),
        Some(Path::new("/keys/pod.pgp"))
    );
    assert_eq!(config.encryption.mode, Encryption::OpenPgp);
    assert_eq!(
        config.encryption.tsk.as_deref(),
        Some(Path::new("/keys/pod.pgp"))
    );
    assert_eq!(
        config.encryption.additional_recipients,
        [Path::new("/keys/a.pub")]
    );
    assert_eq!(
        config.signing.additional_trusted_issuers,
        [Path::new("/keys/b.pub")]
    );
}

#[test]
fn compression_none_is_off() {
    for word in ["off", "none", "NONE"] {
        let text = format!("[backups]\ncompression.algorithm = \"{word}\"");
        assert_eq!(config(&text).compression.algorithm, Compression::Off);
    }
}

#[test]
fn one_key_in_two_spellings_is_refused_with_both_lines() {
    insta::assert_snapshot!(
        refusal("[backups.s3]\nregion = \"a\"\n[backups.storage]\ns3.region = \"a\"\n"),
        @"prose.toml:4: backups.storage.s3.region: given twice, first on line 2 as backups.s3.region; keep one"
    );
    insta::assert_snapshot!(
        refusal("[backups]\npgp.tsk = \"/a\"\nencryption.pgp.tsk = \"/b\"\n"),
        @"prose.toml:3: backups.encryption.pgp.tsk: given twice, first on line 2 as backups.pgp.tsk; keep one"
    );
}

#[test]
fn a_secret_and_its_file_in_one_source_are_refused() {
    insta::assert_snapshot!(
        refusal("[backups.s3]\nsecret_key = \"x\"\nsecret_key_file = \"/run/key\"\n"),
        @"prose.toml:3: backups.s3.secret_key_file: given twice, first on line 2 as backups.s3.secret_key; keep one"
    );
}

#[test]
fn a_passphrase_in_two_spellings_is_refused_however_its_fingerprint_is_written() {
    insta::assert_snapshot!(
        refusal(
            "[backups.pgp.passphrases]\n\
             0123456789abcdef0123456789abcdef01234567 = \"x\"\n\
             [backups.encryption.pgp.passphrases]\n\
             \"0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567\" = \"y\"\n"
        ),
        @r#"prose.toml:4: backups.encryption.pgp.passphrases."0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567": given twice, first on line 2 as backups.pgp.passphrases.0123456789abcdef0123456789abcdef01234567; keep one"#
    );
}

#[test]
fn two_variables_for_one_key_may_agree_and_must_not_differ() {
    let twice = |second| {
        [
            ("PROSE_BACKUPS__S3__ACCESS_KEY", "A"),
            ("PROSE_BACKUPS__STORAGE__S3__ACCESS_KEY", second),
            ("PROSE_BACKUPS__STORAGE__PROVIDER", "s3"),
            ("PROSE_BACKUPS__S3__REGION", "r"),
            ("PROSE_BACKUPS__S3__BUCKET_NAME", "b"),
        ]
    };
    let config = from_variables(&twice("A"));
    assert_eq!(s3(backups(&config)).access_key.as_deref(), Some("A"));
    insta::assert_snapshot!(
        refusal_with("", &twice("B")),
        @"PROSE_BACKUPS__STORAGE__S3__ACCESS_KEY: given twice with different values, also as PROSE_BACKUPS__S3__ACCESS_KEY; keep one"
    );
}

#[test]
fn an_alias_in_a_variable_wins_over_the_full_key_in_the_file() {
    let config = load(
        "[backups]\nsigning.pgp.tsk = \"/file/a\"\nencryption.pgp.tsk = \"/file/b\"\n",
        &[("PROSE_BACKUPS__PGP__TSK", "/variable")],
    )
    .config;
    assert_eq!(config.signing.tsk.as_deref(), Some(Path::new("/variable")));
    assert_eq!(
        config.encryption.tsk.as_deref(),
        Some(Path::new("/variable"))
    );
}
