//! The commit of a backup: its checks first, itself last, and nothing left when it fails.

use bytes::Bytes;
use prose_backup_naming::{BackupName, CheckKind, ObjectName};
use prose_backup_storage::{self as storage, Deletion, Nonce, Publish, PutOptions, Upload};
use tokio_util::sync::CancellationToken;

use crate::{
    Coded, ErrorCode,
    backups::{Stores, key},
    checks,
    store_errors::{retrying, store_code},
    watch::{Cancelled, Watch},
    which,
};

/// A backup could not be published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The name, or that of one of its checks, is taken.
    #[error(
        "{taken} exists already, and nothing is ever overwritten; there is one backup per second \
         and label, so try again"
    )]
    Conflict {
        /// The object that was there first.
        taken: ObjectName,
    },
    /// The store failed. Nothing was published.
    #[error("cannot store {object}")]
    Store {
        /// The object that was to be stored.
        object: ObjectName,
        /// What the store said.
        #[source]
        source: storage::Error,
    },
    /// The store's answer was lost, and it cannot be asked whether the object is there.
    #[error(
        "it is not known whether {object} was stored: the store's answer was lost; see whether \
         `prose-backup list` has the backup; if not, `prose-backup delete {}` removes what there is",
        object.backup()
    )]
    Uncertain {
        /// The object that may have been stored.
        object: ObjectName,
        /// What the store said.
        #[source]
        source: storage::Error,
    },
    /// The store holds another number of bytes than were sent, so the backup cannot stay.
    #[error("the store kept {kept} bytes of {name}, where {sent} were sent")]
    WrongSize {
        /// The backup.
        name: BackupName,
        /// How many bytes the store says it has.
        kept: u64,
        /// How many bytes it was given.
        sent: u64,
    },
    /// The operation was cancelled. Nothing was published.
    #[error("cancelled; no backup was made")]
    Cancelled,
    /// Publishing failed, and so did removing what this run had stored until then.
    #[error(
        "{source}; and cleaning up failed too: the store keeps {}, which \
         `prose-backup delete {name}` removes",
        listed(remains)
    )]
    Remains {
        /// The backup.
        name: BackupName,
        /// What remains of it.
        remains: Vec<ObjectName>,
        /// Why publishing failed.
        source: Box<PublishError>,
    },
}

fn listed(objects: &[ObjectName]) -> String {
    let names: Vec<String> = objects.iter().map(ToString::to_string).collect();
    names.join(" and ")
}

impl From<Cancelled> for PublishError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl Coded for PublishError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Conflict { .. } => ErrorCode::Conflict,
            Self::Store { source, .. } => store_code(source),
            Self::Uncertain { .. } | Self::WrongSize { .. } => ErrorCode::StoreUnavailable,
            Self::Cancelled => ErrorCode::Cancelled,
            Self::Remains { source, .. } => source.code(),
        }
    }
}

/// A backup on its way into the stores.
///
/// It **must** end in [`publish`](Self::publish) or [`abandon`](Self::abandon).
pub(crate) struct Publication {
    stores: Stores,
    name: BackupName,
    nonce: Nonce,
    upload: Box<dyn Upload>,
    /// The checks that this run published: all that it may delete.
    published: Vec<ObjectName>,
}

impl Publication {
    /// Makes sure that all names are free, and starts the upload.
    pub(crate) async fn begin(
        stores: &Stores,
        name: &BackupName,
        watch: &Watch,
    ) -> Result<Self, PublishError> {
        let backup = ObjectName::Backup(name.clone());
        let failed = |source| PublishError::Store {
            object: backup.clone(),
            source,
        };
        // An upload that was begun must be aborted, so only the look before it may be dropped.
        let looking = async { taken(stores, name).await.map_err(failed) };
        if let Some(taken) = watch.unless_cancelled(looking).await? {
            return Err(PublishError::Conflict { taken });
        }
        let nonce = Nonce::random().map_err(failed)?;
        let upload = stores
            .backups
            .upload(&key(&backup).map_err(failed)?, &PutOptions::new(nonce))
            .await
            .map_err(failed)?;
        Ok(Self {
            stores: stores.clone(),
            name: name.clone(),
            nonce,
            upload,
            published: Vec::new(),
        })
    }

    /// Where the stored bytes go.
    pub(crate) fn upload(&mut self) -> &mut dyn Upload {
        &mut *self.upload
    }

    /// The error of an upload that broke off.
    pub(crate) fn upload_failed(&self, source: storage::Error) -> PublishError {
        PublishError::Store {
            object: ObjectName::Backup(self.name.clone()),
            source,
        }
    }

    /// Publishes the checks and then the backup.
    pub(crate) async fn publish(
        mut self,
        checks: Vec<(CheckKind, Bytes)>,
        size: u64,
        token: &CancellationToken,
    ) -> Result<(), PublishError> {
        for (kind, body) in checks {
            let done = if token.is_cancelled() {
                Err(PublishError::Cancelled)
            } else {
                self.put_check(kind, body).await
            };
            if let Err(error) = done {
                return Err(self.fail(error).await);
            }
        }
        if token.is_cancelled() {
            return Err(self.fail(PublishError::Cancelled).await);
        }
        self.commit(size).await
    }

