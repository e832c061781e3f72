//! Loading certificates and keys.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, SystemTime};

use openpgp::Packet;
use openpgp::armor::Kind;
use openpgp::cert::prelude::*;
use openpgp::packet::Tag;
use openpgp::parse::{Dearmor, PacketParserBuilder, PacketParserResult, Parse};
use openpgp::serialize::SerializeInto;
use sequoia_openpgp as openpgp;
use zeroize::Zeroizing;

use crate::armor::{self, Shape};
use crate::error::reason;
use crate::policy::policy;
use crate::usable::{Purpose, usable_keys};
use crate::{Error, Fingerprint, Result};

/// An OpenPGP certificate (a "public key" to GnuPG), with its secret parts if it was loaded with
/// them. `Debug` shows nothing but the fingerprint.
#[derive(Clone)]
pub struct Certificate {
    cert: Cert,
}

/// When a key that is usable now stops being so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expiry {
    /// The (sub)key.
    pub key: Fingerprint,
    /// What it is used for.
    pub purpose: Purpose,
    /// The earlier of its own and its certificate's expiry.
    pub on: SystemTime,
}

impl Certificate {
    /// The most bytes that [`load`](Self::load) and [`from_bytes`](Self::from_bytes) accept: 1 MiB.
    pub const MAX_BYTES: u64 = 1024 * 1024;

    /// Reads exactly one certificate, binary or armored, public or with secret parts.
    ///
    /// # Errors
    ///
    /// If it is empty, too large, damaged, something else, or more than one certificate.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.len() as u64 > Self::MAX_BYTES {
            return Err(too_large());
        }
        match armor::shape(bytes) {
            Shape::Empty => Err(Error::EmptyKey),
            Shape::SeveralBlocks => Err(Error::SeveralKeys),
            Shape::Other(found) => Err(Error::NotAKey {
                found: found.into(),
            }),
            Shape::Binary(packets) => Self::from_packets(packets),
            Shape::Armored(text) => {
                let kinds = [Kind::PublicKey, Kind::SecretKey];
                let packets =
                    armor::decode(text, &kinds).map_err(|reason| Error::DamagedKey { reason })?;
                Self::from_packets(&packets)
            }
        }
    }

    /// Reads a key file, at most [`MAX_BYTES`](Self::MAX_BYTES) of it.
    ///
    /// # Errors
    ///
    /// [`Error::KeyFile`], which names the path; its source is one of the errors of
    /// [`from_bytes`](Self::from_bytes), or [`Error::Unreadable`].
    pub fn load(path: &Path) -> Result<Self> {
        let read = || {
            let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
            File::open(path)
                .and_then(|file| file.take(Self::MAX_BYTES + 1).read_to_end(&mut bytes))
                .map_err(Error::Unreadable)?;
            Self::from_bytes(&bytes)
        };
        read().map_err(|source| Error::KeyFile {
            path: path.into(),
            source: Box::new(source),
        })
    }

    /// The certificate's own fingerprint, that of its primary key.
    pub fn fingerprint(&self) -> Fingerprint {
        self.cert.fingerprint().into()
    }

    /// Whether any of its keys came with a secret part, protected by a passphrase or not.
    pub fn has_secret(&self) -> bool {
        self.cert.is_tsk()
    }

    /// The user ids that its owner bound to it, as far as they are text.
    pub fn user_ids(&self) -> Vec<String> {
        self.cert
            .userids()
            .map(|user_id| String::from_utf8_lossy(user_id.userid().value()).into_owned())
            .collect()
    }

    /// The certificate without secret parts, armored, for export.
    ///
    /// # Errors
    ///
    /// [`Error::DamagedKey`] if it cannot be written again.
    pub fn public_armored(&self) -> Result<Vec<u8>> {
        self.cert
            .armored()
            .to_vec()
            .map_err(|error| Error::DamagedKey {
                reason: reason(&error),
            })
    }

    /// The keys usable at `at` that will no longer be so within `span`, soonest first: what to warn
    /// about before backups start to fail.
    pub fn expires_within(&self, span: Duration, at: SystemTime) -> Vec<Expiry> {
        let policy = policy(at);
        let mut soon = Vec::new();
        for purpose in [Purpose::Signing, Purpose::StorageEncryption] {
            for key in usable_keys(&self.cert, purpose, &policy, at).unwrap_or_default() {
                let whole = key.valid_cert().primary_key().key_expiration_time();
                let own = key.key_expiration_time();
                let Some(on) = [whole, own].into_iter().flatten().min() else {
                    continue;
                };
                if on.duration_since(at).is_ok_and(|left| left <= span) {
                    soon.push(Expiry {
                        key: key.key().fingerprint().into(),
                        purpose,
                        on,
                    });
                }
            }
        }
        soon.sort_by_key(|expiry| expiry.on);
        soon
    }

    pub(crate) fn inner(&self) -> &Cert {
        &self.cert
    }

    fn from_packets(bytes: &[u8]) -> Result<Self> {
        let damaged = |error: openpgp::anyhow::Error| Error::DamagedKey {
            reason: reason(&error),
        };
        let mut packets = Vec::new();
        let mut next = PacketParserBuilder::from_bytes(bytes)
            .map_err(damaged)?
            .dearmor(Dearmor::Disabled)
            .build()
            .map_err(damaged)?;
        while let PacketParserResult::Some(parser) = next {
            let (packet, rest) = parser.next().map_err(damaged)?;
            check_packet(&packet, packets.is_empty())?;
            packets.push(packet);
            next = rest;
        }
        check_end(packets.last())?;
        let cert = Cert::from_packets(packets.into_iter()).map_err(damaged)?;
        Ok(Self { cert })
    }
}

/// A certificate starts with its one primary key, and holds no messages and no junk.
fn check_packet(packet: &Packet, is_first: bool) -> Result<()> {
    let starts_a_certificate = matches!(packet, Packet::PublicKey(_) | Packet::SecretKey(_));
    if is_first && !starts_a_certificate {
        return Err(Error::NotAKey {
            found: found(packet),
        });
    }
    if !is_first && starts_a_certificate {
        return Err(Error::SeveralKeys);
    }
    Ok(())
}

/// Every part of a certificate is followed by the signatures that bind it, so that a file that was
/// cut between two packets shows, unless it was cut between two signatures or two whole parts.
fn check_end(last: Option<&Packet>) -> Result<()> {
    match last.map(Packet::tag) {
        Some(
            Tag::PublicKey
            | Tag::SecretKey
            | Tag::PublicSubkey
            | Tag::SecretSubkey
            | Tag::UserID
            | Tag::UserAttribute,
        ) => Err(Error::DamagedKey {
            reason: "it ends without a signature on its last part".into(),
        }),
        _ => Ok(()),
    }
}

fn found(packet: &Packet) -> String {
    match packet {
        Packet::Signature(_) => "a signature (perhaps a revocation certificate)".into(),
        Packet::PKESK(_) | Packet::SKESK(_) | Packet::SEIP(_) => "an encrypted message".into(),
        Packet::OnePassSig(_) | Packet::Literal(_) | Packet::CompressedData(_) => {
            "a message".into()
        }
        Packet::PublicSubkey(_) | Packet::SecretSubkey(_) => {
            "a subkey without its primary key".into()
        }
        Packet::Unknown(unknown) => format!("unusable data ({})", reason(unknown.error())),
        other => format!("a {} packet", other.tag()),
    }
}

fn too_large() -> Error {
    Error::KeyTooLarge {
        limit: Certificate::MAX_BYTES,
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Certificate")
            .field(&self.fingerprint())
            .finish()
    }
}
