//! The keys that sign, verify, encrypt and decrypt, and where they come from.
//!
//! Each operation loads the keys it needs when it needs them: listing must work on a host that has
//! none, verifying on one that has public certificates alone.

use std::{path::PathBuf, time::SystemTime};

use prose_backup_crypto::{self as crypto, Certificate, Keyring, Passphrases, Recipients, Signer};

use prose_backup_naming::{BackupName, Encryption};

use crate::{Backups, Coded, ErrorCode, operation::blocking};

/// One certificate, in a file or at hand.
#[derive(Debug, Clone)]
pub enum KeyRef {
    /// To be read from this file, binary or armored.
    File(PathBuf),
    /// Already loaded.
    Loaded(Box<Certificate>),
}

impl KeyRef {
    pub(crate) fn load(&self) -> Result<Certificate, KeyError> {
        match self {
            Self::File(path) => Ok(Certificate::load(path)?),
            Self::Loaded(certificate) => Ok((**certificate).clone()),
        }
    }
}

/// All keys of a configuration.
#[derive(Debug, Clone, Default)]
pub struct KeySource {
    /// Whether new backups are signed, by [`signing`](Self::signing).
    pub sign: bool,
    /// Our own signing certificate. Always trusted; needs its secret part to sign.
    pub signing: Option<KeyRef>,
    /// Further certificates whose signatures are trusted.
    pub additional_trusted_issuers: Vec<KeyRef>,
    /// Whether new backups are encrypted, to [`encryption`](Self::encryption) and to
    /// [`additional_recipients`](Self::additional_recipients).
    pub encrypt: bool,
    /// Our own encryption certificate. Needs its secret part to decrypt.
    pub encryption: Option<KeyRef>,
    /// Further certificates that new backups are encrypted to.
    pub additional_recipients: Vec<KeyRef>,
    /// Further keys that open backups, tried after our own.
    pub additional_decryption_keys: Vec<KeyRef>,
    /// Passphrases of secret keys.
    pub passphrases: Passphrases,
}

/// A key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The key itself.
    #[error(transparent)]
    Key(#[from] crypto::Error),
    /// Signing is on, but there is no key.
    #[error("backups are to be signed, but no signing key is configured; set signing.pgp.tsk")]
    NoSigningKey,
    /// Encryption is on, but there is no certificate.
    #[error("backups are to be encrypted, but no key is configured; set encryption.pgp.tsk")]
    NoEncryptionKey,
}

impl Coded for KeyError {
    fn code(&self) -> ErrorCode {
        ErrorCode::Usage
    }
}

fn load_all<'a>(keys: impl IntoIterator<Item = &'a KeyRef>) -> Result<Vec<Certificate>, KeyError> {
    keys.into_iter().map(KeyRef::load).collect()
}

impl KeySource {
    /// The signer of new backups, unless they are not signed.
    pub(crate) fn signer(&self, at: SystemTime) -> Result<Option<Signer>, KeyError> {
        if !self.sign {
            return Ok(None);
        }
        let certificate = self
            .signing
            .as_ref()
            .ok_or(KeyError::NoSigningKey)?
            .load()?;
        Ok(Some(Signer::new(&certificate, &self.passphrases, at)?))
    }

    /// Whom new backups are encrypted to, unless they are not encrypted.
    pub(crate) fn recipients(&self, at: SystemTime) -> Result<Option<Recipients>, KeyError> {
        if !self.encrypt {
            return Ok(None);
        }
        let own = self.encryption.as_ref().ok_or(KeyError::NoEncryptionKey)?;
        let certificates = load_all(std::iter::once(own).chain(&self.additional_recipients))?;
        Ok(Some(Recipients::new(&certificates, at)?))
    }

    pub(crate) fn trusted_refs(&self) -> impl Iterator<Item = &KeyRef> {
        self.signing.iter().chain(&self.additional_trusted_issuers)
    }

    /// Our own first.
    pub(crate) fn decryption_refs(&self) -> impl Iterator<Item = &KeyRef> {
        self.encryption
            .iter()
            .chain(&self.additional_decryption_keys)
    }

    /// Whose signatures are trusted.
    pub(crate) fn trusted(&self) -> Result<Vec<Certificate>, KeyError> {
        load_all(self.trusted_refs())
    }

    /// What opens backups.
    pub(crate) fn keyring(&self) -> Result<Keyring, KeyError> {
        let certificates = load_all(self.decryption_refs())?;
        Ok(Keyring::new(certificates, self.passphrases.clone()))
    }
}

/// What opens a backup of this name: nothing, if it is not encrypted, whatever is configured.
pub(crate) async fn decryption_keys(
    backups: &Backups,
    name: &BackupName,
) -> Result<Keyring, KeyError> {
    if name.layers().encryption == Encryption::Off {
        return Ok(Keyring::new([], Passphrases::default()));
    }
    let backups = backups.clone();
    blocking(move || backups.settings.keys.keyring()).await
}
