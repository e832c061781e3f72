//! What can be told about a backup without downloading it.

use prose_backup_naming::BackupName;
use prose_backup_storage as storage;

use crate::{
    Backups, Cancelled, Coded, Details, ErrorCode, Listed, Operation, Which,
    claims::{KeysAtHand, claims},
    clock::{self, WrongClock},
    store_errors::store_code,
    watch::unless_cancelled,
    which::{ChooseError, choose},
};

/// A backup could not be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShowError {
    /// It is not known what time it is.
    #[error(transparent)]
    Clock(#[from] WrongClock),
    /// There is no such backup.
    #[error(transparent)]
    Choose(#[from] ChooseError),
    /// The store failed.
    #[error("cannot look at {name}")]
    Store {
        /// The backup.
        name: BackupName,
        /// What the store said.
        #[source]
        source: storage::Error,
    },
    /// The operation was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Coded for ShowError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Clock(error) => error.code(),
            Self::Choose(error) => error.code(),
            Self::Cancelled(error) => error.code(),
            Self::Store { source, .. } => store_code(source),
        }
    }
}

impl Backups {
    /// Looks at a backup: its listing, its checks, and the head that says for whom it is
    /// encrypted. What needs the stored bytes is `None`.
    pub fn show(&self, which: Which) -> Operation<Details, ShowError> {
        let backups = self.clone();
        Operation::start(
            |token| async move { unless_cancelled(&token, show(&backups, which)).await },
        )
    }
}

async fn show(backups: &Backups, which: Which) -> Result<Details, ShowError> {
    let settings = &backups.settings;
    let now = clock::now()?;
    let choice = choose(&*settings.stores.backups, &which, now).await?;
    let found = choice.found;
    let keys = KeysAtHand::load(backups).await;
    let claims = claims(backups, &found, &keys, now)
        .await
        .map_err(|source| ShowError::Store {
            name: found.name.clone(),
            source,
        })?;
    let listed = Listed::new(found.name, found.size, &claims.checks, settings.policy);
    let mut warnings: Vec<String> = choice.warning.into_iter().collect();
    warnings.extend(keys.warnings.iter().cloned());
    warnings.extend(claims.problems);
    Ok(Details {
        reason: reason(&listed),
        listed,
        is_intact: None,
        is_authentic: None,
        signing_keys: claims.signing_keys,
        encryption_keys: claims.encryption_keys,
        can_be_decrypted: claims.can_be_decrypted,
        verdict: None,
        warnings,
    })
}

fn reason(listed: &Listed) -> String {
    match (listed.can_be_restored, listed.is_signed) {
        (true, true) => "not verified yet: its signature covers bytes that were not read",
        (true, false) => "not verified yet: its digest covers bytes that were not read",
        (false, _) => {
            "cannot be restored: a check that the policy needs is missing, or a layer of \
                       it was not compiled in"
        }
    }
    .to_owned()
}
