//! Passphrases, and opening secret keys with them.

use std::collections::BTreeMap;
use std::fmt;

use openpgp::crypto::{KeyPair, Password, S2K};
use openpgp::packet::Key;
use openpgp::packet::key::{SecretKeyMaterial, SecretParts, UnspecifiedRole};
use secrecy::{ExposeSecret, SecretString};
use sequoia_openpgp as openpgp;

use crate::Fingerprint;
use crate::error::reason;

/// Passphrases by the fingerprint of a certificate or of one of its keys. `Debug` shows the
/// fingerprints only.
#[derive(Default, Clone)]
pub struct Passphrases {
    by_fingerprint: BTreeMap<Fingerprint, SecretString>,
}

impl Passphrases {
    /// Adds a passphrase; the last one for a fingerprint counts.
    pub fn insert(&mut self, fingerprint: Fingerprint, passphrase: SecretString) {
        self.by_fingerprint.insert(fingerprint, passphrase);
    }

    /// The key's own passphrase before its certificate's.
    fn candidates<'a>(
        &'a self,
        key: &'a Fingerprint,
        certificate: &'a Fingerprint,
    ) -> impl Iterator<Item = &'a SecretString> {
        let own = self.by_fingerprint.get(key);
        let whole = (certificate != key).then(|| self.by_fingerprint.get(certificate));
        own.into_iter().chain(whole.flatten())
    }
}

impl fmt::Debug for Passphrases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_fingerprint.keys()).finish()
    }
}

/// Why a secret key that is at hand cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Locked {
    /// No passphrase is known for it.
    #[error(
        "key {key} needs a passphrase and none is configured; the environment variable PROSE_BACKUPS__PGP__PASSPHRASES__{certificate} can supply it"
    )]
    PassphraseMissing {
        /// Its certificate.
        certificate: Fingerprint,
        /// The (sub)key.
        key: Fingerprint,
    },
    /// The passphrase does not open it.
    #[error(
        "the configured passphrase does not open key {key}; correct it (the environment variable PROSE_BACKUPS__PGP__PASSPHRASES__{certificate} wins over the file)"
    )]
    PassphraseWrong {
        /// Its certificate.
        certificate: Fingerprint,
        /// The (sub)key.
        key: Fingerprint,
    },
    /// The file holds a stub in place of the secret part.
    #[error(
        "the secret part of key {key} is not in the key file but on a smart card or another machine; export it there with `gpg --export-secret-keys {certificate}`"
    )]
    Elsewhere {
        /// Its certificate.
        certificate: Fingerprint,
        /// The (sub)key.
        key: Fingerprint,
    },
    /// The OpenPGP library cannot read the secret part.
    #[error("key {key} of certificate {certificate} cannot be used: {reason}")]
    Unsupported {
        /// Its certificate.
        certificate: Fingerprint,
        /// The (sub)key.
        key: Fingerprint,
        /// What it said.
        reason: String,
    },
}

/// Opens a secret key, with the passphrase for it or for its certificate if it is protected.
pub(crate) fn unlock(
    key: &Key<SecretParts, UnspecifiedRole>,
    certificate: &Fingerprint,
    passphrases: &Passphrases,
) -> Result<KeyPair, Locked> {
    let fingerprint = Fingerprint::from(key.fingerprint());
    let unsupported = |reason: String| Locked::Unsupported {
        certificate: certificate.clone(),
        key: fingerprint.clone(),
        reason,
    };
    let open = |key: Key<SecretParts, UnspecifiedRole>| {
        key.into_keypair()
            .map_err(|error| unsupported(reason(&error)))
    };
    let SecretKeyMaterial::Encrypted(protected) = key.secret() else {
        return open(key.clone());
    };
    match protected.s2k() {
        S2K::Private { .. } => {
            return Err(Locked::Elsewhere {
                certificate: certificate.clone(),
                key: fingerprint.clone(),
            });
        }
        s2k if !s2k.is_supported() => {
            return Err(unsupported("its passphrase protection is unknown".into()));
        }
        _ => {}
    }
    let mut tried = false;
    for passphrase in passphrases.candidates(&fingerprint, certificate) {
        tried = true;
        let password = Password::from(passphrase.expose_secret());
        if let Ok(opened) = key.clone().decrypt_secret(&password) {
            return open(opened);
        }
    }
    Err(if tried {
        Locked::PassphraseWrong {
            certificate: certificate.clone(),
            key: fingerprint.clone(),
        }
    } else {
        Locked::PassphraseMissing {
            certificate: certificate.clone(),
            key: fingerprint.clone(),
        }
    })
}
