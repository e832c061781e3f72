//! Every sample of the operator's guide, and what the guide says it means.

use std::path::{Path, PathBuf};
use std::time::Duration;

use prose_backup_config::LockMode;
use prose_backup_naming::{Compression, DigestAlgorithm, Encryption};
use secrecy::ExposeSecret;

use super::{backups, checks, config, load, s3};

const GETTING_STARTED: &str = r#"
[backups.storage]
provider = "s3"
s3.bucket_name = "example-bucket1"
# Optionally, set an object prefix:
# s3.prefix = "prose/"
# Optionally, enable “Force path style”:
# s3.force_path_style = true
s3.region = "example"
s3.endpoint_url = "https://example.your-objectstorage.com"
s3.access_key = "EXAMPLEACCESSKEY1234"
# Pass the secret key via the `PROSE_BACKUPS__STORAGE__S3__SECRET_KEY`
# environment variable.
# WARN: You should really enable backup encryption!
# Find out how later in this guide.
"#;

const ENCRYPTION: &str = r#"
[backups.encryption]
mode = "pgp"
# NOTE: This file MUST contain private key material,
# as it’s used for decryption.
pgp.tsk = "/path/to/prose-backup.asc"
"#;

#[test]
fn getting_started_with_either_name_of_the_secret_variable() {
    for variable in [
        "PROSE_BACKUPS__STORAGE__S3__SECRET_KEY",
        "PROSE_BACKUPS__S3__SECRET_KEY",
    ] {
        let config = load(GETTING_STARTED, &[(variable, "s3cr3t")]).config;
        for store in [backups(&config), checks(&config)] {
            let s3 = s3(store);
            assert_eq!(s3.bucket_name, "example-bucket1");
            assert_eq!(s3.prefix, "");
            assert!(!s3.force_path_style);
            assert_eq!(s3.region, "example");
            let endpoint = s3.endpoint_url.as_deref();
            assert_eq!(endpoint, Some("https://example.your-objectstorage.com"));
            assert_eq!(s3.access_key.as_deref(), Some("EXAMPLEACCESSKEY1234"));
            let secret = s3.secret_key.as_ref().map(ExposeSecret::expose_secret);
            assert_eq!(secret, Some("s3cr3t"));
        }
    }
}

#[test]
fn getting_started_without_a_comment_has_the_usual_algorithms() {
    let config = config(GETTING_STARTED);
    assert_eq!(config.compression.algorithm, Compression::Zstd);
    assert_eq!(config.compression.level, 3);
    assert_eq!(config.hashing, DigestAlgorithm::Blake3);
    assert_eq!(config.encryption.mode, Encryption::Off);
    assert!(!config.signing.enabled);
    assert!(!config.signing.mandatory);
}

#[test]
fn getting_started_with_its_comments_in_force() {
    let text = GETTING_STARTED
        .replace("# s3.prefix", "s3.prefix")
        .replace("# s3.force", "s3.force");
    let config = config(&text);
    assert_eq!(s3(backups(&config)).prefix, "prose/");
    assert!(s3(backups(&config)).force_path_style);
}

#[test]
fn checks_in_another_bucket() {
    let config = config(
        r#"
[backups.storage]
provider = "s3"
s3.region = "example"
s3.endpoint_url = "https://example.your-objectstorage.com"
# NOTE: This can be in `[backups.storage.backups]` for clarity.
s3.bucket_name = "example-bucket1"
s3.access_key = "EXAMPLEACCESSKEY1234"

 [backups.storage.checks]
 s3.bucket_name = "example-bucket2"
 s3.access_key = "OTHEREXAMPLEACCESSKEY"
"#,
    );
    let (backups, checks) = (s3(backups(&config)), s3(checks(&config)));
    assert_eq!(backups.bucket_name, "example-bucket1");
    assert_eq!(backups.access_key.as_deref(), Some("EXAMPLEACCESSKEY1234"));
    assert_eq!(checks.bucket_name, "example-bucket2");
    assert_eq!(checks.access_key.as_deref(), Some("OTHEREXAMPLEACCESSKEY"));
    assert_eq!(checks.region, "example");
    assert_eq!(checks.endpoint_url, backups.endpoint_url);
}

#[test]
fn checks_in_another_bucket_with_the_first_in_a_table_of_its_own() {
    let config = config(
        r#"
[backups.storage]
provider = "s3"
s3.region = "example"
s3.endpoint_url = "https://example.your-objectstorage.com"

[backups.storage.backups]
s3.bucket_name = "example-bucket1"
s3.access_key = "EXAMPLEACCESSKEY1234"

[backups.storage.checks]
s3.bucket_name = "example-bucket2"
s3.access_key = "OTHEREXAMPLEACCESSKEY"
"#,
    );
    assert_eq!(s3(backups(&config)).bucket_name, "example-bucket1");
    assert_eq!(s3(checks(&config)).bucket_name, "example-bucket2");
}

#[test]
fn signing() {
    let text = r#"
[backups.signing]
pgp.enabled = true
# NOTE: This file MUST contain private key material,
# as it’s used for signature verification.
pgp.tsk = "/path/to/example.pgp"
"#;
    let signing = config(text).signing;
    assert!(signing.enabled);
    assert_eq!(
        signing.tsk.as_deref(),
        Some(Path::new("/path/to/example.pgp"))
    );
    assert!(signing.mandatory, "once enabled, unless set to false");

    let lenient = config(&format!("{text}mandatory = false\n")).signing;
    assert!(lenient.enabled);
    assert!(!lenient.mandatory);
}

