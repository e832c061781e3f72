//! Which backups hang on which keys.

use std::collections::BTreeMap;

use prose_backup_naming::BackupName;
use prose_backup_storage as storage;
use serde::Serialize;

use crate::{
    Backups, Cancelled, Coded, EncryptionKey, ErrorCode, Operation, SigningKey,
    claims::{KeysAtHand, claims},
    clock::{self, WrongClock},
    store_errors::{retrying, store_code},
    text::{as_text, as_texts},
    watch::unless_cancelled,
    which,
};

/// The keys of all backups, by backup and by key.
#[derive(Debug, Clone, Serialize)]
pub struct KeysReport {
    /// Newest first.
    pub backups: Vec<BackupKeys>,
    /// By fingerprint or key id.
    pub keys: Vec<KeyUse>,
    /// Keys that are configured but cannot be loaded.
    pub warnings: Vec<String>,
}

/// The keys that one backup needs.
#[derive(Debug, Clone, Serialize)]
pub struct BackupKeys {
    /// The backup.
    #[serde(serialize_with = "as_text")]
    pub name: BackupName,
    /// For whom it is encrypted, by what the message claims. Any one of them opens it.
    pub encryption_keys: Vec<EncryptionKey>,
    /// A key at hand opens it; `None` when it is not encrypted, or when only trying can tell.
    pub can_be_decrypted: Option<bool>,
    /// Who signed it, by what the signatures claim.
    pub signing_keys: Vec<SigningKey>,
    /// What could not be found out, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What hangs on one key.
#[derive(Debug, Clone, Serialize)]
pub struct KeyUse {
    /// As the backups name it: fingerprint or key id, in upper-case hexadecimal digits.
    pub fingerprint: String,
    /// Its secret part is at hand (for decryption), or it is trusted (for signatures).
    pub at_hand: bool,
    /// The backups that it decrypts.
    #[serde(serialize_with = "as_texts")]
    pub decrypts: Vec<BackupName>,
    /// Of those, the backups that no other usable key at hand decrypts.
    #[serde(serialize_with = "as_texts")]
    pub decrypts_alone: Vec<BackupName>,
    /// The backups that it claims to have signed.
    #[serde(serialize_with = "as_texts")]
    pub signed: Vec<BackupName>,
}

/// The keys could not be found out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// It is not known what time it is.
    #[error(transparent)]
    Clock(#[from] WrongClock),
    /// The store failed.
    #[error("cannot find out which keys the backups need")]
    Store(#[from] storage::Error),
    /// The operation was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Coded for KeysError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Clock(error) => error.code(),
            Self::Store(error) => store_code(error),
            Self::Cancelled(error) => error.code(),
        }
    }
}

impl Backups {
    /// Reads the head of every backup, and its signature, and says which keys they name. Nothing
    /// else is downloaded.
    pub fn keys(&self) -> Operation<KeysReport, KeysError> {
        let backups = self.clone();
        Operation::start(|token| async move { unless_cancelled(&token, keys(&backups)).await })
    }
}

async fn keys(backups: &Backups) -> Result<KeysReport, KeysError> {
    let now = clock::now()?;
    let store = &backups.settings.stores.backups;
    let found = retrying(|| which::all(&**store, "")).await?;
    let keys = KeysAtHand::load(backups).await;
    let mut all = Vec::with_capacity(found.len());
    for found in found.into_iter().rev() {
        let claims = claims(backups, &found, &keys, now).await?;
        all.push(BackupKeys {
            name: found.name,
            encryption_keys: claims.encryption_keys,
            can_be_decrypted: claims.can_be_decrypted,
            signing_keys: claims.signing_keys,
            problem: (!claims.problems.is_empty()).then(|| claims.problems.join("; ")),
        });
    }
    Ok(KeysReport {
        keys: by_key(&all),
        backups: all,
        warnings: keys.warnings.clone(),
    })
}

/// The same, turned round.
fn by_key(backups: &[BackupKeys]) -> Vec<KeyUse> {
    fn entry<'k, 'a>(
        keys: &'k mut BTreeMap<&'a str, KeyUse>,
        fingerprint: &'a str,
    ) -> &'k mut KeyUse {
        keys.entry(fingerprint).or_insert_with(|| KeyUse {
            fingerprint: fingerprint.to_owned(),
            at_hand: false,
            decrypts: Vec::new(),
            decrypts_alone: Vec::new(),
            signed: Vec::new(),
        })
    }
    let mut keys: BTreeMap<&str, KeyUse> = BTreeMap::new();
    for backup in backups {
        let usable = |key: &EncryptionKey| key.at_hand && key.problem.is_none();
        let only_one = backup
            .encryption_keys
            .iter()
            .filter(|key| usable(key))
            .count()
            == 1;
        for key in &backup.encryption_keys {
            let used = entry(&mut keys, &key.fingerprint);
            used.at_hand |= key.at_hand;
            used.decrypts.push(backup.name.clone());
            if usable(key) && only_one {
                used.decrypts_alone.push(backup.name.clone());
            }
        }
        for key in &backup.signing_keys {
            let used = entry(&mut keys, &key.fingerprint);
            used.at_hand |= key.trusted;
            used.signed.push(backup.name.clone());
        }
    }
    keys.into_values().collect()
}
