//! Making a backup: pack, compress, encrypt, hash, sign and upload in one pass.
//!
//! The checks are published first and the backup last: **publishing the backup object is the
//! commit point**, so a listed backup always has its checks. Whatever happens before it leaves
//! nothing that this run made.

use std::{path::PathBuf, sync::Arc};

use prose_backup_archive::{Blueprint, OpenBlueprint, Volume};
use prose_backup_checksum::{self as checksum, DigestFile, Hasher};
use prose_backup_naming::{
    BackupName, CheckKind, DigestAlgorithm, Encryption, Label, Layers, Timestamp, VolumeName,
};
use prose_backup_storage::{self as storage, pipe::upload_pipe};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::{
    Backups, Coded, ErrorCode, Observer, Operation, Phase,
    clock::{self, WrongClock},
    estimate::estimate,
    keys::KeyError,
    layers::LayerError,
    operation::blocking,
    publish::{Publication, PublishError},
    seal::{Plan, Sealed, seal},
    text::as_text,
    watch::Watch,
};

/// The number of the blueprint that new backups are made by.
const BLUEPRINT: u32 = 1;
/// Parts of this size go to the store; memory is this times the parts in flight and in the queue.
const PART_BYTES: usize = 1 << 20;
/// How many parts are on their way to the store at once.
const PARTS_IN_FLIGHT: usize = 2;

/// What to back up.
pub struct CreateRequest {
    /// The volumes, in the order in which the archive has them.
    pub volumes: Vec<(VolumeName, PathBuf)>,
    /// The first part of the backup's name.
    pub label: Label,
    /// Told of progress and warnings.
    pub observer: Arc<dyn Observer>,
}

/// A backup that was made.
#[derive(Debug, Clone, Serialize)]
pub struct Created {
    /// Its full name.
    #[serde(serialize_with = "as_text")]
    pub name: BackupName,
    /// The size of the stored object, in bytes.
    pub size_bytes: u64,
    /// When it was begun.
    #[serde(serialize_with = "as_text")]
    pub created_at: Timestamp,
    /// The digest of the stored bytes.
    pub digest: CreatedDigest,
    /// A signature lies beside it.
    pub signed: bool,
    /// It is encrypted.
    pub encrypted: bool,
    /// What an operator should know.
    pub warnings: Vec<String>,
}

/// The digest of a backup that was made.
#[derive(Debug, Clone, Serialize)]
pub struct CreatedDigest {
    /// The hash function.
    #[serde(serialize_with = "as_text")]
    pub algorithm: DigestAlgorithm,
    /// 64 lower-case hexadecimal digits.
    pub hex: String,
}

/// Why no backup was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// It is not known what time it is.
    #[error(transparent)]
    Clock(#[from] WrongClock),
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Encryption is mandatory, but off.
    #[error(
        "encryption is mandatory, but encryption.mode is off; configure a key, or set \
         encryption.mandatory = false"
    )]
    NotEncrypted,
    /// The digest's hash function was not compiled in.
    #[error(transparent)]
    Digest(#[from] checksum::Error),
    /// The volumes cannot be packed.
    #[error(transparent)]
    Pack(#[from] LayerError),
    /// The signature could not be made.
    #[error("cannot sign the backup")]
    Sign(#[source] prose_backup_crypto::Error),
    /// The result is larger than a restore would accept.
    #[error(
        "the backup would exceed the limit of {max} stored bytes, and a restore would refuse it; \
         raise restore.max_stored_bytes"
    )]
    TooLarge {
        /// The limit.
        max: u64,
    },
    /// The content is larger than a restore would accept.
    #[error(
        "the content has {content} bytes, and a restore would refuse more than {max} in a backup \
         of this size; sign the backup, or raise restore.max_ratio or restore.max_bytes"
    )]
    ContentTooLarge {
        /// The size of the archive.
        content: u64,
        /// What a restore would accept.
        max: u64,
    },
    /// The store failed, or the name is taken.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The operation was cancelled. Nothing was published.
    #[error("cancelled; no backup was made")]
    Cancelled,
}

impl Coded for CreateError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Clock(error) => error.code(),
            Self::Key(error) => error.code(),
            Self::NotEncrypted => ErrorCode::Usage,
            Self::Digest(_) => ErrorCode::Unsupported,
            Self::Pack(error) => match error.code() {
                // The limits are those of a restore, but it is this machine's data that breaks them.
                ErrorCode::UnsafeContent => ErrorCode::Failed,
                code => code,
            },
            Self::Sign(_) | Self::TooLarge { .. } | Self::ContentTooLarge { .. } => {
                ErrorCode::Failed
            }
            Self::Publish(error) => error.code(),
            Self::Cancelled => ErrorCode::Cancelled,
        }
    }
}

impl Backups {
    /// Makes a backup of the volumes, and publishes it.
    pub fn create(&self, request: CreateRequest) -> Operation<Created, CreateError> {
        let backups = self.clone();
        Operation::start(|token| create(backups, request, token))
    }
}

