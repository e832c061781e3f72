//! The first of the two readings of a backup: it hashes and verifies, and parses nothing.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use prose_backup_naming::{BackupName, ObjectName};
use prose_backup_storage::{self as storage, pipe::download_pipe};

use crate::{
    Backups, Coded, ErrorCode, Phase, TrustPolicy, Which,
    backups::key,
    blocks::{BlockRecorder, Blocks},
    checks,
    clock::{self, WrongClock},
    evidence::{Examination, Findings},
    keys::KeyError,
    operation::blocking,
    store_errors::store_code,
    verified::Examined,
    watch::Watch,
    which::{ChooseError, Found, choose},
};

/// Bytes are read and hashed in pieces of this size.
const CHUNK: usize = 256 << 10;

/// A backup could not be examined. This says nothing about the backup itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExamineError {
    /// It is not known what time it is.
    #[error(transparent)]
    Clock(#[from] WrongClock),
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There is no such backup.
    #[error(transparent)]
    Choose(#[from] ChooseError),
    /// The store did not give the checks of the backup.
    #[error("cannot read the checks of {name}")]
    Checks {
        /// The backup.
        name: BackupName,
        /// What the store said.
        #[source]
        source: storage::Error,
    },
    /// The store did not give the backup.
    #[error("cannot read {name}")]
    Store {
        /// The backup.
        name: BackupName,
        /// What the store said.
        #[source]
        source: storage::Error,
    },
    /// A local file could not be read or written.
    #[error("cannot {action} while verifying {name}")]
    Io {
        /// What was tried.
        action: String,
        /// The backup.
        name: BackupName,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The stored object is larger than allowed.
    #[error(
        "{name} has {size} stored bytes, more than the {max} allowed; raise \
         restore.max_stored_bytes if that is right"
    )]
    TooLarge {
        /// The backup.
        name: BackupName,
        /// Its size, or how much of it was read.
        size: u64,
        /// The limit.
        max: u64,
    },
    /// There is too little room for a private copy of a remote backup.
    #[error(
        "{name} has {size} bytes, but {} has room for {free} only; free some, or set spool_dir",
        directory.display()
    )]
    NoRoom {
        /// The backup.
        name: BackupName,
        /// Its size.
        size: u64,
        /// What the file system has.
        free: u64,
        /// Where the copy would go.
        directory: PathBuf,
    },
    /// The operation was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl Coded for ExamineError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Clock(_) => ErrorCode::WrongClock,
            Self::Key(error) => error.code(),
            Self::Choose(error) => error.code(),
            Self::Checks { source, .. } | Self::Store { source, .. } => match store_code(source) {
                // It was listed a moment ago, so the store contradicts itself.
                ErrorCode::NotFound => ErrorCode::StoreUnavailable,
                code => code,
            },
            Self::Io { .. } | Self::NoRoom { .. } => ErrorCode::Failed,
            Self::TooLarge { .. } => ErrorCode::UnsafeContent,
            Self::Cancelled => ErrorCode::Cancelled,
        }
    }
}

/// Finds a backup, reads its checks, then its bytes once, and weighs what was found.
pub(crate) async fn examine(
    backups: &Backups,
    which: &Which,
    accept_unauthenticated: bool,
    watch: &Arc<Watch>,
) -> Result<Examined, ExamineError> {
    let settings = &backups.settings;
    let now = clock::now()?;
    let found = choose(&*settings.stores.backups, which, now).await?;
    let name = found.name.clone();
    let max = settings.limits.max_stored_bytes;
    if found.size > max {
        let size = found.size;
        return Err(ExamineError::TooLarge { name, size, max });
    }
    let trusted = {
        let backups = backups.clone();
        blocking(move || backups.settings.keys.trusted()).await?
    };
    let checks = checks::read(&settings.stores, &name)
        .await
        .map_err(|source| ExamineError::Checks {
            name: name.clone(),
            source,
        })?;
    let kinds = checks.kinds();
    let examination = Examination::new(&name, &checks, &trusted, now);
    watch.phase(Phase::Verifying, Some(found.size));
    let pass = read_once(backups, &found, examination, watch).await?;
    let policy = TrustPolicy {
        accept_unauthenticated,
        ..settings.policy
    };
    Ok(Examined::new(
        found,
        kinds,
        pass.findings,
        &policy,
        pass.file,
        pass.blocks,
    ))
}

/// The outcome of the one reading.
struct Pass {
    findings: Findings,
    blocks: Blocks,
    file: File,
}

