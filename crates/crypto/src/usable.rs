//! Whether a key may be used for a purpose at a point in time, and the rule that forbids it.

use std::fmt;
use std::time::SystemTime;

use openpgp::cert::amalgamation::ValidAmalgamation;
use openpgp::cert::amalgamation::key::{ErasedKeyAmalgamation, ValidErasedKeyAmalgamation};
use openpgp::cert::prelude::*;
use openpgp::packet::{Signature, key};
use openpgp::policy::{Policy, StandardPolicy};
use openpgp::types::{RevocationStatus, RevocationType};
use sequoia_openpgp as openpgp;

use crate::Fingerprint;
use crate::error::reason;
use crate::time::Utc;

/// What a key is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Making and verifying signatures over data.
    Signing,
    /// Encrypting data at rest.
    StorageEncryption,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Signing => "signing",
            Self::StorageEncryption => "encrypting stored data",
        })
    }
}

/// Why a certificate, or the one key of it that comes closest, may not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unusable {
    /// The key that the rule is about; the certificate as a whole if none.
    pub key: Option<Fingerprint>,
    /// The rule.
    pub rule: Rule,
}

/// The rules of OpenPGP and of our policy that keys must meet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// It expired before.
    Expired {
        /// The moment it expired.
        on: SystemTime,
    },
    /// It did not exist yet.
    NotYetValid {
        /// The moment it becomes valid.
        from: SystemTime,
    },
    /// Its owner revoked it.
    Revoked {
        /// Hard: at no time to be trusted. Soft: not any more since it was revoked.
        hard: bool,
        /// The owner's reason, as OpenPGP names it.
        reason: String,
    },
    /// Its algorithm is too weak, or nothing acceptable binds it to its certificate.
    Rejected {
        /// What the policy objects to.
        reason: String,
    },
    /// This program's OpenPGP library lacks its algorithm.
    Unsupported {
        /// The algorithm.
        algorithm: String,
    },
    /// It is there, but meant for something else.
    OtherPurpose(Purpose),
    /// The certificate has no such key at all.
    Missing(Purpose),
}

impl Unusable {
    pub(crate) fn certificate(rule: Rule) -> Self {
        Self { key: None, rule }
    }

    pub(crate) fn key(key: &AnyKey<'_>, rule: Rule) -> Self {
        Self {
            key: Some(key.key().fingerprint().into()),
            rule,
        }
    }

    /// What the operator can do about it, as an imperative.
    pub fn remedy(&self) -> &'static str {
        match self.rule {
            Rule::Expired { .. } => {
                "extend its expiry and export it again, or configure another certificate"
            }
            Rule::NotYetValid { .. } => "check this machine's clock",
            Rule::Revoked { .. } => "configure another certificate",
            Rule::Rejected { .. } | Rule::Unsupported { .. } => {
                "make a new key with current algorithms"
            }
            Rule::OtherPurpose(Purpose::Signing) | Rule::Missing(Purpose::Signing) => {
                "add a signing subkey, or configure another certificate"
            }
            Rule::OtherPurpose(Purpose::StorageEncryption)
            | Rule::Missing(Purpose::StorageEncryption) => {
                "add a storage-encryption subkey, or configure another certificate"
            }
        }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "key {key} {}", self.rule),
            None => write!(f, "the certificate {}", self.rule),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { on } => write!(f, "expired on {}", Utc(*on)),
            Self::NotYetValid { from } => write!(f, "is not valid before {}", Utc(*from)),
            Self::Revoked { hard, reason } => {
                let kind = if *hard { "hard" } else { "soft" };
                write!(f, "is revoked ({kind} revocation: {reason})")
            }
            Self::Rejected { reason } => write!(f, "is not acceptable: {reason}"),
            Self::Unsupported { algorithm } => {
                write!(f, "uses {algorithm}, which is not supported")
            }
            Self::OtherPurpose(purpose) => write!(f, "is not meant for {purpose}"),
            Self::Missing(purpose) => write!(f, "has no key for {purpose}"),
        }
    }
}

/// A public key of a certificate, valid at a point in time.
pub(crate) type ValidKey<'a> = ValidErasedKeyAmalgamation<'a, key::PublicParts>;

/// A public key of a certificate, in a role that only its data tells.
pub(crate) type AnyKey<'a> = ErasedKeyAmalgamation<'a, key::PublicParts>;

