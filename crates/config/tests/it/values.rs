//! What values mean.

use std::path::Path;
use std::time::Duration;

use prose_backup_config::{ChecksumMode, Config, Store};
use prose_backup_naming::DigestAlgorithm;

use super::{S3_STORE, backups, config, fs, refusal, s3};

fn with_s3(key: &str) -> Config {
    config(&format!("{S3_STORE}{key}"))
}

#[test]
fn the_defaults() {
    let config = config("");
    let volumes: Vec<_> = config
        .volumes
        .iter()
        .map(|(name, path)| (name.as_str(), path.to_str().unwrap()))
        .collect();
    assert_eq!(
        volumes,
        [
            ("prosody-data", "/var/lib/prosody"),
            ("prosody-config", "/etc/prosody"),
            ("prose-config", "/etc/prose"),
            ("prose-pod-server-data", "/var/lib/prose-pod-server"),
            ("prose-pod-api-data", "/var/lib/prose-pod-api"),
        ]
    );
    assert_eq!(config.restore.max_entries, 10_000_000);
    assert_eq!(config.restore.max_bytes, 16 << 40);
    assert_eq!(config.restore.max_stored_bytes, 16 << 40);
    assert_eq!(config.restore.max_ratio, 1000);
    assert_eq!(config.spool_dir, Path::new("/var/tmp"));
    assert_eq!(config.state_dir, Path::new("/var/lib/prose-backup"));
    assert!(config.passphrases.is_empty());
}

#[test]
fn the_defaults_of_a_store_on_s3() {
    let config = with_s3("");
    let s3 = s3(backups(&config));
    assert_eq!(s3.endpoint_url, None);
    assert_eq!(s3.checksum_mode, ChecksumMode::WhenRequired);
    assert_eq!(s3.part_size, 8 << 20);
    assert_eq!(s3.max_concurrency.get(), 4);
    assert!(!s3.allow_http);
    assert!(!s3.object_lock.legal_hold);
    assert!(s3.object_lock.retention.is_none());
}

#[test]
fn volumes_replace_the_default_ones_and_keep_the_order_of_the_file() {
    let config =
        config("[backups.volumes]\nweb = \"/srv/web\"\ndata = \"/srv/data\"\n\"a.b\" = \"/c\"");
    let names: Vec<_> = config
        .volumes
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["web", "data", "a.b"]);
}

#[test]
fn sizes_are_numbers_or_have_a_unit() {
    for (text, bytes) in [
        ("5242880", 5 << 20),
        ("'5242880'", 5 << 20),
        ("'5242880 B'", 5 << 20),
        ("'5120KiB'", 5 << 20),
        ("'5 mib'", 5 << 20),
        ("'1 GiB'", 1 << 30),
        ("'6000 kB'", 6_000_000),
        ("'6 MB'", 6_000_000),
        ("'1 GB'", 1_000_000_000),
        ("'5 GiB'", 5 << 30),
    ] {
        let config = with_s3(&format!("s3.part_size = {text}"));
        assert_eq!(s3(backups(&config)).part_size, bytes, "{text}");
    }
}

#[test]
fn modes_are_octal() {
    for text in ["'0600'", "'600'", "'0o600'", "0o600"] {
        let config = config(&format!(
            "[backups]\nstorage.provider = \"fs\"\nfs.directory = \"/b\"\nfs.mode = {text}"
        ));
        assert_eq!(fs(backups(&config)).mode, 0o600, "{text}");
    }
}

#[test]
fn words_are_read_in_any_case() {
    for word in ["BLAKE3", "blake3"] {
        let text = format!("[backups]\nhashing.algorithm = '{word}'");
        assert_eq!(config(&text).hashing, DigestAlgorithm::Blake3);
    }
    for word in ["SHA-256", "sha-256", "SHA256", "sha256"] {
        let text = format!("[backups]\nhashing.algorithm = '{word}'");
        assert_eq!(config(&text).hashing, DigestAlgorithm::Sha256);
    }
}

