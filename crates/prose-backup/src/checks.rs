//! The checks beside a backup: which there are, and what they hold.

use std::{collections::BTreeSet, sync::Arc};

use bytes::Bytes;
use futures::{TryStreamExt, future};
use prose_backup_checksum::DigestFile;
use prose_backup_crypto::Verifier;
use prose_backup_naming::{BackupName, CheckKind, DigestAlgorithm, ObjectName};
use prose_backup_storage::{self as storage, ObjectStore, get_capped};

use crate::{
    backups::{Stores, key},
    store_errors::retrying,
};

/// The checks of one backup, read but not yet believed.
#[derive(Debug)]
pub(crate) struct Checks {
    /// What each digest object holds; `None` when it is larger than any digest file.
    pub(crate) digests: Vec<(DigestAlgorithm, Option<Bytes>)>,
    /// What the signature object holds, if there is one.
    pub(crate) signature: Option<Signature>,
}

impl Checks {
    /// Which kinds there are.
    pub(crate) fn kinds(&self) -> Vec<CheckKind> {
        let digests = self
            .digests
            .iter()
            .map(|(kind, _)| CheckKind::Digest(*kind));
        let signature = self.signature.iter().map(|_| CheckKind::Signature);
        digests.chain(signature).collect()
    }
}

/// A signature object.
#[derive(Debug)]
pub(crate) enum Signature {
    /// Its bytes.
    Bytes(Bytes),
    /// It is larger than any signature file.
    Oversized,
}

/// Which checks of which backups a store lists.
pub(crate) async fn listed(
    store: &dyn ObjectStore,
    prefix: &str,
) -> Result<BTreeSet<(BackupName, CheckKind)>, storage::Error> {
    store
        .list(prefix)
        .try_filter_map(|object| {
            future::ok(match object.key.as_str().parse() {
                Ok(ObjectName::Check(name, kind)) => Some((name, kind)),
                Ok(ObjectName::Backup(_)) | Err(_) => None,
            })
        })
        .try_collect()
        .await
}

/// Reads all checks of a backup, each up to its cap.
///
/// Whether a check exists is decided by listing; a listing or a read that fails is an error, never
/// an absent check.
pub(crate) async fn read(stores: &Stores, name: &BackupName) -> Result<Checks, storage::Error> {
    let prefix = name.to_string();
    let mut places: Vec<(CheckKind, Arc<dyn ObjectStore>)> = Vec::new();
    for store in stores.of_checks() {
        let listed = retrying(|| listed(&**store, &prefix)).await?;
        let kinds = CheckKind::ALL
            .into_iter()
            .filter(|kind| listed.contains(&(name.clone(), *kind)));
        places.extend(kinds.map(|kind| (kind, Arc::clone(store))));
        // A backup has all its checks in one place. Another place may be less well guarded.
        if !places.is_empty() {
            break;
        }
    }
    let mut checks = Checks {
        digests: Vec::new(),
        signature: None,
    };
    for (kind, store) in places {
        match kind {
            CheckKind::Digest(algorithm) => {
                let bytes = read_capped(&*store, name, kind, DigestFile::MAX_BYTES).await?;
                checks.digests.push((algorithm, bytes));
            }
            CheckKind::Signature => {
                let cap = Verifier::MAX_SIGNATURE_BYTES;
                checks.signature = Some(match read_capped(&*store, name, kind, cap).await? {
                    Some(bytes) => Signature::Bytes(bytes),
                    None => Signature::Oversized,
                });
            }
        }
    }
    Ok(checks)
}

/// A check's bytes; `None` when it is larger than `max`.
async fn read_capped(
    store: &dyn ObjectStore,
    name: &BackupName,
    kind: CheckKind,
    max: u64,
) -> Result<Option<Bytes>, storage::Error> {
    let key = key(&name.check(kind))?;
    match retrying(|| get_capped(store, &key, max)).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(storage::Error::TooLarge { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
