//! Whether a backup may be restored: evidence and policy in, verdict out.
//!
//! *Integrity* means that these are the bytes that were written (a digest says so);
//! *authenticity* means that a key of ours signed them, for this name (a signature says so).
//! [`verdict`] is a pure function, so that the whole of it can be tested: no change of evidence,
//! and no failure of the store, turns a verdict into [`Verdict::Authentic`] or, where signing is
//! mandatory, into a restorable one.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::ErrorCode;

/// What the signatures beside a backup say about the bytes that were read.
///
/// Of several signatures the best one counts: a good one cannot be forged, so whoever adds a bad
/// one beside it proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureEvidence {
    /// By an issuer that is trusted, over these bytes.
    Valid(Binding),
    /// Wrong for these bytes, malformed, oversized, not of binary type, or made by a key of a
    /// trusted certificate that may not sign.
    Invalid,
    /// By issuers that are not trusted.
    Untrusted,
    /// The store lists no signature.
    Absent,
    /// The store could not say.
    Unknown,
}

/// Which backup a valid signature was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Binding {
    /// The one in question.
    ThisName,
    /// Another one, or several.
    OtherName,
    /// It does not say.
    Unnamed {
        /// Whether it was made within 24 hours of the time in the backup's name.
        near_its_time: bool,
    },
}

/// What the digests beside a backup say about the bytes that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DigestEvidence {
    /// Every one that could be computed is the one that is stored.
    Matches,
    /// One is another, or is not a digest file for this backup.
    Differs,
    /// All that there are need a hash function that was not compiled in.
    Unsupported,
    /// The store lists no digest.
    Absent,
    /// The store could not say.
    Unknown,
}

/// All that a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Evidence {
    /// The signatures.
    pub signature: SignatureEvidence,
    /// The digests.
    pub digest: DigestEvidence,
    /// Whether the name promises encryption.
    pub encrypted: bool,
    /// The digest that the operator gave by hand.
    pub vouched: VouchedEvidence,
}

/// What a digest that the operator gave by hand says about the bytes that were read.
///
/// It did not come from the store, so nobody who writes there can have chosen it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VouchedEvidence {
    /// The operator gave none.
    NotGiven,
    /// These are the bytes that the operator means.
    Matches,
    /// They are not.
    Differs,
}

/// What the operator demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "five independent switches of the configuration and of the command line"
)]
pub struct TrustPolicy {
    /// Keys are configured whose signatures are trusted, so that a backup without one is
    /// unexpected.
    pub signing_configured: bool,
    /// Only authentic backups may be restored.
    pub signing_mandatory: bool,
    /// A signature that names no backup counts when it was made within 24 hours of the name.
    pub allow_unbound: bool,
    /// Only encrypted backups may be restored.
    pub encryption_mandatory: bool,
    /// The operator accepts, this once, a backup that is merely intact.
    pub accept_unauthenticated: bool,
}

/// Whether a backup may be restored, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// A trusted key signed these bytes for this name. Restorable.
    Authentic,
    /// These are the bytes that were written, by whomever. Restorable, with a warning.
    Intact,
    /// The operator vouched for exactly these bytes, in place of a signature. Restorable.
    Vouched,
    /// Not restorable.
    Refused(Refusal),
    /// Nothing can be said: what is needed is missing on our side, or the store failed.
    Undecided(Obstacle),
}

/// Why a backup is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Its signature was made for another backup, or for none.
    Replayed,
    /// Its signature is not one over these bytes.
    Tampered,
    /// Its digest is not the one of these bytes.
    Corrupt,
    /// These are not the bytes that the operator vouched for.
    NotVouched,
    /// No trusted key signed it, and the policy demands that one did.
    NotAuthentic,
    /// No trusted key signed it though signing is configured; it may be accepted by hand.
    Unaccepted,
    /// There is neither a signature that is trusted nor a digest.
    Unverifiable,
    /// It is not encrypted, and the policy demands that it is.
    NotEncrypted,
}

/// Why there is no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Obstacle {
    /// Its digest needs a hash function that was not compiled in.
    Unsupported,
    /// The store could not say which checks there are, or what they hold.
    StoreFailed,
}

