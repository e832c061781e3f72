//! Verifying detached signatures over a stream.

use std::fmt;
use std::time::{Duration, SystemTime};

use openpgp::crypto::hash::Context;
use openpgp::packet::key::{PublicParts, UnspecifiedRole};
use openpgp::packet::{Key, Signature};
use openpgp::policy::{HashAlgoSecurity, Policy, StandardPolicy};
use openpgp::types::{HashAlgorithm, SignatureType};
use openpgp::{Cert, Packet};
use sequoia_openpgp as openpgp;

use crate::error::reason;
use crate::maker::{self, VOUCH, check_maker};
use crate::policy::policy;
use crate::time::Utc;
use crate::{
    Certificate, Fingerprint, NameBinding, SignatureError, SignatureStatus, signature_file,
};

/// How far the clock of the machine that signed may be ahead of this one's.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(5);

/// Verifies the signatures of one signature file over bytes that are pushed to it.
///
/// Every rule that needs no bytes is decided at the start; the bytes are hashed once per kind of
/// hash that remains, and not at all if none does. Memory is bounded by the signature file.
///
/// The rules are those of sequoia's `DetachedVerifier`: the key must have been valid, meant for
/// signing and not revoked when the signature was made (a hard revocation counts at any time), and
/// the algorithms must be acceptable today. Beyond them, the signature must be of binary type;
/// several copies of one certificate count as one, so that a revocation in any of them holds; and
/// the clock of the signing machine may be five minutes ahead. They differ in one point: when a
/// key's expiry was extended, it counts as extended for what it signed before, too.
pub struct Verifier {
    signatures: Vec<Judged>,
    hashes: Vec<(HashKind, Context)>,
}

/// A signature, as far as it is decided without its bytes.
enum Judged {
    Settled(SignatureStatus),
    Pending(Pending),
}

struct Pending {
    signature: Signature,
    created: SystemTime,
    /// The hash of the bytes, as an index.
    hash: usize,
    /// The trusted keys that may have made it: more than one only if certificates share a key id.
    keys: Vec<Issuer>,
}

/// A key and the trusted certificate that it belongs to.
type Issuer = (Fingerprint, Key<PublicParts, UnspecifiedRole>);

/// What makes signatures share a hash: the algorithm, the version, and the salt of version 6.
#[derive(PartialEq, Eq)]
struct HashKind {
    algorithm: HashAlgorithm,
    version: u8,
    salt: Vec<u8>,
}

impl Verifier {
    /// The most bytes that a signature file may have: 64 KiB.
    pub const MAX_SIGNATURE_BYTES: u64 = 64 * 1024;

    /// How many signatures a file may have. Each of version 6 has its own salt and thus costs a
    /// hash over all bytes.
    pub const MAX_SIGNATURES: usize = 16;

    /// Reads a signature file, binary or armored, and judges it as of `at`.
    ///
    /// # Errors
    ///
    /// If it is empty, too large, holds too many signatures, or anything that is not a signature.
    pub fn new(
        signature: &[u8],
        trusted: &[Certificate],
        at: SystemTime,
    ) -> Result<Self, SignatureError> {
        let packets = signature_file::parse(signature)?;
        let judge = Judge {
            trusted: merge(trusted),
            policy: policy(at),
            at,
        };
        let mut verifier = Self {
            signatures: Vec::with_capacity(packets.len()),
            hashes: Vec::new(),
        };
        for packet in packets {
            let judged = match judge.judge(packet, &mut verifier.hashes) {
                Ok(pending) => Judged::Pending(pending),
                Err(status) => Judged::Settled(status),
            };
            verifier.signatures.push(judged);
        }
        Ok(verifier)
    }

    /// Takes the next signed bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        for (_, hash) in &mut self.hashes {
            hash.update(bytes);
        }
    }

    /// Says what became of each signature, in the file's order.
    pub fn finish(self) -> Vec<SignatureStatus> {
        let hashes = self.hashes;
        self.signatures
            .into_iter()
            .map(|judged| match judged {
                Judged::Settled(status) => status,
                Judged::Pending(pending) => pending.conclude(&hashes),
            })
            .collect()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("signatures", &self.signatures.len())
            .finish_non_exhaustive()
    }
}

/// What signatures are judged by before any byte is hashed.
struct Judge {
    trusted: Vec<Cert>,
    policy: StandardPolicy<'static>,
    at: SystemTime,
}

