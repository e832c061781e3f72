//! The layers around an archive, composed.

use std::io::{self, Read};

use prose_backup_archive::{self as archive, EntryPath};
use prose_backup_codec as codec;
use prose_backup_crypto::{self as crypto, Keyring, Recipients};
use prose_backup_naming::{Encryption, Layers};

use crate::{Coded, ErrorCode, Limits, Verdict, blocks::is_changed};

/// A layer failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LayerError {
    /// The innermost: the archive.
    #[error(transparent)]
    Archive(archive::Error),
    /// The compression.
    #[error(transparent)]
    Codec(#[from] codec::Error),
    /// The outermost: the encryption.
    #[error(transparent)]
    Crypto(#[from] crypto::Error),
    /// The content breaks a limit that the configuration sets.
    #[error(
        "at {path} the limit of {maximum} {limit} is exceeded; raise {key} if that is right, or keep \
         less in the volumes"
    )]
    Limit {
        /// The entry that was one too many.
        path: EntryPath,
        /// The limit.
        maximum: u64,
        /// What it limits.
        limit: archive::Limit,
        /// The key that sets it.
        key: &'static str,
    },
    /// Reading or writing beyond the layers.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<archive::Error> for LayerError {
    fn from(error: archive::Error) -> Self {
        use archive::{Error, Limit};
        let (path, maximum, limit) = match error {
            Error::LimitExceeded {
                path,
                maximum,
                limit: limit @ (Limit::Entries | Limit::Bytes),
            } => (path, maximum, limit),
            error => return Self::Archive(error),
        };
        Self::Limit {
            key: match limit {
                Limit::Entries => "restore.max_entries",
                _ => "restore.max_bytes",
            },
            path,
            maximum,
            limit,
        }
    }
}

impl LayerError {
    /// Whether these are what other tools make of good data, rather than damage or malice.
    pub(crate) fn is_foreign(&self) -> bool {
        matches!(
            self,
            Self::Archive(archive::Error::NotOurs)
                | Self::Crypto(crypto::Error::Structure {
                    is_common: true,
                    ..
                })
        )
    }
}

impl Coded for LayerError {
    fn code(&self) -> ErrorCode {
        if is_changed(self) {
            return ErrorCode::Tampered;
        }
        match self {
            Self::Archive(error) => archive_code(error),
            Self::Limit { .. } => ErrorCode::UnsafeContent,
            Self::Codec(error) => codec_code(error),
            Self::Crypto(error) => crypto_code(error),
            Self::Io(_) => ErrorCode::Failed,
        }
    }
}

fn archive_code(error: &archive::Error) -> ErrorCode {
    use archive::Error as E;
    match error {
        E::Cancelled => ErrorCode::Cancelled,
        E::Conflict { .. } => ErrorCode::Conflict,
        E::NoVolumes
        | E::TooManyVolumes(_)
        | E::DuplicateVolume(_)
        | E::VolumeMissing { .. }
        | E::VolumeKind { .. }
        | E::VolumesOverlap { .. }
        | E::StoreInsideVolume { .. } => ErrorCode::Usage,
        E::LimitExceeded { .. }
        | E::NotATar
        | E::NotOurs
        | E::NewerFormat { .. }
        | E::Malformed { .. }
        | E::Unsafe { .. }
        | E::Truncated { .. }
        | E::TrailingData { .. }
        | E::EndRecordMismatch(_) => ErrorCode::UnsafeContent,
        _ => ErrorCode::Failed,
    }
}

fn codec_code(error: &codec::Error) -> ErrorCode {
    use codec::Error as E;
    match error {
        E::Unsupported { .. } => ErrorCode::Unsupported,
        E::Setup { .. } | E::Finish { .. } | E::Read { .. } => ErrorCode::Failed,
        _ => ErrorCode::UnsafeContent,
    }
}

fn crypto_code(error: &crypto::Error) -> ErrorCode {
    use crypto::Error as E;
    match error {
        E::NoKey { .. } | E::SessionKey { .. } | E::Locked(_) => ErrorCode::CannotDecrypt,
        E::NotAMessage { .. }
        | E::TooManyRecipients { .. }
        | E::Structure { .. }
        | E::Truncated
        | E::Damaged { .. }
        | E::Unsupported { .. } => ErrorCode::UnsafeContent,
        _ => ErrorCode::Failed,
    }
}

/// Writes an archive through the layers around it.
pub(crate) fn wrap<T>(
    compression: codec::Compression,
    recipients: Option<&Recipients>,
    sink: archive::Sink<'_>,
    pack: impl FnOnce(archive::Sink<'_>) -> Result<T, LayerError>,
) -> Result<T, LayerError> {
    match recipients {
        Some(recipients) => crypto::encrypt(recipients, sink, |sink| {
            codec::encode(&compression, sink, pack)
        }),
        None => codec::encode(&compression, sink, pack),
    }
}

/// Reads an archive through the layers around it, which must be exactly those that the name
/// promises. Each layer is read to its end, and nothing may follow it.
pub(crate) fn unwrap<T>(
    layers: Layers,
    keys: &Keyring,
    limits: &codec::Limits,
    mut stored: impl Read + Send + Sync,
    read: impl FnOnce(&mut (dyn Read + Send)) -> Result<T, LayerError>,
) -> Result<T, LayerError> {
    match layers.encryption {
        Encryption::OpenPgp => crypto::decrypt(keys, stored, |compressed| {
            codec::decode(layers.compression, limits, compressed, read)
        }),
        Encryption::Off => codec::decode(layers.compression, limits, &mut stored, read),
    }
}

/// How large the archive inside a stored object may be, in bytes.
///
/// An authentic backup may unpack to anything within the absolute limits, since we made it. Of
/// others the ratio to the stored size counts too, beyond [`Limits::ratio_counts_above`]. The same
/// bound holds when a backup is made, so that none is made that could not be restored.
pub(crate) fn max_archive_bytes(limits: &Limits, is_authentic: bool, stored: u64) -> u64 {
    /// A header, a pax header with its records, and padding, per entry.
    const PER_ENTRY: u64 = 4 << 10;
    let absolute = limits
        .archive
        .max_entries
        .saturating_mul(PER_ENTRY)
        .saturating_add(limits.archive.max_bytes);
    if is_authentic {
        return absolute;
    }
    let proportional = limits.max_ratio.saturating_mul(stored);
    absolute.min(proportional.max(limits.ratio_counts_above))
}

/// What decoding may cost.
pub(crate) fn decoding_limits(limits: &Limits, verdict: Verdict, stored: u64) -> codec::Limits {
    let is_authentic = verdict == Verdict::Authentic;
    codec::Limits::new(max_archive_bytes(limits, is_authentic, stored))
}
