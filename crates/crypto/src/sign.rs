//! Making detached signatures over a stream.

use std::fmt;
use std::io::{self, Write};
use std::time::SystemTime;

use openpgp::Packet;
use openpgp::cert::amalgamation::key::PrimaryKey;
use openpgp::crypto::hash::Context;
use openpgp::crypto::mpi::PublicKey;
use openpgp::crypto::{KeyPair, random};
use openpgp::packet::signature::SignatureBuilder;
use openpgp::packet::signature::subpacket::NotationDataFlags;
use openpgp::serialize::SerializeInto;
use openpgp::types::{Curve, HashAlgorithm, PublicKeyAlgorithm, SignatureType};
use sequoia_openpgp as openpgp;

use crate::error::reason;
use crate::passphrases::unlock;
use crate::policy::policy;
use crate::usable::{Purpose, usable_keys};
use crate::{Certificate, Error, Fingerprint, Locked, NOTATION, Passphrases, Result};

/// A signing key that is open and was usable when it was chosen. `Debug` shows fingerprints only.
#[derive(Clone)]
pub struct Signer {
    certificate: Fingerprint,
    key: Fingerprint,
    pair: KeyPair,
    at: SystemTime,
}

/// Hashes what is written to it and signs it at the end.
///
/// [`finish`](Self::finish) **must** be called to get a signature.
pub struct DetachedSigner {
    key: Fingerprint,
    pair: KeyPair,
    hash: Context,
    signature: SignatureBuilder,
}

impl Signer {
    /// Chooses the certificate's newest key that may sign at `at` and whose secret part is here,
    /// and opens it; of two made together, the subkey. Signatures carry `at` as their time, so
    /// that they fit what was checked.
    ///
    /// # Errors
    ///
    /// [`Error::Signer`] if the certificate has no key that may sign at `at`,
    /// [`Error::NoSecretKey`] if none of those that may has a secret part, [`Error::Locked`] if it
    /// cannot be opened.
    pub fn new(
        certificate: &Certificate,
        passphrases: &Passphrases,
        at: SystemTime,
    ) -> Result<Self> {
        let fingerprint = certificate.fingerprint();
        let pair = open_newest(certificate, passphrases, at)?;
        Ok(Self {
            certificate: fingerprint,
            key: pair.public().fingerprint().into(),
            pair,
            at,
        })
    }

    /// The certificate that signs.
    pub fn certificate(&self) -> Fingerprint {
        self.certificate.clone()
    }

    /// The (sub)key of it that signs.
    pub fn key(&self) -> Fingerprint {
        self.key.clone()
    }

    /// Starts a detached signature that names `backup_name` in its one hashed, non-critical
    /// [`NOTATION`].
    ///
    /// # Errors
    ///
    /// [`Error::Sign`] if the library refuses, for example a name of more than 60 KB.
    pub fn start(&self, backup_name: &str) -> Result<DetachedSigner> {
        self.prepare(backup_name).map_err(|error| Error::Sign {
            key: self.key(),
            reason: reason(&error),
        })
    }

    fn prepare(&self, backup_name: &str) -> openpgp::Result<DetachedSigner> {
        let public = self.pair.public();
        let algorithm = hash_algorithm(public.pk_algo(), public.mpis());
        // A critical notation would make GnuPG, which does not know it, call the signature bad.
        let mut signature = SignatureBuilder::new(SignatureType::Binary)
            .set_hash_algo(algorithm)
            .set_signature_creation_time(self.at)?
            .add_notation(
                NOTATION,
                backup_name,
                NotationDataFlags::empty().set_human_readable(),
                false,
            )?;
        let mut hash = algorithm.context()?.for_signature(public.version());
        if public.version() == 6 {
            // Version 6 hashes a salt first (RFC 9580, section 5.2.4).
            let mut salt = vec![0; algorithm.salt_size()?];
            random(&mut salt)?;
            hash.update(&salt);
            signature = signature.set_prefix_salt(salt).0;
        }
        Ok(DetachedSigner {
            key: self.key(),
            pair: self.pair.clone(),
            hash,
            signature,
        })
    }
}

fn open_newest(
    certificate: &Certificate,
    passphrases: &Passphrases,
    at: SystemTime,
) -> Result<KeyPair> {
    let fingerprint = certificate.fingerprint();
    let policy = policy(at);
    let mut usable =
        usable_keys(certificate.inner(), Purpose::Signing, &policy, at).map_err(|why| {
            Error::Signer {
                certificate: certificate.fingerprint(),
                why: Box::new(why),
            }
        })?;
    usable.sort_by_key(|key| (key.key().creation_time(), !key.primary()));
    let mut failure = Error::NoSecretKey {
        certificate: certificate.fingerprint(),
    };
    for key in usable.iter().rev() {
        let Ok(key) = key.key().clone().parts_into_secret() else {
            continue;
        };
        match unlock(&key, &fingerprint, passphrases) {
            Ok(pair) => return Ok(pair),
            // The secret part of a primary key is often kept elsewhere, and a subkey is here.
            Err(why @ Locked::Elsewhere { .. }) => failure = why.into(),
            Err(why) => return Err(why.into()),
        }
    }
    Err(failure)
}

/// SHA-256, which is twice as fast as SHA-512, unless the key is of a kind that needs a larger
/// hash (RFC 9580, sections 5.2.3.2 to 5.2.3.5).
fn hash_algorithm(algorithm: PublicKeyAlgorithm, key: &PublicKey) -> HashAlgorithm {
    #[allow(deprecated, reason = "keys made so are still valid")]
    match (algorithm, key) {
        (
            PublicKeyAlgorithm::RSAEncryptSign
            | PublicKeyAlgorithm::RSASign
            | PublicKeyAlgorithm::EdDSA
            | PublicKeyAlgorithm::Ed25519,
            _,
        )
        | (
            _,
            PublicKey::ECDSA {
                curve: Curve::NistP256 | Curve::BrainpoolP256,
                ..
            },
        ) => HashAlgorithm::SHA256,
        _ => HashAlgorithm::SHA512,
    }
}

impl DetachedSigner {
    /// Signs what was written: a binary (not armored) detached signature over it.
    ///
    /// # Errors
    ///
    /// [`Error::Sign`] if the library fails, or if its signature does not verify.
    pub fn finish(mut self) -> Result<Vec<u8>> {
        let key = self.key.clone();
        self.sign().map_err(|error| Error::Sign {
            key,
            reason: reason(&error),
        })
    }

    fn sign(&mut self) -> openpgp::Result<Vec<u8>> {
        let signature = self
            .signature
            .clone()
            .sign_hash(&mut self.pair, self.hash.clone())?;
        // A fault in the computation would leave a backup that nobody accepts, and for some
        // algorithms give the key away.
        signature.verify_hash(self.pair.public(), self.hash.clone())?;
        Packet::from(signature).to_vec()
    }
}

impl Write for DetachedSigner {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hash.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("certificate", &self.certificate)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for DetachedSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DetachedSigner")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
