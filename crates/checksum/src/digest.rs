use std::{
    fmt::{self, Write},
    str::FromStr,
};

use prose_backup_naming::DigestAlgorithm;

use crate::{Error, error::excerpt};

/// How many hexadecimal digits a digest has.
pub(crate) const HEX_DIGITS: usize = 64;

/// The digest of some bytes, and how it was computed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest {
    algorithm: DigestAlgorithm,
    bytes: [u8; 32],
}

impl Digest {
    /// A digest that was computed somewhere else.
    pub fn new(algorithm: DigestAlgorithm, bytes: [u8; 32]) -> Self {
        Self { algorithm, bytes }
    }

    /// How it was computed.
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// The digest itself.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// 64 hexadecimal digits in lower case.
    pub fn to_hex(&self) -> String {
        let mut hex = String::with_capacity(HEX_DIGITS);
        for byte in self.bytes {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }

    /// From 64 hexadecimal digits in either case.
    pub(crate) fn from_hex(algorithm: DigestAlgorithm, hex: &[u8]) -> Option<Self> {
        let (pairs, []) = hex.as_chunks::<2>() else {
            return None;
        };
        let mut bytes = [0; 32];
        if pairs.len() != bytes.len() {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = hex_value(*high)? << 4 | hex_value(*low)?;
        }
        Some(Self { algorithm, bytes })
    }
}

fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// The algorithm, a colon, and the digest in lower case: `BLAKE3:af1349b9…`.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.to_hex())
    }
}

/// As [`Display`](fmt::Display) prints it.
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = Error;

    /// Reads what [`Display`](fmt::Display) prints, in any case, since people paste digests from
    /// tools that print them otherwise.
    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |why| Error::InvalidDigest {
            text: excerpt(text),
            why,
        };
        let (algorithm, hex) = text
            .split_once(':')
            .ok_or_else(|| refuse("it must have the form ALGORITHM:HEX"))?;
        let algorithm = algorithm
            .parse()
            .map_err(|_| refuse("its algorithm must be BLAKE3 or SHA-256"))?;
        Self::from_hex(algorithm, hex.as_bytes())
            .ok_or_else(|| refuse("it must have 64 hexadecimal digits after the colon"))
    }
}
