//! Which backups hang on which keys.

use std::collections::BTreeMap;

use prose_backup_crypto::Verifier;
use prose_backup_naming::{BackupName, Encryption, Timestamp};
use prose_backup_storage as storage;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::{
    Backups, Coded, EncryptionKey, ErrorCode, Operation, SigningKey,
    checks::{self, Signature},
    clock::{self, WrongClock},
    keys::KeyError,
    operation::blocking,
    recipients::{head, message_keys},
    store_errors::{retrying, store_code},
    text::{as_text, as_texts},
    which::{self, Found},
};

/// The keys of all backups, by backup and by key.
#[derive(Debug, Clone, Serialize)]
pub struct KeysReport {
    /// Newest first.
    pub backups: Vec<BackupKeys>,
    /// By fingerprint or key id.
    pub keys: Vec<KeyUse>,
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
    /// Of those, the backups that no other key at hand decrypts.
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
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store failed.
    #[error("cannot list the backups")]
    Store(#[from] storage::Error),
    /// The operation was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl Coded for KeysError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Clock(_) => ErrorCode::WrongClock,
            Self::Key(error) => error.code(),
            Self::Store(error) => store_code(error),
            Self::Cancelled => ErrorCode::Cancelled,
        }
    }
}

impl Backups {
    /// Reads the head of every backup, and its signature, and says which keys they name. Nothing
    /// else is downloaded.
    pub fn keys(&self) -> Operation<KeysReport, KeysError> {
        let backups = self.clone();
        Operation::start(|token| async move { keys(&backups, &token).await })
    }
}

async fn keys(backups: &Backups, token: &CancellationToken) -> Result<KeysReport, KeysError> {
    let now = clock::now()?;
    let store = &backups.settings.stores.backups;
    let found = retrying(|| which::all(&**store, "")).await?;
    let mut all = Vec::with_capacity(found.len());
    for found in found.into_iter().rev() {
        if token.is_cancelled() {
            return Err(KeysError::Cancelled);
        }
        all.push(of_backup(backups, found, now).await?);
    }
    Ok(KeysReport {
        keys: by_key(&all),
        backups: all,
    })
}

async fn of_backup(
    backups: &Backups,
    found: Found,
    now: Timestamp,
) -> Result<BackupKeys, KeysError> {
    let head = match found.name.layers().encryption {
        Encryption::Off => Ok(None),
        Encryption::OpenPgp => head(backups, &found).await.map(Some),
    };
    let checks = checks::read(&backups.settings.stores, &found.name).await;
    let backups = backups.clone();
    blocking(move || {
        let mut keys = BackupKeys {
            name: found.name,
            encryption_keys: Vec::new(),
            can_be_decrypted: None,
            signing_keys: Vec::new(),
            problem: None,
        };
        let mut problems = Vec::new();
        match head.map_err(|error| error.to_string()) {
            Ok(None) => {}
            Ok(Some(head)) => match message_keys(&backups, &head) {
                Ok((found, decrypts)) => {
                    (keys.encryption_keys, keys.can_be_decrypted) = (found, decrypts);
                }
                Err(problem) => problems.push(problem),
            },
            Err(problem) => problems.push(problem),
        }
        match checks.map(|checks| checks.signature) {
            Ok(None) => {}
            Ok(Some(Signature::Oversized)) => {
                problems.push("the signature is larger than 64 KiB".to_owned());
            }
            Ok(Some(Signature::Bytes(bytes))) => {
                let trusted = backups.settings.keys.trusted()?;
                match Verifier::new(&bytes, &trusted, now.into()) {
                    Ok(verifier) => {
                        keys.signing_keys =
                            verifier.finish().iter().map(SigningKey::claimed).collect();
                    }
                    Err(error) => problems.push(error.to_string()),
                }
            }
            Err(error) => problems.push(error.to_string()),
        }
        keys.problem = (!problems.is_empty()).then(|| problems.join("; "));
        Ok(keys)
    })
    .await
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
        let at_hand = backup.encryption_keys.iter().filter(|key| key.at_hand);
        let only_one = at_hand.count() == 1;
        for key in &backup.encryption_keys {
            let used = entry(&mut keys, &key.fingerprint);
            used.at_hand |= key.at_hand;
            used.decrypts.push(backup.name.clone());
            if key.at_hand && only_one {
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
