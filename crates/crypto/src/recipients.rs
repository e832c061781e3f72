//! Whom a message is encrypted for.

use std::fmt;
use std::time::SystemTime;

use openpgp::cert::Preferences;
use openpgp::cert::amalgamation::ValidAmalgamation;
use openpgp::packet::Key;
use openpgp::packet::key::{PublicParts, UnspecifiedRole};
use openpgp::serialize::stream::Recipient;
use openpgp::types::Features;
use sequoia_openpgp as openpgp;

use crate::policy::policy;
use crate::usable::{Purpose, ValidKey, usable_keys};
use crate::{Certificate, Error, Fingerprint, Result};

/// The keys that a message is encrypted to, all of them usable when they were chosen.
#[derive(Clone)]
pub struct Recipients {
    keys: Vec<RecipientKey>,
}

#[derive(Clone)]
struct RecipientKey {
    key: Key<PublicParts, UnspecifiedRole>,
    features: Features,
}

impl Recipients {
    /// Chooses every key of every certificate that is usable for encrypting stored data at `at`. A
    /// key that occurs in several certificates is taken once.
    ///
    /// # Errors
    ///
    /// [`Error::Recipient`] for the first certificate without such a key: expired, revoked, not yet
    /// valid, too weak, or without a storage-encryption key (one for transport only does not
    /// count). [`Error::NoRecipients`] without certificates.
    pub fn new<'a>(
        certificates: impl IntoIterator<Item = &'a Certificate>,
        at: SystemTime,
    ) -> Result<Self> {
        let policy = policy(at);
        let mut keys: Vec<RecipientKey> = Vec::new();
        for certificate in certificates {
            let usable = usable_keys(certificate.inner(), Purpose::StorageEncryption, &policy, at)
                .map_err(|why| Error::Recipient {
                    certificate: certificate.fingerprint(),
                    why: Box::new(why),
                })?;
            for key in usable.iter().map(RecipientKey::new) {
                let known = |other: &RecipientKey| other.key.fingerprint() == key.key.fingerprint();
                if !keys.iter().any(known) {
                    keys.push(key);
                }
            }
        }
        if keys.is_empty() {
            return Err(Error::NoRecipients);
        }
        Ok(Self { keys })
    }

    /// Whether all recipients advertise the faster, authenticated format (SEIPDv2, RFC 9580,
    /// section 5.13.2), so that messages use it.
    pub fn is_aead(&self) -> bool {
        self.keys.iter().all(|key| key.features.supports_seipdv2())
    }

    /// The fingerprints of the (sub)keys that messages are encrypted to.
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        self.keys
            .iter()
            .map(|key| key.key.fingerprint().into())
            .collect()
    }

    /// The form that the writer of messages takes: recipients are named by fingerprint in the new
    /// format and by key id in the old one, which has no room for more.
    pub(crate) fn for_writer(&self) -> Vec<Recipient<'_>> {
        let aead = self.is_aead();
        self.keys
            .iter()
            .map(|RecipientKey { key, features }| {
                let handle = if aead {
                    openpgp::KeyHandle::from(key.fingerprint())
                } else {
                    openpgp::KeyHandle::from(key.keyid())
                };
                Recipient::new(features.clone(), handle, key)
            })
            .collect()
    }
}

impl RecipientKey {
    fn new(key: &ValidKey<'_>) -> Self {
        Self {
            key: key.key().clone(),
            features: key.valid_cert().features().unwrap_or_else(Features::empty),
        }
    }
}

impl fmt::Debug for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fingerprints()).finish()
    }
}
