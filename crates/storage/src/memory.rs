//! Objects in memory.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::future::{BoxFuture, FutureExt};
use futures::stream::{self, BoxStream, StreamExt};

use crate::download::{Download, within};
use crate::error::{Error, Publish, Result};
use crate::key::Key;
use crate::meta::{ObjectMeta, Version};
use crate::store::{Deletion, ObjectStore, PutOptions, Upload};
use crate::subject::{Action, Subject};

/// How much of an object a read gives at a time, in bytes.
const CHUNK: usize = 1 << 20;

/// A store in memory, for tests and examples. Clones share their objects.
///
/// It keeps nonces, and gives each object a version: a deleted object's version is never given to
/// another one.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    objects: Arc<Mutex<Objects>>,
    place: Arc<str>,
}

#[derive(Debug, Default)]
struct Objects {
    by_key: BTreeMap<Key, Object>,
    published: u64,
}

#[derive(Clone, Debug)]
struct Object {
    meta: ObjectMeta,
    body: Bytes,
}

impl MemoryStore {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            objects: Arc::default(),
            place: "memory".into(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn subject(&self, action: Action, key: &Key) -> Subject {
        Subject::object(action, key, &self.place)
    }

    fn find(&self, subject: &Subject, key: &Key) -> Result<Object> {
        let found = self.lock().by_key.get(key).cloned();
        found.ok_or_else(|| Error::NotFound {
            subject: subject.clone(),
        })
    }

    fn publish(&self, key: &Key, body: Bytes, options: &PutOptions) -> Result<ObjectMeta, Publish> {
        let mut objects = self.lock();
        if objects.by_key.contains_key(key) {
            return Err(Publish::Conflict(self.subject(Action::Publish, key)));
        }
        objects.published += 1;
        let mut meta = ObjectMeta::new(key.clone(), body.len() as u64, SystemTime::now());
        meta.version = Some(Version::new(&objects.published.to_string()));
        meta.nonce = Some(options.nonce);
        let object = Object {
            meta: meta.clone(),
            body,
        };
        objects.by_key.insert(key.clone(), object);
        Ok(meta)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl ObjectStore for MemoryStore {
    async fn upload(&self, key: &Key, options: &PutOptions) -> Result<Box<dyn Upload>> {
        Ok(Box::new(MemoryUpload {
            store: self.clone(),
            key: key.clone(),
            options: options.clone(),
            parts: Some(Parts::default()),
        }))
    }

    async fn put(
        &self,
        key: &Key,
        body: Bytes,
        options: &PutOptions,
    ) -> Result<ObjectMeta, Publish> {
        self.publish(key, body, options)
    }

    async fn get(
        &self,
        key: &Key,
        range: Option<Range<u64>>,
        version: Option<&Version>,
    ) -> Result<Download> {
        let subject = self.subject(Action::Read, key);
        let object = self.find(&subject, key)?;
        if version.is_some() && version != object.meta.version.as_ref() {
            return Err(Error::NotFound { subject });
        }
        let range = within(&subject, range, object.meta.size)?;
        let body = slices(&object.body, range.clone());
        Ok(Download::new(subject, object.meta, range, body))
    }

    async fn head(&self, key: &Key) -> Result<ObjectMeta> {
        let object = self.find(&self.subject(Action::LookUp, key), key)?;
        Ok(object.meta)
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxStream<'a, Result<ObjectMeta>> {
        let objects = self.lock();
        let found = objects.by_key.values().map(|object| &object.meta);
        let found = found.filter(|meta| meta.key.as_str().starts_with(prefix));
        // As other stores do: what a listing says of an object does not include its nonce.
        let listed = found.map(|meta| {
            Ok(ObjectMeta {
                nonce: None,
                ..meta.clone()
            })
        });
        stream::iter(listed.collect::<Vec<_>>()).boxed()
    }

    async fn delete(&self, key: &Key) -> Result<Deletion> {
        Ok(match self.lock().by_key.remove(key) {
            Some(_) => Deletion::Deleted,
            None => Deletion::NotFound,
        })
    }
}

fn slices(
    body: &Bytes,
    range: Range<u64>,
) -> impl futures::Stream<Item = Result<Bytes>> + Send + use<> {
    // An object in memory is smaller than the address space.
    let index = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
    let mut rest = body.slice(index(range.start)..index(range.end));
    stream::iter(std::iter::from_fn(move || {
        let chunk = rest.split_to(rest.len().min(CHUNK));
        (!chunk.is_empty()).then_some(Ok(chunk))
    }))
}

/// The parts by number; `None` where one is still on its way.
type Parts = Arc<Mutex<Vec<Option<Bytes>>>>;

struct MemoryUpload {
    store: MemoryStore,
    key: Key,
    options: PutOptions,
    parts: Option<Parts>,
}

impl MemoryUpload {
    fn subject(&self, action: Action) -> Subject {
        self.store.subject(action, &self.key)
    }
}

#[async_trait]
impl Upload for MemoryUpload {
    fn put_part(&mut self, part: Bytes) -> BoxFuture<'static, Result<()>> {
        let Some(parts) = self.parts.clone() else {
            let error = Error::upload_ended(self.subject(Action::Write));
            return async { Err(error) }.boxed();
        };
        let number = {
            let mut parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
            parts.push(None);
            parts.len() - 1
        };
        async move {
            let mut parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
            parts[number] = Some(part);
            Ok(())
        }
        .boxed()
    }

    async fn complete(&mut self) -> Result<ObjectMeta, Publish> {
        let parts = self.parts.take();
        let parts = parts.ok_or_else(|| Error::upload_ended(self.subject(Action::Publish)))?;
        let mut body = BytesMut::new();
        for part in parts.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let part = part
                .as_ref()
                .ok_or_else(|| Error::upload_incomplete(self.subject(Action::Publish)))?;
            body.extend_from_slice(part);
        }
        self.store.publish(&self.key, body.freeze(), &self.options)
    }

    async fn abort(&mut self) -> Result<()> {
        self.parts = None;
        Ok(())
    }
}
