//! Making a certificate.

use std::fmt;
use std::io::Write;
use std::time::SystemTime;

use openpgp::armor;
use openpgp::cert::prelude::*;
use openpgp::crypto::Password;
use openpgp::packet::Signature;
use openpgp::serialize::{Serialize, SerializeInto};
use openpgp::types::{Features, KeyFlags, Timestamp};
use openpgp::{Packet, Profile};
use secrecy::{ExposeSecret, SecretString};
use sequoia_openpgp as openpgp;
use zeroize::Zeroizing;

use crate::error::reason;
use crate::time::Utc;
use crate::{Error, Fingerprint, Result};

/// What the certificate is to be like.
#[derive(Debug, Clone)]
pub struct KeygenOptions {
    /// Whose it is, for example `Prose backups <admin@example.org>`.
    pub user_id: String,
    /// Whether GnuPG 2.2 must be able to decrypt messages for it. They are slower to make and to
    /// read then, since GnuPG knows only the older format.
    pub gnupg_compatible: bool,
    /// Protects every secret part, if given.
    pub passphrase: Option<SecretString>,
    /// The moment it is valid from: usually now.
    pub created: SystemTime,
}

/// A new certificate. `Debug` shows the fingerprint only.
pub struct GeneratedKey {
    /// The certificate with its secret parts, armored: to be kept secret.
    pub secret: Zeroizing<Vec<u8>>,
    /// The certificate without them, armored: for hosts that only verify or only encrypt.
    pub public: Vec<u8>,
    /// A revocation, armored: to be published if the key is lost or stolen, and kept safe until
    /// then, since whoever has it can revoke the key.
    pub revocation: Vec<u8>,
    /// The certificate's fingerprint.
    pub fingerprint: Fingerprint,
}

/// Makes a version 4 certificate on Curve25519: a primary key that only certifies, a subkey for
/// signing, and a subkey for encrypting stored data. Nothing expires, for a backup that cannot be
/// made because a key expired unnoticed is worse than a key that is revoked when it has to be.
///
/// # Errors
///
/// [`Error::UserId`], [`Error::CreationTime`], or [`Error::Keygen`] if the library fails.
pub fn generate(options: &KeygenOptions) -> Result<GeneratedKey> {
    let user_id = options.user_id.trim();
    if user_id.is_empty() || user_id.chars().any(char::is_control) {
        return Err(Error::UserId);
    }
    if Timestamp::try_from(options.created).is_err() {
        return Err(Error::CreationTime {
            time: Utc(options.created).to_string(),
        });
    }
    build(user_id, options).map_err(|error| Error::Keygen {
        reason: reason(&error),
    })
}

fn build(user_id: &str, options: &KeygenOptions) -> openpgp::Result<GeneratedKey> {
    // With the flag for communications as well, GnuPG takes the subkey as a recipient; ours is
    // asked for the other one.
    let encryption = KeyFlags::empty().set_storage_encryption();
    let (encryption, features) = if options.gnupg_compatible {
        let both = encryption.set_transport_encryption();
        (both, Features::empty().set_seipdv1())
    } else {
        (encryption, Features::empty().set_seipdv1().set_seipdv2())
    };
    let password = options
        .passphrase
        .as_ref()
        .map(|passphrase| Password::from(passphrase.expose_secret()));
    let (cert, revocation) = CertBuilder::new()
        .set_profile(Profile::RFC4880)?
        .set_cipher_suite(CipherSuite::Cv25519)
        .set_features(features)?
        .set_creation_time(options.created)
        .set_primary_key_flags(KeyFlags::empty().set_certification())
        .add_userid(user_id)
        .add_signing_subkey()
        .add_subkey(encryption, None, None)
        .set_password(password)
        .generate()?;
    Ok(GeneratedKey {
        secret: Zeroizing::new(cert.as_tsk().armored().to_vec()?),
        public: cert.armored().to_vec()?,
        revocation: armor_revocation(&cert, revocation)?,
        fingerprint: cert.fingerprint().into(),
    })
}

/// A revocation is armored as a public key, which is what `gpg --import` takes it as.
fn armor_revocation(cert: &Cert, revocation: Signature) -> openpgp::Result<Vec<u8>> {
    let comment = format!("Revocation certificate for {:X}", cert.fingerprint());
    let headers = [("Comment", comment)];
    let mut writer = armor::Writer::with_headers(Vec::new(), armor::Kind::PublicKey, headers)?;
    Packet::from(revocation).serialize(&mut writer)?;
    writer.flush()?;
    Ok(writer.finalize()?)
}

impl fmt::Debug for GeneratedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeneratedKey")
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}
