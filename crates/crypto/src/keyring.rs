//! The secret keys at hand, and which of them opens a message.

use std::fmt;
use std::sync::OnceLock;

use openpgp::KeyHandle;
use openpgp::crypto::{KeyPair, SessionKey};
use openpgp::packet::key::{SecretParts, UnspecifiedRole};
use openpgp::packet::{Key, PKESK};
use openpgp::types::SymmetricAlgorithm;
use sequoia_openpgp as openpgp;

use crate::head::{Head, named_recipient};
use crate::passphrases::unlock;
use crate::{Certificate, Error, Fingerprint, Locked, MessageRecipients, Passphrases, Result};

/// Keys for decryption, in order of preference. Every key counts, whatever its expiry, revocation
/// or purpose: an old backup was encrypted when it was valid. `Debug` shows fingerprints only.
pub struct Keyring {
    keys: Vec<SecretKey>,
    /// Keys of which only the public part is here.
    public: Vec<(Fingerprint, KeyHandle)>,
    passphrases: Passphrases,
}

struct SecretKey {
    certificate: Fingerprint,
    key: Key<SecretParts, UnspecifiedRole>,
    /// Opening a protected key takes a noticeable part of a second by design, so it is done once.
    opened: OnceLock<Result<KeyPair, Locked>>,
}

/// Which recipients of a message have a key at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyMatch {
    /// One per named recipient, in the message's order.
    pub recipients: Vec<RecipientMatch>,
    /// Whether a key at hand opens the message; `None` if only trying can tell, since the message
    /// does not name all its recipients.
    pub can_decrypt: Option<bool>,
}

/// A recipient of a message and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecipientMatch {
    /// As [`MessageRecipients::keys`] has it.
    pub recipient: String,
    /// What is at hand of it.
    pub status: KeyStatus,
}

/// What is at hand of a recipient's key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyStatus {
    /// The secret key, and its passphrase if it needs one.
    Usable {
        /// The certificate it belongs to.
        certificate: Fingerprint,
        /// The (sub)key.
        key: Fingerprint,
    },
    /// The secret key, which cannot be opened.
    Locked(Locked),
    /// The public part only.
    PublicOnly {
        /// The certificate it belongs to.
        certificate: Fingerprint,
    },
    /// Nothing.
    Absent,
}

impl Keyring {
    /// A keyring of the secret keys in these certificates, preferred first.
    pub fn new(
        certificates: impl IntoIterator<Item = Certificate>,
        passphrases: Passphrases,
    ) -> Self {
        let mut keyring = Self {
            keys: Vec::new(),
            public: Vec::new(),
            passphrases,
        };
        for certificate in certificates {
            keyring.add(&certificate);
        }
        keyring
    }

    fn add(&mut self, certificate: &Certificate) {
        let fingerprint = certificate.fingerprint();
        for key in certificate.inner().keys() {
            match key.key().clone().parts_into_secret() {
                Ok(key) => self.keys.push(SecretKey {
                    certificate: fingerprint.clone(),
                    key,
                    opened: OnceLock::new(),
                }),
                Err(_) => self
                    .public
                    .push((fingerprint.clone(), key.key().key_handle())),
            }
        }
    }

    /// Tells for each recipient of a message whether its key is at hand and can be opened.
    pub fn holds(&self, recipients: &MessageRecipients) -> KeyMatch {
        let matches: Vec<RecipientMatch> = recipients
            .handles
            .iter()
            .zip(&recipients.keys)
            .map(|(handle, recipient)| RecipientMatch {
                recipient: recipient.clone(),
                status: self.status(handle),
            })
            .collect();
        let can_decrypt = if matches
            .iter()
            .any(|m| matches!(m.status, KeyStatus::Usable { .. }))
        {
            Some(true)
        } else if recipients.anonymous > 0 && self.keys.iter().any(SecretKey::can_decrypt) {
            None
        } else {
            Some(false)
        };
        KeyMatch {
            recipients: matches,
            can_decrypt,
        }
    }

    fn status(&self, handle: &KeyHandle) -> KeyStatus {
        let mut locked = None;
        for key in self.keys.iter().filter(|key| key.is(handle)) {
            match key.open(&self.passphrases) {
                Ok(_) => {
                    return KeyStatus::Usable {
                        certificate: key.certificate.clone(),
                        key: key.fingerprint(),
                    };
                }
                Err(why) => locked = locked.or(Some(why.clone())),
            }
        }
        if let Some(why) = locked {
            return KeyStatus::Locked(why);
        }
        match self.public.iter().find(|(_, key)| key.aliases(handle)) {
            Some((certificate, _)) => KeyStatus::PublicOnly {
                certificate: certificate.clone(),
            },
            None => KeyStatus::Absent,
        }
    }

    /// Finds the session key: with the keys that the message names, in order of preference, then
    /// with any key for the recipients that it does not name.
    ///
    /// `admit` tries a session key on the message and says whether it fits.
    pub(crate) fn open_session(
        &self,
        head: &Head,
        cipher: Option<SymmetricAlgorithm>,
        admit: &mut dyn FnMut(Option<SymmetricAlgorithm>, &SessionKey) -> bool,
    ) -> Result<()> {
        let mut failure = None;
        for is_named in [true, false] {
            for key in &self.keys {
                for pkesk in head
                    .pkesks
                    .iter()
                    .filter(|pkesk| key.suits(pkesk, is_named))
                {
                    match key.try_session(pkesk, &self.passphrases, cipher, admit) {
                        Ok(true) => return Ok(()),
                        Ok(false) if is_named => {
                            let key = key.fingerprint();
                            failure = failure.or(Some(Error::SessionKey { key }));
                        }
                        // That a key does not fit says nothing if it was not meant.
                        Ok(false) => {}
                        Err(why) => failure = failure.or(Some(why.into())),
                    }
                }
            }
        }
        Err(failure.unwrap_or_else(|| Error::NoKey {
            recipients: head.recipients().to_string(),
        }))
    }
}

impl SecretKey {
    fn fingerprint(&self) -> Fingerprint {
        self.key.fingerprint().into()
    }

    fn is(&self, handle: &KeyHandle) -> bool {
        self.key.key_handle().aliases(handle)
    }

    /// Whether the session key is for this key by name, or may be for it if it names none.
    fn suits(&self, pkesk: &PKESK, is_named: bool) -> bool {
        match named_recipient(pkesk) {
            Some(handle) => is_named && self.is(&handle),
            None => !is_named && self.can_decrypt(),
        }
    }

    fn can_decrypt(&self) -> bool {
        self.key.pk_algo().for_encryption()
    }

    fn open(&self, passphrases: &Passphrases) -> Result<&KeyPair, &Locked> {
        self.opened
            .get_or_init(|| unlock(&self.key, &self.certificate, passphrases))
            .as_ref()
    }

    fn try_session(
        &self,
        pkesk: &PKESK,
        passphrases: &Passphrases,
        cipher: Option<SymmetricAlgorithm>,
        admit: &mut dyn FnMut(Option<SymmetricAlgorithm>, &SessionKey) -> bool,
    ) -> Result<bool, Locked> {
        let mut pair = self.open(passphrases).map_err(Clone::clone)?.clone();
        Ok(pkesk
            .decrypt(&mut pair, cipher)
            .is_some_and(|(cipher, session_key)| admit(cipher, &session_key)))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.keys.iter().map(SecretKey::fingerprint))
            .finish()
    }
}