impl Judge {
    fn judge(
        &self,
        packet: Packet,
        hashes: &mut Vec<(HashKind, Context)>,
    ) -> Result<Pending, SignatureStatus> {
        self.policy
            .packet(&packet)
            .map_err(|error| bad(None, reason(&error)))?;
        let signature = match packet {
            Packet::Signature(signature) => signature,
            Packet::Unknown(unknown) => {
                let why = format!("it cannot be parsed: {}", reason(unknown.error()));
                return Err(bad(None, why));
            }
            _ => return Err(bad(None, "it is not a signature")),
        };
        if signature.typ() != SignatureType::Binary {
            let why = format!("it is of type {}, not binary", signature.typ());
            return Err(bad(None, why));
        }
        let Some(created) = signature.signature_creation_time() else {
            return Err(bad(None, "it does not say when it was made"));
        };
        let keys = self.keys(&signature, created)?;
        let certificate = keys.first().map(|(certificate, _)| certificate.clone());
        self.check_time(&signature, created)
            .and_then(|()| {
                self.policy
                    .signature(&signature, HashAlgoSecurity::default())
                    .map_err(|error| format!("it is not acceptable: {}; {VOUCH}", reason(&error)))
            })
            .and_then(|()| share_hash(&signature, hashes))
            .map_err(|why| bad(certificate, why))
            .map(|hash| Pending {
                signature,
                created,
                hash,
                keys,
            })
    }

    /// The trusted keys that the signature names and that could make it at its time.
    fn keys(
        &self,
        signature: &Signature,
        created: SystemTime,
    ) -> Result<Vec<Issuer>, SignatureStatus> {
        let issuers = signature.get_issuers();
        let mut keys = Vec::new();
        let mut refused = None;
        for cert in &self.trusted {
            let named = cert.keys().filter(|key| {
                issuers
                    .iter()
                    .any(|issuer| key.key().key_handle().aliases(issuer))
            });
            for key in named {
                let certificate = Fingerprint::from(cert.fingerprint());
                match check_maker(&key, &self.policy, created) {
                    Ok(()) => keys.push((certificate, key.key().clone())),
                    Err(why) => {
                        let remedy = maker::remedy(&why);
                        let why = format!("it was made on {}, but {why}; {remedy}", Utc(created));
                        refused = Some(bad(Some(certificate), why));
                    }
                }
            }
        }
        if !keys.is_empty() {
            return Ok(keys);
        }
        Err(refused.unwrap_or_else(|| SignatureStatus::UnknownIssuer {
            issuers: issuers.iter().map(|issuer| format!("{issuer:X}")).collect(),
        }))
    }

    fn check_time(&self, signature: &Signature, created: SystemTime) -> Result<(), String> {
        let Err(error) = signature.signature_alive(self.at, CLOCK_TOLERANCE) else {
            return Ok(());
        };
        let (made, now) = (Utc(created), Utc(self.at));
        Err(match error.downcast_ref::<openpgp::Error>() {
            Some(openpgp::Error::NotYetLive(_)) => format!(
                "it was made on {made}, in the future of this machine's clock ({now}): one of the two clocks is wrong; set this one right, or wait until then if it was the other"
            ),
            Some(openpgp::Error::Expired(on)) => {
                format!("it expired on {} by its own terms; {VOUCH}", Utc(*on))
            }
            _ => reason(&error),
        })
    }
}

impl Pending {
    fn conclude(self, hashes: &[(HashKind, Context)]) -> SignatureStatus {
        let certificate = self
            .keys
            .first()
            .map(|(certificate, _)| certificate.clone());
        if let Some((_, hash)) = hashes.get(self.hash) {
            for (certificate, key) in self.keys {
                if self.signature.verify_hash(&key, hash.clone()).is_ok() {
                    return SignatureStatus::Good {
                        certificate,
                        key: key.fingerprint().into(),
                        created: self.created,
                        names: NameBinding::of(&self.signature),
                    };
                }
            }
        }
        bad(
            certificate,
            "it does not match these bytes: they were changed, or it was made for others",
        )
    }
}

/// The index of the hash that the signature needs, which is started if it is the first to need it.
fn share_hash(
    signature: &Signature,
    hashes: &mut Vec<(HashKind, Context)>,
) -> Result<usize, String> {
    let kind = HashKind {
        algorithm: signature.hash_algo(),
        version: signature.version(),
        salt: match signature {
            Signature::V6(v6) => v6.salt().to_vec(),
            _ => Vec::new(),
        },
    };
    if let Some(index) = hashes.iter().position(|(known, _)| *known == kind) {
        return Ok(index);
    }
    let mut hash = kind
        .algorithm
        .context()
        .map_err(|error| reason(&error))?
        .for_signature(kind.version);
    hash.update(&kind.salt);
    hashes.push((kind, hash));
    Ok(hashes.len() - 1)
}

/// Makes one certificate of all copies of it.
fn merge(trusted: &[Certificate]) -> Vec<Cert> {
    let mut merged: Vec<Cert> = Vec::new();
    for certificate in trusted {
        let cert = certificate.inner();
        let known = merged
            .iter()
            .position(|other| other.fingerprint() == cert.fingerprint());
        match known.map(|index| (index, merged[index].clone().merge_public(cert.clone()))) {
            Some((index, Ok(both))) => merged[index] = both,
            _ => merged.push(cert.clone()),
        }
    }
    merged
}

fn bad(certificate: Option<Fingerprint>, reason: impl Into<String>) -> SignatureStatus {
    SignatureStatus::Bad {
        certificate,
        reason: reason.into(),
    }
}
