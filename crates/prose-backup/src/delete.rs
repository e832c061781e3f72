//! Deleting a backup: it first, then its checks, and nothing else.

use prose_backup_naming::{BackupName, CheckKind, ObjectName};
use prose_backup_storage::{self as storage, Deletion};
use serde::Serialize;

use crate::{
    Backups, Coded, ErrorCode, Operation,
    backups::key,
    checks,
    store_errors::{retrying, store_code},
    text::{as_text, as_texts},
};

/// A backup that was deleted.
#[derive(Debug, Clone, Serialize)]
pub struct Deleted {
    /// Its name.
    #[serde(serialize_with = "as_text")]
    pub name: BackupName,
    /// The objects that are gone.
    #[serde(serialize_with = "as_texts")]
    pub objects: Vec<ObjectName>,
}

/// A backup could not be deleted, or not all of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeleteError {
    /// The store has neither the backup nor a check of it.
    #[error("there is no backup {0}")]
    NoSuchBackup(BackupName),
    /// The store keeps the object for a reason of its own.
    #[error("the store did not delete {object}")]
    Kept {
        /// The object that remains.
        object: ObjectName,
    },
    /// The store failed. What was deleted until then is gone; deleting again goes on.
    #[error("cannot delete {object}; try again to delete what remains of the backup")]
    Store {
        /// The object that remains.
        object: ObjectName,
        /// What the store said.
        #[source]
        source: storage::Error,
    },
}

impl Coded for DeleteError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoSuchBackup(_) => ErrorCode::NotFound,
            Self::Kept { .. } => ErrorCode::Failed,
            Self::Store { source, .. } => store_code(source),
        }
    }
}

impl Backups {
    /// Deletes a backup and its checks. A deletion that broke off is finished by another one: checks
    /// without a backup are deleted too.
    ///
    /// Not cancellable: it is three short requests, and half a deletion is worse than a whole one.
    pub fn delete(&self, name: BackupName) -> Operation<Deleted, DeleteError> {
        let backups = self.clone();
        Operation::start(|_| async move { delete(&backups, name).await })
    }
}

async fn delete(backups: &Backups, name: BackupName) -> Result<Deleted, DeleteError> {
    let stores = &backups.settings.stores;
    let backup = ObjectName::Backup(name.clone());
    let prefix = name.to_string();
    let listed = retrying(|| checks::listed(&*stores.checks, &prefix))
        .await
        .map_err(|source| DeleteError::Store {
            object: backup.clone(),
            source,
        })?;
    let kinds = CheckKind::ALL
        .into_iter()
        .filter(|kind| listed.contains(&(name.clone(), *kind)));
    // The backup goes first: a backup without checks could not be restored, but would be listed.
    let mut objects = Vec::new();
    for object in std::iter::once(backup).chain(kinds.map(|kind| name.check(kind))) {
        let failed = |source| DeleteError::Store {
            object: object.clone(),
            source,
        };
        let key = key(&object).map_err(failed)?;
        let store = stores.of(&object);
        let deletion = retrying(|| store.delete(&key)).await.map_err(failed)?;
        match deletion {
            Deletion::Deleted => objects.push(object),
            Deletion::NotFound => {}
            // What remains keeps its checks.
            _ => return Err(DeleteError::Kept { object }),
        }
    }
    if objects.is_empty() {
        return Err(DeleteError::NoSuchBackup(name));
    }
    Ok(Deleted { name, objects })
}
