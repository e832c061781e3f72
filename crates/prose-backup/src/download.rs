//! The stored bytes of a backup, verified, as a local file.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use prose_backup_naming::BackupName;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::{
    Acceptance, Backups, Coded, ErrorCode, ExamineError, Observer, Operation, Phase, Refused,
    Verdict, Which,
    blocks::is_changed,
    examine::{examine, find},
    operation::blocking,
    text::{as_path, as_text},
    verified::Verified,
    watch::{Cancelled, Watch},
};

/// Which backup to download, and where to.
pub struct DownloadRequest {
    /// The backup.
    pub which: Which,
    /// The file to write; must not exist. Without it, the backup's own name in this directory.
    pub output: Output,
    /// What is accepted by hand.
    pub acceptance: Acceptance,
    /// Told of progress and warnings.
    pub observer: Arc<dyn Observer>,
}

/// Where a download goes.
#[derive(Debug, Clone)]
pub enum Output {
    /// To this file.
    File(PathBuf),
    /// To a file in this directory that is named as the backup is.
    Directory(PathBuf),
}

/// A backup that was downloaded.
#[derive(Debug, Clone, Serialize)]
pub struct Downloaded {
    /// The backup.
    #[serde(serialize_with = "as_text")]
    pub name: BackupName,
    /// The file.
    #[serde(serialize_with = "as_path")]
    pub path: PathBuf,
    /// How many bytes it has.
    pub size_bytes: u64,
    /// What is known about it.
    pub verdict: Verdict,
    /// What an operator should know.
    pub warnings: Vec<String>,
}

/// Why a backup was not downloaded. No file was left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// It could not be examined.
    #[error(transparent)]
    Examine(#[from] ExamineError),
    /// It is refused.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// There is a file of that name.
    #[error("{} exists already; remove it, or choose another name with -o", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The operation was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Coded for DownloadError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Examine(error) => error.code(),
            Self::Refused(error) => error.code(),
            Self::Exists { .. } => ErrorCode::Conflict,
            Self::Write { source, .. } if is_changed(source) => ErrorCode::Tampered,
            Self::Write { .. } => ErrorCode::Failed,
            Self::Cancelled(error) => error.code(),
        }
    }
}

impl Backups {
    /// Writes the stored bytes of a backup to a new local file of mode 0600.
    pub fn download(&self, request: DownloadRequest) -> Operation<Downloaded, DownloadError> {
        let backups = self.clone();
        Operation::start(|token| download(backups, request, token))
    }
}

async fn download(
    backups: Backups,
    request: DownloadRequest,
    token: CancellationToken,
) -> Result<Downloaded, DownloadError> {
    let watch = Watch::new(request.observer, token);
    if let Output::File(path) = &request.output {
        refuse_existing(path)?;
    }
    let found = find(&backups, &request.which, &watch).await?;
    let verified = examine(&backups, found, request.acceptance, &watch)
        .await?
        .admit()?;
    verified.warn(&watch);
    let path = match request.output {
        Output::File(path) => path,
        Output::Directory(directory) => directory.join(verified.name().to_string()),
    };
    watch.phase(Phase::Downloading, Some(verified.size()));
    blocking(move || {
        write(&verified, &path, &watch)?;
        Ok(Downloaded {
            name: verified.name().clone(),
            size_bytes: verified.size(),
            verdict: verified.verdict(),
            path,
            warnings: watch.warnings(),
        })
    })
    .await
}

/// Says no early, before the whole backup is read; what counts is the rename without replacement.
fn refuse_existing(path: &Path) -> Result<(), DownloadError> {
    match path.symlink_metadata() {
        Ok(_) => Err(DownloadError::Exists {
            path: path.to_owned(),
        }),
        Err(_) => Ok(()),
    }
}

/// Writes a temporary file beside `path` and renames it, so that an interrupted download leaves no
/// half of a backup that looks like one.
fn write(verified: &Verified, path: &Path, watch: &Watch) -> Result<(), DownloadError> {
    let failed = |source| DownloadError::Write {
        path: path.to_owned(),
        source,
    };
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new()
        .prefix(".prose-backup-")
        .suffix(".partial")
        .tempfile_in(directory)
        .map_err(failed)?;
    let mut stored = Cancellable {
        reader: verified.stored(watch),
        watch,
    };
    let copied = io::copy(&mut stored, &mut file);
    if watch.is_cancelled() {
        return Err(Cancelled.into());
    }
    copied.map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist_noclobber(path)
        .map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => DownloadError::Exists {
                path: path.to_owned(),
            },
            _ => failed(error.error),
        })?;
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(failed)
}

/// Ends early when the operation is cancelled.
struct Cancellable<'a, R> {
    reader: R,
    watch: &'a Watch,
}

impl<R: io::Read> io::Read for Cancellable<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.watch.is_cancelled() {
            return Ok(0);
        }
        self.reader.read(buffer)
    }
}
