//! Which backups there are.

use std::collections::BTreeMap;

use prose_backup_naming::{BackupName, CheckKind};
use prose_backup_storage as storage;

use crate::{
    Backups, Cancelled, Coded, ErrorCode, Listed, Operation, checks,
    store_errors::{retrying, store_code},
    watch::unless_cancelled,
    which,
};

/// The backups could not be listed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// The store failed.
    #[error("cannot list the {what}")]
    Store {
        /// What was to be listed.
        what: &'static str,
        /// What the store said.
        #[source]
        source: storage::Error,
    },
    /// The operation was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Coded for ListError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Store { source, .. } => store_code(source),
            Self::Cancelled(error) => error.code(),
        }
    }
}

impl Backups {
    /// Lists all backups, newest first. Nothing is downloaded.
    pub fn list(&self) -> Operation<Vec<Listed>, ListError> {
        let backups = self.clone();
        Operation::start(|token| async move { unless_cancelled(&token, list(&backups)).await })
    }
}

async fn list(backups: &Backups) -> Result<Vec<Listed>, ListError> {
    let settings = &backups.settings;
    let failed = |what| move |source| ListError::Store { what, source };
    let found = retrying(|| which::all(&*settings.stores.backups, ""))
        .await
        .map_err(failed("backups"))?;
    let mut kinds: BTreeMap<BackupName, Vec<CheckKind>> = BTreeMap::new();
    for store in settings.stores.of_checks() {
        let mut here: BTreeMap<BackupName, Vec<CheckKind>> = BTreeMap::new();
        let listed = retrying(|| checks::listed(&**store, ""))
            .await
            .map_err(failed("checks"))?;
        for (name, kind) in listed {
            here.entry(name).or_default().push(kind);
        }
        // As when they are read: a backup has all its checks in one place.
        here.append(&mut kinds);
        kinds = here;
    }
    Ok(found
        .into_iter()
        .rev()
        .map(|found| {
            let kinds = kinds.get(&found.name).map_or(&[][..], Vec::as_slice);
            Listed::new(found.name, found.size, kinds, settings.policy)
        })
        .collect())
}
