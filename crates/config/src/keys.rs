//! The table of keys: path, type, default and meaning of each.
//!
//! It drives everything: reading, the search for unknown keys, suggestions, and the JSON Schema.

use std::marker::PhantomData;
use std::path::PathBuf;

use prose_backup_naming as naming;
use schemars::Schema;
use secrecy::SecretString;
use serde_json::Value as Json;

use crate::raw::{Raw, Refusal};
use crate::value::{
    Bucket, Concurrency, Count, Endpoint, Level, Mode, PartSize, Prefix, Provider, Size, Switch,
    Text, Ttl, Value,
};
use crate::{ChecksumMode, LockDuration, LockMode};

/// One key whose value is a `T`.
pub(crate) struct Key<T> {
    /// The path below `backups`, or below a store for the keys of a store. A `*` stands for a name
    /// that the operator chooses.
    pub(crate) path: &'static str,
    /// The default as a variable would spell it; `None` where there is none, or a computed one.
    pub(crate) default: Option<&'static str>,
    /// A value, in what TOML and JSON have in common.
    pub(crate) example: &'static str,
    /// What it means, for the JSON Schema and the reference.
    pub(crate) doc: &'static str,
    value: PhantomData<fn() -> T>,
}

/// A key, whatever the type of its value.
pub(crate) trait AnyKey: Sync {
    fn path(&self) -> &'static str;
    fn doc(&self) -> &'static str;
    fn example(&self) -> &'static str;
    /// The default as `config show` prints it; null if the table above holds no valid one.
    fn default(&self) -> Option<Json>;
    fn schema(&self) -> Schema;
    /// Whether the value is what this key needs.
    fn check(&self, raw: &Raw) -> Result<(), Refusal>;
}

impl<T: Value> AnyKey for Key<T> {
    fn path(&self) -> &'static str {
        self.path
    }

    fn doc(&self) -> &'static str {
        self.doc
    }

    fn example(&self) -> &'static str {
        self.example
    }

    fn default(&self) -> Option<Json> {
        let raw = Raw::Untyped(self.default?.to_owned());
        Some(T::read(&raw).map_or(Json::Null, |value| value.show()))
    }

    fn schema(&self) -> Schema {
        T::schema()
    }

    fn check(&self, raw: &Raw) -> Result<(), Refusal> {
        T::read(raw).map(drop)
    }
}

const fn key<T>(
    path: &'static str,
    default: Option<&'static str>,
    example: &'static str,
    doc: &'static str,
) -> Key<T> {
    Key {
        path,
        default,
        example,
        doc,
        value: PhantomData,
    }
}

/// Declares keys and the list of all of them, so that none is left out.
macro_rules! keys {
    ($list:ident: $($name:ident: $type:ty = $path:literal, $default:expr, $example:literal, $doc:literal;)+) => {
        $(pub(crate) const $name: Key<$type> = key($path, $default, $example, $doc);)+

        pub(crate) static $list: &[&dyn AnyKey] = &[$(&$name),+];
    };
}

