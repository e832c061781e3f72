use std::{fmt, str::FromStr};

use crate::ParseError;

/// A hash function for digests. Both give 256 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DigestAlgorithm {
    /// BLAKE3.
    Blake3,
    /// SHA-256 (FIPS 180-4).
    Sha256,
}

/// As configuration files and reports spell it: `BLAKE3`, `SHA-256`.
impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blake3 => "BLAKE3",
            Self::Sha256 => "SHA-256",
        })
    }
}

impl FromStr for DigestAlgorithm {
    type Err = ParseError;

    /// In any case; `SHA256` is accepted too, since tools spell it both ways.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text.to_ascii_uppercase().as_str() {
            "BLAKE3" => Ok(Self::Blake3),
            "SHA-256" | "SHA256" => Ok(Self::Sha256),
            _ => Err(ParseError::new(
                "digest algorithm",
                text,
                "it must be BLAKE3 or SHA-256",
            )),
        }
    }
}

/// What a check proves, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckKind {
    /// Integrity: these are the bytes that were written.
    Digest(DigestAlgorithm),
    /// Authenticity: a key of ours signed them.
    Signature,
}

impl CheckKind {
    /// Every kind there is.
    pub const ALL: [Self; 3] = [
        Self::Digest(DigestAlgorithm::Blake3),
        Self::Digest(DigestAlgorithm::Sha256),
        Self::Signature,
    ];

    /// The last extension of such a check's name, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Digest(DigestAlgorithm::Blake3) => "blake3",
            Self::Digest(DigestAlgorithm::Sha256) => "sha256",
            Self::Signature => "sig",
        }
    }
}