async fn create(
    backups: Backups,
    request: CreateRequest,
    token: CancellationToken,
) -> Result<Created, CreateError> {
    let watch = Watch::new(request.observer, token.clone());
    let plan = {
        let (backups, watch) = (backups.clone(), Arc::clone(&watch));
        blocking(move || plan(&backups, request.volumes, request.label, &watch)).await?
    };
    let name = plan.name.clone();
    let (signed, encrypted) = (plan.signer.is_some(), plan.recipients.is_some());

    let stores = &backups.settings.stores;
    let mut publication = Publication::begin(stores, &name, &watch).await?;
    let sealed = match fill(&backups, plan, &watch, &mut publication).await {
        Ok(sealed) => sealed,
        Err(error) => {
            // Nothing but the upload exists until now.
            publication.abandon().await;
            return Err(error);
        }
    };
    watch.phase(Phase::Publishing, Some(sealed.size));
    let digest = DigestFile {
        digest: sealed.digest,
        name: name.clone(),
    };
    let mut checks = vec![(
        CheckKind::Digest(sealed.digest.algorithm()),
        digest.to_string().into(),
    )];
    if let Some(signature) = sealed.signature {
        checks.push((CheckKind::Signature, signature.into()));
    }
    publication.publish(checks, sealed.size, &token).await?;
    Ok(Created {
        created_at: name.timestamp(),
        name,
        size_bytes: sealed.size,
        digest: CreatedDigest {
            algorithm: sealed.digest.algorithm(),
            hex: sealed.digest.to_hex(),
        },
        signed,
        encrypted,
        warnings: watch.warnings(),
    })
}

/// Decides all that can be decided before the first byte is read.
fn plan(
    backups: &Backups,
    volumes: Vec<(VolumeName, PathBuf)>,
    label: Label,
    watch: &Watch,
) -> Result<Plan, CreateError> {
    let settings = &*backups.settings;
    let now = clock::now()?;
    let hasher = Hasher::new(settings.hashing)?;
    let signer = settings.keys.signer(now.into())?;
    let recipients = settings.keys.recipients(now.into())?;
    if settings.policy.encryption_mandatory && recipients.is_none() {
        return Err(CreateError::NotEncrypted);
    }
    let paths: Vec<PathBuf> = volumes.iter().map(|(_, path)| path.clone()).collect();
    let volumes = volumes
        .into_iter()
        .map(|(name, path)| Volume { name, path })
        .collect();
    let mut volumes = Blueprint::new(BLUEPRINT, volumes)
        .and_then(|blueprint| blueprint.open())
        .map_err(LayerError::from)?;
    forbid_stores(&mut volumes, backups)?;
    let total = if watch.wants_estimate() {
        Some(estimate(paths.into_iter(), watch))
    } else {
        None
    };
    watch.phase(Phase::Packing, total);
    let layers = Layers {
        compression: settings.compression.layer(),
        encryption: match recipients {
            Some(_) => Encryption::OpenPgp,
            None => Encryption::Off,
        },
    };
    Ok(Plan {
        name: BackupName::new(label, now, layers),
        volumes,
        signer,
        recipients,
        hasher,
    })
}

/// No backup holds its own store. Where one is mounted at two places, it is packing that finds out.
fn forbid_stores(volumes: &mut OpenBlueprint, backups: &Backups) -> Result<(), LayerError> {
    let stores = &backups.settings.stores;
    for store in std::iter::once(&stores.backups).chain(stores.of_checks()) {
        let Some(local) = store.as_local() else {
            continue;
        };
        volumes.forbid(local.directory())?;
    }
    Ok(())
}

/// Runs the pipeline on a thread of its own, while its output goes to the store.
async fn fill(
    backups: &Backups,
    plan: Plan,
    watch: &Arc<Watch>,
    publication: &mut Publication,
) -> Result<Sealed, CreateError> {
    let (writer, pipe) = upload_pipe(PART_BYTES);
    let packing = {
        let (backups, watch) = (backups.clone(), Arc::clone(watch));
        blocking(move || seal(&backups, plan, &watch, writer))
    };
    let uploading = async {
        tokio::select! {
            uploaded = pipe.drive(publication.upload(), PARTS_IN_FLIGHT) => uploaded,
            () = watch.cancelled() => Err(storage::Error::Aborted),
        }
    };
    let (sealed, uploaded) = tokio::join!(packing, uploading);
    if watch.is_cancelled() {
        return Err(CreateError::Cancelled);
    }
    match (sealed, uploaded) {
        (sealed, Ok(_)) => sealed,
        // The pipe broke because packing failed, not the other way round.
        (Err(error), Err(storage::Error::Aborted)) => Err(error),
        // Whatever packing says now, it is because the pipe broke.
        (_, Err(error)) => Err(publication.upload_failed(error).into()),
    }
}
