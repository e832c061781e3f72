//! A store that fails on demand, for the tests of those who use stores. Feature `testing`.
//!
//! ```
//! use std::sync::Arc;
//! use prose_backup_storage::faulty::{Call, Fault, Faulty, Rule};
//! use prose_backup_storage::{Error, Key, MemoryStore, ObjectStore};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let rule = Rule::new(Call::Head, Fault::AccessDenied).nth(2).keys_ending_in(".sig");
//! let store = Faulty::new(Arc::new(MemoryStore::new()), [rule]);
//! let key: Key = "a.sig".parse()?;
//! assert!(matches!(store.head(&key).await, Err(Error::NotFound { .. })));
//! assert!(matches!(store.head(&key).await, Err(Error::AccessDenied { .. })));
//! # Ok(())
//! # }
//! ```

mod rule;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::{self, BoxStream, Stream, StreamExt};

use crate::download::Download;
use crate::error::{Cause, Error, Publish, Result};
use crate::key::Key;
use crate::meta::{ObjectMeta, Version};
use crate::store::{Deletion, ObjectStore, PutOptions, Upload};
use crate::subject::Subject;

pub use self::rule::{Call, Fault, Rule};

/// A store whose calls fail by rules; of several rules that a call meets, the first decides.
///
/// It does not say that its objects are local files, so that all reading goes through it.
#[derive(Clone, Debug)]
pub struct Faulty {
    inner: Arc<dyn ObjectStore>,
    plan: Plan,
}

#[derive(Clone, Debug)]
struct Plan {
    state: Arc<Mutex<State>>,
    place: Arc<str>,
}

#[derive(Debug)]
struct State {
    rules: Vec<Rule>,
    calls: HashMap<Call, u64>,
}

impl Faulty {
    /// Makes `inner` fail.
    pub fn new(inner: Arc<dyn ObjectStore>, rules: impl IntoIterator<Item = Rule>) -> Self {
        let state = State {
            rules: rules.into_iter().collect(),
            calls: HashMap::new(),
        };
        let plan = Plan {
            state: Arc::new(Mutex::new(state)),
            place: "the faulty store".into(),
        };
        Self { inner, plan }
    }

    /// How many such calls were made, failed ones included.
    pub fn calls(&self, call: Call) -> u64 {
        let state = self
            .plan
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state.calls.get(&call).copied().unwrap_or(0)
    }
}

