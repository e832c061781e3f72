//! What is inside a backup, without writing any of it.

use std::{io, sync::Arc};

use prose_backup_archive::{self as archive, Entry};
use prose_backup_naming::BackupName;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::{
    Acceptance, Backups, LayerError, Observer, Operation, Phase, RestoreError, Verdict, Which,
    operation::blocking, restore::admit, text::as_text, watch::Watch,
};

/// What is called for every entry.
pub type Visit = Box<dyn FnMut(&Entry) -> io::Result<()> + Send>;

/// Which backup to read through.
pub struct ContentsRequest {
    /// The backup.
    pub which: Which,
    /// What is accepted by hand.
    pub acceptance: Acceptance,
    /// Called for every entry, in the archive's order. An error ends the operation.
    pub visit: Visit,
    /// Told of progress and warnings.
    pub observer: Arc<dyn Observer>,
}

/// A backup that was read through, to its end.
#[derive(Debug, Clone, Serialize)]
pub struct ContentsReport {
    /// The backup.
    #[serde(serialize_with = "as_text")]
    pub name: BackupName,
    /// What was known about it.
    pub verdict: Verdict,
    /// How many entries it has.
    pub entries: u64,
    /// How many bytes its files have.
    pub bytes: u64,
    /// What an operator should know.
    pub warnings: Vec<String>,
}

impl Backups {
    /// Lists what a backup holds, applying every check of a restore.
    pub fn contents(&self, request: ContentsRequest) -> Operation<ContentsReport, RestoreError> {
        let backups = self.clone();
        Operation::start(|token| contents(backups, request, token))
    }
}

async fn contents(
    backups: Backups,
    request: ContentsRequest,
    token: CancellationToken,
) -> Result<ContentsReport, RestoreError> {
    let watch = Watch::new(request.observer, token);
    let (verified, keys) = admit(&backups, &request.which, request.acceptance, &watch).await?;
    watch.phase(Phase::Reading, Some(verified.size()));
    let mut visit = request.visit;
    blocking(move || {
        let settings = &*backups.settings;
        let mut failed = None;
        let report = verified.open(&keys, &settings.limits, &watch, |archive| {
            let listed = archive::list(archive, &settings.limits.archive, &mut |entry| {
                if watch.is_cancelled() {
                    return Err(archive::Error::Cancelled);
                }
                visit(entry).map_err(|error| {
                    failed = Some(error);
                    archive::Error::Cancelled
                })
            });
            Ok(listed?)
        });
        let report = match (report, failed) {
            (_, Some(error)) => Err(LayerError::Io(error)),
            (report, None) => report,
        };
        let report = report.map_err(|source| RestoreError::of_layers(verified.name(), source))?;
        Ok(ContentsReport {
            name: verified.name().clone(),
            verdict: verified.verdict(),
            entries: report.entries,
            bytes: report.bytes,
            warnings: watch.warnings(),
        })
    })
    .await
}
