//! Which backups there are.

use std::collections::BTreeMap;

use prose_backup_naming::{BackupName, CheckKind};
use prose_backup_storage as storage;

use crate::{
    Backups, Coded, ErrorCode, Listed, Operation, checks,
    store_errors::{retrying, store_code},
    which,
};

/// The backups could not be listed.
#[derive(Debug, thiserror::Error)]
#[error("cannot list the {what}")]
pub struct ListError {
    what: &'static str,
    #[source]
    source: storage::Error,
}

impl Coded for ListError {
    fn code(&self) -> ErrorCode {
        store_code(&self.source)
    }
}

impl Backups {
    /// Lists all backups, newest first. Nothing is downloaded.
    pub fn list(&self) -> Operation<Vec<Listed>, ListError> {
        let backups = self.clone();
        Operation::start(|_| async move { list(&backups).await })
    }
}

async fn list(backups: &Backups) -> Result<Vec<Listed>, ListError> {
    let settings = &backups.settings;
    let failed = |what| move |source| ListError { what, source };
    let found = retrying(|| which::all(&*settings.stores.backups, ""))
        .await
        .map_err(failed("backups"))?;
    let mut kinds: BTreeMap<BackupName, Vec<CheckKind>> = BTreeMap::new();
    for store in settings.stores.of_checks() {
        let listed = retrying(|| checks::listed(&**store, ""))
            .await
            .map_err(failed("checks"))?;
        for (name, kind) in listed {
            kinds.entry(name).or_default().push(kind);
        }
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
