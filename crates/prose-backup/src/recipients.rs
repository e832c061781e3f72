//! For whom a backup is encrypted, from its first bytes alone.

use bytes::Bytes;
use futures::TryStreamExt;
use prose_backup_crypto::{HEAD_BYTES, recipients_of};
use prose_backup_naming::ObjectName;
use prose_backup_storage as storage;

use crate::{Backups, EncryptionKey, backups::key, store_errors::retrying, which::Found};

/// The keys that open a message, and whether one of them is at hand; a sentence fragment when that
/// cannot be told.
pub(crate) fn message_keys(
    backups: &Backups,
    head: &[u8],
) -> Result<(Vec<EncryptionKey>, Option<bool>), String> {
    let recipients = recipients_of(head).map_err(|error| error.to_string())?;
    let keyring = backups
        .settings
        .keys
        .keyring()
        .map_err(|error| error.to_string())?;
    let matched = keyring.holds(&recipients);
    Ok((EncryptionKey::all(&matched), matched.can_decrypt))
}

/// The first bytes of a stored backup: as many as say for whom it is encrypted, and no more.
pub(crate) async fn head(backups: &Backups, found: &Found) -> Result<Bytes, storage::Error> {
    let store = &backups.settings.stores.backups;
    let key = key(&ObjectName::Backup(found.name.clone()))?;
    let length = found.size.min(HEAD_BYTES as u64);
    retrying(|| async {
        let download = store.get(&key, Some(0..length), None).await?;
        let chunks: Vec<Bytes> = download.body.try_collect().await?;
        Ok(chunks.concat().into())
    })
    .await
}
