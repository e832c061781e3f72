//! The first of the two readings of a backup: it hashes and verifies, and parses nothing.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use prose_backup_checksum::{self as checksum, Digest};
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
    watch::{Cancelled, Watch},
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
    /// The hash function of the digest given by hand was not compiled in.
    #[error(transparent)]
    Digest(#[from] checksum::Error),
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
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Coded for ExamineError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Clock(error) => error.code(),
            Self::Key(error) => error.code(),
            Self::Choose(error) => error.code(),
            Self::Checks { source, .. } | Self::Store { source, .. } => match store_code(source) {
                // It was listed a moment ago, so the store contradicts itself.
                ErrorCode::NotFound => ErrorCode::StoreUnavailable,
                code => code,
            },
            Self::Io { .. } | Self::NoRoom { .. } => ErrorCode::Failed,
            Self::Digest(_) => ErrorCode::Unsupported,
            Self::TooLarge { .. } => ErrorCode::UnsafeContent,
            Self::Cancelled(error) => error.code(),
        }
    }
}

/// What the operator accepts by hand, for one operation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Acceptance {
    /// Take a backup that is intact but not authentic, where signing is configured but not
    /// mandatory.
    pub unauthenticated: bool,
    /// Take exactly the bytes that have this digest, whatever their signatures say: the way out when
    /// a key was revoked, when signing came later, or when checks were lost. The digest must come
    /// from somewhere else than the store.
    pub trust_digest: Option<Digest>,
}

/// Finds the backup that is meant.
pub(crate) async fn find(
    backups: &Backups,
    which: &Which,
    watch: &Watch,
) -> Result<Found, ExamineError> {
    let now = clock::now()?;
    let store = &backups.settings.stores.backups;
    let choice = watch
        .unless_cancelled(async { Ok::<_, ExamineError>(choose(&**store, which, now).await?) })
        .await?;
    if let Some(warning) = choice.warning {
        watch.warn(warning);
    }
    Ok(choice.found)
}

/// Reads the checks of a backup, then its bytes once, and weighs what was found.
pub(crate) async fn examine(
    backups: &Backups,
    found: Found,
    acceptance: Acceptance,
    watch: &Arc<Watch>,
) -> Result<Examined, ExamineError> {
    let settings = &backups.settings;
    let now = clock::now()?;
    let trusted = {
        let backups = backups.clone();
        blocking(move || backups.settings.keys.trusted()).await?
    };
    let reading = async {
        let read = checks::read(&settings.stores, &found.name).await;
        read.map_err(|source| ExamineError::Checks {
            name: found.name.clone(),
            source,
        })
    };
    let checks = watch.unless_cancelled(reading).await?;
    let vouched = acceptance.trust_digest;
    let examination = Examination::new(&found.name, &checks, &trusted, now, vouched)?;
    let pass = read_once(backups, &found.name, examination, watch).await?;
    let policy = TrustPolicy {
        accept_unauthenticated: acceptance.unauthenticated,
        ..settings.policy
    };
    Ok(Examined::new(
        found.name,
        checks.kinds(),
        pass.findings,
        policy,
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
    name: &BackupName,
    examination: Examination,
    watch: &Arc<Watch>,
) -> Result<Pass, ExamineError> {
    let failed = |source| ExamineError::Store {
        name: name.clone(),
        source,
    };
    let key = key(&ObjectName::Backup(name.clone())).map_err(failed)?;
    let store = Arc::clone(&backups.settings.stores.backups);
    let reading = Reading {
        name: name.clone(),
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
    let opening = async { store.get(&key, None, None).await.map_err(failed) };
    let download = watch.unless_cancelled(opening).await?;
    let size = download.meta.size;
    let (reader, driver) = download_pipe(download.body);
    let spool_dir = backups.settings.spool_dir.clone();
    let copying = blocking(move || reading.of_stream(reader, size, &spool_dir));
    let driving = watch.unless_cancelled(async { driver.await.map_err(failed) });
    let (pass, drove) = tokio::join!(copying, driving);
    if watch.is_cancelled() {
        return Err(Cancelled.into());
    }
    // The reader can only say that the stream broke; the driver knows why.
    drove.and(pass)
}

/// One pass over stored bytes.
struct Reading {
    name: BackupName,
    examination: Examination,
    max: u64,
    watch: Arc<Watch>,
}

impl Reading {
    fn of_file(self, file: File) -> Result<Pass, ExamineError> {
        let size = file.metadata().map_err(|source| ExamineError::Io {
            action: "read the stored bytes".to_owned(),
            name: self.name.clone(),
            source,
        });
        let reader = FromStart {
            file: &file,
            offset: 0,
        };
        let (findings, blocks) = self.run(reader, size?.len(), |_| Ok(()))?;
        Ok(Pass {
            findings,
            blocks,
            file,
        })
    }

    fn of_stream(
        self,
        reader: impl Read,
        size: u64,
        spool_dir: &Path,
    ) -> Result<Pass, ExamineError> {
        let name = self.name.clone();
        let failed = |source| ExamineError::Io {
            action: format!("write a private copy to {}", spool_dir.display()),
            name: name.clone(),
            source,
        };
        let mut spool = tempfile::tempfile_in(spool_dir).map_err(failed)?;
        let room = rustix::fs::fstatvfs(&spool).map_err(|error| failed(error.into()))?;
        let free = room.f_bavail.saturating_mul(room.f_frsize);
        if free < size.min(self.max) {
            return Err(ExamineError::NoRoom {
                name,
                size,
                free,
                directory: spool_dir.to_owned(),
            });
        }
        let keep = |bytes: &[u8]| spool.write_all(bytes).map_err(failed);
        let (findings, blocks) = self.run(reader, size, keep)?;
        Ok(Pass {
            findings,
            blocks,
            file: spool,
        })
    }

    /// Reads an object that is said to have `size` bytes.
    fn run(
        self,
        mut reader: impl Read,
        size: u64,
        mut keep: impl FnMut(&[u8]) -> Result<(), ExamineError>,
    ) -> Result<(Findings, Blocks), ExamineError> {
        let Self {
            name,
            mut examination,
            max,
            watch,
        } = self;
        if size > max {
            return Err(ExamineError::TooLarge { name, size, max });
        }
        watch.phase(Phase::Verifying, Some(size));
        let mut recorder = BlockRecorder::new(size);
        let mut buffer = vec![0; CHUNK];
        let mut size = 0;
        loop {
            if watch.is_cancelled() {
                return Err(Cancelled.into());
            }
            let count = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => {
                    return Err(ExamineError::Io {
                        action: "read the stored bytes".to_owned(),
                        name,
                        source,
                    });
                }
            };
            let bytes = &buffer[..count];
            size += bytes.len() as u64;
            if size > max {
                return Err(ExamineError::TooLarge { name, size, max });
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