/// Reads a local object where it is, and keeps its descriptor; copies a remote one into a private
/// unlinked file on the way.
async fn read_once(
    backups: &Backups,
    found: &Found,
    examination: Examination,
    watch: &Arc<Watch>,
) -> Result<Pass, ExamineError> {
    let name = &found.name;
    let failed = |source| ExamineError::Store {
        name: name.clone(),
        source,
    };
    let key = key(&ObjectName::Backup(name.clone())).map_err(failed)?;
    let store = Arc::clone(&backups.settings.stores.backups);
    let reading = Reading {
        found: found.clone(),
        examination,
        max: backups.settings.limits.max_stored_bytes,
        watch: Arc::clone(watch),
    };
    let opened = {
        let (store, key) = (Arc::clone(&store), key.clone());
        blocking(move || store.as_local().map(|local| local.open(&key)).transpose()).await
    };
    if let Some(file) = opened.map_err(failed)? {
        return blocking(move || reading.of_file(file)).await;
    }
    let download = store.get(&key, None, None).await.map_err(failed)?;
    let (reader, driver) = download_pipe(download.body);
    let spool_dir = backups.settings.spool_dir.clone();
    let copying = blocking(move || reading.of_stream(reader, &spool_dir));
    let driving = async {
        tokio::select! {
            outcome = driver => outcome,
            () = watch.cancelled() => Err(storage::Error::Aborted),
        }
    };
    let (pass, drove) = tokio::join!(copying, driving);
    if watch.is_cancelled() {
        return Err(ExamineError::Cancelled);
    }
    // The reader can only say that the stream broke; the driver knows why.
    drove.map_err(failed).and(pass)
}

/// One pass over stored bytes.
struct Reading {
    found: Found,
    examination: Examination,
    max: u64,
    watch: Arc<Watch>,
}

impl Reading {
    fn of_file(self, file: File) -> Result<Pass, ExamineError> {
        let reader = FromStart {
            file: &file,
            offset: 0,
        };
        let (findings, blocks) = self.run(reader, |_| Ok(()))?;
        Ok(Pass {
            findings,
            blocks,
            file,
        })
    }

    fn of_stream(self, reader: impl Read, spool_dir: &Path) -> Result<Pass, ExamineError> {
        let name = self.found.name.clone();
        let failed = |source| ExamineError::Io {
            action: format!("write a private copy to {}", spool_dir.display()),
            name: name.clone(),
            source,
        };
        let mut spool = tempfile::tempfile_in(spool_dir).map_err(failed)?;
        let room = rustix::fs::fstatvfs(&spool).map_err(|error| failed(error.into()))?;
        let free = room.f_bavail.saturating_mul(room.f_frsize);
        if free < self.found.size {
            return Err(ExamineError::NoRoom {
                name,
                size: self.found.size,
                free,
                directory: spool_dir.to_owned(),
            });
        }
        let (findings, blocks) =
            self.run(reader, |bytes| spool.write_all(bytes).map_err(failed))?;
        Ok(Pass {
            findings,
            blocks,
            file: spool,
        })
    }

    fn run(
        self,
        mut reader: impl Read,
        mut keep: impl FnMut(&[u8]) -> Result<(), ExamineError>,
    ) -> Result<(Findings, Blocks), ExamineError> {
        let Self {
            found,
            mut examination,
            max,
            watch,
        } = self;
        let mut recorder = BlockRecorder::new(found.size);
        let mut buffer = vec![0; CHUNK];
        let mut size = 0;
        loop {
            if watch.is_cancelled() {
                return Err(ExamineError::Cancelled);
            }
            let count = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => {
                    return Err(ExamineError::Io {
                        action: "read the stored bytes".to_owned(),
                        name: found.name,
                        source,
                    });
                }
            };
            let bytes = &buffer[..count];
            size += bytes.len() as u64;
            if size > max {
                return Err(ExamineError::TooLarge {
                    name: found.name,
                    size,
                    max,
                });
            }
            recorder.update(bytes);
            examination.update(bytes);
            keep(bytes)?;
            watch.advanced(size);
        }
        Ok((examination.finish(), recorder.finish()))
    }
}

/// Reads a file from its start, wherever the descriptor stands.
struct FromStart<'a> {
    file: &'a File,
    offset: u64,
}

impl Read for FromStart<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.offset)?;
        self.offset += count as u64;
        Ok(count)
    }
}
