//! Reading small objects whole.

use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;

use crate::error::{Error, Result};
use crate::key::Key;
use crate::store::ObjectStore;

/// Reads a whole object into memory, if it has at most `max` bytes.
///
/// A larger one is [`Error::TooLarge`], whatever the store says of its size: no more than `max`
/// bytes are ever kept.
pub async fn get_capped(store: &dyn ObjectStore, key: &Key, max: u64) -> Result<Bytes> {
    let mut download = store.get(key, None, None).await?;
    let subject = download.subject().clone();
    let too_large = |size| Error::TooLarge {
        subject: subject.clone(),
        size,
        max,
    };
    if download.meta.size > max {
        return Err(too_large(download.meta.size));
    }
    let mut whole = BytesMut::new();
    while let Some(chunk) = download.body.try_next().await? {
        let size = whole.len() as u64 + chunk.len() as u64;
        if size > max {
            return Err(too_large(size));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}