#[test]
fn durations_are_iso_8601() {
    for (text, seconds) in [
        ("PT1S", 1),
        ("PT5M", 300),
        ("pt1h30m", 5400),
        ("P1D", 86_400),
        ("P1W", 604_800),
        ("P1DT12H", 129_600),
    ] {
        let text = format!("[backups]\ndownload.url_max_ttl = '{text}'");
        assert_eq!(
            config(&text).download.url_max_ttl,
            Duration::from_secs(seconds)
        );
    }
}

#[test]
fn a_url_may_live_for_seven_days_on_s3_and_longer_elsewhere() {
    with_s3("[backups.download]\nurl_max_ttl = 'P7D'");
    config(
        "[backups]\ndownload.url_max_ttl = 'P30D'\nstorage.provider = 'fs'\nfs.directory = '/b'",
    );
}

#[test]
fn plain_http_is_for_this_machine_or_on_demand() {
    for host in [
        "localhost",
        "LOCALHOST:9000",
        "s3.localhost",
        "127.0.0.1:80",
        "127.8.8.8",
        "[::1]:9000",
    ] {
        with_s3(&format!("s3.endpoint_url = 'http://{host}'"));
    }
    with_s3("s3.endpoint_url = 'http://storage.example'\ns3.allow_http = true");
}

#[test]
fn the_region_is_needed_by_aws_alone() {
    let config = config(
        "[backups.storage]\nprovider = 's3'\ns3.bucket_name = 'b'\ns3.endpoint_url = 'https://e.example'",
    );
    assert_eq!(s3(backups(&config)).region, "us-east-1");
}

#[test]
fn signing_may_be_mandatory_on_a_host_that_only_verifies() {
    let signing = config(
        "[backups.signing]\nmandatory = true\npgp.additional_trusted_issuers = ['/keys/pod.pub']",
    )
    .signing;
    assert!(signing.mandatory);
    assert!(!signing.enabled);
}

#[test]
fn a_lock_may_be_a_legal_hold_alone() {
    let config = with_s3("s3.object_lock_legal_hold_status = 'on'");
    let Store::S3(s3) = backups(&config) else {
        panic!("not S3");
    };
    assert!(s3.object_lock.legal_hold);
    assert!(s3.object_lock.retention.is_none());
}

#[test]
fn ttl_over_seven_days_is_a_configuration_error() {
    insta::assert_snapshot!(
        refusal(&format!("{S3_STORE}[backups.download]\nurl_max_ttl = 'P30D'")),
        @"prose.toml:7: backups.download.url_max_ttl: S3 signs no URL for longer than seven days (P7D)"
    );
}

#[test]
fn a_bad_duration_is_an_error() {
    let ttl = |text| refusal(&format!("[backups.download]\nurl_max_ttl = {text}"));
    insta::assert_snapshot!(
        ttl("'2w'"),
        @r#"prose.toml:2: backups.download.url_max_ttl: expected an ISO 8601 duration such as "PT5M" or "P1D", found "2w""#
    );
    insta::assert_snapshot!(
        ttl("'PT-5M'"),
        @r#"prose.toml:2: backups.download.url_max_ttl: expected an ISO 8601 duration such as "PT5M" or "P1D", found "PT-5M""#
    );
    insta::assert_snapshot!(
        ttl("'-PT5M'"),
        @r#"prose.toml:2: backups.download.url_max_ttl: expected an ISO 8601 duration such as "PT5M" or "P1D", found "-PT5M""#
    );
    insta::assert_snapshot!(
        ttl("'P1M'"),
        @r#"prose.toml:2: backups.download.url_max_ttl: months and years vary in length; give days or less, found "P1M""#
    );
    insta::assert_snapshot!(
        ttl("'PT0S'"),
        @r#"prose.toml:2: backups.download.url_max_ttl: it must be whole seconds and at least one, found "PT0S""#
    );
    insta::assert_snapshot!(
        ttl("300"),
        @r#"prose.toml:2: backups.download.url_max_ttl: expected an ISO 8601 duration such as "PT5M" or "P1D", found a number"#
    );
    insta::assert_snapshot!(
        refusal(&format!("{S3_STORE}s3.object_lock_duration = 'P-1D'")),
        @r#"prose.toml:6: backups.storage.s3.object_lock_duration: expected an ISO 8601 duration such as "P30D" or "P1Y", more than zero, found "P-1D""#
    );
}