keys! { STORE_KEYS:
    PROVIDER: Provider = "provider", None, r#""s3""#,
        "Kind of store: an S3-compatible service, or a directory. Backups are configured once it is set.";
    BUCKET_NAME: Bucket = "s3.bucket_name", None, r#""example-bucket1""#,
        "Bucket. Required with the provider s3.";
    PREFIX: Prefix = "s3.prefix", Some(""), r#""prose/""#,
        "Put before every object name as it is: end it with a slash for a folder.";
    REGION: Text = "s3.region", None, r#""eu-west-1""#,
        "Region. Required without endpoint_url; with it, us-east-1 unless set, which most services accept.";
    ENDPOINT_URL: Endpoint = "s3.endpoint_url", None, r#""https://s3.example.org""#,
        "Address of the service. Without it, AWS.";
    FORCE_PATH_STYLE: bool = "s3.force_path_style", Some("false"), "true",
        "Put the bucket into the path of the address instead of its host name.";
    ACCESS_KEY: Text = "s3.access_key", None, r#""EXAMPLEACCESSKEY1234""#,
        "Id of the access key. Without it, the credentials that the machine provides.";
    SECRET_KEY: SecretString = "s3.secret_key", None, r#""0123456789abcdef""#,
        "Secret access key. Better given by a variable or by secret_key_file.";
    SECRET_KEY_FILE: PathBuf = "s3.secret_key_file", None, r#""/run/secrets/s3-secret-key""#,
        "File that holds the secret access key; one line break at its end is left out.";
    SESSION_TOKEN: SecretString = "s3.session_token", None, r#""0123456789abcdef""#,
        "Session token of temporary credentials.";
    SESSION_TOKEN_FILE: PathBuf = "s3.session_token_file", None, r#""/run/secrets/s3-session-token""#,
        "File that holds the session token; one line break at its end is left out.";
    OBJECT_LOCK_MODE: LockMode = "s3.object_lock_mode", None, r#""governance""#,
        "S3 Object Lock: who may delete an object before its retention ends. Needs object_lock_duration.";
    OBJECT_LOCK_DURATION: LockDuration = "s3.object_lock_duration", None, r#""P30D""#,
        "S3 Object Lock: how long objects are kept, as an ISO 8601 duration. Years and months follow the calendar. Needs object_lock_mode.";
    OBJECT_LOCK_LEGAL_HOLD_STATUS: Switch = "s3.object_lock_legal_hold_status", Some("off"), r#""on""#,
        "S3 Object Lock: keep objects until the hold is lifted.";
    CHECKSUM_MODE: ChecksumMode = "s3.checksum_mode", Some("when_required"), r#""when_supported""#,
        "When requests carry checksums of the S3 client. Many services other than AWS refuse them where they are not required.";
    PART_SIZE: PartSize = "s3.part_size", Some("8 MiB"), r#""16 MiB""#,
        "Bytes per part of an upload, 5 MiB to 5 GiB; each part in flight takes that much memory.";
    MAX_CONCURRENCY: Concurrency = "s3.max_concurrency", Some("4"), "8",
        "Parts in flight at once, 1 to 64.";
    ALLOW_HTTP: bool = "s3.allow_http", Some("false"), "true",
        "Accept an endpoint_url of plain http:// on another machine.";
    CA_BUNDLE: PathBuf = "s3.ca_bundle", None, r#""/etc/ssl/private-ca.pem""#,
        "File of PEM certificates to trust in place of the system's.";
    DIRECTORY: PathBuf = "fs.directory", None, r#""/srv/backups""#,
        "Directory of the objects, outside every volume. Required with the provider fs.";
    MODE: Mode = "fs.mode", Some("0600"), r#""0640""#,
        "Permission bits of the files, in octal: \"0600\" or 0o600.";
}

