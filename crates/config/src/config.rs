//! The configuration as the rest of the program sees it: resolved, typed, without gaps.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use prose_backup_naming as naming;
use secrecy::SecretString;

use crate::LockDuration;

/// Everything under `[backups]`, after aliases, environment, inheritance and defaults.
///
/// `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where backups and checks live; `None` while nobody has said where (no `provider`).
    pub storage: Option<Storage>,
    /// How backups are compressed.
    pub compression: Compression,
    /// The algorithm of the digest beside each new backup.
    pub hashing: naming::DigestAlgorithm,
    /// How backups are signed, and whose signatures count.
    pub signing: Signing,
    /// How backups are encrypted, and what decrypts old ones.
    pub encryption: Encryption,
    /// Passphrases of secret keys, by certificate or subkey fingerprint: 40 or 64 upper-case
    /// hexadecimal digits.
    pub passphrases: BTreeMap<String, SecretString>,
    /// Download URLs.
    pub download: Download,
    /// What a backup holds, in order, as in the blueprint. Names and paths are each unique.
    pub volumes: Vec<(naming::VolumeName, PathBuf)>,
    /// What a restore refuses to exceed.
    pub restore: RestoreLimits,
    /// Where unlinked temporary files go; may need room for a whole backup.
    pub spool_dir: PathBuf,
    /// Where the restore journal is kept; outside every volume.
    pub state_dir: PathBuf,
}

/// The stores: one for backups, one for checks; equal unless configured apart.
#[derive(Clone, Debug)]
pub struct Storage {
    /// Holds the backups.
    pub backups: Store,
    /// Holds the checks.
    pub checks: Store,
    /// Where checks were kept before; only ever read, when `checks` has none.
    pub checks_previous: Option<Store>,
}

/// One place to keep objects.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there are three in a program")]
pub enum Store {
    /// A bucket of an S3-compatible service.
    S3(S3),
    /// A directory.
    Fs(Fs),
}

/// A bucket of an S3-compatible service.
#[derive(Clone, Debug)]
pub struct S3 {
    /// The bucket. Never empty.
    pub bucket_name: String,
    /// Put before every object name as it is (a folder's `/` included); empty for none.
    pub prefix: String,
    /// The region, which takes part in request signatures.
    pub region: String,
    /// `http(s)://host[:port][/path]`; `None` for AWS itself.
    pub endpoint_url: Option<String>,
    /// The bucket goes into the path of the URL instead of the host name.
    pub force_path_style: bool,
    /// The access key's id; `None` leaves credentials to the environment of the machine.
    pub access_key: Option<String>,
    /// The secret access key.
    pub secret_key: Option<SecretString>,
    /// The session token of temporary credentials.
    pub session_token: Option<SecretString>,
    /// Protection against deletion, asked for with every object written.
    pub object_lock: ObjectLock,
    /// When the client adds checksums of its own to requests.
    pub checksum_mode: ChecksumMode,
    /// Bytes per part of a multipart upload, 5 MiB to 5 GiB.
    pub part_size: u64,
    /// Parts in flight at once.
    pub max_concurrency: NonZeroU32,
    /// Plain `http://` is accepted for hosts other than this machine.
    pub allow_http: bool,
    /// PEM certificates to trust in place of the system's.
    pub ca_bundle: Option<PathBuf>,
}

/// S3 Object Lock, as set on every object written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ObjectLock {
    /// Keeps the object until a date.
    pub retention: Option<Retention>,
    /// Keeps the object until someone lifts the hold.
    pub legal_hold: bool,
}

/// S3 Object Lock retention.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retention {
    /// Who may shorten it.
    pub mode: LockMode,
    /// How long it lasts, from the moment an object is written.
    pub duration: LockDuration,
}

/// Who may lift an Object Lock retention early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockMode {
    /// Nobody, the account's owner included.
    Compliance,
    /// Whoever has the permission to bypass it.
    Governance,
}

/// When an S3 client adds checksums of its own to requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecksumMode {
    /// Only where the operation demands one: what third-party services understand.
    WhenRequired,
    /// Wherever the operation allows one.
    WhenSupported,
}

/// A directory that holds objects as files.
#[derive(Clone, Debug)]
pub struct Fs {
    /// The directory; absolute.
    pub directory: PathBuf,
    /// Permission bits of the files written; `0o400` is always among them.
    pub mode: u32,
}

/// How backups are compressed.
#[derive(Clone, Copy, Debug)]
pub struct Compression {
    /// Zstandard or off.
    pub algorithm: naming::Compression,
    /// As given to zstd, whatever the number; 0 is its default.
    pub level: i32,
}

/// How backups are signed, and whose signatures count.
#[derive(Clone, Debug)]
pub struct Signing {
    /// New backups are signed. `tsk` is then `Some`.
    pub enabled: bool,
    /// The file of the signing key, with its secret parts.
    pub tsk: Option<PathBuf>,
    /// Files of certificates whose signatures count besides the key's own.
    pub additional_trusted_issuers: Vec<PathBuf>,
    /// Only authentic backups are restored; when not set, the same as `enabled`.
    pub mandatory: bool,
    /// A signature that names no backup is admitted under the conditions of the trust table.
    pub allow_unbound: bool,
}

/// How backups are encrypted, and what decrypts old ones.
#[derive(Clone, Debug)]
pub struct Encryption {
    /// OpenPGP or off. With OpenPGP, `tsk` is `Some`.
    pub mode: naming::Encryption,
    /// The file of the encryption key, with its secret parts.
    pub tsk: Option<PathBuf>,
    /// Files of certificates that can decrypt new backups too.
    pub additional_recipients: Vec<PathBuf>,
    /// Files of secret keys tried after `tsk` when decrypting.
    pub additional_decryption_keys: Vec<PathBuf>,
    /// Nothing unencrypted is created or restored.
    pub mandatory: bool,
}

/// Download URLs.
#[derive(Clone, Copy, Debug)]
pub struct Download {
    /// The longest lifetime that a URL may be given; at least a second, whole seconds.
    pub url_max_ttl: Duration,
}

/// What a restore refuses to exceed. None is zero.
#[derive(Clone, Copy, Debug)]
pub struct RestoreLimits {
    /// Bytes of the stored object.
    pub max_stored_bytes: u64,
    /// Bytes of the archive once decrypted and decompressed.
    pub max_bytes: u64,
    /// Entries of the archive.
    pub max_entries: u64,
    /// Decompressed bytes per compressed byte, where the backup is not authentic.
    pub max_ratio: u64,
}
