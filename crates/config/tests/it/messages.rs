//! Every other message that an operator can meet: file, line, key, what is wrong, what to do.

use super::{S3_STORE, refusal};

fn in_s3(key: &str) -> String {
    refusal(&format!("{S3_STORE}{key}"))
}

#[test]
fn unknown_keys() {
    insta::assert_snapshot!(
        refusal("[backups]\nsigning.mandatroy = false"),
        @"prose.toml:2: backups.signing.mandatroy: unknown key; did you mean backups.signing.mandatory?"
    );
    insta::assert_snapshot!(
        refusal("[backups.sining.pgp]\nenabled = true"),
        @"prose.toml:1: backups.sining: unknown key; did you mean backups.signing?"
    );
    insta::assert_snapshot!(
        refusal("[backups.s3]\nbucket = \"b\""),
        @"prose.toml:2: backups.s3.bucket: unknown key; did you mean backups.s3.bucket_name?"
    );
    insta::assert_snapshot!(
        refusal("[backups.signing]\ntsk = \"/a\""),
        @"prose.toml:2: backups.signing.tsk: unknown key; did you mean backups.signing.pgp.tsk?"
    );
    insta::assert_snapshot!(
        refusal("[backups]\nbucket_name = \"b\""),
        @"prose.toml:2: backups.bucket_name: unknown key; did you mean backups.s3.bucket_name?"
    );
    insta::assert_snapshot!(
        refusal("[backups]\nstorage.previous.provider = \"fs\""),
        @"prose.toml:2: backups.storage.previous: unknown key; did you mean backups.storage.checks.previous?"
    );
    insta::assert_snapshot!(
        refusal("[backups.storage.checks.s3]\nsecret_access_key = \"hunter2\""),
        @"prose.toml:2: backups.storage.checks.s3.secret_access_key: unknown key; did you mean backups.storage.checks.s3.secret_key?"
    );
    insta::assert_snapshot!(
        refusal("[backups.encryption.pgp]\nrecipients = []"),
        @"prose.toml:2: backups.encryption.pgp.recipients: unknown key; did you mean backups.encryption.pgp.additional_recipients?"
    );
    insta::assert_snapshot!(
        refusal("[backups.encryption.pgp]\nenabled = true"),
        @"prose.toml:2: backups.encryption.pgp.enabled: unknown key; did you mean backups.encryption.mode?"
    );
    insta::assert_snapshot!(
        refusal("[backups.hashing]\n\"some thing\" = true"),
        @r#"prose.toml:2: backups.hashing."some thing": unknown key; backups.hashing takes algorithm"#
    );
    insta::assert_snapshot!(
        refusal("[backups]\nschedule = \"daily\""),
        @"prose.toml:2: backups.schedule: unknown key; backups takes storage, compression, hashing, signing, encryption, pgp, download, volumes, restore, spool_dir, state_dir, s3, fs"
    );
    insta::assert_snapshot!(
        refusal("[backups.pgp.passphrase]\nabc = \"p\""),
        @"prose.toml:1: backups.pgp.passphrase: unknown key; did you mean backups.pgp.passphrases?"
    );
}

#[test]
fn wrong_types() {
    insta::assert_snapshot!(refusal("backups = 5"), @"prose.toml:1: backups: expected a table, found a number");
    insta::assert_snapshot!(
        refusal("[[backups]]\nspool_dir = \"/a\""),
        @"prose.toml:1: backups: expected a table, found an array"
    );
    insta::assert_snapshot!(
        refusal("[backups]\nsigning = true"),
        @"prose.toml:2: backups.signing: expected a table, found a boolean"
    );
    insta::assert_snapshot!(
        refusal("[backups.spool_dir]\nx = 1"),
        @"prose.toml:1: backups.spool_dir: expected an absolute path, found a table"
    );
    insta::assert_snapshot!(
        refusal("[backups]\nsigning.mandatory = \"true\""),
        @"prose.toml:2: backups.signing.mandatory: expected true or false, found a string"
    );
    insta::assert_snapshot!(
        refusal("[backups]\ncompression.zstd.compression_level = \"9\""),
        @"prose.toml:2: backups.compression.zstd.compression_level: expected a whole number from -2147483648 to 2147483647, found a string"
    );
    insta::assert_snapshot!(
        refusal("[backups]\nencryption.pgp.additional_recipients = \"/a\""),
        @"prose.toml:2: backups.encryption.pgp.additional_recipients: expected an array of paths, found a string"
    );
    insta::assert_snapshot!(
        refusal("[backups]\nencryption.pgp.additional_recipients = [\"/a\", 1.5]"),
        @"prose.toml:2: backups.encryption.pgp.additional_recipients: expected an absolute path, found a floating-point number"
    );
    insta::assert_snapshot!(
        refusal("[backups]\ndownload.url_max_ttl = 07:30:00"),
        @r#"prose.toml:2: backups.download.url_max_ttl: expected an ISO 8601 duration such as "PT5M" or "P1D", found a date or time"#
    );
}

