//! A directory whose regular files are the objects.
//!
//! * The directory is held by descriptor, and each access goes through it, follows no symbolic link
//!   and never waits on a FIFO. What is not a regular file is listed, so that nobody can hide an
//!   object by putting something else in its place, but it is never opened: reading it is
//!   [`Error::NotAnObject`].
//! * An upload writes to `.prose-backup-<random>.partial` (mode 0600) in the same directory.
//!   Completing it gives the file the configured mode, flushes it to disk, gives it its name in one
//!   step that replaces nothing (a no-replace rename, or a hard link where the file system lacks
//!   that), and flushes the directory. A process that is killed leaves at most the hidden partial
//!   file.
//! * There are no versions. Nonces are not kept in the directory: where the answer to the last step
//!   is lost, the file's inode tells whether it happened. Where even that cannot be asked, the store
//!   remembers inode and nonce, so that `head` tells the nonce once the directory answers again.
//!
//! All work on the file system runs on tokio's threads for blocking work, so a tokio runtime is
//! needed. Two things block the caller: [`FsStore::open`], and dropping an upload that was neither
//! completed nor aborted, which unlinks its partial file.

mod directory;
mod errno;
mod list;
mod publish;
mod read;
mod upload;

use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use self::directory::Directory;
use self::upload::FsUpload;
use crate::download::{Download, within};
use crate::error::{Error, Publish, Result};
use crate::key::Key;
use crate::meta::{ObjectMeta, Version};
use crate::store::{Deletion, LocalObjects, ObjectStore, PutOptions, Upload};
use crate::subject::{Action, Subject};

/// How a directory is used as a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FsOptions {
    /// The permission bits of published files, whatever the umask: `0o600` by default.
    pub mode: u32,
    /// Whether to create the directory, and what is missing above it, with mode 0700. Off by
    /// default.
    pub create: bool,
}

impl Default for FsOptions {
    fn default() -> Self {
        Self {
            mode: 0o600,
            create: false,
        }
    }
}

/// A directory whose regular files are the objects. Clones share the descriptor.
#[derive(Clone, Debug)]
pub struct FsStore {
    directory: Arc<Directory>,
}

impl FsStore {
    /// Opens the directory, or creates it. This blocks.
    ///
    /// From here on the store is the directory that was opened, even when it is moved.
    pub fn open(directory: impl AsRef<Path>, options: FsOptions) -> Result<Self> {
        let directory = Directory::open(directory.as_ref(), options)?;
        Ok(Self {
            directory: Arc::new(directory),
        })
    }

    fn subject(&self, action: Action, key: &Key) -> Subject {
        self.directory.subject(action, key)
    }

    async fn start(&self, key: &Key, options: &PutOptions) -> Result<FsUpload> {
        let directory = Arc::clone(&self.directory);
        let (key, nonce) = (key.clone(), options.nonce);
        let subject = self.subject(Action::Write, &key);
        blocking(&subject, move || FsUpload::start(directory, key, nonce)).await
    }
}

#[async_trait]
impl ObjectStore for FsStore {
    async fn upload(&self, key: &Key, options: &PutOptions) -> Result<Box<dyn Upload>> {
        Ok(Box::new(self.start(key, options).await?))
    }

    async fn put(
        &self,
        key: &Key,
        body: Bytes,
        options: &PutOptions,
    ) -> Result<ObjectMeta, Publish> {
        let mut upload = self.start(key, options).await?;
        let published = match upload.put_part(body).await {
            Ok(()) => upload.complete().await,
            Err(error) => Err(error.into()),
        };
        if published.is_err() {
            // The first error is the one to report, and dropping the upload tries once more.
            let _ = upload.abort().await;
        }
        published
    }

    async fn get(
        &self,
        key: &Key,
        range: Option<Range<u64>>,
        version: Option<&Version>,
    ) -> Result<Download> {
        let subject = self.subject(Action::Read, key);
        if version.is_some() {
            return Err(Error::Unsupported {
                subject,
                what: "versions",
            });
        }
        let (directory, wanted) = (Arc::clone(&self.directory), key.clone());
        let (file, meta) = blocking(&subject, move || directory.open_object(&wanted)).await?;
        let range = within(&subject, range, meta.size)?;
        let body = read::body(file, range.clone(), subject.clone());
        Ok(Download::new(subject, meta, range, body))
    }

    async fn head(&self, key: &Key) -> Result<ObjectMeta> {
        let (directory, key) = (Arc::clone(&self.directory), key.clone());
        let subject = self.subject(Action::LookUp, &key);
        blocking(&subject, move || directory.look_up(&key)).await
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxStream<'a, Result<ObjectMeta>> {
        list::objects(&self.directory, prefix)
    }

    async fn delete(&self, key: &Key) -> Result<Deletion> {
        let (directory, key) = (Arc::clone(&self.directory), key.clone());
        let subject = self.subject(Action::Delete, &key);
        blocking(&subject, move || directory.delete(&key)).await
    }

    fn as_local(&self) -> Option<&dyn LocalObjects> {
        Some(self)
    }
}

impl LocalObjects for FsStore {
    fn open(&self, key: &Key) -> Result<File> {
        let (file, _) = self.directory.open_object(key)?;
        Ok(file)
    }

    fn directory(&self) -> &Path {
        self.directory.path()
    }
}

/// Runs work that blocks on a thread meant for it.
async fn blocking<T: Send + 'static, E: From<Error> + Send + 'static>(
    subject: &Subject,
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(stopped) => match stopped.try_into_panic() {
            // A bug must stay visible where it happened.
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(E::from(Error::ShuttingDown {
                subject: subject.clone(),
            })),
        },
    }
}
