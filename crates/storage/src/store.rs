//! What every object store can do, and what only some can.

use std::fmt::Debug;
use std::fs::File;
use std::ops::Range;
use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use crate::download::Download;
use crate::error::{Publish, Result};
use crate::key::Key;
use crate::meta::{ObjectMeta, Version};
use crate::nonce::Nonce;

/// A place for objects: bytes under exact names, written once and whole, never changed.
///
/// An object either is there with all its bytes or is not there: what is being uploaded is neither
/// listed nor found. Every store runs the same suite of tests (`conformance`, feature `testing`).
///
/// Futures may be dropped at any time. A read then simply stops. A dropped [`put`](Self::put),
/// [`complete`](Upload::complete) or [`delete`](Self::delete) leaves open whether it happened.
#[async_trait]
pub trait ObjectStore: Debug + Send + Sync {
    /// Starts to upload an object in parts. Nothing is visible under `key` before
    /// [`Upload::complete`], which also is where a taken name shows.
    async fn upload(&self, key: &Key, options: &PutOptions) -> Result<Box<dyn Upload>>;

    /// Publishes a small object in one step, if its name is free.
    async fn put(
        &self,
        key: &Key,
        body: Bytes,
        options: &PutOptions,
    ) -> Result<ObjectMeta, Publish>;

    /// Starts to read an object, or the half-open `range` of its bytes, or one `version` of it.
    ///
    /// A range that is not within the object is [`Error::OutOfRange`](crate::Error::OutOfRange); an
    /// empty one within it is fine. The bytes are those of one object, even when it is deleted or
    /// replaced meanwhile, or the body fails.
    async fn get(
        &self,
        key: &Key,
        range: Option<Range<u64>>,
        version: Option<&Version>,
    ) -> Result<Download>;

    /// Looks up what is known of an object.
    async fn head(&self, key: &Key) -> Result<ObjectMeta>;

    /// Lists all objects whose name begins with `prefix` (the empty one: all), in no particular
    /// order.
    ///
    /// An object that is published or deleted meanwhile may or may not be seen; every other one is
    /// seen once.
    fn list<'a>(&'a self, prefix: &'a str) -> BoxStream<'a, Result<ObjectMeta>>;

    /// Deletes an object. That there is none is an answer, not an error.
    async fn delete(&self, key: &Key) -> Result<Deletion>;

    /// The objects as local files, for a store that keeps them so.
    fn as_local(&self) -> Option<&dyn LocalObjects> {
        None
    }
}

/// An object that is being uploaded. **Either [`complete`](Self::complete) or
/// [`abort`](Self::abort) must be called.**
///
/// Dropping an upload publishes nothing, but it cannot wait for an answer: a remote store may be
/// left with unfinished parts.
#[async_trait]
pub trait Upload: Send {
    /// Sends the next part. Its place is fixed by the order of the calls, so several futures may be
    /// in flight; each must have succeeded before [`complete`](Self::complete) is called. All parts
    /// but the last must be of one size.
    fn put_part(&mut self, part: Bytes) -> BoxFuture<'static, Result<()>>;

    /// Publishes the object, if its name is free and all parts are there. No part at all makes an
    /// empty object.
    ///
    /// After [`Publish::Unknown`] this may be called again: it then finds out, and never publishes
    /// twice. After any other failure only [`abort`](Self::abort) makes sense.
    async fn complete(&mut self) -> Result<ObjectMeta, Publish>;

    /// Removes what was sent. May be called at any time and more than once; it never touches a
    /// published object.
    async fn abort(&mut self) -> Result<()>;
}

/// Objects that are local files.
pub trait LocalObjects: Send + Sync {
    /// Opens an object for reading. This blocks.
    ///
    /// The caller holds one descriptor for all its passes, so that it reads one file even when the
    /// name is given to another meanwhile. That the file's bytes do not change in place, nobody can
    /// promise.
    fn open(&self, key: &Key) -> Result<File>;

    /// The directory that holds the files: a backup must not contain its own store.
    fn directory(&self) -> &Path;
}

/// How an object is to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutOptions {
    /// About how many bytes will come; a store may need it to choose the size of its parts.
    pub size_hint: Option<u64>,
    /// Marks the object as this run's.
    pub nonce: Nonce,
}

impl PutOptions {
    /// Nothing but the mark.
    pub fn new(nonce: Nonce) -> Self {
        Self {
            size_hint: None,
            nonce,
        }
    }
}

/// What came of a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deletion {
    /// The object is gone. A store that cannot tell whether there was one says this as well.
    Deleted,
    /// There was none.
    NotFound,
}