#[test]
fn words_that_are_none() {
    insta::assert_snapshot!(
        refusal("[backups]\nstorage.provider = \"S4\""),
        @r#"prose.toml:2: backups.storage.provider: expected "s3" or "fs", found "S4"; did you mean "s3"?"#
    );
    insta::assert_snapshot!(
        refusal("[backups]\nhashing.algorithm = \"MD5\""),
        @r#"prose.toml:2: backups.hashing.algorithm: expected "BLAKE3" or "SHA-256", found "MD5""#
    );
    insta::assert_snapshot!(
        refusal("[backups]\ncompression.algorithm = \"ztd\""),
        @r#"prose.toml:2: backups.compression.algorithm: expected "zstd" or "off", found "ztd"; did you mean "zstd"?"#
    );
    insta::assert_snapshot!(
        refusal("[backups]\nencryption.mode = \"gpg\""),
        @r#"prose.toml:2: backups.encryption.mode: expected "pgp" or "off", found "gpg""#
    );
}

#[test]
fn numbers_out_of_bounds() {
    insta::assert_snapshot!(
        refusal("[backups]\ncompression.zstd.compression_level = 2147483648"),
        @"prose.toml:2: backups.compression.zstd.compression_level: expected a whole number from -2147483648 to 2147483647"
    );
    insta::assert_snapshot!(
        refusal("[backups.restore]\nmax_entries = 0\nmax_bytes = 0\nmax_stored_bytes = '1 XB'\nmax_ratio = -1"),
        @r#"
    prose.toml:2: backups.restore.max_entries: expected a whole number of at least 1
    prose.toml:3: backups.restore.max_bytes: it must not be zero
    prose.toml:4: backups.restore.max_stored_bytes: expected a number of bytes, or text like "16 GiB", found "1 XB"
    prose.toml:5: backups.restore.max_ratio: expected a whole number of at least 1
    "#
    );
    insta::assert_snapshot!(
        refusal("[backups.restore]\nmax_bytes = '9999999999 TiB'\nmax_stored_bytes = '9 EiB'"),
        @r#"
    prose.toml:2: backups.restore.max_bytes: expected a number of bytes, or text like "16 GiB", found "9999999999 TiB"
    prose.toml:3: backups.restore.max_stored_bytes: expected a number of bytes, or text like "16 GiB", found "9 EiB"
    "#
    );
    insta::assert_snapshot!(
        in_s3("s3.part_size = '4 MiB'\ns3.max_concurrency = 65"),
        @"
    prose.toml:6: backups.storage.s3.part_size: it must be from 5 MiB to 5 GiB
    prose.toml:7: backups.storage.s3.max_concurrency: expected a whole number from 1 to 64
    "
    );
}

#[test]
fn modes() {
    insta::assert_snapshot!(
        refusal("[backups.fs]\nmode = 600"),
        @r#"prose.toml:2: backups.fs.mode: expected permission bits in octal, such as "0600" or 0o600"#
    );
    insta::assert_snapshot!(
        refusal("[backups.fs]\nmode = '0o1777'"),
        @"prose.toml:2: backups.fs.mode: it must be at most 0777"
    );
    insta::assert_snapshot!(
        refusal("[backups.fs]\nmode = '0'"),
        @"prose.toml:2: backups.fs.mode: it must let the owner read (0400), or no backup could be restored"
    );
    insta::assert_snapshot!(
        refusal("[backups.fs]\nmode = '+600'"),
        @r#"prose.toml:2: backups.fs.mode: expected permission bits in octal, such as "0600" or 0o600"#
    );
}

