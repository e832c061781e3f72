//! From configuration to components.

use std::{num::NonZeroU32, path::Path, sync::Arc, thread};

use prose_backup_archive as archive;
use prose_backup_codec as codec;
use prose_backup_config::{self as config, Config};
use prose_backup_crypto::{Fingerprint, Passphrases};
use prose_backup_naming::{self as naming, Encryption};
use prose_backup_storage::{self as storage, ObjectStore};

use crate::{
    Backups, Coded, ErrorCode, KeyRef, KeySource, Limits, Settings, Stores, TrustPolicy,
    store_errors::store_code,
};

/// More compress faster than disks and encryption can follow, and each takes some 12 MiB.
const MAX_WORKERS: usize = 4;

/// What to do about a directory of a store that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreDirectories {
    /// It is an error: there is nothing to read there.
    MustExist,
    /// Make it, with mode 0700.
    Create,
}

/// A configuration cannot be put to work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigureError {
    /// The configuration does not say where backups are.
    #[error(
        "no storage is configured; set backups.storage.provider in {}, or use --store DIR",
        config::DEFAULT_FILE
    )]
    NoStorage,
    /// Storage in a directory was not compiled in.
    #[error("storage in a directory was not compiled in; build with the feature storage-fs")]
    FsUnsupported,
    /// Storage on S3 is configured, which this version cannot use.
    #[error(
        "storage.provider is \"s3\", but this version keeps backups in directories only; set it to \
         \"fs\", or use --store DIR"
    )]
    S3Unsupported,
    /// A store cannot be opened.
    #[error("cannot open the {what} store")]
    Store {
        /// Which store.
        what: &'static str,
        /// Why.
        #[source]
        source: storage::Error,
    },
    /// A passphrase is filed under something that is not a fingerprint.
    #[error("cannot file a passphrase")]
    Passphrase(#[source] prose_backup_crypto::Error),
}

impl Coded for ConfigureError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoStorage | Self::Passphrase(_) => ErrorCode::Usage,
            Self::FsUnsupported | Self::S3Unsupported => ErrorCode::Unsupported,
            Self::Store { source, .. } => store_code(source),
        }
    }
}

impl Backups {
    /// Opens the stores of a configuration. Key files are read by the operations that need them.
    pub fn from_config(
        config: &Config,
        directories: StoreDirectories,
    ) -> Result<Self, ConfigureError> {
        let storage = config.storage.as_ref().ok_or(ConfigureError::NoStorage)?;
        Ok(Self::new(Settings {
            stores: stores(storage, directories)?,
            compression: compression(config.compression),
            hashing: config.hashing,
            keys: keys(config)?,
            policy: policy(config),
            limits: limits(&config.restore),
            spool_dir: config.spool_dir.clone(),
        }))
    }
}

fn stores(
    storage: &config::Storage,
    directories: StoreDirectories,
) -> Result<Stores, ConfigureError> {
    Ok(Stores {
        backups: store("backup", &storage.backups, directories)?,
        checks: store("check", &storage.checks, directories)?,
        previous_checks: storage
            .checks_previous
            .as_ref()
            .map(|previous| store("previous check", previous, StoreDirectories::MustExist))
            .transpose()?,
    })
}

fn store(
    what: &'static str,
    store: &config::Store,
    directories: StoreDirectories,
) -> Result<Arc<dyn ObjectStore>, ConfigureError> {
    match store {
        config::Store::Fs(fs) => directory(what, &fs.directory, fs.mode, directories),
        config::Store::S3(_) => Err(ConfigureError::S3Unsupported),
    }
}

#[cfg(feature = "storage-fs")]
fn directory(
    what: &'static str,
    directory: &Path,
    mode: u32,
    directories: StoreDirectories,
) -> Result<Arc<dyn ObjectStore>, ConfigureError> {
    let options = storage::FsOptions {
        mode,
        create: directories == StoreDirectories::Create,
    };
    match storage::FsStore::open(directory, options) {
        Ok(store) => Ok(Arc::new(store)),
        Err(source) => Err(ConfigureError::Store { what, source }),
    }
}

#[cfg(not(feature = "storage-fs"))]
fn directory(
    _: &'static str,
    _: &Path,
    _: u32,
    _: StoreDirectories,
) -> Result<Arc<dyn ObjectStore>, ConfigureError> {
    Err(ConfigureError::FsUnsupported)
}

fn compression(compression: config::Compression) -> codec::Compression {
    match compression.algorithm {
        naming::Compression::Off => codec::Compression::Off,
        naming::Compression::Zstd => codec::Compression::Zstd {
            level: compression.level,
            workers: thread::available_parallelism()
                .ok()
                .and_then(|cores| u32::try_from(cores.get().min(MAX_WORKERS)).ok())
                .and_then(NonZeroU32::new)
                .unwrap_or(NonZeroU32::MIN),
        },
    }
}

fn keys(config: &Config) -> Result<KeySource, ConfigureError> {
    let files = |paths: &[_]| paths.iter().cloned().map(KeyRef::File).collect();
    let mut passphrases = Passphrases::default();
    for (fingerprint, passphrase) in &config.passphrases {
        let fingerprint: Fingerprint = fingerprint.parse().map_err(ConfigureError::Passphrase)?;
        passphrases.insert(fingerprint, passphrase.clone());
    }
    Ok(KeySource {
        sign: config.signing.enabled,
        signing: config.signing.tsk.clone().map(KeyRef::File),
        additional_trusted_issuers: files(&config.signing.additional_trusted_issuers),
        encrypt: config.encryption.mode == Encryption::OpenPgp,
        encryption: config.encryption.tsk.clone().map(KeyRef::File),
        additional_recipients: files(&config.encryption.additional_recipients),
        additional_decryption_keys: files(&config.encryption.additional_decryption_keys),
        passphrases,
    })
}

fn policy(config: &Config) -> TrustPolicy {
    TrustPolicy {
        // A host that only verifies does not sign, but knows whose signatures to expect. A signing
        // key alone says nothing: the alias `pgp.tsk` sets it also where only encryption is on.
        signing_configured: config.signing.enabled
            || !config.signing.additional_trusted_issuers.is_empty(),
        signing_mandatory: config.signing.mandatory,
        allow_unbound: config.signing.allow_unbound,
        encryption_mandatory: config.encryption.mandatory,
        accept_unauthenticated: false,
    }
}

fn limits(restore: &config::RestoreLimits) -> Limits {
    Limits {
        max_stored_bytes: restore.max_stored_bytes,
        max_ratio: restore.max_ratio,
        archive: archive::Limits {
            max_entries: restore.max_entries,
            max_bytes: restore.max_bytes,
            ..archive::Limits::default()
        },
        ..Limits::default()
    }
}
