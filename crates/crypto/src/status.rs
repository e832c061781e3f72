//! What is known about one signature.

use std::time::SystemTime;

use openpgp::packet::Signature;
use openpgp::packet::signature::subpacket::SubpacketValue;
use sequoia_openpgp as openpgp;

use crate::Fingerprint;

/// The notation that binds a signature to the full name of the backup it was made for.
pub const NOTATION: &str = "backup-name@prose.org";

/// The outcome for one signature of a signature file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureStatus {
    /// A trusted certificate made it over exactly these bytes, with a key that was allowed to.
    Good {
        /// The trusted certificate.
        certificate: Fingerprint,
        /// The (sub)key of it.
        key: Fingerprint,
        /// When it was made, as it says itself.
        created: SystemTime,
        /// The backup it was made for, as it says itself.
        names: NameBinding,
    },
    /// None of the trusted certificates has the key that made it; nothing else is known.
    UnknownIssuer {
        /// Fingerprints and key ids that it names, in upper-case hexadecimal digits.
        issuers: Vec<String>,
    },
    /// It is no evidence for these bytes.
    Bad {
        /// The trusted certificate that it claims to be from, if any.
        certificate: Option<Fingerprint>,
        /// The rule that decided, as a fragment of a sentence for operators.
        reason: String,
    },
}

/// The [`NOTATION`]s in the part of a signature that is signed itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameBinding {
    /// It names no backup.
    None,
    /// It names one, in these bytes.
    One(Vec<u8>),
    /// It names several, even if alike, and so none.
    Several,
}

impl NameBinding {
    pub(crate) fn of(signature: &Signature) -> Self {
        let mut names =
            signature
                .hashed_area()
                .iter()
                .filter_map(|subpacket| match subpacket.value() {
                    SubpacketValue::NotationData(notation) if notation.name() == NOTATION => {
                        Some(notation.value())
                    }
                    _ => None,
                });
        match (names.next(), names.next()) {
            (None, _) => Self::None,
            (Some(name), None) => Self::One(name.to_vec()),
            (Some(_), Some(_)) => Self::Several,
        }
    }
}
