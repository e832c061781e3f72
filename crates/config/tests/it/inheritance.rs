//! What the stores take from `storage`.

use std::path::Path;

use prose_backup_config::{ChecksumMode, LockMode};
use secrecy::ExposeSecret;

use super::{S3_STORE, backups, checks, config, fs, load, refusal, s3};

#[test]
fn the_provider_is_inherited_and_may_differ() {
    let config = config(
        r#"
[backups.storage]
provider = "fs"
fs.directory = "/srv/backups"
fs.mode = 0o640
[backups.storage.checks]
provider = "s3"
s3 = { bucket_name = "b", region = "r" }
"#,
    );
    assert_eq!(fs(backups(&config)).directory, Path::new("/srv/backups"));
    assert_eq!(fs(backups(&config)).mode, 0o640);
    assert_eq!(s3(checks(&config)).bucket_name, "b");
}

#[test]
fn every_key_of_s3_is_inherited_one_by_one() {
    let config = config(
        r#"
[backups.storage]
provider = "s3"
s3.bucket_name = "bucket"
s3.prefix = "p/"
s3.region = "region"
s3.endpoint_url = "http://storage.example:9000/path"
s3.force_path_style = true
s3.access_key = "id"
s3.secret_key = "secret"
s3.session_token = "token"
s3.object_lock_mode = "governance"
s3.object_lock_duration = "P1Y"
s3.object_lock_legal_hold_status = "on"
s3.checksum_mode = "when_supported"
s3.part_size = "5 MiB"
s3.max_concurrency = 64
s3.allow_http = true
s3.ca_bundle = "/etc/ca.pem"
[backups.storage.checks.s3]
object_lock_duration = "P2Y"
"#,
    );
    for store in [backups(&config), checks(&config)] {
        let s3 = s3(store);
        assert_eq!(s3.bucket_name, "bucket");
        assert_eq!(s3.prefix, "p/");
        assert_eq!(s3.region, "region");
        assert_eq!(
            s3.endpoint_url.as_deref(),
            Some("http://storage.example:9000/path")
        );
        assert!(s3.force_path_style);
        assert_eq!(s3.access_key.as_deref(), Some("id"));
        assert_eq!(
            s3.secret_key.as_ref().map(ExposeSecret::expose_secret),
            Some("secret")
        );
        assert_eq!(
            s3.session_token.as_ref().map(ExposeSecret::expose_secret),
            Some("token")
        );
        assert_eq!(s3.object_lock.retention.unwrap().mode, LockMode::Governance);
        assert!(s3.object_lock.legal_hold);
        assert_eq!(s3.checksum_mode, ChecksumMode::WhenSupported);
        assert_eq!(s3.part_size, 5 << 20);
        assert_eq!(s3.max_concurrency.get(), 64);
        assert!(s3.allow_http);
        assert_eq!(s3.ca_bundle.as_deref(), Some(Path::new("/etc/ca.pem")));
    }
    let duration = |store| {
        s3(store)
            .object_lock
            .retention
            .unwrap()
            .duration
            .to_string()
    };
    assert_eq!(duration(backups(&config)), "P1Y");
    assert_eq!(duration(checks(&config)), "P2Y");
}

#[test]
fn variables_are_laid_over_the_file_before_anything_is_inherited() {
    let config = load(
        &format!("{S3_STORE}checks.s3.region = \"of-checks\""),
        &[("PROSE_BACKUPS__S3__REGION", "of-all")],
    )
    .config;
    assert_eq!(s3(backups(&config)).region, "of-all");
    assert_eq!(s3(checks(&config)).region, "of-checks");
}

#[test]
fn the_former_place_of_checks_inherits_from_storage() {
    let config = config(&format!(
        "{S3_STORE}
[backups.storage.checks]
s3.bucket_name = \"new\"
[backups.storage.checks.previous]
s3.prefix = \"old/\"
"
    ));
    assert_eq!(s3(checks(&config)).bucket_name, "new");
    let previous = config.storage.unwrap().checks_previous.unwrap();
    assert_eq!(s3(&previous).bucket_name, "b");
    assert_eq!(s3(&previous).prefix, "old/");
}

#[test]
fn an_empty_table_of_the_former_place_is_the_place_of_storage() {
    let previous = |more| {
        let storage = config(&format!("{S3_STORE}{more}")).storage.unwrap();
        storage
            .checks_previous
            .map(|store| s3(&store).bucket_name.clone())
    };
    assert_eq!(previous("checks.previous = {}"), Some("b".to_owned()));
    assert_eq!(
        previous("[backups.storage.checks.previous]"),
        Some("b".to_owned())
    );
    assert_eq!(previous("checks.s3.prefix = \"c/\""), None);
}

#[test]
fn without_a_provider_backups_are_not_configured() {
    for text in [
        "",
        "[backups]",
        "[backups]\ns3.bucket_name = \"b\"",
        "[other]\nx = 1",
    ] {
        assert!(config(text).storage.is_none(), "{text}");
    }
}

#[test]
fn a_provider_for_one_of_two_stores_is_refused() {
    insta::assert_snapshot!(
        refusal("[backups.storage.backups]\nprovider = \"fs\"\nfs.directory = \"/b\""),
        @"prose.toml:2: backups.storage.backups.provider: backups.storage.checks.provider is missing; backups.storage.provider sets both"
    );
    insta::assert_snapshot!(
        refusal("[backups.storage.checks]\nprovider = \"fs\"\nfs.directory = \"/b\""),
        @"prose.toml:2: backups.storage.checks.provider: backups.storage.backups.provider is missing; backups.storage.provider sets both"
    );
}

#[test]
fn a_problem_that_both_stores_inherit_is_told_once() {
    insta::assert_snapshot!(
        refusal(&format!("{S3_STORE}s3.object_lock_mode = \"compliance\"")),
        @r#"prose.toml:6: backups.storage.s3.object_lock_mode: a lock needs its length in object_lock_duration, such as "P30D""#
    );
}
