//! What every store must do, as one suite of tests. Feature `testing`.
//!
//! A store's own tests call [`run`] on a fresh store:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! prose_backup_storage::conformance::run(&prose_backup_storage::MemoryStore::new()).await;
//! # }
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a suite of tests fails by panicking"
)]

mod lists;
mod reads;
mod writes;

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::TryStreamExt;

use crate::capped::get_capped;
use crate::error::{Error, Publish};
use crate::key::Key;
use crate::meta::ObjectMeta;
use crate::nonce::Nonce;
use crate::store::{ObjectStore, PutOptions};

/// Runs the whole suite and panics at the first thing that is wrong.
///
/// All objects that it makes have names beginning with `conformance-` and a nonce, so that the
/// store may hold others; at the end they are deleted. Its largest object has 12 MiB, in parts of 5
/// MiB, the smallest that S3 takes.
pub async fn run(store: &dyn ObjectStore) {
    let suite = Suite::new(store);
    writes::run(&suite).await;
    reads::run(&suite).await;
    lists::run(&suite).await;
    suite.clean_up().await;
}

struct Suite<'a> {
    store: &'a dyn ObjectStore,
    options: PutOptions,
    prefix: String,
}

impl<'a> Suite<'a> {
    fn new(store: &'a dyn ObjectStore) -> Self {
        let nonce = Nonce::random().unwrap();
        Self {
            store,
            options: PutOptions::new(nonce),
            prefix: format!("conformance-{nonce}-"),
        }
    }

    fn key(&self, name: &str) -> Key {
        Key::new(&format!("{}{name}", self.prefix)).unwrap()
    }

    async fn put(&self, key: &Key, body: &'static [u8]) -> Result<ObjectMeta, Publish> {
        self.store
            .put(key, Bytes::from_static(body), &self.options)
            .await
    }

    async fn read(&self, key: &Key) -> Result<Bytes, Error> {
        get_capped(self.store, key, 64 << 20).await
    }

    async fn is_absent(&self, key: &Key) -> bool {
        let head = self.store.head(key).await;
        let get = self.store.get(key, None, None).await;
        let listed = self.listed(key.as_str()).await.contains_key(key);
        let absent = matches!(head, Err(Error::NotFound { .. }));
        assert_eq!(
            matches!(get, Err(Error::NotFound { .. })),
            absent,
            "get and head differ on {key}"
        );
        assert_eq!(!listed, absent, "list and head differ on {key}");
        absent
    }

    /// What a listing gives; nothing twice.
    async fn listed(&self, prefix: &str) -> BTreeMap<Key, ObjectMeta> {
        let mut objects = BTreeMap::new();
        let mut listing = self.store.list(prefix);
        while let Some(meta) = listing.try_next().await.unwrap() {
            let key = meta.key.clone();
            assert!(
                objects.insert(key, meta).is_none(),
                "an object is listed twice"
            );
        }
        objects
    }

    async fn clean_up(&self) {
        for key in self.listed(&self.prefix).await.keys() {
            self.store.delete(key).await.unwrap();
        }
    }
}

/// Bytes that differ from place to place.
fn pattern(length: usize) -> Bytes {
    let mut bytes = Vec::with_capacity(length + 8);
    for n in 0_u64.. {
        if bytes.len() >= length {
            break;
        }
        bytes.extend_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    }
    bytes.truncate(length);
    bytes.into()
}
