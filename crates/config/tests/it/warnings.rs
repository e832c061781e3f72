//! What is allowed, but probably not meant.

use super::{S3_STORE, load};

fn warnings(text: &str) -> String {
    let warnings = load(text, &[]).warnings;
    let lines: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn nothing_is_warned_about_without_a_cause() {
    assert_eq!(warnings(""), "");
    assert_eq!(warnings(S3_STORE), "");
    assert_eq!(
        warnings(
            "[backups]\npgp.tsk = '/k'\nsigning.pgp.enabled = true\ns3.access_key = 'a'\ns3.secret_key = 's'\nstorage.provider = 's3'\ns3.bucket_name = 'b'\ns3.region = 'r'"
        ),
        ""
    );
}

#[test]
fn a_store_without_a_provider() {
    insta::assert_snapshot!(warnings("[backups.s3]\nbucket_name = 'b'"), @r#"backups are not configured, although a store has keys: set backups.storage.provider to "s3" or "fs""#);
    insta::assert_snapshot!(warnings("[backups.storage.fs]\ndirectory = '/b'"), @r#"backups are not configured, although a store has keys: set backups.storage.provider to "s3" or "fs""#);
}

#[test]
fn keys_that_are_not_used() {
    insta::assert_snapshot!(warnings("[backups.signing]\npgp.tsk = '/k'"), @"backups are not signed, although there is a signing key: set backups.signing.pgp.enabled to true, or to false to silence this");
    insta::assert_snapshot!(warnings("[backups.encryption]\npgp.additional_recipients = ['/k']"), @r#"backups are not encrypted, although keys for it are given: set backups.encryption.mode to "pgp", or to "off" to silence this"#);
    assert_eq!(
        warnings("[backups.encryption]\nmode = 'off'\npgp.tsk = '/k'"),
        ""
    );
    assert_eq!(
        warnings("[backups.signing]\npgp.enabled = false\npgp.tsk = '/k'"),
        ""
    );
}

#[test]
fn credentials_that_do_not_belong_together() {
    insta::assert_snapshot!(
        warnings(&format!("{S3_STORE}s3.access_key = 'a'\nchecks.s3.access_key = 'b'\nchecks.s3.secret_key = 's'")),
        @"backups.storage.backups.s3 has an access_key and no secret_key: set PROSE_BACKUPS__STORAGE__BACKUPS__S3__SECRET_KEY"
    );
    insta::assert_snapshot!(
        warnings(&format!("{S3_STORE}s3.access_key = 'a'\ns3.secret_key = 's'\nchecks.s3.access_key = 'b'")),
        @"backups.storage.checks.s3 has an access_key of its own, but inherits the secret_key of backups.storage.s3: set PROSE_BACKUPS__STORAGE__CHECKS__S3__SECRET_KEY"
    );
}

#[test]
fn secret_keys_inside_volumes() {
    insta::assert_snapshot!(
        warnings("[backups]\npgp.tsk = '/etc/prose/key.pgp'\nencryption.mode = 'pgp'\nsigning.pgp.enabled = true"),
        @"secret key /etc/prose/key.pgp is inside volume prose-config, so that every backup holds it: move it"
    );
}

#[test]
fn volumes_that_leave_out_those_of_a_pod() {
    insta::assert_snapshot!(
        warnings("[backups.volumes]\nprosody-data = '/srv/prosody'\nuploads = '/srv/uploads'"),
        @"only the volumes under backups.volumes are backed up; of those of a Prose Pod that leaves out prosody-config, prose-config, prose-pod-server-data, prose-pod-api-data"
    );
}