impl Plan {
    /// Counts a call and says how it is to fail.
    fn next(&self, call: Call, name: &str) -> Option<Fault> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state.calls.entry(call).or_default() += 1;
        // Each rule counts on its own, so all have to see the call.
        let mut fault = None;
        for rule in &mut state.rules {
            if rule.meets(call, name) {
                fault = fault.or(Some(rule.fault));
            }
        }
        fault
    }

    /// Makes a call that answers with an [`Error`], or lets it fail.
    async fn make<T>(
        &self,
        fault: Option<Fault>,
        call: Call,
        key: &Key,
        real: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        match fault {
            None => real.await,
            Some(Fault::Late(delay)) => {
                tokio::time::sleep(delay).await;
                real.await
            }
            Some(Fault::AnswerLost) => {
                real.await?;
                Err(self.error(call, Some(key), Fault::AnswerLost))
            }
            Some(fault) => Err(self.error(call, Some(key), fault)),
        }
    }

    /// Makes a call that publishes, or lets it fail.
    async fn publish<T>(
        &self,
        call: Call,
        key: &Key,
        real: impl Future<Output = Result<T, Publish>>,
    ) -> Result<T, Publish> {
        match self.next(call, key.as_str()) {
            None => real.await,
            Some(Fault::Late(delay)) => {
                tokio::time::sleep(delay).await;
                real.await
            }
            Some(Fault::AnswerLost) => {
                real.await?;
                Err(Publish::Unknown(self.error(
                    call,
                    Some(key),
                    Fault::AnswerLost,
                )))
            }
            Some(Fault::RequestLost) => Err(Publish::Unknown(self.error(
                call,
                Some(key),
                Fault::RequestLost,
            ))),
            Some(fault) => Err(Publish::Rejected(self.error(call, Some(key), fault))),
        }
    }

    fn error(&self, call: Call, key: Option<&Key>, fault: Fault) -> Error {
        let subject = Subject {
            action: call.action(),
            key: key.cloned(),
            place: Arc::clone(&self.place),
        };
        let remedy = "this is a test".into();
        let source = Cause::from(std::io::Error::other(format!("{fault:?}")));
        match fault {
            Fault::AccessDenied => Error::AccessDenied {
                subject,
                remedy,
                source,
            },
            Fault::Full => Error::Full {
                subject,
                remedy,
                source,
            },
            _ => Error::Unavailable {
                subject,
                remedy,
                source,
            },
        }
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn upload(&self, key: &Key, options: &PutOptions) -> Result<Box<dyn Upload>> {
        let fault = self.plan.next(Call::Upload, key.as_str());
        let real = self.inner.upload(key, options);
        let inner = self.plan.make(fault, Call::Upload, key, real).await?;
        Ok(Box::new(FaultyUpload {
            inner,
            key: key.clone(),
            plan: self.plan.clone(),
        }))
    }

    async fn put(
        &self,
        key: &Key,
        body: Bytes,
        options: &PutOptions,
    ) -> Result<ObjectMeta, Publish> {
        let real = self.inner.put(key, body, options);
        self.plan.publish(Call::Put, key, real).await
    }

    async fn get(
        &self,
        key: &Key,
        range: Option<Range<u64>>,
        version: Option<&Version>,
    ) -> Result<Download> {
        let fault = self.plan.next(Call::Get, key.as_str());
        let real = self.inner.get(key, range, version);
        let (bytes, end) = match fault {
            Some(Fault::Cut(bytes)) => (bytes, None),
            Some(Fault::Break(bytes)) => (
                bytes,
                Some(self.plan.error(Call::Get, Some(key), Fault::Break(bytes))),
            ),
            fault => return self.plan.make(fault, Call::Get, key, real).await,
        };
        let download = real.await?;
        let subject = download.subject().clone();
        let body = first(download.body, bytes).chain(stream::iter(end.map(Err)));
        Ok(Download::new(subject, download.meta, download.range, body))
    }

    async fn head(&self, key: &Key) -> Result<ObjectMeta> {
        let fault = self.plan.next(Call::Head, key.as_str());
        self.plan
            .make(fault, Call::Head, key, self.inner.head(key))
            .await
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxStream<'a, Result<ObjectMeta>> {
        let real = self.inner.list(prefix);
        let Some(fault) = self.plan.next(Call::List, prefix) else {
            return real;
        };
        let objects = match fault {
            Fault::Late(delay) => {
                let wait = stream::once(tokio::time::sleep(delay));
                return wait.flat_map(move |()| self.inner.list(prefix)).boxed();
            }
            Fault::Break(objects) => usize::try_from(objects).unwrap_or(usize::MAX),
            _ => 0,
        };
        let error = self.plan.error(Call::List, None, fault);
        real.take(objects).chain(stream::iter([Err(error)])).boxed()
    }

    async fn delete(&self, key: &Key) -> Result<Deletion> {
        let fault = self.plan.next(Call::Delete, key.as_str());
        self.plan
            .make(fault, Call::Delete, key, self.inner.delete(key))
            .await
    }
}

/// The first bytes of a body.
fn first(
    body: BoxStream<'static, Result<Bytes>>,
    bytes: u64,
) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
    body.scan(bytes, |left, chunk| {
        let chunk = chunk.map(|mut chunk| {
            chunk.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= chunk.len() as u64;
            chunk
        });
        // An empty chunk here is where the body was cut.
        let kept = chunk.as_ref().map_or(true, |chunk| !chunk.is_empty());
        std::future::ready(kept.then_some(chunk))
    })
}

struct FaultyUpload {
    inner: Box<dyn Upload>,
    key: Key,
    plan: Plan,
}

#[async_trait]
impl Upload for FaultyUpload {
    fn put_part(&mut self, part: Bytes) -> BoxFuture<'static, Result<()>> {
        let (plan, key) = (self.plan.clone(), self.key.clone());
        let fault = plan.next(Call::PutPart, key.as_str());
        // A part whose future is never polled is a part that never arrives.
        let real = self.inner.put_part(part);
        async move { plan.make(fault, Call::PutPart, &key, real).await }.boxed()
    }

    async fn complete(&mut self) -> Result<ObjectMeta, Publish> {
        let real = self.inner.complete();
        self.plan.publish(Call::Complete, &self.key, real).await
    }

    async fn abort(&mut self) -> Result<()> {
        let fault = self.plan.next(Call::Abort, self.key.as_str());
        self.plan
            .make(fault, Call::Abort, &self.key, self.inner.abort())
            .await
    }
}