#[test]
fn stores() {
    insta::assert_snapshot!(
        refusal("[backups.storage]\nprovider = 's3'\ns3.region = 'r'"),
        @"prose.toml:2: backups.storage.provider: the provider s3 needs backups.storage.s3.bucket_name"
    );
    insta::assert_snapshot!(
        refusal("[backups.storage]\nprovider = 'fs'"),
        @"prose.toml:2: backups.storage.provider: the provider fs needs backups.storage.fs.directory"
    );
    insta::assert_snapshot!(
        refusal("[backups.storage]\nprovider = 's3'\ns3.bucket_name = 'b'"),
        @"prose.toml:2: backups.storage.provider: AWS needs backups.storage.s3.region; any other service needs endpoint_url"
    );
    insta::assert_snapshot!(
        refusal("[backups.s3]\nbucket_name = ''\nregion = ''\naccess_key = \"a\\nb\"\nsecret_key = ''"),
        @"
    prose.toml:2: backups.s3.bucket_name: it must not be empty
    prose.toml:3: backups.s3.region: it must not be empty
    prose.toml:4: backups.s3.access_key: it must hold no control character or line break
    prose.toml:5: backups.s3.secret_key: it must not be empty
    "
    );
    insta::assert_snapshot!(
        refusal("[backups.s3]\nbucket_name = 'a/b'"),
        @r#"prose.toml:2: backups.s3.bucket_name: a bucket's name holds no '/' and no space, found "a/b"; what comes before the object names goes into prefix"#
    );
    insta::assert_snapshot!(
        in_s3("s3.object_lock_duration = 'P30D'"),
        @r#"prose.toml:6: backups.storage.s3.object_lock_duration: a lock needs object_lock_mode: "compliance" or "governance""#
    );
}

#[test]
fn endpoints() {
    let endpoint = |url| refusal(&format!("[backups.s3]\nendpoint_url = '{url}'"));
    insta::assert_snapshot!(
        endpoint("s3.example.org"),
        @r#"prose.toml:2: backups.s3.endpoint_url: expected an address such as "https://s3.example.org""#
    );
    insta::assert_snapshot!(
        endpoint("ftp://s3.example.org"),
        @"prose.toml:2: backups.s3.endpoint_url: the address must begin with https:// or http://"
    );
    insta::assert_snapshot!(
        endpoint("https://user:hunter2@s3.example.org"),
        @"prose.toml:2: backups.s3.endpoint_url: the address must hold no user name or password; see access_key and secret_key"
    );
    insta::assert_snapshot!(
        endpoint("https://s3.example.org?x=1"),
        @"prose.toml:2: backups.s3.endpoint_url: the address must hold no query, fragment or space"
    );
    insta::assert_snapshot!(
        endpoint("https://:443/"),
        @"prose.toml:2: backups.s3.endpoint_url: the address names no host"
    );
    insta::assert_snapshot!(
        endpoint("https://s3.example.org:70000"),
        @"prose.toml:2: backups.s3.endpoint_url: the address has a port that is not from 1 to 65535"
    );
    insta::assert_snapshot!(
        in_s3("s3.endpoint_url = 'http://storage.example:9000'"),
        @"prose.toml:6: backups.storage.s3.endpoint_url: http:// to storage.example would not be protected on its way; use https://, or set s3.allow_http = true"
    );
}

#[test]
fn keys_and_what_they_need() {
    insta::assert_snapshot!(
        refusal("[backups.signing]\npgp.enabled = true"),
        @"prose.toml:2: backups.signing.pgp.enabled: signing needs the file of a secret key in backups.signing.pgp.tsk"
    );
    insta::assert_snapshot!(
        refusal("[backups.encryption]\nmode = 'pgp'"),
        @"prose.toml:2: backups.encryption.mode: encryption needs the file of a secret key in backups.encryption.pgp.tsk"
    );
    insta::assert_snapshot!(
        refusal("[backups.signing]\nmandatory = true"),
        @"prose.toml:2: backups.signing.mandatory: no signature could ever be trusted: give backups.signing.pgp.tsk or backups.signing.pgp.additional_trusted_issuers"
    );
}