keys! { KEYS:
    COMPRESSION_ALGORITHM: naming::Compression = "compression.algorithm", Some("zstd"), r#""off""#,
        "Zstandard, or off (also spelled none).";
    COMPRESSION_LEVEL: Level = "compression.zstd.compression_level", Some("3"), "9",
        "Handed to zstd as it is: negative is faster, up to 22 is smaller, 0 is zstd's default (3).";
    HASHING_ALGORITHM: naming::DigestAlgorithm = "hashing.algorithm", Some("BLAKE3"), r#""SHA-256""#,
        "Algorithm of the digest beside each new backup.";
    SIGNING_ENABLED: bool = "signing.pgp.enabled", Some("false"), "true",
        "Sign new backups. Needs signing.pgp.tsk.";
    SIGNING_TSK: PathBuf = "signing.pgp.tsk", None, r#""/srv/keys/pod.pgp""#,
        "File of the signing key with its secret parts, binary or armored. Keep it outside every volume.";
    ADDITIONAL_TRUSTED_ISSUERS: Vec<PathBuf> = "signing.pgp.additional_trusted_issuers", Some(""), r#"["/srv/keys/former.pub.pgp"]"#,
        "Files of certificates whose signatures count too, such as former keys. No secret parts needed.";
    SIGNING_MANDATORY: bool = "signing.mandatory", None, "false",
        "Restore only what a trusted key signed. Unless set: the same as signing.pgp.enabled.";
    ALLOW_UNBOUND: bool = "signing.allow_unbound", Some("false"), "true",
        "Admit a signature that names no backup, if it was made within 24 hours of the time in the backup's name.";
    ENCRYPTION_MODE: naming::Encryption = "encryption.mode", Some("off"), r#""pgp""#,
        "OpenPGP (pgp), or off. With pgp, encryption.pgp.tsk is needed.";
    ENCRYPTION_TSK: PathBuf = "encryption.pgp.tsk", None, r#""/srv/keys/pod.pgp""#,
        "File of the encryption key with its secret parts, binary or armored. Keep it outside every volume.";
    ADDITIONAL_RECIPIENTS: Vec<PathBuf> = "encryption.pgp.additional_recipients", Some(""), r#"["/srv/keys/forensics.pub.asc"]"#,
        "Files of certificates that can decrypt new backups too. No secret parts needed.";
    ADDITIONAL_DECRYPTION_KEYS: Vec<PathBuf> = "encryption.pgp.additional_decryption_keys", Some(""), r#"["/srv/keys/former.pgp"]"#,
        "Files of former secret keys, tried after encryption.pgp.tsk when decrypting.";
    ENCRYPTION_MANDATORY: bool = "encryption.mandatory", Some("false"), "true",
        "Create and restore only encrypted backups.";
    PASSPHRASE: SecretString = "pgp.passphrases.*", None, r#""correct horse battery staple""#,
        "Passphrase of a secret key, by the fingerprint of its certificate or subkey. Better given by a variable or by passphrase_files.";
    PASSPHRASE_FILE: PathBuf = "pgp.passphrase_files.*", None, r#""/run/secrets/pod-key-passphrase""#,
        "File that holds such a passphrase; one line break at its end is left out.";
    URL_MAX_TTL: Ttl = "download.url_max_ttl", Some("PT5M"), r#""PT1H""#,
        "Longest lifetime of a download URL, as an ISO 8601 duration; at most seven days on S3.";
    VOLUME: PathBuf = "volumes.*", None, r#""/var/lib/prosody""#,
        "Directory or file that a backup holds under this name. Once one is given, those given are all.";
    MAX_STORED_BYTES: Size = "restore.max_stored_bytes", Some("16 TiB"), r#""100 GiB""#,
        "Restore refuses a stored backup larger than this.";
    MAX_BYTES: Size = "restore.max_bytes", Some("16 TiB"), r#""500 GiB""#,
        "Restore refuses an archive larger than this, once decrypted and decompressed.";
    MAX_ENTRIES: Count = "restore.max_entries", Some("10000000"), "1000000",
        "Restore refuses an archive of more entries than this.";
    MAX_RATIO: Count = "restore.max_ratio", Some("1000"), "200",
        "Restore refuses a backup that is not authentic, exceeds 16 GiB, and decompresses to more than this many times its size.";
    SPOOL_DIR: PathBuf = "spool_dir", Some("/var/tmp"), r#""/srv/spool""#,
        "Directory of unlinked temporary files; may need room for a whole backup.";
    STATE_DIR: PathBuf = "state_dir", Some("/var/lib/prose-backup"), r#""/srv/prose-backup""#,
        "Directory of the restore journal, outside every volume.";
}

/// The volumes of a Prose Pod: what a backup holds unless `volumes` says otherwise.
pub(crate) const POD_VOLUMES: [(&str, &str); 5] = [
    ("prosody-data", "/var/lib/prosody"),
    ("prosody-config", "/etc/prosody"),
    ("prose-config", "/etc/prose"),
    ("prose-pod-server-data", "/var/lib/prose-pod-server"),
    ("prose-pod-api-data", "/var/lib/prose-pod-api"),
];

#[cfg(test)]
mod tests {
    use toml::de::DeValue;

    use super::*;

    #[test]
    fn every_default_is_a_value_of_its_key() {
        for key in KEYS.iter().chain(STORE_KEYS) {
            assert_ne!(key.default(), Some(Json::Null), "{}", key.path());
        }
    }

    #[test]
    fn every_example_is_a_value_of_its_key_in_toml_and_in_json() {
        for key in KEYS.iter().chain(STORE_KEYS) {
            let value = DeValue::parse(key.example()).unwrap();
            let checked = key.check(&Raw::from_toml(value.get_ref()));
            assert_eq!(checked, Ok(()), "{}", key.path());
            serde_json::from_str::<Json>(key.example()).unwrap();
        }
    }
}
