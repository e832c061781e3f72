//! What a backup claims about its keys, found out from its head and its signature alone.
//!
//! Nothing here is verified: that takes all of the stored bytes.

use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use prose_backup_crypto::{Certificate, HEAD_BYTES, Keyring, Verifier, recipients_of};
use prose_backup_naming::{CheckKind, Encryption, ObjectName, Timestamp};
use prose_backup_storage as storage;

use crate::{
    Backups, EncryptionKey, KeySource, SigningKey,
    backups::key,
    checks::{self, Signature},
    operation::blocking,
    store_errors::retrying,
    which::Found,
};

/// The keys at hand, loaded once. One that cannot be loaded counts as missing, with a warning: who
/// asks which keys are needed may just have lost one.
#[derive(Debug)]
pub(crate) struct KeysAtHand {
    trusted: Vec<Certificate>,
    keyring: Keyring,
    pub(crate) warnings: Vec<String>,
}

impl KeysAtHand {
    pub(crate) async fn load(backups: &Backups) -> Arc<Self> {
        let backups = backups.clone();
        blocking(move || Arc::new(Self::from_source(&backups.settings.keys))).await
    }

    fn from_source(source: &KeySource) -> Self {
        let mut warnings = Vec::new();
        let mut load = |key: &crate::KeyRef| {
            key.load()
                .map_err(|error| warnings.push(with_causes(&error)))
                .ok()
        };
        let trusted = source.trusted_refs().filter_map(&mut load).collect();
        let decrypting: Vec<_> = source.decryption_refs().filter_map(&mut load).collect();
        Self {
            trusted,
            keyring: Keyring::new(decrypting, source.passphrases.clone()),
            warnings,
        }
    }
}

/// An error with what caused it, in one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// What one backup claims.
#[derive(Debug)]
pub(crate) struct Claims {
    /// The checks beside it.
    pub(crate) checks: Vec<CheckKind>,
    /// For whom it is encrypted.
    pub(crate) encryption_keys: Vec<EncryptionKey>,
    /// A key at hand opens it; `None` when it is not encrypted, or when only trying can tell.
    pub(crate) can_be_decrypted: Option<bool>,
    /// Who signed it.
    pub(crate) signing_keys: Vec<SigningKey>,
    /// What cannot be told, and why.
    pub(crate) problems: Vec<String>,
}

/// Reads the checks and the head of a backup. That the store fails is an error, not a claim.
pub(crate) async fn claims(
    backups: &Backups,
    found: &Found,
    keys: &Arc<KeysAtHand>,
    now: Timestamp,
) -> Result<Claims, storage::Error> {
    let checks = checks::read(&backups.settings.stores, &found.name).await?;
    let head = match found.name.layers().encryption {
        Encryption::Off => None,
        Encryption::OpenPgp => Some(head(backups, found).await?),
    };
    let keys = Arc::clone(keys);
    // Opening a key that is protected by a passphrase takes a while.
    Ok(blocking(move || {
        let mut claims = Claims {
            checks: checks.kinds(),
            encryption_keys: Vec::new(),
            can_be_decrypted: None,
            signing_keys: Vec::new(),
            problems: Vec::new(),
        };
        if let Some(head) = head {
            claims.read_head(&head, &keys.keyring);
        }
        if let Some(signature) = checks.signature {
            claims.read_signature(&signature, &keys.trusted, now);
        }
        claims
    })
    .await)
}

impl Claims {
    fn read_head(&mut self, head: &[u8], keyring: &Keyring) {
        match recipients(head, keyring) {
            Ok((keys, can_decrypt)) => {
                self.encryption_keys = keys;
                self.can_be_decrypted = can_decrypt;
            }
            Err(problem) => {
                self.can_be_decrypted = Some(false);
                self.problems.push(problem);
            }
        }
    }

    fn read_signature(&mut self, signature: &Signature, trusted: &[Certificate], now: Timestamp) {
        let Signature::Bytes(bytes) = signature else {
            self.problems
                .push("the signature is larger than 64 KiB".to_owned());
            return;
        };
        match Verifier::new(bytes, trusted, now.into()) {
            // Not one of the signed bytes was given to it, so only the issuers count.
            Ok(verifier) => {
                self.signing_keys = verifier.finish().iter().map(SigningKey::claimed).collect();
            }
            Err(error) => self.problems.push(error.to_string()),
        }
    }
}

/// The keys that open a message, and whether one of them is at hand; a sentence fragment when that
/// cannot be told.
pub(crate) fn recipients(
    head: &[u8],
    keyring: &Keyring,
) -> Result<(Vec<EncryptionKey>, Option<bool>), String> {
    let recipients = recipients_of(head)
        .map_err(|error| format!("cannot tell for whom it is encrypted: {error}"))?;
    let matched = keyring.holds(&recipients);
    Ok((EncryptionKey::all(&matched), matched.can_decrypt))
}

/// The first bytes of a stored backup: as many as say for whom it is encrypted, and no more.
async fn head(backups: &Backups, found: &Found) -> Result<Bytes, storage::Error> {
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