#[test]
fn paths() {
    insta::assert_snapshot!(
        refusal("[backups]\nspool_dir = 'tmp'\npgp.tsk = '~/key.pgp'\nfs.directory = ''\nvolumes.x = '.'\ns3.ca_bundle = \"/a\\u0000\""),
        @"
    prose.toml:2: backups.spool_dir: the path must be absolute
    prose.toml:3: backups.pgp.tsk: the path must be absolute
    prose.toml:4: backups.fs.directory: the path must be absolute
    prose.toml:5: backups.volumes.x: the path must be absolute
    prose.toml:6: backups.s3.ca_bundle: a path cannot hold a NUL character
    "
    );
}

#[test]
fn volumes() {
    insta::assert_snapshot!(
        refusal("[backups.volumes]\nWeb = '/srv/web'"),
        @r#"prose.toml:2: backups.volumes.Web: "Web" is not a volume name: it must begin with a-z or 0-9"#
    );
    insta::assert_snapshot!(
        refusal("[backups.volumes]\na = '/srv/web'\nb = '/srv/web/'"),
        @"prose.toml:3: backups.volumes.b: the same path as volume a"
    );
    insta::assert_snapshot!(
        refusal("[backups.volumes]\na = '/var/lib'"),
        @"prose.toml:2: backups.volumes.a: backups.state_dir (/var/lib/prose-backup) must be outside every volume, and is inside a"
    );
    insta::assert_snapshot!(
        refusal("[backups]\nstate_dir = '/etc/prose/state'"),
        @"prose.toml:2: backups.state_dir: backups.state_dir (/etc/prose/state) must be outside every volume, and is inside prose-config"
    );
}

#[test]
fn fingerprints() {
    insta::assert_snapshot!(
        refusal("[backups.pgp.passphrases]\n01234567 = 'p'\n'hunter2' = '0123456789ABCDEF0123456789ABCDEF01234567'"),
        @"
    prose.toml:2: backups.pgp.passphrases.…: the name must be a fingerprint: 40 or 64 hexadecimal digits, with or without spaces
    prose.toml:3: backups.pgp.passphrases.…: the name must be a fingerprint: 40 or 64 hexadecimal digits, with or without spaces
    "
    );
    insta::assert_snapshot!(
        super::refusal_with("", &[("PROSE_BACKUPS__PGP__PASSPHRASES__01234567", "p")]),
        @"PROSE_BACKUPS__PGP__PASSPHRASES__…: the name must be a fingerprint: 40 or 64 hexadecimal digits, with or without spaces"
    );
}

#[test]
fn several_problems_are_told_at_once_in_the_order_of_the_file() {
    insta::assert_snapshot!(
        super::refusal_with(
            "[backups]\nspool_dir = 1\nstate_dir = 2\nhashing.algorithm = 'MD4'",
            &[("PROSE_BACKUPS__X", "1")],
        ),
        @r#"
    prose.toml:2: backups.spool_dir: expected an absolute path, found a number
    prose.toml:3: backups.state_dir: expected an absolute path, found a number
    prose.toml:4: backups.hashing.algorithm: expected "BLAKE3" or "SHA-256", found "MD4"
    PROSE_BACKUPS__X: unknown variable; PROSE_BACKUPS__… goes on with STORAGE, COMPRESSION, HASHING, SIGNING, ENCRYPTION, PGP, DOWNLOAD, VOLUMES, RESTORE, SPOOL_DIR, STATE_DIR, S3, FS
    "#
    );
    insta::assert_snapshot!(
        refusal("[backups]\nsigning.pgp.enabled = true\nencryption.mode = 'pgp'\nstorage.provider = 'fs'"),
        @"
    prose.toml:2: backups.signing.pgp.enabled: signing needs the file of a secret key in backups.signing.pgp.tsk
    prose.toml:3: backups.encryption.mode: encryption needs the file of a secret key in backups.encryption.pgp.tsk
    prose.toml:4: backups.storage.provider: the provider fs needs backups.storage.fs.directory
    "
    );
}