    async fn put_check(&mut self, kind: CheckKind, body: Bytes) -> Result<(), PublishError> {
        let check = self.name.check(kind);
        let failed = |source| PublishError::Store {
            object: check.clone(),
            source,
        };
        let key = key(&check).map_err(failed)?;
        let options = PutOptions::new(self.nonce);
        match self.stores.checks.put(&key, body, &options).await {
            Ok(_) => {}
            Err(Publish::Rejected(error)) => return Err(failed(error)),
            Err(Publish::Conflict(_)) => return Err(PublishError::Conflict { taken: check }),
            Err(Publish::Unknown(error)) => {
                if !is_ours(&self.stores, &check, self.nonce, error).await? {
                    return Err(PublishError::Conflict { taken: check });
                }
            }
        }
        self.published.push(check);
        Ok(())
    }

    /// The commit point.
    async fn commit(mut self, size: u64) -> Result<(), PublishError> {
        let backup = ObjectName::Backup(self.name.clone());
        let error = match self.upload.complete().await {
            Ok(meta) if meta.size == size => return Ok(()),
            Ok(meta) => {
                let error = PublishError::WrongSize {
                    name: self.name.clone(),
                    kept: meta.size,
                    sent: size,
                };
                return Err(self.take_back(error).await);
            }
            Err(Publish::Conflict(_)) => PublishError::Conflict { taken: backup },
            Err(Publish::Rejected(source)) => PublishError::Store {
                object: backup,
                source,
            },
            Err(Publish::Unknown(source)) => {
                // Once the upload is aborted, nothing of it can come to be any more, so that what
                // the store then says stays true. Until that is known, the checks must stay.
                if let Err(source) = self.upload.abort().await {
                    return Err(PublishError::Uncertain {
                        object: backup,
                        source,
                    });
                }
                match is_ours(&self.stores, &backup, self.nonce, source).await {
                    Ok(true) => return Ok(()),
                    Ok(false) => PublishError::Conflict { taken: backup },
                    Err(error @ PublishError::Uncertain { .. }) => return Err(error),
                    Err(error) => error,
                }
            }
        };
        Err(self.fail(error).await)
    }

    /// Gives up before the commit point: removes what this run made, and nothing else. Returns the
    /// checks that could not be removed.
    pub(crate) async fn abandon(mut self) -> Vec<ObjectName> {
        if let Err(error) = self.upload.abort().await {
            tracing::warn!(%error, backup = %self.name, "cannot abort the upload");
        }
        delete_all(&self.stores, self.published).await
    }

    async fn fail(self, error: PublishError) -> PublishError {
        let name = self.name.clone();
        with_remains(error, name, self.abandon().await)
    }

    /// Deletes a backup that this run published and that cannot stay: it first, then its checks.
    async fn take_back(mut self, error: PublishError) -> PublishError {
        let mut objects = vec![ObjectName::Backup(self.name.clone())];
        let mut remains = delete_all(&self.stores, objects.clone()).await;
        objects.append(&mut self.published);
        if remains.is_empty() {
            remains = delete_all(&self.stores, objects.split_off(1)).await;
        } else {
            // A backup that is listed keeps its checks.
            remains = objects;
        }
        with_remains(error, self.name, remains)
    }
}

fn with_remains(source: PublishError, name: BackupName, remains: Vec<ObjectName>) -> PublishError {
    if remains.is_empty() {
        return source;
    }
    PublishError::Remains {
        name,
        remains,
        source: Box::new(source),
    }
}

/// Whether the object that the store has under this name came from this run.
async fn is_ours(
    stores: &Stores,
    object: &ObjectName,
    ours: Nonce,
    lost: storage::Error,
) -> Result<bool, PublishError> {
    let store = stores.of(object);
    let uncertain = |source| PublishError::Uncertain {
        object: object.clone(),
        source,
    };
    let key = key(object).map_err(uncertain)?;
    match retrying(|| store.head(&key)).await {
        Ok(meta) => match meta.nonce {
            Some(nonce) => Ok(nonce == ours),
            None => Err(uncertain(lost)),
        },
        Err(storage::Error::NotFound { .. }) => Err(PublishError::Store {
            object: object.clone(),
            source: lost,
        }),
        Err(error) => Err(uncertain(error)),
    }
}

/// Deletes objects of this run; returns those that remain.
async fn delete_all(stores: &Stores, objects: Vec<ObjectName>) -> Vec<ObjectName> {
    let mut remains = Vec::new();
    for object in objects {
        let deleted = match key(&object) {
            Ok(key) => {
                let store = stores.of(&object);
                retrying(|| store.delete(&key)).await
            }
            Err(error) => Err(error),
        };
        match deleted {
            Ok(Deletion::Deleted | Deletion::NotFound) => {}
            outcome => {
                tracing::warn!(?outcome, %object, "the object was not deleted");
                remains.push(object);
            }
        }
    }
    remains
}

/// An object in the way of a backup of this name.
async fn taken(stores: &Stores, name: &BackupName) -> Result<Option<ObjectName>, storage::Error> {
    let text = name.to_string();
    let backups = retrying(|| which::all(&*stores.backups, &text)).await?;
    if backups.iter().any(|found| found.name == *name) {
        return Ok(Some(ObjectName::Backup(name.clone())));
    }
    let checks = retrying(|| checks::listed(&*stores.checks, &text)).await?;
    Ok(checks
        .into_iter()
        .find(|(of, _)| of == name)
        .map(|(of, kind)| of.check(kind)))
}