/// Applies every rule to one key that is to be used at `at`: those that sequoia's
/// `DetachedVerifier` applies to the key that made a signature, and the same for encryption.
pub(crate) fn assess<'a>(
    key: &AnyKey<'a>,
    purpose: Purpose,
    policy: &'a dyn Policy,
    at: SystemTime,
) -> Result<ValidKey<'a>, Unusable> {
    let whole = |rule| Err(Unusable::certificate(rule));
    let own = |rule| Err(Unusable::key(key, rule));
    check_creation(key, at)?;
    if let Err(error) = key.cert().primary_key().with_policy(policy, at) {
        return whole(Rule::Rejected {
            reason: reason(&error),
        });
    }
    let valid = match key.with_policy(policy, at) {
        Ok(valid) => valid,
        Err(error) => {
            return own(Rule::Rejected {
                reason: reason(&error),
            });
        }
    };
    if let RevocationStatus::Revoked(revocations) = valid.valid_cert().revocation_status() {
        return whole(revoked(&revocations));
    }
    if let RevocationStatus::Revoked(revocations) = valid.revocation_status() {
        return own(revoked(&revocations));
    }
    if let Err(error) = valid.valid_cert().alive() {
        return whole(not_alive(&error));
    }
    if let Err(error) = valid.alive() {
        return own(not_alive(&error));
    }
    let meant_for_it = match purpose {
        Purpose::Signing => valid.for_signing(),
        Purpose::StorageEncryption => valid.for_storage_encryption(),
    };
    if !meant_for_it {
        return own(Rule::OtherPurpose(purpose));
    }
    if !key.key().pk_algo().is_supported() {
        return own(Rule::Unsupported {
            algorithm: key.key().pk_algo().to_string(),
        });
    }
    Ok(valid)
}

/// No key is older than its certificate, nor used before it was made.
pub(crate) fn check_creation(key: &AnyKey<'_>, at: SystemTime) -> Result<(), Unusable> {
    let whole = key.cert().primary_key().key().creation_time();
    if whole > at {
        return Err(Unusable::certificate(Rule::NotYetValid { from: whole }));
    }
    let own = key.key().creation_time();
    if own > at {
        return Err(Unusable::key(key, Rule::NotYetValid { from: own }));
    }
    Ok(())
}

/// Any hard revocation decides; one without a reason is hard (RFC 9580, section 5.2.3.31).
pub(crate) fn revoked(revocations: &[&Signature]) -> Rule {
    let mut soft = None;
    for revocation in revocations {
        match revocation.reason_for_revocation() {
            None => {
                return Rule::Revoked {
                    hard: true,
                    reason: "no reason given".into(),
                };
            }
            Some((code, _)) if code.revocation_type() == RevocationType::Hard => {
                return Rule::Revoked {
                    hard: true,
                    reason: code.to_string(),
                };
            }
            Some((code, _)) => soft = Some(code),
        }
    }
    Rule::Revoked {
        hard: false,
        reason: soft.map_or_else(|| "no reason given".into(), |code| code.to_string()),
    }
}

fn not_alive(error: &openpgp::anyhow::Error) -> Rule {
    match error.downcast_ref::<openpgp::Error>() {
        Some(openpgp::Error::Expired(on)) => Rule::Expired { on: *on },
        Some(openpgp::Error::NotYetLive(from)) => Rule::NotYetValid { from: *from },
        _ => Rule::Rejected {
            reason: reason(error),
        },
    }
}

/// Every key of the certificate that may be used for `purpose` at `at`; at least one, else the
/// rule that came closest to admitting one.
pub(crate) fn usable_keys<'a>(
    cert: &'a Cert,
    purpose: Purpose,
    policy: &'a StandardPolicy<'a>,
    at: SystemTime,
) -> Result<Vec<ValidKey<'a>>, Unusable> {
    let mut usable = Vec::new();
    let mut closest: Option<Unusable> = None;
    for key in cert.keys() {
        match assess(&key, purpose, policy, at) {
            Ok(valid) => usable.push(valid),
            Err(why) => {
                let matters = why.key.is_none() || (could_serve(&key, purpose) && concerns(&why));
                // What is wrong with the certificate explains more than what is wrong with a
                // key, and a later key is likelier the one that the operator has in mind.
                if matters && closest.as_ref().is_none_or(|known| known.key.is_some()) {
                    closest = Some(why);
                }
            }
        }
    }
    if usable.is_empty() {
        Err(closest.unwrap_or(Unusable::certificate(Rule::Missing(purpose))))
    } else {
        Ok(usable)
    }
}

/// Whether the rule says anything about a key that is meant for the purpose.
fn concerns(why: &Unusable) -> bool {
    !matches!(why.rule, Rule::OtherPurpose(_))
}

/// Whether the key was ever meant for the purpose, whatever its validity: by the flags in any of
/// its own signatures, or by its algorithm if no signature has flags.
fn could_serve(key: &AnyKey<'_>, purpose: Purpose) -> bool {
    let mut flags = key
        .bundle()
        .self_signatures()
        .filter_map(|signature| signature.key_flags())
        .peekable();
    if flags.peek().is_none() {
        let algorithm = key.key().pk_algo();
        return match purpose {
            Purpose::Signing => algorithm.for_signing(),
            Purpose::StorageEncryption => algorithm.for_encryption(),
        };
    }
    flags.any(|flags| match purpose {
        Purpose::Signing => flags.for_signing(),
        Purpose::StorageEncryption => flags.for_storage_encryption(),
    })
}
