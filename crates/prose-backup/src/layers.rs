//! The layers around an archive, composed.

use std::io::{self, Read};

use prose_backup_archive as archive;
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
    Archive(#[from] archive::Error),
    /// The compression.
    #[error(transparent)]
    Codec(#[from] codec::Error),
    /// The outermost: the encryption.
    #[error(transparent)]
    Crypto(#[from] crypto::Error),
    /// Reading or writing beyond the layers.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Coded for LayerError {
    fn code(&self) -> ErrorCode {
        if is_changed(self) {
            return ErrorCode::Tampered;
        }
        match self {
            Self::Archive(error) => archive_code(error),
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
        | E::VolumesOverlap { .. } => ErrorCode::Usage,
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

/// What decoding may cost. An authentic backup may unpack to anything within the absolute limits,
/// since we made it; of others the ratio counts too.
pub(crate) fn decoding_limits(limits: &Limits, verdict: Verdict) -> codec::Limits {
    /// Below this a ratio means nothing: an archive of zeros compresses 30,000 times.
    const RATIO_COUNTS_ABOVE: u64 = 16 << 30;
    let mut decoding = codec::Limits::new(archive_bytes(&limits.archive));
    decoding.max_ratio = (verdict != Verdict::Authentic).then_some(codec::RatioLimit {
        ratio: limits.max_ratio,
        above_bytes: RATIO_COUNTS_ABOVE,
    });
    decoding
}

/// The most bytes that an archive within the limits can have, its headers included.
fn archive_bytes(limits: &archive::Limits) -> u64 {
    /// A header, a pax header with its records (rounded up), and padding, per entry.
    const PER_ENTRY: u64 = 4 << 10;
    limits
        .max_entries
        .saturating_mul(PER_ENTRY)
        .saturating_add(limits.max_bytes)
}
