//! Getting a backup back: verify, then extract into staging, then commit.

use std::{path::PathBuf, sync::Arc};

use prose_backup_archive::{self as archive, Extractor};
use prose_backup_crypto::Keyring;
use prose_backup_naming::{BackupName, VolumeName};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::{
    Acceptance, Backups, Coded, ErrorCode, ExamineError, LayerError, Observer, Operation, Phase,
    Refused, Verdict, Which, by_hand,
    examine::{examine, find},
    keys::{KeyError, decryption_keys},
    operation::blocking,
    text::{as_path, as_text, as_texts},
    verified::Verified,
    watch::{Extracting, Watch},
};

/// What to restore, and where.
pub struct RestoreRequest {
    /// The backup.
    pub which: Which,
    /// Each volume becomes an entry of this directory. It is made, with mode 0700, when it is
    /// missing; nothing that is in it is overwritten.
    pub to: PathBuf,
    /// What is accepted by hand.
    pub acceptance: Acceptance,
    /// Told of progress and warnings.
    pub observer: Arc<dyn Observer>,
}

/// A backup that was restored.
#[derive(Debug, Clone, Serialize)]
pub struct Restored {
    /// The backup.
    #[serde(serialize_with = "as_text")]
    pub name: BackupName,
    /// What was known about it.
    pub verdict: Verdict,
    /// What it held.
    #[serde(serialize_with = "as_texts")]
    pub volumes: Vec<VolumeName>,
    /// How many entries were extracted.
    pub entries: u64,
    /// How many bytes their files have.
    pub bytes: u64,
    /// Where they are.
    #[serde(serialize_with = "as_path")]
    pub directory: PathBuf,
    /// What an operator should know.
    pub warnings: Vec<String>,
}

/// Why a backup was not restored, or not read. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// It could not be examined.
    #[error(transparent)]
    Examine(#[from] ExamineError),
    /// It is refused.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Its layers could not be opened, or its content could not be extracted.
    #[error("cannot read {name}")]
    Layers {
        /// The backup.
        name: BackupName,
        /// Which layer failed, and why.
        #[source]
        source: LayerError,
    },
    /// Its checks are good, but something else than this program made it.
    #[error(
        "cannot read {name}, which prose-backup did not make; open it by hand, {}",
        by_hand::instructions(name)
    )]
    Foreign {
        /// The backup.
        name: BackupName,
        /// What gave it away.
        #[source]
        source: LayerError,
    },
    /// It could not be put in place.
    #[error("cannot restore to {}", directory.display())]
    Destination {
        /// Where it was to go.
        directory: PathBuf,
        /// Why it cannot.
        #[source]
        source: LayerError,
    },
}

impl Coded for RestoreError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Examine(error) => error.code(),
            Self::Refused(error) => error.code(),
            Self::Key(error) => error.code(),
            Self::Layers { source, .. }
            | Self::Foreign { source, .. }
            | Self::Destination { source, .. } => source.code(),
        }
    }
}

impl RestoreError {
    /// The layers of a backup could not be opened.
    pub(crate) fn of_layers(name: &BackupName, source: LayerError) -> Self {
        let name = name.clone();
        if source.is_foreign() {
            Self::Foreign { name, source }
        } else {
            Self::Layers { name, source }
        }
    }
}

impl Backups {
    /// Restores a backup into a directory, all of it or nothing.
    pub fn restore(&self, request: RestoreRequest) -> Operation<Restored, RestoreError> {
        let backups = self.clone();
        Operation::start(|token| restore(backups, request, token))
    }
}

async fn restore(
    backups: Backups,
    request: RestoreRequest,
    token: CancellationToken,
) -> Result<Restored, RestoreError> {
    let watch = Watch::new(request.observer, token);
    let (verified, keys) = admit(&backups, &request.which, request.acceptance, &watch).await?;
    watch.phase(Phase::Extracting, Some(verified.size()));
    let directory = request.to;
    blocking(move || {
        let settings = &*backups.settings;
        let observer = Extracting(&watch);
        let misplaced = |source: archive::Error| RestoreError::Destination {
            directory: directory.clone(),
            source: source.into(),
        };
        let extractor =
            Extractor::into_directory(&directory, settings.limits.archive.clone(), &observer)
                .map_err(misplaced)?;
        let staged = verified
            .open(&keys, &settings.limits, &watch, |archive| {
                Ok(extractor.stage(archive)?)
            })
            .map_err(|source| match source {
                // It is the place that is at fault, not the backup.
                LayerError::Archive(
                    source @ (archive::Error::Conflict { .. }
                    | archive::Error::Io { .. }
                    | archive::Error::NoRoom { .. }
                    | archive::Error::StagingExchanged { .. }),
                ) => misplaced(source),
                source => RestoreError::of_layers(verified.name(), source),
            })?;
        let report = staged.commit().map_err(misplaced)?;
        Ok(Restored {
            name: verified.name().clone(),
            verdict: verified.verdict(),
            volumes: report.volumes,
            entries: report.entries,
            bytes: report.bytes,
            directory: directory.clone(),
            warnings: watch.warnings(),
        })
    })
    .await
}

/// Finds and verifies a backup, and gets ready to open it.
pub(crate) async fn admit(
    backups: &Backups,
    which: &Which,
    acceptance: Acceptance,
    watch: &Arc<Watch>,
) -> Result<(Verified, Keyring), RestoreError> {
    let found = find(backups, which, watch).await?;
    // A key that cannot be used is better found now than after reading it all.
    let keys = decryption_keys(backups, &found.name).await?;
    let verified = examine(backups, found, acceptance, watch).await?.admit()?;
    verified.warn(watch);
    Ok((verified, keys))
}