/// Weighs the evidence. The order of the rules is the order of their authority.
pub fn verdict(evidence: &Evidence, policy: &TrustPolicy) -> Verdict {
    use Refusal::{
        Corrupt, NotAuthentic, NotEncrypted, NotVouched, Replayed, Tampered, Unaccepted,
        Unverifiable,
    };

    // A store that fails must never be read as one that has no checks.
    if evidence.signature == SignatureEvidence::Unknown
        || evidence.digest == DigestEvidence::Unknown
    {
        return Verdict::Undecided(Obstacle::StoreFailed);
    }
    if policy.encryption_mandatory && !evidence.encrypted {
        return Verdict::Refused(NotEncrypted);
    }
    match evidence.vouched {
        VouchedEvidence::NotGiven => {}
        VouchedEvidence::Matches => return Verdict::Vouched,
        VouchedEvidence::Differs => return Verdict::Refused(NotVouched),
    }
    let authentic = match evidence.signature {
        SignatureEvidence::Invalid => return Verdict::Refused(Tampered),
        SignatureEvidence::Valid(binding) => match binding {
            Binding::ThisName => true,
            Binding::Unnamed { near_its_time } if near_its_time && policy.allow_unbound => true,
            Binding::Unnamed { .. } | Binding::OtherName => return Verdict::Refused(Replayed),
        },
        SignatureEvidence::Untrusted | SignatureEvidence::Absent | SignatureEvidence::Unknown => {
            false
        }
    };
    match evidence.digest {
        DigestEvidence::Differs => Verdict::Refused(Corrupt),
        _ if authentic => Verdict::Authentic,
        _ if policy.signing_mandatory => Verdict::Refused(NotAuthentic),
        DigestEvidence::Unsupported => Verdict::Undecided(Obstacle::Unsupported),
        DigestEvidence::Matches if policy.signing_configured && !policy.accept_unauthenticated => {
            Verdict::Refused(Unaccepted)
        }
        DigestEvidence::Matches => Verdict::Intact,
        DigestEvidence::Absent | DigestEvidence::Unknown => Verdict::Refused(Unverifiable),
    }
}

impl Verdict {
    /// Whether the backup may be restored.
    pub fn is_restorable(self) -> bool {
        matches!(self, Self::Authentic | Self::Intact | Self::Vouched)
    }

    /// The verdict in one word, as reports give it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authentic => "authentic",
            Self::Intact => "intact",
            Self::Vouched => "vouched",
            Self::Refused(Refusal::Replayed) => "replayed",
            Self::Refused(Refusal::Tampered) => "tampered",
            Self::Refused(Refusal::Corrupt | Refusal::NotVouched) => "corrupt",
            Self::Refused(Refusal::NotAuthentic | Refusal::Unaccepted) => "not_authentic",
            Self::Refused(Refusal::Unverifiable) => "unverifiable",
            Self::Refused(Refusal::NotEncrypted) => "not_encrypted",
            Self::Undecided(Obstacle::Unsupported) => "unsupported",
            Self::Undecided(Obstacle::StoreFailed) => "store_failed",
        }
    }

    /// The code of the error that this verdict is, unless the backup may be restored.
    pub fn code(self) -> Option<ErrorCode> {
        Some(match self {
            Self::Authentic | Self::Intact | Self::Vouched => return None,
            Self::Refused(refusal) => match refusal {
                Refusal::Replayed => ErrorCode::Replayed,
                Refusal::Tampered => ErrorCode::Tampered,
                Refusal::Corrupt | Refusal::NotVouched => ErrorCode::Corrupt,
                Refusal::NotAuthentic | Refusal::Unaccepted => ErrorCode::NotAuthentic,
                Refusal::Unverifiable => ErrorCode::Unverifiable,
                Refusal::NotEncrypted => ErrorCode::NotEncrypted,
            },
            Self::Undecided(Obstacle::Unsupported) => ErrorCode::Unsupported,
            Self::Undecided(Obstacle::StoreFailed) => ErrorCode::StoreUnavailable,
        })
    }
}

/// The verdict as a sentence fragment, with what to do about it.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authentic => "authentic: signed by a trusted key for this name",
            Self::Intact => {
                "intact, but not authentic: the digest matches, and nobody that is trusted signed it"
            }
            Self::Vouched => {
                "vouched for by hand: these are the bytes of the digest that was given"
            }
            Self::Refused(Refusal::NotVouched) => {
                "refused: corrupt; these are not the bytes of the digest that was given"
            }
            Self::Refused(Refusal::Replayed) => {
                "refused: replayed; the signature is good, but was not made for this name"
            }
            Self::Refused(Refusal::Tampered) => {
                "refused: tampered; its signature cannot be accepted"
            }
            Self::Refused(Refusal::Corrupt) => {
                "refused: corrupt; these are not the bytes whose digest was stored"
            }
            Self::Refused(Refusal::NotAuthentic) => {
                "refused: not authentic; no trusted key signed it, and signing is mandatory"
            }
            Self::Refused(Refusal::Unaccepted) => {
                "refused: not authentic; it is intact, but no trusted key signed it; \
                 `restore --accept-unauthenticated` takes it nevertheless"
            }
            Self::Refused(Refusal::Unverifiable) => {
                "refused: unverifiable; there is neither a trusted signature nor a digest"
            }
            Self::Refused(Refusal::NotEncrypted) => {
                "refused: not encrypted, and encryption is mandatory"
            }
            Self::Undecided(Obstacle::Unsupported) => {
                "undecided: its digest needs a hash function that was not compiled in"
            }
            Self::Undecided(Obstacle::StoreFailed) => {
                "undecided: the store could not say which checks there are"
            }
        })
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