#[test]
fn the_passphrase_of_a_signing_key() {
    let fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567";
    let variable = format!("PROSE_BACKUPS__PGP__PASSPHRASES__{fingerprint}");
    let config = load("", &[(&variable, "correct horse")]).config;
    let passphrase = config.passphrases[fingerprint].expose_secret();
    assert_eq!(passphrase, "correct horse");
}

#[test]
fn encryption() {
    let encryption = config(ENCRYPTION).encryption;
    assert_eq!(encryption.mode, Encryption::OpenPgp);
    assert_eq!(
        encryption.tsk.as_deref(),
        Some(Path::new("/path/to/prose-backup.asc"))
    );
    assert!(!encryption.mandatory);
}

#[test]
fn the_compression_level() {
    let compression = config(
        r#"
[backups.compression]
algorithm = "zstd"
# This value is transparently passed to the `zstd` Rust library for forward
# compatibility, meaning any negative or positive value can be used although
# `zstd` only supports `<= 22` at the moment.
# The special value `0` means `zstd`’s default (currently `3`).
# Default is `3`.
zstd.compression_level = 4
"#,
    )
    .compression;
    assert_eq!(compression.algorithm, Compression::Zstd);
    assert_eq!(compression.level, 4);
}

#[test]
fn any_compression_level_is_passed_on() {
    for level in [i32::MIN, -7, 0, 22, 23, i32::MAX] {
        let text = format!("[backups.compression]\nzstd.compression_level = {level}");
        assert_eq!(config(&text).compression.level, level);
    }
}

#[test]
fn the_hashing_algorithm() {
    for (word, algorithm) in [
        ("BLAKE3", DigestAlgorithm::Blake3),
        ("SHA-256", DigestAlgorithm::Sha256),
    ] {
        let text = format!(
            "[backups.hashing]\n\
             # The algorithm to use when computing backup checksums.\n\
             # Possible values: `\"BLAKE3\"` (default), `\"SHA-256\"`.\n\
             algorithm = \"{word}\"\n"
        );
        assert_eq!(config(&text).hashing, algorithm);
    }
}

#[test]
fn additional_recipients() {
    let text = r#"
[backups.encryption]
# NOTE: Those files SHOULD NOT contain any private key material.
pgp.additional_recipients = ["/path/to/other-system.pub.asc"]
"#;
    let expected = [PathBuf::from("/path/to/other-system.pub.asc")];
    assert_eq!(config(text).encryption.additional_recipients, expected);

    let both = text.to_owned()
        + ENCRYPTION
            .trim_start()
            .trim_start_matches("[backups.encryption]");
    let both = config(&both).encryption;
    assert_eq!(both.additional_recipients, expected);
    assert_eq!(both.mode, Encryption::OpenPgp);
}

#[test]
fn the_longest_lifetime_of_a_download_url() {
    let text = r#"
[backups.download]
# NOTE: Uses the [ISO 8601 Duration format](https://en.wikipedia.org/wiki/ISO_8601#Durations).
url_max_ttl = "PT5M"
"#;
    assert_eq!(config(text).download.url_max_ttl, Duration::from_mins(5));
    assert_eq!(config("").download.url_max_ttl, Duration::from_mins(5));
}

#[test]
fn object_lock_in_any_of_the_four_places() {
    for (place, locks_backups, locks_checks) in [
        ("[backups]\n", true, true),
        ("", true, true),
        ("[backups.storage.backups]\n", true, false),
        ("[backups.storage.checks]\n", false, true),
    ] {
        let config = config(&format!(
            "{GETTING_STARTED}
{place}s3.object_lock_mode = \"compliance\"
s3.object_lock_duration = \"P30D\"
s3.object_lock_legal_hold_status = \"on\"
"
        ));
        for (store, is_locked) in [
            (backups(&config), locks_backups),
            (checks(&config), locks_checks),
        ] {
            let lock = s3(store).object_lock;
            assert_eq!(lock.legal_hold, is_locked, "{place}");
            let retention = lock.retention.map(|r| (r.mode, r.duration.to_string()));
            let expected = is_locked.then(|| (LockMode::Compliance, "P30D".to_owned()));
            assert_eq!(retention, expected, "{place}");
        }
    }
}

#[test]
fn object_lock_values() {
    for (mode, expected) in [
        ("compliance", LockMode::Compliance),
        ("governance", LockMode::Governance),
    ] {
        for (status, is_held) in [("on", true), ("off", false)] {
            let config = config(&format!(
                "{GETTING_STARTED}
s3.object_lock_mode = \"{mode}\"
s3.object_lock_duration = \"P1Y\"
s3.object_lock_legal_hold_status = \"{status}\"
"
            ));
            let lock = s3(backups(&config)).object_lock;
            assert_eq!(lock.retention.map(|r| r.mode), Some(expected));
            assert_eq!(lock.legal_hold, is_held);
        }
    }
}

#[test]
fn rotated_keys() {
    let config = config(
        r#"
[backups.signing]
# Optional. Use if you changed the primary key instead of rotating subkeys.
# NOTE: Those SHOULD NOT contain any private key material.
pgp.additional_trusted_issuers = ["/path/to/example-old.pub.pgp"]
[backups.encryption]
# Optional. Use if you changed the primary key instead of rotating subkeys.
# NOTE: Those MUST contain private key material.
pgp.additional_decryption_keys = ["/path/to/example-old.pgp"]
"#,
    );
    let issuers = config.signing.additional_trusted_issuers;
    assert_eq!(issuers, [PathBuf::from("/path/to/example-old.pub.pgp")]);
    let keys = config.encryption.additional_decryption_keys;
    assert_eq!(keys, [PathBuf::from("/path/to/example-old.pgp")]);
}
