//! A file that is being written.

use std::fs::File;
use std::num::NonZeroU64;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use rustix::fs::{Advice, Mode, OFlags};
use rustix::io::Errno;

use super::blocking;
use super::directory::{Directory, Inode, meta};
use super::errno::failed;
use super::publish::publish;
use crate::error::{Error, Publish, Result};
use crate::key::Key;
use crate::meta::ObjectMeta;
use crate::nonce::Nonce;
use crate::store::Upload;
use crate::subject::{Action, Subject};

/// The hidden file that an upload writes to. Dropping it removes the file.
struct Partial {
    directory: Arc<Directory>,
    file: Arc<File>,
    name: Arc<str>,
    /// Whether the name may still stand for this file.
    named: bool,
}

impl Partial {
    fn create(directory: Arc<Directory>, subject: &Subject) -> Result<Self> {
        let name: Arc<str> = format!(".prose-backup-{}.partial", Nonce::random()?).into();
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let created = rustix::fs::openat(&directory, &*name, flags, Mode::RUSR | Mode::WUSR);
        let file = created.map_err(|errno| failed(subject.clone(), errno))?;
        Ok(Self {
            directory,
            file: Arc::new(file.into()),
            name,
            named: true,
        })
    }

    fn remove(&mut self) -> rustix::io::Result<()> {
        if self.named {
            match self.directory.unlink(&self.name) {
                Ok(()) | Err(Errno::NOENT) => self.named = false,
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Nobody is left to tell; the hidden file is no object and hinders nothing.
        let _ = self.remove();
    }
}

/// An upload to a hidden file beside the objects.
pub(super) struct FsUpload {
    directory: Arc<Directory>,
    key: Key,
    nonce: Nonce,
    /// `None` once the upload has ended.
    partial: Option<Partial>,
    /// Where the next part goes: the sum of the lengths of those before it.
    end: u64,
    /// How many bytes have arrived. A part that failed, or whose future was dropped, is missing
    /// here.
    arrived: Arc<AtomicU64>,
    /// Whether an earlier attempt to complete may have succeeded.
    uncertain: bool,
}

impl FsUpload {
    /// Creates the hidden file. This blocks.
    pub(super) fn start(directory: Arc<Directory>, key: Key, nonce: Nonce) -> Result<Self> {
        let subject = directory.subject(Action::Write, &key);
        // A name that this file system cannot take should not show only after all has been written.
        match directory.stat(key.as_str()) {
            Ok(_) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(failed(subject, errno)),
        }
        let partial = Partial::create(Arc::clone(&directory), &subject)?;
        Ok(Self {
            directory,
            key,
            nonce,
            partial: Some(partial),
            end: 0,
            arrived: Arc::default(),
            uncertain: false,
        })
    }

    fn subject(&self, action: Action) -> Subject {
        self.directory.subject(action, &self.key)
    }

    /// What is left to do once all parts are there, to be run where it may block.
    fn finishing(&self, subject: Subject) -> Result<Finishing> {
        let Some(partial) = &self.partial else {
            return Err(Error::upload_ended(subject));
        };
        if self.arrived.load(Ordering::Acquire) != self.end {
            return Err(Error::upload_incomplete(subject));
        }
        Ok(Finishing {
            directory: Arc::clone(&self.directory),
            file: Arc::clone(&partial.file),
            partial: Arc::clone(&partial.name),
            key: self.key.clone(),
            nonce: self.nonce,
            uncertain: self.uncertain,
        })
    }
}

#[async_trait]
impl Upload for FsUpload {
    fn put_part(&mut self, part: Bytes) -> BoxFuture<'static, Result<()>> {
        let subject = self.subject(Action::Write);
        let Some(partial) = &self.partial else {
            return async { Err(Error::upload_ended(subject)) }.boxed();
        };
        let (file, arrived, offset) = (
            Arc::clone(&partial.file),
            Arc::clone(&self.arrived),
            self.end,
        );
        self.end += part.len() as u64;
        async move {
            let about = subject.clone();
            blocking(&subject, move || {
                write_at(&file, &part, offset).map_err(|errno| failed(about, errno))?;
                arrived.fetch_add(part.len() as u64, Ordering::Release);
                Ok(())
            })
            .await
        }
        .boxed()
    }

    async fn complete(&mut self) -> Result<ObjectMeta, Publish> {
        let subject = self.subject(Action::Publish);
        let published = match self.finishing(subject.clone()) {
            Ok(finishing) => blocking(&subject, move || finishing.run()).await,
            Err(error) => Err(Publish::Rejected(error)),
        };
        match &published {
            Ok(_) => {
                if let Some(mut partial) = self.partial.take() {
                    partial.named = false;
                }
            }
            // Asked again, it finds out.
            Err(Publish::Unknown(_)) => self.uncertain = true,
            // After a flush that failed, the kernel may take lost bytes for written ones: this file
            // is never to be published, and there is nothing to be gained from keeping it.
            Err(Publish::Rejected(_) | Publish::Conflict(_)) => {
                let _ = self.abort().await;
            }
        }
        published
    }

    async fn abort(&mut self) -> Result<()> {
        let Some(mut partial) = self.partial.take() else {
            return Ok(());
        };
        let subject = self.subject(Action::Abort);
        let about = subject.clone();
        blocking(&subject, move || {
            partial.remove().map_err(|errno| failed(about, errno))
        })
        .await
    }
}

fn write_at(file: &File, part: &[u8], offset: u64) -> rustix::io::Result<()> {
    let written = file.write_all_at(part, offset);
    written.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    // The kernel starts to write out what it is told will not be needed, and drops what it has
    // written out: so the final flush finds little to do, and a large backup does not push the
    // server's own files out of memory. Only advice: a failure means nothing.
    let end = NonZeroU64::new(offset + part.len() as u64);
    if end.is_some() {
        let _ = rustix::fs::fadvise(file, 0, end, Advice::DontNeed);
    }
    Ok(())
}

/// The last steps of an upload.
struct Finishing {
    directory: Arc<Directory>,
    file: Arc<File>,
    partial: Arc<str>,
    key: Key,
    nonce: Nonce,
    uncertain: bool,
}

impl Finishing {
    fn run(self) -> Result<ObjectMeta, Publish> {
        let failed = |errno| {
            let error = failed(self.directory.subject(Action::Publish, &self.key), errno);
            if self.uncertain {
                Publish::Unknown(error)
            } else {
                Publish::Rejected(error)
            }
        };
        rustix::fs::fchmod(&self.file, self.directory.mode()).map_err(failed)?;
        rustix::fs::fsync(&self.file).map_err(failed)?;
        let stat = rustix::fs::fstat(&self.file).map_err(failed)?;
        let inode = Inode::of(&stat);

        let published = publish(&self.directory, &self.partial, &self.key, inode).and_then(|()| {
            self.directory
                .flush()
                .or_else(|errno| self.withdraw(inode, errno))
        });
        if let Err(Publish::Unknown(_)) = &published {
            self.directory
                .remember(Arc::clone(&self.file), inode, self.nonce);
        }
        published?;

        let mut meta = meta(self.key, &stat);
        meta.nonce = Some(self.nonce);
        Ok(meta)
    }

    /// Takes back an object whose name could not be made durable: after a power cut it might be
    /// gone.
    fn withdraw(&self, inode: Inode, errno: Errno) -> Result<(), Publish> {
        let error = failed(self.directory.subject(Action::Publish, &self.key), errno);
        let ours =
            matches!(self.directory.stat(self.key.as_str()), Ok(stat) if Inode::of(&stat) == inode);
        if ours && self.directory.unlink(self.key.as_str()).is_ok() {
            Err(Publish::Rejected(error))
        } else {
            Err(Publish::Unknown(error))
        }
    }
}
